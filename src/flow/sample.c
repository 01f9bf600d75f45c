/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/sample.h"

#include "base/error.h"
#include "data/text.h"

/* One record that a rule touched, on its way to the samples. */
struct touching {
    const struct wh_item_plan *item;
    struct wh_item_batch *batch;
    size_t rule;
    uint16_t row;
    struct wh_arena *arena;
};

static wh_code copy_cut(struct wh_str text, struct wh_arena *arena, struct wh_str *ret,
                        struct wh_error *err)
{
    if (text.len <= WH_SAMPLE_BYTES)
        return wh_arena_copy(arena, text, ret, err);
    text.len = wh_str_utf8_cut(text, WH_SAMPLE_BYTES);
    return wh_arena_format(arena, ret, err, "%.*s…", WH_FMT(text));
}

static wh_code print_value(const struct touching *touching, const struct wh_column *column,
                           struct wh_str *ret, struct wh_error *err)
{
    struct wh_str text;
    *ret = WH_STR_NONE;
    if (wh_column_is_null(column, touching->row))
        return WH_OK;
    if (wh_value_print(column, touching->row, touching->batch->rules.arena, &text) != WH_FAULT_NONE)
        return wh_error_no_memory(err, WH_DOUBLE_SIZE);
    return copy_cut(text, touching->arena, ret, err);
}

/* The columns that the rule sets, as far as it changed their values. */
static wh_code take_changes(const struct touching *touching, struct wh_rule_sample *sample,
                            struct wh_error *err)
{
    const struct wh_item_plan *item = touching->item;
    const struct wh_clean_rule *rule = &item->clean[touching->rule];
    const struct wh_column *before = touching->batch->rules.history[touching->rule];
    const struct wh_column *after = touching->batch->rules.history[touching->rule + 1];
    size_t count = rule->definition->set_count;
    sample->changes = wh_arena_array(touching->arena, WH_MAX(count, 1), sizeof(*sample->changes));
    if (sample->changes == NULL)
        return wh_error_no_memory(err, count * sizeof(*sample->changes));
    for (size_t i = 0; i < count; i++) {
        size_t column = rule->sets[i].column;
        struct wh_rule_change *change = &sample->changes[sample->change_count];
        *change = (struct wh_rule_change){.column = WH_STR_NONE};
        /* Samples are shown when the source, whose its names are, is closed. */
        WH_TRY(copy_cut(item->source_table.columns[column].name, touching->arena, &change->column,
                        err));
        WH_TRY(print_value(touching, &before[column], &change->before, err));
        WH_TRY(print_value(touching, &after[column], &change->after, err));
        if (wh_str_equal_or_null(change->before, change->after))
            continue;
        sample->change_count++;
        if (item->redacted_cleaned[column])
            *change = (struct wh_rule_change){.column = change->column, .is_redacted = true};
    }
    return WH_OK;
}

static wh_code take_sample(const struct touching *touching, struct wh_rule_sample *ret,
                           struct wh_error *err)
{
    const struct wh_item_plan *item = touching->item;
    struct wh_item_batch *batch = touching->batch;
    const struct wh_position *position = &batch->source.positions[touching->row];
    const struct wh_row_reason *reason = wh_item_batch_reason(batch, touching->row);
    struct wh_str key = batch->keys[touching->row];
    *ret = (struct wh_rule_sample){.record = wh_record_number(position)};
    WH_TRY(
        item->source_functions->place(item->source, position, touching->arena, &ret->place, err));
    if (key.ptr != NULL)
        WH_TRY(copy_cut(key, touching->arena, &ret->key, err));
    if (touching->rule >= item->definition->clean_count)
        return WH_OK;
    /* Why a rule that sets values refused a record shows one of them. */
    bool is_hidden = item->definition->redact_count > 0 &&
                     item->clean[touching->rule].definition->action == WH_CLEAN_SET;
    if (reason != NULL && reason->stage == WH_STAGE_CLEAN && reason->rule == touching->rule &&
        !is_hidden)
        WH_TRY(copy_cut(reason->detail, touching->arena, &ret->reason, err));
    if (item->clean[touching->rule].definition->action != WH_CLEAN_SET)
        return WH_OK;
    return take_changes(touching, ret, err);
}

/* Where a record belongs among the samples; WH_RULE_SAMPLES where there are earlier ones enough. */
static size_t find_place(const struct wh_rule_samples *samples, uint64_t record)
{
    size_t at = samples->count;
    while (at > 0 && samples->items[at - 1].record > record)
        at--;
    return at;
}

static wh_code add_sample(struct wh_rule_samples *samples, size_t at,
                          const struct touching *touching, struct wh_error *err)
{
    struct wh_rule_sample sample;
    WH_TRY(take_sample(touching, &sample, err));
    samples->count = WH_MIN(samples->count + 1, (size_t)WH_RULE_SAMPLES);
    for (size_t i = samples->count - 1; i > at; i--)
        samples->items[i] = samples->items[i - 1];
    samples->items[at] = sample;
    return WH_OK;
}

static wh_code add_of_rule(struct wh_rule_samples *samples, struct touching *touching,
                           struct wh_error *err)
{
    const struct wh_item_batch *batch = touching->batch;
    for (size_t row = 0; row < batch->source.row_count; row++) {
        if (batch->touched[touching->rule][row] == 0 || batch->rules.fates[row] == WH_ROW_UNASKED)
            continue;
        size_t at = find_place(samples, wh_record_number(&batch->source.positions[row]));
        /* Rows come in source order, so the next ones have no place either. */
        if (at == WH_RULE_SAMPLES)
            return WH_OK;
        touching->row = (uint16_t)row;
        WH_TRY(add_sample(samples, at, touching, err));
    }
    return WH_OK;
}

wh_code wh_samples_add(struct wh_rule_samples *samples, const struct wh_item_plan *item,
                       struct wh_item_batch *batch, struct wh_arena *arena, struct wh_error *err)
{
    size_t count = item->definition->clean_count + item->definition->expect_count;
    for (size_t rule = 0; rule < count; rule++) {
        struct touching touching = {.item = item, .batch = batch, .rule = rule, .arena = arena};
        WH_TRY(add_of_rule(&samples[rule], &touching, err));
    }
    return WH_OK;
}
