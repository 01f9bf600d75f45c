/* SPDX-License-Identifier: Apache-2.0 */
#include "data/wide.h"

/* Zero bits in front of the leading one. */
static unsigned leading_zeros(wh_uint128 value)
{
    uint64_t high = (uint64_t)(value >> 64);
    return (unsigned)(high != 0 ? __builtin_clzll(high) : 64 + __builtin_clzll((uint64_t)value));
}

/* a / b, which fits 64 bits, and what is left. One instruction, where there is one: the compiler
 * calls a function that looks for shorter ways first. */
static uint64_t divide_by_word(wh_uint128 a, uint64_t b, uint64_t *ret_rest)
{
#ifdef __x86_64__
    uint64_t quotient;
    __asm__("divq %4"
            : "=a"(quotient), "=d"(*ret_rest)
            : "a"((uint64_t)a), "d"((uint64_t)(a >> 64)), "r"(b)
            : "cc");
    return quotient;
#else
    *ret_rest = (uint64_t)(a % b);
    return (uint64_t)(a / b);
#endif
}

/* The next 64 bits of a quotient: of *rest and @p next behind it, divided by @p divisor,
 * which is above *rest and has its top bit set. Knuth, The Art of Computer Programming,
 * volume 2, 4.3.1, algorithm D. */
static uint64_t next_word(wh_uint128 *rest, uint64_t next, wh_uint128 divisor)
{
    uint64_t top = (uint64_t)(divisor >> 64);
    uint64_t bottom = (uint64_t)divisor;
    uint64_t word = UINT64_MAX;
    uint64_t word_rest;
    wh_uint128 left = *rest - (wh_uint128)word * top;
    if ((uint64_t)(*rest >> 64) < top) {
        word = divide_by_word(*rest, top, &word_rest);
        left = word_rest;
    }
    wh_uint128 guess = word;
    while (left <= UINT64_MAX && guess * bottom > (left << 64 | next)) {
        guess--;
        left += top;
    }
    *rest = (*rest << 64 | next) - guess * divisor;
    return (uint64_t)guess;
}

wh_uint128 wh_wide_divide(struct wh_uint256 a, wh_uint128 b, wh_uint128 *ret_rest)
{
    unsigned shift = leading_zeros(b);
    wh_uint128 rest = shift > 0 ? a.high << shift | a.low >> (128 - shift) : a.high;
    wh_uint128 low = a.low << shift;
    wh_uint128 divisor = b << shift;
    wh_uint128 high_word = next_word(&rest, (uint64_t)(low >> 64), divisor);
    wh_uint128 quotient = high_word << 64 | next_word(&rest, (uint64_t)low, divisor);
    *ret_rest = rest >> shift;
    return quotient;
}
