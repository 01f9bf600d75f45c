/* SPDX-License-Identifier: Apache-2.0 */
/** The ledger of a migration, opened to be read: what plan, status and log look at. */
#ifndef WH_API_OPEN_LEDGER_H
#define WH_API_OPEN_LEDGER_H

#include "api/job.h"
#include "ledger/ledger.h"
#include "plan/item.h"

struct api_ledger {
    struct wh_connection connection; /* destination NULL: not open */
    bool owns_connection;
    struct wh_ledger *ledger; /* NULL: the destination has none */
    bool is_whole;            /* no table of it was dropped */
};

/** What plans and connections of this job are opened with: read-only. */
struct wh_plan_request api_plan_request(struct wherry_job *job,
                                        const struct wh_migration *migration);

/** Opens the destination and its ledger; the source is not touched. Of a ledger that has lost a
 *  table what is left can be read: a remark says so. */
WH_MUST_CHECK wh_code api_ledger_open(struct wherry_job *job, const struct wh_migration *migration,
                                      struct api_ledger *ret, struct wh_error *err);

/** Opens the ledger on the connection of @p plan, which outlives it; refuses one that has
 *  lost a table, as a run would. A plan for a database that will be made has no
 *  connection, and so no ledger. */
WH_MUST_CHECK wh_code api_ledger_open_plan(const struct wh_plan *plan, struct api_ledger *ret,
                                           struct wh_error *err);

void api_ledger_close(struct api_ledger *ledger);

/** Who holds the run lock, in words; ptr NULL: nobody. Looks without taking it. */
WH_MUST_CHECK wh_code api_lock_holder(const struct api_ledger *ledger, struct wh_arena *arena,
                                      struct wh_str *ret, struct wh_error *err);

void api_plan_free(struct wh_plan **plan);

#endif
