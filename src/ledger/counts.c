/* SPDX-License-Identifier: Apache-2.0 */
/* Names and sums of what the ledger counts. */
#include "ledger/ledger.h"

#include <string.h>

#include "ledger/names.h"

static const char *const status_names[] = {
    [WH_STATUS_INSERTED] = "inserted",   [WH_STATUS_UPDATED] = "updated",
    [WH_STATUS_UNCHANGED] = "unchanged", [WH_STATUS_SKIPPED] = "skipped",
    [WH_STATUS_REJECTED] = "rejected",   [WH_STATUS_FAILED] = "failed",
    [WH_STATUS_DELETED] = "deleted",     [WH_STATUS_MISSING] = "missing",
};

static const char *const state_names[] = {
    [WH_RUN_RUNNING] = "running", [WH_RUN_DONE] = "done",     [WH_RUN_INTERRUPTED] = "interrupted",
    [WH_RUN_STOPPED] = "stopped", [WH_RUN_FAILED] = "failed", [WH_RUN_ABANDONED] = "abandoned",
};

static const char *name_at(const char *const *names, size_t count, size_t value)
{
    return value > 0 && value < count ? names[value] : "unknown";
}

static size_t value_of(const char *const *names, size_t count, struct wh_str name)
{
    for (size_t i = 1; i < count; i++)
        if (wh_str_is(name, names[i]))
            return i;
    return 0;
}

const char *wh_item_status_name(enum wh_item_status status)
{
    return name_at(status_names, WH_COUNT_OF(status_names), (size_t)status);
}

enum wh_item_status wh_item_status_from(struct wh_str name)
{
    return (enum wh_item_status)value_of(status_names, WH_COUNT_OF(status_names), name);
}

const char *wh_run_state_name(enum wh_run_state state)
{
    return name_at(state_names, WH_COUNT_OF(state_names), (size_t)state);
}

enum wh_run_state wh_run_state_from(struct wh_str name)
{
    return (enum wh_run_state)value_of(state_names, WH_COUNT_OF(state_names), name);
}

void wh_counts_add(struct wh_counts *sum, const struct wh_counts *part)
{
    sum->read += part->read;
    sum->inserted += part->inserted;
    sum->updated += part->updated;
    sum->unchanged += part->unchanged;
    sum->skipped += part->skipped;
    sum->rejected += part->rejected;
    sum->failed += part->failed;
    sum->deleted += part->deleted;
}

bool wh_counts_equal(const struct wh_counts *a, const struct wh_counts *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

bool wh_counts_close(const struct wh_counts *counts)
{
    return counts->read == counts->inserted + counts->updated + counts->unchanged +
                               counts->skipped + counts->rejected + counts->failed;
}

void wh_counts_count(struct wh_counts *counts, const uint64_t by_status[WH_STATUS_BYTES])
{
    counts->inserted += by_status[WH_STATUS_INSERTED];
    counts->updated += by_status[WH_STATUS_UPDATED];
    counts->unchanged += by_status[WH_STATUS_UNCHANGED];
    counts->skipped += by_status[WH_STATUS_SKIPPED];
    counts->rejected += by_status[WH_STATUS_REJECTED];
    counts->failed += by_status[WH_STATUS_FAILED];
    counts->deleted += by_status[WH_STATUS_DELETED];
}
