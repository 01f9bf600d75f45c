/* SPDX-License-Identifier: Apache-2.0 */
/** Cells into columns: one column after another, over all rows of a text. */
#include "base/error.h"
#include "format/csv_internal.h"

/* What the loop over one column needs. */
struct column_work {
    const struct wh_csv *csv;
    const char *text;
    const struct wh_csv_dialect *dialect;
    uint64_t special_lengths; /* bit n: cells of n bytes are looked at closely; 63: or more */
    int quote;                /* above every byte where there is none */
    uint32_t delimiter_size;
    struct wh_arena *arena;
    struct wh_column *column;
    struct wh_str *texts; /* the column's */
    size_t first_row;     /* of the batch */
};

static bool is_null_token(const struct wh_csv *csv, struct wh_str cell)
{
    const struct wh_option_list *nulls = &csv->form.nulls;
    if (nulls->items == NULL)
        return wh_str_equal(cell, csv->form.default_null);
    for (size_t i = 0; i < nulls->count; i++) {
        if (wh_str_equal(nulls->items[i], cell))
            return true;
    }
    return false;
}

static wh_code put_null(const struct column_work *work, size_t row, struct wh_error *err)
{
    struct wh_column *column = work->column;
    if (column->validity == NULL)
        WH_TRY(wh_column_need_validity(column, work->arena, err));
    wh_column_set_null(column, row);
    return WH_OK;
}

/* A cell in quotes or with escapes, or one that may be NULL. */
static __attribute__((noinline)) wh_code put_special(const struct column_work *work, size_t row,
                                                     struct wh_str cell, struct wh_error *err)
{
    struct wh_str *value = &work->texts[row];
    *value = cell;
    if (!wh_csv_cell_is_quoted(work->dialect, cell) && is_null_token(work->csv, cell))
        return put_null(work, row, err);
    *value = wh_csv_cell_text(work->dialect, cell, work->arena);
    return value->ptr != NULL ? WH_OK : wh_error_no_memory(err, cell.len);
}

static inline wh_code put_cell(const struct column_work *work, size_t row, struct wh_str cell,
                               struct wh_error *err)
{
    uint64_t length_bit = (uint64_t)1 << (cell.len < 63 ? cell.len : 63);
    bool is_special = (work->special_lengths & length_bit) != 0;
    if (is_special || (cell.len > 0 && cell.ptr[0] == work->quote))
        return put_special(work, row, cell, err);
    work->texts[row] = cell;
    return WH_OK;
}

/* The first column's cells start where the rows do. */
static wh_code fill_first(const struct wh_csv_reader *reader, const struct column_work *work,
                          size_t row_count, struct wh_error *err)
{
    size_t stride = reader->csv->column_count;
    for (size_t row = 0; row < row_count; row++) {
        uint32_t start = reader->starts[row];
        uint32_t end = reader->ends[row * stride];
        WH_TRY(put_cell(work, work->first_row + row, wh_str_make(work->text + start, end - start),
                        err));
    }
    return WH_OK;
}

/* Other cells start behind the delimiter of the one before. */
static wh_code fill_other(const struct wh_csv_reader *reader, const struct column_work *work,
                          size_t index, size_t row_count, struct wh_error *err)
{
    size_t stride = reader->csv->column_count;
    for (size_t row = 0; row < row_count; row++) {
        const uint32_t *ends = reader->ends + row * stride + index;
        uint32_t start = ends[-1] + work->delimiter_size;
        WH_TRY(put_cell(work, work->first_row + row,
                        wh_str_make(work->text + start, ends[0] - start), err));
    }
    return WH_OK;
}

/* The cells that padded rows do not have. */
static wh_code fill_missing(const struct wh_csv_reader *reader, const struct column_work *work,
                            size_t index, struct wh_error *err)
{
    for (size_t i = 0; i < reader->short_count; i++) {
        if (index >= reader->short_rows[i].cells)
            WH_TRY(put_null(work, work->first_row + reader->short_rows[i].row, err));
    }
    return WH_OK;
}

wh_code wh_csv_fill(const struct wh_csv_reader *reader, const char *text, size_t row_count,
                    struct wh_batch *batch, struct wh_error *err)
{
    const struct wh_csv *csv = reader->csv;
    const struct wh_csv_dialect *dialect = &csv->form.dialect;
    bool is_plain = !dialect->has_escape && !dialect->may_space_quotes;
    struct column_work work = {.csv = csv,
                               .text = text,
                               .dialect = dialect,
                               .special_lengths = is_plain ? csv->null_lengths : UINT64_MAX,
                               .quote = dialect->has_quote ? dialect->quote : 0x100,
                               .delimiter_size = dialect->delimiter_size,
                               .arena = &batch->arena,
                               .first_row = batch->row_count};
    for (size_t i = 0; i < csv->column_count; i++) {
        work.column = &batch->columns[i];
        work.texts = work.column->values.texts;
        if (i == 0)
            WH_TRY(fill_first(reader, &work, row_count, err));
        else
            WH_TRY(fill_other(reader, &work, i, row_count, err));
        WH_TRY(fill_missing(reader, &work, i, err));
    }
    batch->row_count += row_count;
    return WH_OK;
}
