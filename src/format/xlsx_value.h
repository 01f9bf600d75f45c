/* SPDX-License-Identifier: Apache-2.0 */
/** Values of cells as they are stored in a workbook → canonical text and type. */
#ifndef WH_FORMAT_XLSX_VALUE_H
#define WH_FORMAT_XLSX_VALUE_H

#include <stdbool.h>

#include "base/arena.h"
#include "data/type.h"
#include "format/xlsx_styles.h"

struct wh_xlsx_value {
    struct wh_type type;
    struct wh_str text;   /* canonical; a slice of the stored text, or in the arena */
    const char *wrong;    /* why it is none: "which is no number" */
    bool is_without_room; /* memory is out */
};

/**
 * A number as stored: its digits are kept. Programs print doubles with 17 significant digits; where
 * the text is such a print and a shorter one means the same double, that is taken: 0.1 for
 * 0.10000000000000001. False where it is no number.
 */
bool wh_xlsx_number(struct wh_str stored, struct wh_arena *arena, struct wh_xlsx_value *ret);

/**
 * A number whose meaning is a date, a time or both: days since the end of 1899, with the 29
 * February 1900 that never was, or since 1 January 1904. To the millisecond, which is what programs
 * show. False where there is no such day.
 */
bool wh_xlsx_moment(struct wh_str stored, enum wh_xlsx_meaning meaning, bool counts_from_1904,
                    struct wh_arena *arena, struct wh_xlsx_value *ret);

/** A cell that holds a date in ISO 8601; text where it is none without a zone. */
bool wh_xlsx_iso_moment(struct wh_str stored, struct wh_arena *arena, struct wh_xlsx_value *ret);

#endif
