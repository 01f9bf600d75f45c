/* SPDX-License-Identifier: Apache-2.0 */
/** Cells into columns: one column after another, over all rows of a text. */
#include "base/error.h"
#include "format/csv_internal.h"

/* What the loop over one column needs. */
struct column_work {
    const struct wh_csv *csv;
    const struct wh_csv_reader *reader;
    const char *text;
    const uint32_t *befores; /* where the column's cells start, less `gap` */
    const uint32_t *ends;    /* where they end */
    size_t before_stride;    /* from one row to the next */
    size_t end_stride;
    uint32_t gap;
    int quote; /* above every byte where there is none */
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

/* The cell of row @p i of the text. */
static inline struct wh_str cell_at(const struct column_work *work, size_t i)
{
    uint32_t start = work->befores[i * work->before_stride] + work->gap;
    return wh_str_make(work->text + start, work->ends[i * work->end_stride] - start);
}

/* ---- cells whose quotes and escapes have to be looked at ------------------------------------- */

static wh_code put_any(const struct column_work *work, size_t i, struct wh_error *err)
{
    const struct wh_csv_dialect *dialect = &work->csv->form.dialect;
    size_t row = work->first_row + i;
    struct wh_str cell = cell_at(work, i);
    struct wh_str *value = &work->texts[row];
    *value = cell;
    if (!wh_csv_cell_is_quoted(dialect, cell) && is_null_token(work->csv, cell))
        return put_null(work, row, err);
    *value = wh_csv_cell_text(dialect, cell, work->arena);
    return value->ptr != NULL ? WH_OK : wh_error_no_memory(err, cell.len);
}

static wh_code fill_any(const struct column_work *work, size_t row_count, struct wh_error *err)
{
    for (size_t i = 0; i < row_count; i++)
        WH_TRY(put_any(work, i, err));
    return WH_OK;
}

/* ---- cells that are text, or text in quotes -------------------------------------------------- */

/* Slices @p count cells, at most 64, from row @p first of the text on. A bit for each that
 * may be NULL: it has no quotes and is as long as a null token; where @p only_empty the only
 * token is the empty cell. */
static inline __attribute__((always_inline)) uint64_t
slice(const struct column_work *work, size_t first, size_t count, bool only_empty)
{
    /* A copy, for all that the loop knows what it writes could be what `work` points to. */
    const struct column_work w = *work;
    const uint64_t null_lengths = w.csv->null_lengths;
    const uint32_t *before = w.befores + first * w.before_stride;
    const uint32_t *end = w.ends + first * w.end_stride;
    struct wh_str *texts = w.texts + w.first_row + first;
    uint64_t maybe_null = 0;
    for (size_t k = 0; k < count; k++) {
        uint32_t start = *before + w.gap;
        uint32_t len = *end - start;
        uint64_t bit = only_empty ? len == 0 : null_lengths >> WH_MIN(len, 63) & 1;
        texts[k] = wh_str_make(w.text + start, len);
        if (len > 0 && w.text[start] == w.quote) {
            texts[k] = wh_str_make(w.text + start + 1, len - 2);
            bit = 0;
        }
        maybe_null = maybe_null >> 1 | bit << 63;
        before += w.before_stride;
        end += w.end_stride;
    }
    return maybe_null >> (0 - count) % 64;
}

/* The rows of @p maybe_null, from row @p row of the batch on, that are. */
static uint64_t find_nulls(const struct column_work *work, uint64_t maybe_null, size_t row)
{
    uint64_t nulls = 0;
    for (uint64_t left = maybe_null; left != 0; left &= left - 1) {
        size_t k = (size_t)__builtin_ctzll(left);
        nulls |= (uint64_t)is_null_token(work->csv, work->texts[row + k]) << k;
    }
    return nulls;
}

/* Slices as slice() does; a bit for each that is NULL. */
static uint64_t slice_with_nulls(const struct column_work *work, size_t first, size_t count)
{
    if (work->csv->null_lengths == 1)
        return slice(work, first, count, true);
    return find_nulls(work, slice(work, first, count, false), work->first_row + first);
}

/* Fills a column, but for what doubled quotes say, a word of its validity at a time. */
static wh_code fill_plain(const struct column_work *work, size_t row_count, struct wh_error *err)
{
    for (size_t done = 0; done < row_count;) {
        size_t row = work->first_row + done;
        size_t count = WH_MIN(row_count - done, 64 - row % 64);
        uint64_t nulls = slice_with_nulls(work, done, count);
        if (nulls != 0) {
            WH_TRY(wh_column_need_validity(work->column, work->arena, err));
            work->column->validity[row / 64] &= ~(nulls << row % 64);
        }
        done += count;
    }
    return WH_OK;
}

/* Makes the doubled quotes of a column single in the rows that have some. */
static wh_code undo_doubled(const struct column_work *work, size_t index, struct wh_error *err)
{
    const struct wh_csv_reader *reader = work->reader;
    uint64_t bit = (uint64_t)1 << WH_MIN(index, (size_t)63);
    for (size_t i = 0; i < reader->doubled_count; i++) {
        if ((reader->doubled_rows[i].cells & bit) == 0)
            continue;
        size_t row = reader->doubled_rows[i].row;
        struct wh_str cell = cell_at(work, row);
        struct wh_str *value = &work->texts[work->first_row + row];
        *value = wh_csv_cell_text(&work->csv->form.dialect, cell, work->arena);
        if (value->ptr == NULL)
            return wh_error_no_memory(err, cell.len);
    }
    return WH_OK;
}

/* ---- columns --------------------------------------------------------------------------------- */

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

/* Where the cells of the column are: the first one's start where the rows do, others behind the
 * delimiter of the one before. */
static void find_column(struct column_work *work, size_t index)
{
    const struct wh_csv_reader *reader = work->reader;
    work->end_stride = work->csv->column_count;
    work->ends = reader->ends + index;
    work->befores = index == 0 ? reader->starts : reader->ends + index - 1;
    work->before_stride = index == 0 ? 1 : work->end_stride;
    work->gap = index == 0 ? 0 : work->csv->form.dialect.delimiter_size;
}

wh_code wh_csv_fill(const struct wh_csv_reader *reader, const char *text, size_t row_count,
                    struct wh_batch *batch, struct wh_error *err)
{
    const struct wh_csv *csv = reader->csv;
    const struct wh_csv_dialect *dialect = &csv->form.dialect;
    bool is_plain = !dialect->has_escape && !dialect->may_space_quotes;
    struct column_work work = {.csv = csv,
                               .reader = reader,
                               .text = text,
                               .quote = dialect->has_quote ? dialect->quote : 0x100,
                               .arena = &batch->arena,
                               .first_row = batch->row_count};
    for (size_t i = 0; i < csv->column_count; i++) {
        work.column = &batch->columns[i];
        work.texts = work.column->values.texts;
        find_column(&work, i);
        WH_TRY(is_plain ? fill_plain(&work, row_count, err) : fill_any(&work, row_count, err));
        if (is_plain && reader->doubled_count > 0)
            WH_TRY(undo_doubled(&work, i, err));
        WH_TRY(fill_missing(reader, &work, i, err));
    }
    batch->row_count += row_count;
    return WH_OK;
}
