/* SPDX-License-Identifier: Apache-2.0 */
/** gzip (RFC 1952), by zlib. */
#include <limits.h>

#define ZLIB_CONST
#include <zlib.h>

#include "base/macros.h"
#include "stream/codec.h"

/* A window of 32 KiB, and a gzip head in front. */
#define WINDOW_BITS (15 + 16)

static bool starts(const char *head)
{
    return memcmp(head, "\x1F\x8B\x08", 3) == 0;
}

static void *open_state(void)
{
    z_stream *z = calloc(1, sizeof(*z));
    if (z == NULL || inflateInit2(z, WINDOW_BITS) == Z_OK)
        return z;
    free(z);
    return NULL;
}

static bool begin(void *state)
{
    return inflateReset(state) == Z_OK;
}

static enum wh_codec_step step(void *state, struct wh_codec_io *io)
{
    z_stream *z = state;
    uInt in_len = (uInt)WH_MIN(io->in_len, (size_t)UINT_MAX);
    uInt out_len = (uInt)WH_MIN(io->out_len, (size_t)UINT_MAX);
    z->next_in = (const Bytef *)io->in;
    z->avail_in = in_len;
    z->next_out = (Bytef *)io->out;
    z->avail_out = out_len;
    int rc = inflate(z, Z_NO_FLUSH);
    io->in += in_len - z->avail_in;
    io->in_len -= in_len - z->avail_in;
    io->out += out_len - z->avail_out;
    io->out_len -= out_len - z->avail_out;
    if (rc == Z_STREAM_END)
        return WH_CODEC_ENDED;
    if (rc == Z_MEM_ERROR)
        return WH_CODEC_NO_MEMORY;
    return rc == Z_OK || rc == Z_BUF_ERROR ? WH_CODEC_GOES_ON : WH_CODEC_CORRUPT;
}

static void close_state(void *state)
{
    (void)inflateEnd(state);
    free(state);
}

const struct wh_codec wh_gzip_codec = {.name = "gzip",
                                       .suffix = ".gz",
                                       .head_size = 3,
                                       .starts = starts,
                                       .open = open_state,
                                       .begin = begin,
                                       .step = step,
                                       .close = close_state};
