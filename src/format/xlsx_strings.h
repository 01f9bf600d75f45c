/* SPDX-License-Identifier: Apache-2.0 */
/** The texts that cells of a workbook share, in memory that the budget allows. */
#ifndef WH_FORMAT_XLSX_STRINGS_H
#define WH_FORMAT_XLSX_STRINGS_H

#include <stdbool.h>

#include "base/buf.h"
#include "format/convert.h"

struct wh_xlsx_strings {
    struct wh_buf bytes; /* one behind the other */
    struct wh_buf ends;  /* where each ends: uint64_t */
    size_t count;
    struct wh_budget *budget;
    size_t taken; /* of the budget */
};

void wh_xlsx_strings_init(struct wh_xlsx_strings *strings, struct wh_budget *budget);
void wh_xlsx_strings_release(struct wh_xlsx_strings *strings);

/** Reads the part that holds them. WH_END where it is not there; WH_LIMIT where the budget is used
 *  up. */
WH_MUST_CHECK wh_code wh_xlsx_strings_read(struct wh_xlsx_strings *strings,
                                           const struct wh_parts *parts, struct wh_str part,
                                           struct wh_error *err);

/** Text number @p index from 0; false where there is none. */
bool wh_xlsx_strings_get(const struct wh_xlsx_strings *strings, uint64_t index, struct wh_str *ret);

/** Undoes the escapes of characters that XML cannot hold, _x000D_, in the last bytes of @p text,
 *  from @p start on. What would be no character stays as it is. */
void wh_xlsx_unescape(struct wh_buf *text, size_t start);

#endif
