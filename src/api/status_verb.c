/* SPDX-License-Identifier: Apache-2.0 */
/** status: the runs of a migration, read from its ledger; the source is not touched. */
#include "api/job.h"
#include "api/open_ledger.h"
#include "api/verbs.h"
#include "base/clock.h"
#include "base/error.h"
#include "ledger/tables.h"
#include "report/status_report.h"

/** How far an item type is: in records where their number is known,
 *  otherwise in bytes of chunks. */
static wh_code measure(struct wherry_job *job, struct wh_ledger *ledger,
                       struct wh_status_item *item, struct wh_error *err)
{
    const struct wh_item_record *record = &item->record;
    if (record->is_done)
        return WH_OK;
    if (record->records != UINT64_MAX) {
        item->done = record->counts.read;
        item->total = record->records;
        return WH_OK;
    }
    struct wh_chunk_record *chunks;
    size_t count;
    WH_TRY(wh_ledger_chunks(ledger, record->run, record->name, &job->arena, &chunks, &count, err));
    for (size_t chunk = 0; chunk < count; chunk++) {
        item->total += chunks[chunk].spec.size;
        item->done += chunks[chunk].is_done ? chunks[chunk].spec.size : 0;
    }
    return WH_OK;
}

static wh_code gather_run(struct wherry_job *job, struct wh_ledger *ledger,
                          struct wh_status_run *run, struct wh_error *err)
{
    struct wh_item_record *records;
    run->has_counts = wh_ledger_has(ledger, WH_TABLE_CHUNK);
    run->has_items = wh_ledger_has(ledger, WH_TABLE_ITEM);
    if (!run->has_counts && !run->has_items)
        return WH_OK;
    WH_TRY(wh_ledger_items(ledger, run->record.id, &job->arena, &records, &run->item_count, err));
    run->items = wh_arena_array(&job->arena, run->item_count, sizeof *run->items);
    if (run->items == NULL)
        return wh_error_no_memory(err, run->item_count * sizeof *run->items);
    for (size_t item = 0; item < run->item_count; item++) {
        run->items[item].record = records[item];
        wh_counts_add(&run->total, &records[item].counts);
        if (run->has_counts && run->has_items)
            WH_TRY(measure(job, ledger, &run->items[item], err));
    }
    return WH_OK;
}

static wh_code gather_reasons(struct wherry_job *job, struct wh_ledger *ledger,
                              struct wh_status_run *run, struct wh_error *err)
{
    run->has_reasons = wh_ledger_has(ledger, WH_TABLE_FAILURE);
    for (size_t i = 0; i < run->item_count && run->has_reasons; i++) {
        struct wh_status_item *item = &run->items[i];
        WH_TRY(wh_ledger_reasons(ledger, run->record.id, item->record.name, &job->arena,
                                 &item->reasons, &item->reason_count, err));
    }
    return WH_OK;
}

static wh_code gather_runs(struct wherry_job *job, const struct api_ledger *ledger,
                           struct wh_status_report *report, struct wh_error *err)
{
    struct wh_run_record *records;
    WH_TRY(wh_ledger_runs(ledger->ledger, report->migration, 0, &job->arena, &records,
                          &report->run_count, err));
    report->runs = wh_arena_array(&job->arena, report->run_count, sizeof *report->runs);
    if (report->runs == NULL)
        return wh_error_no_memory(err, report->run_count * sizeof *report->runs);
    for (size_t run = 0; run < report->run_count; run++) {
        report->runs[run].record = records[run];
        report->runs[run].has_whole_ledger = ledger->is_whole;
        report->runs[run].is_alive =
            run == 0 && records[run].state == WH_RUN_RUNNING && report->holder.ptr != NULL;
        WH_TRY(gather_run(job, ledger->ledger, &report->runs[run], err));
    }
    return report->run_count > 0 ? gather_reasons(job, ledger->ledger, &report->runs[0], err)
                                 : WH_OK;
}

static wh_code gather(struct wherry_job *job, const struct api_ledger *ledger,
                      struct wh_status_report *report, struct wh_error *err)
{
    report->has_ledger = ledger->ledger != NULL;
    if (!report->has_ledger)
        return WH_OK;
    /* Asked before the runs are read: a run that ends in between is then shown as it ended. */
    WH_TRY(api_lock_holder(ledger, &job->arena, &report->holder, err));
    WH_TRY(wh_ledger_begin_reading(ledger->ledger, err));
    wh_code rc = gather_runs(job, ledger, report, err);
    wh_ledger_end_reading(ledger->ledger);
    return rc;
}

wh_code api_status(struct wherry_job *job, struct wh_paper *paper, enum wherry_exit *ret_exit,
                   struct wh_error *err)
{
    (void)ret_exit;
    WH_CLEANUP(api_migration_free) struct wh_migration *migration = NULL;
    WH_CLEANUP(api_ledger_close) struct api_ledger ledger = {.ledger = NULL};
    WH_TRY(api_read_migration(job, &migration, err));
    WH_TRY(api_ledger_open(job, migration, &ledger, err));
    struct wh_status_report report = {
        .migration = migration->name,
        .about = {.file = api_text(job, "file"), .has_several_items = migration->item_count > 1},
        .now = wh_clock_now()};
    WH_TRY(gather(job, &ledger, &report, err));
    if (api_wants_json(job))
        wh_report_status_json(&report, paper);
    else
        wh_report_status_text(&report, paper);
    return WH_OK;
}
