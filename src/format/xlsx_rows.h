/* SPDX-License-Identifier: Apache-2.0 */
/** Rows of a sheet → names of columns, types of columns, records. */
#ifndef WH_FORMAT_XLSX_ROWS_H
#define WH_FORMAT_XLSX_ROWS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/macros.h"
#include "format/convert.h"
#include "format/xlsx_value.h"

/** What a sheet may have. */
#define WH_XLSX_MAX_COLUMNS 16384
#define WH_XLSX_MAX_ROWS 1048576

/** A column of a sheet, while its rows are read. */
struct wh_xlsx_column {
    struct wh_str name;      /* of the header; empty: it has none there */
    struct wh_type type;     /* of all values; NULL: it has none */
    struct wh_type own_type; /* of the row's */
};

struct wh_xlsx_rows {
    const struct wh_convert_request *request;
    struct wh_arena *arena; /* of names */
    uint64_t skip;          /* rows before the header */
    uint64_t header_count;  /* rows that are the header */
    uint64_t record_limit;
    struct wh_xlsx_column *columns; /* WH_XLSX_MAX_COLUMNS */
    uint32_t *own;                  /* columns of the row's values */
    size_t own_count;
    uint32_t first; /* column of the header; what stands left of it is rejected */
    uint32_t row;   /* in hand, from 1 */
    struct wh_buf buf;
    size_t start; /* of the row's record */
    struct wh_arena scratch;
    struct wh_str reason; /* the row is bad; in the scratch arena */
    uint64_t header_seen;
    uint64_t header_size; /* bytes that its names took */
    uint32_t header_row;  /* of the first one; 0: none yet */
    uint32_t odd_header;  /* column + 1 of a cell of it that is no text; 0: none */
    uint64_t record_count;
};

WH_MUST_CHECK wh_code wh_xlsx_rows_init(struct wh_xlsx_rows *rows,
                                        const struct wh_convert_request *request,
                                        struct wh_arena *arena, struct wh_error *err);
void wh_xlsx_rows_release(struct wh_xlsx_rows *rows);

/** Begins row number @p row, from 1; they ascend. */
WH_MUST_CHECK wh_code wh_xlsx_rows_begin(struct wh_xlsx_rows *rows, uint32_t row,
                                         struct wh_error *err);

/** Adds a value of it; columns, from 0, ascend. */
WH_MUST_CHECK wh_code wh_xlsx_rows_add(struct wh_xlsx_rows *rows, uint32_t column,
                                       const struct wh_xlsx_value *value, struct wh_error *err);

/** The row cannot be read; the first reason counts. */
WH_MUST_CHECK wh_code wh_xlsx_rows_reject(struct wh_xlsx_rows *rows, struct wh_error *err,
                                          const char *format, ...) WH_PRINTF(3, 4);

WH_MUST_CHECK wh_code wh_xlsx_rows_end(struct wh_xlsx_rows *rows, struct wh_error *err);

/** Hands over the records that are left; names and describes the columns. WH_INVALID where it
 *  cannot be told whether there is a header. */
WH_MUST_CHECK wh_code wh_xlsx_rows_finish(struct wh_xlsx_rows *rows, struct wh_converted *ret,
                                          struct wh_error *err);

/** "A" for 0, "XFD" for 16383, in @p room of WH_XLSX_LETTERS_SIZE bytes; with a NUL. */
#define WH_XLSX_LETTERS_SIZE 8
const char *wh_xlsx_letters(uint32_t column, char *room);

#endif
