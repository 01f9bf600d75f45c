/* SPDX-License-Identifier: Apache-2.0 */
#include "run/refused.h"

#include <stdlib.h>

#include "base/error.h"
#include "data/hash.h"
#include "ledger/log.h"

/* ---- the latest full run --------------------------------------------------------------------- */

/* The latest run that was not a partial one and had the item type; 0: there is none. */
static wh_code find_full_run(const struct wh_item_run *item, int64_t *ret, struct wh_error *err)
{
    struct wh_run_context *run = item->run;
    struct wh_run_record *runs = NULL;
    size_t run_count = 0;
    *ret = 0;
    WH_TRY(wh_ledger_runs(run->ledger, run->request->migration->name, 0, run->arena, &runs,
                          &run_count, err));
    for (size_t i = 0; i < run_count; i++) {
        struct wh_item_record *items = NULL;
        size_t count = 0;
        if (runs[i].is_partial)
            continue;
        WH_TRY(wh_ledger_items(run->ledger, runs[i].id, run->arena, &items, &count, err));
        for (size_t j = 0; j < count; j++)
            if (wh_str_equal(items[j].name, item->item->definition->name))
                *ret = runs[i].id;
        if (*ret != 0)
            return WH_OK;
    }
    return WH_OK;
}

/* Visits what it rejected; nothing where there is none. */
static wh_code visit_rejected(const struct wh_item_run *item, wh_failure_visit *visit, void *ctx,
                              struct wh_error *err)
{
    const struct wh_run_context *run = item->run;
    struct wh_log_query query = {.migration = run->request->migration->name,
                                 .item = item->item->definition->name};
    uint64_t unused = 0;
    if (run->ledger == NULL)
        return WH_OK;
    WH_TRY(find_full_run(item, &query.run, err));
    if (query.run == 0)
        return WH_OK;
    return wh_log_failures(run->ledger, &query, WH_STATUS_REJECTED, visit, ctx, &unused, err);
}

/* ---- records without a key ------------------------------------------------------------------- */

/*
 * A record that was refused without a key is known by nothing but its place. What stands there
 * after a mend is most likely the same record; where it is another one, trying that costs a
 * comparison.
 */

/* The line that a place in words ends in; 0 where it ends in none. */
static uint64_t line_of(struct wh_str place)
{
    size_t digits = 0;
    uint64_t line = 0;
    while (digits < place.len && digits < 19 && place.ptr[place.len - 1 - digits] >= '0' &&
           place.ptr[place.len - 1 - digits] <= '9')
        digits++;
    for (size_t i = place.len - digits; i < place.len; i++)
        line = line * 10 + (uint64_t)(place.ptr[i] - '0');
    return line;
}

struct places {
    struct wh_filter_place *items;
    size_t count;
    size_t capacity;
};

static wh_code add_place(void *ctx, const struct wh_failure_record *failure, struct wh_error *err)
{
    struct places *places = ctx;
    if (failure->key.ptr != NULL || failure->place.ptr == NULL)
        return WH_OK;
    if (places->count == places->capacity) {
        size_t capacity = places->capacity > 0 ? places->capacity * 2 : 256;
        struct wh_filter_place *grown = reallocarray(places->items, capacity, sizeof(*grown));
        if (grown == NULL)
            return wh_error_no_memory(err, capacity * sizeof(*grown));
        places->items = grown;
        places->capacity = capacity;
    }
    places->items[places->count++] = (struct wh_filter_place){
        .line = line_of(failure->place), .hash = wh_hash_bytes(failure->place, 0)};
    return WH_OK;
}

static int compare_places(const void *a, const void *b)
{
    const struct wh_filter_place *x = a;
    const struct wh_filter_place *y = b;
    int order = (x->line > y->line) - (x->line < y->line);
    return order != 0 ? order : (x->hash > y->hash) - (x->hash < y->hash);
}

wh_code wh_run_find_keyless(struct wh_item_run *item, struct wh_error *err)
{
    struct places places = {.count = 0};
    wh_code rc = visit_rejected(item, add_place, &places, err);
    item->places = places.items;
    if (rc != WH_OK)
        return rc;
    if (places.count > 1)
        qsort(places.items, places.count, sizeof(*places.items), compare_places);
    item->filter.places = places.items;
    item->filter.place_count = places.count;
    return WH_OK;
}

/* ---- keys that others have ------------------------------------------------------------------- */

struct keys {
    struct wh_arena *arena;
    struct wh_str *items;
    size_t count;
    size_t capacity;
};

static wh_code add_refused_key(void *ctx, const struct wh_failure_record *failure,
                               struct wh_error *err)
{
    struct keys *keys = ctx;
    if (failure->key.ptr == NULL || !wh_str_is(failure->stage, wh_stage_name(WH_STAGE_KEY)))
        return WH_OK;
    if (keys->count == keys->capacity) {
        size_t capacity = keys->capacity > 0 ? keys->capacity * 2 : 256;
        struct wh_str *grown = wh_arena_array(keys->arena, capacity, sizeof(*grown));
        if (grown == NULL)
            return wh_error_no_memory(err, capacity * sizeof(*grown));
        if (keys->count > 0)
            memcpy(grown, keys->items, keys->count * sizeof(*grown));
        keys->items = grown;
        keys->capacity = capacity;
    }
    return wh_arena_copy(keys->arena, failure->key, &keys->items[keys->count++], err);
}

wh_code wh_run_find_refused_keys(struct wh_item_run *item, struct wh_error *err)
{
    struct keys keys = {.arena = item->run->arena};
    WH_TRY(visit_rejected(item, add_refused_key, &keys, err));
    if (keys.count > 1)
        qsort(keys.items, keys.count, sizeof(*keys.items), wh_str_order);
    item->filter.refused_keys = keys.items;
    item->filter.refused_key_count = keys.count;
    return WH_OK;
}
