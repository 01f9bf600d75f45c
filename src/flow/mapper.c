/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/mapper.h"

#include <stdlib.h>

#include "base/error.h"
#include "data/hash.h"
#include "data/text.h"
#include "flow/keys.h"
#include "flow/mapper_state.h"
#include "flow/mend.h"
#include "flow/seen_keys.h"
#include "flow/survey_collect.h"

/* Texts of keys and of what checks compare are needed at once; others when they are logged. */
static wh_code find_needed_texts(struct wh_mapper *mapper, struct wh_error *err)
{
    const struct wh_item_plan *item = mapper->options.item;
    mapper->needs_text = calloc(WH_MAX(item->target_count, 1), sizeof(*mapper->needs_text));
    if (mapper->needs_text == NULL)
        return wh_error_no_memory(err, item->target_count);
    for (size_t i = 0; i < item->match_count; i++)
        mapper->needs_text[item->match[i]] = true;
    for (size_t i = 0; i < item->definition->expect_count; i++) {
        const struct wh_expect_definition *check = item->expectations[i].definition;
        bool compares = check->kind == WH_EXPECT_UNIQUE || check->kind == WH_EXPECT_ACCEPTED_VALUES;
        for (size_t j = 0; j < check->column_count && compares; j++)
            mapper->needs_text[item->expectations[i].columns[j]] = true;
    }
    return WH_OK;
}

wh_code wh_mapper_open(const struct wh_mapper_options *options, struct wh_mapper **ret,
                       struct wh_error *err)
{
    struct wh_mapper *mapper = calloc(1, sizeof(*mapper));
    if (mapper == NULL)
        return wh_error_no_memory(err, sizeof(*mapper));
    mapper->options = *options;
    wh_code rc = wh_eval_new(&mapper->eval, err);
    if (rc == WH_OK)
        rc = find_needed_texts(mapper, err);
    if (rc == WH_OK)
        rc = wh_mapper_find_mending(mapper, err);
    if (rc != WH_OK) {
        wh_mapper_close(mapper);
        return rc;
    }
    wh_eval_set_now(mapper->eval, options->now);
    wh_eval_set_cancel(mapper->eval, options->cancel);
    *ret = mapper;
    return WH_OK;
}

void wh_mapper_close(struct wh_mapper *mapper)
{
    if (mapper == NULL)
        return;
    wh_eval_free(mapper->eval);
    free(mapper->mends_key);
    free(mapper->needs_text);
    free(mapper);
}

/* ---- what the survey decided ----------------------------------------------------------------- */

/* A question to the survey about rows of one batch. */
struct verdict {
    const struct wh_mapper *mapper;
    const struct wh_item_batch *batch;
    enum wh_criterion_kind kind;
};

/* Why a record lost, naming the one that won. Without words where memory is out:
 * the loss counts. */
static struct wh_str verdict_reason(const struct verdict *verdict, struct wh_position winner,
                                    struct wh_arena *arena)
{
    static const char *const reasons[] = {
        [WH_CRITERION_DUPLICATES] = "is kept, and this is a duplicate of it",
        [WH_CRITERION_KEY] = "has the same key and comes first",
        [WH_CRITERION_UNIQUE] = "has the same value and comes first",
    };
    const struct wh_item_plan *item = verdict->mapper->options.item;
    struct wh_str place;
    struct wh_str reason;
    struct wh_error unused = WH_ERROR_NONE;
    if (item->source_functions->place(item->source, &winner, arena, &place, &unused) != WH_OK ||
        wh_arena_format(arena, &reason, &unused, "%.*s %s", WH_FMT(place),
                        reasons[verdict->kind]) != WH_OK)
        return WH_STR("another record has the same value");
    return reason;
}

static bool verdict_lost(void *ctx, size_t ordinal, size_t row, struct wh_arena *arena,
                         struct wh_str *ret_reason)
{
    const struct verdict *verdict = ctx;
    struct wh_position winner;
    if (!wh_survey_lost(verdict->mapper->options.survey, verdict->kind, ordinal,
                        &verdict->batch->source.positions[row], &winner))
        return false;
    *ret_reason = verdict_reason(verdict, winner, arena);
    return true;
}

/* ---- the steps ------------------------------------------------------------------------------- */

/* Rows for which the command line's condition does not hold are no items of this run. */
static wh_code apply_filter_condition(struct wh_mapper *mapper, struct wh_item_batch *batch,
                                      struct wh_error *err)
{
    const struct wh_item_filter *filter = mapper->options.filter;
    if (filter == NULL || filter->condition == NULL)
        return WH_OK;
    struct wh_rule_batch *rules = &batch->rules;
    struct wh_column holds;
    struct wh_rule_program program = {
        .program = filter->condition, .columns = rules->columns, .stage = WH_STAGE_WHERE};
    WH_TRY(wh_rule_evaluate(mapper->eval, &program, rules, &holds, err));
    for (size_t i = 0; i < rules->live.count; i++) {
        uint16_t row = rules->live.rows[i];
        if (wh_column_is_null(&holds, row) || holds.values.bools[row] == 0)
            rules->fates[row] = WH_ROW_UNASKED;
    }
    wh_rule_batch_shrink(rules);
    return WH_OK;
}

static wh_code apply_where(struct wh_mapper *mapper, struct wh_item_batch *batch,
                           struct wh_error *err)
{
    const struct wh_item_plan *item = mapper->options.item;
    struct wh_rule_batch *rules = &batch->rules;
    if (item->where == NULL)
        return WH_OK;
    struct wh_column holds;
    struct wh_rule_program program = {
        .program = item->where, .columns = rules->columns, .stage = WH_STAGE_WHERE};
    WH_TRY(wh_rule_evaluate(mapper->eval, &program, rules, &holds, err));
    for (size_t i = 0; i < rules->live.count; i++) {
        uint16_t row = rules->live.rows[i];
        if (!wh_column_is_null(&holds, row) && holds.values.bools[row] != 0)
            continue;
        wh_rule_batch_drop(rules, WH_ROW_SKIPPED,
                           (struct wh_row_reason){.row = row,
                                                  .stage = WH_STAGE_WHERE,
                                                  .detail = WH_STR("left out by 'where'")});
    }
    wh_rule_batch_shrink(rules);
    return WH_OK;
}

static wh_code apply_clean(struct wh_mapper *mapper, struct wh_item_batch *batch,
                           struct wh_error *err)
{
    const struct wh_item_plan *item = mapper->options.item;
    struct verdict verdict = {.mapper = mapper, .batch = batch, .kind = WH_CRITERION_DUPLICATES};
    struct wh_survey_verdicts verdicts = {.lost = verdict_lost, .ctx = &verdict};
    struct wh_survey_collector *collector = mapper->options.collector;
    struct wh_clean_request request = {
        .rules = item->clean,
        .rule_count = item->definition->clean_count,
        .eval = mapper->eval,
        .verdicts = mapper->options.survey != NULL ? &verdicts : NULL,
        .visit = collector != NULL ? wh_survey_collect_duplicates : NULL,
        .visit_ctx = collector,
        .touched = batch->touched,
    };
    return wh_clean_run(&request, &batch->rules, err);
}

/* A NULL where the destination has NOT NULL is refused here, before it costs a write. */
static wh_code refuse_nulls(struct wh_item_batch *batch, const struct wh_target *target,
                            size_t index, struct wh_error *err)
{
    const struct wh_column *column = &batch->targets[index];
    if (!target->is_not_null || column->validity == NULL)
        return WH_OK;
    struct wh_rule_batch *rules = &batch->rules;
    struct wh_str detail = WH_STR_NONE;
    for (size_t i = 0; i < rules->live.count; i++) {
        uint16_t row = rules->live.rows[i];
        if (!wh_column_is_null(column, row))
            continue;
        if (detail.ptr == NULL)
            WH_TRY(wh_arena_format(rules->arena, &detail, err,
                                   "the value is null, but '%.*s' may not be",
                                   WH_FMT(target->name)));
        wh_rule_batch_drop(rules, WH_ROW_REJECTED,
                           (struct wh_row_reason){.row = row,
                                                  .stage = WH_STAGE_MAP,
                                                  .rule = (uint16_t)index,
                                                  .detail = detail,
                                                  .sqlstate = "23502"});
    }
    wh_rule_batch_shrink(rules);
    return WH_OK;
}

/* A value that the destination's storage would change, and what is wrong with it. */
static wh_code describe_inexact(const struct wh_mapper *mapper, const struct wh_column *column,
                                uint16_t row, uint8_t fault, struct wh_arena *arena,
                                struct wh_str *ret, struct wh_error *err)
{
    const struct wh_mapper_options *options = &mapper->options;
    const struct wh_destination_functions *functions = options->connection->functions;
    struct wh_str text;
    struct wh_str why = WH_STR_NONE;
    if (wh_value_print(column, row, arena, &text) != WH_FAULT_NONE)
        return wh_error_no_memory(err, WH_DOUBLE_SIZE);
    if (functions->explain != NULL)
        WH_TRY(functions->explain(options->writer, fault, text, arena, &why, err));
    if (why.ptr == NULL)
        why = wh_str_from(wh_fault_text(fault));
    return wh_arena_format(arena, ret, err, "'%.*s' %.*s", WH_FMT(text), WH_FMT(why));
}

/* Values that the destination's storage would change are refused:
 * they would not read back equal. */
static wh_code refuse_inexact(struct wh_mapper *mapper, struct wh_item_batch *batch, size_t index,
                              struct wh_error *err)
{
    const struct wh_mapper_options *options = &mapper->options;
    struct wh_rule_batch *rules = &batch->rules;
    if (!options->item->targets[index].may_be_inexact || options->writer == NULL ||
        rules->live.count == 0)
        return WH_OK;
    uint8_t *faults = rules->fault_codes;
    WH_TRY(options->connection->functions->check(options->writer, index, &batch->targets[index],
                                                 &rules->live, faults, err));
    for (size_t i = 0; i < rules->live.count; i++) {
        uint16_t row = rules->live.rows[i];
        uint8_t fault = faults[row];
        if (fault == WH_FAULT_NONE)
            continue;
        faults[row] = WH_FAULT_NONE;
        struct wh_str detail;
        WH_TRY(describe_inexact(mapper, &batch->targets[index], row, fault, rules->arena, &detail,
                                err));
        wh_rule_batch_drop(rules, WH_ROW_REJECTED,
                           (struct wh_row_reason){.row = row,
                                                  .stage = WH_STAGE_MAP,
                                                  .rule = (uint16_t)index,
                                                  .detail = detail,
                                                  .sqlstate = wh_fault_sqlstate(fault)});
    }
    wh_rule_batch_shrink(rules);
    return WH_OK;
}

static bool is_match_target(const struct wh_item_plan *item, size_t index)
{
    for (size_t i = 0; i < item->match_count; i++)
        if (item->match[i] == index)
            return true;
    return false;
}

/* One destination column for the live rows: value, refusals, canonical text. */
static wh_code map_target(struct wh_mapper *mapper, struct wh_item_batch *batch, size_t index,
                          struct wh_error *err)
{
    const struct wh_target *target = &mapper->options.item->targets[index];
    struct wh_rule_batch *rules = &batch->rules;
    struct wh_rule_program program = {.program = target->program,
                                      .columns = rules->columns,
                                      .stage = WH_STAGE_MAP,
                                      .rule = (uint16_t)index};
    WH_TRY(wh_rule_evaluate(mapper->eval, &program, rules, &batch->targets[index], err));
    /* A NULL among the match values is no key: keys.c says so. */
    if (!is_match_target(mapper->options.item, index))
        WH_TRY(refuse_nulls(batch, target, index, err));
    WH_TRY(refuse_inexact(mapper, batch, index, err));
    if (!mapper->needs_text[index])
        return WH_OK;
    return wh_item_batch_print(batch, index, &rules->live, rules->arena, err);
}

static wh_code map_match_targets(struct wh_mapper *mapper, struct wh_item_batch *batch,
                                 struct wh_error *err)
{
    const struct wh_item_plan *item = mapper->options.item;
    for (size_t i = 0; i < item->match_count && batch->rules.live.count > 0; i++)
        WH_TRY(map_target(mapper, batch, item->match[i], err));
    return WH_OK;
}

static wh_code map_other_targets(struct wh_mapper *mapper, struct wh_item_batch *batch,
                                 struct wh_error *err)
{
    const struct wh_item_plan *item = mapper->options.item;
    for (size_t i = 0; i < item->target_count && batch->rules.live.count > 0; i++)
        if (!is_match_target(item, i))
            WH_TRY(map_target(mapper, batch, i, err));
    return WH_OK;
}

static void drop_repeated_keys(struct wh_mapper *mapper, struct wh_item_batch *batch)
{
    const struct wh_survey *survey = mapper->options.survey;
    if (survey == NULL || wh_survey_all_won(survey, WH_CRITERION_KEY, 0))
        return;
    struct verdict verdict = {.mapper = mapper, .batch = batch, .kind = WH_CRITERION_KEY};
    struct wh_rule_batch *rules = &batch->rules;
    for (size_t i = 0; i < rules->live.count; i++) {
        uint16_t row = rules->live.rows[i];
        struct wh_str detail;
        if (verdict_lost(&verdict, 0, row, rules->arena, &detail))
            wh_rule_batch_drop(
                rules, WH_ROW_REJECTED,
                (struct wh_row_reason){
                    .row = row, .stage = WH_STAGE_KEY, .detail = detail, .sqlstate = "23505"});
    }
    wh_rule_batch_shrink(rules);
}

/* A unique check that the row lost has to be looked at again, whatever the ledger says. */
static bool lost_a_unique_check(const struct wh_mapper *mapper, const struct wh_item_batch *batch,
                                uint16_t row)
{
    const struct wh_item_plan *item = mapper->options.item;
    struct wh_position winner;
    for (size_t i = 0; i < item->unique_expectation_count; i++)
        if (wh_survey_lost(mapper->options.survey, WH_CRITERION_UNIQUE, i,
                           &batch->source.positions[row], &winner))
            return true;
    return false;
}

static bool may_trust(const struct wh_mapper *mapper, const struct wh_item_batch *batch,
                      uint16_t row)
{
    const struct wh_state *state = mapper->options.state;
    struct wh_state_entry entry;
    if (!wh_state_find(state, batch->match_hashes[row], false, &entry) ||
        entry.source_hash != batch->source_hashes[row])
        return false;
    if (!mapper->options.item->key_is_match &&
        entry.owner != wh_hash_bytes(batch->keys[row], WH_STATE_KEY_SEED))
        return false;
    if (wh_state_count(state, true) > 0 &&
        wh_state_find(state, wh_hash_bytes(batch->keys[row], WH_STATE_KEY_SEED), true, &entry))
        return false;
    return !lost_a_unique_check(mapper, batch, row);
}

/* Rows that are as the state has them need no mapping, where the ledger is trusted, or where the
 * destination tells that nobody has touched them since. */
static wh_code trust_state(const struct wh_mapper *mapper, struct wh_item_batch *batch,
                           struct wh_error *err)
{
    const struct wh_mapper_options *options = &mapper->options;
    const struct wh_selection *live = &batch->rules.live;
    struct wh_selection known = {.count = 0};
    if (options->state == NULL || (!options->trust_state && options->written.count == 0))
        return WH_OK;
    known.rows = wh_arena_array(&batch->source.arena, WH_MAX(live->count, 1), sizeof(*known.rows));
    if (known.rows == NULL)
        return wh_error_no_memory(err, live->count * sizeof(*known.rows));
    wh_state_prefetch(options->state, batch->match_hashes, live);
    for (size_t i = 0; i < live->count; i++)
        if (may_trust(mapper, batch, live->rows[i]))
            known.rows[known.count++] = live->rows[i];
    if (!options->trust_state)
        WH_TRY(wh_keep_untouched(&options->written, options->connection, options->writer, batch,
                                 &known, err));
    for (size_t i = 0; i < known.count; i++)
        batch->rules.fates[known.rows[i]] = WH_ROW_TRUSTED;
    wh_rule_batch_shrink(&batch->rules);
    return WH_OK;
}

static wh_code hash_sources(const struct wh_mapper *mapper, struct wh_item_batch *batch,
                            struct wh_error *err)
{
    size_t count = batch->source.column_count;
    const struct wh_column **columns =
        wh_arena_array(&batch->source.arena, WH_MAX(count, 1), sizeof(*columns));
    if (columns == NULL)
        return wh_error_no_memory(err, count * sizeof(*columns));
    WH_TRY(wh_item_batch_print_sources(batch, err));
    for (size_t i = 0; i < count; i++)
        columns[i] = &batch->source_texts[i];
    wh_hash_rows(columns, count, &batch->rules.live, mapper->options.item->fingerprint,
                 batch->source_hashes);
    return WH_OK;
}

static wh_code apply_expect(struct wh_mapper *mapper, struct wh_item_batch *batch,
                            struct wh_error *err)
{
    const struct wh_item_plan *item = mapper->options.item;
    struct verdict verdict = {.mapper = mapper, .batch = batch, .kind = WH_CRITERION_UNIQUE};
    struct wh_survey_verdicts verdicts = {.lost = verdict_lost, .ctx = &verdict};
    struct wh_survey_collector *collector = mapper->options.collector;
    struct wh_expect_request request = {
        .expectations = item->expectations,
        .count = item->definition->expect_count,
        .targets = batch->targets,
        .target_texts = batch->texts,
        .eval = mapper->eval,
        .verdicts = mapper->options.survey != NULL ? &verdicts : NULL,
        .visit = collector != NULL ? wh_survey_collect_unique : NULL,
        .visit_ctx = collector,
        .touched = batch->touched + item->definition->clean_count,
    };
    return wh_expect_run(&request, &batch->rules, err);
}

static wh_code prepare_history(const struct wh_mapper *mapper, struct wh_item_batch *batch,
                               struct wh_error *err)
{
    size_t count = mapper->options.item->definition->clean_count + 1;
    struct wh_rule_batch *rules = &batch->rules;
    if (!mapper->options.keeps_history)
        return WH_OK;
    rules->history = wh_arena_array(rules->arena, count, sizeof(*rules->history));
    return rules->history != NULL ? WH_OK
                                  : wh_error_no_memory(err, count * sizeof(*rules->history));
}

/* The part of the way that a survey needs, too: records with their keys and match values. */
static wh_code find_items(struct wh_mapper *mapper, struct wh_item_batch *batch,
                          struct wh_error *err)
{
    WH_TRY(wh_item_batch_prepare(batch, mapper->options.item, err));
    WH_TRY(prepare_history(mapper, batch, err));
    if (mapper->options.collector != NULL)
        wh_survey_collector_begin(mapper->options.collector, batch, mapper->eval);
    WH_TRY(apply_filter_condition(mapper, batch, err));
    WH_TRY(apply_where(mapper, batch, err));
    WH_TRY(apply_clean(mapper, batch, err));
    WH_TRY(map_match_targets(mapper, batch, err));
    return wh_mapper_make_keys(mapper, batch, err);
}

static wh_code survey_items(struct wh_mapper *mapper, struct wh_item_batch *batch,
                            struct wh_error *err)
{
    struct wh_survey_collector *collector = mapper->options.collector;
    WH_TRY(wh_survey_collect_keys(collector, err));
    if (!wh_survey_collects_unique(collector))
        return WH_OK;
    WH_TRY(map_other_targets(mapper, batch, err));
    return apply_expect(mapper, batch, err);
}

wh_code wh_mapper_run(struct wh_mapper *mapper, struct wh_item_batch *batch, struct wh_error *err)
{
    WH_TRY(find_items(mapper, batch, err));
    if (mapper->options.collector != NULL)
        return survey_items(mapper, batch, err);
    if (mapper->options.keys != NULL)
        WH_TRY(wh_key_list_add(mapper->options.keys, mapper->options.item, batch, err));
    wh_mapper_apply_key_filter(mapper, batch);
    WH_TRY(wh_item_batch_list(batch, err));
    drop_repeated_keys(mapper, batch);
    WH_TRY(hash_sources(mapper, batch, err));
    WH_TRY(trust_state(mapper, batch, err));
    WH_TRY(map_other_targets(mapper, batch, err));
    return apply_expect(mapper, batch, err);
}

double wh_mapper_conversion_seconds(const struct wh_mapper *mapper)
{
    return wh_eval_seconds(mapper->eval);
}
