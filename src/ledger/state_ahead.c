/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whoever adds entries only leaves a copy of them here and never waits: where the server takes
 * pages more slowly than groups are committed, all is written at the end.
 */
#include <stdlib.h>

#include "base/crash.h"
#include "base/error.h"
#include "ledger/state_internal.h"
#include "ledger/statements.h"

enum { LAYER_ENTRIES = 1 << 16, MOST_WAITING = 4 * LAYER_ENTRIES };

/* ---- what waits ------------------------------------------------------------------------------ */

static void forget_waiting(struct wh_state *state)
{
    struct wh_state_ahead *ahead = &state->ahead;
    free(ahead->waiting);
    wh_budget_give(state->options.budget, ahead->room * sizeof(*ahead->waiting));
    ahead->waiting = NULL;
    ahead->waiting_count = 0;
    ahead->room = 0;
}

void wh_state_ahead_release(struct wh_state *state)
{
    forget_waiting(state);
    pthread_cond_destroy(&state->ahead.changed);
}

static void give_up(struct wh_state *state)
{
    state->ahead.is_vain = true;
    forget_waiting(state);
    pthread_cond_signal(&state->ahead.changed);
}

static bool make_room(struct wh_state *state, size_t count)
{
    struct wh_state_ahead *ahead = &state->ahead;
    size_t needed = ahead->waiting_count + count;
    if (needed <= ahead->room)
        return true;
    size_t room = WH_MAX(needed, (size_t)LAYER_ENTRIES);
    struct wh_state_change *waiting = reallocarray(ahead->waiting, room, sizeof(*waiting));
    if (waiting == NULL)
        return false;
    wh_budget_force(state->options.budget, (room - ahead->room) * sizeof(*waiting));
    ahead->waiting = waiting;
    ahead->room = room;
    return true;
}

/* Pages say what there is: the end of an entry is told by its absence alone. */
static bool has_end(const struct wh_state_entry *entries, size_t count)
{
    unsigned flags = 0;
    for (size_t i = 0; i < count; i++)
        flags |= entries[i].flags;
    return (flags & WH_STATE_GONE) != 0;
}

void wh_state_tell_ahead(struct wh_state *state, const struct wh_state_entry *entries, size_t count)
{
    struct wh_state_ahead *ahead = &state->ahead;
    if (!ahead->is_open || ahead->is_vain || count == 0)
        return;
    if (has_end(entries, count) || ahead->waiting_count + count > MOST_WAITING ||
        !make_room(state, count)) {
        give_up(state);
        return;
    }
    for (size_t i = 0; i < count; i++)
        ahead->waiting[ahead->waiting_count++] =
            wh_state_change_of(&entries[i], (uint32_t)state->run_count - 1);
    if (ahead->waiting_count >= LAYER_ENTRIES)
        pthread_cond_signal(&ahead->changed);
}

/* The changes of the next layer, to be freed; none behind the last. The few of a small run are left
 * for its end, which makes fewer pages of them. */
static struct wh_state_change *take_waiting(struct wh_state *state, size_t *ret_count,
                                            size_t *ret_room)
{
    struct wh_state_ahead *ahead = &state->ahead;
    pthread_mutex_lock(&state->lock);
    while (ahead->is_open && !ahead->is_vain && ahead->waiting_count < LAYER_ENTRIES)
        pthread_cond_wait(&ahead->changed, &state->lock);
    bool is_small = ahead->written == 0 && ahead->waiting_count < LAYER_ENTRIES;
    struct wh_state_change *taken = is_small ? NULL : ahead->waiting;
    *ret_count = ahead->waiting_count;
    *ret_room = ahead->room;
    if (taken != NULL) {
        ahead->waiting = NULL;
        ahead->waiting_count = 0;
        ahead->room = 0;
    }
    pthread_mutex_unlock(&state->lock);
    return taken;
}

/* ---- writing --------------------------------------------------------------------------------- */

static wh_code write_in_transaction(struct wh_state *state, struct wh_ledger *ledger,
                                    const struct wh_state_change *changes, size_t count,
                                    struct wh_error *err)
{
    const struct wh_destination_functions *functions = ledger->connection.functions;
    struct wh_destination *destination = ledger->connection.destination;
    WH_TRY(functions->begin_unsynced != NULL ? functions->begin_unsynced(destination, err)
                                             : functions->begin(destination, err));
    wh_code rc = wh_state_append_layer(state, ledger, changes, count, err);
    WH_CRASH_POINT("state.ahead.before_commit");
    if (rc == WH_OK)
        rc = functions->commit(destination, err);
    if (rc != WH_OK) {
        struct wh_error later = WH_ERROR_NONE;
        WH_IGNORE(functions->rollback(destination, &later), "the first error counts");
    }
    WH_CRASH_POINT("state.ahead.after_commit");
    return rc;
}

static wh_code write_layer(struct wh_state *state, struct wh_ledger *ledger,
                           struct wh_state_change *changes, size_t count, struct wh_error *err)
{
    struct wh_state_change *sorted = reallocarray(NULL, count, sizeof(*sorted));
    if (sorted == NULL)
        return wh_error_no_memory(err, count * sizeof(*sorted));
    size_t left = 0;
    wh_code rc = wh_state_changes_sort(changes, count, sorted, &left, err);
    if (rc == WH_OK)
        rc = write_in_transaction(state, ledger, sorted, left, err);
    free(sorted);
    return rc;
}

bool wh_state_begin_ahead(struct wh_state *state, const struct wh_ledger *ledger)
{
    struct wh_state_ahead *ahead = &state->ahead;
    ahead->is_open = wh_ledger_appends(ledger) && state->page_count == 0 &&
                     state->base.count == 0 && !ahead->is_vain &&
                     state->changes.count == ahead->written;
    return ahead->is_open;
}

void wh_state_write_ahead(struct wh_state *state, struct wh_ledger *ledger)
{
    struct wh_state_change *changes;
    size_t count;
    size_t room;
    while ((changes = take_waiting(state, &count, &room)) != NULL) {
        struct wh_error unused = WH_ERROR_NONE;
        wh_code rc = write_layer(state, ledger, changes, count, &unused);
        free(changes);
        wh_budget_give(state->options.budget, room * sizeof(*changes));
        pthread_mutex_lock(&state->lock);
        if (rc == WH_OK)
            state->ahead.written += count;
        else
            give_up(state);
        pthread_mutex_unlock(&state->lock);
    }
}

void wh_state_end_ahead(struct wh_state *state)
{
    pthread_mutex_lock(&state->lock);
    state->ahead.is_open = false;
    pthread_cond_signal(&state->ahead.changed);
    pthread_mutex_unlock(&state->lock);
}

void wh_state_forget_ahead(struct wh_state *state)
{
    pthread_mutex_lock(&state->lock);
    state->ahead.is_vain |= state->ahead.written > 0;
    pthread_mutex_unlock(&state->lock);
}

bool wh_state_is_written_ahead(const struct wh_state *state)
{
    return !state->ahead.is_vain && state->ahead.written > 0 &&
           state->ahead.written == state->changes.count;
}
