/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Only pages that changes fall into are written: the entries of such a page and its changes are
 * merged, and what comes out replaces it, in as many pages as it takes.
 */
#include "base/clock.h"
#include "base/crash.h"
#include "base/error.h"
#include "ledger/clock_text.h"
#include "ledger/state_internal.h"
#include "ledger/statements.h"

/* Merged entries that wait for a page to be full. */
struct saver {
    struct wh_state *state;
    struct wh_ledger *ledger;
    struct wh_page_encoder encoder;
    struct wh_state_columns waiting; /* room for twice a page's entries */
};

static wh_code write_page(struct saver *saver, size_t first, size_t end, struct wh_error *err)
{
    const struct wh_state_options *options = &saver->state->options;
    struct wh_str page;
    WH_TRY(wh_page_encode(&saver->encoder, &saver->waiting, first, end, &page, err));
    struct wh_param params[] = {
        wh_param_text(options->migration),
        wh_param_text(options->item),
        wh_param_int(wh_state_first_hash(saver->waiting.hashes[first])),
        wh_param_int((int64_t)(end - first)),
        wh_param_blob(page),
    };
    return wh_ledger_execute(saver->ledger, WH_SQL_ADD_STATE_PAGE, params, WH_COUNT_OF(params),
                             err);
}

/* Where to cut near @p at: entries of one hash stay in one page. */
static size_t cut_near(const struct wh_state_columns *columns, size_t at)
{
    return at + (columns->hashes[at - 1] == columns->hashes[at]);
}

/* Writes the first @p count of the waiting entries and moves the rest to the front. */
static wh_code write_front(struct saver *saver, size_t count, struct wh_error *err)
{
    struct wh_state_columns *waiting = &saver->waiting;
    WH_TRY(write_page(saver, 0, count, err));
    for (size_t i = count; i < waiting->count; i++) {
        struct wh_state_entry entry = wh_state_entry_at(waiting, i);
        wh_state_entry_put(waiting, i - count, &entry);
    }
    waiting->count -= count;
    return WH_OK;
}

static wh_code add_waiting(void *ctx, const struct wh_state_entry *entry, struct wh_error *err)
{
    struct saver *saver = ctx;
    wh_state_entry_put(&saver->waiting, saver->waiting.count++, entry);
    if (saver->waiting.count < 2 * WH_PAGE_ENTRIES)
        return WH_OK;
    return write_front(saver, cut_near(&saver->waiting, WH_PAGE_ENTRIES), err);
}

/* Writes what is left of a range: one page, or two of the same size. */
static wh_code write_rest(struct saver *saver, struct wh_error *err)
{
    if (saver->waiting.count > WH_PAGE_ENTRIES * 3 / 2)
        WH_TRY(write_front(saver, cut_near(&saver->waiting, saver->waiting.count / 2), err));
    return saver->waiting.count > 0 ? write_front(saver, saver->waiting.count, err) : WH_OK;
}

static wh_code remove_page(struct saver *saver, uint64_t first_hash, struct wh_error *err)
{
    struct wh_param params[] = {wh_param_text(saver->state->options.migration),
                                wh_param_text(saver->state->options.item),
                                wh_param_int(wh_state_first_hash(first_hash))};
    return wh_ledger_execute(saver->ledger, WH_SQL_REMOVE_STATE_PAGE, params, WH_COUNT_OF(params),
                             err);
}

/* Replaces the pages that changes fall into. */
static wh_code write_changed(struct saver *saver, struct wh_state_merge *merge,
                             struct wh_error *err)
{
    const struct wh_state *state = saver->state;
    WH_ASSERT(state->pages != NULL, err);
    for (size_t i = 0; i < state->page_count && merge->has_change; i++) {
        const struct wh_state_page *page = &state->pages[i];
        const uint64_t *limit = i + 1 < state->page_count ? &page[1].first_hash : NULL;
        if (limit != NULL && merge->change.hash >= *limit)
            continue;
        WH_TRY(remove_page(saver, page->first_hash, err));
        WH_TRY(wh_state_merge_range(merge, page->first, page->end, limit, err));
        WH_TRY(write_rest(saver, err));
    }
    return WH_OK;
}

static wh_code write_all(struct saver *saver, struct wh_state_merge *merge, struct wh_error *err)
{
    struct wh_param params[] = {wh_param_text(saver->state->options.migration),
                                wh_param_text(saver->state->options.item)};
    WH_TRY(wh_ledger_execute(saver->ledger, WH_SQL_REMOVE_STATE, params, WH_COUNT_OF(params), err));
    WH_TRY(wh_state_merge_range(merge, 0, saver->state->base.count, NULL, err));
    return write_rest(saver, err);
}

static wh_code write_pages(struct wh_state *state, struct wh_ledger *ledger, struct wh_error *err)
{
    struct saver saver = {.state = state, .ledger = ledger};
    struct wh_state_merge merge = {.state = state, .visit = add_waiting, .ctx = &saver};
    WH_TRY(wh_state_columns_init(&saver.waiting, 2 * WH_PAGE_ENTRIES, state->options.owners, err));
    wh_code rc = wh_page_encoder_init(&saver.encoder, err);
    if (rc == WH_OK)
        rc = wh_state_merge_begin(&merge, err);
    if (rc == WH_OK)
        rc = state->pages_are_stale || state->page_count == 0 ? write_all(&saver, &merge, err)
                                                              : write_changed(&saver, &merge, err);
    wh_page_encoder_release(&saver.encoder);
    wh_state_columns_release(&saver.waiting);
    return rc;
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
    if (state->is_dirty)
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
        return wh_error_prefix(err, rc, "saving the state of item type '%.*s'",
                               WH_FMT(state->options.item));
    }
    WH_CRASH_POINT("state.save.after_commit");
    state->mark = mark;
    /* What is saved is no longer what was loaded. */
    state->pages_are_stale |= state->is_dirty;
    state->is_dirty = false;
    return WH_OK;
}
