/* SPDX-License-Identifier: Apache-2.0 */
/** bzip2, by libbz2. */
#include <limits.h>
#include <stdint.h>

#include <bzlib.h>

#include "base/macros.h"
#include "stream/codec.h"

/* libbz2 has no reset: a member is begun anew. */
struct state {
    bz_stream bz;
    bool is_open;
};

/* "BZh", the size of blocks, and the mark of a block or of the end:
 * text may start with the first. */
static bool starts(const char *head)
{
    return memcmp(head, "BZh", 3) == 0 && head[3] >= '1' && head[3] <= '9' &&
           (memcmp(head + 4, "\x31\x41\x59\x26\x53\x59", 6) == 0 ||
            memcmp(head + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0);
}

static void *open_state(void)
{
    return calloc(1, sizeof(struct state));
}

static void end(struct state *state)
{
    if (state->is_open)
        (void)BZ2_bzDecompressEnd(&state->bz);
    *state = (struct state){.is_open = false};
}

static bool begin(void *opened)
{
    struct state *state = opened;
    end(state);
    state->is_open = BZ2_bzDecompressInit(&state->bz, 0, 0) == BZ_OK;
    return state->is_open;
}

static enum wh_codec_step step(void *opened, struct wh_codec_io *io)
{
    bz_stream *bz = &((struct state *)opened)->bz;
    unsigned in_len = (unsigned)WH_MIN(io->in_len, (size_t)UINT_MAX);
    unsigned out_len = (unsigned)WH_MIN(io->out_len, (size_t)UINT_MAX);
    /* Not const in the library's header, and never written to. */
    bz->next_in = (char *)(uintptr_t)io->in;
    bz->avail_in = in_len;
    bz->next_out = io->out;
    bz->avail_out = out_len;
    int rc = BZ2_bzDecompress(bz);
    io->in += in_len - bz->avail_in;
    io->in_len -= in_len - bz->avail_in;
    io->out += out_len - bz->avail_out;
    io->out_len -= out_len - bz->avail_out;
    if (rc == BZ_STREAM_END)
        return WH_CODEC_ENDED;
    if (rc == BZ_MEM_ERROR)
        return WH_CODEC_NO_MEMORY;
    return rc == BZ_OK ? WH_CODEC_GOES_ON : WH_CODEC_CORRUPT;
}

static void close_state(void *state)
{
    end(state);
    free(state);
}

const struct wh_codec wh_bzip2_codec = {.name = "bzip2",
                                        .suffix = ".bz2",
                                        .head_size = 10,
                                        .starts = starts,
                                        .open = open_state,
                                        .begin = begin,
                                        .step = step,
                                        .close = close_state};
