/* SPDX-License-Identifier: Apache-2.0 */
/** Which numbers of a workbook are dates: told by the number formats of its cells. */
#ifndef WH_FORMAT_XLSX_STYLES_H
#define WH_FORMAT_XLSX_STYLES_H

#include "format/convert.h"

/** What a number in a cell means. */
enum wh_xlsx_meaning {
    WH_XLSX_NUMBER = 0,
    WH_XLSX_DATE,
    WH_XLSX_TIME,
    WH_XLSX_TIMESTAMP,
    WH_XLSX_DURATION,    /* [h]:mm */
    WH_XLSX_DATE_OR_TIME /* the language of the program decides: the value tells */
};

struct wh_xlsx_styles {
    uint8_t *meanings; /* by style of a cell: enum wh_xlsx_meaning */
    size_t count;
};

/** Reads the part that holds them, into @p arena. WH_END where it is not there. */
WH_MUST_CHECK wh_code wh_xlsx_styles_read(const struct wh_parts *parts, struct wh_str part,
                                          struct wh_arena *arena, struct wh_xlsx_styles *ret,
                                          struct wh_error *err);

#endif
