/* SPDX-License-Identifier: Apache-2.0 */
#include "run/reconnect.h"

#include "base/clock.h"
#include "base/error.h"
#include "data/hash.h"
#include "run/rest.h"
#include "run/tell.h"
#include "run/transaction.h"

#define FIRST_PAUSE 0.02
#define LONGEST_PAUSE 5.0
#define SECONDS_BETWEEN_NOTES 30.0

bool wh_is_worth_another_try(const struct wh_error *why)
{
    return why->retry == WH_RETRY_RECONNECT || why->retry == WH_RETRY_AGAIN;
}

/* SQLSTATE 08001: a connection that never came to be. */
bool wh_was_reached(const struct wh_error *why)
{
    if (why->retry == WH_RETRY_AGAIN)
        return why->code == WH_UNREACHABLE;
    return why->retry == WH_RETRY_RECONNECT && strcmp(why->sqlstate, "08001") != 0;
}

/* SQLSTATE 53300: too many connections. */
bool wh_has_no_room(const struct wh_error *why)
{
    return wh_is_worth_another_try(why) && strcmp(why->sqlstate, "53300") == 0;
}

/* Time is counted from the last group that came through. */
static void begin(struct wh_patience *patience, const struct wh_run_context *run)
{
    uint64_t groups = atomic_load(&run->groups);
    if (patience->until > 0 && patience->groups == groups)
        return;
    patience->pause = patience->until > 0 ? patience->pause : FIRST_PAUSE;
    patience->until = wh_clock_seconds() + (double)run->request->migration->limits.reconnect;
    patience->groups = groups;
}

static void tell(struct wh_patience *patience, const struct wh_run_context *run,
                 const struct wh_error *why)
{
    double now = wh_clock_seconds();
    /* The same may be said in other words by whoever comes upon it next. */
    const char *known = why->sqlstate[0] != '\0' ? why->sqlstate : why->message;
    uint64_t reason = wh_hash_bytes(wh_str_from(known), 0);
    if (now < patience->tell && reason == patience->told)
        return;
    patience->tell = now + SECONDS_BETWEEN_NOTES;
    patience->told = reason;
    wh_run_note_text(run, "%s; %s for at most %.0f seconds", why->message,
                     why->retry == WH_RETRY_RECONNECT ? "connecting again" : "trying again",
                     patience->until - now);
}

static wh_code give_up(const struct wh_run_context *run, const struct wh_error *why,
                       struct wh_error *err)
{
    wh_error_set(err, why->code,
                 "%s; tried again for %llu seconds (limits.reconnect): what is committed is "
                 "kept, run again to go on",
                 why->message, (unsigned long long)run->request->migration->limits.reconnect);
    memcpy(err->sqlstate, why->sqlstate, sizeof(err->sqlstate));
    return why->code;
}

wh_code wh_patience_wait(struct wh_patience *patience, struct wh_run_context *run,
                         const atomic_bool *stop, const struct wh_error *why, struct wh_error *err)
{
    struct wh_error reason = *why; /* may be *err */
    begin(patience, run);
    double now = wh_clock_seconds();
    if (now >= patience->until)
        return give_up(run, &reason, err);
    tell(patience, run, &reason);
    double end = WH_MIN(now + patience->pause, patience->until);
    patience->pause = WH_MIN(patience->pause * 2, LONGEST_PAUSE);
    wh_run_rest(run, end, stop);
    if (wh_cancel_asked(run->request->cancel, WH_CANCEL_AFTER_GROUP))
        return wh_error_cancelled(err);
    if (stop == NULL || !atomic_load(stop))
        return WH_OK;
    *err = reason;
    return reason.code;
}

void wh_patience_end(struct wh_patience *patience, struct wh_run_context *run)
{
    if (patience->until > 0)
        wh_run_note_text(run, "going on");
    *patience = (struct wh_patience){.until = 0};
}

wh_code wh_run_taken_over(struct wh_error *err)
{
    return wh_error_set(err, WH_BUSY,
                        "the connection was lost, and another process has gone on with the run; "
                        "nothing more was written here");
}

wh_code wh_run_begin_again(const char *why, struct wh_error *err)
{
    wh_error_set(err, WH_CONFLICT, "%s", why);
    if (err != NULL)
        err->retry = WH_RETRY_RECONNECT;
    return WH_CONFLICT;
}

/* ---- what was committed ---------------------------------------------------------------------- */

static bool is_kept(const struct wh_run_result *result, const struct wh_item_run *current,
                    const struct wh_item_record *record)
{
    if (current != NULL && wh_str_equal(current->result->name, record->name))
        return record->counts.read >= current->counted_before.read + current->counted_now.read;
    for (size_t i = 0; i < result->item_count; i++)
        if (wh_str_equal(result->items[i].name, record->name))
            return record->is_done;
    return true;
}

wh_code wh_run_check_kept(struct wh_run_context *run, const struct wh_item_run *current,
                          struct wh_error *err)
{
    struct wh_item_record *records = NULL;
    size_t count = 0;
    WH_TRY(wh_ledger_items(run->ledger, run->run, run->arena, &records, &count, err));
    for (size_t i = 0; i < count; i++) {
        if (is_kept(run->result, current, &records[i]))
            continue;
        return wh_run_begin_again(
            "the server lacks some of what was committed before the connection was lost, "
            "as one may that crashed, or a standby that takes over",
            err);
    }
    return WH_OK;
}

/* ---- the run's own connection ---------------------------------------------------------------- */

/* Whoever has the run lock has all chunks. */
static wh_code claim_again(struct wh_run_context *run, struct wh_error *err)
{
    bool is_running = false;
    WH_TRY(wh_ledger_is_running(run->ledger, run->run, &is_running, err));
    if (!is_running)
        return wh_error_set(err, WH_BUSY,
                            "the connection was lost, and the ledger does not have this run as "
                            "going any more: another process has gone on with it and ended it, or "
                            "the server lost its last commits; run again");
    return wh_ledger_own_chunks(run->ledger, run->run, run->owner, err);
}

static wh_code lock_again(struct wh_run_context *run, struct wh_error *err)
{
    const struct wh_connection *connection = &run->connection;
    wh_code rc = connection->functions->lock(connection->destination, WH_RUN_LOCK, err);
    if (rc == WH_BUSY)
        return wh_run_taken_over(err);
    if (rc != WH_OK)
        return rc;
    WH_TRY(wh_run_transaction_begin(run, err));
    return wh_run_transaction_end(run, claim_again(run, err), err);
}

wh_code wh_run_reopen(struct wh_run_context *run, bool *ret_was_lost, struct wh_error *err)
{
    const struct wh_connection *connection = &run->connection;
    *ret_was_lost = false;
    if (connection->functions->reopen == NULL || run->options->rehearse || run->options->dry_run)
        return WH_OK;
    WH_TRY(connection->functions->reopen(connection->destination, ret_was_lost, err));
    run->must_lock |= *ret_was_lost;
    if (!run->must_lock)
        return WH_OK;
    WH_TRY(lock_again(run, err));
    run->must_lock = false;
    return WH_OK;
}
