/* SPDX-License-Identifier: Apache-2.0 */
#include "write/log_group.h"

#include "base/clock.h"
#include "base/error.h"
#include "data/json_text.h"
#include "write/again.h"
#include "write/encode.h"
#include "write/images.h"

/* A plain text of one item is capped by the ledger; this bounds what is made before. */
enum { TEXT_LIMIT = 256 << 20 };

/* Failures that are added at once: most of what one costs is the way to the server and back. */
enum { FAILURES_AT_ONCE = 256 };

/* Failures on their way into the ledger, many at once; their texts are in the batches' arenas. */
struct item_log {
    struct wh_writing *writing;
    size_t failure_count;
    struct wh_failure_record failures[FAILURES_AT_ONCE];
};

/* One item that is logged as a plain row. */
struct logged_item {
    const struct wh_writing *writing;
    struct wh_group_batch *batch;
    size_t item;
    uint16_t row;
    enum wh_item_status status;
};

static struct wh_arena *item_arena(const struct logged_item *logged)
{
    return &logged->batch->items.source.arena;
}

static wh_code item_place(const struct logged_item *logged, struct wh_str *ret,
                          struct wh_error *err)
{
    const struct wh_item_plan *item = logged->writing->options.item;
    return item->source_functions->place(item->source,
                                         wh_item_position(&logged->batch->items, logged->item),
                                         item_arena(logged), ret, err);
}

/* Columns of one row as a JSON object of texts, without redacted values. */
static wh_code row_object(const struct logged_item *logged, const struct wh_column *columns,
                          bool is_source, struct wh_str *ret, struct wh_error *err)
{
    const struct wh_writing *writing = logged->writing;
    const struct wh_item_plan *item = writing->options.item;
    size_t count = is_source ? writing->schema.source_count : writing->schema.target_count;
    const struct wh_str *names =
        is_source ? writing->schema.source_names : writing->schema.target_names;
    struct wh_str *values = wh_arena_array(item_arena(logged), WH_MAX(count, 1), sizeof(*values));
    if (values == NULL)
        return wh_error_no_memory(err, count * sizeof(*values));
    for (size_t i = 0; i < count; i++) {
        bool is_redacted = is_source ? item->redacted_sources[i] : item->targets[i].is_redacted;
        if (wh_column_is_null(&columns[i], logged->row))
            values[i] = WH_STR_NONE;
        else
            values[i] = is_redacted ? WH_STR("redacted") : columns[i].values.texts[logged->row];
    }
    WH_CLEANUP(wh_buf_release) struct wh_buf object;
    wh_buf_init(&object, TEXT_LIMIT);
    WH_TRY(wh_json_append_object(&object, names, values, count, err));
    return wh_arena_copy(item_arena(logged), wh_buf_str(&object), ret, err);
}

/* ---- failures -------------------------------------------------------------------------------- */

/* What refused the item: rule, column, message, SQLSTATE. */
static void fill_reason(const struct wh_item_plan *item, const struct wh_row_reason *reason,
                        struct wh_failure_record *failure)
{
    failure->stage = wh_str_from(wh_stage_name((enum wh_stage)reason->stage));
    failure->message = wh_shown_reason(item, reason);
    if (reason->sqlstate != NULL)
        failure->sqlstate = wh_str_from(reason->sqlstate);
    if (reason->stage == WH_STAGE_CLEAN) {
        failure->rule = item->clean[reason->rule].definition->name;
    } else if (reason->stage == WH_STAGE_MAP) {
        failure->column = item->targets[reason->rule].name;
    } else if (reason->stage == WH_STAGE_EXPECT) {
        const struct wh_expect_definition *check = item->expectations[reason->rule].definition;
        failure->rule = check->name;
        if (check->column_count > 0)
            failure->column = check->columns[0].text;
    } else if (reason->stage == WH_STAGE_KEY) {
        failure->column = item->key[0].name;
    }
}

static void fill_unreadable(const struct logged_item *logged, struct wh_failure_record *failure)
{
    const struct wh_batch_item *at = &logged->batch->items.items[logged->item];
    const struct wh_bad_record *bad = &logged->batch->items.source.bad[at->bad];
    failure->stage = wh_str_from(wh_stage_name(WH_STAGE_READ));
    bool is_open = logged->writing->options.item->definition->redact_count == 0;
    failure->message = is_open || !bad->shows_values ? bad->reason : WH_REDACTED_REASON;
    /* The bytes hold all columns, redacted ones among them. */
    if (is_open)
        failure->bytes = bad->raw;
}

static wh_code write_failures(struct item_log *log, struct wh_error *err)
{
    size_t count = log->failure_count;
    log->failure_count = 0;
    return wh_ledger_add_failures(log->writing->commit.ledger, log->failures, count, err);
}

static wh_code hand_over(struct item_log *log, const struct wh_failure_record *failure,
                         struct wh_error *err)
{
    const struct wh_writing_options *options = &log->writing->options;
    if (options->is_dry_run)
        return options->dry_failure(options->dry_ctx, failure, err);
    log->failures[log->failure_count++] = *failure;
    return log->failure_count == WH_COUNT_OF(log->failures) ? write_failures(log, err) : WH_OK;
}

/* The destination's own words quote values. */
struct wh_str wh_group_refusal(const struct wh_item_plan *item, const struct wh_group_batch *batch,
                               uint16_t row)
{
    const struct wh_row_failure *failure = batch->failures[row];
    if (failure == NULL)
        return WH_STR_NONE;
    bool is_quoted = failure->sqlstate[0] != '\0';
    return is_quoted && item->definition->redact_count > 0 ? WH_REDACTED_REASON : failure->detail;
}

static void fill_write_failure(const struct logged_item *logged, struct wh_failure_record *failure)
{
    const struct wh_row_failure *why = logged->batch->failures[logged->row];
    failure->stage = wh_str_from(wh_stage_name(WH_STAGE_WRITE));
    failure->message = wh_group_refusal(logged->writing->options.item, logged->batch, logged->row);
    failure->rule = why->cause;
    failure->column = why->column;
    if (why->sqlstate[0] != '\0')
        failure->sqlstate = wh_str_from(why->sqlstate);
}

static wh_code add_failure(struct item_log *log, const struct logged_item *logged,
                           struct wh_error *err)
{
    const struct wh_writing_options *options = &logged->writing->options;
    struct wh_group_batch *batch = logged->batch;
    struct wh_failure_record failure = {.run = options->run,
                                        .item = options->item->definition->name,
                                        .status = logged->status,
                                        .at = wh_clock_now()};
    WH_TRY(item_place(logged, &failure.place, err));
    if (logged->row == WH_NO_ROW) {
        fill_unreadable(logged, &failure);
        return hand_over(log, &failure, err);
    }
    failure.key = batch->items.keys[logged->row];
    const struct wh_row_reason *reason = wh_item_batch_reason(&batch->items, logged->row);
    if (reason != NULL) {
        fill_reason(options->item, reason, &failure);
    } else {
        fill_write_failure(logged, &failure);
    }
    WH_TRY(row_object(logged, batch->items.source_texts, true, &failure.values, err));
    return hand_over(log, &failure, err);
}

/* ---- plain rows ------------------------------------------------------------------------------ */

static wh_code add_plain(const struct logged_item *logged, struct wh_error *err)
{
    const struct wh_writing_options *options = &logged->writing->options;
    struct wh_plain_record record = {
        .run = options->run, .item = options->item->definition->name, .status = logged->status};
    WH_TRY(item_place(logged, &record.place, err));
    if (logged->row == WH_NO_ROW)
        return wh_ledger_add_plain(logged->writing->commit.ledger, &record, err);
    const struct wh_item_batch *items = &logged->batch->items;
    record.key = items->keys[logged->row];
    WH_TRY(row_object(logged, items->source_texts, true, &record.source, err));
    if (logged->status == WH_STATUS_UPDATED || wh_group_row_stays(logged->batch, logged->row))
        WH_TRY(row_object(logged, logged->batch->before, false, &record.before, err));
    if (logged->status == WH_STATUS_INSERTED || logged->status == WH_STATUS_UPDATED ||
        (logged->status == WH_STATUS_UNCHANGED &&
         items->rules.fates[logged->row] != WH_ROW_TRUSTED))
        WH_TRY(row_object(logged, items->texts, false, &record.after, err));
    return wh_ledger_add_plain(logged->writing->commit.ledger, &record, err);
}

/* True where every item is a plain row of the ledger, too. */
static bool logs_rows(const struct wh_writing *writing)
{
    return writing->options.item->definition->log == WH_LOG_ROWS && !writing->options.is_dry_run;
}

/* True where the part has items of which plain rows tell. */
static bool logs_items(const struct wh_writing *writing, const struct wh_counts *counts)
{
    return counts->rejected > 0 || counts->failed > 0 || logs_rows(writing);
}

static wh_code log_item(struct item_log *log, const struct logged_item *logged,
                        struct wh_error *err)
{
    bool is_refused = logged->status == WH_STATUS_REJECTED || logged->status == WH_STATUS_FAILED;
    if (is_refused && !wh_keeps_failure(logged->batch, logged->item))
        WH_TRY(add_failure(log, logged, err));
    if (logs_rows(logged->writing))
        WH_TRY(add_plain(logged, err));
    return WH_OK;
}

static wh_code log_batch(struct item_log *log, struct wh_group_batch *batch,
                         const struct wh_group_part *part, struct wh_error *err)
{
    size_t first;
    size_t end;
    wh_part_of_batch(batch, part, &first, &end);
    for (size_t item = first; item < end; item++) {
        uint16_t row = batch->items.items[item].row;
        struct logged_item logged = {.writing = log->writing,
                                     .batch = batch,
                                     .item = item,
                                     .row = row,
                                     .status = wh_group_item_status(batch, item)};
        WH_TRY(log_item(log, &logged, err));
    }
    return WH_OK;
}

static wh_code log_items(struct wh_writing *writing, struct wh_group *group,
                         const struct wh_group_part *part, struct wh_error *err)
{
    struct item_log log = {.writing = writing};
    for (size_t i = 0; i < group->batch_count; i++) {
        struct wh_group_batch *batch = group->batches[i];
        bool shows_after = logs_rows(writing) && batch->items.rules.live.count > 0;
        if (shows_after)
            WH_TRY(wh_images_print(writing, batch, err));
        WH_TRY(log_batch(&log, batch, part, err));
        if (shows_after)
            wh_images_forget(writing, batch);
    }
    return writing->options.is_dry_run ? WH_OK : write_failures(&log, err);
}

/* ---- rule hits ------------------------------------------------------------------------------- */

static const uint8_t *touched_rows(const struct wh_group_batch *batch, size_t rule)
{
    return batch->items.touched[rule];
}

struct wh_rule_record wh_item_rule(const struct wh_item_plan *item, size_t rule)
{
    static const char *const actions[] = {[WH_CLEAN_SET] = "set",
                                          [WH_CLEAN_REJECT] = "reject",
                                          [WH_CLEAN_SKIP] = "skip",
                                          [WH_CLEAN_DUPLICATES] = "duplicates"};
    struct wh_rule_record record = {.item = item->definition->name, .ordinal = rule};
    if (rule < item->definition->clean_count) {
        const struct wh_clean_definition *definition = item->clean[rule].definition;
        record.name = definition->name;
        record.kind = wh_str_from(actions[definition->action]);
        return record;
    }
    const struct wh_expect_definition *definition =
        item->expectations[rule - item->definition->clean_count].definition;
    record.name = definition->name;
    record.kind = definition->is_warning ? WH_STR("warn") : WH_STR("expect");
    return record;
}

static wh_code add_hits(struct wh_writing *writing, const struct wh_group *group,
                        const struct wh_group_part *part, struct wh_error *err)
{
    const struct wh_item_plan *item = writing->options.item;
    for (size_t i = 0; i < writing->schema.rule_count; i++) {
        struct wh_rule_record record = wh_item_rule(item, i);
        record.run = writing->options.run;
        record.hits = wh_count_marked_rows(group, part, touched_rows, i, 0);
        if (record.hits == 0)
            continue;
        if (writing->options.is_dry_run)
            WH_TRY(writing->options.dry_hits(writing->options.dry_ctx, &record, err));
        else
            WH_TRY(wh_ledger_add_hits(writing->commit.ledger, &record, err));
    }
    return WH_OK;
}

wh_code wh_log_part(struct wh_writing *writing, struct wh_group *group,
                    const struct wh_group_part *part, const struct wh_counts *counts,
                    int64_t *ret_segment, struct wh_error *err)
{
    int64_t chunk = group->is_again ? 0 : group->chunk;
    WH_TRY(wh_ledger_add_segment(writing->commit.ledger, writing->options.run, chunk,
                                 writing->options.item->definition->name, &writing->segment,
                                 ret_segment, err));
    if (logs_items(writing, counts))
        WH_TRY(log_items(writing, group, part, err));
    return group->is_again ? WH_OK : add_hits(writing, group, part, err);
}

wh_code wh_group_dry_run(struct wh_writing *writing, struct wh_group *group, struct wh_error *err)
{
    struct wh_group_part all = {.first = 0, .end = group->item_count};
    wh_count_part(group, &all, &group->counts);
    WH_TRY(log_items(writing, group, &all, err));
    return add_hits(writing, group, &all, err);
}
