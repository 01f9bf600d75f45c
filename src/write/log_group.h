/* SPDX-License-Identifier: Apache-2.0 */
/** The log of a part of a group: its segment, failure rows, rule hits,
 *  and what changes in state. */
#ifndef WH_WRITE_LOG_GROUP_H
#define WH_WRITE_LOG_GROUP_H

#include "write/group.h"

/** Some of a group's items, by their ordinals in it. */
struct wh_group_part {
    size_t first;
    size_t end;
};

/** The items of @p batch that are in @p part, by their ordinals in the batch: from *ret_first to
 *  before *ret_end. */
void wh_part_of_batch(const struct wh_group_batch *batch, const struct wh_group_part *part,
                      size_t *ret_first, size_t *ret_end);

/** Puts the rows of the part that are to be written with @p action, and not behind all others, into
 *  ret->rows, which has room for all of the part's. */
void wh_select_rows_of_part(const struct wh_group_batch *batch, const struct wh_group_part *part,
                            enum wh_action action, struct wh_selection *ret);

/** Whether the row was there when the group was compared, and stays as it was. */
bool wh_group_row_stays(const struct wh_group_batch *batch, uint16_t row);

/** Why the row was not written, as it may be shown where values are redacted; ptr NULL: it was. */
struct wh_str wh_group_refusal(const struct wh_item_plan *item, const struct wh_group_batch *batch,
                               uint16_t row);

/** What became of an item of the batch: a row, or a record that the reader gave none for. */
enum wh_item_status wh_group_item_status(const struct wh_group_batch *batch, size_t item);

/** Makes the part's segment, with the statuses as they are now: writing->segment. */
WH_MUST_CHECK wh_code wh_encode_part(struct wh_writing *writing, struct wh_group *group,
                                     const struct wh_group_part *part, struct wh_error *err);

/** The segment of the whole group, as encoded before, with the statuses as they are now. */
WH_MUST_CHECK wh_code wh_encode_statuses(struct wh_writing *writing, struct wh_group *group,
                                         struct wh_error *err);

/** Counts the part's items by status; `read` is their number. */
void wh_count_part(const struct wh_group *group, const struct wh_group_part *part,
                   struct wh_counts *counts);

/** Counts the part's rows that are marked with 1 in the array by row that @p marks gives, of any
 *  status where @p status is 0. */
typedef const uint8_t *wh_row_marks(const struct wh_group_batch *batch, size_t rule);
uint64_t wh_count_marked_rows(const struct wh_group *group, const struct wh_group_part *part,
                              wh_row_marks *marks, size_t rule, uint8_t status);

/** Writes segment, failure rows, plain rows and rule hits in the open transaction.
 *  @p counts are the part's. */
WH_MUST_CHECK wh_code wh_log_part(struct wh_writing *writing, struct wh_group *group,
                                  const struct wh_group_part *part, const struct wh_counts *counts,
                                  int64_t *ret_segment, struct wh_error *err);

/** Tells the state what the part, which was just committed, changed. */
WH_MUST_CHECK wh_code wh_remember_part(struct wh_writing *writing, const struct wh_group *group,
                                       const struct wh_group_part *part, int64_t segment,
                                       struct wh_error *err);

#endif
