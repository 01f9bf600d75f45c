/* SPDX-License-Identifier: Apache-2.0 */
/** How much a test tries where what it tries is random. */
#ifndef WH_TEST_TRIALS_H
#define WH_TEST_TRIALS_H

#include <stdint.h>

/** Seeds: for (seed = trials.first; seed < trials.end; seed++). */
struct trials {
    uint64_t first;
    uint64_t end;
};

/**
 * @p full seeds from 1 on: the same in every run. A quarter of them where a sanitizer runs along,
 * which makes each one take many times as long. WHERRY_SEED is another first seed, and
 * WHERRY_TRIALS how many times as many (`make soak` sets both).
 */
struct trials trials_make(uint64_t full);

#endif
