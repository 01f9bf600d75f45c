/* SPDX-License-Identifier: Apache-2.0 */
#include "base/budget.h"

void wh_budget_init(struct wh_budget *budget, size_t limit)
{
    budget->limit = limit;
    atomic_init(&budget->used, 0);
    atomic_init(&budget->peak, 0);
}

static void note_peak(struct wh_budget *budget, size_t used)
{
    size_t peak = atomic_load(&budget->peak);
    while (peak < used && !atomic_compare_exchange_weak(&budget->peak, &peak, used))
        ;
}

bool wh_budget_take(struct wh_budget *budget, size_t size)
{
    if (budget == NULL)
        return true;
    size_t used = atomic_load(&budget->used);
    do {
        if (budget->limit != 0 && (used > budget->limit || size > budget->limit - used))
            return false;
    } while (!atomic_compare_exchange_weak(&budget->used, &used, used + size));
    note_peak(budget, used + size);
    return true;
}

void wh_budget_force(struct wh_budget *budget, size_t size)
{
    if (budget != NULL)
        note_peak(budget, atomic_fetch_add(&budget->used, size) + size);
}

void wh_budget_give(struct wh_budget *budget, size_t size)
{
    if (budget != NULL)
        atomic_fetch_sub(&budget->used, size);
}
