/* SPDX-License-Identifier: Apache-2.0 */
#include "run/item.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/crew.h"
#include "base/error.h"
#include "run/again.h"
#include "run/close.h"
#include "run/crew.h"
#include "run/key_aside.h"
#include "run/reconnect.h"
#include "run/refused.h"
#include "run/seek.h"
#include "run/split.h"
#include "run/survey.h"
#include "run/table_rows.h"
#include "run/tell.h"
#include "run/vanished.h"

/* ---- what is known before -------------------------------------------------------------------- */

static wh_code load_chunks(struct wh_item_run *item, struct wh_error *err)
{
    struct wh_run_context *run = item->run;
    struct wh_chunk_list sought;
    WH_TRY(wh_run_seek(run, item->item, &sought, &item->is_sought, err));
    if (run->options->dry_run) {
        WH_TRY(wh_split_source(run, item->item, &item->chunks, &item->chunk_count, err));
    } else {
        WH_TRY(wh_ledger_chunks(run->ledger, run->run, item->item->definition->name, run->arena,
                                &item->chunks, &item->chunk_count, err));
    }
    item->result->source_bytes = 0;
    for (size_t i = 0; i < item->chunk_count; i++)
        item->result->source_bytes += item->chunks[i].spec.size;
    return WH_OK;
}

static wh_code load_state(struct wh_item_run *item, const struct wh_item_plan *of,
                          struct wh_state **ret, struct wh_error *err)
{
    struct wh_run_context *run = item->run;
    struct wh_state_options options = {.migration = run->request->migration->name,
                                       .item = of->definition->name,
                                       .run = of == item->item ? run->run : 0,
                                       .owners = !of->key_is_match,
                                       .budget = &run->budget};
    return wh_state_load(run->ledger, &options, ret, err);
}

/* Other item types of the migration that write the same table: rows of theirs are not ours. */
static wh_code load_others(struct wh_item_run *item, struct wh_error *err)
{
    const struct wh_plan *plan = item->run->plan;
    item->others = wh_arena_array(item->run->arena, plan->item_count, sizeof(*item->others));
    if (item->others == NULL)
        return wh_error_no_memory(err, plan->item_count * sizeof(*item->others));
    for (size_t i = 0; i < plan->item_count; i++) {
        const struct wh_item_plan *other = &plan->items[i];
        if (other == item->item || !wh_str_equal(other->table.name, item->item->table.name))
            continue;
        struct wh_state *state = NULL;
        wh_code rc = load_state(item, other, &state, err);
        if (rc != WH_OK)
            return wh_error_prefix(err, rc, "item type '%.*s', which writes the same table",
                                   WH_FMT(other->definition->name));
        item->others[item->other_count++] =
            (struct wh_other_owner){.item = other->definition->name, .state = state};
    }
    return WH_OK;
}

/* ---- the filter of a partial run ------------------------------------------------------------- */

static wh_code make_filter(struct wh_item_run *item, struct wh_error *err)
{
    const struct wh_run_options *options = item->run->options;
    struct wh_arena *arena = item->run->arena;
    bool is_extract = options->from.ptr != NULL;
    item->filter.only_rejected = options->only_rejected || is_extract;
    item->filter.only_failed = options->only_failed;
    if (options->where.ptr != NULL) {
        struct wh_program *condition = NULL;
        WH_TRY(wh_plan_compile_condition(item->item, options->where, arena, &condition, err));
        item->filter.condition = condition;
    }
    WH_TRY(wh_asked_read(item->item, options->ids, options->id_count, arena, &item->asked, err));
    item->filter.keys = item->asked.keys;
    item->filter.key_count = item->asked.count;
    if (options->only_rejected)
        WH_TRY(wh_run_find_keyless(item, err));
    if (is_extract)
        WH_TRY(wh_run_find_refused_keys(item, err));
    item->has_filter = item->filter.condition != NULL || item->filter.keys != NULL ||
                       options->only_rejected || options->only_failed || is_extract;
    return WH_OK;
}

/* ---- both at once ---------------------------------------------------------------------------- */

static wh_code list_chunks(const struct wh_item_run *item, struct wh_chunk_spec **ret,
                           struct wh_error *err)
{
    struct wh_chunk_spec *specs =
        wh_arena_array(item->run->arena, WH_MAX(item->chunk_count, 1), sizeof(*specs));
    if (specs == NULL)
        return wh_error_no_memory(err, item->chunk_count * sizeof(*specs));
    for (size_t i = 0; i < item->chunk_count; i++)
        specs[i] = item->chunks[i].spec;
    *ret = specs;
    return WH_OK;
}

struct looking {
    struct wh_item_run *item;
    const struct wh_chunk_spec *chunks;
    atomic_bool has_failed; /* the one that fetches: a survey may take hours, and is for nothing */
};

/* True where rows that nobody has touched since they were written need not be mapped and
 * compared: nobody wants to see how they are mapped, and nothing is to be told of them but that
 * they are as they were. */
static bool may_pass_untouched(const struct wh_item_run *item)
{
    const struct wh_run_context *run = item->run;
    const struct wh_run_options *options = run->options;
    const struct wh_item_definition *definition = item->item->definition;
    bool warns = false;
    for (size_t i = 0; i < definition->expect_count; i++)
        warns |= definition->expect[i].is_warning;
    return !options->compare_all && !options->trust_ledger && !options->dry_run &&
           !options->trace && !warns && definition->log != WH_LOG_ROWS &&
           run->connection.functions->recall != NULL && wh_state_count(item->state, false) > 0;
}

static wh_code load_marks(struct wh_item_run *item, struct wh_error *err)
{
    if (!may_pass_untouched(item))
        return WH_OK;
    return wh_ledger_marks(item->run->ledger, item->run->request->migration->name,
                           item->item->definition->name, item->run->arena, &item->marks,
                           &item->mark_count, err);
}

static wh_code load_known(struct wh_item_run *item, struct wh_error *err)
{
    WH_TRY(load_state(item, item->item, &item->state, err));
    WH_TRY(load_marks(item, err));
    return load_others(item, err);
}

/* A dry run does not hold the run lock: a run beside it may be saving what is loaded. */
static wh_code load_known_beside(struct wh_item_run *item, struct wh_error *err)
{
    WH_TRY(wh_ledger_begin_reading(item->run->ledger, err));
    wh_code rc = load_known(item, err);
    wh_ledger_end_reading(item->run->ledger);
    return rc;
}

static wh_code fetch_known(struct wh_item_run *item, struct wh_error *err)
{
    const struct wh_run_context *run = item->run;
    bool is_beside = run->options->dry_run && run->ledger != NULL;
    WH_TRY(is_beside ? load_known_beside(item, err) : load_known(item, err));
    return item->is_surveyed ? wh_run_look_at_table(item, err) : WH_OK;
}

/* The source is surveyed in one thread, and what is known of its items fetched in another; only
 * this one uses the destination, the ledger and the run's arena. */
static wh_code look(void *ctx, unsigned worker, struct wh_error *err)
{
    struct looking *looking = ctx;
    struct wh_item_run *item = looking->item;
    if (worker == 0) {
        wh_code rc = wh_run_survey(item, looking->chunks, &looking->has_failed, err);
        if (rc == WH_OK && !item->is_surveyed)
            wh_run_count_early(item);
        /* The other's error is the one to hear of. */
        return rc == WH_STOPPED && atomic_load(&looking->has_failed) ? WH_OK : rc;
    }
    wh_code rc = fetch_known(item, err);
    if (rc != WH_OK)
        atomic_store(&looking->has_failed, true);
    return rc;
}

static wh_code look_at_both_sides(struct wh_item_run *item, struct wh_error *err)
{
    struct wh_run_context *run = item->run;
    struct wh_chunk_spec *chunks = NULL;
    wh_run_choose_survey(item);
    WH_TRY(list_chunks(item, &chunks, err));
    struct looking looking = {.item = item, .chunks = chunks};
    WH_TRY(wh_crew_run(2, look, &looking, err));
    if (!item->is_surveyed)
        WH_TRY(wh_run_look_at_table(item, err));
    if (run->options->trust_ledger && !item->trusts_state)
        wh_run_note_text(run,
                         "the ledger is not trusted for '%.*s': rows that wherry wrote are gone "
                         "from the destination; every item is compared",
                         WH_FMT(item->item->definition->name));
    return WH_OK;
}

static wh_code save_state(struct wh_item_run *item, struct wh_error *err)
{
    struct wh_run_context *run = item->run;
    if (run->options->dry_run || run->options->rehearse)
        return WH_OK;
    WH_TRY(wh_run_check_kept(run, item, err));
    return wh_state_save(item->state, run->ledger, err);
}

/* ---- what is written whole ------------------------------------------------------------------- */

static bool is_whole(const struct wh_item_run *item)
{
    return item->run->connection.functions->commit_kind == WH_COMMIT_WHOLE &&
           !item->run->options->dry_run;
}

/* True where groups of this very run were committed before. */
static bool was_started(const struct wh_item_run *item)
{
    bool started = false;
    for (size_t i = 0; i < item->chunk_count; i++)
        started |= item->chunks[i].is_started || item->chunks[i].is_done;
    return item->run->is_resumed && started;
}

static wh_code begin_whole(struct wh_item_run *item, struct wh_error *err)
{
    struct wh_run_context *run = item->run;
    struct wh_whole_request request = {.table = &item->item->table,
                                       .run = run->run,
                                       .was_started = was_started(item),
                                       .is_partial = run->is_partial,
                                       .is_rehearsal = run->options->rehearse,
                                       .overwrites =
                                           item->item->definition->drift == WH_DRIFT_OVERWRITE};
    if (!is_whole(item))
        return WH_OK;
    return run->connection.functions->whole_begin(run->connection.destination, &request, err);
}

static wh_code end_whole(struct wh_item_run *item, struct wh_error *err)
{
    struct wh_run_context *run = item->run;
    if (!is_whole(item))
        return WH_OK;
    return run->connection.functions->whole_end(run->connection.destination, item->item->table.name,
                                                err);
}

/* ---- an item type ---------------------------------------------------------------------------- */

/* The rest of a source in which a key repeats, or may. */
static wh_code migrate_surveyed(struct wh_item_run *item, struct wh_error *err)
{
    struct wh_chunk_spec *chunks = NULL;
    bool needs_survey = false;
    item->follows_keys = false;
    WH_TRY(list_chunks(item, &chunks, err));
    WH_TRY(wh_run_survey(item, chunks, NULL, err));
    WH_TRY(load_chunks(item, err));
    WH_TRY(wh_run_chunks(item, &needs_survey, err));
    WH_ASSERT(!needs_survey, err);
    return WH_OK;
}

struct chunks_and_count {
    struct wh_item_run *item;
    bool needs_survey;
};

static wh_code count_source(struct wh_item_run *item, struct wh_error *err)
{
    wh_code rc = item->item->source_functions->count(item->item->source, &item->records, err);
    if (rc == WH_OK)
        return WH_OK;
    atomic_store(&item->has_no_count, true);
    return rc;
}

/* The workers, and beside them the count that closes the sum. A run that ends early waits for
 * that, as it would have before the first group. */
static wh_code run_chunks_or_count(void *ctx, unsigned worker, struct wh_error *err)
{
    struct chunks_and_count *both = ctx;
    return worker == 0 ? wh_run_chunks(both->item, &both->needs_survey, err)
                       : count_source(both->item, err);
}

static wh_code migrate(struct wh_item_run *item, struct wh_error *err)
{
    WH_TRY(load_chunks(item, err));
    WH_TRY(begin_whole(item, err));
    WH_TRY(make_filter(item, err));
    WH_TRY(wh_run_leave_out(item->run, item->item, item->filter.condition, err));
    WH_TRY(look_at_both_sides(item, err));
    WH_TRY(wh_run_set_key_aside(item, err));
    struct chunks_and_count both = {.item = item};
    WH_TRY(wh_crew_run(item->is_counted_meanwhile ? 2 : 1, run_chunks_or_count, &both, err));
    WH_TRY(wh_run_put_key_back(item, err));
    return both.needs_survey ? migrate_surveyed(item, err) : WH_OK;
}

/* All is migrated already: what cannot be done is told, and no failure. */
static wh_code analyze(struct wh_item_run *item, struct wh_error *err)
{
    struct wh_run_context *run = item->run;
    const struct wh_connection *connection = &run->connection;
    struct wh_str table = item->item->table.name;
    struct wh_str why_not = WH_STR("");
    bool has_written = item->counted_now.inserted + item->counted_now.updated > 0;
    if (!run->request->migration->analyze || run->options->dry_run || run->options->rehearse ||
        (!has_written && !run->is_resumed))
        return WH_OK;
    wh_code rc =
        connection->functions->analyze(connection->destination, table, run->arena, &why_not, err);
    /* A time limit of the server's would be met again and again. */
    if (rc == WH_CANCELLED || (rc != WH_OK && err->retry == WH_RETRY_RECONNECT))
        return rc;
    if (rc != WH_OK)
        why_not = wh_str_from(err->message);
    if (why_not.len > 0)
        wh_run_note_text(run, "table '%.*s' was not analyzed: %.*s", WH_FMT(table),
                         WH_FMT(why_not));
    if (rc != WH_OK)
        wh_error_reset(err);
    return WH_OK;
}

/* What comes behind the last chunk of a run that was not stopped. */
static wh_code finish(struct wh_item_run *item, struct wh_error *err)
{
    struct wh_run_context *run = item->run;
    item->is_done = true;
    WH_TRY(wh_asked_missing(&item->asked, run->arena, &item->result->missing_keys,
                            &item->result->missing_key_count, err));
    WH_TRY(end_whole(item, err));
    WH_TRY(wh_run_vanished(item, err));
    WH_TRY(wh_run_again(item, err));
    WH_TRY(analyze(item, err));
    WH_TRY(save_state(item, err));
    if (run->options->dry_run)
        return WH_OK;
    return wh_ledger_finish_item(run->ledger, run->run, item->item->definition->name, err);
}

/* What was committed before a stop counts as ever, and is told; the stop is what the caller
 * hears. A user who wants to stop does not wait for a key to be made. */
static wh_code stop(struct wh_item_run *item, wh_code why, const struct wh_error *reason,
                    struct wh_error *err)
{
    WH_TRY(save_state(item, err));
    WH_TRY(wh_run_close_item(item, err));
    if (why == WH_STOPPED)
        wh_run_put_key_back_at_stop(item);
    *err = *reason;
    return why;
}

static wh_code run_to_end(struct wh_item_run *item, struct wh_error *err)
{
    wh_code rc = migrate(item, err);
    if (rc == WH_OK)
        rc = finish(item, err);
    if (rc == WH_OK)
        return wh_run_close_item(item, err);
    if (item->state == NULL)
        return rc;
    struct wh_error reason = *err;
    if (rc == WH_STOPPED || rc == WH_CANCELLED)
        return stop(item, rc, &reason, err);
    struct wh_error unused = WH_ERROR_NONE;
    WH_IGNORE(
        wh_run_close_item(item, &unused),
        "what was committed is told where it can be read; the caller hears of the first error");
    return rc;
}

/* The last word on the stage, whatever was told how long ago: what a caller shows behind it. The
 * workers tell what they read before it is committed, and nothing of what they committed last. Where
 * the counts could not be read there are none. */
static void tell_end(const struct wh_item_run *item, wh_code rc)
{
    const struct wh_item_result *result = item->result;
    uint64_t done = rc == WH_OK ? result->source_bytes : item->stage_done;
    if (rc == WH_OK || (item->has_worked && result->counts.read > 0))
        wh_run_tell_stage(item, "migrate", done, &result->counts);
}

wh_code wh_run_item(struct wh_run_context *run, const struct wh_item_plan *plan,
                    struct wh_item_result *result, struct wh_error *err)
{
    double started = wh_clock_seconds();
    uint64_t read_before = atomic_load(&run->read);
    struct wh_item_run item = {.run = run, .item = plan, .result = result};
    result->name = plan->definition->name;
    result->into = plan->definition->into.text; /* the plan goes before the result does */
    wh_code rc = run_to_end(&item, err);
    tell_end(&item, rc);
    free(item.places);
    wh_survey_free(item.survey);
    wh_state_free(item.state);
    for (size_t i = 0; i < item.other_count; i++)
        wh_state_free(item.others[i].state);
    result->read_now = atomic_load(&run->read) - read_before;
    result->seconds = wh_clock_seconds() - started;
    if (rc != WH_OK && rc != WH_STOPPED && rc != WH_CANCELLED)
        return wh_error_prefix(err, rc, "item type '%.*s'", WH_FMT(plan->definition->name));
    WH_CRASH_POINT("item.done");
    return rc;
}
