/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/survey_collect.h"

#include "base/error.h"
#include "data/hash.h"
#include "data/text.h"
#include "flow/survey_state.h"

void wh_survey_collector_begin(struct wh_survey_collector *collector,
                               const struct wh_item_batch *batch, struct wh_eval *eval)
{
    collector->batch = batch;
    collector->eval = eval;
}

bool wh_survey_collects_unique(const struct wh_survey_collector *collector)
{
    return collector->item->unique_expectation_count > 0;
}

static wh_code add_entry(struct wh_survey_collector *collector,
                         const struct wh_criterion *criterion, const struct wh_survey_entry *entry,
                         struct wh_error *err)
{
    size_t index = (size_t)(criterion - collector->survey->criteria);
    return wh_spill_filler_add(collector->fillers[index], entry, 1, err);
}

/* The rows of @p rows in which none of the columns is NULL: NULL never equals NULL. */
static wh_code rows_without_null(const struct wh_column *const *columns, size_t count,
                                 const struct wh_selection *rows, struct wh_arena *arena,
                                 struct wh_selection *ret)
{
    ret->rows = wh_arena_array(arena, WH_MAX(rows->count, 1), sizeof(uint16_t));
    ret->count = 0;
    if (ret->rows == NULL)
        return WH_NO_MEMORY;
    for (size_t i = 0; i < rows->count; i++) {
        bool has_null = false;
        for (size_t j = 0; j < count && !has_null; j++)
            has_null = wh_column_is_null(columns[j], rows->rows[i]);
        ret->rows[ret->count] = rows->rows[i];
        ret->count += !has_null;
    }
    return WH_OK;
}

/* What makes records the same, and what orders them. */
struct entry_values {
    const struct wh_criterion *criterion;
    const struct wh_column *const *texts;
    size_t text_count;
    const struct wh_selection *rows;
    const struct wh_column *order; /* NULL: the source's order is enough */
};

static wh_code add_row_entry(struct wh_survey_collector *collector,
                             const struct entry_values *values, uint16_t row,
                             struct wh_hash128 hash, struct wh_error *err)
{
    const struct wh_position *position = &collector->batch->source.positions[row];
    struct wh_survey_entry entry = {.hash = hash, .record = wh_record_number(position)};
    bool largest_first = values->criterion->keep == WH_SURVIVOR_MAX;
    if (values->order != NULL && !wh_order_encode(values->order, row, largest_first, entry.order))
        return wh_error_set(err, WH_UNSUPPORTED,
                            "line %llu has a value in 'keep' that is longer than %d bytes; keep by "
                            "a shorter one",
                            (unsigned long long)position->line, WH_ORDER_SIZE - 1);
    return add_entry(collector, values->criterion, &entry, err);
}

/* Adds an entry for each row in which no value is NULL. */
static wh_code add_entries(struct wh_survey_collector *collector, const struct entry_values *values,
                           struct wh_error *err)
{
    struct wh_arena *arena = collector->batch->rules.arena;
    struct wh_selection chosen;
    if (rows_without_null(values->texts, values->text_count, values->rows, arena, &chosen) != WH_OK)
        return wh_error_no_memory(err, values->rows->count * sizeof(uint16_t));
    struct wh_hash128 *hashes = wh_arena_array(arena, WH_BATCH_ROWS, sizeof(*hashes));
    if (hashes == NULL)
        return wh_error_no_memory(err, WH_BATCH_ROWS * sizeof(*hashes));
    wh_hash128_rows(values->texts, values->text_count, &chosen, hashes);
    for (size_t i = 0; i < chosen.count; i++)
        WH_TRY(add_row_entry(collector, values, chosen.rows[i], hashes[chosen.rows[i]], err));
    return WH_OK;
}

/* Evaluates a program of a duplicates rule to canonical texts, and to its values. */
static wh_code evaluate_duplicate(struct wh_survey_collector *collector,
                                  const struct wh_program *program, uint16_t rule,
                                  struct wh_rule_batch *rules, struct wh_column *ret_value,
                                  struct wh_error *err)
{
    struct wh_rule_program request = {
        .program = program, .columns = rules->columns, .stage = WH_STAGE_CLEAN, .rule = rule};
    return wh_rule_evaluate(collector->eval, &request, rules, ret_value, err);
}

static wh_code print_values(const struct wh_column *value, struct wh_rule_batch *rules,
                            struct wh_column *ret, struct wh_error *err)
{
    WH_TRY(wh_column_init(ret, (struct wh_type){.kind = WH_KIND_TEXT}, rules->row_count,
                          rules->arena, err));
    return wh_column_print(value, &rules->live, rules->row_count, rules->arena, ret, err);
}

wh_code wh_survey_collect_duplicates(void *ctx, const struct wh_clean_rule *rule,
                                     struct wh_rule_batch *rules, struct wh_error *err)
{
    struct wh_survey_collector *collector = ctx;
    const struct wh_criterion *criterion = wh_survey_find_criterion(
        collector->survey, WH_CRITERION_DUPLICATES, rule->duplicate_ordinal);
    size_t count = rule->definition->duplicate_count;
    uint16_t index = (uint16_t)(rule - collector->item->clean);
    struct wh_column *texts = wh_arena_array(rules->arena, count, sizeof(*texts));
    const struct wh_column **pointers = wh_arena_array(rules->arena, count, sizeof(*pointers));
    if (texts == NULL || pointers == NULL)
        return wh_error_no_memory(err, count * sizeof(*texts));
    struct wh_column value;
    for (size_t i = 0; i < count; i++) {
        WH_TRY(evaluate_duplicate(collector, rule->duplicates[i], index, rules, &value, err));
        WH_TRY(print_values(&value, rules, &texts[i], err));
        pointers[i] = &texts[i];
    }
    struct entry_values values = {
        .criterion = criterion, .texts = pointers, .text_count = count, .rows = &rules->live};
    if (rule->keep_value != NULL) {
        WH_TRY(evaluate_duplicate(collector, rule->keep_value, index, rules, &value, err));
        values.order = &value;
    }
    return add_entries(collector, &values, err);
}

static uint64_t count_unreadable(const struct wh_batch *source)
{
    uint64_t count = 0;
    for (size_t i = 0; i < source->bad_count; i++)
        count += !source->bad[i].is_left_out;
    return count;
}

static wh_code add_present(struct wh_survey_collector *collector, struct wh_error *err)
{
    const struct wh_item_batch *batch = collector->batch;
    uint64_t unplaced = count_unreadable(&batch->source);
    for (size_t row = 0; row < batch->source.row_count; row++) {
        if (batch->match_hashes[row] != 0)
            WH_TRY(wh_spill_filler_add(collector->present, &batch->match_hashes[row], 1, err));
        else
            unplaced += batch->rules.fates[row] == WH_ROW_REJECTED;
    }
    atomic_fetch_add(&collector->survey->unplaced, unplaced);
    return WH_OK;
}

/* Records of the batch that stand behind one with a larger first match value. */
static size_t count_falls(const struct wh_item_batch *batch, size_t target)
{
    const struct wh_selection *live = &batch->rules.live;
    bool is_number = batch->targets[target].type.kind == WH_KIND_INT;
    const int64_t *numbers = batch->targets[target].values.ints;
    const struct wh_str *texts = batch->texts[target].values.texts;
    size_t falls = 0;
    for (size_t i = 1; i < live->count; i++) {
        uint16_t last = live->rows[i - 1];
        uint16_t row = live->rows[i];
        falls +=
            is_number ? numbers[row] < numbers[last] : wh_str_compare(texts[row], texts[last]) < 0;
    }
    return falls;
}

wh_code wh_survey_collect_keys(struct wh_survey_collector *collector, struct wh_error *err)
{
    const struct wh_item_batch *batch = collector->batch;
    const struct wh_item_plan *item = collector->item;
    if (collector->present != NULL)
        WH_TRY(add_present(collector, err));
    if (batch->rules.live.count == 0)
        return WH_OK;
    if (collector->survey->ranges != NULL) {
        wh_key_range_add(&collector->range, item, batch);
        if (collector->range.has_fallen)
            atomic_store(&collector->survey->is_unordered, true);
        return WH_OK;
    }
    atomic_fetch_add(&collector->survey->falls, count_falls(batch, item->match[0]));
    const struct wh_column **texts =
        wh_arena_array(batch->rules.arena, item->match_count, sizeof(*texts));
    if (texts == NULL)
        return wh_error_no_memory(err, item->match_count * sizeof(*texts));
    for (size_t i = 0; i < item->match_count; i++)
        texts[i] = &batch->texts[item->match[i]];
    struct entry_values values = {
        .criterion = wh_survey_find_criterion(collector->survey, WH_CRITERION_KEY, 0),
        .texts = texts,
        .text_count = item->match_count,
        .rows = &batch->rules.live};
    return add_entries(collector, &values, err);
}

wh_code wh_survey_collect_unique(void *ctx, const struct wh_expectation *expectation,
                                 struct wh_rule_batch *rules, struct wh_error *err)
{
    struct wh_survey_collector *collector = ctx;
    size_t count = expectation->definition->column_count;
    const struct wh_column **texts = wh_arena_array(rules->arena, count, sizeof(*texts));
    if (texts == NULL)
        return wh_error_no_memory(err, count * sizeof(*texts));
    for (size_t i = 0; i < count; i++)
        texts[i] = &collector->batch->texts[expectation->columns[i]];
    struct entry_values values = {
        .criterion = wh_survey_find_criterion(collector->survey, WH_CRITERION_UNIQUE,
                                              expectation->unique_ordinal),
        .texts = texts,
        .text_count = count,
        .rows = &rules->live};
    return add_entries(collector, &values, err);
}
