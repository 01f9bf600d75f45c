/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/column_reader.h"

#include "base/error.h"
#include "data/text.h"
#include "ledger/bits.h"

static wh_code corrupt(struct wh_error *err)
{
    return wh_error_set(err, WH_CORRUPT, "a column of a segment does not read back");
}

/* What a form's reader works on. */
struct coded {
    struct wh_cursor a;
    struct wh_cursor b;
    struct wh_arena *arena;
    struct wh_str *values; /* to be filled */
    size_t count;
};

static wh_code read_texts(struct coded *coded, struct wh_error *err)
{
    for (size_t i = 0; i < coded->count; i++)
        coded->values[i] = wh_get_bytes(&coded->b, wh_get_varint(&coded->a));
    return coded->a.is_bad || coded->b.is_bad || wh_cursor_left(&coded->a) > 0 ||
                   wh_cursor_left(&coded->b) > 0
               ? corrupt(err)
               : WH_OK;
}

static wh_code read_dictionary(struct coded *coded, struct wh_error *err)
{
    struct wh_str words[256];
    size_t count = 0;
    while (wh_cursor_left(&coded->b) > 0 && count < WH_COUNT_OF(words))
        words[count++] = wh_get_bytes(&coded->b, wh_get_varint(&coded->b));
    if (coded->b.is_bad || wh_cursor_left(&coded->b) > 0 ||
        wh_cursor_left(&coded->a) != coded->count)
        return corrupt(err);
    for (size_t i = 0; i < coded->count; i++) {
        if (coded->a.at[i] >= count)
            return corrupt(err);
        coded->values[i] = words[coded->a.at[i]];
    }
    return WH_OK;
}

static wh_code read_integers(struct coded *coded, struct wh_error *err)
{
    if (coded->count > wh_cursor_left(&coded->a))
        return corrupt(err);
    size_t size = coded->count * WH_INT_SIZE;
    char *room = wh_arena_bytes(coded->arena, size);
    if (room == NULL)
        return wh_error_no_memory(err, size);
    uint64_t value = 0;
    for (size_t i = 0; i < coded->count; i++) {
        value += wh_unzigzag(wh_get_varint(&coded->a)) + 1;
        size_t len = wh_int_print((int64_t)value, room);
        coded->values[i] = wh_str_make(room, len);
        room += len;
    }
    return coded->a.is_bad || wh_cursor_left(&coded->a) > 0 ? corrupt(err) : WH_OK;
}

typedef wh_code read_form(struct coded *coded, struct wh_error *err);

static read_form *const forms[WH_FORM_COUNT] = {
    [WH_FORM_TEXTS] = read_texts,
    [WH_FORM_DICTIONARY] = read_dictionary,
    [WH_FORM_INTEGERS] = read_integers,
};

/* A bitmap of @p count bits; *ret is NULL where the stream is empty. */
static wh_code read_bitmap(struct wh_stream_reader *streams, size_t stream, size_t count,
                           const char **ret, struct wh_error *err)
{
    struct wh_str bits;
    WH_TRY(wh_stream_read(streams, stream, &bits, err));
    *ret = bits.len > 0 ? bits.ptr : NULL;
    return bits.len == 0 || bits.len == wh_bits_size(count) ? WH_OK : corrupt(err);
}

static size_t count_same(const struct wh_column_reader *column)
{
    size_t same = 0;
    for (size_t i = 0; i < column->count; i++)
        same += wh_column_is_same(column, i);
    return same;
}

static size_t count_bits(const char *bits, size_t count)
{
    size_t set = 0;
    for (size_t i = 0; bits != NULL && i < count; i++)
        set += wh_get_bit(bits, i);
    return set;
}

/* Gives the values, which lie at the front, to their places, from the last on. */
static void spread(struct wh_column_reader *column, const char *nulls, size_t stored, size_t values)
{
    for (size_t place = column->count; place-- > 0;) {
        if (wh_column_is_same(column, place)) {
            column->texts[place] = WH_STR_NONE;
            continue;
        }
        stored--;
        bool is_null = nulls != NULL && wh_get_bit(nulls, stored);
        column->texts[place] = is_null ? WH_STR_NONE : column->texts[--values];
    }
}

wh_code wh_column_read(struct wh_column_reader *column, size_t count,
                       struct wh_stream_reader *streams, size_t stream, struct wh_error *err)
{
    struct wh_str a;
    struct wh_str b;
    const char *nulls = NULL;
    column->count = count;
    WH_TRY(read_bitmap(streams, stream + WH_STREAM_SAME, count, &column->same, err));
    size_t stored = count - count_same(column);
    WH_TRY(read_bitmap(streams, stream + WH_STREAM_NULLS, stored, &nulls, err));
    WH_TRY(wh_stream_read(streams, stream + WH_STREAM_A, &a, err));
    WH_TRY(wh_stream_read(streams, stream + WH_STREAM_B, &b, err));
    column->texts = wh_arena_alloc(streams->arena, WH_MAX(count, 1) * sizeof(*column->texts));
    if (column->texts == NULL)
        return wh_error_no_memory(err, count * sizeof(*column->texts));
    struct coded coded = {.a = wh_cursor_make(a),
                          .b = wh_cursor_make(b),
                          .arena = streams->arena,
                          .values = column->texts,
                          .count = stored - count_bits(nulls, stored)};
    if (column->plan.form >= WH_FORM_COUNT)
        return corrupt(err);
    WH_TRY(forms[column->plan.form](&coded, err));
    spread(column, nulls, stored, coded.count);
    return WH_OK;
}
