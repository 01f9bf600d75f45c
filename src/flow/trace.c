/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/error.h"
#include "data/text.h"
#include "flow/mapper_state.h"

static wh_code trace_value(struct wh_buf *out, struct wh_str name, const struct wh_column *column,
                           uint16_t row, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    struct wh_str text;
    wh_arena_init(&scratch);
    if (wh_column_is_null(column, row))
        return wh_buf_printf(out, err, "  %.*s: null\n", WH_FMT(name));
    if (wh_value_print(column, row, &scratch, &text) != WH_FAULT_NONE)
        return wh_error_no_memory(err, WH_DOUBLE_SIZE);
    return wh_buf_printf(out, err, "  %.*s: '%.*s'\n", WH_FMT(name), WH_FMT(text));
}

/* Tells in `found` whether a program reads a redacted column. */
struct redaction_search {
    const bool *redacted;
    bool found;
};

static void visit_input(void *ctx, size_t index)
{
    struct redaction_search *search = ctx;
    search->found |= search->redacted[index];
}

/* True where the steps to a target could show a redacted value. */
static bool shows_redacted(const struct wh_item_plan *item, const struct wh_target *target)
{
    struct redaction_search search = {.redacted = item->redacted_sources};
    if (item->definition->redact_count == 0)
        return false;
    wh_program_inputs(target->program, visit_input, &search);
    return search.found || target->is_redacted;
}

/* A source column's value, unless it is redacted: as it was read, or as the rules left it. */
static wh_code trace_source(struct wh_buf *out, const struct wh_item_plan *item, size_t column,
                            const struct wh_column *values, uint16_t row, struct wh_error *err)
{
    struct wh_str name = item->source_table.columns[column].name;
    if (item->redacted_cleaned[column])
        return wh_buf_printf(out, err, "  %.*s: redacted\n", WH_FMT(name));
    return trace_value(out, name, &values[column], row, err);
}

static wh_code trace_record(const struct wh_item_plan *item, struct wh_item_batch *batch,
                            uint16_t row, struct wh_buf *out, struct wh_error *err)
{
    struct wh_str place;
    WH_TRY(item->source_functions->place(item->source, &batch->source.positions[row],
                                         &batch->source.arena, &place, err));
    WH_TRY(wh_buf_printf(out, err, "record at %.*s\n", WH_FMT(place)));
    for (size_t i = 0; i < batch->source.column_count; i++)
        WH_TRY(trace_source(out, item, i, batch->source.columns, row, err));
    return WH_OK;
}

static wh_code trace_rules(const struct wh_item_plan *item, const struct wh_item_batch *batch,
                           uint16_t row, struct wh_buf *out, struct wh_error *err)
{
    for (size_t i = 0; i < item->definition->clean_count; i++) {
        const struct wh_clean_definition *rule = item->clean[i].definition;
        const char *what = batch->touched[i][row] != 0 ? "applies" : "does not apply";
        WH_TRY(wh_buf_printf(out, err, "clean '%.*s' %s\n", WH_FMT(rule->name), what));
        for (size_t j = 0; j < rule->set_count && batch->touched[i][row] != 0; j++) {
            size_t column = item->clean[i].sets[j].column;
            WH_TRY(trace_source(out, item, column, batch->rules.history[i + 1], row, err));
        }
    }
    return WH_OK;
}

static wh_code append_indented(struct wh_buf *out, struct wh_str lines, struct wh_error *err)
{
    while (lines.len > 0) {
        WH_TRY(wh_buf_append_str(out, WH_STR("  "), err));
        WH_TRY(wh_buf_append_str(out, wh_str_split(&lines, '\n'), err));
        WH_TRY(wh_buf_append_byte(out, '\n', err));
    }
    return WH_OK;
}

static wh_code trace_map(struct wh_mapper *mapper, struct wh_item_batch *batch, uint16_t row,
                         struct wh_buf *out, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf steps;
    wh_buf_init(&steps, out->max);
    const struct wh_item_plan *item = mapper->options.item;
    struct wh_selection only = {.rows = &row, .count = 1};
    for (size_t i = 0; i < item->target_count; i++) {
        struct wh_eval_request request = {.program = item->targets[i].program,
                                          .columns = batch->rules.columns,
                                          .selection = &only,
                                          .row_count = batch->rules.row_count,
                                          .arena = batch->rules.arena};
        bool is_hidden = shows_redacted(item, &item->targets[i]);
        WH_TRY(wh_buf_printf(out, err, "map %.*s%s\n", WH_FMT(item->targets[i].name),
                             is_hidden ? ": redacted" : ""));
        if (is_hidden)
            continue;
        wh_buf_reset(&steps);
        WH_TRY(wh_eval_trace(mapper->eval, &request, &steps, err));
        /* A bare column has no steps. */
        size_t column = wh_program_plain_column(item->targets[i].program);
        if (steps.len == 0 && column != SIZE_MAX)
            WH_TRY(trace_source(out, item, column, batch->rules.columns, row, err));
        WH_TRY(append_indented(out, wh_buf_str(&steps), err));
    }
    return WH_OK;
}

static wh_code trace_refusal(const struct wh_item_plan *item, const struct wh_row_reason *reason,
                             struct wh_buf *out, struct wh_error *err)
{
    struct wh_str shown = wh_shown_reason(item, reason);
    return wh_buf_printf(out, err, "refused at %s: %.*s\n",
                         wh_stage_name((enum wh_stage)reason->stage), WH_FMT(shown));
}

static wh_code trace_checks(const struct wh_item_plan *item, const struct wh_item_batch *batch,
                            uint16_t row, struct wh_buf *out, struct wh_error *err)
{
    const struct wh_row_reason *reason = wh_item_batch_reason(batch, row);
    for (size_t i = 0; i < item->definition->expect_count; i++) {
        bool is_broken = batch->touched[item->definition->clean_count + i][row] != 0;
        WH_TRY(wh_buf_printf(out, err, "check '%.*s' %s\n",
                             WH_FMT(item->definition->expect[i].name),
                             is_broken ? "is broken" : "holds"));
        /* What stands behind the check that refused the item was not looked at. */
        if (reason != NULL && reason->stage == WH_STAGE_EXPECT && reason->rule == i)
            break;
    }
    return reason != NULL ? trace_refusal(item, reason, out, err) : WH_OK;
}

wh_code wh_mapper_trace(struct wh_mapper *mapper, struct wh_item_batch *batch, uint16_t row,
                        struct wh_buf *out, struct wh_error *err)
{
    const struct wh_item_plan *item = mapper->options.item;
    const struct wh_row_reason *reason = wh_item_batch_reason(batch, row);
    WH_TRY(trace_record(item, batch, row, out, err));
    WH_TRY(trace_rules(item, batch, row, out, err));
    bool was_mapped = reason == NULL || reason->stage > WH_STAGE_CLEAN;
    if (was_mapped)
        WH_TRY(trace_map(mapper, batch, row, out, err));
    bool was_checked = reason == NULL || reason->stage >= WH_STAGE_EXPECT;
    if (was_checked)
        return trace_checks(item, batch, row, out, err);
    return trace_refusal(item, reason, out, err);
}
