/* SPDX-License-Identifier: Apache-2.0 */
/** What a workbook consists of: its sheets, and where its parts are. ECMA-376, parts 1 and 2. */
#ifndef WH_FORMAT_XLSX_BOOK_H
#define WH_FORMAT_XLSX_BOOK_H

#include "format/convert.h"

#define WH_XLSX_MAX_SHEETS 4096

struct wh_xlsx_sheet_entry {
    struct wh_str name;
    struct wh_str part; /* ptr NULL: it lies outside of the file */
    bool is_hidden;
};

struct wh_xlsx_book {
    struct wh_xlsx_sheet_entry *sheets; /* those that have cells; charts are none */
    size_t sheet_count;
    struct wh_str strings; /* parts; ptr NULL: there is none */
    struct wh_str styles;
    bool counts_from_1904;
    /* It asks to be calculated when it is opened: the stored values of formulas may be old. */
    bool is_uncalculated;
};

/** Reads the package's and the workbook's own parts; what is found is in @p arena. WH_INVALID where
 *  the archive holds no workbook, WH_LIMIT. */
WH_MUST_CHECK wh_code wh_xlsx_book_read(const struct wh_parts *parts, struct wh_arena *arena,
                                        struct wh_xlsx_book *ret, struct wh_error *err);

/** The sheet that is stated, by name or by its number from 1; without a statement the only one.
 *  WH_INVALID with the names to choose from. */
WH_MUST_CHECK wh_code wh_xlsx_book_choose(const struct wh_xlsx_book *book, struct wh_str stated,
                                          const struct wh_xlsx_sheet_entry **ret,
                                          struct wh_error *err);

#endif
