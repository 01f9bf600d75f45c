/* SPDX-License-Identifier: Apache-2.0 */
/** Fields into columns: one column after another, over all rows of a text. */
#include "base/error.h"
#include "format/fixed.h"

/* Bytes of a field that one word of bits covers, wherever in its first byte it starts. */
#define SHORT_FIELD 56

/* What the loop over one column needs. */
struct column_work {
    const struct wh_fixed *fixed;
    struct wh_str text;
    const uint64_t *bits;
    const struct wh_fixed_row *rows;
    size_t row_count;
    bool is_regular; /* see is_regular() */
    const struct wh_fixed_field *field;
    size_t index;         /* of the field */
    struct wh_str *texts; /* the column's, for these rows */
};

/* Bit 0 is that of the byte at @p at; at least SHORT_FIELD are meant. */
static inline uint64_t bits_at(const uint64_t *bits, size_t at)
{
    uint64_t word;
    memcpy(&word, (const char *)bits + at / 8, sizeof(word));
    return word >> at % 8;
}

/* A field of at most SHORT_FIELD bytes, by its bits. */
static inline struct wh_str trim_short(const struct column_work *work, size_t start, size_t length)
{
    uint64_t inside = bits_at(work->bits, start) & (((uint64_t)1 << length) - 1);
    if (inside == 0)
        return wh_str_make(work->text.ptr + start,
                           work->fixed->trims_left || work->fixed->trims_right ? 0 : length);
    size_t first = work->fixed->trims_left ? (size_t)__builtin_ctzll(inside) : 0;
    size_t end = work->fixed->trims_right ? 64 - (size_t)__builtin_clzll(inside) : length;
    return wh_str_make(work->text.ptr + start + first, end - first);
}

static struct wh_str trim_long(const struct column_work *work, size_t start, size_t length)
{
    const char *first = work->text.ptr + start;
    const char *end = first + length;
    while (work->fixed->trims_right && end > first && end[-1] == ' ')
        end--;
    while (work->fixed->trims_left && first < end && *first == ' ')
        first++;
    return wh_str_make(first, (size_t)(end - first));
}

static inline struct wh_str trim(const struct column_work *work, size_t start, size_t length)
{
    return length <= SHORT_FIELD ? trim_short(work, start, length) : trim_long(work, start, length);
}

/* The field in a row that may be shorter than the layout, or have longer characters. */
static struct wh_str find(const struct column_work *work, const struct wh_fixed_row *row)
{
    size_t start = work->field->start;
    size_t end = start + work->field->length;
    if (row->offsets != NULL) {
        start = row->offsets[2 * work->index];
        end = row->offsets[2 * work->index + 1];
    }
    start = WH_MIN(start, row->size);
    end = WH_MIN(end, row->size);
    return trim(work, row->start + start, end - start);
}

static bool is_null(const struct wh_option_list *nulls, struct wh_str text)
{
    if (nulls->items == NULL)
        return text.len == 0;
    for (size_t i = 0; i < nulls->count; i++)
        if (wh_str_equal(nulls->items[i], text))
            return true;
    return false;
}

/* Fills up to 64 rows from @p first on; a bit for each that is NULL. */
static uint64_t fill_any(const struct column_work *work, size_t first, size_t count)
{
    uint64_t nulls = 0;
    for (size_t i = 0; i < count; i++) {
        struct wh_str text = find(work, &work->rows[first + i]);
        work->texts[first + i] = text;
        nulls |= (uint64_t)is_null(work->fixed->nulls, text) << i;
    }
    return nulls;
}

/* The same for what most files have: see is_usual(). What is NULL needs no value. */
static uint64_t fill_usual(const struct column_work *work, size_t first, size_t count)
{
    size_t at = work->field->start;
    uint64_t meant = ((uint64_t)1 << work->field->length) - 1;
    uint64_t nulls = 0;
    for (size_t i = 0; i < count; i++) {
        size_t start = work->rows[first + i].start + at;
        uint64_t inside = bits_at(work->bits, start) & meant;
        if (inside == 0) {
            nulls |= (uint64_t)1 << i;
            continue;
        }
        size_t skipped = (size_t)__builtin_ctzll(inside);
        size_t end = 64 - (size_t)__builtin_clzll(inside);
        work->texts[first + i] = wh_str_make(work->text.ptr + start + skipped, end - skipped);
    }
    return nulls;
}

/* Whether the layout says where the fields of all rows are. */
static bool is_regular(const struct column_work *work)
{
    uint32_t width = work->fixed->layout.width;
    bool is_regular = true;
    for (size_t i = 0; i < work->row_count; i++)
        is_regular &= work->rows[i].offsets == NULL && work->rows[i].size >= width;
    return is_regular;
}

/* Whether the column's fields are short, of regular rows, trimmed, and NULL where they are empty. */
static bool is_usual(const struct column_work *work)
{
    const struct wh_fixed *fixed = work->fixed;
    return work->is_regular && work->field->length <= SHORT_FIELD && fixed->trims_left &&
           fixed->trims_right && fixed->nulls->items == NULL;
}

/* Fills a column, a word of its validity at a time. */
static wh_code fill_column(const struct column_work *work, size_t first_row,
                           struct wh_column *column, struct wh_arena *arena, struct wh_error *err)
{
    bool usual = is_usual(work);
    for (size_t done = 0; done < work->row_count;) {
        size_t row = first_row + done;
        size_t count = WH_MIN(work->row_count - done, 64 - row % 64);
        uint64_t nulls = usual ? fill_usual(work, done, count) : fill_any(work, done, count);
        if (nulls != 0) {
            WH_TRY(wh_column_need_validity(column, arena, err));
            column->validity[row / 64] &= ~(nulls << row % 64);
        }
        done += count;
    }
    return WH_OK;
}

wh_code wh_fixed_fill(const struct wh_fixed_reader *reader, struct wh_str text, size_t row_count,
                      struct wh_batch *batch, struct wh_error *err)
{
    const struct wh_fixed_layout *layout = &reader->fixed->layout;
    struct column_work work = {.fixed = reader->fixed,
                               .text = text,
                               .bits = reader->text_bits,
                               .rows = reader->rows,
                               .row_count = row_count};
    work.is_regular = is_regular(&work);
    for (size_t i = 0; i < layout->count; i++) {
        work.field = &layout->fields[i];
        work.index = i;
        work.texts = batch->columns[i].values.texts + batch->row_count;
        WH_TRY(fill_column(&work, batch->row_count, &batch->columns[i], &batch->arena, err));
    }
    batch->row_count += row_count;
    return WH_OK;
}
