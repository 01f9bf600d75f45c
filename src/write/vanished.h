/* SPDX-License-Identifier: Apache-2.0 */
/** The rows of items that the source no longer has: deleting them (`missing: delete`),
 *  or logging which they are. */
#ifndef WH_WRITE_VANISHED_H
#define WH_WRITE_VANISHED_H

#include "write/writing.h"

struct wh_vanished_rows {
    struct wh_state_entry *entries; /* of the rows, by ascending segment */
    size_t count;
    const struct wh_chunk_record *chunk; /* a chunk of the item type, done: it keeps the count */
};

struct wh_vanished_result {
    uint64_t deleted;
    uint64_t kept; /* edited since, refused by the destination, or logged without images */
};

/**
 * Looks which of the rows, by ascending segment, are no longer there: their entries are marked as
 * gone and put behind the others, of which there are *ret_there. What was logged without images
 * cannot be looked for and counts as there.
 */
WH_MUST_CHECK wh_code wh_find_gone(struct wh_writing *writing, struct wh_state_entry *entries,
                                   size_t count, size_t *ret_there, struct wh_error *err);

/** Logs each of the rows as missing, with what it held where that was logged; deletes nothing. */
WH_MUST_CHECK wh_code wh_log_missing(struct wh_writing *writing,
                                     const struct wh_vanished_rows *rows, struct wh_error *err);

/**
 * Deletes the rows, batch by batch, each with its log in one transaction. A row goes only where it
 * is still what wherry left there; others are kept and counted. Rows of tables whose deletion would
 * reach further (ON DELETE) have to be refused before.
 */
WH_MUST_CHECK wh_code wh_delete_vanished(struct wh_writing *writing,
                                         const struct wh_vanished_rows *rows,
                                         struct wh_vanished_result *ret, struct wh_error *err);

#endif
