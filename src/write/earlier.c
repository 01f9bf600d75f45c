/* SPDX-License-Identifier: Apache-2.0 */
#include "write/earlier.h"

#include <stdlib.h>

#include "base/error.h"
#include "data/hash.h"

/* Items mostly come in the order they were logged in, so one segment serves a whole group; a few
 * more for sources that were shuffled since. */
enum { CACHED_SEGMENTS = 8 };

/* Of the memory of a group; one more may come on top, and grow as more of it is looked at. */
enum { SEGMENTS_PART = 4 };

/* A destination row, and the item of the segment that wrote it. */
struct logged_row {
    uint64_t hash;
    size_t ordinal;
};

struct cached_segment {
    int64_t id;
    uint64_t used;
    struct wh_segment *segment;
    struct logged_row *rows; /* one an item, by hash; NULL until an owner is asked for */
};

struct wh_segment_cache {
    struct cached_segment slots[CACHED_SEGMENTS];
    uint64_t clock;
};

struct wh_segment_cache *wh_segment_cache_new(void)
{
    return calloc(1, sizeof(struct wh_segment_cache));
}

static void release_slot(struct cached_segment *slot)
{
    wh_segment_free(slot->segment);
    free(slot->rows);
}

void wh_segment_cache_free(struct wh_segment_cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < CACHED_SEGMENTS; i++)
        release_slot(&cache->slots[i]);
    free(cache);
}

static size_t segments_memory(const struct wh_segment_cache *cache)
{
    size_t memory = 0;
    for (size_t i = 0; i < CACHED_SEGMENTS; i++)
        if (cache->slots[i].segment != NULL)
            memory += wh_segment_memory(cache->slots[i].segment);
    return memory;
}

/* Who was used longest ago; NULL: no slot holds anything. */
static struct cached_segment *oldest_segment(struct wh_segment_cache *cache)
{
    struct cached_segment *oldest = NULL;
    for (size_t i = 0; i < CACHED_SEGMENTS; i++) {
        struct cached_segment *slot = &cache->slots[i];
        if (slot->segment != NULL && (oldest == NULL || slot->used < oldest->used))
            oldest = slot;
    }
    return oldest;
}

static struct cached_segment *free_slot(struct wh_segment_cache *cache)
{
    for (size_t i = 0; i < CACHED_SEGMENTS; i++)
        if (cache->slots[i].segment == NULL)
            return &cache->slots[i];
    return NULL;
}

/* A slot for one more segment, beside as many others as there is memory for. */
static struct cached_segment *make_room(const struct wh_writing *writing)
{
    struct wh_segment_cache *cache = writing->segments;
    size_t most = writing->options.memory / SEGMENTS_PART;
    struct cached_segment *slot;
    while ((slot = free_slot(cache)) == NULL || (most != 0 && segments_memory(cache) > most)) {
        struct cached_segment *oldest = oldest_segment(cache);
        release_slot(oldest);
        *oldest = (struct cached_segment){.id = 0};
    }
    return slot;
}

static wh_code load_segment(struct wh_writing *writing, int64_t id, struct cached_segment **ret,
                            struct wh_error *err)
{
    struct wh_segment_cache *cache = writing->segments;
    cache->clock++;
    for (size_t i = 0; i < CACHED_SEGMENTS; i++) {
        if (cache->slots[i].segment != NULL && cache->slots[i].id == id) {
            cache->slots[i].used = cache->clock;
            *ret = &cache->slots[i];
            return WH_OK;
        }
    }
    struct cached_segment *slot = make_room(writing);
    struct wh_segment *segment = NULL;
    WH_TRY(wh_ledger_load_segment(writing->options.ledger, id, &segment, err));
    *slot = (struct cached_segment){.id = id, .used = cache->clock, .segment = segment};
    *ret = slot;
    return WH_OK;
}

/* By value: the destination need not keep the zeros that a number ends in. */
static bool same_numeric(struct wh_str a, struct wh_str b, struct wh_arena *arena)
{
    struct wh_numeric x;
    struct wh_numeric y;
    return wh_numeric_parse(a, arena, &x) == WH_FAULT_NONE &&
           wh_numeric_parse(b, arena, &y) == WH_FAULT_NONE && wh_numeric_compare(&x, &y) == 0;
}

static bool same_value(struct wh_str a, struct wh_str b, enum wh_kind kind, struct wh_arena *arena)
{
    if (a.ptr == NULL || b.ptr == NULL)
        return a.ptr == b.ptr;
    return wh_str_equal(a, b) || (kind == WH_KIND_NUMERIC && same_numeric(a, b, arena));
}

static wh_code describe_drift(const struct wh_target *target, struct wh_str then, struct wh_str now,
                              struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    if (target->is_redacted)
        return wh_arena_format(arena, ret, err, "drifted: '%.*s' was edited since wherry wrote it",
                               WH_FMT(target->name));
    const char *now_quote = now.ptr == NULL ? "" : "'";
    const char *then_quote = then.ptr == NULL ? "" : "'";
    struct wh_str now_text = now.ptr == NULL ? WH_STR("null") : now;
    struct wh_str then_text = then.ptr == NULL ? WH_STR("null") : then;
    return wh_arena_format(arena, ret, err,
                           "drifted: '%.*s' is %s%.*s%s, but wherry left %s%.*s%s there",
                           WH_FMT(target->name), now_quote, WH_FMT(now_text), now_quote, then_quote,
                           WH_FMT(then_text), then_quote);
}

/* A row there is, and what was logged when it was written. */
struct comparison {
    struct wh_writing *writing;
    const struct wh_segment_schema *schema; /* of the segment */
    const struct wh_segment_item *logged;
    const struct wh_present_row *row;
    struct wh_arena *arena;
};

static wh_code images_differ(const struct comparison *comparison, bool *ret,
                             struct wh_str *ret_detail, struct wh_error *err)
{
    const struct wh_writing *writing = comparison->writing;
    for (size_t i = 0; i < writing->compared_count; i++) {
        size_t index = writing->compared[i];
        const struct wh_target *target = &writing->options.item->targets[index];
        size_t then = wh_segment_schema_find(comparison->schema, target->name);
        if (then == SIZE_MAX)
            continue;
        struct wh_str left = comparison->logged->after[then];
        struct wh_str now = comparison->row->values[index];
        if (same_value(left, now, target->type.kind, comparison->arena))
            continue;
        *ret = true;
        return describe_drift(target, left, now, comparison->arena, ret_detail, err);
    }
    return WH_OK;
}

static bool same_columns(const struct wh_segment_schema *a, const struct wh_segment_schema *b)
{
    if (a->target_count != b->target_count)
        return false;
    for (size_t i = 0; i < a->target_count; i++)
        if (!wh_str_equal(a->target_names[i], b->target_names[i]))
            return false;
    return true;
}

static wh_code hashes_differ(const struct comparison *comparison, bool *ret, struct wh_error *err)
{
    const struct wh_writing *writing = comparison->writing;
    if (!same_columns(comparison->schema, &writing->schema))
        return WH_OK;
    struct wh_str *compared =
        wh_arena_array(comparison->arena, WH_MAX(writing->compared_count, 1), sizeof(*compared));
    if (compared == NULL)
        return wh_error_no_memory(err, writing->compared_count * sizeof(*compared));
    for (size_t i = 0; i < writing->compared_count; i++) {
        size_t target = writing->compared[i];
        compared[i] = comparison->row->values[target];
        if (writing->options.item->targets[target].type.kind == WH_KIND_NUMERIC)
            compared[i] = wh_numeric_shortest(compared[i]);
    }
    uint64_t now = wh_hash_values(compared, writing->compared_count, 0);
    *ret = now != comparison->logged->after_hash;
    return WH_OK;
}

wh_code wh_row_has_drifted(struct wh_writing *writing, const struct wh_present_row *row,
                           struct wh_arena *arena, bool *ret, struct wh_str *ret_detail,
                           struct wh_error *err)
{
    struct cached_segment *cached = NULL;
    WH_TRY(load_segment(writing, row->entry->segment, &cached, err));
    struct wh_segment *segment = cached->segment;
    *ret = false;
    *ret_detail = WH_STR("drifted: the row was edited since wherry wrote it");
    size_t ordinal = wh_segment_find(segment, row->key);
    if (ordinal == SIZE_MAX)
        return wh_error_set(err, WH_CORRUPT,
                            "the ledger's segment %u should hold item '%.*s' and does not",
                            row->entry->segment, WH_FMT(row->key));
    struct wh_segment_item logged;
    WH_TRY(wh_segment_item(segment, ordinal, arena, &logged, err));
    struct comparison comparison = {.writing = writing,
                                    .schema = wh_segment_schema(segment),
                                    .logged = &logged,
                                    .row = row,
                                    .arena = arena};
    if (comparison.schema->has_hashes)
        return hashes_differ(&comparison, ret, err);
    return logged.after != NULL ? images_differ(&comparison, ret, ret_detail, err) : WH_OK;
}

/* ---- owners ---------------------------------------------------------------------------------- */

static int compare_rows(const void *a, const void *b)
{
    const struct logged_row *x = a;
    const struct logged_row *y = b;
    return (x->hash > y->hash) - (x->hash < y->hash);
}

/* Every item is decoded for it, once a segment: a claimant seldom comes alone. */
static wh_code need_rows(struct cached_segment *cached, struct wh_error *err)
{
    size_t count = wh_segment_count(cached->segment);
    if (cached->rows != NULL)
        return WH_OK;
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    wh_arena_init(&scratch);
    cached->rows = calloc(WH_MAX(count, 1), sizeof(*cached->rows));
    if (cached->rows == NULL)
        return wh_error_no_memory(err, count * sizeof(*cached->rows));
    for (size_t i = 0; i < count; i++) {
        struct wh_segment_item logged;
        wh_arena_reset(&scratch, SIZE_MAX);
        WH_TRY(wh_segment_item(cached->segment, i, &scratch, &logged, err));
        cached->rows[i] = (struct logged_row){.hash = logged.match_hash, .ordinal = i};
    }
    qsort(cached->rows, count, sizeof(*cached->rows), compare_rows);
    return WH_OK;
}

wh_code wh_row_owner(struct wh_writing *writing, const struct wh_state_entry *entry,
                     struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    struct cached_segment *cached = NULL;
    *ret = WH_STR_NONE;
    WH_TRY(load_segment(writing, entry->segment, &cached, err));
    WH_TRY(need_rows(cached, err));
    struct logged_row wanted = {.hash = entry->hash};
    const struct logged_row *found = bsearch(
        &wanted, cached->rows, wh_segment_count(cached->segment), sizeof(wanted), compare_rows);
    if (found == NULL)
        return WH_OK;
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    wh_arena_init(&scratch);
    struct wh_segment_item logged;
    WH_TRY(wh_segment_item(cached->segment, found->ordinal, &scratch, &logged, err));
    return wh_arena_copy(arena, logged.key, ret, err);
}
