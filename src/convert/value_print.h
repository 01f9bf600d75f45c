/* SPDX-License-Identifier: Apache-2.0 */
/** One value for people: quoted where it is text, and not too long. */
#ifndef WH_CONVERT_VALUE_PRINT_H
#define WH_CONVERT_VALUE_PRINT_H

#include "base/buf.h"
#include "data/column.h"

/** Bytes of a value that are shown. */
#define WH_VALUE_SHOWN 200

/** Appends the value at @p row: 'text', 12.50, NULL. */
WH_MUST_CHECK wh_code wh_value_print_short(const struct wh_column *column, size_t row,
                                           struct wh_buf *out, struct wh_error *err);

/** Appends @p text in quotes, cut where it is long;
 *  quotes and backslashes in it stay as they are. */
WH_MUST_CHECK wh_code wh_text_print_short(struct wh_str text, struct wh_buf *out,
                                          struct wh_error *err);

/** Appends what is wrong with a value that was to become @p type, to be read behind the value:
 *  " is not a valid date". */
WH_MUST_CHECK wh_code wh_cast_message(enum wh_fault fault, struct wh_type type, struct wh_buf *out,
                                      struct wh_error *err);

#endif
