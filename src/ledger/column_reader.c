/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/column_reader.h"

#include "base/error.h"
#include "data/text.h"

enum { WORDS = 256 };

#define IS_NULL UINT32_MAX

static wh_code corrupt(struct wh_error *err)
{
    return wh_error_set(err, WH_CORRUPT, "a column of a segment does not read back");
}

/* ---- forms ----------------------------------------------------------------------------------- */

/* What a form's reader works on. */
struct coded {
    struct wh_cursor a;
    struct wh_cursor b;
    struct wh_arena *arena;
    size_t count; /* of values */
};

static void *room_for(struct coded *coded, size_t count, size_t size, struct wh_error *err)
{
    void *room = wh_arena_alloc(coded->arena, count * size);
    if (room == NULL)
        (void)wh_error_no_memory(err, count * size);
    return room;
}

static wh_code read_texts(struct wh_column_reader *column, struct coded *coded,
                          struct wh_error *err)
{
    uint32_t *starts = room_for(coded, coded->count + 1, sizeof(*starts), err);
    if (starts == NULL)
        return WH_NO_MEMORY;
    uint64_t at = 0;
    size_t size = wh_cursor_left(&coded->b);
    for (size_t i = 0; i < coded->count; i++) {
        starts[i] = (uint32_t)at;
        uint64_t len = wh_get_varint(&coded->a);
        if (len > size - at)
            return corrupt(err);
        at += len;
    }
    starts[coded->count] = (uint32_t)at;
    column->stored.texts.starts = starts;
    column->stored.texts.bytes = (const char *)coded->b.at;
    return at == size && wh_cursor_left(&coded->a) == 0 && !coded->a.is_bad ? WH_OK : corrupt(err);
}

static wh_code read_dictionary(struct wh_column_reader *column, struct coded *coded,
                               struct wh_error *err)
{
    struct wh_str *words = room_for(coded, WORDS, sizeof(*words), err);
    if (words == NULL)
        return WH_NO_MEMORY;
    size_t count = 0;
    while (wh_cursor_left(&coded->b) > 0 && count < WORDS)
        words[count++] = wh_get_bytes(&coded->b, wh_get_varint(&coded->b));
    if (coded->b.is_bad || wh_cursor_left(&coded->b) > 0 ||
        wh_cursor_left(&coded->a) != coded->count)
        return corrupt(err);
    unsigned largest = 0;
    for (size_t i = 0; i < coded->count; i++)
        largest = WH_MAX(largest, coded->a.at[i]);
    column->stored.dictionary.words = words;
    column->stored.dictionary.codes = coded->a.at;
    return coded->count == 0 || largest < count ? WH_OK : corrupt(err);
}

static wh_code read_integers(struct wh_column_reader *column, struct coded *coded,
                             struct wh_error *err)
{
    if (coded->count > wh_cursor_left(&coded->a))
        return corrupt(err);
    int64_t *integers = room_for(coded, WH_MAX(coded->count, 1), sizeof(*integers), err);
    if (integers == NULL)
        return WH_NO_MEMORY;
    uint64_t value = 0;
    for (size_t i = 0; i < coded->count; i++) {
        value += wh_unzigzag(wh_get_varint(&coded->a)) + 1;
        integers[i] = (int64_t)value;
    }
    column->stored.integers = integers;
    return coded->a.is_bad || wh_cursor_left(&coded->a) > 0 ? corrupt(err) : WH_OK;
}

static wh_code read_fixed(struct wh_column_reader *column, struct coded *coded,
                          struct wh_error *err)
{
    uint64_t len = wh_get_varint(&coded->a);
    size_t size = wh_cursor_left(&coded->b);
    if (coded->a.is_bad || wh_cursor_left(&coded->a) > 0 || len == 0 || len > size ||
        size % len != 0 || size / len != coded->count)
        return corrupt(err);
    column->stored.fixed.bytes = (const char *)coded->b.at;
    column->stored.fixed.len = (size_t)len;
    column->stored.fixed.count = coded->count;
    return WH_OK;
}

typedef wh_code read_form(struct wh_column_reader *column, struct coded *coded,
                          struct wh_error *err);

static read_form *const forms[WH_FORM_COUNT] = {
    [WH_FORM_TEXTS] = read_texts,
    [WH_FORM_DICTIONARY] = read_dictionary,
    [WH_FORM_INTEGERS] = read_integers,
    [WH_FORM_FIXED] = read_fixed,
};

/* ---- places ---------------------------------------------------------------------------------- */

/* A bitmap of @p count bits; *ret is NULL where the stream is empty. */
static wh_code read_bitmap(struct wh_stream_reader *streams, size_t stream, size_t count,
                           const char **ret, struct wh_error *err)
{
    struct wh_str bits;
    WH_TRY(wh_stream_read(streams, stream, &bits, err));
    *ret = bits.len > 0 ? bits.ptr : NULL;
    return bits.len == 0 || bits.len == wh_bits_size(count) ? WH_OK : corrupt(err);
}

static size_t count_bits(const char *bits, size_t count)
{
    size_t set = 0;
    for (size_t i = 0; bits != NULL && i < count; i++)
        set += wh_get_bit(bits, i);
    return set;
}

/* Numbers the values by place, where some places have none; *ret_values is how many have one. */
static wh_code number_values(struct wh_column_reader *column, struct wh_stream_reader *streams,
                             size_t stream, size_t *ret_values, struct wh_error *err)
{
    const char *nulls = NULL;
    WH_TRY(read_bitmap(streams, stream + WH_STREAM_SAME, column->count, &column->same, err));
    size_t stored = column->count - count_bits(column->same, column->count);
    WH_TRY(read_bitmap(streams, stream + WH_STREAM_NULLS, stored, &nulls, err));
    *ret_values = stored - count_bits(nulls, stored);
    if (*ret_values == column->count)
        return WH_OK;
    column->values = wh_arena_alloc(streams->arena, column->count * sizeof(*column->values));
    if (column->values == NULL)
        return wh_error_no_memory(err, column->count * sizeof(*column->values));
    uint32_t value = 0;
    size_t at = 0;
    for (size_t place = 0; place < column->count; place++) {
        bool has_value =
            !wh_column_is_same(column, place) && (nulls == NULL || !wh_get_bit(nulls, at));
        at += !wh_column_is_same(column, place);
        column->values[place] = has_value ? value++ : IS_NULL;
    }
    return WH_OK;
}

wh_code wh_column_read(struct wh_column_reader *column, size_t count,
                       struct wh_stream_reader *streams, size_t stream, struct wh_error *err)
{
    struct wh_str a;
    struct wh_str b;
    struct coded coded = {.arena = streams->arena};
    column->count = count;
    WH_TRY(number_values(column, streams, stream, &coded.count, err));
    WH_TRY(wh_stream_read(streams, stream + WH_STREAM_A, &a, err));
    WH_TRY(wh_stream_read(streams, stream + WH_STREAM_B, &b, err));
    coded.a = wh_cursor_make(a);
    coded.b = wh_cursor_make(b);
    if (column->plan.form >= WH_FORM_COUNT)
        return corrupt(err);
    return forms[column->plan.form](column, &coded, err);
}

static wh_code print_integer(int64_t value, struct wh_arena *arena, struct wh_str *ret,
                             struct wh_error *err)
{
    char *room = wh_arena_bytes(arena, WH_INT_SIZE);
    if (room == NULL)
        return wh_error_no_memory(err, WH_INT_SIZE);
    *ret = wh_str_make(room, wh_int_print(value, room));
    return WH_OK;
}

static wh_code gather_fixed(const struct wh_column_reader *column, size_t value,
                            struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    size_t len = column->stored.fixed.len;
    const char *from = column->stored.fixed.bytes + value;
    char *room = wh_arena_bytes(arena, len);
    if (room == NULL)
        return wh_error_no_memory(err, len);
    for (size_t i = 0; i < len; i++)
        room[i] = from[i * column->stored.fixed.count];
    *ret = wh_str_make(room, len);
    return WH_OK;
}

static struct wh_str stored_text(const struct wh_column_reader *column, size_t value)
{
    const uint32_t *starts = column->stored.texts.starts;
    return wh_str_make(column->stored.texts.bytes + starts[value],
                       starts[value + 1] - starts[value]);
}

static struct wh_str stored_word(const struct wh_column_reader *column, size_t value)
{
    return column->stored.dictionary.words[column->stored.dictionary.codes[value]];
}

wh_code wh_column_value(const struct wh_column_reader *column, size_t place, struct wh_arena *arena,
                        struct wh_str *ret, struct wh_error *err)
{
    size_t value = column->values != NULL ? column->values[place] : place;
    *ret = WH_STR_NONE;
    if (value == IS_NULL)
        return WH_OK;
    switch ((enum wh_column_form)column->plan.form) {
    case WH_FORM_TEXTS:
        *ret = stored_text(column, value);
        return WH_OK;
    case WH_FORM_DICTIONARY:
        *ret = stored_word(column, value);
        return WH_OK;
    case WH_FORM_INTEGERS:
        return print_integer(column->stored.integers[value], arena, ret, err);
    case WH_FORM_FIXED:
        return gather_fixed(column, value, arena, ret, err);
    case WH_FORM_COUNT:
        break;
    }
    return corrupt(err);
}

/* ---- looking for one ------------------------------------------------------------------------- */

struct wh_sought wh_sought_make(struct wh_str text)
{
    char room[WH_INT_SIZE];
    struct wh_sought sought = {.text = text};
    sought.is_integer = wh_int_parse(text, &sought.integer) == WH_FAULT_NONE &&
                        wh_str_equal(wh_str_make(room, wh_int_print(sought.integer, room)), text);
    return sought;
}

static bool has_fixed(const struct wh_column_reader *column, size_t value, struct wh_str text)
{
    size_t len = column->stored.fixed.len;
    const char *from = column->stored.fixed.bytes + value;
    if (text.len != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (from[i * column->stored.fixed.count] != text.ptr[i])
            return false;
    return true;
}

bool wh_column_has(const struct wh_column_reader *column, size_t place,
                   const struct wh_sought *sought)
{
    size_t value = column->values != NULL ? column->values[place] : place;
    if (value == IS_NULL)
        return false;
    switch ((enum wh_column_form)column->plan.form) {
    case WH_FORM_TEXTS:
        return wh_str_equal(stored_text(column, value), sought->text);
    case WH_FORM_DICTIONARY:
        return wh_str_equal(stored_word(column, value), sought->text);
    case WH_FORM_INTEGERS:
        return sought->is_integer && column->stored.integers[value] == sought->integer;
    case WH_FORM_FIXED:
        return has_fixed(column, value, sought->text);
    case WH_FORM_COUNT:
        break;
    }
    return false;
}
