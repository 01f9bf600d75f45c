/* SPDX-License-Identifier: Apache-2.0 */
#include "run/table_rows.h"

#include "run/opening.h"

static bool can_count_apart(const struct wh_item_run *item)
{
    const struct wh_run_context *run = item->run;
    return run->connection.functions != NULL &&
           (run->connection.functions->capabilities & WH_WRITES_APART) != 0 &&
           !run->options->dry_run && !run->options->rehearse;
}

/* On a connection of its own, in the calling thread; false where that failed, and they are to be
 * counted on the run's own. */
static bool count_apart(const struct wh_item_run *item, uint64_t *ret)
{
    struct wh_plan_request request = wh_run_plan_request(item->run);
    struct wh_connection apart = {.destination = NULL};
    struct wh_error unused = WH_ERROR_NONE;
    if (wh_run_open_another(&request, &apart, &unused) != WH_OK)
        return false;
    wh_code rc =
        apart.functions->count(apart.destination, item->item->table.name, UINT64_MAX, ret, &unused);
    apart.functions->close(apart.destination);
    return rc == WH_OK;
}

/* How far the rows are counted: whether there are any, or, where the ledger is to be trusted,
 * all. */
static uint64_t count_wanted(const struct wh_item_run *item)
{
    return item->run->options->trust_ledger ? UINT64_MAX : 1;
}

void wh_run_count_early(struct wh_item_run *item)
{
    item->table_rows = UINT64_MAX;
    uint64_t rows = 0;
    if (count_wanted(item) == UINT64_MAX && can_count_apart(item) && count_apart(item, &rows))
        item->table_rows = rows;
}

static wh_code count_rows(struct wh_item_run *item, uint64_t *ret, struct wh_error *err)
{
    const struct wh_connection *connection = &item->run->connection;
    *ret = 0;
    if (!item->has_table)
        return WH_OK;
    if (!item->is_surveyed && item->table_rows != UINT64_MAX) {
        *ret = item->table_rows;
        return WH_OK;
    }
    return connection->functions->count(connection->destination, item->item->table.name,
                                        count_wanted(item), ret, err);
}

wh_code wh_run_look_at_table(struct wh_item_run *item, struct wh_error *err)
{
    struct wh_run_context *run = item->run;
    uint64_t rows = 0;
    item->has_table = !(run->options->dry_run && item->item->will_create);
    WH_TRY(count_rows(item, &rows, err));
    item->table_was_empty = rows == 0;
    uint64_t owned = wh_state_count(item->state, false);
    /* What is written whole begins empty each time. */
    item->had_rows = owned > 0 && run->connection.functions->commit_kind != WH_COMMIT_WHOLE;
    for (size_t i = 0; i < item->other_count; i++)
        owned += wh_state_count(item->others[i].state, false);
    item->trusts_state = run->options->trust_ledger && rows >= owned;
    return WH_OK;
}
