/* SPDX-License-Identifier: Apache-2.0 */
#include "run/table_rows.h"

/* ---- apart ---------------------------------------------------------------------------------------- */

bool wh_run_can_count_apart(const struct wh_item_run *item)
{
    const struct wh_run_context *run = item->run;
    return run->connection.functions != NULL &&
           (run->connection.functions->capabilities & WH_WRITES_APART) != 0 &&
           !run->options->dry_run && !run->options->rehearse;
}

bool wh_run_count_apart(const struct wh_item_run *item, uint64_t *ret)
{
    const struct wh_run_context *run = item->run;
    struct wh_plan_request request = {.migration = run->request->migration,
                                      .connectors = run->request->connectors,
                                      .read_only = true,
                                      .cancel = run->request->cancel};
    const struct wh_connector *connector = NULL;
    struct wh_destination *destination = NULL;
    struct wh_error unused = WH_ERROR_NONE;
    if (wh_plan_open_destination(&request, &connector, &destination, &unused) != WH_OK)
        return false;
    wh_code rc = connector->destination->count(destination, item->item->table.name, UINT64_MAX, ret,
                                               &unused);
    connector->destination->close(destination);
    return rc == WH_OK;
}

/* ---- before --------------------------------------------------------------------------------------- */

/* How far the rows are counted before: whether there are any, or, where the ledger is to be trusted, all. */
static uint64_t count_wanted(const struct wh_item_run *item)
{
    return item->run->options->trust_ledger ? UINT64_MAX : 1;
}

void wh_run_count_early(struct wh_item_run *item)
{
    item->table_rows = UINT64_MAX;
    uint64_t rows = 0;
    if (count_wanted(item) == UINT64_MAX && wh_run_can_count_apart(item) &&
        wh_run_count_apart(item, &rows))
        item->table_rows = rows;
}

static wh_code count_before(struct wh_item_run *item, uint64_t *ret, struct wh_error *err)
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
    WH_TRY(count_before(item, &rows, err));
    item->table_was_empty = rows == 0;
    item->table_rows = rows < count_wanted(item) ? rows : UINT64_MAX;
    uint64_t owned = wh_state_count(item->state, false);
    /* What is written whole begins empty each time. */
    item->had_rows = owned > 0 && run->connection.functions->commit_kind != WH_COMMIT_WHOLE;
    for (size_t i = 0; i < item->other_count; i++)
        owned += wh_state_count(item->others[i].state, false);
    item->trusts_state = run->options->trust_ledger && rows >= owned;
    return WH_OK;
}

/* ---- after ---------------------------------------------------------------------------------------- */

/* A large table is not counted a second time where this run did not change how many rows it has. */
wh_code wh_run_count_table(struct wh_item_run *item, struct wh_error *err)
{
    struct wh_run_context *run = item->run;
    const struct wh_counts *counts = &item->result->counts;
    if (item->is_counted || !run->options->counts_tables)
        return WH_OK;
    item->result->table_rows = item->table_rows;
    bool is_known = item->table_rows != UINT64_MAX && counts->inserted == 0 && counts->deleted == 0;
    if (is_known || !item->has_table)
        return WH_OK;
    return run->connection.functions->count(run->connection.destination, item->item->table.name,
                                            UINT64_MAX, &item->result->table_rows, err);
}
