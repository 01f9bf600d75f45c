/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Tables with aligned columns. Where one is wider than the paper, columns of zeros that
 * may vanish are left out, then the columns that may shrink are cut, widest first. A table
 * that is printed more than once (a stream of items) keeps the widths of the first time,
 * and its head is printed once.
 */
#ifndef WH_REPORT_TABLE_H
#define WH_REPORT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "report/paper.h"

#define WH_TABLE_MAX_COLUMNS 16

struct wh_table_column {
    const char *title; /* "" is allowed */
    bool is_right;     /* aligned to the right: numbers */
    bool may_shrink;
    bool may_vanish; /* where all its cells are "0" and the paper is too narrow */
};

struct wh_cell {
    struct wh_str text; /* data: escaped when it is printed */
    enum wh_ink ink;
};

struct wh_table {
    const struct wh_table_column *columns; /* borrowed */
    size_t column_count;
    size_t indent;
    struct wh_arena arena; /* of the rows not yet printed */
    struct wh_cell *cells;
    size_t cell_count;
    size_t cell_capacity;
    size_t widths[WH_TABLE_MAX_COLUMNS];
    bool is_left_out[WH_TABLE_MAX_COLUMNS];
    bool has_no_head;
    bool is_begun; /* the head is printed, widths stand */
    struct wh_error error;
};

/** @p columns end with a NULL title. */
void wh_table_init(struct wh_table *table, const struct wh_table_column *columns, size_t indent);
void wh_table_release(struct wh_table *table);

/** Adds a row of as many cells as there are columns; texts are copied. Failures are kept and told
 *  through the paper when the table is printed. */
void wh_table_add(struct wh_table *table, const struct wh_cell *cells);

/** Rows added since the last print. */
size_t wh_table_row_count(const struct wh_table *table);

/** Prints the rows added so far and forgets them. Without rows, nothing. */
void wh_table_print(struct wh_table *table, struct wh_paper *paper);

#endif
