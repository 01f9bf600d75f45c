/* SPDX-License-Identifier: Apache-2.0 */
/** The leading bits of powers of five, from which doubles are read and printed.
 *  Inside data/ only. */
#ifndef WH_DATA_POWERS_OF_5_H
#define WH_DATA_POWERS_OF_5_H

#include <stdint.h>

#define WH_POWER_OF_5_MIN (-342)
#define WH_POWER_OF_5_MAX 324

/** The 128 leading bits of 5^q, cut: exact for q from 0 to 55, otherwise a little too small. */
struct wh_power_of_5 {
    uint64_t high;
    uint64_t low;
};

extern const struct wh_power_of_5 wh_powers_of_5[WH_POWER_OF_5_MAX - WH_POWER_OF_5_MIN + 1];

static inline struct wh_power_of_5 wh_power_of_5(int exponent)
{
    return wh_powers_of_5[exponent - WH_POWER_OF_5_MIN];
}

#endif
