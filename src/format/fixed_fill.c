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
    uint32_t start_rank; /* of the field, among the layout's places */
    uint32_t end_rank;
    struct wh_str *texts; /* the column's, for these rows */
};

/* A field as it stands in the text. */
struct extent {
    size_t start;
    size_t length;
};

static inline struct extent extent_of(const struct column_work *work,
                                      const struct wh_fixed_row *row)
{
    uint32_t start = row->offsets[work->start_rank];
    return (struct extent){row->start + start, row->offsets[work->end_rank] - start};
}

/* The bits of @p length bytes from @p at on, SHORT_FIELD at most. */
static inline uint64_t short_bits(const uint64_t *bits, size_t at, size_t length)
{
    uint64_t word;
    memcpy(&word, (const char *)bits + at / 8, sizeof(word));
    return word >> at % 8 & (((uint64_t)1 << length) - 1);
}

/* A field of at most SHORT_FIELD bytes, by its bits. */
static inline struct wh_str trim_short(const struct column_work *work, struct extent field)
{
    uint64_t inside = short_bits(work->bits, field.start, field.length);
    if (inside == 0)
        return wh_str_make(work->text.ptr + field.start,
                           work->fixed->trims_left || work->fixed->trims_right ? 0 : field.length);
    size_t first = work->fixed->trims_left ? (size_t)__builtin_ctzll(inside) : 0;
    size_t end = work->fixed->trims_right ? 64 - (size_t)__builtin_clzll(inside) : field.length;
    return wh_str_make(work->text.ptr + field.start + first, end - first);
}

/* Bytes of the field up to its last one that is no blank. */
static size_t length_without_blanks(const uint64_t *bits, struct extent field)
{
    size_t left = field.length;
    while (left > 0) {
        size_t step = WH_MIN(left, (size_t)SHORT_FIELD);
        uint64_t inside = short_bits(bits, field.start + left - step, step);
        if (inside != 0)
            return left - step + 64 - (size_t)__builtin_clzll(inside);
        left -= step;
    }
    return 0;
}

/* Blanks that the field begins with. */
static size_t blanks_before(const uint64_t *bits, struct extent field)
{
    size_t done = 0;
    while (done < field.length) {
        size_t step = WH_MIN(field.length - done, (size_t)SHORT_FIELD);
        uint64_t inside = short_bits(bits, field.start + done, step);
        if (inside != 0)
            return done + (size_t)__builtin_ctzll(inside);
        done += step;
    }
    return field.length;
}

static struct wh_str trim_long(const struct column_work *work, struct extent field)
{
    if (work->fixed->trims_right)
        field.length = length_without_blanks(work->bits, field);
    size_t first = work->fixed->trims_left ? blanks_before(work->bits, field) : 0;
    return wh_str_make(work->text.ptr + field.start + first, field.length - first);
}

static inline struct wh_str trim(const struct column_work *work, struct extent field)
{
    return field.length <= SHORT_FIELD ? trim_short(work, field) : trim_long(work, field);
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
        struct wh_str text = trim(work, extent_of(work, &work->rows[first + i]));
        work->texts[first + i] = text;
        nulls |= (uint64_t)is_null(work->fixed->nulls, text) << i;
    }
    return nulls;
}

/* The same for what most files have: fields are trimmed, and NULL where they are empty then. What
 * is NULL needs no value. */
static uint64_t fill_usual(const struct column_work *work, size_t first, size_t count)
{
    uint64_t nulls = 0;
    for (size_t i = 0; i < count; i++) {
        struct extent field = extent_of(work, &work->rows[first + i]);
        if (field.length > SHORT_FIELD) {
            struct wh_str text = trim_long(work, field);
            work->texts[first + i] = text;
            nulls |= (uint64_t)(text.len == 0) << i;
            continue;
        }
        uint64_t inside = short_bits(work->bits, field.start, field.length);
        if (inside == 0) {
            nulls |= (uint64_t)1 << i;
            continue;
        }
        size_t skipped = (size_t)__builtin_ctzll(inside);
        size_t end = 64 - (size_t)__builtin_clzll(inside);
        work->texts[first + i] = wh_str_make(work->text.ptr + field.start + skipped, end - skipped);
    }
    return nulls;
}

static bool is_usual(const struct wh_fixed *fixed)
{
    return fixed->trims_left && fixed->trims_right && fixed->nulls->items == NULL;
}

/* Fills a column, a word of its validity at a time. */
static wh_code fill_column(const struct column_work *work, size_t first_row,
                           struct wh_column *column, struct wh_arena *arena, struct wh_error *err)
{
    bool usual = is_usual(work->fixed);
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
    for (size_t i = 0; i < layout->count; i++) {
        work.start_rank = reader->fixed->ranks[2 * i];
        work.end_rank = reader->fixed->ranks[2 * i + 1];
        work.texts = batch->columns[i].values.texts + batch->row_count;
        WH_TRY(fill_column(&work, batch->row_count, &batch->columns[i], &batch->arena, err));
    }
    batch->row_count += row_count;
    return WH_OK;
}
