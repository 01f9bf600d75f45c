/* SPDX-License-Identifier: Apache-2.0 */
#include "api/open_ledger.h"

#include "api/connectors.h"
#include "ledger/tables.h"
#include "run/run.h"

struct wh_plan_request api_plan_request(struct wherry_job *job,
                                        const struct wh_migration *migration)
{
    return (struct wh_plan_request){.migration = migration,
                                    .connectors = wh_connectors,
                                    .read_only = true,
                                    .is_input_taken = &job->is_input_taken,
                                    .budget = &job->budget,
                                    .cancel = &job->cancel};
}

static wh_code open_ledger(struct api_ledger *ledger, struct wh_error *err)
{
    wh_code rc = wh_ledger_open(&ledger->connection, true, &ledger->ledger, err);
    if (rc == WH_END)
        ledger->ledger = NULL;
    return rc == WH_END ? WH_OK : rc;
}

/** What is left can be read: that a table was dropped is only a remark. */
static bool tables_are_there(const struct wherry_job *job, const struct api_ledger *ledger)
{
    struct wh_error lost = WH_ERROR_NONE;
    if (wh_ledger_check_whole(ledger->ledger, &lost) == WH_OK)
        return true;
    api_note(job, wh_str_from(lost.message));
    return false;
}

wh_code api_ledger_open(struct wherry_job *job, const struct wh_migration *migration,
                        struct api_ledger *ret, struct wh_error *err)
{
    struct wh_plan_request request = api_plan_request(job, migration);
    const struct wh_connector *connector;
    *ret = (struct api_ledger){.owns_connection = true};
    WH_TRY(wh_plan_open_destination(&request, &connector, &ret->connection.destination, err));
    ret->connection.functions = connector->destination;
    WH_TRY(open_ledger(ret, err));
    ret->is_whole = ret->ledger == NULL || tables_are_there(job, ret);
    return WH_OK;
}

wh_code api_ledger_open_plan(const struct wh_plan *plan, struct api_ledger *ret,
                             struct wh_error *err)
{
    *ret = (struct api_ledger){.connection = {.functions = plan->destination_connector->destination,
                                              .destination = plan->destination}};
    if (plan->destination == NULL)
        return WH_OK;
    WH_TRY(open_ledger(ret, err));
    return ret->ledger != NULL ? wh_ledger_check_whole(ret->ledger, err) : WH_OK;
}

void api_ledger_close(struct api_ledger *ledger)
{
    wh_ledger_close(ledger->ledger);
    if (ledger->owns_connection && ledger->connection.destination != NULL)
        ledger->connection.functions->close(ledger->connection.destination);
}

wh_code api_lock_holder(const struct api_ledger *ledger, struct wh_arena *arena, struct wh_str *ret,
                        struct wh_error *err)
{
    return ledger->connection.functions->holder(ledger->connection.destination, WH_RUN_LOCK, arena,
                                                ret, err);
}

void api_plan_free(struct wh_plan **plan)
{
    wh_plan_free(*plan);
}
