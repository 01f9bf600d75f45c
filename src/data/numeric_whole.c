/* SPDX-License-Identifier: Apache-2.0 */
/* What is computed with whole numbers of any size: divisors, multiples, factorials. */
#include <string.h>

#include "data/decimal.h"
#include "data/numeric_parts.h"

/* ---- quotients ------------------------------------------------------------------------------- */

/* a / b cut: (a - a mod b) / b, whose scale is 0. */
static enum wh_fault divide_whole(const struct wh_numeric *a, const struct wh_numeric *b,
                                  struct wh_arena *arena, struct wh_numeric *ret)
{
    WH_CLEANUP(wh_computation_release) struct wh_computation work;
    wh_computation_init(&work);
    struct wh_numeric rest;
    struct wh_numeric multiple;
    enum wh_fault fault = wh_numeric_remainder(a, b, &work.arena, &rest);
    if (fault == WH_FAULT_NONE)
        fault = wh_numeric_subtract(a, &rest, &work.arena, &multiple);
    if (fault != WH_FAULT_NONE)
        return fault;
    struct wh_decimal quotient = wh_decimal_divide(&work, wh_decimal_from_numeric(&work, &multiple),
                                                   wh_decimal_from_numeric(&work, b), 0);
    return wh_decimal_to_numeric(&work, quotient, arena, ret);
}

enum wh_fault wh_numeric_quotient(const struct wh_numeric *a, const struct wh_numeric *b,
                                  struct wh_arena *arena, struct wh_numeric *ret)
{
    /* What it gives for infinities and zero, division gives. */
    if (!wh_numeric_is_finite(a) || !wh_numeric_is_finite(b) || wh_numeric_sign(b) == 0)
        return wh_numeric_divide(a, b, arena, ret);
    return divide_whole(a, b, arena, ret);
}

/* ---- divisors and multiples ------------------------------------------------------------------ */

static enum wh_fault absolute(const struct wh_numeric *a, struct wh_arena *arena,
                              struct wh_numeric *ret)
{
    *ret = *a;
    return wh_numeric_sign(a) < 0 ? wh_numeric_negate(a, arena, ret) : WH_FAULT_NONE;
}

/* One of Euclid's steps; the pair's numbers lie in arena [0], what they were in [1], which is
 * emptied: there may be hundreds of thousands of steps. */
static enum wh_fault divide_pair(struct wh_numeric pair[2], struct wh_arena arenas[2])
{
    struct wh_numeric rest;
    struct wh_arena kept = arenas[1];
    wh_arena_reset(&kept, SIZE_MAX);
    arenas[1] = arenas[0];
    arenas[0] = kept;
    enum wh_fault fault = wh_numeric_remainder(&pair[0], &pair[1], &arenas[0], &rest);
    if (fault == WH_FAULT_NONE)
        fault = wh_numeric_copy(&pair[1], &arenas[0], &pair[0]);
    pair[1] = rest;
    return fault;
}

/* Euclid's algorithm: the last remainder that is not zero. */
static enum wh_fault find_divisor(const struct wh_numeric *a, const struct wh_numeric *b,
                                  struct wh_arena *arena, struct wh_numeric *ret)
{
    struct wh_numeric pair[] = {*a, *b};
    struct wh_arena arenas[2];
    struct wh_numeric scaled;
    enum wh_fault fault = WH_FAULT_NONE;
    wh_arena_init(&arenas[0]);
    wh_arena_init(&arenas[1]);
    while (fault == WH_FAULT_NONE && wh_numeric_sign(&pair[1]) != 0)
        fault = divide_pair(pair, arenas);
    if (fault == WH_FAULT_NONE)
        fault = wh_numeric_round(&pair[0], WH_MAX(a->scale, b->scale), &arenas[0], &scaled);
    if (fault == WH_FAULT_NONE)
        fault = absolute(&scaled, &arenas[0], &scaled);
    if (fault == WH_FAULT_NONE)
        fault = wh_numeric_copy(&scaled, arena, ret);
    wh_arena_release(&arenas[0]);
    wh_arena_release(&arenas[1]);
    return fault;
}

enum wh_fault wh_numeric_gcd(const struct wh_numeric *a, const struct wh_numeric *b,
                             struct wh_arena *arena, struct wh_numeric *ret)
{
    WH_CLEANUP(wh_computation_release) struct wh_computation work;
    wh_computation_init(&work);
    struct wh_numeric divisor = wh_numeric_special(WH_NUMERIC_NAN);
    enum wh_fault fault = WH_FAULT_NONE;
    if (wh_numeric_is_finite(a) && wh_numeric_is_finite(b))
        fault = find_divisor(a, b, &work.arena, &divisor);
    return fault == WH_FAULT_NONE ? wh_numeric_copy(&divisor, arena, ret) : fault;
}

/* a / gcd × b; zero where one of them is. */
static enum wh_fault find_multiple(const struct wh_numeric *a, const struct wh_numeric *b,
                                   struct wh_arena *arena, struct wh_numeric *ret)
{
    int scale = WH_MAX(a->scale, b->scale);
    if (wh_numeric_sign(a) == 0 || wh_numeric_sign(b) == 0) {
        *ret = wh_numeric_make_small(false, 0, scale);
        return WH_FAULT_NONE;
    }
    struct wh_numeric value;
    enum wh_fault fault = find_divisor(a, b, arena, &value);
    if (fault == WH_FAULT_NONE)
        fault = wh_numeric_quotient(a, &value, arena, &value);
    if (fault == WH_FAULT_NONE)
        fault = wh_numeric_multiply(&value, b, arena, &value);
    if (fault == WH_FAULT_NONE)
        fault = wh_numeric_round(&value, scale, arena, &value);
    return fault == WH_FAULT_NONE ? absolute(&value, arena, ret) : fault;
}

enum wh_fault wh_numeric_lcm(const struct wh_numeric *a, const struct wh_numeric *b,
                             struct wh_arena *arena, struct wh_numeric *ret)
{
    WH_CLEANUP(wh_computation_release) struct wh_computation work;
    wh_computation_init(&work);
    struct wh_numeric multiple = wh_numeric_special(WH_NUMERIC_NAN);
    enum wh_fault fault = WH_FAULT_NONE;
    if (wh_numeric_is_finite(a) && wh_numeric_is_finite(b))
        fault = find_multiple(a, b, &work.arena, &multiple);
    return fault == WH_FAULT_NONE ? wh_numeric_copy(&multiple, arena, ret) : fault;
}

/* ---- factorials ------------------------------------------------------------------------------ */

/* The largest one has 130,270 digits. */
enum { MAX_FACTORIAL = 32177, FACTORIAL_LIMBS = 15000 };

static size_t multiply_in_place(uint32_t *limbs, size_t count, uint32_t factor)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t limb = (uint64_t)limbs[i] * factor + carry;
        limbs[i] = (uint32_t)(limb % WH_LIMB_BASE);
        carry = limb / WH_LIMB_BASE;
    }
    if (carry != 0)
        limbs[count++] = (uint32_t)carry;
    return count;
}

enum wh_fault wh_numeric_factorial(int64_t n, struct wh_arena *arena, struct wh_numeric *ret)
{
    static const uint32_t max_factor = 30000;
    uint32_t limbs[FACTORIAL_LIMBS] = {1};
    size_t count = 1;
    uint32_t factor = 1;
    if (n < 0 || n > MAX_FACTORIAL)
        return WH_FAULT_RANGE;
    for (uint32_t i = 2; i <= n; i++) {
        factor *= i;
        if (factor < max_factor && i < n)
            continue;
        count = multiply_in_place(limbs, count, factor);
        factor = 1;
    }
    struct wh_numeric value;
    enum wh_fault fault = wh_numeric_make(false, (struct wh_natural){limbs, count}, 0, &value);
    return fault == WH_FAULT_NONE ? wh_numeric_copy(&value, arena, ret) : fault;
}
