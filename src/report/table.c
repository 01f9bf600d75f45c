/* SPDX-License-Identifier: Apache-2.0 */
#include "report/table.h"

#include <stdlib.h>

#include "base/error.h"
#include "report/text.h"

enum {
    GUTTER = 2,          /* columns between two columns */
    NARROWEST_COLUMN = 8 /* what shrinking leaves at least */
};

void wh_table_init(struct wh_table *table, const struct wh_table_column *columns, size_t indent)
{
    *table = (struct wh_table){.columns = columns, .indent = indent, .error = WH_ERROR_NONE};
    wh_arena_init(&table->arena);
    while (columns[table->column_count].title != NULL)
        table->column_count++;
}

void wh_table_release(struct wh_table *table)
{
    free(table->cells);
    table->cells = NULL;
    wh_arena_release(&table->arena);
}

static wh_code grow(struct wh_table *table, struct wh_error *err)
{
    if (table->cell_count + table->column_count <= table->cell_capacity)
        return WH_OK;
    size_t capacity = table->cell_capacity * 2 + 16 * table->column_count;
    struct wh_cell *cells = reallocarray(table->cells, capacity, sizeof *cells);
    if (cells == NULL)
        return wh_error_no_memory(err, capacity * sizeof *cells);
    table->cells = cells;
    table->cell_capacity = capacity;
    return WH_OK;
}

void wh_table_add(struct wh_table *table, const struct wh_cell *cells)
{
    if (table->error.code != WH_OK || grow(table, &table->error) != WH_OK)
        return;
    for (size_t column = 0; column < table->column_count; column++) {
        struct wh_cell *cell = &table->cells[table->cell_count + column];
        cell->ink = cells[column].ink;
        if (wh_arena_copy(&table->arena, cells[column].text, &cell->text, &table->error) != WH_OK)
            return;
    }
    table->cell_count += table->column_count;
}

size_t wh_table_row_count(const struct wh_table *table)
{
    return table->cell_count / table->column_count;
}

/* ---- widths ---------------------------------------------------------------------------------- */

static void measure(struct wh_table *table)
{
    for (size_t column = 0; column < table->column_count; column++) {
        size_t widest = wh_text_width(wh_str_from(table->columns[column].title));
        for (size_t at = column; at < table->cell_count; at += table->column_count)
            widest = WH_MAX(widest, wh_text_width(table->cells[at].text));
        table->widths[column] = widest;
    }
}

/** The widest column that may still shrink; SIZE_MAX where there is none. */
static size_t widest_to_shrink(const struct wh_table *table)
{
    size_t found = SIZE_MAX;
    for (size_t column = 0; column < table->column_count; column++) {
        if (!table->columns[column].may_shrink || table->widths[column] <= NARROWEST_COLUMN)
            continue;
        if (found == SIZE_MAX || table->widths[column] > table->widths[found])
            found = column;
    }
    return found;
}

static size_t total_width(const struct wh_table *table)
{
    size_t total = 0;
    for (size_t column = 0; column < table->column_count; column++)
        if (!table->is_left_out[column])
            total += table->widths[column] + GUTTER;
    return total - GUTTER;
}

static bool has_only_zeros(const struct wh_table *table, size_t column)
{
    for (size_t at = column; at < table->cell_count; at += table->column_count)
        if (!wh_str_is(table->cells[at].text, "0"))
            return false;
    return true;
}

static void fit_into(struct wh_table *table, size_t room)
{
    for (size_t column = 0; column < table->column_count && total_width(table) > room; column++)
        if (table->columns[column].may_vanish && has_only_zeros(table, column))
            table->is_left_out[column] = true;
    size_t total = total_width(table);
    size_t column;
    while (total > room && (column = widest_to_shrink(table)) != SIZE_MAX) {
        /* Down to the next widest at once would save steps; a terminal has few columns. */
        size_t step = WH_MIN(total - room, table->widths[column] - NARROWEST_COLUMN);
        step = WH_MIN(step, 1 + table->widths[column] / 16);
        table->widths[column] -= step;
        total -= step;
    }
}

/* ---- printing -------------------------------------------------------------------------------- */

/** One cell and the gap behind it; nothing hangs behind the last. */
static void print_cell(const struct wh_table *table, size_t column, const struct wh_cell *cells,
                       size_t last, struct wh_paper *paper)
{
    const struct wh_cell *cell = &cells[column];
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    /* Without a width there is nothing to cut for, and in a stream later cells may be wider. */
    bool is_cut = paper->options.width > 0 && table->columns[column].may_shrink;
    struct wh_str text;
    if (wh_text_show(cell->text, is_cut ? table->widths[column] : SIZE_MAX, &arena, &text,
                     &paper->error) != WH_OK)
        return;
    size_t width = wh_text_width(text);
    size_t padding = table->widths[column] > width ? table->widths[column] - width : 0;
    if (table->columns[column].is_right)
        wh_paper_indent(paper, padding);
    if (cell->ink != WH_INK_PLAIN)
        wh_paper_ink(paper, cell->ink);
    wh_paper_put(paper, text);
    if (cell->ink != WH_INK_PLAIN)
        wh_paper_ink(paper, WH_INK_PLAIN);
    if (column < last)
        wh_paper_indent(paper, GUTTER + (table->columns[column].is_right ? 0 : padding));
}

static void print_row(const struct wh_table *table, const struct wh_cell *cells,
                      struct wh_paper *paper)
{
    size_t last = table->column_count - 1;
    while (last > 0 && (cells[last].text.len == 0 || table->is_left_out[last]))
        last--;
    wh_paper_indent(paper, table->indent);
    for (size_t column = 0; column <= last; column++)
        if (!table->is_left_out[column])
            print_cell(table, column, cells, last, paper);
    wh_paper_put(paper, WH_STR("\n"));
}

static void print_head(const struct wh_table *table, struct wh_paper *paper)
{
    struct wh_cell head[WH_TABLE_MAX_COLUMNS] = {{.text = WH_STR_NONE}};
    for (size_t column = 0; column < table->column_count; column++)
        head[column] =
            (struct wh_cell){.text = wh_str_from(table->columns[column].title), .ink = WH_INK_DIM};
    print_row(table, head, paper);
}

void wh_table_print(struct wh_table *table, struct wh_paper *paper)
{
    if (paper->error.code == WH_OK)
        paper->error = table->error;
    if (table->cell_count == 0)
        return;
    if (!table->is_begun) {
        measure(table);
        fit_into(table, wh_paper_room(paper, table->indent));
        if (!table->has_no_head)
            print_head(table, paper);
        table->is_begun = true;
    }
    for (size_t at = 0; at < table->cell_count; at += table->column_count)
        print_row(table, &table->cells[at], paper);
    table->cell_count = 0;
    wh_arena_reset(&table->arena, 1 << 16);
}
