/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text to the nearest double, halves to even, whatever the locale.
 *
 * Short decimals are exact in one multiplication (W. D. Clinger, 1990); other ones of up to
 * 19 digits go the way of D. Lemire, "Number Parsing at a Gigabyte per Second" (2021); what
 * that cannot decide is written down without a decimal point, which depends on the locale,
 * and given to the C library.
 */
#include "data/text.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "data/digits.h"
#include "data/powers_of_5.h"

enum {
    DIGITS_KEPT = 19,    /* that fit 64 bits */
    DIGITS_MAX = 800,    /* more cannot change what a double is, but for being there at all */
    EXPONENT_MAX = 99999 /* larger ones are all the same */
};

/* What a text says: digits × 10^exponent. */
struct scanned {
    const char *first; /* first digit that is not 0, and the end of the digits */
    const char *last;
    uint64_t digits; /* the first DIGITS_KEPT of them */
    int count;       /* of all digits from the first that is not 0 */
    int exponent;    /* of the last digit kept in `digits` */
    bool is_negative;
};

/* ---- reading --------------------------------------------------------------------------------- */

/* Digits with at most one point among them. */
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
        if (ret->count == 0 && *at != '0')
            ret->first = at;
        if (ret->first != NULL && ret->count < INT32_MAX)
            ret->count++;
        if (ret->count <= DIGITS_KEPT) {
            ret->digits = ret->digits * 10 + (uint64_t)(*at - '0');
            ret->exponent -= point != NULL;
        } else {
            ret->exponent += point == NULL;
        }
    }
    ret->last = at;
    return seen > 0 ? at : NULL;
}

/* The part behind an e; NULL where there are no digits in it. */
static const char *scan_exponent(const char *at, const char *end, int *ret)
{
    bool is_negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    const char *digits = at;
    int value = 0;
    for (; at < end && wh_is_digit(*at); at++)
        value = WH_MIN(value * 10 + (*at - '0'), EXPONENT_MAX);
    *ret = is_negative ? -value : value;
    return at > digits ? at : NULL;
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
        int exponent;
        at = scan_exponent(at + 1, end, &exponent);
        if (at == NULL)
            return WH_FAULT_SYNTAX;
        ret->exponent += exponent;
    }
    return wh_skip_space(at, end) == end ? WH_FAULT_NONE : WH_FAULT_SYNTAX;
}

/* NaN and the infinities, in any case of letters. */
static bool read_special(struct wh_str text, double *ret)
{
    static const struct {
        const char *word;
        double value;
    } words[] = {
        {"nan", (double)NAN},
        {"infinity", (double)INFINITY},
        {"+infinity", (double)INFINITY},
        {"-infinity", -(double)INFINITY},
        {"inf", (double)INFINITY},
        {"+inf", (double)INFINITY},
        {"-inf", -(double)INFINITY},
    };
    struct wh_str word = wh_str_trim(text);
    for (size_t i = 0; i < WH_COUNT_OF(words); i++) {
        if (!wh_str_equal_ascii_fold(word, wh_str_from(words[i].word)))
            continue;
        *ret = words[i].value;
        return true;
    }
    return false;
}

/* ---- deciding -------------------------------------------------------------------------------- */

/* Both numbers and the power are exact doubles, so one operation rounds once. */
static bool decide_short(const struct scanned *scanned, double *ret)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (scanned->count > DIGITS_KEPT || scanned->digits > UINT64_C(1) << 53 ||
        scanned->exponent < -22 || scanned->exponent > 22)
        return false;
    double digits = (double)scanned->digits;
    *ret = scanned->exponent < 0 ? digits / powers[-scanned->exponent]
                                 : digits * powers[scanned->exponent];
    return true;
}

/* The 128 leading bits of digits × 5^exponent; @p digits has its highest bit set. */
static wh_uint128 leading_bits(uint64_t digits, int exponent)
{
    struct wh_power_of_5 power = wh_power_of_5(exponent);
    /* Lemire's table rounds these up: their product with 64 bits is then exact where it matters. */
    if (exponent < 0 && exponent >= -27) {
        power.low++;
        power.high += power.low == 0;
    }
    wh_uint128 product = (wh_uint128)digits * power.high;
    /* Nine bits below those that are kept decide the rounding, unless they are all ones. */
    if (((uint64_t)(product >> 64) & 0x1FF) == 0x1FF)
        product += (uint64_t)((wh_uint128)digits * power.low >> 64);
    return product;
}

static double assemble(uint64_t fraction, int biased)
{
    uint64_t bits = (uint64_t)biased << 52 | (fraction & ((UINT64_C(1) << 52) - 1));
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* The double nearest to digits × 10^exponent; false where 128 bits cannot tell. */
static bool decide_by_product(uint64_t digits, int exponent, double *ret)
{
    if (exponent < WH_POWER_OF_5_MIN || exponent > 308)
        return false;
    int zeros = __builtin_clzll(digits);
    wh_uint128 product = leading_bits(digits << zeros, exponent);
    uint64_t high = (uint64_t)(product >> 64);
    uint64_t low = (uint64_t)product;
    if (low == UINT64_MAX && (exponent < -27 || exponent > 55))
        return false;
    int upper = (int)(high >> 63);
    int shift = upper + 9;
    uint64_t mantissa = high >> shift; /* 54 bits: one more than a double has */
    int biased = (((152170 + 65536) * exponent) >> 16) + 63 + upper - zeros + 1023;
    if (biased <= 0 || biased >= 0x7FE)
        return false; /* the ends of the range are rare */
    if (low <= 1 && exponent >= -4 && exponent <= 23 && (mantissa & 3) == 1 &&
        mantissa << shift == high)
        mantissa &= ~UINT64_C(1); /* exactly half way: to even */
    mantissa = (mantissa + (mantissa & 1)) >> 1;
    bool carries = mantissa >> 53 != 0;
    *ret = carries ? assemble(0, biased + 1) : assemble(mantissa, biased);
    return true;
}

static bool decide_long(const struct scanned *scanned, double *ret)
{
    if (!decide_by_product(scanned->digits, scanned->exponent, ret))
        return false;
    if (scanned->count <= DIGITS_KEPT)
        return true;
    /* Digits were cut off: the answer holds if it is the same for the next larger number. */
    double above;
    return decide_by_product(scanned->digits + 1, scanned->exponent, &above) &&
           !(*ret < above || *ret > above);
}

/* The number without a point, and with at most DIGITS_MAX digits: enough for strtod() to be exact.
 * A digit behind them stands for all that were cut off. */
static void write_plain(const struct scanned *scanned, char *room)
{
    char *at = room;
    int taken = 0;
    bool is_cut = false;
    for (const char *from = scanned->first; from < scanned->last; from++) {
        if (*from == '.')
            continue;
        if (taken < DIGITS_MAX) {
            *at++ = *from;
            taken++;
        } else {
            is_cut |= *from != '0';
        }
    }
    int exponent = scanned->exponent + WH_MIN(scanned->count, DIGITS_KEPT) - taken;
    if (is_cut) {
        *at++ = '1';
        exponent--;
    }
    *at++ = 'e';
    *at++ = exponent < 0 ? '-' : '+';
    at = wh_put_uint(at, (uint64_t)(exponent < 0 ? -(int64_t)exponent : exponent));
    *at = '\0';
}

enum { PLAIN_SIZE = DIGITS_MAX + 32 };

/* The C locale: glibc has it ready, so it is neither made nor freed. */
static double read_plain(const char *text, bool is_float)
{
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    double value =
        is_float ? (double)strtof_l(text, NULL, c_locale) : strtod_l(text, NULL, c_locale);
    freelocale(c_locale);
    return value;
}

static enum wh_fault finish(double value, bool is_negative, double *ret)
{
    if (isinf(value) || fpclassify(value) == FP_ZERO)
        return WH_FAULT_RANGE;
    *ret = is_negative ? -value : value;
    return WH_FAULT_NONE;
}

enum wh_fault wh_double_parse(struct wh_str text, double *ret)
{
    struct scanned scanned;
    enum wh_fault fault = scan(text, &scanned);
    if (fault != WH_FAULT_NONE)
        return read_special(text, ret) ? WH_FAULT_NONE : fault;
    if (scanned.digits == 0) {
        *ret = scanned.is_negative ? -0.0 : 0.0;
        return WH_FAULT_NONE;
    }
    double value;
    if (!decide_short(&scanned, &value) && !decide_long(&scanned, &value)) {
        char plain[PLAIN_SIZE];
        write_plain(&scanned, plain);
        value = read_plain(plain, false);
    }
    return finish(value, scanned.is_negative, ret);
}

enum wh_fault wh_float_parse(struct wh_str text, double *ret)
{
    struct scanned scanned;
    enum wh_fault fault = scan(text, &scanned);
    if (fault != WH_FAULT_NONE)
        return read_special(text, ret) ? WH_FAULT_NONE : fault;
    if (scanned.digits == 0) {
        *ret = scanned.is_negative ? -0.0 : 0.0;
        return WH_FAULT_NONE;
    }
    /* Rounding to double first and to float then could round twice the same way. */
    char plain[PLAIN_SIZE];
    write_plain(&scanned, plain);
    return finish(read_plain(plain, true), scanned.is_negative, ret);
}
