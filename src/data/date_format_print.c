/* SPDX-License-Identifier: Apache-2.0 */
/* to_char of timestamps: DCH_to_char() of PostgreSQL's formatting.c. */
#include "data/date_format.h"

#include "base/macros.h"
#include "data/calendar.h"
#include "data/digits.h"

enum { FIELD_SIZE = 32, NAME_WIDTH = 9 };

/* A moment taken apart, as far as templates ask for it. */
struct parts {
    int32_t days;
    struct wh_civil civil;
    int32_t hour;
    int32_t minute;
    int32_t second;
    int32_t micros;
};

/* One field being printed. */
struct output {
    char *at;
    const struct wh_date_node *node;
};

/* ---- words ----------------------------------------------------------------------------------- */

static char in_case(char byte, bool is_first, enum wh_letter_case letter_case)
{
    bool is_upper = byte >= 'A' && byte <= 'Z';
    bool is_lower = byte >= 'a' && byte <= 'z';
    bool wants_upper = letter_case == WH_CASE_UPPER || (letter_case == WH_CASE_TITLE && is_first);
    if (is_lower && wants_upper)
        return (char)(byte - 'a' + 'A');
    return is_upper && !wants_upper ? (char)(byte - 'A' + 'a') : byte;
}

static void put_word(struct output *out, const char *word, size_t longest)
{
    for (size_t i = 0; i < longest && word[i] != '\0'; i++)
        *out->at++ = in_case(word[i], i == 0, out->node->letter_case);
}

/* Full names are padded to the longest, but not in fill mode. */
static void put_full_name(struct output *out, const char *name)
{
    char *start = out->at;
    put_word(out, name, SIZE_MAX);
    while (!out->node->is_fill_mode && out->at - start < NAME_WIDTH)
        *out->at++ = ' ';
}

/* ---- numbers --------------------------------------------------------------------------------- */

static const char *ordinal_of(const char *digits, size_t count)
{
    bool is_teen = count > 1 && digits[count - 2] == '1';
    char last = digits[count - 1];
    if (is_teen || last < '1' || last > '3')
        return "TH";
    return last == '1' ? "ST" : last == '2' ? "ND" : "RD";
}

static void put_ordinal(struct output *out, const char *start)
{
    if (!out->node->is_ordinal)
        return;
    const char *ending = ordinal_of(start, (size_t)(out->at - start));
    for (size_t i = 0; i < 2; i++)
        *out->at++ = in_case(ending[i], false, out->node->ordinal_case);
}

/* At least @p width digits; a minus counts for none of them. */
static void put_number(struct output *out, int64_t value, size_t width)
{
    char *start = out->at;
    uint64_t magnitude = (uint64_t)(value < 0 ? -value : value);
    if (value < 0)
        *out->at++ = '-';
    size_t digits = wh_count_digits(magnitude);
    out->at = wh_put_digits(out->at, magnitude, WH_MAX(digits, width));
    put_ordinal(out, start);
}

/* Without leading zeros in fill mode. */
static void put_padded(struct output *out, int64_t value, size_t width)
{
    put_number(out, value, out->node->is_fill_mode ? 1 : width);
}

/* ---- fields ---------------------------------------------------------------------------------- */

/* Years BC are counted, too, and printed without a sign. */
static int64_t counted_year(int32_t year)
{
    return year <= 0 ? 1 - (int64_t)year : year;
}

static void put_year(struct output *out, int32_t year)
{
    static const int64_t limits[] = {0, 10, 100, 1000};
    int64_t counted = counted_year(year);
    uint8_t length = out->node->length;
    put_padded(out, length < 4 ? counted % limits[length] : counted, length);
}

static void put_grouped_year(struct output *out, int32_t year)
{
    int64_t counted = counted_year(year);
    char *start = out->at;
    out->at = wh_put_uint(out->at, (uint64_t)(counted / 1000));
    *out->at++ = ',';
    out->at = wh_put_digits(out->at, (uint64_t)(counted % 1000), 3);
    put_ordinal(out, start);
}

static void put_century(struct output *out, int32_t year)
{
    int64_t century = year > 0 ? (year - 1) / 100 + 1 : year / 100 - 1;
    put_padded(out, century, century > 99 || century < -99 ? 1 : 2);
}

static int64_t day_of_year(const struct parts *parts)
{
    return parts->days - wh_days_from_civil((struct wh_civil){parts->civil.year, 1, 1}) + 1;
}

static int64_t day_of_iso_year(const struct parts *parts)
{
    return parts->days - wh_iso_year_start(wh_iso_week_of(parts->days).year) + 1;
}

static int64_t fraction(int32_t micros, uint8_t places)
{
    static const int32_t units[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    return micros / units[places];
}

static void put_time_field(struct output *out, const struct parts *parts)
{
    const struct wh_date_node *node = out->node;
    switch ((int)node->key) {
    case WH_KEY_AM:
        put_word(out, parts->hour >= 12 ? "PM" : "AM", 2);
        break;
    case WH_KEY_A_M:
        put_word(out, parts->hour >= 12 ? "P.M." : "A.M.", 4);
        break;
    case WH_KEY_HH12:
        put_padded(out, parts->hour % 12 == 0 ? 12 : parts->hour % 12, 2);
        break;
    case WH_KEY_HH24:
        put_padded(out, parts->hour, 2);
        break;
    case WH_KEY_MI:
        put_padded(out, parts->minute, 2);
        break;
    case WH_KEY_SS:
        put_padded(out, parts->second, 2);
        break;
    case WH_KEY_SSSS:
        put_number(out, (parts->hour * 60 + parts->minute) * 60 + parts->second, 1);
        break;
    case WH_KEY_MS:
    case WH_KEY_US:
    case WH_KEY_FF:
        put_number(out, fraction(parts->micros, node->length), node->length);
        break;
    case WH_KEY_TZH:
        *out->at++ = '+';
        out->at = wh_put_2_digits(out->at, 0);
        break;
    case WH_KEY_TZM:
        out->at = wh_put_2_digits(out->at, 0);
        break;
    default: /* FX */
        break;
    }
}

static void put_week_field(struct output *out, const struct parts *parts)
{
    int32_t weekday = wh_weekday(parts->days);
    switch ((int)out->node->key) {
    case WH_KEY_DAY:
        put_full_name(out, wh_weekday_names[weekday]);
        break;
    case WH_KEY_DY:
        put_word(out, wh_weekday_names[weekday], 3);
        break;
    case WH_KEY_D:
        put_number(out, weekday + 1, 1);
        break;
    case WH_KEY_ID:
        put_number(out, weekday == 0 ? 7 : weekday, 1);
        break;
    case WH_KEY_IDDD:
        put_padded(out, day_of_iso_year(parts), 3);
        break;
    case WH_KEY_IW:
        put_padded(out, wh_iso_week_of(parts->days).week, 2);
        break;
    case WH_KEY_IY:
        put_year(out, wh_iso_week_of(parts->days).year);
        break;
    case WH_KEY_WW:
        put_padded(out, (day_of_year(parts) - 1) / 7 + 1, 2);
        break;
    case WH_KEY_W:
        put_number(out, (parts->civil.day - 1) / 7 + 1, 1);
        break;
    default:
        put_time_field(out, parts);
        break;
    }
}

static void put_field(struct output *out, const struct parts *parts)
{
    const struct wh_civil *civil = &parts->civil;
    switch ((int)out->node->key) {
    case WH_KEY_BC:
        put_word(out, civil->year <= 0 ? "BC" : "AD", 2);
        break;
    case WH_KEY_B_C:
        put_word(out, civil->year <= 0 ? "B.C." : "A.D.", 4);
        break;
    case WH_KEY_CC:
        put_century(out, civil->year);
        break;
    case WH_KEY_DD:
        put_padded(out, civil->day, 2);
        break;
    case WH_KEY_DDD:
        put_padded(out, day_of_year(parts), 3);
        break;
    case WH_KEY_J:
        put_number(out, (int64_t)parts->days + WH_JULIAN_2000, 1);
        break;
    case WH_KEY_MM:
        put_padded(out, civil->month, 2);
        break;
    case WH_KEY_MON:
        put_word(out, wh_month_names[civil->month - 1], 3);
        break;
    case WH_KEY_MONTH:
        put_full_name(out, wh_month_names[civil->month - 1]);
        break;
    case WH_KEY_Q:
        put_number(out, (civil->month - 1) / 3 + 1, 1);
        break;
    case WH_KEY_Y:
        put_year(out, civil->year);
        break;
    case WH_KEY_Y_YYY:
        put_grouped_year(out, civil->year);
        break;
    default:
        put_week_field(out, parts);
        break;
    }
}

static struct parts take_apart(int64_t usecs)
{
    struct wh_day_time split = wh_day_time_of(usecs);
    int32_t seconds = (int32_t)(split.usecs / WH_USECS_PER_SECOND);
    return (struct parts){
        .days = split.days,
        .civil = wh_civil_from_days(split.days),
        .hour = seconds / 3600,
        .minute = seconds / 60 % 60,
        .second = seconds % 60,
        .micros = (int32_t)(split.usecs % WH_USECS_PER_SECOND),
    };
}

enum wh_fault wh_date_format_print(const struct wh_date_format *format, int64_t usecs, char *room,
                                   size_t size, size_t *ret_len)
{
    if (usecs == WH_TIMESTAMP_INFINITY || usecs == WH_TIMESTAMP_MINUS_INFINITY)
        return WH_FAULT_DATE_RANGE;
    struct parts parts = take_apart(usecs);
    size_t used = 0;
    for (size_t i = 0; i < format->count; i++) {
        const struct wh_date_node *node = &format->nodes[i];
        char field[FIELD_SIZE];
        struct output out = {.at = field, .node = node};
        struct wh_str piece = node->text;
        if (node->type == WH_NODE_FIELD) {
            put_field(&out, &parts);
            piece = wh_str_make(field, (size_t)(out.at - field));
        }
        if (piece.len > size - used)
            return WH_FAULT_LIMIT;
        memcpy(room + used, piece.len > 0 ? piece.ptr : "", piece.len);
        used += piece.len;
    }
    *ret_len = used;
    return WH_FAULT_NONE;
}
