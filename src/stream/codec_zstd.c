/* SPDX-License-Identifier: Apache-2.0 */
/** zstd (RFC 8878), by libzstd. */
#include <zstd.h>
#include <zstd_errors.h>

#include "base/macros.h"
#include "stream/codec.h"

/* The largest window is 128 MiB: what `zstd -d` allows, too, where it is not told otherwise. */
#define MAX_WINDOW_LOG 27

/* A frame, or a skippable one: what they hold is for others. */
static bool starts(const char *head)
{
    return memcmp(head, "\x28\xB5\x2F\xFD", 4) == 0 ||
           ((head[0] & 0xF0) == 0x50 && memcmp(head + 1, "\x2A\x4D\x18", 3) == 0);
}

static void *open_state(void)
{
    ZSTD_DCtx *context = ZSTD_createDCtx();
    if (context != NULL &&
        ZSTD_isError(ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, MAX_WINDOW_LOG))) {
        (void)ZSTD_freeDCtx(context);
        return NULL;
    }
    return context;
}

static bool begin(void *state)
{
    return !ZSTD_isError(ZSTD_DCtx_reset(state, ZSTD_reset_session_only));
}

static enum wh_codec_step step(void *state, struct wh_codec_io *io)
{
    ZSTD_inBuffer in = {io->in, io->in_len, 0};
    ZSTD_outBuffer out = {io->out, io->out_len, 0};
    size_t rc = ZSTD_decompressStream(state, &out, &in);
    io->in += in.pos;
    io->in_len -= in.pos;
    io->out += out.pos;
    io->out_len -= out.pos;
    if (rc == 0)
        return WH_CODEC_ENDED;
    if (!ZSTD_isError(rc))
        return WH_CODEC_GOES_ON;
    if (ZSTD_getErrorCode(rc) == ZSTD_error_memory_allocation)
        return WH_CODEC_NO_MEMORY;
    return ZSTD_getErrorCode(rc) == ZSTD_error_frameParameter_windowTooLarge ? WH_CODEC_TOO_LARGE
                                                                             : WH_CODEC_CORRUPT;
}

static void close_state(void *state)
{
    (void)ZSTD_freeDCtx(state);
}

const struct wh_codec wh_zstd_codec = {.name = "zstd",
                                       .suffix = ".zst",
                                       .head_size = 4,
                                       .starts = starts,
                                       .open = open_state,
                                       .begin = begin,
                                       .step = step,
                                       .close = close_state};
