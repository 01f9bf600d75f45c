/* SPDX-License-Identifier: Apache-2.0 */
/** Cells into columns: one column after another, over all rows of a text. */
#include "base/error.h"
#include "format/csv_internal.h"

/* What the loop over one column needs. */
struct column_work {
    const struct wh_csv *csv;
    const char *text;
    uint64_t null_lengths;
    char quote;
    struct wh_arena *arena;
    struct wh_column *column;
    struct wh_str *texts; /* the column's */
    size_t first_row;     /* of the batch */
};

struct wh_str wh_csv_unquote(struct wh_str cell, char quote, struct wh_arena *arena)
{
    struct wh_str inner = wh_str_make(cell.ptr + 1, cell.len - 2);
    const char *escape = memchr(inner.ptr, quote, inner.len);
    if (escape == NULL)
        return inner;

    char *copy = wh_arena_bytes(arena, inner.len - 1);
    if (copy == NULL)
        return WH_STR_NONE;
    const char *from = inner.ptr;
    const char *end = inner.ptr + inner.len;
    char *to = copy;
    while (escape != NULL) {
        size_t len = (size_t)(escape - from) + 1; /* with one quote of the two */
        memcpy(to, from, len);
        to += len;
        from = escape + 2;
        escape = memchr(from, quote, (size_t)(end - from));
    }
    memcpy(to, from, (size_t)(end - from));
    to += end - from;
    return wh_str_make(copy, (size_t)(to - copy));
}

static bool is_null_token(const struct wh_csv *csv, struct wh_str cell)
{
    if (csv->nulls->items == NULL)
        return cell.len == 0;
    for (size_t i = 0; i < csv->nulls->count; i++) {
        if (wh_str_equal(csv->nulls->items[i], cell))
            return true;
    }
    return false;
}

/* A cell in quotes, or one that may be NULL. */
static __attribute__((noinline)) wh_code put_special(const struct column_work *work, size_t row,
                                                     struct wh_str cell, struct wh_error *err)
{
    struct wh_column *column = work->column;
    struct wh_str *value = &column->values.texts[row];
    if (cell.len > 0 && cell.ptr[0] == work->quote) {
        *value = wh_csv_unquote(cell, work->quote, work->arena);
        return value->ptr != NULL ? WH_OK : wh_error_no_memory(err, cell.len);
    }
    *value = cell;
    if (!is_null_token(work->csv, cell))
        return WH_OK;
    if (column->validity == NULL)
        WH_TRY(wh_column_need_validity(column, work->arena, err));
    wh_column_set_null(column, row);
    return WH_OK;
}

static inline wh_code put_cell(const struct column_work *work, size_t row, struct wh_str cell,
                               struct wh_error *err)
{
    uint64_t length_bit = (uint64_t)1 << (cell.len < 63 ? cell.len : 63);
    bool may_be_null = (work->null_lengths & length_bit) != 0;
    if (may_be_null || (cell.len > 0 && cell.ptr[0] == work->quote))
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
        uint32_t start = ends[-1] + 1;
        WH_TRY(put_cell(work, work->first_row + row,
                        wh_str_make(work->text + start, ends[0] - start), err));
    }
    return WH_OK;
}

wh_code wh_csv_fill(const struct wh_csv_reader *reader, const char *text, size_t row_count,
                    struct wh_batch *batch, struct wh_error *err)
{
    struct column_work work = {.csv = reader->csv,
                               .text = text,
                               .null_lengths = reader->csv->null_lengths,
                               .quote = reader->csv->scanner.dialect.quote,
                               .arena = &batch->arena,
                               .first_row = batch->row_count};
    for (size_t i = 0; i < reader->csv->column_count; i++) {
        work.column = &batch->columns[i];
        work.texts = work.column->values.texts;
        if (i == 0)
            WH_TRY(fill_first(reader, &work, row_count, err));
        else
            WH_TRY(fill_other(reader, &work, i, row_count, err));
    }
    batch->row_count += row_count;
    return WH_OK;
}
