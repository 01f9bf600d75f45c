/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/keys.h"

#include <stdlib.h>

#include "base/error.h"
#include "data/hash.h"
#include "data/text.h"
#include "flow/mapper_state.h"
#include "flow/mend.h"

/* Where keys are made from. */
struct key_parts {
    const struct wh_item_plan *item;
    struct wh_item_batch *batch;
    const struct wh_column *const *mapped; /* canonical texts by part; NULL pointers: none */
};

/* The canonical text of one part of a row's key from its mapped target, or as the source has it;
 * ptr NULL where it is NULL. */
static wh_code part_text(const struct key_parts *parts, size_t index, size_t row,
                         struct wh_str *ret, struct wh_error *err)
{
    const struct wh_column *column = parts->mapped[index];
    if (column == NULL || wh_column_is_null(column, row))
        column = &parts->batch->rules.columns[parts->item->key[index].source_column];
    *ret = WH_STR_NONE;
    if (wh_column_is_null(column, row))
        return WH_OK;
    if (wh_value_print(column, row, &parts->batch->source.arena, ret) != WH_FAULT_NONE)
        return wh_error_no_memory(err, WH_DOUBLE_SIZE);
    return WH_OK;
}

/* The key of a row from its parts; stays without one where a part is NULL. */
static wh_code make_key(const struct key_parts *from, size_t row, struct wh_error *err)
{
    const struct wh_item_plan *item = from->item;
    struct wh_item_batch *batch = from->batch;
    if (item->key_count == 1)
        return part_text(from, 0, row, &batch->keys[row], err);
    struct wh_str *parts = wh_arena_array(&batch->source.arena, item->key_count, sizeof(*parts));
    if (parts == NULL)
        return wh_error_no_memory(err, item->key_count * sizeof(*parts));
    for (size_t i = 0; i < item->key_count; i++) {
        WH_TRY(part_text(from, i, row, &parts[i], err));
        if (parts[i].ptr == NULL)
            return WH_OK;
    }
    return wh_key_print(item, parts, &batch->source.arena, &batch->keys[row], err);
}

/* ---- rows that left before their key was mapped ---------------------------------------------- */

/* The key columns of rows that a rule left out, mapped all the same so that the log knows them by
 * the same key as ever. What cannot be converted keeps the source's text. */
static wh_code map_key_part(struct wh_mapper *mapper, struct wh_item_batch *batch,
                            const struct wh_key_part *part, const struct wh_selection *left,
                            struct wh_column *ret, struct wh_error *err)
{
    struct wh_rule_batch *rules = &batch->rules;
    struct wh_faults faults = {.codes = rules->fault_codes, .nodes = rules->fault_nodes};
    struct wh_eval_request request = {
        .program = mapper->options.item->targets[part->target].program,
        .columns = rules->columns,
        .selection = left,
        .row_count = rules->row_count,
        .arena = rules->arena,
    };
    struct wh_column value;
    WH_TRY(wh_eval_run(mapper->eval, &request, &value, &faults, err));
    WH_TRY(wh_column_need_validity(&value, rules->arena, err));
    for (size_t i = 0; i < left->count; i++) {
        uint16_t row = left->rows[i];
        if (rules->fault_codes[row] != WH_FAULT_NONE)
            wh_column_set_null(&value, row);
        rules->fault_codes[row] = WH_FAULT_NONE;
    }
    WH_TRY(wh_column_init(ret, (struct wh_type){.kind = WH_KIND_TEXT}, rules->row_count,
                          rules->arena, err));
    return wh_column_print(&value, left, rules->row_count, rules->arena, ret, err);
}

static wh_code select_left(struct wh_item_batch *batch, struct wh_selection *left,
                           struct wh_error *err)
{
    left->rows =
        wh_arena_array(&batch->source.arena, WH_MAX(batch->source.row_count, 1), sizeof(uint16_t));
    if (left->rows == NULL)
        return wh_error_no_memory(err, batch->source.row_count * sizeof(uint16_t));
    left->count = 0;
    for (size_t row = 0; row < batch->source.row_count; row++) {
        uint8_t fate = batch->rules.fates[row];
        left->rows[left->count] = (uint16_t)row;
        left->count += fate == WH_ROW_SKIPPED || fate == WH_ROW_REJECTED;
    }
    return WH_OK;
}

/* A refused record stands for the row that its key gives, where that is one and the same. A record
 * that was left out on purpose stands for none; nor does one whose key could not be converted:
 * which row that was meant to be, nobody knows. */
static void hash_left_matches(const struct wh_item_plan *item, struct wh_item_batch *batch,
                              const struct wh_selection *left, const struct wh_column *mapped_key)
{
    if (!item->key_is_match || item->key_count != 1 || mapped_key == NULL)
        return;
    for (size_t i = 0; i < left->count; i++) {
        uint16_t row = left->rows[i];
        if (batch->rules.fates[row] == WH_ROW_REJECTED && !wh_column_is_null(mapped_key, row))
            batch->match_hashes[row] = wh_hash_values(&batch->keys[row], 1, WH_STATE_ROW_SEED);
    }
}

static wh_code make_left_keys(struct wh_mapper *mapper, struct wh_item_batch *batch,
                              struct wh_error *err)
{
    const struct wh_item_plan *item = mapper->options.item;
    struct wh_selection left;
    WH_TRY(select_left(batch, &left, err));
    if (left.count == 0)
        return WH_OK;
    WH_TRY(wh_mapper_mend_keys(mapper, batch, &left, err));
    struct wh_column *columns =
        wh_arena_array(&batch->source.arena, item->key_count, sizeof(*columns));
    const struct wh_column **mapped =
        wh_arena_array(&batch->source.arena, item->key_count, sizeof(*mapped));
    if (columns == NULL || mapped == NULL)
        return wh_error_no_memory(err, item->key_count * sizeof(*columns));
    for (size_t i = 0; i < item->key_count; i++) {
        if (item->key[i].target == SIZE_MAX)
            continue;
        WH_TRY(map_key_part(mapper, batch, &item->key[i], &left, &columns[i], err));
        mapped[i] = &columns[i];
    }
    struct key_parts parts = {.item = item, .batch = batch, .mapped = mapped};
    for (size_t i = 0; i < left.count; i++)
        WH_TRY(make_key(&parts, left.rows[i], err));
    hash_left_matches(item, batch, &left, mapped[0]);
    return WH_OK;
}

/* ---- live rows ------------------------------------------------------------------------------- */

static void drop_keyless(struct wh_item_batch *batch, uint16_t row, struct wh_str detail)
{
    wh_rule_batch_drop(
        &batch->rules, WH_ROW_REJECTED,
        (struct wh_row_reason){
            .row = row, .stage = WH_STAGE_KEY, .detail = detail, .sqlstate = "23502"});
}

static wh_code make_live_keys(struct wh_mapper *mapper, struct wh_item_batch *batch,
                              struct wh_error *err)
{
    const struct wh_item_plan *item = mapper->options.item;
    struct wh_rule_batch *rules = &batch->rules;
    const struct wh_column **mapped =
        wh_arena_array(rules->arena, item->key_count, sizeof(*mapped));
    if (mapped == NULL)
        return wh_error_no_memory(err, item->key_count * sizeof(*mapped));
    for (size_t i = 0; i < item->key_count; i++)
        mapped[i] = item->key[i].target != SIZE_MAX ? &batch->texts[item->key[i].target] : NULL;
    struct key_parts parts = {.item = item, .batch = batch, .mapped = mapped};
    for (size_t i = 0; i < rules->live.count; i++) {
        uint16_t row = rules->live.rows[i];
        WH_TRY(make_key(&parts, row, err));
        if (batch->keys[row].ptr == NULL)
            drop_keyless(batch, row, WH_STR("the key is null"));
    }
    wh_rule_batch_shrink(rules);
    return WH_OK;
}

static void drop_null_matches(const struct wh_item_plan *item, struct wh_item_batch *batch)
{
    struct wh_rule_batch *rules = &batch->rules;
    for (size_t i = 0; i < item->match_count; i++) {
        const struct wh_column *column = &batch->texts[item->match[i]];
        if (column->validity == NULL)
            continue;
        for (size_t j = 0; j < rules->live.count; j++)
            if (wh_column_is_null(column, rules->live.rows[j]))
                drop_keyless(batch, rules->live.rows[j],
                             WH_STR("a value that identifies the destination's row is null"));
    }
    wh_rule_batch_shrink(rules);
}

static wh_code hash_matches(const struct wh_item_plan *item, struct wh_item_batch *batch,
                            struct wh_error *err)
{
    const struct wh_column **columns =
        wh_arena_array(&batch->source.arena, item->match_count, sizeof(*columns));
    if (columns == NULL)
        return wh_error_no_memory(err, item->match_count * sizeof(*columns));
    for (size_t i = 0; i < item->match_count; i++)
        columns[i] = &batch->texts[item->match[i]];
    wh_hash_rows(columns, item->match_count, &batch->rules.live, WH_STATE_ROW_SEED,
                 batch->match_hashes);
    return WH_OK;
}

wh_code wh_mapper_make_keys(struct wh_mapper *mapper, struct wh_item_batch *batch,
                            struct wh_error *err)
{
    const struct wh_item_plan *item = mapper->options.item;
    /* First, so that rows dropped below keep the key that they have. */
    WH_TRY(make_left_keys(mapper, batch, err));
    if (batch->rules.live.count == 0)
        return WH_OK;
    WH_TRY(make_live_keys(mapper, batch, err));
    drop_null_matches(item, batch);
    return hash_matches(item, batch, err);
}

/* ---- partial runs ---------------------------------------------------------------------------- */

static int compare_places(const void *a, const void *b)
{
    const struct wh_filter_place *x = a;
    const struct wh_filter_place *y = b;
    int order = (x->line > y->line) - (x->line < y->line);
    return order != 0 ? order : (x->hash > y->hash) - (x->hash < y->hash);
}

/* True where a place with this line is asked for. */
static bool has_line(const struct wh_item_filter *filter, uint64_t line)
{
    size_t first = 0;
    size_t end = filter->place_count;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (filter->places[middle].line < line)
            first = middle + 1;
        else
            end = middle;
    }
    return first < filter->place_count && filter->places[first].line == line;
}

/* True where a record stood that was refused and had no key to know it by. */
static bool is_at_asked_place(const struct wh_mapper *mapper, struct wh_item_batch *batch,
                              size_t row)
{
    const struct wh_item_filter *filter = mapper->options.filter;
    const struct wh_item_plan *item = mapper->options.item;
    const struct wh_position *position = &batch->source.positions[row];
    struct wh_str place;
    struct wh_error unused = WH_ERROR_NONE;
    if (filter->place_count == 0 || !has_line(filter, position->line) ||
        item->source_functions->place(item->source, position, &batch->source.arena, &place,
                                      &unused) != WH_OK)
        return false;
    struct wh_filter_place wanted = {.line = position->line, .hash = wh_hash_bytes(place, 0)};
    return bsearch(&wanted, filter->places, filter->place_count, sizeof(wanted), compare_places) !=
           NULL;
}

static bool is_asked_for(const struct wh_mapper *mapper, struct wh_item_batch *batch, size_t row)
{
    const struct wh_item_filter *filter = mapper->options.filter;
    struct wh_str key = batch->keys[row];
    if (filter->keys != NULL &&
        (key.ptr == NULL || bsearch(&key, filter->keys, filter->key_count, sizeof(*filter->keys),
                                    wh_str_order) == NULL))
        return false;
    if (!filter->only_rejected && !filter->only_failed)
        return true;
    if (key.ptr == NULL)
        return filter->only_rejected;
    if (is_at_asked_place(mapper, batch, row))
        return true;
    struct wh_state_entry entry;
    if (filter->refused_key_count > 0 &&
        bsearch(&key, filter->refused_keys, filter->refused_key_count, sizeof(key), wh_str_order) !=
            NULL)
        return false;
    if (mapper->options.state == NULL ||
        !wh_state_find(mapper->options.state, wh_hash_bytes(key, WH_STATE_KEY_SEED), true, &entry))
        return false;
    return (entry.flags & WH_STATE_REJECTED) != 0 ? filter->only_rejected : filter->only_failed;
}

/* Records that gave no row, without those that were left out in reading. */
static void keep_unreadable(struct wh_batch *source)
{
    size_t kept = 0;
    for (size_t i = 0; i < source->bad_count; i++)
        if (!source->bad[i].is_left_out)
            source->bad[kept++] = source->bad[i];
    source->bad_count = kept;
}

void wh_mapper_apply_key_filter(const struct wh_mapper *mapper, struct wh_item_batch *batch)
{
    if (mapper->options.filter == NULL)
        return;
    for (size_t row = 0; row < batch->source.row_count; row++)
        if (!is_asked_for(mapper, batch, row))
            batch->rules.fates[row] = WH_ROW_UNASKED;
    /* Records without a key or values are asked for by nothing but --only rejected. */
    if (!mapper->options.filter->only_rejected || mapper->options.filter->keys != NULL)
        batch->source.bad_count = 0;
    keep_unreadable(&batch->source);
    wh_rule_batch_shrink(&batch->rules);
}
