/* SPDX-License-Identifier: Apache-2.0 */
#include "write/vanished.h"

#include <stdlib.h>
#include <string.h>

#include "base/crash.h"
#include "base/error.h"
#include "data/text.h"
#include "write/transaction.h"

/* Rows to be deleted or listed together: their last after images, as columns. */
struct deletion {
    struct wh_writing *writing;
    struct wh_arena *arena;
    struct wh_segment *segment; /* what the values point into */
    struct wh_column *values;   /* by target, typed */
    struct wh_column *texts;    /* by target */
    struct wh_str *keys;
    struct wh_state_entry **entries; /* by row */
    size_t row_count;
    uint8_t *results;
    uint8_t *images; /* by row: WH_IMAGE_BEFORE; 0: it was logged without one, and only listed */
};

static wh_code open_deletion(struct deletion *deletion, struct wh_error *err)
{
    const struct wh_item_plan *item = deletion->writing->options.item;
    size_t count = item->target_count;
    deletion->values = wh_arena_array(deletion->arena, count, sizeof(*deletion->values));
    deletion->texts = wh_arena_array(deletion->arena, count, sizeof(*deletion->texts));
    deletion->keys = wh_arena_array(deletion->arena, WH_BATCH_ROWS, sizeof(*deletion->keys));
    deletion->entries = wh_arena_array(deletion->arena, WH_BATCH_ROWS, sizeof(*deletion->entries));
    deletion->results = wh_arena_array(deletion->arena, WH_BATCH_ROWS, 1);
    deletion->images = wh_arena_array(deletion->arena, WH_BATCH_ROWS, 1);
    if (deletion->values == NULL || deletion->texts == NULL || deletion->keys == NULL ||
        deletion->entries == NULL || deletion->results == NULL || deletion->images == NULL)
        return wh_error_no_memory(err, WH_BATCH_ROWS * sizeof(*deletion->keys));
    struct wh_type text = {.kind = WH_KIND_TEXT};
    for (size_t i = 0; i < count; i++) {
        WH_TRY(wh_column_init(&deletion->values[i], item->targets[i].type, WH_BATCH_ROWS,
                              deletion->arena, err));
        WH_TRY(wh_column_init(&deletion->texts[i], text, WH_BATCH_ROWS, deletion->arena, err));
        WH_TRY(wh_column_need_validity(&deletion->values[i], deletion->arena, err));
        WH_TRY(wh_column_need_validity(&deletion->texts[i], deletion->arena, err));
    }
    return WH_OK;
}

/* ---- what was written there ------------------------------------------------------------------ */

/* Puts one value of an after image into the row; false where it cannot be compared. */
static bool put_value(struct deletion *deletion, size_t target, struct wh_str text)
{
    size_t row = deletion->row_count;
    if (text.ptr == NULL) {
        wh_column_set_null(&deletion->values[target], row);
        wh_column_set_null(&deletion->texts[target], row);
        return true;
    }
    deletion->texts[target].values.texts[row] = text;
    return wh_value_parse(text, deletion->arena, &deletion->values[target], row) == WH_FAULT_NONE;
}

/* Adds a logged row; false where its image does not have all columns that are to be compared. */
static bool put_row(struct deletion *deletion, const struct wh_segment_schema *schema,
                    const struct wh_segment_item *logged)
{
    const struct wh_item_plan *item = deletion->writing->options.item;
    if (logged->after == NULL || schema->has_hashes)
        return false;
    for (size_t i = 0; i < item->target_count; i++) {
        size_t then = wh_segment_schema_find(schema, item->targets[i].name);
        if (then == SIZE_MAX || !put_value(deletion, i, logged->after[then]))
            return false;
    }
    return true;
}

static int compare_hashes(const void *a, const void *b)
{
    const struct wh_state_entry *const *x = a;
    const struct wh_state_entry *const *y = b;
    return ((*x)->hash > (*y)->hash) - ((*x)->hash < (*y)->hash);
}

/* What made the row what the state has; a refused record of the same key says nothing of it. */
static bool leaves_row(enum wh_item_status status)
{
    return status == WH_STATUS_INSERTED || status == WH_STATUS_UPDATED ||
           status == WH_STATUS_UNCHANGED;
}

/* Adds the rows of @p wanted, sorted by hash, which are all of one segment. */
static wh_code put_segment(struct deletion *deletion, struct wh_state_entry **wanted, size_t count,
                           struct wh_error *err)
{
    struct wh_segment *segment = deletion->segment;
    for (size_t i = 0; i < wh_segment_count(segment); i++) {
        struct wh_segment_item logged;
        WH_TRY(wh_segment_item(segment, i, deletion->arena, &logged, err));
        if (!leaves_row(logged.status))
            continue;
        struct wh_state_entry sought = {.hash = logged.match_hash};
        const struct wh_state_entry *key = &sought;
        struct wh_state_entry **found =
            bsearch(&key, wanted, count, sizeof(*wanted), compare_hashes);
        if (found == NULL)
            continue;
        size_t row = deletion->row_count;
        WH_ASSERT(row < WH_BATCH_ROWS, err);
        bool has_image = put_row(deletion, wh_segment_schema(segment), &logged);
        deletion->images[row] = has_image ? WH_IMAGE_BEFORE : 0;
        deletion->results[row] = has_image ? WH_ROW_NOT_TRIED : WH_ROW_REFUSED;
        WH_TRY(wh_arena_copy(deletion->arena, logged.key, &deletion->keys[row], err));
        deletion->entries[deletion->row_count++] = *found;
    }
    return WH_OK;
}

static void release_deletion(struct deletion *deletion)
{
    wh_segment_free(deletion->segment);
}

/* All rows of one segment, at most a batch of them;
 * refused where there is nothing to compare with. */
static wh_code open_rows(struct deletion *deletion, struct wh_state_entry *entries, size_t count,
                         struct wh_error *err)
{
    WH_TRY(open_deletion(deletion, err));
    struct wh_state_entry **wanted = wh_arena_array(deletion->arena, count, sizeof(*wanted));
    if (wanted == NULL)
        return wh_error_no_memory(err, count * sizeof(*wanted));
    for (size_t i = 0; i < count; i++)
        wanted[i] = &entries[i];
    qsort(wanted, count, sizeof(*wanted), compare_hashes);
    WH_TRY(wh_ledger_load_segment(deletion->writing->commit.ledger, entries[0].segment,
                                  &deletion->segment, err));
    return put_segment(deletion, wanted, count, err);
}

/* How many of the entries from @p first on are of one segment, at most a batch of them. */
static size_t count_of_segment(const struct wh_state_entry *entries, size_t first, size_t count)
{
    size_t end = first + 1;
    while (end < count && end - first < WH_BATCH_ROWS &&
           entries[end].segment == entries[first].segment)
        end++;
    return end - first;
}

/* The rows that are not refused so far. */
static void select_rows(const struct deletion *deletion, uint16_t *rows, struct wh_selection *ret)
{
    *ret = (struct wh_selection){.rows = rows};
    for (size_t row = 0; row < deletion->row_count; row++)
        if (deletion->results[row] != WH_ROW_REFUSED)
            rows[ret->count++] = (uint16_t)row;
}

/* ---- rows that are gone already -------------------------------------------------------------- */

static wh_code mark_gone(struct wh_writing *writing, struct wh_state_entry *entries, size_t count,
                         struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    WH_CLEANUP(release_deletion)
    struct deletion deletion = {.writing = writing, .arena = &arena};
    WH_TRY(open_rows(&deletion, entries, count, err));
    uint16_t rows[WH_BATCH_ROWS];
    struct wh_selection all;
    struct wh_found found = {.tells_same = false};
    select_rows(&deletion, rows, &all);
    if (all.count == 0)
        return WH_OK;
    WH_TRY(writing->commit.connection->functions->fetch(writing->commit.writer, deletion.values,
                                                        &all, &arena, &found, err));
    for (size_t row = 0; row < deletion.row_count; row++)
        if (deletion.images[row] != 0 && found.is_there[row] == WH_FOUND_NOTHING)
            deletion.entries[row]->flags |= WH_STATE_GONE;
    return WH_OK;
}

/* Marked entries behind the others, both in the order they had. */
static wh_code part_gone(struct wh_state_entry *entries, size_t count, size_t *ret_there,
                         struct wh_error *err)
{
    struct wh_state_entry *gone = reallocarray(NULL, WH_MAX(count, 1), sizeof(*gone));
    if (gone == NULL)
        return wh_error_no_memory(err, count * sizeof(*gone));
    size_t there = 0;
    for (size_t i = 0; i < count; i++) {
        if ((entries[i].flags & WH_STATE_GONE) != 0)
            gone[i - there] = entries[i];
        else
            entries[there++] = entries[i];
    }
    memcpy(entries + there, gone, (count - there) * sizeof(*gone));
    free(gone);
    *ret_there = there;
    return WH_OK;
}

wh_code wh_find_gone(struct wh_writing *writing, struct wh_state_entry *entries, size_t count,
                     size_t *ret_there, struct wh_error *err)
{
    for (size_t first = 0, found; first < count; first += found) {
        found = count_of_segment(entries, first, count);
        WH_TRY(mark_gone(writing, entries + first, found, err));
    }
    return part_gone(entries, count, ret_there, err);
}

/* ---- deleting -------------------------------------------------------------------------------- */

typedef wh_code write_function(struct wh_writer *writer, struct wh_write_request *request,
                               struct wh_error *err);

/* Calls @p function for the rows that are not refused; how many it refused, which are kept. */
static wh_code each_row(struct deletion *deletion, write_function *function, size_t *ret_refused,
                        struct wh_error *err)
{
    uint16_t rows[WH_BATCH_ROWS];
    struct wh_selection rest;
    select_rows(deletion, rows, &rest);
    while (rest.count > 0) {
        struct wh_write_request request = {.kind = WH_WRITE_DELETE,
                                           .columns = deletion->values,
                                           .before = deletion->values,
                                           .selection = &rest,
                                           .results = deletion->results,
                                           .grace = &deletion->writing->grace};
        wh_code rc = function(deletion->writing->commit.writer, &request, err);
        if (rc == WH_OK)
            return WH_OK;
        if (rc != WH_REFUSED || request.stopped_at == 0)
            return rc;
        ++*ret_refused;
        rest.rows += request.stopped_at;
        rest.count -= request.stopped_at;
        if (rest.count > 0)
            WH_TRY(wh_grace_check(request.grace, WH_CANCEL_AFTER_GROUP, err));
    }
    return WH_OK;
}

/* Refuses the rows that a commit would not let go (a deferred foreign key refers to them); all of
 * them where it cannot be told which. */
static wh_code refuse_unmet(struct deletion *deletion, size_t *ret_refused, struct wh_error *err)
{
    const struct wh_connection *connection = deletion->writing->commit.connection;
    bool is_unmet = false;
    *ret_refused = 0;
    if ((connection->functions->capabilities & WH_TELLS_UNMET) == 0)
        return WH_OK;
    WH_TRY(connection->functions->is_unmet(connection->destination, &is_unmet, err));
    if (!is_unmet)
        return WH_OK;
    WH_TRY(each_row(deletion, connection->functions->find_unmet, ret_refused, err));
    if (*ret_refused > 0)
        return WH_OK;
    *ret_refused = deletion->row_count;
    memset(deletion->results, WH_ROW_REFUSED, deletion->row_count);
    return WH_OK;
}

/* The rows as the encoder takes them: deleted ones, and those that are still there. */
struct vanished_items {
    uint8_t statuses[WH_BATCH_ROWS];
    uint8_t images[WH_BATCH_ROWS];
    uint16_t rows[WH_BATCH_ROWS];
    struct wh_str keys[WH_BATCH_ROWS];
    struct wh_position positions[WH_BATCH_ROWS];
    uint64_t hashes[WH_BATCH_ROWS]; /* by row */
    size_t count;
};

/* How many of them were deleted. */
static size_t list_rows(const struct deletion *deletion, struct vanished_items *items)
{
    size_t deleted = 0;
    for (size_t row = 0; row < deletion->row_count; row++) {
        bool is_deleted = deletion->results[row] == WH_ROW_WRITTEN;
        deleted += is_deleted;
        items->statuses[items->count] = is_deleted ? WH_STATUS_DELETED : WH_STATUS_MISSING;
        items->images[items->count] = deletion->images[row];
        items->keys[items->count] = deletion->keys[row];
        items->rows[items->count++] = (uint16_t)row;
        items->hashes[row] = deletion->entries[row]->hash;
    }
    return deleted;
}

static wh_code add_segment(struct deletion *deletion, const struct wh_chunk_record *chunk,
                           const struct vanished_items *items, struct wh_error *err)
{
    struct wh_writing *writing = deletion->writing;
    struct wh_segment_rows logged = {.count = items->count,
                                     .statuses = items->statuses,
                                     .images = items->images,
                                     .rows = items->rows,
                                     .keys = items->keys,
                                     .positions = items->positions,
                                     .match_hashes = items->hashes,
                                     .source_hashes = items->hashes,
                                     .after_hashes = items->hashes,
                                     .source = deletion->texts,
                                     .before = deletion->texts,
                                     .after = deletion->texts};
    struct wh_segment_blob blob;
    int64_t segment = 0;
    wh_segment_encoder_reset(writing->encoder);
    WH_TRY(wh_segment_encoder_add(writing->encoder, &logged, err));
    WH_TRY(wh_segment_encoder_finish(writing->encoder, &blob, err));
    return wh_ledger_add_segment(writing->commit.ledger, writing->options.run, chunk->id,
                                 writing->options.item->definition->name, &blob, &segment, err);
}

static wh_code log_rows(struct deletion *deletion, const struct wh_chunk_record *chunk,
                        struct wh_vanished_result *result, struct wh_error *err)
{
    struct vanished_items *items = WH_ARENA_NEW(deletion->arena, struct vanished_items);
    if (items == NULL)
        return wh_error_no_memory(err, sizeof(*items));
    size_t deleted = list_rows(deletion, items);
    result->deleted += deleted;
    result->kept += deletion->row_count - deleted;
    if (items->count == 0)
        return WH_OK;
    WH_TRY(add_segment(deletion, chunk, items, err));
    if (deleted == 0)
        return WH_OK;
    const struct wh_counts none = {.read = 0};
    const struct wh_counts counts = {.deleted = deleted};
    return wh_ledger_change_counts(deletion->writing->commit.ledger, chunk->id, &none, &counts,
                                   err);
}

static wh_code forget_rows(const struct deletion *deletion, struct wh_error *err)
{
    for (size_t row = 0; row < deletion->row_count; row++) {
        if (deletion->results[row] != WH_ROW_WRITTEN)
            continue;
        struct wh_state_entry gone = {.hash = deletion->entries[row]->hash,
                                      .segment = deletion->entries[row]->segment,
                                      .flags = WH_STATE_GONE};
        WH_TRY(wh_state_add(deletion->writing->options.state, &gone, 1, err));
    }
    return WH_OK;
}

/* Deletes what can be deleted and logs it, all in the open transaction. Where rows were refused
 * that were deleted, it is to be taken back and done again without them. */
static wh_code delete_and_log(struct deletion *deletion, const struct wh_chunk_record *chunk,
                              struct wh_vanished_result *result, size_t *ret_refused,
                              struct wh_error *err)
{
    size_t kept = 0;
    write_function *write = deletion->writing->commit.connection->functions->write;
    WH_TRY(each_row(deletion, write, &kept, err));
    WH_TRY(refuse_unmet(deletion, ret_refused, err));
    if (*ret_refused == 0)
        WH_TRY(log_rows(deletion, chunk, result, err));
    WH_CRASH_POINT("vanished.deleted");
    return WH_OK;
}

static wh_code commit_deletion(struct deletion *deletion, const struct wh_chunk_record *chunk,
                               struct wh_vanished_result *result, struct wh_error *err)
{
    size_t refused = 0;
    if (deletion->row_count == 0)
        return WH_OK;
    do {
        WH_TRY(wh_transaction_begin(deletion->writing, err));
        wh_code rc = delete_and_log(deletion, chunk, result, &refused, err);
        if (rc == WH_OK && refused == 0)
            rc = wh_transaction_end(deletion->writing, err);
        if (rc != WH_OK || refused > 0)
            wh_transaction_undo(deletion->writing);
        if (rc != WH_OK)
            return rc;
    } while (refused > 0);
    return forget_rows(deletion, err);
}

/* The rows of one segment, at most a batch of them, in one transaction. */
static wh_code delete_of_segment(struct wh_writing *writing, const struct wh_vanished_rows *rows,
                                 size_t first, size_t count, struct wh_vanished_result *result,
                                 struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    WH_CLEANUP(release_deletion)
    struct deletion deletion = {.writing = writing, .arena = &arena};
    WH_TRY(open_rows(&deletion, rows->entries + first, count, err));
    result->kept += count - deletion.row_count;
    return commit_deletion(&deletion, rows->chunk, result, err);
}

wh_code wh_delete_vanished(struct wh_writing *writing, const struct wh_vanished_rows *rows,
                           struct wh_vanished_result *ret, struct wh_error *err)
{
    *ret = (struct wh_vanished_result){.deleted = 0};
    for (size_t first = 0, count; first < rows->count; first += count) {
        count = count_of_segment(rows->entries, first, rows->count);
        WH_TRY(delete_of_segment(writing, rows, first, count, ret, err));
    }
    return WH_OK;
}

/* ---- listing --------------------------------------------------------------------------------- */

static wh_code log_of_segment(struct wh_writing *writing, const struct wh_vanished_rows *rows,
                              size_t first, size_t count, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    WH_CLEANUP(release_deletion)
    struct deletion deletion = {.writing = writing, .arena = &arena};
    struct wh_vanished_result unused = {.deleted = 0};
    WH_TRY(open_rows(&deletion, rows->entries + first, count, err));
    WH_TRY(wh_transaction_begin(writing, err));
    wh_code rc = log_rows(&deletion, rows->chunk, &unused, err);
    if (rc == WH_OK)
        rc = wh_transaction_end(writing, err);
    if (rc != WH_OK)
        wh_transaction_undo(writing);
    return rc;
}

wh_code wh_log_missing(struct wh_writing *writing, const struct wh_vanished_rows *rows,
                       struct wh_error *err)
{
    for (size_t first = 0, count; first < rows->count; first += count) {
        count = count_of_segment(rows->entries, first, rows->count);
        WH_TRY(log_of_segment(writing, rows, first, count, err));
    }
    return WH_OK;
}
