/* SPDX-License-Identifier: Apache-2.0 */
#include "run/limit.h"

#include "base/error.h"

const struct wh_bound *wh_run_failure_bound(const struct wh_run_context *run)
{
    return run->options->max_failures.is_set ? &run->options->max_failures
                                             : &run->request->migration->limits.failures;
}

bool wh_run_passes_limit(const struct wh_item_run *item, uint64_t refused)
{
    const struct wh_bound *bound = wh_run_failure_bound(item->run);
    const struct wh_counts *others = &item->run->result->total;
    if (!bound->is_set)
        return false;
    if (bound->is_percent)
        return (double)refused > bound->amount / 100 * (double)item->records;
    return (double)(refused + others->rejected + others->failed) > bound->amount;
}

wh_code wh_run_stop_at_limit(uint64_t refused, uint64_t read, struct wh_error *err)
{
    return wh_error_set(err, WH_STOPPED, "stopped at the failure limit: %llu refused of %llu read",
                        (unsigned long long)refused, (unsigned long long)read);
}
