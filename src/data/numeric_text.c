/* SPDX-License-Identifier: Apache-2.0 */
/* Numerics between text and value, as numeric_in() and numeric_out() do it. */
#include "data/numeric.h"

#include <string.h>

#include "data/digits.h"
#include "data/numeric_parts.h"

enum {
    SMALL_DIGITS = 38,
    WORD_DIGITS = 19,            /* fit 64 bits */
    EXPONENT_LIMIT = 0x3FFFFFFF, /* as PostgreSQL: what is not below is refused */
};

/* ---- reading --------------------------------------------------------------------------------- */

/* digits × 10^-scale, as written. */
struct scanned {
    const char *first; /* first digit that is not 0; NULL: the number is zero */
    const char *last;  /* behind the last digit */
    size_t digits;     /* from `first` on */
    long scale;        /* digits behind the point, less the exponent */
    bool is_negative;
};

/* Digits with at most one point among or before them. */
static const char *scan_digits(const char *at, const char *end, struct scanned *ret)
{
    const char *point = NULL;
    size_t seen = 0;
    for (; at < end; at++) {
        if (*at == '.' && point == NULL) {
            point = at;
            continue;
        }
        if (!wh_is_digit(*at))
            break;
        seen++;
        if (ret->first == NULL && *at != '0')
            ret->first = at;
        ret->digits += ret->first != NULL;
    }
    ret->last = at;
    ret->scale = point != NULL ? (long)(at - point - 1) : 0;
    return seen > 0 ? at : NULL;
}

/* What strtol() reads: white space, a sign, digits. */
static enum wh_fault scan_exponent(const char **at, const char *end, long *ret)
{
    const char *from = wh_skip_space(*at, end);
    bool is_negative = from < end && *from == '-';
    if (from < end && (*from == '-' || *from == '+'))
        from++;
    const char *digits = from;
    long value = 0;
    for (; from < end && wh_is_digit(*from); from++)
        value = WH_MIN(value * 10 + (*from - '0'), EXPONENT_LIMIT);
    if (from == digits)
        return WH_FAULT_SYNTAX;
    *at = from;
    *ret = is_negative ? -value : value;
    return value < EXPONENT_LIMIT ? WH_FAULT_NONE : WH_FAULT_RANGE;
}

static enum wh_fault scan(struct wh_str text, struct scanned *ret)
{
    const char *end = text.ptr + text.len;
    const char *at = wh_skip_space(text.ptr, end);
    *ret = (struct scanned){.is_negative = at < end && *at == '-'};
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    at = scan_digits(at, end, ret);
    if (at == NULL)
        return WH_FAULT_SYNTAX;
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        long exponent = 0;
        enum wh_fault fault = scan_exponent(&at, end, &exponent);
        if (fault != WH_FAULT_NONE)
            return fault;
        ret->scale -= exponent;
    }
    return wh_skip_space(at, end) == end ? WH_FAULT_NONE : WH_FAULT_SYNTAX;
}

/* At most SMALL_DIGITS digits, with a point somewhere. */
static wh_uint128 read_small(const struct scanned *scanned)
{
    uint64_t words[2] = {0, 0};
    int taken = 0;
    for (const char *at = scanned->first; at < scanned->last; at++) {
        if (*at == '.')
            continue;
        uint64_t *word = &words[taken >= WORD_DIGITS];
        *word = *word * 10 + (uint64_t)(*at - '0');
        taken++;
    }
    if (taken <= WORD_DIGITS)
        return words[0];
    return words[0] * wh_power_of_10(taken - WORD_DIGITS) + words[1];
}

/* Digits into limbs, from the last one on, which stands for 10^zeros. */
static enum wh_fault read_big(const struct scanned *scanned, size_t zeros, struct wh_arena *arena,
                              struct wh_natural *ret)
{
    size_t count = (scanned->digits + zeros + WH_LIMB_DIGITS - 1) / WH_LIMB_DIGITS;
    uint32_t *limbs = wh_arena_array(arena, count, sizeof(*limbs));
    if (limbs == NULL)
        return WH_FAULT_NO_MEMORY;
    size_t place = zeros;
    for (const char *at = scanned->last; at > scanned->first; at--) {
        if (at[-1] == '.')
            continue;
        limbs[place / WH_LIMB_DIGITS] +=
            (uint32_t)(at[-1] - '0') * wh_limb_power(place % WH_LIMB_DIGITS);
        place++;
    }
    *ret = (struct wh_natural){limbs, count};
    return WH_FAULT_NONE;
}

static enum wh_fault make(const struct scanned *scanned, struct wh_arena *arena,
                          struct wh_numeric *ret)
{
    long zeros = scanned->scale < 0 ? -scanned->scale : 0;
    long scale = scanned->scale > 0 ? scanned->scale : 0;
    if (scale > WH_NUMERIC_MAX_SCALE)
        return WH_FAULT_RANGE;
    if (scanned->first == NULL) {
        *ret = wh_numeric_make_small(false, 0, (int)scale);
        return WH_FAULT_NONE;
    }
    long digits = (long)scanned->digits + zeros;
    if (digits - scale > WH_NUMERIC_MAX_INTEGER_DIGITS)
        return WH_FAULT_RANGE;
    if (digits <= SMALL_DIGITS) {
        wh_uint128 magnitude = read_small(scanned) * wh_power_of_10((int)zeros);
        *ret = wh_numeric_make_small(scanned->is_negative, magnitude, (int)scale);
        return WH_FAULT_NONE;
    }
    struct wh_natural magnitude;
    enum wh_fault fault = read_big(scanned, (size_t)zeros, arena, &magnitude);
    if (fault != WH_FAULT_NONE)
        return fault;
    return wh_numeric_make(scanned->is_negative, magnitude, scale, ret);
}

static bool read_special(struct wh_str text, struct wh_numeric *ret)
{
    static const struct {
        const char *word;
        enum wh_numeric_form form;
    } words[] = {
        {"nan", WH_NUMERIC_NAN},
        {"infinity", WH_NUMERIC_INFINITY},
        {"+infinity", WH_NUMERIC_INFINITY},
        {"-infinity", WH_NUMERIC_MINUS_INFINITY},
        {"inf", WH_NUMERIC_INFINITY},
        {"+inf", WH_NUMERIC_INFINITY},
        {"-inf", WH_NUMERIC_MINUS_INFINITY},
    };
    struct wh_str word = wh_str_trim(text);
    for (size_t i = 0; i < WH_COUNT_OF(words); i++) {
        if (!wh_str_equal_ascii_fold(word, wh_str_from(words[i].word)))
            continue;
        *ret = wh_numeric_special(words[i].form);
        return true;
    }
    return false;
}

enum wh_fault wh_numeric_parse(struct wh_str text, struct wh_arena *arena, struct wh_numeric *ret)
{
    struct scanned scanned;
    enum wh_fault fault = scan(text, &scanned);
    if (fault == WH_FAULT_SYNTAX && read_special(text, ret))
        return WH_FAULT_NONE;
    return fault == WH_FAULT_NONE ? make(&scanned, arena, ret) : fault;
}

/* ---- printing -------------------------------------------------------------------------------- */

static struct wh_str special_text(const struct wh_numeric *value)
{
    if (value->form == WH_NUMERIC_NAN)
        return WH_STR("NaN");
    return value->form == WH_NUMERIC_INFINITY ? WH_STR("Infinity") : WH_STR("-Infinity");
}

static size_t count_digits(const struct wh_numeric *value)
{
    if (wh_numeric_is_small(value))
        return (size_t)wh_uint_digits(wh_numeric_small_magnitude(value));
    return wh_natural_digits(
        (struct wh_natural){value->value.big.limbs, value->value.big.limb_count});
}

size_t wh_numeric_print_size(const struct wh_numeric *value)
{
    if (!wh_numeric_is_finite(value))
        return special_text(value).len;
    size_t digits = WH_MAX(count_digits(value), (size_t)value->scale + 1);
    return digits + (value->scale > 0) + (wh_numeric_sign(value) < 0);
}

/* The coefficient's digits, none for zero; returns what is behind them. */
static char *put_coefficient(char *at, const struct wh_numeric *value, size_t digits)
{
    if (wh_numeric_is_small(value)) {
        wh_uint128 magnitude = wh_numeric_small_magnitude(value);
        if (digits <= WORD_DIGITS)
            return wh_put_digits(at, (uint64_t)magnitude, digits);
        const wh_uint128 split = wh_power_of_10(WORD_DIGITS);
        at = wh_put_digits(at, (uint64_t)(magnitude / split), digits - WORD_DIGITS);
        return wh_put_digits(at, (uint64_t)(magnitude % split), WORD_DIGITS);
    }
    const uint32_t *limbs = value->value.big.limbs;
    size_t last = value->value.big.limb_count - 1;
    at = wh_put_uint(at, limbs[last]);
    for (size_t i = last; i > 0; i--)
        at = wh_put_digits(at, limbs[i - 1], WH_LIMB_DIGITS);
    return at;
}

/* What almost every value is: digits and scale within one word. */
static size_t print_word(uint64_t magnitude, int scale, char *at, char *room)
{
    if (scale == 0)
        return (size_t)(wh_put_uint(at, magnitude) - room);
    uint64_t unit = (uint64_t)wh_power_of_10(scale);
    at = wh_put_uint(at, magnitude / unit);
    *at++ = '.';
    return (size_t)(wh_put_digits(at, magnitude % unit, (size_t)scale) - room);
}

size_t wh_numeric_print(const struct wh_numeric *value, char *room)
{
    if (!wh_numeric_is_finite(value)) {
        struct wh_str text = special_text(value);
        memcpy(room, text.ptr, text.len);
        return text.len;
    }
    char *at = room;
    size_t scale = value->scale;
    if (wh_numeric_sign(value) < 0)
        *at++ = '-';
    if (wh_numeric_is_small(value) && scale <= WORD_DIGITS &&
        wh_numeric_small_magnitude(value) <= UINT64_MAX)
        return print_word((uint64_t)wh_numeric_small_magnitude(value), (int)scale, at, room);

    size_t digits = count_digits(value);
    if (digits <= scale) {
        *at++ = '0';
        *at++ = '.';
        memset(at, '0', scale - digits);
        return (size_t)(put_coefficient(at + (scale - digits), value, digits) - room);
    }
    char *end = put_coefficient(at, value, digits);
    if (scale > 0) {
        memmove(end - scale + 1, end - scale, scale);
        end[-(ptrdiff_t)scale] = '.';
        end++;
    }
    return (size_t)(end - room);
}

struct wh_str wh_numeric_shortest(struct wh_str printed)
{
    size_t len = printed.len;
    if (len == 0 || memchr(printed.ptr, '.', len) == NULL)
        return printed;
    while (printed.ptr[len - 1] == '0')
        len--;
    return wh_str_make(printed.ptr, len - (printed.ptr[len - 1] == '.'));
}
