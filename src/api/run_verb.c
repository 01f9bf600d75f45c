/* SPDX-License-Identifier: Apache-2.0 */
/** run: a migration, from its options to its summary. */
#include <stdio.h>
#include <stdlib.h>

#include "api/connectors.h"
#include "api/job.h"
#include "api/verbs.h"
#include "base/error.h"
#include "report/json.h"
#include "report/run_report.h"

enum { MOST_WORKERS = 256, ITEM_NAME_SIZE = 256 };

/** The options as given, but for the file: what the ledger keeps of the command. */
static wh_code options_as_json(struct wherry_job *job, struct wh_str *ret, struct wh_error *err)
{
    json_t *object = json_object();
    for (size_t option = 0; job->verb->options[option].name != NULL; option++) {
        const struct wherry_option *known = &job->verb->options[option];
        const struct api_values *values = &job->values[option];
        if (values->count == 0 || known->is_required)
            continue;
        json_t *value = known->value == WHERRY_VALUE_SWITCH
                            ? json_boolean(wh_str_is(values->items[0], "true"))
                            : wh_json_text(values->items[0]);
        if (known->is_repeatable) {
            json_decref(value);
            value = json_array();
            for (size_t at = 0; at < values->count; at++)
                wh_json_add(&value, wh_json_text(values->items[at]));
        }
        wh_json_put(&object, known->name, value);
    }
    char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    if (text == NULL)
        return wh_error_no_memory(err, 0);
    wh_code rc = wh_arena_copy(&job->arena, wh_str_from(text), ret, err);
    free(text);
    return rc;
}

/** Options that make no sense together; each says which one to leave out. */
static wh_code check_together(const struct wherry_job *job, struct wh_error *err)
{
    if (api_switch(job, "dry-run") && api_switch(job, "rehearse"))
        return wh_error_set(err, WH_INVALID,
                            "'dry-run' writes nothing and 'rehearse' writes and takes it back; "
                            "choose one");
    if (api_text(job, "from").ptr != NULL && api_text(job, "only").ptr != NULL)
        return wh_error_set(err, WH_INVALID,
                            "'from' is for items that are rejected at present; leave 'only' out");
    if (api_switch(job, "trace") && api_values(job, "id")->count == 0)
        return wh_error_set(err, WH_INVALID, "'trace' shows single items; name them with 'id'");
    if (api_count(job, "workers", 1) == 0 || api_count(job, "workers", 1) > MOST_WORKERS)
        return wh_error_set(err, WH_INVALID, "'workers' is a number from 1 to %d", MOST_WORKERS);
    return WH_OK;
}

static wh_code gather_options(struct wherry_job *job, struct wh_run_options *ret,
                              struct wh_error *err)
{
    WH_TRY(check_together(job, err));
    struct wh_str only = api_text(job, "only");
    *ret = (struct wh_run_options){
        .item = api_text(job, "item"),
        .ids = api_values(job, "id")->items,
        .id_count = api_values(job, "id")->count,
        .trace = api_switch(job, "trace"),
        .limit = api_count(job, "limit", UINT64_MAX),
        .where = api_text(job, "where"),
        .only_rejected = wh_str_is(only, "rejected"),
        .only_failed = wh_str_is(only, "failed"),
        .from = api_text(job, "from"),
        .trust_ledger = api_switch(job, "trust-ledger"),
        .compare_all = api_switch(job, "compare-all"),
        .restart = api_switch(job, "restart"),
        .dry_run = api_switch(job, "dry-run"),
        .rehearse = api_switch(job, "rehearse"),
        .workers = (unsigned)api_count(job, "workers", 0),
        .max_failures = api_bound(job, "max-failures"),
    };
    return options_as_json(job, &ret->as_json, err);
}

static void hand_on_progress(void *ctx, const struct wh_progress *progress)
{
    const struct wherry_job *job = ctx;
    char item[ITEM_NAME_SIZE];
    if (job->io->progress == NULL)
        return;
    snprintf(item, sizeof item, "%.*s", WH_FMT(progress->item));
    job->io->progress(
        job->io->ctx,
        &(struct wherry_progress){.stage = progress->stage,
                                  .item = item,
                                  .done = progress->done,
                                  .total = progress->total,
                                  .items = progress->counts.read,
                                  .refused = progress->counts.rejected + progress->counts.failed,
                                  .seconds = progress->seconds,
                                  .done_before = progress->done_before,
                                  .items_before = progress->read_before});
}

static void hand_on_note(void *ctx, struct wh_str text)
{
    api_note(ctx, text);
}

/** True where anything came of the run that is worth a report. */
static bool has_result(const struct wh_run_result *result)
{
    return result->run != 0 || result->item_count > 0 || result->total.read > 0;
}

static enum wherry_exit exit_of(const struct wh_run_result *result, wh_code rc)
{
    if (rc != WH_OK)
        return wherry_exit_code(rc);
    if (!wh_report_sums_close(result))
        return WHERRY_EXIT_BUG;
    bool is_well = result->total.rejected + result->total.failed == 0;
    return is_well && wh_run_missing_keys(result) == 0 ? WHERRY_EXIT_OK : WHERRY_EXIT_ITEMS;
}

static bool is_by_key_alone(const struct wh_run_options *options)
{
    return options->id_count > 0 && options->where.ptr == NULL && options->limit == UINT64_MAX &&
           !options->only_failed && !options->only_rejected && options->from.ptr == NULL;
}

wh_code api_run(struct wherry_job *job, struct wh_paper *paper, enum wherry_exit *ret_exit,
                struct wh_error *err)
{
    struct wh_run_options options;
    WH_TRY(gather_options(job, &options, err));
    WH_CLEANUP(api_migration_free) struct wh_migration *migration = NULL;
    WH_TRY(api_read_migration(job, &migration, err));
    struct wh_run_request request = {.migration = migration,
                                     .connectors = wh_connectors,
                                     .options = &options,
                                     .cancel = &job->cancel,
                                     .progress = hand_on_progress,
                                     .note = hand_on_note,
                                     .ctx = job};
    WH_CLEANUP(wh_run_result_release) struct wh_run_result result = {.run = 0};
    wh_code rc = wh_run(&request, &job->arena, &result, err);
    *ret_exit = exit_of(&result, rc);
    if (rc != WH_OK && !has_result(&result))
        return rc;
    struct wh_run_report report = {.result = &result,
                                   .migration = migration->name,
                                   .about = {.file = api_text(job, "file"),
                                             .item = options.item,
                                             .has_several_items = migration->item_count > 1},
                                   .is_partial =
                                       options.id_count > 0 || options.where.ptr != NULL ||
                                       options.limit != UINT64_MAX || options.only_failed ||
                                       options.only_rejected || options.from.ptr != NULL,
                                   .is_by_key_alone = is_by_key_alone(&options),
                                   .error = rc == WH_OK ? &(struct wh_error)WH_ERROR_NONE : err,
                                   .exit_code = (int)*ret_exit};
    if (api_wants_json(job))
        wh_report_run_json(&report, paper);
    else
        wh_report_run_text(&report, paper);
    return rc;
}
