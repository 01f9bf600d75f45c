/* SPDX-License-Identifier: Apache-2.0 */
/** The cells of a sheet, one after another as they stand in its part. ECMA-376, part 1, 18.3. */
#ifndef WH_FORMAT_XLSX_SHEET_H
#define WH_FORMAT_XLSX_SHEET_H

#include "format/xlsx_rows.h"
#include "format/xlsx_strings.h"

struct wh_xlsx_sheet {
    const struct wh_format_options *options;
    const struct wh_xlsx_strings *strings;
    const struct wh_xlsx_styles *styles;
    bool counts_from_1904;
    struct wh_xlsx_rows *rows;
    uint64_t merged_count;  /* out: ranges of cells that are merged */
    uint64_t formula_count; /* out: cells with a formula */
};

/** Reads the part and hands its rows over. WH_END where it is not there; WH_INVALID where its cells
 *  are not in order or have places that no sheet has. */
WH_MUST_CHECK wh_code wh_xlsx_sheet_read(struct wh_xlsx_sheet *sheet, const struct wh_parts *parts,
                                         struct wh_str part, struct wh_error *err);

#endif
