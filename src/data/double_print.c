/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shortest decimal that reads back as the same binary number; among the shortest the nearest.
 *
 * Algorithm: Raffaello Giulietti, "The Schubfach way to render doubles" (2020). As PostgreSQL does,
 * the ends of the interval that rounds to the number are left out, so that the text also reads back
 * where halves are not rounded to even: 1e23 prints as 9.999999999999999e+22.
 */
#include "data/text.h"

#include <math.h>
#include <string.h>

#include "base/macros.h"
#include "data/digits.h"
#include "data/powers_of_5.h"

/* significand × 2^exponent; is_power: the number below is only half as far as the one above. */
struct binary {
    uint64_t significand;
    int exponent;
    bool is_power;
};

/* digits × 10^exponent. */
struct decimal {
    uint64_t digits;
    int exponent;
};

/* ⌊log10(2^e)⌋, or of 3/4 × 2^e; exact for |e| below 1650. Shifts of negative numbers floor. */
static int log10_of_power_of_2(int e, bool is_three_quarters)
{
    return (e * 1262611 - (is_three_quarters ? 524031 : 0)) >> 22;
}

/* ⌊log2(10^e)⌋, exact for |e| below 1233. */
static int log2_of_power_of_10(int e)
{
    return (e * 1741647) >> 19;
}

/* The upper 64 bits of factor × power / 2^128, its last bit set where anything was cut off. */
static uint64_t scale_to_odd(struct wh_power_of_5 power, uint64_t factor)
{
    wh_uint128 low = (wh_uint128)power.low * factor;
    wh_uint128 product = (wh_uint128)power.high * factor + (uint64_t)(low >> 64);
    return (uint64_t)(product >> 64) | ((uint64_t)product > 1);
}

/* 5^e, rounded up. */
static struct wh_power_of_5 power_rounded_up(int e)
{
    struct wh_power_of_5 power = wh_power_of_5(e);
    if (e < 0 || e > 55) {
        power.low++;
        power.high += power.low == 0;
    }
    return power;
}

/* A whole number below 2^53 is its own shortest form but for trailing zeros. */
static bool is_small_integer(struct binary value)
{
    int shift = -value.exponent;
    return shift >= 0 && shift < 53 && (value.significand & ((UINT64_C(1) << shift) - 1)) == 0 &&
           value.significand >> shift != 0;
}

static struct decimal shortest(struct binary value)
{
    if (is_small_integer(value))
        return (struct decimal){value.significand >> -value.exponent, 0};
    int k = log10_of_power_of_2(value.exponent, value.is_power);
    int shift = value.exponent + log2_of_power_of_10(-k) + 1;
    struct wh_power_of_5 power = power_rounded_up(-k);
    /* The number and the ends of its interval in quarters of 10^k. */
    uint64_t quarters = value.significand * 4;
    uint64_t middle = scale_to_odd(power, quarters << shift);
    uint64_t lower = scale_to_odd(power, (quarters - 2 + value.is_power) << shift) + 1;
    uint64_t upper = scale_to_odd(power, (quarters + 2) << shift) - 1;

    uint64_t whole = middle / 4;
    if (whole >= 10) { /* one digit less, where exactly one such decimal lies inside */
        uint64_t tens = whole / 10;
        bool is_below_inside = lower <= tens * 40;
        bool is_above_inside = tens * 40 + 40 <= upper;
        if (is_below_inside != is_above_inside)
            return (struct decimal){tens + is_above_inside, k + 1};
    }
    bool is_below_inside = lower <= whole * 4;
    bool is_above_inside = whole * 4 + 4 <= upper;
    if (is_below_inside != is_above_inside)
        return (struct decimal){whole + is_above_inside, k};
    uint64_t half = whole * 4 + 2;
    bool rounds_up = middle > half || (middle == half && (whole & 1) != 0);
    return (struct decimal){whole + rounds_up, k};
}

/* ---- layout ---------------------------------------------------------------------------------- */

static char *put_zeros(char *at, int count)
{
    memset(at, '0', (size_t)count);
    return at + count;
}

/* Digits with a point behind the first @p whole of them; no point where that is all. */
static char *put_with_point(char *at, uint64_t digits, int count, int whole)
{
    char *end = wh_put_digits(at, digits, (size_t)count);
    if (whole >= count)
        return end;
    memmove(at + whole + 1, at + whole, (size_t)(count - whole));
    at[whole] = '.';
    return end + 1;
}

static char *put_exponent(char *at, int exponent)
{
    unsigned magnitude = (unsigned)(exponent < 0 ? -exponent : exponent);
    *at++ = 'e';
    *at++ = exponent < 0 ? '-' : '+';
    if (magnitude >= 100)
        *at++ = (char)('0' + magnitude / 100);
    return wh_put_2_digits(at, magnitude % 100);
}

/* PostgreSQL's layout: with exponent below 10^-4 and from 10^fixed_digits on. */
static char *put_decimal(char *at, struct decimal value, int fixed_digits)
{
    while (value.digits % 10 == 0) {
        value.digits /= 10;
        value.exponent++;
    }
    int count = (int)wh_count_digits(value.digits);
    int leading = count + value.exponent - 1; /* the power of ten of the first digit */
    if (leading < -4 || leading >= fixed_digits)
        return put_exponent(put_with_point(at, value.digits, count, 1), leading);
    if (value.exponent >= 0)
        return put_zeros(wh_put_digits(at, value.digits, (size_t)count), value.exponent);
    if (leading >= 0)
        return put_with_point(at, value.digits, count, leading + 1);
    *at++ = '0';
    *at++ = '.';
    return wh_put_digits(put_zeros(at, -leading - 1), value.digits, (size_t)count);
}

static size_t put_text(char *room, const char *text)
{
    size_t length = strlen(text);
    memcpy(room, text, length);
    return length;
}

/* What is not a finite number above zero; false where it is. */
static bool put_special(double value, char *room, size_t *ret_len)
{
    bool is_negative = signbit(value) != 0;
    if (isnan(value))
        *ret_len = put_text(room, "NaN");
    else if (isinf(value))
        *ret_len = put_text(room, is_negative ? "-Infinity" : "Infinity");
    else if (fpclassify(value) == FP_ZERO)
        *ret_len = put_text(room, is_negative ? "-0" : "0");
    else
        return false;
    return true;
}

size_t wh_double_print(double value, char *room)
{
    size_t length;
    if (put_special(value, room, &length))
        return length;
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    int biased = (int)(bits >> 52 & 0x7FF);
    struct binary binary = {
        .significand = biased == 0 ? fraction : fraction | UINT64_C(1) << 52,
        .exponent = WH_MAX(biased, 1) - 1075,
        .is_power = fraction == 0 && biased > 1,
    };
    char *at = room;
    if (bits >> 63 != 0)
        *at++ = '-';
    return (size_t)(put_decimal(at, shortest(binary), 15) - room);
}

size_t wh_float_print(double value, char *room)
{
    float narrow = (float)value; /* a value that no float4 holds may become 0 or infinite */
    size_t length;
    if (put_special((double)narrow, room, &length))
        return length;
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof(bits));
    uint32_t fraction = bits & ((1u << 23) - 1);
    int biased = (int)(bits >> 23 & 0xFF);
    struct binary binary = {
        .significand = biased == 0 ? fraction : fraction | 1u << 23,
        .exponent = WH_MAX(biased, 1) - 150,
        .is_power = fraction == 0 && biased > 1,
    };
    char *at = room;
    if (bits >> 31 != 0)
        *at++ = '-';
    return (size_t)(put_decimal(at, shortest(binary), 6) - room);
}
