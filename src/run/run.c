/* SPDX-License-Identifier: Apache-2.0 */
#include "run/run.h"

#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/error.h"
#include "ledger/tables.h"
#include "run/changed.h"
#include "run/crew.h"
#include "run/guard.h"
#include "run/item.h"
#include "run/key_aside.h"
#include "run/opening.h"
#include "run/reconnect.h"
#include "run/resume.h"
#include "run/tell.h"
#include "run/transaction.h"
#include "run/worker_connection.h"
#include "spill/file.h"

enum { WORKERS_DEFAULT_MAX = 8, TRACE_LIMIT = 64 << 20 };

static void note_heard(void *ctx, struct wh_str text)
{
    wh_run_note_text(ctx, "%.*s", WH_FMT(text));
}

/* ---- options --------------------------------------------------------------------------------- */

static bool is_partial(const struct wh_run_options *options)
{
    return options->id_count > 0 || options->limit != UINT64_MAX || options->where.ptr != NULL ||
           options->only_rejected || options->only_failed || options->from.ptr != NULL;
}

static wh_code check_options(const struct wh_run_context *run, struct wh_error *err)
{
    const struct wh_run_options *options = run->options;
    if (options->id_count > 0 && options->item.ptr == NULL &&
        run->request->migration->item_count > 1)
        return wh_error_set(err, WH_INVALID, "--id needs an item type: the migration has several");
    if (options->trace && options->id_count == 0)
        return wh_error_set(err, WH_INVALID, "--trace needs --id: which items to trace");
    if (options->dry_run && options->rehearse)
        return wh_error_set(err, WH_INVALID,
                            "--dry-run writes nothing, --rehearse writes and rolls back: "
                            "give one of them");
    if (options->workers > WH_MAX_WORKERS)
        return wh_error_set(err, WH_INVALID, "--workers: at most %d", WH_MAX_WORKERS);
    return WH_OK;
}

/* Traces and rehearsals are one worker's; otherwise one a core. */
static unsigned choose_workers(const struct wh_run_options *options)
{
    if (options->trace || options->rehearse)
        return 1;
    if (options->workers > 0)
        return options->workers;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1 ? 1 : cores > WORKERS_DEFAULT_MAX ? WORKERS_DEFAULT_MAX : (unsigned)cores;
}

static wh_code choose_items(struct wh_run_context *run, struct wh_error *err)
{
    run->items = wh_arena_array(run->arena, WH_MAX(run->plan->item_count, 1), sizeof(*run->items));
    if (run->items == NULL)
        return wh_error_no_memory(err, run->plan->item_count * sizeof(*run->items));
    run->item_count = 0;
    if (run->options->item.ptr != NULL) {
        WH_TRY(wh_plan_find_item(run->plan, run->options->item, &run->items[0], err));
        run->item_count = 1;
        return WH_OK;
    }
    for (size_t i = 0; i < run->plan->item_count; i++)
        run->items[run->item_count++] = &run->plan->items[i];
    return WH_OK;
}

/* ---- opening --------------------------------------------------------------------------------- */

/* An extract is of one item type: the only one, or the one that was named. */
static wh_code choose_extracted(const struct wh_run_context *run, struct wh_str *ret,
                                struct wh_error *err)
{
    const struct wh_migration *migration = run->request->migration;
    *ret = run->options->item;
    if (run->options->from.ptr == NULL || ret->ptr != NULL)
        return WH_OK;
    if (migration->item_count != 1)
        return wh_error_set(err, WH_INVALID,
                            "--from needs an item type: the migration has several");
    *ret = migration->items[0].name;
    return WH_OK;
}

static wh_code make_plan(struct wh_run_context *run, struct wh_error *err)
{
    struct wh_plan_request request = wh_run_plan_request(run);
    request.read_only = run->options->dry_run;
    request.is_input_taken = &run->is_input_taken;
    request.listener = &run->listener;
    request.from = run->options->from;
    WH_TRY(choose_extracted(run, &request.from_item, err));
    WH_TRY(wh_plan_make(&request, &run->plan, err));
    run->connection =
        (struct wh_connection){.functions = run->plan->destination_connector->destination,
                               .destination = run->plan->destination};
    return choose_items(run, err);
}

/* A dry run reads the ledger where there is one; nothing is made for it. */
static wh_code open_ledger_to_read(struct wh_run_context *run, struct wh_error *err)
{
    if (run->connection.destination == NULL)
        return WH_OK;
    wh_code rc = wh_ledger_open(&run->connection, true, &run->ledger, err);
    if (rc == WH_OK)
        return wh_ledger_check_whole(run->ledger, err);
    return rc == WH_END ? WH_OK : rc;
}

static wh_code open_to_write(struct wh_run_context *run, struct wh_error *err)
{
    const struct wh_destination_functions *functions = run->connection.functions;
    struct wh_destination *destination = run->connection.destination;
    WH_TRY(functions->lock(destination, WH_RUN_LOCK, err));
    run->is_locked = true;
    if (run->options->rehearse)
        WH_TRY(functions->begin(destination, err));
    WH_TRY(wh_ledger_prepare(&run->connection, run->options->rehearse, err));
    WH_CRASH_POINT("ledger.prepared");
    WH_TRY(wh_plan_create_tables(run->plan, err));
    WH_CRASH_POINT("tables.created");
    WH_TRY(wh_run_put_keys_back(run, err));
    return wh_ledger_open(&run->connection, false, &run->ledger, err);
}

/* What was typed is read before a run begins: a slip is no run. */
static wh_code check_filters(const struct wh_run_context *run, struct wh_error *err)
{
    const struct wh_run_options *options = run->options;
    for (size_t i = 0; i < run->item_count; i++) {
        struct wh_program *condition;
        struct wh_str key;
        wh_code rc = WH_OK;
        if (options->where.ptr != NULL)
            rc = wh_plan_compile_condition(run->items[i], options->where, run->arena, &condition,
                                           err);
        if (rc != WH_OK)
            return wh_error_prefix(err, rc, "--where of item type '%.*s'",
                                   WH_FMT(run->items[i]->definition->name));
        for (size_t j = 0; j < options->id_count; j++)
            WH_TRY(wh_key_parse(run->items[i], options->ids[j], run->arena, &key, err));
    }
    return WH_OK;
}

/* What a run can do with rows that are there, it cannot with a file that is written whole. */
static wh_code check_whole(const struct wh_run_context *run, struct wh_error *err)
{
    if (run->connection.functions->commit_kind != WH_COMMIT_WHOLE || !run->options->trust_ledger)
        return WH_OK;
    return wh_error_set(err, WH_INVALID,
                        "--trust-ledger: a file is written whole, whatever the ledger knows of its "
                        "items; leave the option out");
}

/* Once: a run that begins again knows it. A rehearsal has one connection. */
static wh_code look_for_room(struct wh_run_context *run, struct wh_error *err)
{
    struct wh_room_note room;
    if (run->run != 0 || run->options->rehearse)
        return WH_OK;
    WH_TRY(wh_plan_check_room(run->plan, wh_run_threads(run), run->arena, &room, err));
    if (room.is_in_vain)
        return wh_error_set(err, WH_UNREACHABLE, "%.*s", WH_FMT(room.text));
    if (room.text.ptr != NULL)
        wh_run_note_text(run, "%.*s", WH_FMT(room.text));
    else if (wh_run_threads(run) > run->workers)
        WH_TRY(wh_plan_check_room(run->plan, wh_run_threads(run) + 1, run->arena, &room, err));
    run->has_room_to_spare = room.text.ptr == NULL;
    return WH_OK;
}

/* Of what does not fit in memory; when that shows, hours may have passed. */
static wh_code check_temporary_folder(struct wh_error *err)
{
    struct wh_spill_file file;
    WH_TRY(wh_spill_file_open(&file, NULL, err));
    wh_spill_file_close(&file);
    return WH_OK;
}

static wh_code open_run(struct wh_run_context *run, struct wh_error *err)
{
    WH_TRY(make_plan(run, err));
    WH_TRY(check_options(run, err));
    WH_TRY(check_whole(run, err));
    WH_TRY(check_filters(run, err));
    WH_TRY(check_temporary_folder(err));
    if (getrandom(&run->redaction_seed, sizeof(run->redaction_seed), 0) !=
        (ssize_t)sizeof(run->redaction_seed))
        return wh_error_set(err, WH_IO, "no random bytes from the system");
    if (run->options->dry_run) {
        WH_TRY(wh_run_put_keys_back(run, err));
        return open_ledger_to_read(run, err);
    }
    WH_TRY(look_for_room(run, err));
    WH_TRY(open_to_write(run, err));
    return wh_run_begin(run, err);
}

static void close_run(struct wh_run_context *run)
{
    struct wh_error unused = WH_ERROR_NONE;
    if (run->options->rehearse && run->is_locked)
        WH_IGNORE(run->connection.functions->rollback(run->connection.destination, &unused),
                  "the connection is closed next, which rolls back as well");
    wh_run_close_kept(run);
    wh_ledger_close(run->ledger);
    wh_run_guard_close(run);
    if (run->is_locked)
        WH_IGNORE(
            run->connection.functions->unlock(run->connection.destination, WH_RUN_LOCK, &unused),
            "the lock dies with the connection");
    wh_plan_free(run->plan);
    run->plan = NULL;
    run->items = NULL;
    run->item_count = 0;
    run->ledger = NULL;
    run->connection = (struct wh_connection){.destination = NULL};
    run->is_locked = false;
    run->must_lock = false;
}

/* ---- the run --------------------------------------------------------------------------------- */

static wh_code run_items(struct wh_run_context *run, struct wh_error *err)
{
    run->result->items =
        wh_arena_array(run->arena, WH_MAX(run->item_count, 1), sizeof(*run->result->items));
    if (run->result->items == NULL)
        return wh_error_no_memory(err, run->item_count * sizeof(*run->result->items));
    for (size_t i = 0; i < run->item_count; i++) {
        struct wh_item_result *result = &run->result->items[i];
        run->result->item_count = i + 1;
        wh_code rc = wh_run_item(run, run->items[i], result, err);
        wh_counts_add(&run->result->total, &result->counts);
        if (rc != WH_OK)
            return rc;
        if (!result->sum_closes)
            return wh_error_set(
                err, WH_DIFFERENT,
                "the sum of item type '%.*s' does not close: what was read or deleted "
                "is not what was logged; this is a bug in wherry, please report it",
                WH_FMT(result->name));
    }
    return WH_OK;
}

/* ---- beginning again ------------------------------------------------------------------------- */

/* A full run is gone on with by the process that was running it as it would be by another one.
 * Where none has begun yet, nothing was written; but a server that could not be reached in the
 * first place may be a slip of the pen. */
static bool can_begin_again(const struct wh_run_context *run, wh_code rc,
                            const struct wh_error *why)
{
    const struct wh_run_options *options = run->options;
    bool can_reopen = run->plan == NULL || run->connection.functions->reopen != NULL;
    bool is_whole = !run->is_partial && !options->rehearse && !options->dry_run;
    return rc != WH_OK && is_whole && can_reopen && !run->is_input_taken &&
           (wh_was_reached(why) || (run->run != 0 && why->retry == WH_RETRY_RECONNECT));
}

/* Sessions that were lost have ended before the next ones are opened: they may hold what those
 * want. */
static wh_code open_again(struct wh_run_context *run, struct wh_error *err)
{
    const struct wh_connection *connection = &run->connection;
    bool was_lost = false;
    /* There may be no room for more. */
    wh_run_close_kept(run);
    if (connection->destination != NULL) {
        WH_TRY(connection->functions->reopen(connection->destination, &was_lost, err));
        close_run(run);
    }
    wh_code rc = open_run(run, err);
    return rc == WH_BUSY && run->run != 0 ? wh_run_taken_over(err) : rc;
}

static wh_code try_to_begin(struct wh_run_context *run, struct wh_patience *patience,
                            struct wh_error *err)
{
    wh_code rc;
    do {
        WH_TRY(wh_patience_wait(patience, run, NULL, err, err));
        rc = open_again(run, err);
    } while (rc != WH_OK && wh_is_worth_another_try(err));
    return rc == WH_OK ? run_items(run, err) : rc;
}

/* What the run said of itself so far is found again in the ledger. */
static wh_code begin_again(struct wh_run_context *run, struct wh_patience *patience,
                           struct wh_error *err)
{
    run->result->item_count = 0;
    run->result->total = (struct wh_counts){.read = 0};
    return try_to_begin(run, patience, err);
}

static wh_code run_to_end(struct wh_run_context *run, struct wh_error *err)
{
    struct wh_patience patience = {.until = 0};
    struct wh_error unused = WH_ERROR_NONE;
    struct wh_error *own = err != NULL ? err : &unused;
    wh_code rc = open_run(run, own);
    if (rc == WH_OK)
        rc = run_items(run, own);
    while (can_begin_again(run, rc, own))
        rc = begin_again(run, &patience, own);
    return rc;
}

static enum wh_run_state state_after(wh_code rc)
{
    switch ((int)rc) {
    case WH_OK:
        return WH_RUN_DONE;
    case WH_CANCELLED:
        return WH_RUN_INTERRUPTED;
    case WH_STOPPED:
        return WH_RUN_STOPPED;
    default:
        return WH_RUN_FAILED;
    }
}

static wh_code record_state(struct wh_run_context *run, enum wh_run_state state,
                            struct wh_str reason, struct wh_error *err)
{
    if (run->options->rehearse)
        return WH_OK;
    WH_TRY(wh_run_transaction_begin(run, err));
    wh_code rc = wh_ledger_set_run_state(run->ledger, run->run, state, reason, err);
    return wh_run_transaction_end(run, rc, err);
}

/* Whether the run's end is still to be recorded: the COMMIT whose answer never came may have done
 * it, or another process that went on with the run and found all migrated. */
static wh_code must_record(struct wh_run_context *run, bool *ret, struct wh_error *err)
{
    struct wh_run_record *runs;
    size_t count;
    WH_TRY(wh_ledger_is_running(run->ledger, run->run, ret, err));
    if (*ret)
        return WH_OK;
    WH_TRY(wh_ledger_runs(run->ledger, run->request->migration->name, 0, run->arena, &runs, &count,
                          err));
    for (size_t i = 0; i < count; i++)
        if (runs[i].id == run->run && runs[i].state == run->result->state)
            return WH_OK;
    return wh_run_taken_over(err);
}

/* The same on a connection made anew, where nobody has taken the run over meanwhile. */
static wh_code record_again(struct wh_run_context *run, struct wh_error *err)
{
    const struct wh_connection *connection = &run->connection;
    bool was_lost = false;
    bool is_open = true;
    WH_TRY(connection->functions->reopen(connection->destination, &was_lost, err));
    run->must_lock |= was_lost;
    if (run->must_lock) {
        wh_code rc = connection->functions->lock(connection->destination, WH_RUN_LOCK, err);
        if (rc != WH_OK)
            return rc == WH_BUSY ? wh_run_taken_over(err) : rc;
        WH_TRY(must_record(run, &is_open, err));
        WH_TRY(wh_run_check_kept(run, NULL, err));
        run->must_lock = false;
    }
    return is_open ? record_state(run, run->result->state, run->result->reason, err) : WH_OK;
}

static wh_code record_end(struct wh_run_context *run, struct wh_error *err)
{
    struct wh_run_result *result = run->result;
    struct wh_patience patience = {.until = 0};
    wh_code rc = record_state(run, result->state, result->reason, err);
    while (rc != WH_OK && rc != WH_CONFLICT && result->state == WH_RUN_DONE &&
           wh_is_worth_another_try(err) && run->connection.functions->reopen != NULL) {
        WH_TRY(wh_patience_wait(&patience, run, NULL, err, err));
        rc = record_again(run, err);
    }
    if (rc == WH_OK)
        wh_patience_end(&patience, run);
    return rc;
}

/* Somebody may have dropped a table of the ledger in mid-run. What the server said of the statement
 * that came upon it gives way to what can be done. */
static wh_code look_for_lost_tables(struct wh_run_context *run, wh_code rc, struct wh_error *err)
{
    bool may_be = rc == WH_INVALID || rc == WH_CONFLICT || rc == WH_CORRUPT;
    if (!may_be || run->ledger == NULL)
        return rc;
    struct wh_error lost = WH_ERROR_NONE;
    if (wh_ledger_look_again(&run->connection, &run->result->ledger_left, &lost) != WH_CORRUPT)
        return rc;
    run->result->has_lost_ledger = true;
    if (err != NULL)
        *err = lost;
    return lost.code;
}

/* The end goes on record; where even that fails, the run stays 'running' with nobody at its lock,
 * which is what a killed run looks like, and the next one goes on with it. */
static wh_code end_run(struct wh_run_context *run, wh_code rc, struct wh_error *err)
{
    struct wh_run_result *result = run->result;
    result->run = run->options->rehearse ? 0 : run->run;
    result->resumed = run->is_resumed;
    result->read_now = atomic_load(&run->read);
    rc = look_for_lost_tables(run, rc, err);
    rc = wh_run_explain_change(run, rc, err);
    result->state = state_after(rc);
    /* Whatever was being read then. */
    if (rc == WH_CANCELLED && run->run == 0 && !run->options->dry_run)
        wh_error_set(err, rc, "interrupted before this run wrote anything; run again to go on");
    if (rc != WH_OK)
        WH_TRY(wh_arena_copy(run->arena, wh_str_from(err->message), &result->reason, err));
    if (run->options->dry_run || run->run == 0 || run->ledger == NULL)
        return rc;
    struct wh_error own = WH_ERROR_NONE;
    wh_code recorded = record_end(run, &own);
    WH_CRASH_POINT("run.ended");
    if (rc != WH_OK || recorded == WH_OK)
        return rc;
    result->state = WH_RUN_FAILED;
    if (err != NULL)
        *err = own;
    return wh_error_prefix(err, recorded, "all is migrated, but that could not be recorded");
}

wh_code wh_run(const struct wh_run_request *request, struct wh_arena *arena,
               struct wh_run_result *ret, struct wh_error *err)
{
    pthread_mutex_t voice = PTHREAD_MUTEX_INITIALIZER;
    struct wh_run_context run = {.request = request,
                                 .options = request->options,
                                 .arena = arena,
                                 .result = ret,
                                 .voice = &voice,
                                 .guard = {.lock = PTHREAD_MUTEX_INITIALIZER},
                                 .now = wh_clock_now(),
                                 .started = wh_clock_seconds(),
                                 .is_partial = is_partial(request->options),
                                 .workers = choose_workers(request->options)};
    run.listener = (struct wh_listener){.tell = note_heard, .ctx = &run};
    *ret = (struct wh_run_result){.is_dry_run = request->options->dry_run,
                                  .is_rehearsal = request->options->rehearse,
                                  .workers = run.workers};
    wh_buf_init(&ret->trace, TRACE_LIMIT);
    wh_budget_init(&run.budget, request->migration->limits.memory);
    wh_code rc = run_to_end(&run, err);
    rc = end_run(&run, rc, err);
    wh_run_tell_key_aside(&run);
    ret->seconds = wh_clock_seconds() - run.started;
    close_run(&run);
    return rc;
}

size_t wh_run_missing_keys(const struct wh_run_result *result)
{
    size_t count = 0;
    for (size_t i = 0; i < result->item_count; i++)
        count += result->items[i].missing_key_count;
    return count;
}

void wh_run_result_release(struct wh_run_result *result)
{
    if (result != NULL)
        wh_buf_release(&result->trace);
}
