/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Decimals in the course of a computation: sums, products and quotients rounded to a scale of the
 * caller's, which may be negative. What powers and logarithms are computed with. Inside data/ only.
 *
 * A fault stays in the computation and makes every later result zero: it is looked at once,
 * at the end.
 */
#ifndef WH_DATA_DECIMAL_H
#define WH_DATA_DECIMAL_H

#include "data/natural.h"
#include "data/numeric.h"

struct wh_decimal {
    struct wh_natural magnitude;
    long scale;
    bool is_negative;
};

struct wh_computation {
    struct wh_arena arena; /* of all values in between */
    enum wh_fault fault;
};

void wh_computation_init(struct wh_computation *work);
void wh_computation_release(struct wh_computation *work);

/** A finite number; its limbs are shared, or lie in the computation's arena. */
struct wh_decimal wh_decimal_from_numeric(struct wh_computation *work, const struct wh_numeric *a);
struct wh_decimal wh_decimal_from_int(struct wh_computation *work, uint64_t value);

/** The value, rounded to the largest scale there is, with its limbs in @p arena; or the fault. */
enum wh_fault wh_decimal_to_numeric(struct wh_computation *work, struct wh_decimal a,
                                    struct wh_arena *arena, struct wh_numeric *ret);

/** The nearest double; infinity where it would overflow. */
double wh_decimal_to_double(struct wh_computation *work, struct wh_decimal a);

static inline bool wh_decimal_is_zero(struct wh_decimal a)
{
    return a.magnitude.count == 0;
}

/** Half away from zero; with more digits behind the point where @p scale is above the value's. */
struct wh_decimal wh_decimal_round(struct wh_computation *work, struct wh_decimal a, long scale);

struct wh_decimal wh_decimal_add(struct wh_computation *work, struct wh_decimal a,
                                 struct wh_decimal b);
struct wh_decimal wh_decimal_subtract(struct wh_computation *work, struct wh_decimal a,
                                      struct wh_decimal b);
struct wh_decimal wh_decimal_multiply(struct wh_computation *work, struct wh_decimal a,
                                      struct wh_decimal b, long scale);
/** ZERO_DIVISION where @p b is zero. */
struct wh_decimal wh_decimal_divide(struct wh_computation *work, struct wh_decimal a,
                                    struct wh_decimal b, long scale);
/** Of a value that is not negative. */
struct wh_decimal wh_decimal_sqrt(struct wh_computation *work, struct wh_decimal a, long scale);

/** Negative, zero or positive. */
int wh_decimal_compare(struct wh_computation *work, struct wh_decimal a, struct wh_decimal b);

/**
 * A number as PostgreSQL stores it, in digits of base 10000: the power of 10000 of the first one (0
 * for zero), how many there are without zeros at the end, and any of them, from 0.
 */
long wh_decimal_weight(struct wh_decimal a);
long wh_decimal_groups(struct wh_decimal a);
unsigned wh_decimal_group(struct wh_decimal a, long index);

#endif
