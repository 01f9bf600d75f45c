/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Only pages that changes fall into are written: the entries of such a page and its changes are
 * merged, and what comes out replaces it, in as many pages as it takes. One thread makes the
 * pages, another writes them.
 */
#include "base/clock.h"
#include "base/crash.h"
#include "base/crew.h"
#include "base/error.h"
#include "ledger/clock_text.h"
#include "ledger/page_queue.h"
#include "ledger/state_internal.h"
#include "ledger/statements.h"

struct saver {
    struct wh_state *state;
    struct wh_ledger *ledger;
    struct wh_page_queue *queue; /* NULL: whoever makes a page writes it */
    struct wh_append *append;    /* NULL: a statement for each page */
    struct wh_page_encoder encoder;
    size_t page_entries;
    struct wh_state_columns waiting;     /* for a page to be full */
    size_t first;                        /* of those that still wait: the others are in pages */
    const struct wh_state_change *layer; /* NULL: base and changes are written */
    size_t layer_count;
};

/* Room for the waiting entries, in pages: those that are left are moved to the
 * front once in so many. */
enum { PAGES_OF_ROOM = 16 };

static const char page_columns[] = "wherry.state (migration, item, first_hash, entries, page)";

/* ---- writing pages --------------------------------------------------------------------------- */

static wh_code remove_page(struct saver *saver, uint64_t first_hash, struct wh_error *err)
{
    struct wh_param params[] = {wh_param_text(saver->state->options.migration),
                                wh_param_text(saver->state->options.item),
                                wh_param_int(wh_state_first_hash(first_hash))};
    return wh_ledger_execute(saver->ledger, WH_SQL_REMOVE_STATE_PAGE, params, WH_COUNT_OF(params),
                             err);
}

static wh_code write_page(struct saver *saver, uint64_t first_hash, size_t entries,
                          struct wh_str page, struct wh_error *err)
{
    struct wh_param params[] = {
        wh_param_text(saver->state->options.migration),
        wh_param_text(saver->state->options.item),
        wh_param_int(wh_state_first_hash(first_hash)),
        wh_param_int((int64_t)entries),
        wh_param_blob(page),
    };
    if (saver->append != NULL)
        return saver->ledger->connection.functions->append_row(saver->append, params,
                                                               WH_COUNT_OF(params), err);
    return wh_ledger_execute(saver->ledger, WH_SQL_ADD_STATE_PAGE, params, WH_COUNT_OF(params),
                             err);
}

static wh_code write_steps(struct saver *saver, struct wh_error *err)
{
    const struct wh_page_step *step;
    while ((step = wh_page_queue_next(saver->queue)) != NULL) {
        if (step->removes)
            WH_TRY(remove_page(saver, step->first_hash, err));
        else
            WH_TRY(
                write_page(saver, step->first_hash, step->entries, wh_buf_str(&step->page), err));
        wh_page_queue_pass(saver->queue);
    }
    return WH_OK;
}

/* ---- making pages ---------------------------------------------------------------------------- */

/* Where to cut near @p at: entries of one hash stay in one page. */
static size_t cut_near(const struct wh_state_columns *columns, size_t at)
{
    return at + (columns->hashes[at - 1] == columns->hashes[at]);
}

/* Makes a page of the next waiting entries, up to @p end. */
static wh_code make_page(struct saver *saver, size_t end, struct wh_error *err)
{
    const struct wh_state_columns *waiting = &saver->waiting;
    size_t first = saver->first;
    uint64_t first_hash = waiting->hashes[first];
    struct wh_str page;
    WH_TRY(wh_page_encode(&saver->encoder, waiting, first, end, &page, err));
    saver->first = end;
    return saver->queue != NULL
               ? wh_page_queue_add(saver->queue, first_hash, end - first, page, err)
               : write_page(saver, first_hash, end - first, page, err);
}

static void move_to_front(struct saver *saver)
{
    struct wh_state_columns *waiting = &saver->waiting;
    size_t count = 0;
    for (size_t i = saver->first; i < waiting->count; i++) {
        struct wh_state_entry entry = wh_state_entry_at(waiting, i);
        wh_state_entry_put(waiting, count++, &entry);
    }
    waiting->count = count;
    saver->first = 0;
}

static wh_code add_waiting(void *ctx, const struct wh_state_entry *entry, struct wh_error *err)
{
    struct saver *saver = ctx;
    struct wh_state_columns *waiting = &saver->waiting;
    wh_state_entry_put(waiting, waiting->count++, entry);
    if (waiting->count - saver->first == 2 * saver->page_entries)
        WH_TRY(make_page(saver, cut_near(waiting, saver->first + saver->page_entries), err));
    if (waiting->count == PAGES_OF_ROOM * saver->page_entries)
        move_to_front(saver);
    return WH_OK;
}

/* Makes what is left of a range: one page, or two of the same size. */
static wh_code make_rest(struct saver *saver, struct wh_error *err)
{
    const struct wh_state_columns *waiting = &saver->waiting;
    size_t left = waiting->count - saver->first;
    if (left > saver->page_entries * 3 / 2)
        WH_TRY(make_page(saver, cut_near(waiting, saver->first + left / 2), err));
    if (left > 0)
        WH_TRY(make_page(saver, waiting->count, err));
    move_to_front(saver);
    return WH_OK;
}

/* Replaces the pages that changes fall into. */
static wh_code make_changed(struct saver *saver, struct wh_state_merge *merge, struct wh_error *err)
{
    const struct wh_state *state = saver->state;
    WH_ASSERT(state->pages != NULL, err);
    for (size_t i = 0; i < state->page_count && merge->has_change; i++) {
        const struct wh_state_page *page = &state->pages[i];
        const uint64_t *limit = i + 1 < state->page_count ? &page[1].first_hash : NULL;
        if (limit != NULL && merge->change.hash >= *limit)
            continue;
        WH_TRY(saver->queue != NULL ? wh_page_queue_remove(saver->queue, page->first_hash, err)
                                    : remove_page(saver, page->first_hash, err));
        WH_TRY(wh_state_merge_range(merge, page->first, page->end, limit, err));
        WH_TRY(make_rest(saver, err));
    }
    return WH_OK;
}

static wh_code make_all(struct saver *saver, struct wh_state_merge *merge, struct wh_error *err)
{
    WH_TRY(wh_state_merge_range(merge, 0, saver->state->base.count, NULL, err));
    return make_rest(saver, err);
}

/* Hashes are uniform: as many changes as there are pages fall into most of them. */
static bool replaces_all(const struct wh_state *state)
{
    return state->pages_are_stale || state->changes.count >= state->page_count;
}

static wh_code make_merged(struct saver *saver, struct wh_error *err)
{
    struct wh_state_merge merge = {.state = saver->state, .visit = add_waiting, .ctx = saver};
    WH_TRY(wh_state_merge_begin(&merge, err));
    return replaces_all(saver->state) ? make_all(saver, &merge, err)
                                      : make_changed(saver, &merge, err);
}

static wh_code make_layer(struct saver *saver, struct wh_error *err)
{
    for (size_t i = 0; i < saver->layer_count; i++) {
        struct wh_state_entry entry = wh_state_change_entry(&saver->layer[i]);
        WH_TRY(add_waiting(saver, &entry, err));
    }
    return make_rest(saver, err);
}

static wh_code make_pages(struct saver *saver, struct wh_error *err)
{
    struct wh_spill_ground memory = {.budget = NULL};
    WH_TRY(wh_state_columns_init(&saver->waiting, PAGES_OF_ROOM * saver->page_entries,
                                 saver->state->options.owners, &memory, err));
    wh_code rc = wh_page_encoder_init(&saver->encoder, err);
    if (rc == WH_OK)
        rc = saver->layer != NULL ? make_layer(saver, err) : make_merged(saver, err);
    wh_page_encoder_release(&saver->encoder);
    wh_state_columns_release(&saver->waiting);
    return rc;
}

/* ---- both ------------------------------------------------------------------------------------ */

static wh_code remove_all(struct saver *saver, struct wh_error *err)
{
    struct wh_param params[] = {wh_param_text(saver->state->options.migration),
                                wh_param_text(saver->state->options.item)};
    return wh_ledger_execute(saver->ledger, WH_SQL_REMOVE_STATE, params, WH_COUNT_OF(params), err);
}

/* The calling thread is the one that uses the ledger. */
static wh_code write_or_make(void *ctx, unsigned worker, struct wh_error *err)
{
    struct saver *saver = ctx;
    wh_code rc;
    if (worker == 0) {
        rc = write_steps(saver, err);
        if (rc != WH_OK)
            wh_page_queue_stop(saver->queue);
        return rc;
    }
    rc = make_pages(saver, err);
    wh_page_queue_end(saver->queue);
    /* Why nobody takes pages any more is the error to hear of. */
    return rc == WH_STOPPED ? WH_OK : rc;
}

static wh_code make_and_write(struct saver *saver, struct wh_error *err)
{
    struct wh_page_queue queue;
    wh_code rc = WH_OK;
    wh_page_queue_init(&queue);
    saver->queue = &queue;
    bool was_done = wh_crew_run_pair(write_or_make, saver, &rc, err);
    wh_page_queue_release(&queue);
    saver->queue = NULL;
    return was_done ? rc : make_pages(saver, err);
}

/* A layer is made while others work: it takes no second thread. */
static wh_code append_pages(void *ctx, struct wh_append *append, struct wh_error *err)
{
    struct saver *saver = ctx;
    saver->append = append;
    wh_code rc = saver->layer != NULL ? make_pages(saver, err) : make_and_write(saver, err);
    saver->append = NULL;
    return rc;
}

/* All pages anew. */
static wh_code replace_pages(struct saver *saver, struct wh_error *err)
{
    WH_TRY(remove_all(saver, err));
    return wh_ledger_appends(saver->ledger)
               ? wh_ledger_append(saver->ledger, page_columns, append_pages, saver, err)
               : make_and_write(saver, err);
}

static struct saver make_saver(struct wh_state *state, struct wh_ledger *ledger)
{
    return (struct saver){.state = state,
                          .ledger = ledger,
                          .page_entries =
                              state->options.owners ? WH_OWNED_PAGE_ENTRIES : WH_PAGE_ENTRIES};
}

wh_code wh_state_append_layer(struct wh_state *state, struct wh_ledger *ledger,
                              const struct wh_state_change *changes, size_t count,
                              struct wh_error *err)
{
    struct saver saver = make_saver(state, ledger);
    saver.layer = changes;
    saver.layer_count = count;
    return wh_ledger_append(ledger, page_columns, append_pages, &saver, err);
}

static wh_code write_pages(struct wh_state *state, struct wh_ledger *ledger, struct wh_error *err)
{
    struct saver saver = make_saver(state, ledger);
    return replaces_all(state) ? replace_pages(&saver, err) : make_and_write(&saver, err);
}

static wh_code write_mark(struct wh_state *state, struct wh_ledger *ledger, int64_t mark,
                          struct wh_error *err)
{
    char room[WH_CLOCK_TEXT_SIZE];
    struct wh_param params[] = {
        wh_param_text(state->options.migration),
        wh_param_text(state->options.item),
        wh_param_int(mark),
        wh_param_text(wh_clock_text(wh_clock_now(), room)),
    };
    return wh_ledger_execute(ledger, WH_SQL_SET_STATE_MARK, params, WH_COUNT_OF(params), err);
}

static wh_code last_segment(struct wh_state *state, struct wh_ledger *ledger, int64_t *ret,
                            struct wh_error *err)
{
    struct wh_param params[] = {wh_param_text(state->options.migration),
                                wh_param_text(state->options.item), wh_param_int(state->mark)};
    WH_TRY(wh_ledger_ask(ledger, WH_SQL_LAST_SEGMENT, params, WH_COUNT_OF(params), ret, err));
    *ret = WH_MAX(*ret, state->mark);
    return WH_OK;
}

static wh_code save(struct wh_state *state, struct wh_ledger *ledger, int64_t mark,
                    struct wh_error *err)
{
    if (state->is_dirty && !wh_state_is_written_ahead(state))
        WH_TRY(write_pages(state, ledger, err));
    WH_TRY(write_mark(state, ledger, mark, err));
    WH_CRASH_POINT("state.save.before_commit");
    return ledger->connection.functions->commit(ledger->connection.destination, err);
}

wh_code wh_state_save(struct wh_state *state, struct wh_ledger *ledger, struct wh_error *err)
{
    const struct wh_connection *connection = &ledger->connection;
    int64_t mark;
    WH_CRASH_POINT("state.save.begin");
    WH_TRY(last_segment(state, ledger, &mark, err));
    if (!state->is_dirty && mark == state->mark)
        return WH_OK;
    WH_TRY(connection->functions->begin(connection->destination, err));
    wh_code rc = save(state, ledger, mark, err);
    if (rc != WH_OK) {
        struct wh_error later = WH_ERROR_NONE;
        WH_IGNORE(connection->functions->rollback(connection->destination, &later),
                  "the first error counts");
        return wh_error_prefix(err, rc, "saving its state in the ledger");
    }
    WH_CRASH_POINT("state.save.after_commit");
    state->mark = mark;
    /* What is saved is no longer what was loaded. */
    state->pages_are_stale |= state->is_dirty;
    state->is_dirty = false;
    return WH_OK;
}
