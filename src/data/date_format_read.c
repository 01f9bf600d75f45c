/* SPDX-License-Identifier: Apache-2.0 */
/*
 * to_date and to_timestamp: DCH_from_char() and do_to_timestamp() of PostgreSQL's formatting.c, but
 * for what they let pass: text left over or missing, a literal that is not there, a month, day or
 * year 0, a year of fewer digits than its template has.
 */
#include "data/date_format.h"

#include "base/macros.h"
#include "data/calendar.h"
#include "data/date_fields.h"
#include "data/digits.h"

enum { VALUE_MAX = INT32_MAX };

struct reader {
    const struct wh_date_format *format;
    const char *start;
    const char *at;
    const char *end;
    int extra_skip; /* spaces skipped beyond those of the template */
    bool is_exact;  /* behind FX */
    struct wh_date_fields fields;
};

/* ---- characters ------------------------------------------------------------------------------ */

static char peek(const struct reader *reader)
{
    return reader->at < reader->end ? *reader->at : '\0';
}

static int skip_spaces(struct reader *reader)
{
    const char *start = reader->at;
    while (reader->at < reader->end && wh_is_space(*reader->at))
        reader->at++;
    return (int)(reader->at - start);
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_separator(char byte)
{
    return byte > 0x20 && byte < 0x7F && !is_letter(byte) && !wh_is_digit(byte);
}

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* What strtol() reads from @p at: a sign and digits. NULL where there are none. */
static const char *take_integer(const char *at, const char *end, int64_t *ret)
{
    bool is_negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    const char *digits = at;
    int64_t value = 0;
    for (; at < end && wh_is_digit(*at); at++)
        value = WH_MIN(value * 10 + (*at - '0'), (int64_t)VALUE_MAX + 1);
    *ret = is_negative ? -value : value;
    return at > digits ? at : NULL;
}

/* Two letters behind an ordinal number, whatever they are. */
static void skip_ordinal(struct reader *reader, const struct wh_date_node *node)
{
    if (node->is_ordinal)
        reader->at += WH_MIN(reader->end - reader->at, 2);
}

/* A field's number; *ret_length is the characters it was made of. Where the next piece cannot be
 * mistaken for more of it, it is as long as it is; otherwise as long as the template says. */
static enum wh_fault take_number(struct reader *reader, const struct wh_date_node *node,
                                 int32_t *ret, int *ret_length)
{
    const char *start = reader->at;
    skip_spaces(reader);
    const char *end = reader->end;
    bool is_free = node->is_fill_mode || node->is_ordinal || !node->is_before_digits;
    if (!is_free) {
        if (end - reader->at < node->length)
            return WH_FAULT_SYNTAX;
        end = reader->at + node->length;
    }
    int64_t value;
    const char *behind = take_integer(reader->at, end, &value);
    if (behind == NULL || (!is_free && behind != end))
        return WH_FAULT_SYNTAX;
    if (value > VALUE_MAX || value < 0)
        return WH_FAULT_DATE_RANGE;
    reader->at = behind;
    *ret = (int32_t)value;
    *ret_length = (int)(behind - start);
    skip_ordinal(reader, node);
    return WH_FAULT_NONE;
}

/* A thing may be said once; PostgreSQL compares what was said before years were completed. */
static enum wh_fault set_field(int32_t *field, int32_t value)
{
    if (*field != 0)
        return WH_FAULT_ARGUMENT;
    *field = value;
    return WH_FAULT_NONE;
}

static enum wh_fault read_number(struct reader *reader, const struct wh_date_node *node,
                                 int32_t *field)
{
    int32_t value;
    int length;
    enum wh_fault fault = take_number(reader, node, &value, &length);
    return fault == WH_FAULT_NONE ? set_field(field, value) : fault;
}

/* Numbers that count from 1. */
static enum wh_fault read_counted(struct reader *reader, const struct wh_date_node *node,
                                  int32_t *field)
{
    enum wh_fault fault = read_number(reader, node, field);
    return fault == WH_FAULT_NONE && *field == 0 ? WH_FAULT_DATE_RANGE : fault;
}

/* Digits behind the point of a second: 25 hundredths are 250 thousandths. What FF3 and its like
 * would round away is refused. */
static enum wh_fault read_fraction(struct reader *reader, const struct wh_date_node *node,
                                   int places, int32_t *field)
{
    static const int32_t kept[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    int32_t value;
    int length;
    enum wh_fault fault = take_number(reader, node, &value, &length);
    if (fault != WH_FAULT_NONE)
        return fault;
    if (length > places)
        return value == 0 ? WH_FAULT_NONE : WH_FAULT_DATE_RANGE;
    for (; length < places; length++)
        value *= 10;
    if (node->key == WH_KEY_FF && value % kept[node->length] != 0)
        return WH_FAULT_SCALE;
    /* Behind FF3 PostgreSQL rounds the sum of all fractions to three digits. */
    if (reader->fields.has_rounded_fraction)
        return WH_FAULT_ARGUMENT;
    reader->fields.has_rounded_fraction = node->key == WH_KEY_FF;
    if (node->key == WH_KEY_FF && (reader->fields.millis != 0 || reader->fields.micros != 0))
        return WH_FAULT_ARGUMENT;
    return set_field(field, value);
}

/* adjust_partial_year_to_2020(). */
static int32_t complete_year(int32_t year)
{
    if (year < 70)
        return year + 2000;
    if (year < 100)
        return year + 1900;
    if (year < 520)
        return year + 2000;
    return year < 1000 ? year + 1000 : year;
}

static enum wh_fault read_year(struct reader *reader, const struct wh_date_node *node)
{
    int32_t year;
    int length;
    enum wh_fault fault = take_number(reader, node, &year, &length);
    if (fault != WH_FAULT_NONE)
        return fault;
    if (node->length == 4 && length < 4)
        return WH_FAULT_SYNTAX;
    if (node->length < 4 && length < 4)
        year = complete_year(year);
    if (year == 0)
        return WH_FAULT_DATE_RANGE;
    reader->fields.year_digits = node->length;
    return set_field(&reader->fields.year, year);
}

/* 2,020 */
static enum wh_fault read_grouped_year(struct reader *reader, const struct wh_date_node *node)
{
    int64_t thousands;
    int64_t rest;
    skip_spaces(reader);
    const char *at = take_integer(reader->at, reader->end, &thousands);
    if (at == NULL || reader->end - at < 4 || *at != ',')
        return WH_FAULT_SYNTAX;
    const char *behind = take_integer(at + 1, at + 4, &rest);
    if (behind != at + 4 || thousands < 0 || rest < 0)
        return WH_FAULT_SYNTAX;
    reader->at = behind;
    skip_ordinal(reader, node);
    int64_t year = thousands * 1000 + rest;
    if (year < 1 || year > WH_DATE_YEAR_MAX)
        return WH_FAULT_DATE_RANGE;
    reader->fields.year_digits = 4;
    return set_field(&reader->fields.year, (int32_t)year);
}

/* ---- names ----------------------------------------------------------------------------------- */

/* The first of @p names that the text begins with, in any case; its index, or -1. */
static int take_name(struct reader *reader, const char *const *names, int count, size_t longest)
{
    for (int i = 0; i < count; i++) {
        struct wh_str name = wh_str_from(names[i]);
        name.len = WH_MIN(name.len, longest);
        if ((size_t)(reader->end - reader->at) < name.len)
            continue;
        if (!wh_str_equal_ascii_fold(wh_str_make(reader->at, name.len), name))
            continue;
        reader->at += name.len;
        return i;
    }
    return -1;
}

static enum wh_fault read_month_name(struct reader *reader, size_t longest)
{
    int month = take_name(reader, wh_month_names, 12, longest);
    return month < 0 ? WH_FAULT_SYNTAX : set_field(&reader->fields.month, month + 1);
}

static enum wh_fault read_weekday_name(struct reader *reader, size_t longest)
{
    int day = take_name(reader, wh_weekday_names, 7, longest);
    return day < 0 ? WH_FAULT_SYNTAX : set_field(&reader->fields.weekday, day + 1);
}

static enum wh_fault read_half(struct reader *reader, const char *const names[2], int32_t *field)
{
    int half = take_name(reader, names, 2, SIZE_MAX);
    if (half < 0)
        return WH_FAULT_SYNTAX;
    return set_field(field, half);
}

static enum wh_fault read_meridian(struct reader *reader, bool has_points)
{
    static const char *const plain[2] = {"am", "pm"};
    static const char *const pointed[2] = {"a.m.", "p.m."};
    reader->fields.is_12_hours = true;
    return read_half(reader, has_points ? pointed : plain, &reader->fields.is_pm);
}

static enum wh_fault read_era(struct reader *reader, bool has_points)
{
    static const char *const plain[2] = {"ad", "bc"};
    static const char *const pointed[2] = {"a.d.", "b.c."};
    return read_half(reader, has_points ? pointed : plain, &reader->fields.is_bc);
}

/* ---- fields ---------------------------------------------------------------------------------- */

/* A sign may have been skipped as if it were a separator. */
static enum wh_fault read_zone_hour(struct reader *reader, const struct wh_date_node *node)
{
    char byte = peek(reader);
    bool is_west = byte == '-';
    if (byte == '+' || byte == '-' || byte == ' ')
        reader->at++;
    else
        is_west = reader->extra_skip > 0 && reader->at > reader->start && reader->at[-1] == '-';
    reader->fields.zone_sign = is_west ? -1 : 1;
    struct wh_date_node digits = *node;
    digits.length = 2;
    return read_number(reader, &digits, &reader->fields.zone_hour);
}

static enum wh_fault read_iso_weekday(struct reader *reader, const struct wh_date_node *node)
{
    int32_t day = 0; /* Monday is 1 */
    enum wh_fault fault = read_counted(reader, node, &day);
    if (fault != WH_FAULT_NONE)
        return fault;
    return day > 7 ? WH_FAULT_DATE_RANGE : set_field(&reader->fields.weekday, day % 7 + 1);
}

static enum wh_fault read_time_field(struct reader *reader, const struct wh_date_node *node)
{
    struct wh_date_fields *fields = &reader->fields;
    switch ((int)node->key) {
    case WH_KEY_HH12:
        fields->is_12_hours = true;
        return read_number(reader, node, &fields->hour);
    case WH_KEY_HH24:
        return read_number(reader, node, &fields->hour);
    case WH_KEY_MI:
        return read_number(reader, node, &fields->minute);
    case WH_KEY_SS:
        return read_number(reader, node, &fields->second);
    case WH_KEY_SSSS:
        return read_number(reader, node, &fields->seconds_of_day);
    case WH_KEY_MS:
        return read_fraction(reader, node, 3, &fields->millis);
    case WH_KEY_US:
        return read_fraction(reader, node, 6, &fields->micros);
    case WH_KEY_FF:
        return read_fraction(reader, node, 6, &fields->micros);
    case WH_KEY_TZH:
        return read_zone_hour(reader, node);
    case WH_KEY_TZM:
        if (fields->zone_sign == 0)
            fields->zone_sign = 1;
        return read_number(reader, node, &fields->zone_minute);
    case WH_KEY_AM:
    case WH_KEY_A_M:
        return read_meridian(reader, node->key == WH_KEY_A_M);
    default:
        return WH_FAULT_ARGUMENT;
    }
}

static enum wh_fault read_field(struct reader *reader, const struct wh_date_node *node)
{
    struct wh_date_fields *fields = &reader->fields;
    int32_t ignored = 0;
    switch ((int)node->key) {
    case WH_KEY_FX:
        reader->is_exact = true;
        return WH_FAULT_NONE;
    case WH_KEY_BC:
    case WH_KEY_B_C:
        return read_era(reader, node->key == WH_KEY_B_C);
    case WH_KEY_MONTH:
        return read_month_name(reader, SIZE_MAX);
    case WH_KEY_MON:
        return read_month_name(reader, 3);
    case WH_KEY_DAY:
        return read_weekday_name(reader, SIZE_MAX);
    case WH_KEY_DY:
        return read_weekday_name(reader, 3);
    case WH_KEY_MM:
        return read_counted(reader, node, &fields->month);
    case WH_KEY_DD:
        return read_counted(reader, node, &fields->day);
    case WH_KEY_DDD:
    case WH_KEY_IDDD:
        return read_counted(reader, node, &fields->day_of_year);
    case WH_KEY_D:
        return read_counted(reader, node, &fields->weekday);
    case WH_KEY_ID:
        return read_iso_weekday(reader, node);
    case WH_KEY_WW:
    case WH_KEY_IW:
        return read_counted(reader, node, &fields->week);
    case WH_KEY_W:
        return read_counted(reader, node, &fields->week_of_month);
    case WH_KEY_Q: /* which day of the quarter is meant nobody knows: it is read and no more */
        return read_counted(reader, node, &ignored);
    case WH_KEY_CC:
        return read_counted(reader, node, &fields->century);
    case WH_KEY_J:
        return read_number(reader, node, &fields->julian);
    case WH_KEY_Y:
    case WH_KEY_IY:
        return read_year(reader, node);
    case WH_KEY_Y_YYY:
        return read_grouped_year(reader, node);
    default:
        return read_time_field(reader, node);
    }
}

/* ---- pieces ---------------------------------------------------------------------------------- */

/* One separator or space of the template: one of the text's, whichever, or none. */
static void skip_separator(struct reader *reader)
{
    if (reader->is_exact) {
        reader->at++;
        return;
    }
    reader->extra_skip--;
    if (wh_is_space(peek(reader)) || is_separator(peek(reader))) {
        reader->at++;
        reader->extra_skip++;
    }
}

/* A letter of the template has to be there. */
static enum wh_fault skip_text(struct reader *reader, const struct wh_date_node *node)
{
    if (!reader->is_exact && reader->extra_skip > 0) {
        reader->extra_skip--;
        return WH_FAULT_NONE;
    }
    if ((size_t)(reader->end - reader->at) < node->text.len)
        return WH_FAULT_SYNTAX;
    for (size_t i = 0; i < node->text.len; i++)
        if (lower(reader->at[i]) != lower(node->text.ptr[i]))
            return WH_FAULT_SYNTAX;
    reader->at += node->text.len;
    return WH_FAULT_NONE;
}

static enum wh_fault read_piece(struct reader *reader, const struct wh_date_node *node)
{
    bool is_field = node->type == WH_NODE_FIELD;
    bool is_first = node == reader->format->nodes;
    if (!reader->is_exact && (is_first || is_field) && !(is_field && node->key == WH_KEY_FX))
        reader->extra_skip += skip_spaces(reader);
    if (reader->at == reader->end)
        return is_field ? WH_FAULT_SYNTAX : WH_FAULT_NONE;
    if (node->type == WH_NODE_SEPARATOR || node->type == WH_NODE_SPACE) {
        skip_separator(reader);
        return WH_FAULT_NONE;
    }
    if (node->type == WH_NODE_TEXT)
        return skip_text(reader, node);
    enum wh_fault fault = read_field(reader, node);
    if (!reader->is_exact)
        reader->extra_skip = skip_spaces(reader);
    return fault;
}

static enum wh_fault read_pieces(const struct wh_date_format *format, struct wh_str text,
                                 struct wh_date_fields *ret)
{
    if (wh_str_trim(text).len == 0)
        return WH_FAULT_EMPTY;
    struct reader reader = {
        .format = format, .start = text.ptr, .at = text.ptr, .end = text.ptr + text.len};
    for (size_t i = 0; i < format->count; i++) {
        enum wh_fault fault = read_piece(&reader, &format->nodes[i]);
        if (fault != WH_FAULT_NONE)
            return fault;
    }
    skip_spaces(&reader);
    *ret = reader.fields;
    return reader.at == reader.end ? WH_FAULT_NONE : WH_FAULT_TRAILING;
}

/* ---- fast paths ------------------------------------------------------------------------------ */

static bool read_digits(const char *at, int count, int32_t *ret)
{
    int32_t value = 0;
    bool is_number = true;
    for (int i = 0; i < count; i++) {
        unsigned digit = (unsigned)at[i] - '0';
        is_number &= digit <= 9;
        value = value * 10 + (int32_t)(digit & 15);
    }
    *ret = value;
    return is_number;
}

/* Ten characters that are as the template has them; anything else takes the long way. */
static bool read_shape(const struct wh_date_format *format, struct wh_str text, int32_t *ret)
{
    if (format->shape == WH_SHAPE_ANY || text.len != 10)
        return false;
    bool is_day_first = format->shape == WH_SHAPE_DD_MM_YYYY;
    char separator = is_day_first ? '/' : '-';
    size_t year = is_day_first ? 6 : 0;
    size_t month = is_day_first ? 3 : 5;
    size_t day = is_day_first ? 0 : 8;
    size_t last_separator = is_day_first ? 5 : 7;
    struct wh_civil civil;
    if (text.ptr[is_day_first ? 2 : 4] != separator || text.ptr[last_separator] != separator ||
        !read_digits(text.ptr + year, 4, &civil.year) ||
        !read_digits(text.ptr + month, 2, &civil.month) ||
        !read_digits(text.ptr + day, 2, &civil.day))
        return false;
    if (civil.year == 0 || !wh_civil_exists(civil))
        return false;
    *ret = wh_days_from_civil(civil);
    return true;
}

/* ---- the functions --------------------------------------------------------------------------- */

/* The day, the time of day and the zone that a text says. */
struct reading {
    int32_t days;
    int64_t usecs;
    int64_t zone_seconds;
};

static enum wh_fault read_text(const struct wh_date_format *format, struct wh_str text,
                               struct reading *ret)
{
    struct wh_date_fields fields;
    if (format->is_mixed)
        return WH_FAULT_ARGUMENT;
    enum wh_fault fault = read_pieces(format, text, &fields);
    if (fault == WH_FAULT_NONE)
        fault = wh_date_fields_time(&fields, &ret->usecs);
    if (fault == WH_FAULT_NONE)
        fault = wh_date_fields_date(&fields, format->is_iso_week, &ret->days);
    if (fault == WH_FAULT_NONE)
        fault = wh_date_fields_zone(&fields, &ret->zone_seconds);
    return fault;
}

enum wh_fault wh_date_format_read_date(const struct wh_date_format *format, struct wh_str text,
                                       int32_t *ret)
{
    if (read_shape(format, text, ret))
        return WH_FAULT_NONE;
    struct reading reading;
    enum wh_fault fault = read_text(format, text, &reading);
    if (fault == WH_FAULT_NONE)
        *ret = reading.days;
    return fault;
}

enum wh_fault wh_date_format_read_timestamptz(const struct wh_date_format *format,
                                              struct wh_str text, int64_t *ret)
{
    struct reading reading = {.usecs = 0};
    if (!read_shape(format, text, &reading.days)) {
        enum wh_fault fault = read_text(format, text, &reading);
        if (fault != WH_FAULT_NONE)
            return fault;
    }
    int64_t moment;
    int64_t rest = reading.usecs - reading.zone_seconds * WH_USECS_PER_SECOND;
    if (__builtin_mul_overflow((int64_t)reading.days, WH_USECS_PER_DAY, &moment) ||
        __builtin_add_overflow(moment, rest, &moment) || !wh_timestamp_is_in_range(moment))
        return WH_FAULT_DATE_RANGE;
    *ret = moment;
    return WH_FAULT_NONE;
}
