/* SPDX-License-Identifier: Apache-2.0 */
/** xz, by liblzma. */
#include <lzma.h>

#include "base/macros.h"
#include "stream/codec.h"

static bool starts(const char *head)
{
    return memcmp(head,
                  "\xFD"
                  "7zXZ\0",
                  6) == 0;
}

static void *open_state(void)
{
    return calloc(1, sizeof(lzma_stream)); /* as LZMA_STREAM_INIT */
}

static bool begin(void *state)
{
    return lzma_stream_decoder(state, WH_CODEC_MEMORY, LZMA_TELL_UNSUPPORTED_CHECK) == LZMA_OK;
}

static enum wh_codec_step step(void *state, struct wh_codec_io *io)
{
    lzma_stream *lzma = state;
    lzma->next_in = (const uint8_t *)io->in;
    lzma->avail_in = io->in_len;
    lzma->next_out = (uint8_t *)io->out;
    lzma->avail_out = io->out_len;
    lzma_ret rc = lzma_code(lzma, LZMA_RUN);
    io->in += io->in_len - lzma->avail_in;
    io->in_len = lzma->avail_in;
    io->out += io->out_len - lzma->avail_out;
    io->out_len = lzma->avail_out;
    if (rc == LZMA_STREAM_END)
        return WH_CODEC_ENDED;
    if (rc == LZMA_MEM_ERROR)
        return WH_CODEC_NO_MEMORY;
    if (rc == LZMA_MEMLIMIT_ERROR)
        return WH_CODEC_TOO_LARGE;
    return rc == LZMA_OK || rc == LZMA_BUF_ERROR ? WH_CODEC_GOES_ON : WH_CODEC_CORRUPT;
}

static void close_state(void *state)
{
    lzma_end(state);
    free(state);
}

const struct wh_codec wh_xz_codec = {.name = "xz",
                                     .suffix = ".xz",
                                     .head_size = 6,
                                     .padding = 4,
                                     .starts = starts,
                                     .open = open_state,
                                     .begin = begin,
                                     .step = step,
                                     .close = close_state};
