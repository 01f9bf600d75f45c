/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Bytes that can be read once only (a pipe), kept in a temporary file without a name, so
 * that they can be read as often as those of a file. They are known again by their number
 * and digest, not by a time.
 */
#ifndef WH_STREAM_SPOOL_H
#define WH_STREAM_SPOOL_H

#include <stdint.h>

#include <wherry/error.h>

#include "base/cancel.h"
#include "spill/file.h"

struct wh_spool {
    struct wh_spill_file kept;
    uint64_t digest; /* XXH3 of all bytes */
};

#define WH_SPOOL_NONE ((struct wh_spool){.kept = WH_SPILL_FILE_NONE})

/** Reads the open @p descriptor to its end, waiting for its bytes. WH_CANCELLED soon after
 *  @p cancel (NULL: none) is raised; WH_IO where reading fails or the disk is full. After a failure
 *  @p spool is closed. */
WH_MUST_CHECK wh_code wh_spool_fill(struct wh_spool *spool, int descriptor,
                                    const struct wh_cancel *cancel, struct wh_error *err);

/** Closed ones, and NULL, are left alone. */
void wh_spool_close(struct wh_spool *spool);

#endif
