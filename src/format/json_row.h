/* SPDX-License-Identifier: Apache-2.0 */
/** A row that the scanner fills while it passes over a record. */
#ifndef WH_FORMAT_JSON_ROW_H
#define WH_FORMAT_JSON_ROW_H

#include "base/buf.h"
#include "data/column.h"
#include "format/json_scan.h"
#include "format/json_shape.h"

struct wh_json_row {
    const struct wh_json_shape *shape;
    struct wh_column *columns; /* one for each of the shape's, all text */
    struct wh_arena *arena;    /* the batch's */
    size_t row;
    uint64_t record;      /* its number, from 1 */
    uint64_t *met;        /* one a node: the last record that had the member */
    size_t met_columns;   /* columns that this record has a value or null for */
    uint32_t member;      /* the node in hand; WH_JSON_NO_NODE: none, or an unknown one */
    bool ignores_unknown; /* members that no column is for are passed over */
    uint64_t ignored;     /* how many were */
    struct wh_buf *rest;  /* they are put here as an object, open at its end; NULL: they are not */
};

/** Puts NULL in the columns below @p parent, which is null. False: a fault. For the scanners. */
bool wh_json_row_null_below(struct wh_json_scan *scan, struct wh_json_row *row, uint32_t parent);

/** Makes the column NULL in the row. False: a fault. For the scanners. */
bool wh_json_row_put_null(struct wh_json_scan *scan, struct wh_json_row *row, uint32_t column);

/** What becomes of a member without a column, that starts at @p start and ends at scan->at. False:
 *  a fault. For the scanners. */
bool wh_json_row_take_unknown(struct wh_json_scan *scan, struct wh_json_row *row,
                              const struct wh_json_string *name, const char *start);

/** Opens, in the rest, the object @p index, and closes it; left out where it stays empty. */
bool wh_json_row_open_rest(struct wh_json_scan *scan, struct wh_json_row *row, uint32_t index,
                           size_t *ret_mark);
bool wh_json_row_close_rest(struct wh_json_scan *scan, struct wh_json_row *row, size_t mark);

#endif
