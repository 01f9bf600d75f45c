/* SPDX-License-Identifier: Apache-2.0 */
/** Decimal digits, two at a time. Inside data/ only. */
#ifndef WH_DATA_DIGITS_H
#define WH_DATA_DIGITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** "00" to "99". */
extern const char wh_digit_pairs[200];

/** 10 to the power of 0 … 19: all that 64 bits hold. */
extern const uint64_t wh_powers_of_10[20];

/** Writes the two digits of @p value, below 100; returns where the next byte goes. */
static inline char *wh_put_2_digits(char *at, uint32_t value)
{
    memcpy(at, wh_digit_pairs + (size_t)value * 2, 2);
    return at + 2;
}

/** Writes the four digits of @p value, below 10000. */
static inline char *wh_put_4_digits(char *at, uint32_t value)
{
    return wh_put_2_digits(wh_put_2_digits(at, value / 100), value % 100);
}

/** Writes @p value in exactly @p width digits, with leading zeros; returns what is behind them. */
char *wh_put_digits(char *at, uint64_t value, size_t width);

/** Writes @p value without leading zeros: at most 20 digits. Returns what is behind them. */
char *wh_put_uint(char *at, uint64_t value);

/** How many digits @p value has: 1 for 0. */
size_t wh_count_digits(uint64_t value);

static inline bool wh_is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/** C's isspace() without a locale: what PostgreSQL's input functions skip. */
static inline bool wh_is_space(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static inline const char *wh_skip_space(const char *at, const char *end)
{
    while (at < end && wh_is_space(*at))
        at++;
    return at;
}

#endif
