/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The items are read once more, from the chunks that have some, and gathered into groups as large
 * as memory allows, wherever they stand in the source: rows that exchange values meet in one of
 * them. Values are handed on along a chain, too, which may be longer than a group: so each pass
 * goes through the source in the other direction, the first one from its end, as the run itself
 * came from the start.
 *
 * Rows that refer to others of their table wait as long as some go in: to ask the destination for
 * each of them would cost more than all passes. Those that are left are asked for one by one in a
 * pass of their own, so that they fail with the destination's words.
 *
 * Failure rows of the ledger say which items are left, and go with the group that writes them.
 * Nothing else has to be known to go on after a kill, or where a connection was lost.
 */
#include "run/again.h"

#include <stdlib.h>

#include "base/crash.h"
#include "base/error.h"
#include "run/guard.h"
#include "run/limit.h"
#include "run/opening.h"
#include "run/pace.h"
#include "run/reconnect.h"
#include "run/rest.h"
#include "run/split.h"
#include "run/tell.h"

/* Items of a group at most. */
enum { GROUP_ITEMS = 1 << 18 };

/* Passes that write something; beyond them each is to write a part of what it tries. */
enum { MAX_PASSES = 16, LEAST_PART = 16 };

struct again {
    struct wh_item_run *item;
    struct wh_arena arena;               /* of a pass: */
    struct wh_contested_item *contested; /* sorted by key */
    size_t contested_count;
    struct wh_item_filter filter; /* which asks for them */
    struct wh_writing *writing;
    struct wh_mapper *mapper;
    struct wh_reader *reader;
    struct wh_item_batch read;    /* a batch of the source, of which rows are copied … */
    struct wh_group group;        /* … to batches of the group: */
    struct wh_item_batch *filled; /* the one that has room; NULL: none was begun */
    struct wh_first_try *tries;   /* of its rows */
    uint64_t written;             /* items that went in */
    bool is_backward;             /* the pass goes through the source from its end */
    bool lets_wait;               /* rows may wait for others … */
    bool has_waiting;             /* … and in this pass some did */
    struct wh_patience patience;
    bool lost_source; /* the connection that was lost is not the destination's */
};

/* ---- opening --------------------------------------------------------------------------------- */

/* What a try before this opened stays: it may have failed half-way. */
static wh_code open_all(struct again *again, struct wh_error *err)
{
    const struct wh_item_plan *item = again->item->item;
    if (again->writing == NULL) {
        struct wh_writing_options writing = wh_run_writing_options(again->item);
        WH_TRY(wh_writing_open(&writing, &again->writing, err));
    }
    if (again->mapper == NULL) {
        struct wh_mapper_options mapper = wh_run_mapper_options(again->item, again->writing);
        mapper.filter = &again->filter;
        WH_TRY(wh_mapper_open(&mapper, &again->mapper, err));
    }
    if (again->reader != NULL)
        return WH_OK;
    return item->source_functions->reader_open(item->source, &again->reader, err);
}

static void close_all(struct again *again)
{
    wh_group_release(&again->group);
    wh_item_batch_release(&again->read);
    if (again->reader != NULL)
        again->item->item->source_functions->reader_close(again->reader);
    wh_mapper_close(again->mapper);
    wh_writing_close(again->writing);
    wh_arena_release(&again->arena);
}

/* ---- writing a group ------------------------------------------------------------------------- */

static void keep_nothing(void *ctx)
{
    (void)ctx;
}

/* What of the group was committed: its items were read, and counted as failed. */
static void count_group(struct again *again)
{
    struct wh_item_run *item = again->item;
    struct wh_counts changes = again->group.counts;
    again->written += changes.read - changes.failed;
    changes.failed -= changes.read;
    changes.read = 0;
    wh_counts_add(&item->counted_now, &changes);
    item->result->put_back += again->group.put_back;
    again->has_waiting |= again->group.has_waiting;
    atomic_fetch_add(&item->run->groups, 1);
}

/* The batch with room joins the group: what is known of its records is made of them anew. */
static wh_code end_batch(struct again *again, struct wh_error *err)
{
    struct wh_item_batch *filled = again->filled;
    if (filled == NULL)
        return WH_OK;
    WH_TRY(wh_mapper_run(again->mapper, filled, err));
    WH_ASSERT(filled->rules.live.count == filled->source.row_count, err);
    again->group.batches[again->group.batch_count]->first_tries = again->tries;
    wh_group_added(&again->group);
    again->filled = NULL;
    return WH_OK;
}

static wh_code write_group(struct again *again, struct wh_error *err)
{
    struct wh_run_context *run = again->item->run;
    struct wh_group *group = &again->group;
    struct wh_commit_options options = {.committed = keep_nothing};
    WH_TRY(end_batch(again, err));
    if (group->item_count == 0)
        return WH_OK;
    group->is_again = true;
    /* Keys that count up are mostly those of rows that could refer to smaller ones. */
    group->is_backward = again->is_backward && again->item->item->refers_to_itself;
    group->from_last_key = !again->is_backward && again->item->item->refers_to_itself;
    group->chunk = again->item->chunks[0].id;
    WH_TRY(wh_run_guard(run, NULL, err));
    double due = wh_run_pace(run, group->item_count, NULL);
    if (wh_run_must_stop(run, NULL))
        return wh_error_cancelled(err);
    WH_TRY(wh_group_prepare(again->writing, group, err));
    WH_TRY(wh_group_commit(again->writing, group, &options, err));
    WH_CRASH_POINT("again.committed");
    count_group(again);
    wh_patience_end(&again->patience, run);
    wh_run_rest(run, due, NULL);
    wh_group_reset(group);
    return WH_OK;
}

/* ---- gathering ------------------------------------------------------------------------------- */

static wh_code begin_batch(struct again *again, struct wh_error *err)
{
    const struct wh_batch *source = &again->read.source;
    size_t columns = source->column_count;
    struct wh_type *types = wh_arena_array(&again->arena, WH_MAX(columns, 1), sizeof(*types));
    if (types == NULL)
        return wh_error_no_memory(err, columns * sizeof(*types));
    for (size_t i = 0; i < columns; i++)
        types[i] = source->columns[i].type;
    WH_TRY(wh_group_next_batch(&again->group, &again->filled, err));
    struct wh_batch *copied = &again->filled->source;
    WH_TRY(wh_batch_open(copied, types, columns, err));
    again->tries = wh_arena_array(&copied->arena, copied->most_rows, sizeof(*again->tries));
    return again->tries != NULL
               ? WH_OK
               : wh_error_no_memory(err, copied->most_rows * sizeof(*again->tries));
}

static int compare_with_key(const void *key, const void *item)
{
    return wh_str_compare(*(const struct wh_str *)key,
                          ((const struct wh_contested_item *)item)->key);
}

static wh_code add_row(struct again *again, const struct wh_chunk_record *chunk, uint16_t row,
                       struct wh_error *err)
{
    const struct wh_contested_item *found =
        bsearch(&again->read.keys[row], again->contested, again->contested_count, sizeof(*found),
                compare_with_key);
    struct wh_selection one = {.rows = &row, .count = 1};
    WH_ASSERT(found != NULL, err);
    if (again->filled == NULL)
        WH_TRY(begin_batch(again, err));
    struct wh_batch *copied = &again->filled->source;
    again->tries[copied->row_count] = (struct wh_first_try){
        .chunk = chunk->id, .failure = found->failure, .waited = found->waits};
    WH_TRY(wh_batch_append_rows(copied, &again->read.source, &one, err));
    return wh_batch_is_full(copied, WH_BATCH_ROWS, copied->row_count, copied->size)
               ? end_batch(again, err)
               : WH_OK;
}

static bool is_full(const struct again *again)
{
    return again->group.item_count >= GROUP_ITEMS || wh_group_is_large(&again->group);
}

/* Records that give no row now gave none before. */
static wh_code gather_batch(struct again *again, const struct wh_chunk_record *chunk,
                            struct wh_error *err)
{
    const struct wh_selection *live = &again->read.rules.live;
    WH_TRY(wh_mapper_run(again->mapper, &again->read, err));
    for (size_t i = 0; i < live->count; i++)
        WH_TRY(add_row(again, chunk, live->rows[i], err));
    return is_full(again) ? write_group(again, err) : WH_OK;
}

static wh_code gather_chunk(struct again *again, const struct wh_chunk_record *chunk,
                            struct wh_error *err)
{
    const struct wh_source_functions *source = again->item->item->source_functions;
    wh_code rc;
    WH_TRY(source->seek(again->reader, chunk->spec.text, 0, err));
    wh_item_batch_reset(&again->read);
    while ((rc = source->read(again->reader, &again->read.source, err)) == WH_OK) {
        WH_TRY(gather_batch(again, chunk, err));
        wh_item_batch_reset(&again->read);
    }
    return rc == WH_END ? WH_OK : rc;
}

static wh_code gather_all(struct again *again, struct wh_error *err)
{
    const struct wh_item_run *item = again->item;
    struct wh_chunk_record *chunks = NULL;
    size_t count = 0;
    WH_TRY(wh_ledger_chunks(item->run->ledger, item->run->run, item->item->definition->name,
                            &again->arena, &chunks, &count, err));
    for (size_t i = 0; i < count; i++) {
        const struct wh_chunk_record *chunk = &chunks[again->is_backward ? count - 1 - i : i];
        if (chunk->counts.failed > 0)
            WH_TRY(gather_chunk(again, chunk, err));
    }
    return write_group(again, err);
}

/* ---- passes ---------------------------------------------------------------------------------- */

static wh_code list_contested(struct again *again, struct wh_error *err)
{
    const struct wh_item_run *item = again->item;
    struct wh_contest_query query = wh_run_contest(item);
    wh_arena_reset(&again->arena, SIZE_MAX);
    WH_TRY(wh_ledger_contested(item->run->ledger, &query, &again->arena, &again->contested,
                               &again->contested_count, err));
    size_t count = again->contested_count;
    struct wh_str *keys = wh_arena_array(&again->arena, WH_MAX(count, 1), sizeof(*keys));
    if (keys == NULL)
        return wh_error_no_memory(err, count * sizeof(*keys));
    for (size_t i = 0; i < count; i++)
        keys[i] = again->contested[i].key;
    again->filter = item->filter;
    again->filter.keys = keys;
    again->filter.key_count = count;
    return WH_OK;
}

static wh_code run_pass(struct again *again, struct wh_error *err)
{
    WH_TRY(list_contested(again, err));
    if (again->contested_count == 0)
        return WH_OK;
    WH_TRY(open_all(again, err));
    again->writing->options.lets_wait = again->lets_wait;
    again->has_waiting = false;
    return gather_all(again, err);
}

/* ---- a pass that failed ---------------------------------------------------------------------- */

/* Of a group that was cut in parts some may be committed; the rest of what was gathered was not
 * written. */
static void forget_gathered(struct again *again)
{
    if (again->group.counts.read > 0)
        count_group(again);
    again->filled = NULL;
    wh_group_reset(&again->group);
}

/* A COMMIT whose answer never came was done where its segment is there. */
static wh_code settle_doubt(struct again *again, struct wh_error *err)
{
    struct wh_group *group = &again->group;
    bool is_there = false;
    if (!group->doubt.is_set)
        return WH_OK;
    WH_TRY(wh_ledger_has_segment(again->item->run->ledger, group->doubt.segment, &is_there, err));
    if (is_there)
        return wh_group_confirm(again->writing, group, err);
    group->doubt.is_set = false;
    return WH_OK;
}

/* After a deadlock and its like only the transaction is gone. */
static wh_code recover(struct again *again, struct wh_error *err)
{
    struct wh_item_run *item = again->item;
    struct wh_error why = *err;
    bool was_lost = false;
    bool is_half_done = item->run->must_lock; /* the last try to open it anew */
    if (why.retry == WH_RETRY_RECONNECT || is_half_done) {
        WH_TRY(wh_run_reopen(item->run, &was_lost, err));
        was_lost |= is_half_done;
        again->lost_source = !was_lost;
    }
    if (again->lost_source) {
        *err = why;
        return why.code;
    }
    WH_TRY(settle_doubt(again, err));
    forget_gathered(again);
    return was_lost ? wh_run_check_kept(item->run, item, err) : WH_OK;
}

/* All that is left is tried again. What a source shares with its readers (a snapshot) is not made
 * anew here. */
static bool can_repeat(const struct again *again, wh_code rc, const struct wh_error *why)
{
    return rc != WH_OK && rc != WH_CONFLICT && wh_is_worth_another_try(why) &&
           !again->lost_source && !again->item->run->options->rehearse;
}

/* True where another pass is worth while behind one that wrote so many items. */
static bool goes_on(struct again *again, uint64_t written, int passes)
{
    bool are_many = written > again->contested_count / LEAST_PART;
    if (again->contested_count == 0)
        return false;
    if (written > 0 && (passes < MAX_PASSES || are_many))
        return true;
    bool were_waiting = again->has_waiting;
    again->lets_wait = false;
    return were_waiting;
}

static wh_code run_passes(struct again *again, struct wh_error *err)
{
    uint64_t before;
    int pass = 0;
    again->lets_wait = again->item->item->refers_to_itself;
    do {
        before = again->written;
        again->is_backward = pass % 2 == 0;
        wh_code rc = run_pass(again, err);
        while (can_repeat(again, rc, err)) {
            WH_TRY(wh_patience_wait(&again->patience, again->item->run, NULL, err, err));
            rc = recover(again, err);
            if (rc == WH_OK)
                rc = run_pass(again, err);
        }
        WH_TRY(rc);
        pass++;
    } while (goes_on(again, again->written - before, pass));
    return WH_OK;
}

static wh_code check_limit(const struct wh_item_run *item, struct wh_error *err)
{
    const struct wh_counts *before = &item->counted_before;
    const struct wh_counts *now = &item->counted_now;
    uint64_t refused = before->rejected + before->failed + now->rejected + now->failed;
    return wh_run_passes_limit(item, refused)
               ? wh_run_stop_at_limit(refused, before->read + now->read, err)
               : WH_OK;
}

struct wh_contest_query wh_run_contest(const struct wh_item_run *item)
{
    const struct wh_item_plan *plan = item->item;
    struct wh_contest_query query = {.run = item->run->run, .item = plan->definition->name};
    if (plan->refers_to_itself) {
        query.own_keys = plan->references->own_keys;
        query.own_key_count = plan->references->own_key_count;
    }
    return query;
}

bool wh_run_tries_again(const struct wh_item_run *item)
{
    const struct wh_run_context *run = item->run;
    return !run->options->dry_run && (!item->table_was_empty || item->item->refers_to_itself) &&
           run->connection.functions->commit_kind == WH_COMMIT_WITH_LEDGER;
}

wh_code wh_run_again(struct wh_item_run *item, struct wh_error *err)
{
    struct again again = {.item = item};
    size_t memory = wh_run_group_memory(item->run);
    if (item->counted_before.failed + item->counted_now.failed == 0 || !wh_run_tries_again(item))
        return WH_OK;
    wh_arena_init(&again.arena);
    wh_item_batch_init(&again.read);
    wh_group_init(&again.group);
    wh_group_limit_memory(&again.group, item->item, memory);
    wh_item_batch_limit(&again.read, item->item, memory);
    wh_code rc = run_passes(&again, err);
    forget_gathered(&again);
    close_all(&again);
    if (again.written > 0)
        wh_run_note_text(item->run,
                         "%llu item%s of '%.*s' went in when tried again: other rows had their "
                         "unique values before%s",
                         (unsigned long long)again.written, again.written == 1 ? "" : "s",
                         WH_FMT(item->result->name),
                         item->item->refers_to_itself ? ", or they refer to rows that came later"
                                                      : "");
    WH_TRY(rc);
    return check_limit(item, err);
}
