/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/criterion.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

size_t wh_criterion_entry_size(const struct wh_criterion *criterion)
{
    bool has_order = criterion->keep == WH_SURVIVOR_MIN || criterion->keep == WH_SURVIVOR_MAX;
    return has_order ? sizeof(struct wh_survey_entry) : WH_ENTRY_SIZE_PLAIN;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_hashes(const struct wh_hash128 *a, const struct wh_hash128 *b)
{
    int order = compare_numbers(a->low, b->low);
    return order != 0 ? order : compare_numbers(a->high, b->high);
}

static int compare_entries(const void *a, const void *b)
{
    const struct wh_survey_entry *x = a;
    const struct wh_survey_entry *y = b;
    int order = compare_hashes(&x->hash, &y->hash);
    return order != 0 ? order : compare_numbers(x->record, y->record);
}

static int compare_losers(const void *a, const void *b)
{
    return compare_numbers(((const struct wh_loser *)a)->record,
                           ((const struct wh_loser *)b)->record);
}

const struct wh_loser *wh_criterion_find(const struct wh_criterion *criterion, uint64_t record)
{
    if (criterion->loser_count == 0)
        return NULL;
    struct wh_loser wanted = {.record = record};
    return bsearch(&wanted, criterion->losers, criterion->loser_count, sizeof(wanted),
                   compare_losers);
}

/* A decision at work. */
struct decision {
    struct wh_criterion *criterion;
    const struct wh_criterion *earlier;
    size_t earlier_count;
    struct wh_budget *budget;
    size_t entry_size;
};

static bool takes_part(const struct decision *decision, uint64_t record)
{
    for (size_t i = 0; i < decision->earlier_count; i++)
        if (!decision->earlier[i].only_warns &&
            wh_criterion_find(&decision->earlier[i], record) != NULL)
            return false;
    return true;
}

static wh_code add_loser(const struct decision *decision, struct wh_loser loser,
                         struct wh_error *err)
{
    struct wh_criterion *criterion = decision->criterion;
    if (criterion->loser_count == criterion->loser_capacity) {
        size_t capacity = criterion->loser_capacity != 0 ? criterion->loser_capacity * 2 : 256;
        struct wh_loser *grown = reallocarray(criterion->losers, capacity, sizeof(*grown));
        if (grown == NULL)
            return wh_error_no_memory(err, capacity * sizeof(*grown));
        wh_budget_force(decision->budget, (capacity - criterion->loser_capacity) * sizeof(*grown));
        criterion->losers = grown;
        criterion->loser_capacity = capacity;
    }
    criterion->losers[criterion->loser_count++] = loser;
    return WH_OK;
}

/* True where entry @p a is to be kept rather than @p b, which comes earlier in the source. */
static bool beats(const struct wh_criterion *criterion, const struct wh_survey_entry *a,
                  const struct wh_survey_entry *b)
{
    switch (criterion->keep) {
    case WH_SURVIVOR_FIRST:
        return false;
    case WH_SURVIVOR_LAST:
        return true;
    case WH_SURVIVOR_MIN:
    case WH_SURVIVOR_MAX:
        return memcmp(a->order, b->order, sizeof(a->order)) < 0;
    }
    return false;
}

static const struct wh_survey_entry *entry_at(const struct decision *decision, const void *entries,
                                              size_t index)
{
    return (const void *)((const char *)entries + index * decision->entry_size);
}

/* Decides among the entries from @p first to before @p end, which are of one hash. */
static wh_code decide_same(const struct decision *decision, const void *entries, size_t first,
                           size_t end, struct wh_error *err)
{
    const struct wh_survey_entry *winner = NULL;
    for (size_t i = first; i < end; i++) {
        const struct wh_survey_entry *entry = entry_at(decision, entries, i);
        if (takes_part(decision, entry->record) &&
            (winner == NULL || beats(decision->criterion, entry, winner)))
            winner = entry;
    }
    for (size_t i = first; i < end && winner != NULL; i++) {
        const struct wh_survey_entry *entry = entry_at(decision, entries, i);
        if (entry == winner || !takes_part(decision, entry->record))
            continue;
        struct wh_loser loser = {.record = entry->record, .winner = winner->record};
        WH_TRY(add_loser(decision, loser, err));
    }
    return WH_OK;
}

static wh_code decide_partition(const struct decision *decision, size_t partition,
                                struct wh_error *err)
{
    void *entries = NULL;
    size_t count = 0;
    WH_TRY(wh_spill_partition_load(decision->criterion->entries, partition, compare_entries,
                                   &entries, &count, err));
    for (size_t first = 0, end; first < count; first = end) {
        const struct wh_hash128 *hash = &entry_at(decision, entries, first)->hash;
        for (end = first + 1; end < count; end++)
            if (compare_hashes(hash, &entry_at(decision, entries, end)->hash) != 0)
                break;
        if (end - first > 1)
            WH_TRY(decide_same(decision, entries, first, end, err));
    }
    return WH_OK;
}

wh_code wh_criterion_decide(struct wh_criterion *criterion, const struct wh_criterion *earlier,
                            size_t earlier_count, struct wh_budget *budget, struct wh_error *err)
{
    if (criterion->entries == NULL)
        return WH_OK;
    struct decision decision = {.criterion = criterion,
                                .earlier = earlier,
                                .earlier_count = earlier_count,
                                .budget = budget,
                                .entry_size = wh_criterion_entry_size(criterion)};
    size_t partitions = wh_spill_partition_count(criterion->entries);
    for (size_t i = 0; i < partitions; i++)
        WH_TRY(decide_partition(&decision, i, err));
    wh_spill_set_free(criterion->entries);
    criterion->entries = NULL;
    if (criterion->loser_count > 0)
        qsort(criterion->losers, criterion->loser_count, sizeof(*criterion->losers),
              compare_losers);
    return WH_OK;
}

void wh_criterion_release(struct wh_criterion *criterion, struct wh_budget *budget)
{
    wh_spill_set_free(criterion->entries);
    wh_budget_give(budget, criterion->loser_capacity * sizeof(*criterion->losers));
    free(criterion->losers);
    *criterion = (struct wh_criterion){.entries = NULL};
}
