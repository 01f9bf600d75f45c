/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of item types: that of the file, but for those whose rows refer to others'
 * (foreign keys of the destination). Those that are referred to come first, so that what
 * a row refers to is there.
 */
#include "plan/make.h"

struct ordering {
    const struct wh_migration *migration;
    struct wh_references *references; /* one an item type, in the order of the file */
    bool *is_placed;
    struct wh_planned_item *placed;
    size_t placed_count;
};

static wh_code read_references(struct wh_plan *plan, struct ordering *ordering,
                               struct wh_error *err)
{
    const struct wh_destination_functions *functions = plan->destination_connector->destination;
    if (plan->destination == NULL || functions->refers_to == NULL)
        return WH_OK;
    for (size_t i = 0; i < ordering->migration->item_count; i++) {
        struct wh_expr_text into = ordering->migration->items[i].into;
        wh_code rc = functions->refers_to(plan->destination, into.text, &plan->arena,
                                          &ordering->references[i], err);
        rc = wh_at_connection(rc, plan->migration->destination, err);
        if (rc != WH_OK)
            return wh_at(rc, into, err);
    }
    return WH_OK;
}

static bool refers(const struct wh_references *from, const struct wh_references *to)
{
    for (size_t i = 1; i < from->table_count; i++)
        if (to->table_count > 0 && wh_str_equal_ascii_fold(from->tables[i], to->tables[0]))
            return true;
    return false;
}

/** An item type that is not placed and whose table @p item refers to; SIZE_MAX: none. Of two that
 *  write one table neither has to be first. */
static size_t find_unplaced(const struct ordering *ordering, size_t item)
{
    const struct wh_references *from = &ordering->references[item];
    for (size_t i = 0; i < ordering->migration->item_count; i++) {
        const struct wh_references *to = &ordering->references[i];
        if (!ordering->is_placed[i] && refers(from, to) &&
            !wh_str_equal_ascii_fold(from->tables[0], to->tables[0]))
            return i;
    }
    return SIZE_MAX;
}

static size_t find_first(const struct ordering *ordering)
{
    for (size_t i = 0; i < ordering->migration->item_count; i++)
        if (!ordering->is_placed[i] && find_unplaced(ordering, i) == SIZE_MAX)
            return i;
    return SIZE_MAX;
}

/** Where all that are left wait for others: the first in the file of those
 *  that wait for each other. */
static size_t find_in_circle(const struct ordering *ordering)
{
    size_t at = 0;
    while (ordering->is_placed[at])
        at++;
    /* After as many steps as there are item types the walk is in a circle; once round it, then. */
    for (size_t i = 0; i < ordering->migration->item_count; i++)
        at = find_unplaced(ordering, at);
    size_t first = at;
    for (size_t next = find_unplaced(ordering, at); next != at;
         next = find_unplaced(ordering, next))
        first = WH_MIN(first, next);
    return first;
}

static void place(struct ordering *ordering, size_t item, size_t before)
{
    struct wh_planned_item *planned = &ordering->placed[ordering->placed_count++];
    planned->definition = &ordering->migration->items[item];
    planned->refers_ahead = before == SIZE_MAX ? NULL : &ordering->migration->items[before];
    planned->references = &ordering->references[item];
    planned->refers_to_itself = refers(planned->references, planned->references);
    ordering->is_placed[item] = true;
}

wh_code wh_plan_order_items(struct wh_plan *plan, struct wh_planned_item **ret,
                            struct wh_error *err)
{
    size_t count = plan->migration->item_count;
    struct ordering ordering = {.migration = plan->migration};
    struct wh_arena *arena = &plan->arena;
    ordering.references = wh_arena_array(arena, WH_MAX(count, 1), sizeof(*ordering.references));
    ordering.is_placed = wh_arena_array(arena, WH_MAX(count, 1), sizeof(*ordering.is_placed));
    ordering.placed = wh_arena_array(arena, WH_MAX(count, 1), sizeof(*ordering.placed));
    if (ordering.references == NULL || ordering.is_placed == NULL || ordering.placed == NULL)
        return wh_error_no_memory(err, count * sizeof(*ordering.placed));
    WH_TRY(read_references(plan, &ordering, err));
    while (ordering.placed_count < count) {
        size_t next = find_first(&ordering);
        if (next == SIZE_MAX)
            next = find_in_circle(&ordering);
        place(&ordering, next, find_unplaced(&ordering, next));
    }
    *ret = ordering.placed;
    return WH_OK;
}
