/* SPDX-License-Identifier: Apache-2.0 */
/* to_number(): the template is walked and takes characters from the text: NUM_processor() in
 * PostgreSQL's formatting.c, but nothing is passed over in silence. */
#include <string.h>

#include "data/digits.h"
#include "data/number_pieces.h"

struct reader {
    const struct wh_number_plan *plan;
    struct wh_str rest;
    char *number; /* its first byte is the sign, or a space */
    size_t length;
    size_t before;
    size_t behind;
    bool has_point;
};

static void advance(struct reader *reader)
{
    size_t length = 1;
    while (length < reader->rest.len && ((unsigned char)reader->rest.ptr[length] & 0xC0) == 0x80)
        length++;
    reader->rest.ptr += length;
    reader->rest.len -= length;
}

static bool is_next(const struct reader *reader, char byte)
{
    return reader->rest.len > 0 && reader->rest.ptr[0] == byte;
}

static bool is_next_digit(const struct reader *reader)
{
    return reader->rest.len > 0 && wh_is_digit(reader->rest.ptr[0]);
}

/* A sign, which counts where there was none. */
static bool take_sign(struct reader *reader, const char *signs)
{
    if (reader->rest.len == 0 || reader->number[0] != ' ' ||
        strchr(signs, reader->rest.ptr[0]) == NULL)
        return false;
    reader->number[0] = is_next(reader, '+') ? '+' : '-';
    advance(reader);
    return true;
}

static void take_leading_sign(struct reader *reader)
{
    if (!reader->plan->has_sign)
        (void)take_sign(reader, reader->plan->has_brackets ? "-+<" : "-+");
    else if (reader->plan->sign_place == WH_SIGN_BEFORE)
        (void)take_sign(reader, "-+");
}

/* A 9, a 0 or a point: a digit, the point, or a sign behind the digits. */
static enum wh_fault read_digit(struct reader *reader, bool is_point)
{
    if (is_next(reader, ' '))
        advance(reader);
    if (!is_point && reader->before + reader->behind == 0)
        take_leading_sign(reader);
    if (reader->rest.len == 0)
        return WH_FAULT_NONE;
    if (is_next_digit(reader)) {
        if (reader->has_point && reader->behind == reader->plan->behind)
            return WH_FAULT_SCALE;
        reader->behind += reader->has_point;
        reader->before += !reader->has_point;
    } else if (is_next(reader, '.') && reader->plan->has_point && !reader->has_point) {
        reader->has_point = true;
    } else {
        bool is_sign = !reader->plan->has_sign &&
                       (reader->plan->has_plus || reader->plan->has_minus) &&
                       reader->before + reader->behind > 0;
        return is_sign && take_sign(reader, "-+") ? WH_FAULT_NONE : WH_FAULT_TRAILING;
    }
    reader->number[reader->length++] = reader->rest.ptr[0];
    advance(reader);
    bool is_at_end = reader->plan->has_sign && !is_next_digit(reader);
    if (is_at_end && reader->before + reader->behind > 0)
        (void)take_sign(reader, "-+");
    return WH_FAULT_NONE;
}

/* Up to @p count characters that are no part of a number. */
static void skip_others(struct reader *reader, size_t count)
{
    for (size_t i = 0; i < count && reader->rest.len > 0; i++) {
        if (strchr("0123456789.,+-", reader->rest.ptr[0]) != NULL)
            return;
        advance(reader);
    }
}

static void read_sign(struct reader *reader, enum wh_number_key key)
{
    const char *signs = key == WH_NUMBER_MI ? "-" : key == WH_NUMBER_PL ? "+" : "-+";
    if (!take_sign(reader, signs))
        skip_others(reader, 1);
}

static void read_ordinal(struct reader *reader)
{
    if (reader->number[0] != '-' && !reader->plan->has_point)
        skip_others(reader, 2);
}

static enum wh_fault read_piece(struct reader *reader, const struct wh_number_piece *piece)
{
    switch (piece->key) {
    case WH_NUMBER_9:
    case WH_NUMBER_0:
    case WH_NUMBER_POINT:
        return read_digit(reader, piece->key == WH_NUMBER_POINT);
    case WH_NUMBER_GROUP:
        if (is_next(reader, ','))
            advance(reader);
        break;
    case WH_NUMBER_CURRENCY:
        skip_others(reader, 1);
        break;
    case WH_NUMBER_MI:
    case WH_NUMBER_PL:
    case WH_NUMBER_SG:
        read_sign(reader, piece->key);
        break;
    case WH_NUMBER_TH:
        read_ordinal(reader);
        break;
    case WH_NUMBER_LITERAL:
        if (is_next_digit(reader))
            return WH_FAULT_TRAILING;
        advance(reader);
        break;
    case WH_NUMBER_FM:
    case WH_NUMBER_S:
    case WH_NUMBER_PR:
    case WH_NUMBER_V:
    case WH_NUMBER_ROMAN:
    case WH_NUMBER_EEEE:
        break;
    }
    return WH_FAULT_NONE;
}

/* 10^-shift, as PostgreSQL computes it. */
static enum wh_fault shift_down(size_t shift, struct wh_arena *arena, struct wh_numeric *value)
{
    struct wh_numeric ten = wh_numeric_from_int(10);
    struct wh_numeric power = wh_numeric_from_int(-(int64_t)shift);
    enum wh_fault fault = wh_numeric_power(&ten, &power, arena, &power);
    return fault == WH_FAULT_NONE ? wh_numeric_multiply(value, &power, arena, value) : fault;
}

static enum wh_fault finish(struct reader *reader, struct wh_arena *arena, struct wh_numeric *ret)
{
    /* The closing bracket, and spaces. */
    if (reader->plan->has_brackets && reader->number[0] == '-' && is_next(reader, '>'))
        advance(reader);
    while (is_next(reader, ' '))
        advance(reader);
    if (reader->rest.len > 0)
        return WH_FAULT_TRAILING;
    size_t length = reader->length;
    if (reader->has_point && reader->number[length - 1] == '.')
        length--;
    enum wh_fault fault = wh_numeric_parse(wh_str_make(reader->number, length), arena, ret);
    /* A point's place may have taken a digit. */
    size_t precision = reader->plan->before + reader->plan->shift + reader->behind;
    if (fault == WH_FAULT_NONE && !wh_numeric_fits(ret, (int)precision, (int)reader->behind))
        return WH_FAULT_RANGE;
    if (fault == WH_FAULT_NONE && reader->plan->is_shifted)
        fault = shift_down(reader->plan->shift, arena, ret);
    return fault;
}

enum wh_fault wh_number_format_read(const struct wh_number_format *format, struct wh_str text,
                                    struct wh_arena *arena, struct wh_numeric *ret)
{
    struct reader reader = {.plan = &format->plan,
                            .rest = text,
                            .number = wh_arena_bytes(arena, format->size + 2),
                            .length = 1};
    if (reader.number == NULL)
        return WH_FAULT_NO_MEMORY;
    reader.number[0] = ' ';
    for (size_t i = 0; i < format->count && reader.rest.len > 0; i++) {
        enum wh_fault fault = read_piece(&reader, &format->pieces[i]);
        if (fault != WH_FAULT_NONE)
            return fault;
    }
    return finish(&reader, arena, ret);
}
