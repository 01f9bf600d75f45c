/* SPDX-License-Identifier: Apache-2.0 */
#include "run/close.h"

#include "base/error.h"
#include "ledger/log.h"
#include "run/tell.h"

static wh_code read_counts(struct wh_item_run *item, struct wh_error *err)
{
    struct wh_run_context *run = item->run;
    struct wh_item_record *records = NULL;
    size_t count = 0;
    WH_TRY(wh_ledger_items(run->ledger, run->run, run->arena, &records, &count, err));
    for (size_t i = 0; i < count; i++)
        if (wh_str_equal(records[i].name, item->result->name))
            item->result->counts = records[i].counts;
    return WH_OK;
}

/*
 * The sum closes where four counts agree: what the chunks' rows say, what the committed segments
 * hold (of deleted rows, too), what this session's readers read, and, after a complete run, what
 * the survey read or, where there was none, what the source counts.
 */
static wh_code close_sum(struct wh_item_run *item, struct wh_error *err)
{
    struct wh_run_context *run = item->run;
    const struct wh_counts *counts = &item->result->counts;
    struct wh_counts logged = {.read = 0};
    WH_TRY(wh_log_recount(run->ledger, run->run, item->result->name, &logged, err));
    bool is_complete = !run->is_partial && item->is_done;
    item->result->sum_closes = wh_counts_close(counts) && wh_counts_equal(counts, &logged) &&
                               item->read_now == item->counted_now.read &&
                               (!is_complete || counts->read == item->records);
    return WH_OK;
}

static wh_code read_rules(struct wh_item_run *item, struct wh_error *err)
{
    struct wh_run_context *run = item->run;
    struct wh_rule_record *rules = NULL;
    size_t count = 0;
    WH_TRY(wh_ledger_rules(run->ledger, run->run, run->arena, &rules, &count, err));
    item->result->rules = wh_arena_array(run->arena, WH_MAX(count, 1), sizeof(*rules));
    if (item->result->rules == NULL)
        return wh_error_no_memory(err, count * sizeof(*rules));
    for (size_t i = 0; i < count; i++)
        if (wh_str_equal(rules[i].item, item->result->name))
            item->result->rules[item->result->rule_count++] = rules[i];
    return WH_OK;
}

/* New rows of somebody else's get numbers that none of the written rows has. What a rehearsal wrote
 * is taken back, and a sequence would stay. */
static wh_code advance_numbers(struct wh_item_run *item, struct wh_error *err)
{
    struct wh_run_context *run = item->run;
    const struct wh_destination_functions *functions = run->connection.functions;
    size_t count = item->item->target_count;
    if (functions->advance == NULL || run->options->rehearse)
        return WH_OK;
    struct wh_str *columns = wh_arena_array(run->arena, WH_MAX(count, 1), sizeof(*columns));
    if (columns == NULL)
        return wh_error_no_memory(err, count * sizeof(*columns));
    for (size_t i = 0; i < count; i++)
        columns[i] = item->item->targets[i].name;
    struct wh_advance request = {
        .table = item->item->table.name, .columns = columns, .column_count = count};
    return functions->advance(run->connection.destination, &request, run->arena,
                              &item->result->numbers, err);
}

/* The rows that fail are many where others refer to them, and each says only what it misses. */
static void tell_circle(const struct wh_item_run *item)
{
    const struct wh_item_definition *other = item->item->refers_ahead;
    uint64_t failed = item->result->counts.failed;
    if (other == NULL || failed == 0)
        return;
    wh_run_note_text(item->run,
                     "%llu item%s of '%.*s' failed, whose rows refer to those of '%.*s', which "
                     "refer back and are written later: `wherry plan` says what to do",
                     (unsigned long long)failed, failed == 1 ? "" : "s", WH_FMT(item->result->name),
                     WH_FMT(other->name));
}

wh_code wh_run_close_item(struct wh_item_run *item, struct wh_error *err)
{
    struct wh_run_context *run = item->run;
    if (run->options->dry_run)
        return WH_OK;
    WH_TRY(read_counts(item, err));
    tell_circle(item);
    WH_TRY(advance_numbers(item, err));
    WH_TRY(close_sum(item, err));
    WH_TRY(read_rules(item, err));
    return wh_ledger_reasons(run->ledger, run->run, item->result->name, run->arena,
                             &item->result->reasons, &item->result->reason_count, err);
}
