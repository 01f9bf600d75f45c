/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Natural numbers of any size, for the numerics that 38 digits cannot hold. Inside data/ only.
 *
 * Limbs are base 10^9, the least significant first, without leading zeros; zero has none. Results
 * lie in the arena that is passed; arguments are never changed. NO_MEMORY is the only fault.
 */
#ifndef WH_DATA_NATURAL_H
#define WH_DATA_NATURAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/macros.h"
#include "data/fault.h"

#define WH_LIMB_BASE 1000000000u
#define WH_LIMB_DIGITS 9

/** Limbs of any number that fits 128 bits. */
#define WH_SMALL_LIMBS 5

struct wh_natural {
    const uint32_t *limbs;
    size_t count;
};

/** 10^exponent, for exponents below WH_LIMB_DIGITS + 1. */
uint32_t wh_limb_power(size_t exponent);

/** Limbs of @p value in @p room, which the result points to. */
struct wh_natural wh_natural_from_uint(wh_uint128 value, uint32_t room[WH_SMALL_LIMBS]);

/** False (and nothing set) where @p a has more than 38 digits. */
bool wh_natural_to_uint(struct wh_natural a, wh_uint128 *ret);

int wh_natural_compare(struct wh_natural a, struct wh_natural b);

/** Decimal digits; 0 for zero. */
size_t wh_natural_digits(struct wh_natural a);

/** The digit that stands for 10^position; 0 beyond the leading one. */
unsigned wh_natural_digit(struct wh_natural a, size_t position);

/** Zeros at the end of a number that is not zero. */
size_t wh_natural_trailing_zeros(struct wh_natural a);

enum wh_fault wh_natural_add(struct wh_natural a, struct wh_natural b, struct wh_arena *arena,
                             struct wh_natural *ret);
/** a - b, which is not below zero. */
enum wh_fault wh_natural_subtract(struct wh_natural a, struct wh_natural b, struct wh_arena *arena,
                                  struct wh_natural *ret);
enum wh_fault wh_natural_multiply(struct wh_natural a, struct wh_natural b, struct wh_arena *arena,
                                  struct wh_natural *ret);

/** a × 10^power. */
enum wh_fault wh_natural_scale_up(struct wh_natural a, size_t power, struct wh_arena *arena,
                                  struct wh_natural *ret);
/** ⌊a / 10^power⌋. */
enum wh_fault wh_natural_scale_down(struct wh_natural a, size_t power, struct wh_arena *arena,
                                    struct wh_natural *ret);

struct wh_quotient {
    struct wh_natural quotient;
    struct wh_natural remainder;
};

/** a / b and what is left; b is not zero. */
enum wh_fault wh_natural_divide(struct wh_natural a, struct wh_natural b, struct wh_arena *arena,
                                struct wh_quotient *ret);

/** ⌊√a⌋. */
enum wh_fault wh_natural_sqrt(struct wh_natural a, struct wh_arena *arena, struct wh_natural *ret);

#endif
