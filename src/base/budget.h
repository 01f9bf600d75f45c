/* SPDX-License-Identifier: Apache-2.0 */
/** One memory budget for a run, on which all large consumers draw (limits.memory). Thread-safe. */
#ifndef WH_BASE_BUDGET_H
#define WH_BASE_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct wh_budget {
    size_t limit; /* bytes; 0: no limit */
    atomic_size_t used;
    atomic_size_t peak;
};

void wh_budget_init(struct wh_budget *budget, size_t limit);

/** Takes @p size bytes if they are left; false (and nothing taken) where they are not:
 *  then spill. */
bool wh_budget_take(struct wh_budget *budget, size_t size);

/** Takes @p size bytes even beyond the limit: for what a run cannot do without. */
void wh_budget_force(struct wh_budget *budget, size_t size);

void wh_budget_give(struct wh_budget *budget, size_t size);

#endif
