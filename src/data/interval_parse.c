/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intervals from text: '1 year 2 mons -3 days 04:05:06.7', '@ 1 hour ago', '1-2', 'P1Y2M3DT4H'.
 *
 * Fractions go down to smaller units as in PostgreSQL's DecodeInterval(), with the same floating
 * point. A bare number, which PostgreSQL takes for seconds, is refused.
 */
#include "data/datetime.h"

#include <math.h>

#include "base/macros.h"
#include "data/datetime_scan.h"
#include "data/digits.h"
#include "data/text.h"

enum { TEXT_MAX = 255, NUMBER_DIGITS = 18, DAYS_PER_MONTH = 30, NUMBER_TEXT = 64 };

#define USECS_PER_MINUTE (60 * WH_USECS_PER_SECOND)
#define USECS_PER_HOUR (60 * USECS_PER_MINUTE)

enum field {
    FIELD_MILLENNIUM = 1 << 0,
    FIELD_CENTURY = 1 << 1,
    FIELD_DECADE = 1 << 2,
    FIELD_YEAR = 1 << 3,
    FIELD_MONTH = 1 << 4,
    FIELD_WEEK = 1 << 5,
    FIELD_DAY = 1 << 6,
    FIELD_HOUR = 1 << 7,
    FIELD_MINUTE = 1 << 8,
    FIELD_SECOND = 1 << 9,
    FIELD_MILLISECOND = 1 << 10,
    FIELD_MICROSECOND = 1 << 11
};

enum {
    FIELDS_OF_SECONDS = FIELD_SECOND | FIELD_MILLISECOND | FIELD_MICROSECOND,
    FIELDS_OF_TIME = FIELD_HOUR | FIELD_MINUTE | FIELDS_OF_SECONDS
};

/* One of months, days and usecs is set: what one of the unit is made of. */
struct unit {
    enum field field;
    int32_t months;
    int32_t days;
    int64_t usecs;
};

static const struct unit unit_year = {FIELD_YEAR, 12, 0, 0};
static const struct unit unit_month = {FIELD_MONTH, 1, 0, 0};
static const struct unit unit_week = {FIELD_WEEK, 0, 7, 0};
static const struct unit unit_day = {FIELD_DAY, 0, 1, 0};
static const struct unit unit_hour = {FIELD_HOUR, 0, 0, USECS_PER_HOUR};
static const struct unit unit_minute = {FIELD_MINUTE, 0, 0, USECS_PER_MINUTE};
static const struct unit unit_second = {FIELD_SECOND, 0, 0, WH_USECS_PER_SECOND};
static const struct unit unit_millisecond = {FIELD_MILLISECOND, 0, 0, 1000};
static const struct unit unit_microsecond = {FIELD_MICROSECOND, 0, 0, 1};
static const struct unit unit_decade = {FIELD_DECADE, 120, 0, 0};
static const struct unit unit_century = {FIELD_CENTURY, 1200, 0, 0};
static const struct unit unit_millennium = {FIELD_MILLENNIUM, 12000, 0, 0};

static const struct {
    const char *name;
    const struct unit *unit;
} unit_names[] = {
    {"y", &unit_year},
    {"yr", &unit_year},
    {"yrs", &unit_year},
    {"year", &unit_year},
    {"years", &unit_year},
    {"mon", &unit_month},
    {"mons", &unit_month},
    {"month", &unit_month},
    {"months", &unit_month},
    {"w", &unit_week},
    {"week", &unit_week},
    {"weeks", &unit_week},
    {"d", &unit_day},
    {"day", &unit_day},
    {"days", &unit_day},
    {"h", &unit_hour},
    {"hr", &unit_hour},
    {"hrs", &unit_hour},
    {"hour", &unit_hour},
    {"hours", &unit_hour},
    {"m", &unit_minute},
    {"min", &unit_minute},
    {"mins", &unit_minute},
    {"minute", &unit_minute},
    {"minutes", &unit_minute},
    {"s", &unit_second},
    {"sec", &unit_second},
    {"secs", &unit_second},
    {"second", &unit_second},
    {"seconds", &unit_second},
    {"ms", &unit_millisecond},
    {"msec", &unit_millisecond},
    {"msecs", &unit_millisecond},
    {"millisecond", &unit_millisecond},
    {"milliseconds", &unit_millisecond},
    {"us", &unit_microsecond},
    {"usec", &unit_microsecond},
    {"usecs", &unit_microsecond},
    {"microsecond", &unit_microsecond},
    {"microseconds", &unit_microsecond},
    {"decade", &unit_decade},
    {"decades", &unit_decade},
    {"century", &unit_century},
    {"centuries", &unit_century},
    {"millennium", &unit_millennium},
    {"millennia", &unit_millennium},
};

static const struct unit *unit_by_name(struct wh_str name)
{
    for (size_t i = 0; i < WH_COUNT_OF(unit_names); i++)
        if (wh_str_is(name, unit_names[i].name))
            return unit_names[i].unit;
    return NULL;
}

/* ---- adding up ------------------------------------------------------------------------------- */

/* The interval so far. */
struct sum {
    int64_t months;
    int64_t days;
    int64_t usecs;
    unsigned seen; /* fields that were given: each may be once */
};

struct number {
    int64_t whole;
    double fraction; /* of the same sign */
};

/* A part of a unit as microseconds, rounded half to zero. */
static bool add_usecs(struct sum *sum, double fraction, int64_t per_unit)
{
    double usecs = fraction * (double)per_unit;
    int64_t whole = (int64_t)usecs;
    double rest = usecs - (double)whole;
    if (rest > 0.5)
        whole++;
    else if (rest < -0.5)
        whole--;
    return !__builtin_add_overflow(sum->usecs, whole, &sum->usecs);
}

/* A part of @p days days: whole days, and what is left as microseconds. */
static bool add_days(struct sum *sum, double fraction, int32_t days)
{
    double scaled = fraction * days;
    int64_t whole = (int64_t)scaled;
    sum->days += whole;
    return add_usecs(sum, scaled - (double)whole, WH_USECS_PER_DAY);
}

/* A part of a unit of months: of more than one, whole months and no more. */
static bool add_months(struct sum *sum, double fraction, int32_t months)
{
    if (months == 1)
        return add_days(sum, fraction, DAYS_PER_MONTH);
    sum->months += (int64_t)rint(fraction * months);
    return true;
}

static bool add_number(struct sum *sum, struct number number, const struct unit *unit)
{
    int64_t part;
    if (unit->months != 0)
        return !__builtin_mul_overflow(number.whole, unit->months, &part) &&
               !__builtin_add_overflow(sum->months, part, &sum->months) &&
               add_months(sum, number.fraction, unit->months);
    if (unit->days > 1)
        return !__builtin_mul_overflow(number.whole, unit->days, &part) &&
               !__builtin_add_overflow(sum->days, part, &sum->days) &&
               add_days(sum, number.fraction, unit->days);
    if (unit->days == 1)
        return !__builtin_add_overflow(sum->days, number.whole, &sum->days) &&
               add_usecs(sum, number.fraction, WH_USECS_PER_DAY);
    return !__builtin_mul_overflow(number.whole, unit->usecs, &part) &&
           !__builtin_add_overflow(sum->usecs, part, &sum->usecs) &&
           add_usecs(sum, number.fraction, unit->usecs);
}

static enum wh_fault note_fields(struct sum *sum, unsigned fields)
{
    if ((sum->seen & fields) != 0)
        return WH_FAULT_SYNTAX;
    sum->seen |= fields;
    return WH_FAULT_NONE;
}

static enum wh_fault add_field(struct sum *sum, struct number number, const struct unit *unit)
{
    /* PostgreSQL keeps months and days in 32 bits on the way, too. */
    if (unit->usecs == 0 && number.whole != (int32_t)number.whole)
        return WH_FAULT_DATE_RANGE;
    bool has_fraction = fpclassify(number.fraction) != FP_ZERO;
    unsigned fields = unit->field == FIELD_SECOND && has_fraction ? FIELDS_OF_SECONDS : unit->field;
    enum wh_fault fault = note_fields(sum, fields);
    if (fault != WH_FAULT_NONE)
        return fault;
    return add_number(sum, number, unit) ? WH_FAULT_NONE : WH_FAULT_DATE_RANGE;
}

static enum wh_fault finish(const struct sum *sum, struct wh_interval *ret)
{
    if (sum->seen == 0)
        return WH_FAULT_SYNTAX;
    if (sum->months != (int32_t)sum->months || sum->days != (int32_t)sum->days)
        return WH_FAULT_DATE_RANGE;
    *ret = (struct wh_interval){
        .microseconds = sum->usecs, .days = (int32_t)sum->days, .months = (int32_t)sum->months};
    return WH_FAULT_NONE;
}

/* ---- words ----------------------------------------------------------------------------------- */

struct cursor {
    const char *at;
    const char *end;
};

static char peek(const struct cursor *cursor)
{
    return cursor->at < cursor->end ? *cursor->at : '\0';
}

static void skip_space(struct cursor *cursor)
{
    while (wh_is_space(peek(cursor)))
        cursor->at++;
}

static bool is_letter(char byte)
{
    return byte >= 'a' && byte <= 'z';
}

static struct wh_str take_digits(struct cursor *cursor)
{
    const char *start = cursor->at;
    while (wh_is_digit(peek(cursor)))
        cursor->at++;
    return wh_str_make(start, (size_t)(cursor->at - start));
}

static struct wh_str take_word(struct cursor *cursor)
{
    const char *start = cursor->at;
    while (is_letter(peek(cursor)))
        cursor->at++;
    return wh_str_make(start, (size_t)(cursor->at - start));
}

static enum wh_fault read_whole(struct wh_str digits, int64_t *ret)
{
    int64_t value = 0;
    if (digits.len > NUMBER_DIGITS)
        return WH_FAULT_DATE_RANGE;
    for (size_t i = 0; i < digits.len; i++)
        value = value * 10 + (digits.ptr[i] - '0');
    *ret = value;
    return WH_FAULT_NONE;
}

/* Hours and what follows them, from the first colon on. */
static enum wh_fault take_time(struct cursor *cursor, struct wh_str hour, bool is_negative,
                               struct sum *sum)
{
    cursor->at++;
    struct wh_str minute = take_digits(cursor);
    struct wh_str second = WH_STR("0");
    int64_t parts[3];
    int32_t micros = 0;
    if (peek(cursor) == '.')
        return WH_FAULT_AMBIGUOUS; /* PostgreSQL takes 12:34.5 for minutes and seconds */
    if (peek(cursor) == ':') {
        cursor->at++;
        second = take_digits(cursor);
    }
    if (hour.len == 0 || minute.len == 0 || second.len == 0)
        return WH_FAULT_SYNTAX;
    enum wh_fault fault = note_fields(sum, FIELDS_OF_TIME);
    if (fault == WH_FAULT_NONE && peek(cursor) == '.') {
        cursor->at++;
        fault = wh_fraction_read(take_digits(cursor), &micros);
    }
    if (fault == WH_FAULT_NONE)
        fault = read_whole(hour, &parts[0]);
    if (fault == WH_FAULT_NONE)
        fault = read_whole(minute, &parts[1]);
    if (fault == WH_FAULT_NONE)
        fault = read_whole(second, &parts[2]);
    if (fault != WH_FAULT_NONE)
        return fault;
    if (parts[1] > 59 || parts[2] > 60)
        return WH_FAULT_DATE_RANGE;
    int64_t usecs;
    int64_t rest = parts[1] * USECS_PER_MINUTE + parts[2] * WH_USECS_PER_SECOND + micros;
    if (__builtin_mul_overflow(parts[0], USECS_PER_HOUR, &usecs) ||
        __builtin_add_overflow(usecs, rest, &usecs) ||
        __builtin_add_overflow(sum->usecs, is_negative ? -usecs : usecs, &sum->usecs))
        return WH_FAULT_DATE_RANGE;
    return WH_FAULT_NONE;
}

/* Years and months, from the hyphen on: 1-2. */
static enum wh_fault take_months(struct cursor *cursor, int64_t years, bool is_negative,
                                 struct sum *sum)
{
    cursor->at++;
    int64_t months;
    struct wh_str digits = take_digits(cursor);
    if (digits.len == 0 || (cursor->at < cursor->end && !wh_is_space(*cursor->at)))
        return WH_FAULT_SYNTAX;
    enum wh_fault fault = read_whole(digits, &months);
    if (fault == WH_FAULT_NONE)
        fault = note_fields(sum, FIELD_YEAR | FIELD_MONTH);
    if (fault != WH_FAULT_NONE)
        return fault;
    if (months > 11 || years > INT32_MAX)
        return WH_FAULT_DATE_RANGE;
    int64_t total = years * 12 + months;
    sum->months += is_negative ? -total : total;
    return WH_FAULT_NONE;
}

/* Whether days are meant by a number without a unit: a time of day follows. */
static bool is_before_time(struct cursor cursor)
{
    skip_space(&cursor);
    if (peek(&cursor) == '-' || peek(&cursor) == '+')
        cursor.at++;
    return take_digits(&cursor).len > 0 && peek(&cursor) == ':';
}

/* The digits behind a point as a part of one. */
static double read_fraction(struct wh_str digits)
{
    char room[NUMBER_TEXT] = "0.";
    size_t length = WH_MIN(digits.len, sizeof(room) - 2);
    for (size_t i = 0; i < length; i++)
        room[i + 2] = digits.ptr[i];
    double value = 0;
    return wh_double_parse(wh_str_make(room, length + 2), &value) == WH_FAULT_NONE ? value : 0;
}

/* The unit behind a number; NULL where there is none that may stand there. */
static const struct unit *take_unit(struct cursor *cursor)
{
    struct cursor start = *cursor;
    skip_space(cursor);
    struct wh_str word = take_word(cursor);
    if (word.len == 0)
        return is_before_time(start) ? &unit_day : NULL;
    /* What is run into a longer name is a date to PostgreSQL. */
    if (cursor->at < cursor->end && !wh_is_space(*cursor->at) &&
        !(wh_is_digit(*cursor->at) && word.len == 1 && word.ptr[0] != 'w'))
        return NULL;
    return unit_by_name(word);
}

static enum wh_fault take_number(struct cursor *cursor, struct sum *sum)
{
    bool has_sign = peek(cursor) == '-' || peek(cursor) == '+';
    bool is_negative = peek(cursor) == '-';
    cursor->at += has_sign;
    struct wh_str digits = take_digits(cursor);
    if (digits.len == 0 && (has_sign || peek(cursor) != '.'))
        return WH_FAULT_SYNTAX;
    if (peek(cursor) == ':')
        return take_time(cursor, digits, is_negative, sum);
    struct number number = {0, 0.0};
    enum wh_fault fault = read_whole(digits, &number.whole);
    if (fault != WH_FAULT_NONE)
        return fault;
    if (peek(cursor) == '-')
        return take_months(cursor, number.whole, is_negative, sum);
    if (peek(cursor) == '.') {
        cursor->at++;
        struct wh_str fraction = take_digits(cursor);
        if (fraction.len == 0)
            return WH_FAULT_SYNTAX;
        number.fraction = read_fraction(fraction);
    }
    if (is_negative) {
        number.whole = -number.whole;
        number.fraction = -number.fraction;
    }
    const struct unit *unit = take_unit(cursor);
    return unit != NULL ? add_field(sum, number, unit) : WH_FAULT_SYNTAX;
}

static bool negate(struct sum *sum)
{
    sum->months = -sum->months;
    sum->days = -sum->days;
    return !__builtin_sub_overflow(0, sum->usecs, &sum->usecs);
}

static enum wh_fault parse_words(struct wh_str text, struct wh_interval *ret)
{
    struct cursor cursor = {text.ptr, text.ptr + text.len};
    struct sum sum = {.seen = 0};
    if (peek(&cursor) == '@')
        cursor.at++;
    for (skip_space(&cursor); cursor.at < cursor.end; skip_space(&cursor)) {
        enum wh_fault fault;
        if (wh_str_is(wh_str_make(cursor.at, (size_t)(cursor.end - cursor.at)), "ago")) {
            cursor.at = cursor.end;
            fault = negate(&sum) ? WH_FAULT_NONE : WH_FAULT_DATE_RANGE;
        } else {
            fault = take_number(&cursor, &sum);
        }
        if (fault != WH_FAULT_NONE)
            return fault;
    }
    return finish(&sum, ret);
}

/* ---- ISO 8601 -------------------------------------------------------------------------------- */

static const struct unit *unit_by_designator(char letter, bool is_behind_t)
{
    static const struct {
        char letter;
        bool is_behind_t;
        const struct unit *unit;
    } letters[] = {
        {'Y', false, &unit_year},  {'M', false, &unit_month}, {'W', false, &unit_week},
        {'D', false, &unit_day},   {'H', true, &unit_hour},   {'M', true, &unit_minute},
        {'S', true, &unit_second},
    };
    for (size_t i = 0; i < WH_COUNT_OF(letters); i++)
        if (letters[i].letter == letter && letters[i].is_behind_t == is_behind_t)
            return letters[i].unit;
    return NULL;
}

static bool is_in_number(char byte)
{
    return wh_is_digit(byte) || byte == '.' || byte == '-';
}

static enum wh_fault take_designated(struct cursor *cursor, bool is_behind_t, struct sum *sum)
{
    const char *start = cursor->at;
    while (is_in_number(peek(cursor)))
        cursor->at++;
    double value;
    enum wh_fault fault = wh_double_parse(wh_str_make(start, (size_t)(cursor->at - start)), &value);
    const struct unit *unit = unit_by_designator(peek(cursor), is_behind_t);
    if (fault != WH_FAULT_NONE || unit == NULL)
        return WH_FAULT_SYNTAX;
    cursor->at++;
    if (value >= 1e18 || value <= -1e18)
        return WH_FAULT_DATE_RANGE;
    struct number number = {(int64_t)value, value - (double)(int64_t)value};
    return add_field(sum, number, unit);
}

/* Behind the P. */
static enum wh_fault parse_designated(struct wh_str text, struct wh_interval *ret)
{
    struct cursor cursor = {text.ptr, text.ptr + text.len};
    struct sum sum = {.seen = 0};
    bool is_behind_t = false;
    while (cursor.at < cursor.end) {
        if (!is_behind_t && *cursor.at == 'T') {
            is_behind_t = true;
            cursor.at++;
            continue;
        }
        enum wh_fault fault = take_designated(&cursor, is_behind_t, &sum);
        if (fault != WH_FAULT_NONE)
            return fault;
    }
    return finish(&sum, ret);
}

enum wh_fault wh_interval_parse(struct wh_str text, struct wh_interval *ret)
{
    struct wh_str trimmed = wh_str_trim(text);
    if (trimmed.len == 0 || trimmed.len > TEXT_MAX)
        return WH_FAULT_SYNTAX;
    if (text.ptr[0] == 'P')
        return parse_designated(wh_str_make(text.ptr + 1, text.len - 1), ret);
    char lower[TEXT_MAX];
    for (size_t i = 0; i < trimmed.len; i++) {
        char byte = trimmed.ptr[i];
        lower[i] = byte >= 'A' && byte <= 'Z' ? (char)(byte + ('a' - 'A')) : byte;
    }
    return parse_words(wh_str_make(lower, trimmed.len), ret);
}
