/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/value_map.h"

#include "base/error.h"
#include "data/hash.h"

/* The slot of @p value, or the free one where it would be. */
static size_t find_slot(const struct wh_value_map *map, struct wh_str value)
{
    size_t mask = map->slot_count - 1;
    size_t slot = (size_t)wh_hash_bytes(value, 0) & mask;
    while (map->slots[slot] != 0 && !wh_str_equal(map->pairs[map->slots[slot] - 1].from, value))
        slot = (slot + 1) & mask;
    return slot;
}

static wh_code add_pair(struct wh_value_map *map, size_t index, struct wh_error *err)
{
    const struct wh_value_pair *pair = &map->pairs[index];
    size_t slot = find_slot(map, pair->from);
    if (map->slots[slot] == 0) {
        map->slots[slot] = (uint32_t)index + 1;
        return WH_OK;
    }
    const struct wh_value_pair *other = &map->pairs[map->slots[slot] - 1];
    if (wh_str_equal_or_null(other->to, pair->to))
        return WH_OK;
    return wh_error_set(
        err, WH_INVALID, "'%.*s' stands in lines %llu and %llu and becomes something else in each",
        WH_FMT(pair->from), (unsigned long long)other->line, (unsigned long long)pair->line);
}

wh_code wh_value_map_make(const struct wh_value_pair *pairs, size_t count,
                          enum wh_unmatched unmatched, struct wh_arena *arena,
                          struct wh_value_map **ret, struct wh_error *err)
{
    struct wh_value_map *map = wh_arena_array(arena, 1, sizeof(*map));
    size_t slots = 16;
    while (slots <= 2 * count)
        slots *= 2;
    uint32_t *room = wh_arena_array(arena, slots, sizeof(*room));
    if (map == NULL || room == NULL)
        return wh_error_no_memory(err, slots * sizeof(*room));
    *map = (struct wh_value_map){
        .pairs = pairs, .count = count, .slots = room, .slot_count = slots, .unmatched = unmatched};
    for (size_t i = 0; i < count; i++)
        WH_TRY(add_pair(map, i, err));
    *ret = map;
    return WH_OK;
}

static void map_row(const struct wh_value_map *map, const struct wh_column *values, uint16_t row,
                    struct wh_column *ret, uint8_t *unmatched)
{
    struct wh_str value = values->values.texts[row];
    uint32_t found = map->slots[find_slot(map, value)];
    struct wh_str becomes = value;
    if (found != 0)
        becomes = map->pairs[found - 1].to;
    else if (map->unmatched == WH_UNMATCHED_NULL)
        becomes = WH_STR_NONE;
    unmatched[row] = found == 0 && map->unmatched == WH_UNMATCHED_REJECT;
    ret->values.texts[row] = becomes;
    if (becomes.ptr == NULL)
        wh_column_set_null(ret, row);
}

wh_code wh_value_map_apply(const struct wh_value_map *map, const struct wh_column *values,
                           const struct wh_selection *rows, struct wh_arena *arena,
                           struct wh_column *ret, uint8_t *unmatched, struct wh_error *err)
{
    WH_TRY(wh_column_init(ret, values->type, WH_BATCH_ROWS, arena, err));
    WH_TRY(wh_column_need_validity(ret, arena, err));
    for (size_t i = 0; i < rows->count; i++) {
        uint16_t row = rows->rows[i];
        if (wh_column_is_null(values, row))
            wh_column_set_null(ret, row);
        else
            map_row(map, values, row, ret, unmatched);
    }
    return WH_OK;
}
