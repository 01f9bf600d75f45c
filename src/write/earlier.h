/* SPDX-License-Identifier: Apache-2.0 */
/** What earlier groups logged: the after image that drift is measured against,
 *  the keys of owners. */
#ifndef WH_WRITE_EARLIER_H
#define WH_WRITE_EARLIER_H

#include "write/writing.h"

/** A few decoded segments, the ones used last. */
struct wh_segment_cache;
struct wh_segment_cache *wh_segment_cache_new(void); /* NULL when memory is out */
void wh_segment_cache_free(struct wh_segment_cache *cache);

/** A row as the destination has it now, for one comparison with the log. */
struct wh_present_row {
    const struct wh_state_entry *entry; /* of the row */
    struct wh_str key;
    const struct wh_str *values; /* one a target: texts of what is there; ptr NULL is NULL */
};

/**
 * True in *ret where the row is no longer what wherry left there; then *ret_detail says in which
 * column, in @p arena. Columns that were not written then, or that are set on insert only, are not
 * looked at. Where segments have no images, only the whole row's hash can tell, and only while the
 * map gives the same columns.
 */
WH_MUST_CHECK wh_code wh_row_has_drifted(struct wh_writing *writing,
                                         const struct wh_present_row *row, struct wh_arena *arena,
                                         bool *ret, struct wh_str *ret_detail,
                                         struct wh_error *err);

/** The key of the item that wrote the row of @p entry, in @p arena;
 *  ptr NULL where it is not found. */
WH_MUST_CHECK wh_code wh_row_owner(struct wh_writing *writing, const struct wh_state_entry *entry,
                                   struct wh_arena *arena, struct wh_str *ret,
                                   struct wh_error *err);

#endif
