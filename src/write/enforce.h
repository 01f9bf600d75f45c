/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Items that only the commit would refuse (deferred constraints), found before it where the
 * destination can enforce early what its commit would. The destination points at suspects;
 * these are put off, and what becomes of each is its word when it is written behind all others,
 * with everything enforced.
 */
#ifndef WH_WRITE_ENFORCE_H
#define WH_WRITE_ENFORCE_H

#include "write/part.h"

/** What became of the suspects of a look. */
struct wh_suspects {
    size_t count;
    /* Of the table: the transaction can go on. Otherwise it is to be rolled back and done again. */
    bool are_out;
};

/** After the destination refused to enforce: puts off the rows of @p part, as written in the open
 *  transaction, that seem to be why. */
WH_MUST_CHECK wh_code wh_put_off_suspects(struct wh_writing *writing, struct wh_group *group,
                                          const struct wh_group_part *part, struct wh_suspects *ret,
                                          struct wh_error *err);

/** Puts off the rows of @p part that failed when they were written, too, but for what they hold: it
 *  may have been another row's fault that is not there now, or came later. */
WH_MUST_CHECK wh_code wh_put_off_failed(struct wh_group *group, const struct wh_group_part *part,
                                        struct wh_error *err);

/** Writes the rows of @p part that were put off, each alone, and again while others of them go in.
 *  None is put off then. Rows that were not as expected are noted as missed. */
WH_MUST_CHECK wh_code wh_write_put_off(struct wh_writing *writing, struct wh_group *group,
                                       const struct wh_group_part *part, struct wh_error *err);

#endif
