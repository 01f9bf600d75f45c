/* SPDX-License-Identifier: Apache-2.0 */
/** Overflow-checked size arithmetic: each returns false where the result does not fit. */
#ifndef WH_BASE_SIZE_H
#define WH_BASE_SIZE_H

#include <stdbool.h>
#include <stddef.h>

static inline bool wh_size_add(size_t a, size_t b, size_t *ret)
{
    return !__builtin_add_overflow(a, b, ret);
}

static inline bool wh_size_mul(size_t a, size_t b, size_t *ret)
{
    return !__builtin_mul_overflow(a, b, ret);
}

/** The next multiple of @p unit, a power of two. */
static inline bool wh_size_round_up(size_t size, size_t unit, size_t *ret)
{
    size_t sum;
    if (!wh_size_add(size, unit - 1, &sum))
        return false;
    *ret = sum & ~(unit - 1);
    return true;
}

#endif
