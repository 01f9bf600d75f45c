/* SPDX-License-Identifier: Apache-2.0 */
#include "run/key_aside.h"

#include "base/crash.h"
#include "base/error.h"
#include "flow/key_range.h"
#include "run/tell.h"

/* True where no key repeats: the source tells its keys apart, or the workers look whether one
 * does, and stop. */
static bool has_distinct_keys(const struct wh_item_run *item)
{
    bool is_told = !item->is_surveyed && !item->is_sought && item->survey == NULL;
    return is_told && wh_key_range_is_enough(item->item);
}

/* True where every row is a new one, and no other item type writes rows beside it. */
static bool has_new_rows_only(const struct wh_item_run *item)
{
    const struct wh_run_context *run = item->run;
    const struct wh_run_options *options = run->options;
    bool is_first = !run->is_partial && !run->is_resumed && !options->dry_run &&
                    !options->rehearse && !options->trace;
    bool was_made = item->item->create_statement.ptr != NULL;
    return is_first && was_made && item->table_was_empty && !item->had_rows &&
           item->other_count == 0;
}

wh_code wh_run_set_key_aside(struct wh_item_run *item, struct wh_error *err)
{
    struct wh_run_context *run = item->run;
    const struct wh_destination_functions *functions = run->connection.functions;
    const struct wh_item_plan *plan = item->item;
    bool is_large = false;
    if (functions->set_key_aside == NULL || !has_new_rows_only(item) || !has_distinct_keys(item))
        return WH_OK;
    WH_TRY(plan->source_functions->is_large(plan->source, &is_large, err));
    if (!is_large)
        return WH_OK;
    /* Before it is done: the plan may be gone when the user is to be told of it. */
    WH_TRY(wh_arena_copy(run->arena, plan->table.name, &run->without_key, err));
    WH_TRY(functions->set_key_aside(run->connection.destination, plan->table.name,
                                    &item->key_is_aside, err));
    if (!item->key_is_aside)
        run->without_key = WH_STR_NONE;
    WH_CRASH_POINT("key.aside");
    return WH_OK;
}

wh_code wh_run_put_key_back(struct wh_item_run *item, struct wh_error *err)
{
    struct wh_run_context *run = item->run;
    if (!item->key_is_aside)
        return WH_OK;
    WH_CRASH_POINT("table.filled");
    WH_TRY(run->connection.functions->put_key_back(run->connection.destination, &item->item->table,
                                                   err));
    item->key_is_aside = false;
    run->without_key = WH_STR_NONE;
    WH_CRASH_POINT("key.back");
    return WH_OK;
}

void wh_run_put_key_back_at_stop(struct wh_item_run *item)
{
    struct wh_error own = WH_ERROR_NONE;
    if (wh_run_put_key_back(item, &own) != WH_OK)
        wh_run_note_text(item->run, "%s", own.message);
}

void wh_run_tell_key_aside(const struct wh_run_context *run)
{
    if (run->without_key.ptr != NULL)
        wh_run_note_text(run, "table '%.*s' has no primary key yet: the next run makes it first",
                         WH_FMT(run->without_key));
}

/* Whoever makes the key waits for all who read the table: for this run's own source for ever. */
static wh_code refuse_own_source(const struct wh_run_context *run,
                                 const struct wh_table_info *table, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    const struct wh_connection *connection = &run->connection;
    struct wh_str system;
    wh_arena_init(&scratch);
    WH_TRY(connection->functions->identity(connection->destination, &scratch, &system, err));
    for (size_t i = 0; i < run->plan->item_count; i++) {
        const struct wh_item_plan *item = &run->plan->items[i];
        bool is_held = false;
        if (item->source == NULL || item->source_functions->holds == NULL)
            continue;
        WH_TRY(item->source_functions->holds(item->source, system, table->number, &is_held, err));
        if (is_held)
            return wh_error_set(err, WH_CONFLICT,
                                "table '%.*s' has no primary key, which is to be made first, and "
                                "this migration reads the table, too. Make the key yourself, or "
                                "run the migration that filled the table again, which makes it",
                                WH_FMT(table->name));
    }
    return WH_OK;
}

static wh_code put_back(struct wh_run_context *run, const struct wh_item_plan *item,
                        struct wh_error *err)
{
    const struct wh_connection *connection = &run->connection;
    const struct wh_table_info *table = &item->table;
    if (run->options->dry_run || run->options->rehearse)
        return wh_error_set(err, WH_CONFLICT,
                            "table '%.*s' has no primary key: a run is filling it, or ended before "
                            "it was full. Run without %s, which makes the key, or make it yourself",
                            WH_FMT(table->name),
                            run->options->dry_run ? "--dry-run" : "--rehearse");
    WH_TRY(refuse_own_source(run, table, err));
    wh_run_note_text(run,
                     "the primary key of table '%.*s' is made first: the run that filled the table "
                     "ended before it was full",
                     WH_FMT(table->name));
    WH_TRY(wh_arena_copy(run->arena, table->name, &run->without_key, err));
    WH_TRY(connection->functions->put_key_back(connection->destination, table, err));
    run->without_key = WH_STR_NONE;
    return WH_OK;
}

wh_code wh_run_put_keys_back(struct wh_run_context *run, struct wh_error *err)
{
    for (size_t i = 0; i < run->item_count; i++) {
        const struct wh_item_plan *item = run->items[i];
        if (!item->table.key_is_aside)
            continue;
        wh_code rc = put_back(run, item, err);
        if (rc != WH_OK)
            return wh_error_prefix(err, rc, "item type '%.*s'", WH_FMT(item->definition->name));
    }
    return WH_OK;
}
