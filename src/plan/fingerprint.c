/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One number for what decides what becomes of a record: what the item type states, the types on
 * both sides, what times without a zone mean, and the version of the conversions. Layout and
 * comments of the file do not count, so rewording them costs no re-reading.
 */
#include <stdio.h>

#include "data/hash.h"
#include "plan/make.h"

static uint64_t add_number(uint64_t hash, int64_t number)
{
    /* As text: the same on every machine, whatever its byte order. */
    char room[24];
    int length = snprintf(room, sizeof(room), "%lld;", (long long)number);
    return wh_hash_bytes(wh_str_make(room, (size_t)length), hash);
}

static uint64_t add_text(uint64_t hash, struct wh_str text)
{
    return wh_hash_bytes(text, add_number(hash, (int64_t)text.len));
}

static uint64_t add_column(uint64_t hash, struct wh_str name, struct wh_type type)
{
    char room[WH_TYPE_NAME_SIZE];
    return add_text(add_text(hash, name), wh_str_from(wh_type_name(type, room)));
}

/* What a file of values says stands in no definition. */
static uint64_t add_maps(uint64_t hash, const struct wh_item_plan *item)
{
    for (size_t i = 0; i < item->definition->clean_count; i++) {
        const struct wh_clean_rule *rule = &item->clean[i];
        for (size_t j = 0; j < rule->definition->set_count; j++) {
            const struct wh_value_map *map = rule->sets[j].map;
            for (size_t k = 0; map != NULL && k < map->count; k++)
                hash = add_text(
                    add_text(add_number(hash, map->pairs[k].to.ptr == NULL), map->pairs[k].from),
                    map->pairs[k].to);
        }
    }
    return hash;
}

uint64_t wh_make_fingerprint(const struct wh_making *making)
{
    const struct wh_item_plan *item = making->item;
    uint64_t hash = add_number(0, WH_CONVERSION_VERSION);
    hash = add_number(hash, making->plan->migration->zone_offset);
    hash = add_number(hash, (int64_t)item->definition->text_hash);
    hash = add_number(hash, (int64_t)item->source_table.column_count);
    for (size_t i = 0; i < item->source_table.column_count; i++)
        hash = add_column(hash, item->source_table.columns[i].name,
                          item->source_table.columns[i].type);
    for (size_t i = 0; i < item->target_count; i++)
        hash = add_column(hash, item->targets[i].name, item->targets[i].type);
    return add_maps(hash, item);
}
