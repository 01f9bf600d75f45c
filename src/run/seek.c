/* SPDX-License-Identifier: Apache-2.0 */
#include "run/seek.h"

#include "base/error.h"
#include "flow/distinct.h"

/* What compares records has to see all of them, and so has what takes the first ones. */
static bool reads_each_alone(const struct wh_run_context *run, const struct wh_item_plan *item)
{
    const struct wh_run_options *options = run->options;
    return options->limit == UINT64_MAX && !options->only_rejected && !options->only_failed &&
           options->from.ptr == NULL && item->source_functions->count != NULL &&
           wh_items_are_distinct(item);
}

static bool may_seek(const struct wh_run_context *run, const struct wh_item_plan *item)
{
    return run->options->id_count > 0 && item->source_functions->find != NULL &&
           reads_each_alone(run, item) && wh_keys_are_of_source(item);
}

static bool same_key(const struct wh_str *a, const struct wh_str *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!wh_str_equal(a[i], b[i]))
            return false;
    return true;
}

/* Adds a key's values, unless they are there: somebody may name an item twice. */
static void add_key(struct wh_str *values, size_t *count, const struct wh_str *parts,
                    size_t part_count)
{
    for (size_t i = 0; i < *count; i++)
        if (same_key(&values[i * part_count], parts, part_count))
            return;
    memcpy(&values[*count * part_count], parts, part_count * sizeof(*parts));
    ++*count;
}

wh_code wh_run_seek(const struct wh_run_context *run, const struct wh_item_plan *item,
                    struct wh_chunk_list *ret, bool *ret_found, struct wh_error *err)
{
    const struct wh_run_options *options = run->options;
    *ret_found = false;
    if (!may_seek(run, item))
        return WH_OK;
    size_t parts = item->key_count;
    struct wh_str *values = wh_arena_array(run->arena, options->id_count * parts, sizeof(*values));
    size_t *columns = wh_arena_array(run->arena, parts, sizeof(*columns));
    struct wh_sought_keys keys = {.columns = columns, .column_count = parts, .values = values};
    if (values == NULL || columns == NULL)
        return wh_error_no_memory(err, options->id_count * parts * sizeof(*values));
    for (size_t i = 0; i < parts; i++)
        columns[i] = item->key[i].source_column;
    for (size_t i = 0; i < options->id_count; i++) {
        struct wh_str *key;
        WH_TRY(wh_key_source_parts(item, options->ids[i], run->arena, &key, err));
        add_key(values, &keys.count, key, parts);
    }
    return item->source_functions->find(item->source, &keys, run->arena, ret, ret_found, err);
}

wh_code wh_run_leave_out(const struct wh_run_context *run, const struct wh_item_plan *item,
                         const struct wh_program *condition, struct wh_error *err)
{
    struct wh_comparison *comparisons;
    size_t count;
    if (condition == NULL || item->source_functions->leave_out == NULL ||
        !reads_each_alone(run, item))
        return WH_OK;
    WH_TRY(wh_program_comparisons(condition, run->arena, &comparisons, &count, err));
    struct wh_record_condition *conditions =
        wh_arena_array(run->arena, WH_MAX(count, 1), sizeof(*conditions));
    if (conditions == NULL)
        return wh_error_no_memory(err, count * sizeof(*conditions));
    for (size_t i = 0; i < count; i++)
        conditions[i] = (struct wh_record_condition){.column = comparisons[i].column,
                                                     .operator_name = comparisons[i].operator_name,
                                                     .value = comparisons[i].value};
    return item->source_functions->leave_out(item->source, conditions, count, err);
}
