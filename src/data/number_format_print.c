/* SPDX-License-Identifier: Apache-2.0 */
/*
 * to_char of numbers. The number is first written plainly, with the digits that the template has
 * room for; then the template is walked and takes its digits from there: NUM_processor() in
 * PostgreSQL's formatting.c.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "data/decimal.h"
#include "data/digits.h"
#include "data/number_pieces.h"
#include "data/numeric_parts.h"

enum {
    ROMAN_WIDTH = 15,
    ROMAN_MAX = 3999,
    PIECE_BYTES = 8,
    DOUBLE_DIGITS = 330,
    EXPONENT = 16,
    REAL_DIGITS = 6
};

/* The number as digits, and the walk over the template. */
struct walk {
    const struct wh_number_format *format;
    struct wh_number_plan plan;
    struct wh_number_text *out;
    const char *number; /* without its sign; a NUL ends it */
    const char *at;
    const char *last; /* FM: the last digit behind the point to be shown, or the point; or NULL */
    size_t spaces;    /* places before the number's first digit */
    size_t place;     /* digits of the template passed */
    size_t places;    /* of the number and, where nothing stands before it, its sign; less one */
    char sign;
    bool is_sign_done;
    bool is_inside; /* a digit has been written */
    bool is_cut;    /* the template has a place more than the number: all ends there, as it does in
                       PostgreSQL: to_char(5, '9. %') is ' 5' */
};

size_t wh_number_format_room(const struct wh_number_format *format)
{
    return (format->size + 2) * PIECE_BYTES + DOUBLE_DIGITS;
}

static void put(struct walk *walk, char byte)
{
    walk->out->room[walk->out->len++] = byte;
}

static void put_text(struct walk *walk, struct wh_str text)
{
    memcpy(walk->out->room + walk->out->len, text.len > 0 ? text.ptr : "", text.len);
    walk->out->len += text.len;
}

/* ---- signs ----------------------------------------------------------------------------------- */

/* Before the first digit, where the sign does not stand alone in the template. */
static void put_sign_before(struct walk *walk)
{
    const struct wh_number_plan *plan = &walk->plan;
    bool is_minus = walk->sign == '-';
    if (plan->has_sign) {
        if (plan->sign_place != WH_SIGN_BEFORE)
            return;
        put(walk, walk->sign);
    } else if (plan->has_brackets) {
        put(walk, is_minus ? '<' : ' ');
    } else if (is_minus || !plan->is_filled) {
        put(walk, is_minus ? '-' : ' ');
    }
    walk->is_sign_done = true;
}

/* Behind the last digit. */
static void put_sign_behind(struct walk *walk)
{
    if (walk->is_sign_done && walk->plan.has_brackets)
        put(walk, walk->sign == '-' ? '>' : ' ');
    else if (walk->plan.has_sign && walk->plan.sign_place == WH_SIGN_BEHIND)
        put(walk, walk->sign);
}

static void plan_sign(struct walk *walk)
{
    struct wh_number_plan *plan = &walk->plan;
    if (plan->has_plus || plan->has_minus) {
        walk->is_sign_done = plan->has_minus;
        return;
    }
    if (walk->sign == '+' && plan->is_filled) {
        plan->has_brackets = false;
        walk->is_sign_done = !plan->has_sign;
    }
    if (plan->sign_place == WH_SIGN_BEFORE && plan->before == plan->digits_before_sign)
        plan->sign_place = WH_SIGN_BEHIND;
}

/* ---- digits ---------------------------------------------------------------------------------- */

static bool shows_only_point(const struct walk *walk)
{
    return walk->last != NULL && *walk->last == '.';
}

/* The 0 of 0.5, for which the template has no 0. */
static bool is_leading_zero(const struct walk *walk)
{
    return !walk->plan.has_zero && walk->at == walk->number && *walk->number == '0' &&
           walk->plan.behind != 0;
}

static bool is_at_zero(const struct walk *walk)
{
    return walk->plan.has_zero && walk->plan.zero_start <= walk->place;
}

static void put_number_digit(struct walk *walk, bool is_zero_pattern)
{
    if (*walk->at == '.') {
        put(walk, '.');
    } else if (walk->last != NULL && walk->at > walk->last && !is_zero_pattern) {
        /* FM leaves out zeros at the end. */
    } else if (is_leading_zero(walk)) {
        if (!walk->plan.is_filled)
            put(walk, ' ');
        else if (shows_only_point(walk))
            put(walk, '0');
    } else if (*walk->at != '\0') {
        put(walk, *walk->at);
        walk->is_inside = true;
    } else {
        walk->is_cut = true;
    }
    if (*walk->at != '\0')
        walk->at++;
}

/* Whether no digit follows the one just passed. */
static bool is_last_place(const struct walk *walk)
{
    if (walk->last != NULL && walk->last == walk->at)
        return false;
    return walk->place + 1 == walk->places + (walk->spaces > 0) + walk->plan.has_point;
}

/* A 9, a 0 or a point. */
static void put_digit(struct walk *walk, bool is_zero_pattern)
{
    if (walk->plan.is_roman)
        return;
    walk->is_inside = false;
    bool is_before_number = walk->place < walk->spaces;
    bool begins =
        !is_before_number || (walk->plan.has_zero && walk->plan.zero_start == walk->place);
    if (!walk->is_sign_done && begins && (!is_leading_zero(walk) || shows_only_point(walk)))
        put_sign_before(walk);
    if (is_before_number && !is_at_zero(walk)) {
        if (!walk->plan.is_filled)
            put(walk, ' ');
    } else if (is_before_number) {
        put(walk, '0');
        walk->is_inside = true;
    } else {
        put_number_digit(walk, is_zero_pattern);
    }
    if (!walk->is_cut && is_last_place(walk))
        put_sign_behind(walk);
    walk->place++;
}

/* ---- the other patterns ---------------------------------------------------------------------- */

static void put_group(struct walk *walk)
{
    if (walk->is_inside)
        put(walk, ',');
    else if (!walk->plan.is_filled)
        put(walk, ' ');
}

/* MI, PL, SG: the sign where the template has it. */
static void put_sign(struct walk *walk, enum wh_number_key key)
{
    bool is_shown = key == WH_NUMBER_SG || walk->sign == (key == WH_NUMBER_MI ? '-' : '+');
    if (is_shown)
        put(walk, walk->sign);
    else if (!walk->plan.is_filled)
        put(walk, ' ');
}

static void put_roman(struct walk *walk, bool is_lower)
{
    size_t length = strlen(walk->number);
    for (size_t i = length; i < ROMAN_WIDTH && !walk->plan.is_filled; i++)
        put(walk, ' ');
    for (size_t i = 0; i < length; i++) {
        char byte = walk->number[i];
        put(walk, is_lower && byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte);
    }
}

static enum wh_fault put_ordinal(struct walk *walk, bool is_lower)
{
    if (walk->plan.is_roman || *walk->number == '#' || walk->sign == '-' || walk->plan.has_point)
        return WH_FAULT_NONE;
    size_t length = strlen(walk->number);
    char last = walk->number[length - 1];
    if (!wh_is_digit(last))
        return WH_FAULT_SYNTAX;
    bool is_teen = length > 1 && walk->number[length - 2] == '1';
    size_t which = is_teen || last > '3' ? 0 : (size_t)(last - '0');
    static const char *const endings[] = {"TH", "ST", "ND", "RD"};
    for (size_t i = 0; i < 2; i++)
        put(walk, is_lower ? (char)(endings[which][i] - 'A' + 'a') : endings[which][i]);
    return WH_FAULT_NONE;
}

static enum wh_fault put_piece(struct walk *walk, const struct wh_number_piece *piece)
{
    switch (piece->key) {
    case WH_NUMBER_LITERAL:
        put_text(walk, piece->text);
        break;
    case WH_NUMBER_9:
    case WH_NUMBER_0:
    case WH_NUMBER_POINT:
        put_digit(walk, piece->key == WH_NUMBER_0);
        break;
    case WH_NUMBER_GROUP:
        put_group(walk);
        break;
    case WH_NUMBER_CURRENCY:
        put(walk, ' ');
        break;
    case WH_NUMBER_MI:
    case WH_NUMBER_PL:
    case WH_NUMBER_SG:
        put_sign(walk, piece->key);
        break;
    case WH_NUMBER_ROMAN:
        put_roman(walk, piece->is_lower);
        break;
    case WH_NUMBER_TH:
        return put_ordinal(walk, piece->is_lower);
    case WH_NUMBER_FM:
    case WH_NUMBER_S:
    case WH_NUMBER_PR:
    case WH_NUMBER_V:
    case WH_NUMBER_EEEE:
        break;
    }
    return WH_FAULT_NONE;
}

/* ---- the walk -------------------------------------------------------------------------------- */

/* The last digit behind the point that is not 0, or the point itself. */
static const char *find_last_relevant(const char *number)
{
    const char *last = strchr(number, '.');
    for (const char *at = last; at != NULL && *at != '\0'; at++) {
        if (*at != '0')
            last = at;
    }
    return last;
}

static void plan_end(struct walk *walk)
{
    const struct wh_number_plan *plan = &walk->plan;
    walk->places = plan->behind + plan->before - 1;
    if (!walk->is_sign_done && walk->spaces == 0)
        walk->places++;
    if (!plan->is_filled || !plan->has_point)
        return;
    walk->last = find_last_relevant(walk->number);
    if (walk->last == NULL || plan->zero_end <= walk->spaces)
        return;
    size_t zero = WH_MIN(strlen(walk->number) - 1, plan->zero_end - walk->spaces);
    if (walk->last < walk->number + zero)
        walk->last = walk->number + zero;
}

static enum wh_fault run(struct walk *walk)
{
    walk->at = walk->number;
    walk->out->len = 0;
    plan_sign(walk);
    plan_end(walk);
    for (size_t i = 0; i < walk->format->count && !walk->is_cut; i++) {
        enum wh_fault fault = put_piece(walk, &walk->format->pieces[i]);
        if (fault != WH_FAULT_NONE)
            return fault;
    }
    return WH_FAULT_NONE;
}

/* ---- numbers as digits ----------------------------------------------------------------------- */

static enum wh_fault fill(struct wh_arena *scratch, size_t count, char **ret)
{
    *ret = wh_arena_bytes(scratch, count + 1);
    if (*ret == NULL)
        return WH_FAULT_NO_MEMORY;
    memset(*ret, '#', count);
    (*ret)[count] = '\0';
    return WH_FAULT_NONE;
}

/* @p digits, without a sign, put into the template; where it has more places before the point than
 * the template, all of them become '#'. */
static enum wh_fault print_digits(const struct wh_number_format *format,
                                  const struct wh_number_plan *plan, char sign, const char *digits,
                                  struct wh_number_text *out)
{
    struct walk walk = {
        .format = format, .plan = *plan, .out = out, .number = digits, .sign = sign};
    const char *point = strchr(digits, '.');
    size_t before = point != NULL ? (size_t)(point - digits) : strlen(digits);
    if (before < plan->before)
        walk.spaces = plan->before - before;
    if (before > plan->before) {
        char *filled;
        enum wh_fault fault = fill(out->scratch, plan->before + plan->behind + 1, &filled);
        if (fault != WH_FAULT_NONE)
            return fault;
        filled[plan->before] = '.';
        walk.number = filled;
    }
    return run(&walk);
}

/* "####.##" for what has no exponent. */
static void print_no_exponent(const struct wh_number_plan *plan, struct wh_number_text *out)
{
    out->len = plan->before + plan->behind + 6;
    memset(out->room, '#', out->len);
    out->room[0] = ' ';
    out->room[plan->before + 1] = '.';
}

static enum wh_fault print_roman(const struct wh_number_format *format, int64_t value,
                                 struct wh_number_text *out)
{
    static const struct {
        const char *letters;
        int value;
    } numerals[] = {{"M", 1000}, {"CM", 900}, {"D", 500}, {"CD", 400}, {"C", 100},
                    {"XC", 90},  {"L", 50},   {"XL", 40}, {"X", 10},   {"IX", 9},
                    {"V", 5},    {"IV", 4},   {"I", 1}};
    char digits[ROMAN_WIDTH + 1] = "###############";
    size_t length = 0;
    bool is_possible = value >= 1 && value <= ROMAN_MAX;
    for (size_t i = 0; is_possible && i < WH_COUNT_OF(numerals); i++) {
        for (; value >= numerals[i].value; value -= numerals[i].value) {
            size_t count = strlen(numerals[i].letters);
            memcpy(digits + length, numerals[i].letters, count);
            length += count;
        }
    }
    if (is_possible)
        digits[length] = '\0';
    struct walk walk = {.format = format,
                        .plan = {.is_roman = true, .is_filled = format->plan.is_filled},
                        .out = out,
                        .number = digits};
    return run(&walk);
}

/* ---- whole numbers --------------------------------------------------------------------------- */

static enum wh_fault print_scientific_double(const struct wh_number_plan *plan, double value,
                                             struct wh_number_text *out);
static enum wh_fault print_scientific_numeric(const struct wh_number_plan *plan,
                                              const struct wh_numeric *value,
                                              struct wh_number_text *out);

/* Times 10 for each digit behind V. */
static enum wh_fault shift_int(const struct wh_number_plan *plan, int bits, int64_t *value)
{
    int64_t limit = bits == 64 ? INT64_MAX : INT32_MAX;
    for (size_t i = 0; i < plan->shift && *value != 0; i++) {
        if (__builtin_mul_overflow(*value, 10, value) || *value > limit || *value < -limit - 1)
            return WH_FAULT_RANGE;
    }
    return WH_FAULT_NONE;
}

static enum wh_fault print_whole(const struct wh_number_format *format, int64_t value,
                                 const struct wh_number_plan *plan, struct wh_number_text *out)
{
    char *digits = wh_arena_bytes(out->scratch, 24 + plan->behind);
    if (digits == NULL)
        return WH_FAULT_NO_MEMORY;
    char *end = wh_put_uint(digits, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
    if (plan->behind > 0) {
        *end++ = '.';
        memset(end, '0', plan->behind);
        end += plan->behind;
    }
    *end = '\0';
    return print_digits(format, plan, value < 0 ? '-' : '+', digits, out);
}

enum wh_fault wh_number_format_print_int(const struct wh_number_format *format, int64_t value,
                                         int bits, struct wh_number_text *out)
{
    struct wh_number_plan plan = format->plan;
    if (plan.is_roman)
        return value > INT32_MAX || value < INT32_MIN ? WH_FAULT_RANGE
                                                      : print_roman(format, value, out);
    struct wh_numeric numeric = wh_numeric_from_int(value);
    if (plan.is_scientific)
        return bits == 64 ? print_scientific_numeric(&plan, &numeric, out)
                          : print_scientific_double(&plan, (double)value, out);
    enum wh_fault fault = shift_int(&plan, bits, &value);
    plan.before += plan.shift;
    return fault == WH_FAULT_NONE ? print_whole(format, value, &plan, out) : fault;
}

/* ---- numerics -------------------------------------------------------------------------------- */

/* One digit before the point, and as many behind it as the template has. */
static enum wh_fault print_scientific_numeric(const struct wh_number_plan *plan,
                                              const struct wh_numeric *value,
                                              struct wh_number_text *out)
{
    WH_CLEANUP(wh_computation_release) struct wh_computation work;
    wh_computation_init(&work);
    struct wh_decimal digits = wh_decimal_from_numeric(&work, value);
    long exponent = wh_decimal_is_zero(digits) ? 0 : wh_numeric_leading_place(value) - 1;
    long scale = (long)WH_MIN(plan->behind, (size_t)WH_NUMERIC_MAX_SCALE);
    digits.scale += exponent;
    digits = wh_decimal_round(&work, digits, scale);
    struct wh_numeric rounded;
    enum wh_fault fault = wh_decimal_to_numeric(&work, digits, &work.arena, &rounded);
    if (fault != WH_FAULT_NONE)
        return fault;
    char *at = out->room;
    if (wh_numeric_sign(value) >= 0)
        *at++ = ' ';
    at += wh_numeric_print(&rounded, at);
    *at++ = 'e';
    *at++ = exponent < 0 ? '-' : '+';
    uint64_t magnitude = (uint64_t)(exponent < 0 ? -exponent : exponent);
    at = wh_put_digits(at, magnitude, WH_MAX(wh_count_digits(magnitude), 2));
    out->len = (size_t)(at - out->room);
    return WH_FAULT_NONE;
}

static enum wh_fault shift_numeric(const struct wh_number_plan *plan,
                                   const struct wh_numeric *value, struct wh_arena *scratch,
                                   struct wh_numeric *ret)
{
    struct wh_numeric ten = wh_numeric_from_int(10);
    struct wh_numeric power = wh_numeric_from_int((int64_t)plan->shift);
    enum wh_fault fault = wh_numeric_power(&ten, &power, scratch, &power);
    return fault == WH_FAULT_NONE ? wh_numeric_multiply(value, &power, scratch, ret) : fault;
}

static enum wh_fault print_decimal(const struct wh_number_format *format,
                                   const struct wh_numeric *value,
                                   const struct wh_number_plan *plan, struct wh_number_text *out)
{
    struct wh_numeric rounded;
    int scale = (int)WH_MIN(plan->behind, (size_t)WH_NUMERIC_MAX_SCALE);
    enum wh_fault fault = wh_numeric_round(value, scale, out->scratch, &rounded);
    if (fault != WH_FAULT_NONE)
        return fault;
    char *digits = wh_arena_bytes(out->scratch, wh_numeric_print_size(&rounded) + 1);
    if (digits == NULL)
        return WH_FAULT_NO_MEMORY;
    digits[wh_numeric_print(&rounded, digits)] = '\0';
    bool is_negative = digits[0] == '-';
    return print_digits(format, plan, is_negative ? '-' : '+', digits + is_negative, out);
}

enum wh_fault wh_number_format_print_numeric(const struct wh_number_format *format,
                                             const struct wh_numeric *value,
                                             struct wh_number_text *out)
{
    struct wh_number_plan plan = format->plan;
    struct wh_numeric shifted = *value;
    enum wh_fault fault = WH_FAULT_NONE;
    if (plan.is_roman) {
        int64_t whole;
        fault = wh_numeric_to_int(value, &whole);
        if (fault == WH_FAULT_NONE)
            fault = wh_number_format_print_int(format, whole, 32, out);
        return fault;
    }
    if (plan.is_scientific && !wh_numeric_is_finite(value)) {
        print_no_exponent(&plan, out);
        return WH_FAULT_NONE;
    }
    if (plan.is_scientific)
        return print_scientific_numeric(&plan, value, out);
    if (plan.is_shifted)
        fault = shift_numeric(&plan, value, out->scratch, &shifted);
    plan.before += plan.shift;
    return fault == WH_FAULT_NONE ? print_decimal(format, &shifted, &plan, out) : fault;
}

/* ---- doubles --------------------------------------------------------------------------------- */

/* What printf() wrote, with a point in the place of whatever the host
 * program's locale has there. */
static void write_point(char *printed)
{
    char *to = printed + (*printed == '-' || *printed == '+');
    for (char *from = to; *from != '\0'; from++) {
        bool is_kept = wh_is_digit(*from) || *from == 'e' || *from == '+' || *from == '-';
        if (is_kept)
            *to++ = *from;
        else if (to == printed || to[-1] != '.')
            *to++ = '.';
    }
    *to = '\0';
}

static enum wh_fault print_double(double value, size_t behind, struct wh_arena *scratch, char **ret)
{
    static const char *const names[] = {"NaN", "Infinity", "-Infinity"};
    size_t size = DOUBLE_DIGITS + behind;
    *ret = wh_arena_bytes(scratch, size);
    if (*ret == NULL)
        return WH_FAULT_NO_MEMORY;
    if (isnan(value) || isinf(value)) {
        const char *name = names[isnan(value) ? 0 : value > 0 ? 1 : 2];
        memcpy(*ret, name, strlen(name) + 1);
        return WH_FAULT_NONE;
    }
    (void)snprintf(*ret, size, "%.*f", (int)behind, value);
    write_point(*ret);
    return WH_FAULT_NONE;
}

static enum wh_fault print_scientific_double(const struct wh_number_plan *plan, double value,
                                             struct wh_number_text *out)
{
    if (isnan(value) || isinf(value)) {
        print_no_exponent(plan, out);
        return WH_FAULT_NONE;
    }
    size_t size = plan->behind + EXPONENT + 16;
    char *printed = wh_arena_bytes(out->scratch, size);
    if (printed == NULL)
        return WH_FAULT_NO_MEMORY;
    (void)snprintf(printed, size, "%+.*e", (int)plan->behind, value);
    write_point(printed);
    out->len = strlen(printed);
    memcpy(out->room, printed, out->len);
    if (out->room[0] == '+')
        out->room[0] = ' ';
    return WH_FAULT_NONE;
}

/* A real's product is rounded to a real. */
static double shift_double(double value, size_t shift, int digits)
{
    double factor = pow(10, (double)shift);
    return digits == REAL_DIGITS ? (double)((float)value * (float)factor) : value * factor;
}

enum wh_fault wh_number_format_print_double(const struct wh_number_format *format, double value,
                                            int digits, struct wh_number_text *out)
{
    struct wh_number_plan plan = format->plan;
    if (plan.is_roman)
        return print_roman(format, fabs(value) <= ROMAN_MAX ? (int64_t)rint(value) : 0, out);
    if (plan.is_scientific)
        return print_scientific_double(&plan, value, out);
    if (plan.is_shifted)
        value = shift_double(value, plan.shift, digits);
    plan.before += plan.shift;
    char *printed;
    enum wh_fault fault = print_double(fabs(value), 0, out->scratch, &printed);
    if (fault != WH_FAULT_NONE)
        return fault;
    size_t before = strlen(printed);
    plan.behind = before >= (size_t)digits ? 0 : WH_MIN(plan.behind, (size_t)digits - before);
    fault = print_double(value, plan.behind, out->scratch, &printed);
    if (fault != WH_FAULT_NONE)
        return fault;
    bool is_negative = *printed == '-';
    return print_digits(format, &plan, is_negative ? '-' : '+', printed + is_negative, out);
}
