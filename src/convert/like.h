/* SPDX-License-Identifier: Apache-2.0 */
/** LIKE and ILIKE. */
#ifndef WH_CONVERT_LIKE_H
#define WH_CONVERT_LIKE_H

#include "convert/kernel.h"

/** inputs[0] LIKE inputs[1]; a constant pattern is prepared by wh_like_prepare(). */
extern const struct wh_operation wh_like_operation;
extern const struct wh_operation wh_not_like_operation;

/** ILIKE is LIKE over both sides in lower case. */
extern const struct wh_operation wh_lower_operation;

/** like_escape(pattern, escape): the pattern with backslash as its escape. */
extern const struct wh_operation wh_like_escape_operation;

/** What a constant pattern asks for, in @p arena; NULL where memory is out. */
const void *wh_like_prepare(struct wh_str pattern, struct wh_arena *arena);

/** False where the pattern ends in an escape that escapes nothing. */
bool wh_like_is_valid(struct wh_str pattern);

#endif
