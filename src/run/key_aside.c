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
    const struct wh_connection *connection = &item->run->connection;
    const struct wh_item_plan *plan = item->item;
    bool is_large = false;
    if (connection->functions->set_key_aside == NULL || !has_new_rows_only(item) ||
        !has_distinct_keys(item))
        return WH_OK;
    WH_TRY(plan->source_functions->is_large(plan->source, &is_large, err));
    if (!is_large)
        return WH_OK;
    WH_TRY(connection->functions->set_key_aside(connection->destination, plan->table.name,
                                                &item->key_is_aside, err));
    WH_CRASH_POINT("key.aside");
    return WH_OK;
}

wh_code wh_run_put_key_back(struct wh_item_run *item, struct wh_error *err)
{
    const struct wh_connection *connection = &item->run->connection;
    if (!item->key_is_aside)
        return WH_OK;
    WH_CRASH_POINT("table.filled");
    WH_TRY(
        connection->functions->put_key_back(connection->destination, item->item->table.name, err));
    item->key_is_aside = false;
    WH_CRASH_POINT("key.back");
    return WH_OK;
}

void wh_run_tell_key_aside(const struct wh_item_run *item)
{
    if (item->key_is_aside)
        wh_run_note_text(item->run,
                         "table '%.*s' has no primary key yet: the next run makes it first",
                         WH_FMT(item->item->table.name));
}

static wh_code put_back(const struct wh_run_context *run, const struct wh_item_plan *item,
                        struct wh_error *err)
{
    const struct wh_connection *connection = &run->connection;
    struct wh_str table = item->table.name;
    if (run->options->dry_run) {
        wh_run_note_text(run,
                         "table '%.*s' has no primary key, since the run that filled it did not "
                         "end: all of its rows are read for each batch, until a run makes the key",
                         WH_FMT(table));
        return WH_OK;
    }
    wh_run_note_text(run,
                     "the primary key of table '%.*s' is made first: the run that filled the table "
                     "did not end",
                     WH_FMT(table));
    return connection->functions->put_key_back(connection->destination, table, err);
}

wh_code wh_run_put_keys_back(const struct wh_run_context *run, struct wh_error *err)
{
    const struct wh_plan *plan = run->plan;
    for (size_t i = 0; i < plan->item_count; i++) {
        if (!plan->items[i].table.key_is_aside)
            continue;
        wh_code rc = put_back(run, &plan->items[i], err);
        if (rc != WH_OK)
            return wh_error_prefix(err, rc, "item type '%.*s'",
                                   WH_FMT(plan->items[i].definition->name));
    }
    return WH_OK;
}
