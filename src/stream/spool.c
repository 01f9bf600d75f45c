/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/spool.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "data/hash.h"

#define PIECE_SIZE ((size_t)256 << 10)

/* A wait for bytes is broken so often to see whether it is still wanted. */
#define WAIT_MILLISECONDS 100

/* Waits until there is something to read: bytes, the end, or a failure. */
static wh_code wait_for_bytes(int descriptor, const struct wh_cancel *cancel, struct wh_error *err)
{
    struct pollfd waited = {.fd = descriptor, .events = POLLIN};
    for (;;) {
        if (wh_cancel_asked(cancel, WH_CANCEL_AFTER_GROUP))
            return wh_error_cancelled(err);
        int ready = poll(&waited, 1, WAIT_MILLISECONDS);
        if (ready > 0)
            return WH_OK;
        if (ready < 0 && errno != EINTR)
            return wh_error_system(err, WH_IO, errno, "cannot be waited for");
    }
}

static wh_code copy(struct wh_spool *spool, int descriptor, const struct wh_cancel *cancel,
                    struct wh_hash_stream *hash, char *piece, struct wh_error *err)
{
    for (;;) {
        WH_TRY(wait_for_bytes(descriptor, cancel, err));
        ssize_t got = read(descriptor, piece, PIECE_SIZE);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got < 0)
            return wh_error_system(err, WH_IO, errno, "cannot be read");
        if (got == 0)
            return WH_OK;
        struct wh_str bytes = wh_str_make(piece, (size_t)got);
        wh_hash_stream_add(hash, bytes);
        WH_TRY(wh_spill_file_append(&spool->kept, bytes, err));
    }
}

wh_code wh_spool_fill(struct wh_spool *spool, int descriptor, const struct wh_cancel *cancel,
                      struct wh_error *err)
{
    *spool = WH_SPOOL_NONE;
    WH_TRY(wh_spill_file_open(&spool->kept, NULL, err));
    char *piece = malloc(PIECE_SIZE);
    struct wh_hash_stream *hash = wh_hash_stream_new();
    wh_code rc = piece == NULL || hash == NULL ? wh_error_no_memory(err, PIECE_SIZE)
                                               : copy(spool, descriptor, cancel, hash, piece, err);
    if (rc == WH_OK)
        spool->digest = wh_hash_stream_value(hash);
    else
        wh_spool_close(spool);
    wh_hash_stream_free(hash);
    free(piece);
    return rc;
}

void wh_spool_close(struct wh_spool *spool)
{
    if (spool != NULL)
        wh_spill_file_close(&spool->kept);
}
