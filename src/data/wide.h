/* SPDX-License-Identifier: Apache-2.0 */
/** Products of 128 bits by 128 bits, and what they are divided by. Inside data/ only. */
#ifndef WH_DATA_WIDE_H
#define WH_DATA_WIDE_H

#include <stdint.h>

#include "base/macros.h"

struct wh_uint256 {
    wh_uint128 high;
    wh_uint128 low;
};

static inline struct wh_uint256 wh_wide_multiply(wh_uint128 a, wh_uint128 b)
{
    uint64_t a_high = (uint64_t)(a >> 64);
    uint64_t b_high = (uint64_t)(b >> 64);
    wh_uint128 low = (wh_uint128)(uint64_t)a * (uint64_t)b;
    wh_uint128 cross = (wh_uint128)a_high * (uint64_t)b + (low >> 64);
    wh_uint128 other = (wh_uint128)(uint64_t)a * b_high + (uint64_t)cross;
    return (struct wh_uint256){.high = (wh_uint128)a_high * b_high + (cross >> 64) + (other >> 64),
                               .low = other << 64 | (uint64_t)low};
}

/** a / b, and what is left in *ret_rest. a.high is below b: so the quotient fits 128 bits. */
wh_uint128 wh_wide_divide(struct wh_uint256 a, wh_uint128 b, wh_uint128 *ret_rest);

#endif
