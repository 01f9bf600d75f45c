/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/error.h"
#include "ledger/state_internal.h"
#include "ledger/state_layers.h"
#include "ledger/statements.h"

/* More entries than this cannot be told apart by a directory's 32 bits. */
#define MOST_ENTRIES (UINT32_MAX - 1)

/* ---- pages ----------------------------------------------------------------------------------- */

static wh_code read_size(struct wh_state *state, struct wh_ledger *ledger, size_t *ret_pages,
                         size_t *ret_entries, struct wh_error *err)
{
    struct wh_param params[] = {wh_param_text(state->options.migration),
                                wh_param_text(state->options.item)};
    struct wh_param row[2];
    WH_TRY(wh_ledger_execute(ledger, WH_SQL_STATE_SIZE, params, WH_COUNT_OF(params), err));
    WH_TRY(wh_ledger_next(ledger, WH_SQL_STATE_SIZE, row, WH_COUNT_OF(row), err));
    *ret_pages = (size_t)row[0].number;
    *ret_entries = (size_t)row[1].number;
    bool is_sound = row[0].number >= 0 && row[1].number >= row[0].number &&
                    row[1].number <= MOST_ENTRIES &&
                    row[1].number / WH_LARGEST_PAGE <= row[0].number;
    if (!is_sound)
        return wh_error_set(err, WH_CORRUPT, "the ledger's state has a size that cannot be");
    wh_code rc = wh_ledger_next(ledger, WH_SQL_STATE_SIZE, row, WH_COUNT_OF(row), err);
    return rc == WH_END ? WH_OK : rc;
}

static wh_code read_page(struct wh_state *state, const struct wh_param row[3],
                         struct wh_page_decoder *decoder, size_t most,
                         struct wh_state_layers *layers, struct wh_error *err)
{
    struct wh_state_columns *columns = layers->columns;
    WH_TRY(wh_state_layers_reach(layers, wh_state_hash_of(row[0].number), err));
    size_t first = columns->count;
    int64_t count = row[1].number;
    if (count < 1 || (uint64_t)count > most - first)
        return wh_error_set(err, WH_CORRUPT, "a page of the ledger's state has a wrong size");
    WH_TRY(wh_page_decode(decoder, wh_bytes_of(&row[2]), (size_t)count, columns, err));
    state->pages[state->page_count++] = (struct wh_state_page){
        .first = first, .end = columns->count, .first_hash = columns->hashes[first]};
    return wh_state_first_hash(columns->hashes[first]) == row[0].number
               ? WH_OK
               : wh_error_set(err, WH_CORRUPT, "a page of the ledger's state is in a wrong place");
}

/* A destination may hold all rows of a result in memory. */
enum { PAGES_AT_ONCE = 256 };

/* Where reading pages has come to. */
struct page_reading {
    struct wh_state_layers layers;
    struct wh_page_decoder decoder;
    size_t pages;
    size_t entries;
    int64_t next; /* first hash of pages that are left */
    bool is_done;
};

static wh_code read_some_pages(struct wh_state *state, struct wh_ledger *ledger,
                               struct page_reading *reading, struct wh_error *err)
{
    struct wh_param params[] = {wh_param_text(state->options.migration),
                                wh_param_text(state->options.item), wh_param_int(reading->next),
                                wh_param_int(PAGES_AT_ONCE)};
    struct wh_param row[3];
    size_t count = 0;
    WH_TRY(wh_ledger_execute(ledger, WH_SQL_STATE_PAGES, params, WH_COUNT_OF(params), err));
    wh_code rc;
    while ((rc = wh_ledger_next(ledger, WH_SQL_STATE_PAGES, row, WH_COUNT_OF(row), err)) == WH_OK) {
        if (state->page_count == reading->pages)
            return wh_error_set(err, WH_CORRUPT, "the ledger's state has too many pages");
        WH_TRY(read_page(state, row, &reading->decoder, reading->entries, &reading->layers, err));
        reading->next = row[0].number;
        count++;
    }
    reading->is_done = count < PAGES_AT_ONCE || reading->next == INT64_MAX;
    reading->next += !reading->is_done;
    return rc == WH_END ? WH_OK : rc;
}

static wh_code read_pages(struct wh_state *state, struct wh_ledger *ledger, size_t pages,
                          size_t entries, struct wh_state_columns *columns, struct wh_error *err)
{
    struct page_reading reading = {.pages = pages, .entries = entries, .next = INT64_MIN};
    wh_code rc = WH_OK;
    wh_state_layers_init(&reading.layers, columns);
    while (rc == WH_OK && !reading.is_done)
        rc = read_some_pages(state, ledger, &reading, err);
    wh_page_decoder_release(&reading.decoder);
    WH_TRY(rc);
    state->pages_are_stale = reading.layers.overlap;
    return wh_state_layers_end(&reading.layers, err);
}

static wh_code load_pages(struct wh_state *state, struct wh_ledger *ledger, struct wh_error *err)
{
    size_t pages;
    size_t entries;
    WH_TRY(read_size(state, ledger, &pages, &entries, err));
    state->pages = wh_arena_array(&state->arena, WH_MAX(pages, 1), sizeof(*state->pages));
    if (state->pages == NULL)
        return wh_error_no_memory(err, pages * sizeof(*state->pages));
    struct wh_spill_ground ground = wh_state_ground(state);
    WH_CLEANUP(wh_state_columns_release) struct wh_state_columns columns = {.count = 0};
    WH_TRY(wh_state_columns_init(&columns, entries, state->options.owners, &ground, err));
    WH_TRY(read_pages(state, ledger, pages, entries, &columns, err));
    return wh_state_take_base(state, &columns, err);
}

static wh_code read_mark(struct wh_state *state, struct wh_ledger *ledger, struct wh_error *err)
{
    struct wh_param params[] = {wh_param_text(state->options.migration),
                                wh_param_text(state->options.item)};
    wh_code rc =
        wh_ledger_ask(ledger, WH_SQL_STATE_MARK, params, WH_COUNT_OF(params), &state->mark, err);
    return rc == WH_END ? WH_OK : rc;
}

/* ---- what was not saved ---------------------------------------------------------------------- */

static wh_code add_column_entry(void *ctx, const struct wh_state_entry *entry, struct wh_error *err)
{
    (void)err;
    struct wh_state_columns *columns = ctx;
    wh_state_entry_put(columns, columns->count++, entry);
    return WH_OK;
}

/* Merges what was replayed into the base; pages no longer stand for it. */
static wh_code merge_replayed(struct wh_state *state, struct wh_error *err)
{
    WH_CLEANUP(wh_state_columns_release) struct wh_state_columns columns = {.count = 0};
    size_t most = state->base.count + (size_t)state->changes.count;
    if (most > MOST_ENTRIES)
        return wh_error_set(err, WH_LIMIT, "an item type has more than 2^32 items");
    struct wh_spill_ground ground = wh_state_ground(state);
    WH_TRY(wh_state_columns_init(&columns, most, state->options.owners, &ground, err));
    WH_TRY(wh_state_each(state, add_column_entry, &columns, err));
    state->pages_are_stale = true;
    state->is_dirty = true;
    return wh_state_take_base(state, &columns, err);
}

static wh_code open_changes(struct wh_state *state, struct wh_error *err)
{
    const struct wh_state_options *options = &state->options;
    return wh_state_changes_open(&state->changes, options->owners, options->budget, options->folder,
                                 err);
}

/* ---- loading --------------------------------------------------------------------------------- */

static wh_code copy_options(struct wh_state *state, const struct wh_state_options *options,
                            struct wh_error *err)
{
    state->options = *options;
    WH_TRY(wh_arena_copy(&state->arena, options->migration, &state->options.migration, err));
    WH_TRY(wh_arena_copy(&state->arena, options->item, &state->options.item, err));
    if (options->folder == NULL)
        return WH_OK;
    struct wh_str folder;
    WH_TRY(wh_arena_copy(&state->arena, wh_str_from(options->folder), &folder, err));
    state->options.folder = folder.ptr;
    return WH_OK;
}

/* Before there is a ledger nothing is known. */
static wh_code load_nothing(struct wh_state *state, struct wh_error *err)
{
    WH_CLEANUP(wh_state_columns_release) struct wh_state_columns columns = {.count = 0};
    struct wh_spill_ground ground = wh_state_ground(state);
    WH_TRY(wh_state_columns_init(&columns, 0, state->options.owners, &ground, err));
    WH_TRY(wh_state_take_base(state, &columns, err));
    return open_changes(state, err);
}

static wh_code load(struct wh_state *state, struct wh_ledger *ledger,
                    const struct wh_state_options *options, struct wh_error *err)
{
    WH_TRY(copy_options(state, options, err));
    if (ledger == NULL)
        return load_nothing(state, err);
    WH_TRY(load_pages(state, ledger, err));
    WH_TRY(read_mark(state, ledger, err));
    WH_TRY(open_changes(state, err));
    WH_TRY(wh_state_replay(state, ledger, err));
    if (state->changes.count > 0) {
        WH_TRY(merge_replayed(state, err));
        wh_state_changes_close(&state->changes);
        WH_TRY(open_changes(state, err));
    }
    return wh_state_begin_run(state, ledger, options->run, err);
}

wh_code wh_state_load(struct wh_ledger *ledger, const struct wh_state_options *options,
                      struct wh_state **ret, struct wh_error *err)
{
    struct wh_state *state = calloc(1, sizeof(*state));
    if (state == NULL)
        return wh_error_no_memory(err, sizeof(*state));
    wh_arena_init(&state->arena);
    state->options.budget = options->budget;
    pthread_mutex_init(&state->lock, NULL);
    pthread_cond_init(&state->ahead.changed, NULL);
    wh_code rc = load(state, ledger, options, err);
    if (rc != WH_OK) {
        wh_state_free(state);
        return wh_error_prefix(err, rc, "its state in the ledger");
    }
    *ret = state;
    return WH_OK;
}
