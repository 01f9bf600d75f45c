/* SPDX-License-Identifier: Apache-2.0 */
/**
 * After images as texts: what only the log of a batch needs. They are printed one batch at a time
 * and forgotten when that is logged, so that a group does not hold them all.
 */
#ifndef WH_WRITE_IMAGES_H
#define WH_WRITE_IMAGES_H

#include "write/group.h"

/** True where the after image of @p row, which stays as it is, is logged: most often an earlier
 *  segment has it. */
bool wh_images_show_unchanged(const struct wh_writing *writing, const struct wh_group_batch *batch,
                              uint16_t row);

/** Prints the after images of the rows of @p batch that are logged into batch->items.texts and,
 *  where segments have them, hashes of what is compared into writing->after_hashes. */
WH_MUST_CHECK wh_code wh_images_print(struct wh_writing *writing, struct wh_group_batch *batch,
                                      struct wh_error *err);

/** Forgets what wh_images_print() made: batch->items.texts are what they were. */
void wh_images_forget(struct wh_writing *writing, struct wh_group_batch *batch);

#endif
