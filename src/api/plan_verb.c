/* SPDX-License-Identifier: Apache-2.0 */
/** plan: what a run would do. */
#include <unistd.h>

#include "api/job.h"
#include "api/open_ledger.h"
#include "api/verbs.h"
#include "report/plan_report.h"

enum { MOST_DEFAULT_WORKERS = 8 };

static unsigned default_workers(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return (unsigned)WH_MAX(1, WH_MIN(cores, MOST_DEFAULT_WORKERS));
}

/** The newest run that is not partial, where it did not come to its end. */
static wh_code find_open_run(const struct api_ledger *ledger, struct wh_str migration,
                             struct wh_arena *arena, const struct wh_run_record **ret,
                             struct wh_error *err)
{
    struct wh_run_record *runs;
    size_t count;
    *ret = NULL;
    if (ledger->ledger == NULL)
        return WH_OK;
    /* Asked before the runs are read: a run that ends in between is then shown as it ended. */
    struct wh_str holder;
    WH_TRY(api_lock_holder(ledger, arena, &holder, err));
    WH_TRY(wh_ledger_runs(ledger->ledger, migration, 0, arena, &runs, &count, err));
    size_t newest = 0;
    while (newest < count && runs[newest].is_partial)
        newest++;
    if (newest == count || runs[newest].state == WH_RUN_DONE ||
        runs[newest].state == WH_RUN_ABANDONED)
        return WH_OK;
    /* Nobody could say so who was killed. */
    if (runs[newest].state == WH_RUN_RUNNING && holder.ptr == NULL)
        runs[newest].state = WH_RUN_INTERRUPTED;
    *ret = &runs[newest];
    return WH_OK;
}

wh_code api_plan(struct wherry_job *job, struct wh_paper *paper, enum wherry_exit *ret_exit,
                 struct wh_error *err)
{
    (void)ret_exit;
    WH_CLEANUP(api_migration_free) struct wh_migration *migration = NULL;
    WH_CLEANUP(api_plan_free) struct wh_plan *plan = NULL;
    WH_CLEANUP(api_ledger_close) struct api_ledger ledger = {.ledger = NULL};
    WH_TRY(api_read_migration(job, &migration, err));
    struct wh_plan_request request = api_plan_request(job, migration);
    request.wants_advice = true;
    WH_TRY(wh_plan_make(&request, &plan, err));
    struct wh_plan_report report = {.plan = plan, .workers = default_workers()};
    struct wh_str item = api_text(job, "item");
    if (item.ptr != NULL)
        WH_TRY(wh_plan_find_item(plan, item, &report.only, err));
    WH_TRY(api_ledger_open_plan(plan, &ledger, err));
    report.has_ledger = ledger.ledger != NULL;
    /* One worker has two threads, and each a connection. */
    struct wh_room_note room;
    WH_TRY(wh_plan_check_room(plan, WH_MAX(report.workers, 2), &job->arena, &room, err));
    report.room = room.text;
    WH_TRY(find_open_run(&ledger, migration->name, &job->arena, &report.open_run, err));
    if (api_wants_json(job))
        wh_report_plan_json(&report, paper);
    else
        wh_report_plan_text(&report, paper);
    return WH_OK;
}
