/* SPDX-License-Identifier: Apache-2.0 */
#include "format/dbf_value.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "data/datetime.h"
#include "data/digits.h"
#include "data/numeric.h"
#include "data/text.h"

#define MS_PER_DAY INT64_C(86400000)

/* Julian days of 2000-01-01, 0001-01-01 and 9999-12-31, and the day before 0001-01-01 by days since
 * 2000-01-01. */
#define JULIAN_2000 INT64_C(2451545)
#define FIRST_JULIAN INT64_C(1721426)
#define LAST_JULIAN INT64_C(5373484)
#define DAY_0 (FIRST_JULIAN - JULIAN_2000 - 1)

static bool refuse(struct wh_dbf_value *ret, const char *why)
{
    ret->wrong = why;
    return false;
}

static bool give(struct wh_dbf_value *ret, struct wh_arena *arena, const char *room, size_t len)
{
    ret->is_without_room = wh_arena_copy(arena, wh_str_make(room, len), &ret->text, NULL) != WH_OK;
    return !ret->is_without_room;
}

/* Without blanks around, and NULs, which some programs fill up with. */
static struct wh_str strip(struct wh_str bytes)
{
    while (bytes.len > 0 && (bytes.ptr[bytes.len - 1] == ' ' || bytes.ptr[bytes.len - 1] == '\0'))
        bytes.len--;
    while (bytes.len > 0 && (*bytes.ptr == ' ' || *bytes.ptr == '\0'))
        bytes = wh_str_make(bytes.ptr + 1, bytes.len - 1);
    return bytes;
}

static bool is_all(struct wh_str bytes, char byte)
{
    size_t i = 0;
    while (i < bytes.len && bytes.ptr[i] == byte)
        i++;
    return i == bytes.len;
}

const char *wh_dbf_show(struct wh_str bytes, char *room)
{
    size_t len = WH_MIN(bytes.len, (size_t)WH_DBF_SHOWN_SIZE - 4);
    for (size_t i = 0; i < len; i++)
        room[i] = (char)(bytes.ptr[i] >= ' ' && bytes.ptr[i] < 0x7F ? bytes.ptr[i] : '.');
    memcpy(room + len, bytes.len > len ? "..." : "", bytes.len > len ? 4 : 1);
    return room;
}

/* ---- numbers as digits ----------------------------------------------------------------------- */

/* Digits with a sign, a point and an exponent, and nothing else: not NaN, which numeric knows. */
static bool has_only_digits(struct wh_str text, bool *ret_is_whole)
{
    *ret_is_whole = true;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_sign = (c == '-' || c == '+') && (i == 0 || (text.ptr[i - 1] | ' ') == 'e');
        bool is_part = c == '.' || ((c | ' ') == 'e' && i > 0);
        *ret_is_whole &= !is_part;
        if (!wh_is_digit(c) && !is_sign && !is_part)
            return false;
    }
    return true;
}

static bool read_numeric(struct wh_str text, struct wh_arena *arena, struct wh_dbf_value *ret)
{
    static const char no_number[] = "which is no number";
    struct wh_numeric number;
    double size;
    /* An exponent may ask for more digits than any number has: doubles bound it. */
    if (wh_double_parse(text, &size) != WH_FAULT_NONE || !isfinite(size))
        return refuse(ret, no_number);
    enum wh_fault fault = wh_numeric_parse(text, arena, &number);
    ret->is_without_room = fault == WH_FAULT_NO_MEMORY;
    if (fault != WH_FAULT_NONE)
        return refuse(ret, no_number);
    char *room = wh_arena_bytes(arena, wh_numeric_print_size(&number));
    ret->is_without_room = room == NULL;
    if (room == NULL)
        return false;
    ret->text = wh_str_make(room, wh_numeric_print(&number, room));
    ret->is_fraction = true;
    return true;
}

static bool read_number(struct wh_str bytes, struct wh_arena *arena, struct wh_dbf_value *ret)
{
    struct wh_str text = strip(bytes);
    bool is_whole;
    int64_t number;
    if (text.len == 0)
        return true;
    if (is_all(text, '*'))
        return refuse(ret, "which stands for a number that was too large for the field");
    if (!has_only_digits(text, &is_whole))
        return refuse(ret, "which is no number");
    if (!is_whole || wh_int_parse(text, &number) != WH_FAULT_NONE)
        return read_numeric(text, arena, ret);
    char room[WH_INT_SIZE];
    return give(ret, arena, room, wh_int_print(number, room));
}

/* ---- dates, times, truth --------------------------------------------------------------------- */

static bool read_date(struct wh_str bytes, struct wh_arena *arena, struct wh_dbf_value *ret)
{
    struct wh_str text = strip(bytes);
    if (text.len == 0 || is_all(bytes, '0'))
        return true;
    int32_t digits = 0;
    bool is_date = text.len == 8;
    for (size_t i = 0; i < text.len && is_date; i++) {
        is_date = wh_is_digit(text.ptr[i]);
        digits = 10 * digits + (text.ptr[i] - '0');
    }
    struct wh_civil civil = {digits / 10000, digits / 100 % 100, digits % 100};
    if (!is_date || civil.year == 0 || !wh_civil_exists(civil))
        return refuse(ret, "which is no date");
    char room[WH_DATETIME_SIZE];
    return give(ret, arena, room, wh_date_print(wh_days_from_civil(civil), room));
}

static bool print_timestamp(int64_t days, int64_t ms, struct wh_arena *arena,
                            struct wh_dbf_value *ret)
{
    int64_t julian = days + JULIAN_2000;
    if (julian < FIRST_JULIAN || julian > LAST_JULIAN || ms < 0 || ms >= MS_PER_DAY)
        return refuse(ret, "which is no date and time");
    char room[WH_DATETIME_SIZE];
    return give(
        ret, arena, room,
        wh_timestamp_print(days * WH_USECS_PER_DAY + ms * (WH_USECS_PER_SECOND / 1000), room));
}

/* A Julian day and milliseconds since midnight. */
static bool read_timestamp(struct wh_str bytes, struct wh_arena *arena, struct wh_dbf_value *ret)
{
    if (is_all(bytes, '\0') || is_all(bytes, ' '))
        return true;
    int64_t julian = (int32_t)wh_dbf_u32(bytes.ptr);
    return print_timestamp(julian - JULIAN_2000, (int32_t)wh_dbf_u32(bytes.ptr + 4), arena, ret);
}

static double double_from(uint64_t bits)
{
    double number;
    memcpy(&number, &bits, sizeof(number));
    return number;
}

static bool read_timestamp_7(struct wh_str bytes, struct wh_arena *arena, struct wh_dbf_value *ret)
{
    if (is_all(bytes, '\0'))
        return true;
    double ms = double_from(__builtin_bswap64(wh_dbf_u64(bytes.ptr)));
    if (!(ms >= 0 && ms < 1e15))
        return refuse(ret, "which is no date and time");
    int64_t whole = (int64_t)(ms + 0.5);
    return print_timestamp(whole / MS_PER_DAY + DAY_0, whole % MS_PER_DAY, arena, ret);
}

static bool read_truth(struct wh_str bytes, struct wh_arena *arena, struct wh_dbf_value *ret)
{
    switch (*bytes.ptr) {
    case 'T':
    case 't':
    case 'Y':
    case 'y':
        return give(ret, arena, "t", 1);
    case 'F':
    case 'f':
    case 'N':
    case 'n':
        return give(ret, arena, "f", 1);
    case '?':
    case ' ':
    case '\0':
        return true;
    default:
        return refuse(ret, "which is neither true nor false");
    }
}

/* ---- numbers as bytes ------------------------------------------------------------------------ */

static bool read_int(const struct wh_dbf_table *table, struct wh_str bytes, struct wh_arena *arena,
                     struct wh_dbf_value *ret)
{
    uint32_t bits = wh_dbf_u32(bytes.ptr);
    if (table->version->family == WH_DBF_DBASE_7) {
        if (bits == 0)
            return true;
        bits = __builtin_bswap32(bits) ^ UINT32_C(0x80000000);
    }
    char room[WH_INT_SIZE];
    return give(ret, arena, room, wh_int_print((int32_t)bits, room));
}

static bool print_double(uint64_t bits, struct wh_arena *arena, struct wh_dbf_value *ret)
{
    char room[WH_DOUBLE_SIZE];
    return give(ret, arena, room, wh_double_print(double_from(bits), room));
}

/* High byte first; of negative ones all bits are turned round, of others that of the sign. */
static bool read_double_7(struct wh_str bytes, struct wh_arena *arena, struct wh_dbf_value *ret)
{
    uint64_t bits = __builtin_bswap64(wh_dbf_u64(bytes.ptr));
    if (bits == 0)
        return true;
    bool is_positive = bits >> 63 != 0;
    return print_double(is_positive ? bits ^ UINT64_C(1) << 63 : ~bits, arena, ret);
}

/* Ten thousandths. */
static bool read_currency(struct wh_str bytes, struct wh_arena *arena, struct wh_dbf_value *ret)
{
    int64_t amount = (int64_t)wh_dbf_u64(bytes.ptr);
    uint64_t size = amount < 0 ? -(uint64_t)amount : (uint64_t)amount;
    char room[WH_INT_SIZE + 8];
    size_t len = 0;
    if (amount < 0)
        room[len++] = '-';
    len += wh_int_print((int64_t)(size / 10000), room + len);
    room[len++] = '.';
    for (uint64_t unit = 1000, rest = size % 10000; unit > 0; unit /= 10)
        room[len++] = (char)('0' + rest / unit % 10);
    ret->is_fraction = true;
    return give(ret, arena, room, len);
}

bool wh_dbf_value_read(const struct wh_dbf_table *table, const struct wh_dbf_field *field,
                       struct wh_str bytes, struct wh_arena *arena, struct wh_dbf_value *ret)
{
    bool is_7 = table->version->family == WH_DBF_DBASE_7;
    *ret = (struct wh_dbf_value){.text = WH_STR_NONE};
    switch (field->type) {
    case 'N':
    case 'F':
        return read_number(bytes, arena, ret);
    case 'L':
        return read_truth(bytes, arena, ret);
    case 'D':
        return read_date(bytes, arena, ret);
    case 'I':
    case '+':
        return read_int(table, bytes, arena, ret);
    case 'B':
        return print_double(wh_dbf_u64(bytes.ptr), arena, ret);
    case 'O':
        return is_7 ? read_double_7(bytes, arena, ret)
                    : print_double(wh_dbf_u64(bytes.ptr), arena, ret);
    case 'Y':
        return read_currency(bytes, arena, ret);
    case '@':
        return is_7 ? read_timestamp_7(bytes, arena, ret) : read_timestamp(bytes, arena, ret);
    default:
        return read_timestamp(bytes, arena, ret);
    }
}

bool wh_dbf_memo_number(struct wh_str bytes, uint32_t *ret)
{
    *ret = 0;
    if (bytes.len == 4) {
        *ret = wh_dbf_u32(bytes.ptr);
        return true;
    }
    struct wh_str text = strip(bytes);
    uint64_t number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!wh_is_digit(text.ptr[i]))
            return false;
        number = 10 * number + (uint64_t)(text.ptr[i] - '0');
    }
    *ret = (uint32_t)number;
    return number <= UINT32_MAX;
}
