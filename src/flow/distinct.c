/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/distinct.h"

static bool is_cleaned(const struct wh_item_plan *item, size_t column)
{
    for (size_t i = 0; i < item->definition->clean_count; i++)
        for (size_t j = 0; j < item->clean[i].definition->set_count; j++)
            if (item->clean[i].sets[j].column == column)
                return true;
    return false;
}

/* True where some match value is the source column's, so that it differs wherever that does. */
static bool is_matched(const struct wh_item_plan *item, size_t column)
{
    if (!item->source_table.columns[column].is_told_apart || is_cleaned(item, column))
        return false;
    for (size_t i = 0; i < item->match_count; i++) {
        size_t source = SIZE_MAX;
        if (wh_program_tells_apart(item->targets[item->match[i]].program, &source) &&
            source == column)
            return true;
    }
    return false;
}

static bool is_key_matched(const struct wh_item_plan *item, const struct wh_key_info *key)
{
    for (size_t i = 0; i < key->column_count; i++)
        if (!is_matched(item, key->columns[i]))
            return false;
    return key->column_count > 0;
}

/* Records in another order would be written in larger groups, and only a survey knows. */
static bool comes_in_order(const struct wh_item_plan *item)
{
    const struct wh_table_info *source = &item->source_table;
    return source->order_count > 0 &&
           item->targets[item->match[0]].plain_source == source->order[0];
}

bool wh_items_are_distinct(const struct wh_item_plan *item)
{
    if (item->duplicate_rule_count > 0 || item->unique_expectation_count > 0 ||
        !comes_in_order(item))
        return false;
    for (size_t i = 0; i < item->source_table.key_count; i++)
        if (is_key_matched(item, &item->source_table.keys[i]))
            return true;
    return false;
}

bool wh_keys_are_of_source(const struct wh_item_plan *item)
{
    for (size_t i = 0; i < item->key_count; i++) {
        const struct wh_key_part *part = &item->key[i];
        size_t source = SIZE_MAX;
        if (!item->source_table.columns[part->source_column].is_told_apart ||
            is_cleaned(item, part->source_column))
            return false;
        if (part->target != SIZE_MAX &&
            (!wh_program_tells_apart(item->targets[part->target].program, &source) ||
             source != part->source_column))
            return false;
    }
    return true;
}
