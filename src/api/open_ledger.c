/* SPDX-License-Identifier: Apache-2.0 */
#include "api/open_ledger.h"

#include "api/connectors.h"
#include "run/run.h"

struct wh_plan_request api_plan_request(struct wherry_job *job,
                                        const struct wh_migration *migration)
{
    return (struct wh_plan_request){.migration = migration,
                                    .connectors = wh_connectors,
                                    .read_only = true,
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

wh_code api_ledger_open(struct wherry_job *job, const struct wh_migration *migration,
                        struct api_ledger *ret, struct wh_error *err)
{
    struct wh_plan_request request = api_plan_request(job, migration);
    const struct wh_connector *connector;
    *ret = (struct api_ledger){.owns_connection = true};
    WH_TRY(wh_plan_open_destination(&request, &connector, &ret->connection.destination, err));
    ret->connection.functions = connector->destination;
    return open_ledger(ret, err);
}

wh_code api_ledger_open_plan(const struct wh_plan *plan, struct api_ledger *ret,
                             struct wh_error *err)
{
    *ret = (struct api_ledger){.connection = {.functions = plan->destination_connector->destination,
                                              .destination = plan->destination}};
    return plan->destination != NULL ? open_ledger(ret, err) : WH_OK;
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
