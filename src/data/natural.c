/* SPDX-License-Identifier: Apache-2.0 */
#include "data/natural.h"

#include <math.h>
#include <string.h>

#include "data/digits.h"

static const uint32_t powers[WH_LIMB_DIGITS + 1] = {
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000,
};

uint32_t wh_limb_power(size_t exponent)
{
    return powers[exponent];
}

static uint32_t *new_limbs(struct wh_arena *arena, size_t count)
{
    return wh_arena_array(arena, count, sizeof(uint32_t));
}

/* Without the zeros at the top. */
static struct wh_natural trimmed(const uint32_t *limbs, size_t count)
{
    while (count > 0 && limbs[count - 1] == 0)
        count--;
    return (struct wh_natural){limbs, count};
}

/* ---- looking --------------------------------------------------------------------------------- */

struct wh_natural wh_natural_from_uint(wh_uint128 value, uint32_t room[WH_SMALL_LIMBS])
{
    for (size_t i = 0; i < WH_SMALL_LIMBS; i++) {
        room[i] = (uint32_t)(value % WH_LIMB_BASE);
        value /= WH_LIMB_BASE;
    }
    return trimmed(room, WH_SMALL_LIMBS);
}

bool wh_natural_to_uint(struct wh_natural a, wh_uint128 *ret)
{
    if (wh_natural_digits(a) > 38)
        return false;
    wh_uint128 value = 0;
    for (size_t i = a.count; i > 0; i--)
        value = value * WH_LIMB_BASE + a.limbs[i - 1];
    *ret = value;
    return true;
}

int wh_natural_compare(struct wh_natural a, struct wh_natural b)
{
    if (a.count != b.count)
        return a.count < b.count ? -1 : 1;
    for (size_t i = a.count; i > 0; i--)
        if (a.limbs[i - 1] != b.limbs[i - 1])
            return a.limbs[i - 1] < b.limbs[i - 1] ? -1 : 1;
    return 0;
}

size_t wh_natural_digits(struct wh_natural a)
{
    if (a.count == 0)
        return 0;
    return (a.count - 1) * WH_LIMB_DIGITS + wh_count_digits(a.limbs[a.count - 1]);
}

unsigned wh_natural_digit(struct wh_natural a, size_t position)
{
    size_t limb = position / WH_LIMB_DIGITS;
    if (limb >= a.count)
        return 0;
    return a.limbs[limb] / powers[position % WH_LIMB_DIGITS] % 10;
}

size_t wh_natural_trailing_zeros(struct wh_natural a)
{
    size_t limb = 0;
    while (a.limbs[limb] == 0)
        limb++;
    size_t zeros = limb * WH_LIMB_DIGITS;
    for (uint32_t rest = a.limbs[limb]; rest % 10 == 0; rest /= 10)
        zeros++;
    return zeros;
}

/* ---- sums and products ----------------------------------------------------------------------- */

enum wh_fault wh_natural_add(struct wh_natural a, struct wh_natural b, struct wh_arena *arena,
                             struct wh_natural *ret)
{
    size_t count = WH_MAX(a.count, b.count) + 1;
    uint32_t *sum = new_limbs(arena, count);
    if (sum == NULL)
        return WH_FAULT_NO_MEMORY;
    uint32_t carry = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t limb = carry;
        limb += i < a.count ? a.limbs[i] : 0;
        limb += i < b.count ? b.limbs[i] : 0;
        carry = limb >= WH_LIMB_BASE;
        sum[i] = carry != 0 ? limb - WH_LIMB_BASE : limb;
    }
    *ret = trimmed(sum, count);
    return WH_FAULT_NONE;
}

enum wh_fault wh_natural_subtract(struct wh_natural a, struct wh_natural b, struct wh_arena *arena,
                                  struct wh_natural *ret)
{
    uint32_t *difference = new_limbs(arena, a.count);
    if (difference == NULL)
        return WH_FAULT_NO_MEMORY;
    uint32_t borrow = 0;
    for (size_t i = 0; i < a.count; i++) {
        uint32_t taken = (i < b.count ? b.limbs[i] : 0) + borrow;
        borrow = a.limbs[i] < taken;
        difference[i] = a.limbs[i] + (borrow != 0 ? WH_LIMB_BASE : 0) - taken;
    }
    *ret = trimmed(difference, a.count);
    return WH_FAULT_NONE;
}

/* limbs += a × factor, from limbs[0] on; there is room for the carry. */
static void add_product(uint32_t *limbs, struct wh_natural a, uint32_t factor)
{
    uint64_t carry = 0;
    size_t i = 0;
    for (; i < a.count; i++) {
        uint64_t limb = (uint64_t)a.limbs[i] * factor + limbs[i] + carry;
        limbs[i] = (uint32_t)(limb % WH_LIMB_BASE);
        carry = limb / WH_LIMB_BASE;
    }
    for (; carry != 0; i++) {
        uint64_t limb = limbs[i] + carry;
        limbs[i] = (uint32_t)(limb % WH_LIMB_BASE);
        carry = limb / WH_LIMB_BASE;
    }
}

enum wh_fault wh_natural_multiply(struct wh_natural a, struct wh_natural b, struct wh_arena *arena,
                                  struct wh_natural *ret)
{
    size_t count = a.count + b.count;
    uint32_t *product = new_limbs(arena, count);
    if (product == NULL)
        return WH_FAULT_NO_MEMORY;
    for (size_t i = 0; i < b.count; i++)
        add_product(product + i, a, b.limbs[i]);
    *ret = trimmed(product, count);
    return WH_FAULT_NONE;
}

enum wh_fault wh_natural_scale_up(struct wh_natural a, size_t power, struct wh_arena *arena,
                                  struct wh_natural *ret)
{
    size_t whole = power / WH_LIMB_DIGITS;
    size_t count = a.count + whole + 1;
    uint32_t *limbs = new_limbs(arena, count);
    if (limbs == NULL)
        return WH_FAULT_NO_MEMORY;
    add_product(limbs + whole, a, powers[power % WH_LIMB_DIGITS]);
    *ret = trimmed(limbs, count);
    return WH_FAULT_NONE;
}

/* ---- quotients ------------------------------------------------------------------------------- */

/* limbs / divisor in place; returns the remainder. */
static uint32_t divide_by_limb(uint32_t *limbs, size_t count, uint32_t divisor)
{
    uint64_t rest = 0;
    for (size_t i = count; i > 0; i--) {
        uint64_t value = rest * WH_LIMB_BASE + limbs[i - 1];
        limbs[i - 1] = (uint32_t)(value / divisor);
        rest = value % divisor;
    }
    return (uint32_t)rest;
}

enum wh_fault wh_natural_scale_down(struct wh_natural a, size_t power, struct wh_arena *arena,
                                    struct wh_natural *ret)
{
    size_t whole = power / WH_LIMB_DIGITS;
    if (whole >= a.count) {
        *ret = (struct wh_natural){NULL, 0};
        return WH_FAULT_NONE;
    }
    size_t count = a.count - whole;
    uint32_t *limbs = new_limbs(arena, count);
    if (limbs == NULL)
        return WH_FAULT_NO_MEMORY;
    memcpy(limbs, a.limbs + whole, count * sizeof(*limbs));
    divide_by_limb(limbs, count, powers[power % WH_LIMB_DIGITS]);
    *ret = trimmed(limbs, count);
    return WH_FAULT_NONE;
}

/* limbs -= divisor × digit over divisor.count + 1 limbs; true where that went below zero. */
static bool subtract_product(uint32_t *limbs, struct wh_natural divisor, uint64_t digit)
{
    uint64_t carry = 0;
    uint32_t borrow = 0;
    for (size_t i = 0; i <= divisor.count; i++) {
        uint64_t product = (i < divisor.count ? divisor.limbs[i] * digit : 0) + carry;
        uint32_t taken = (uint32_t)(product % WH_LIMB_BASE) + borrow;
        carry = product / WH_LIMB_BASE;
        borrow = limbs[i] < taken;
        limbs[i] = limbs[i] + (borrow != 0 ? WH_LIMB_BASE : 0) - taken;
    }
    return borrow != 0;
}

/* Undoes one divisor too many; the carry out of the top ends the borrow. */
static void add_back(uint32_t *limbs, struct wh_natural divisor)
{
    uint32_t carry = 0;
    for (size_t i = 0; i <= divisor.count; i++) {
        uint32_t limb = limbs[i] + (i < divisor.count ? divisor.limbs[i] : 0) + carry;
        carry = limb >= WH_LIMB_BASE;
        limbs[i] = carry != 0 ? limb - WH_LIMB_BASE : limb;
    }
}

/* One limb of the quotient: a guess from the top limbs, which is at most two too large. */
static uint32_t quotient_limb(uint32_t *limbs, struct wh_natural divisor)
{
    size_t n = divisor.count;
    uint64_t top = (uint64_t)limbs[n] * WH_LIMB_BASE + limbs[n - 1];
    uint64_t guess = top / divisor.limbs[n - 1];
    uint64_t rest = top % divisor.limbs[n - 1];
    while (guess >= WH_LIMB_BASE ||
           guess * divisor.limbs[n - 2] > rest * WH_LIMB_BASE + limbs[n - 2]) {
        guess--;
        rest += divisor.limbs[n - 1];
        if (rest >= WH_LIMB_BASE)
            break;
    }
    if (subtract_product(limbs, divisor, guess)) {
        guess--;
        add_back(limbs, divisor);
    }
    return (uint32_t)guess;
}

static enum wh_fault divide_by_small(struct wh_natural a, uint32_t divisor, struct wh_arena *arena,
                                     struct wh_quotient *ret)
{
    uint32_t *limbs = new_limbs(arena, a.count);
    uint32_t *rest = new_limbs(arena, 1);
    if (limbs == NULL || rest == NULL)
        return WH_FAULT_NO_MEMORY;
    memcpy(limbs, a.limbs, a.count * sizeof(*limbs));
    *rest = divide_by_limb(limbs, a.count, divisor);
    *ret = (struct wh_quotient){trimmed(limbs, a.count), trimmed(rest, 1)};
    return WH_FAULT_NONE;
}

/* Long division: D. E. Knuth, The Art of Computer Programming, vol. 2, 4.3.1, algorithm D. */
enum wh_fault wh_natural_divide(struct wh_natural a, struct wh_natural b, struct wh_arena *arena,
                                struct wh_quotient *ret)
{
    if (wh_natural_compare(a, b) < 0) {
        *ret = (struct wh_quotient){{NULL, 0}, a};
        return WH_FAULT_NONE;
    }
    if (b.count == 1)
        return divide_by_small(a, b.limbs[0], arena, ret);
    /* Both are multiplied so that the divisor's top limb is at least half the base. */
    uint32_t factor = WH_LIMB_BASE / (b.limbs[b.count - 1] + 1);
    uint32_t *divisor = new_limbs(arena, b.count);
    uint32_t *rest = new_limbs(arena, a.count + 1);
    uint32_t *quotient = new_limbs(arena, a.count - b.count + 1);
    if (divisor == NULL || rest == NULL || quotient == NULL)
        return WH_FAULT_NO_MEMORY;
    add_product(divisor, b, factor);
    add_product(rest, a, factor);
    for (size_t i = a.count - b.count + 1; i > 0; i--)
        quotient[i - 1] = quotient_limb(rest + i - 1, (struct wh_natural){divisor, b.count});
    divide_by_limb(rest, b.count, factor);
    *ret = (struct wh_quotient){trimmed(quotient, a.count - b.count + 1), trimmed(rest, b.count)};
    return WH_FAULT_NONE;
}

/* ---- square roots ---------------------------------------------------------------------------- */

/* (guess + a / guess) / 2: Newton's next step from a guess that is not below the root. */
static enum wh_fault improve_root(struct wh_natural a, struct wh_natural guess,
                                  struct wh_arena *arena, struct wh_natural *ret)
{
    struct wh_quotient division;
    struct wh_natural sum;
    enum wh_fault fault = wh_natural_divide(a, guess, arena, &division);
    if (fault == WH_FAULT_NONE)
        fault = wh_natural_add(guess, division.quotient, arena, &sum);
    if (fault == WH_FAULT_NONE)
        fault = divide_by_small(sum, 2, arena, &division);
    if (fault == WH_FAULT_NONE)
        *ret = division.quotient;
    return fault;
}

static enum wh_fault descend_to_root(struct wh_natural a, struct wh_natural guess,
                                     struct wh_arena *arena, struct wh_natural *ret)
{
    struct wh_natural next = guess;
    enum wh_fault fault = WH_FAULT_NONE;
    do {
        *ret = next;
        fault = improve_root(a, *ret, arena, &next);
    } while (fault == WH_FAULT_NONE && wh_natural_compare(next, *ret) < 0);
    return fault;
}

/* A double holds a limb's root exactly enough to be cut. */
static enum wh_fault root_of_limb(uint32_t limb, struct wh_arena *arena, struct wh_natural *ret)
{
    uint32_t *root = new_limbs(arena, 1);
    if (root == NULL)
        return WH_FAULT_NO_MEMORY;
    *root = (uint32_t)sqrt(limb);
    *ret = trimmed(root, 1);
    return WH_FAULT_NONE;
}

/* The first guess: all limbs' root but the upper half's, which has its own, and one more. */
enum wh_fault wh_natural_sqrt(struct wh_natural a, struct wh_arena *arena, struct wh_natural *ret)
{
    static const uint32_t one_limb[] = {1};
    const struct wh_natural one = {one_limb, 1};
    *ret = a;
    if (a.count == 0)
        return WH_FAULT_NONE;
    if (a.count == 1)
        return root_of_limb(a.limbs[0], arena, ret);
    size_t half = (a.count + 1) / 4;
    half = half == 0 ? 1 : half;
    struct wh_natural top = {a.limbs + 2 * half, a.count > 2 * half ? a.count - 2 * half : 0};
    struct wh_natural guess;
    enum wh_fault fault = wh_natural_sqrt(top, arena, &guess);
    if (fault == WH_FAULT_NONE)
        fault = wh_natural_add(guess, one, arena, &guess);
    if (fault == WH_FAULT_NONE)
        fault = wh_natural_scale_up(guess, half * WH_LIMB_DIGITS, arena, &guess);
    return fault == WH_FAULT_NONE ? descend_to_root(a, guess, arena, ret) : fault;
}
