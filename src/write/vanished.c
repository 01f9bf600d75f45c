/* SPDX-License-Identifier: Apache-2.0 */
#include "write/vanished.h"

#include <stdlib.h>

#include "base/crash.h"
#include "base/error.h"
#include "data/text.h"

/* Rows to be deleted together: their last after images, as columns. */
struct deletion {
    struct wh_writing *writing;
    struct wh_arena *arena;
    struct wh_column *values; /* by target, typed */
    struct wh_column *texts;  /* by target */
    struct wh_str *keys;
    const struct wh_state_entry **entries; /* by row */
    size_t row_count;
    uint8_t *results;
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
    if (deletion->values == NULL || deletion->texts == NULL || deletion->keys == NULL ||
        deletion->entries == NULL || deletion->results == NULL)
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

/* ---- what was written there ------------------------------------------------------------------- */

static size_t find_target(const struct wh_segment_schema *schema, struct wh_str name)
{
    for (size_t i = 0; i < schema->target_count; i++)
        if (wh_str_equal(schema->target_names[i], name))
            return i;
    return SIZE_MAX;
}

/* Puts one value of an after image into the row; false where it cannot be compared. */
static bool put_value(struct deletion *deletion, size_t target, struct wh_str text)
{
    size_t row = deletion->row_count;
    if (text.ptr == NULL) {
        wh_column_set_null(&deletion->values[target], row);
        wh_column_set_null(&deletion->texts[target], row);
        return true;
    }
    /* The row may have been tried before, with an item that could not be compared. */
    wh_column_set_valid(&deletion->values[target], row);
    wh_column_set_valid(&deletion->texts[target], row);
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
        size_t then = find_target(schema, item->targets[i].name);
        if (then == SIZE_MAX || !put_value(deletion, i, logged->after[then]))
            return false;
    }
    deletion->keys[deletion->row_count] = logged->key;
    return true;
}

static int compare_hashes(const void *a, const void *b)
{
    const struct wh_state_entry *const *x = a;
    const struct wh_state_entry *const *y = b;
    return ((*x)->hash > (*y)->hash) - ((*x)->hash < (*y)->hash);
}

/* Adds the rows of @p wanted, sorted by hash, which are all of one segment; counts those that are
 * not to be had. */
static wh_code put_segment(struct deletion *deletion, struct wh_segment *segment,
                           const struct wh_state_entry **wanted, size_t count, uint64_t *ret_kept,
                           struct wh_error *err)
{
    size_t before = deletion->row_count;
    for (size_t i = 0; i < wh_segment_count(segment); i++) {
        struct wh_segment_item logged;
        WH_TRY(wh_segment_item(segment, i, deletion->arena, &logged, err));
        struct wh_state_entry sought = {.hash = logged.match_hash};
        const struct wh_state_entry *key = &sought;
        const struct wh_state_entry **found =
            bsearch(&key, wanted, count, sizeof(*wanted), compare_hashes);
        if (found == NULL || !put_row(deletion, wh_segment_schema(segment), &logged))
            continue;
        WH_TRY(
            wh_arena_copy(deletion->arena, logged.key, &deletion->keys[deletion->row_count], err));
        deletion->entries[deletion->row_count++] = *found;
    }
    *ret_kept += count - (deletion->row_count - before);
    return WH_OK;
}

/* ---- deleting ------------------------------------------------------------------------------------ */

static wh_code delete_rows(struct deletion *deletion, struct wh_error *err)
{
    const struct wh_connection *connection = deletion->writing->commit.connection;
    uint16_t rows[WH_BATCH_ROWS];
    for (size_t i = 0; i < deletion->row_count; i++)
        rows[i] = (uint16_t)i;
    struct wh_selection rest = {.rows = rows, .count = deletion->row_count};
    while (rest.count > 0) {
        struct wh_write_request request = {.kind = WH_WRITE_DELETE,
                                           .columns = deletion->values,
                                           .before = deletion->values,
                                           .selection = &rest,
                                           .results = deletion->results};
        wh_code rc = connection->functions->write(deletion->writing->commit.writer, &request, err);
        if (rc == WH_OK)
            return WH_OK;
        if (rc != WH_REFUSED || request.stopped_at == 0)
            return rc;
        /* The destination keeps the row, and so do we. */
        rest.rows += request.stopped_at;
        rest.count -= request.stopped_at;
    }
    return WH_OK;
}

/* The deleted rows as the encoder takes them. */
struct deleted_items {
    uint8_t statuses[WH_BATCH_ROWS];
    uint8_t images[WH_BATCH_ROWS];
    uint16_t rows[WH_BATCH_ROWS];
    struct wh_str keys[WH_BATCH_ROWS];
    struct wh_position positions[WH_BATCH_ROWS];
    uint64_t hashes[WH_BATCH_ROWS]; /* by row */
    size_t count;
};

static void list_deleted(const struct deletion *deletion, struct deleted_items *items)
{
    for (size_t row = 0; row < deletion->row_count; row++) {
        if (deletion->results[row] != WH_ROW_WRITTEN)
            continue;
        items->statuses[items->count] = WH_STATUS_DELETED;
        items->images[items->count] = WH_IMAGE_BEFORE;
        items->keys[items->count] = deletion->keys[row];
        items->rows[items->count++] = (uint16_t)row;
        items->hashes[row] = deletion->entries[row]->hash;
    }
}

static wh_code add_segment(struct deletion *deletion, const struct wh_chunk_record *chunk,
                           const struct deleted_items *items, struct wh_error *err)
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
    struct deleted_items *items = WH_ARENA_NEW(deletion->arena, struct deleted_items);
    if (items == NULL)
        return wh_error_no_memory(err, sizeof(*items));
    list_deleted(deletion, items);
    result->deleted += items->count;
    result->kept += deletion->row_count - items->count;
    if (items->count == 0)
        return WH_OK;
    WH_TRY(add_segment(deletion, chunk, items, err));
    return wh_ledger_count_deleted(deletion->writing->commit.ledger, chunk->id, items->count, err);
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

static wh_code commit_deletion(struct deletion *deletion, const struct wh_chunk_record *chunk,
                               struct wh_vanished_result *result, struct wh_error *err)
{
    const struct wh_connection *connection = deletion->writing->commit.connection;
    if (deletion->row_count == 0)
        return WH_OK;
    WH_TRY(connection->functions->begin(connection->destination, err));
    wh_code rc = delete_rows(deletion, err);
    if (rc == WH_OK)
        rc = log_rows(deletion, chunk, result, err);
    WH_CRASH_POINT("vanished.deleted");
    if (rc == WH_OK)
        rc = connection->functions->commit(connection->destination, err);
    if (rc == WH_OK)
        return forget_rows(deletion, err);
    struct wh_error unused = WH_ERROR_NONE;
    WH_IGNORE(connection->functions->rollback(connection->destination, &unused),
              "the first error is told");
    return rc;
}

/* The rows of one segment, at most a batch of them, in one transaction. */
static wh_code delete_of_segment(struct wh_writing *writing, const struct wh_vanished_rows *rows,
                                 size_t first, size_t count, struct wh_vanished_result *result,
                                 struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    struct deletion deletion = {.writing = writing, .arena = &arena};
    WH_TRY(open_deletion(&deletion, err));
    const struct wh_state_entry **wanted = wh_arena_array(&arena, count, sizeof(*wanted));
    if (wanted == NULL)
        return wh_error_no_memory(err, count * sizeof(*wanted));
    for (size_t i = 0; i < count; i++)
        wanted[i] = &rows->entries[first + i];
    qsort(wanted, count, sizeof(*wanted), compare_hashes);
    struct wh_segment *segment = NULL;
    WH_TRY(wh_ledger_load_segment(writing->commit.ledger, rows->entries[first].segment, &segment,
                                  err));
    wh_code rc = put_segment(&deletion, segment, wanted, count, &result->kept, err);
    if (rc == WH_OK)
        rc = commit_deletion(&deletion, rows->chunk, result, err);
    wh_segment_free(segment);
    return rc;
}

wh_code wh_delete_vanished(struct wh_writing *writing, const struct wh_vanished_rows *rows,
                           struct wh_vanished_result *ret, struct wh_error *err)
{
    *ret = (struct wh_vanished_result){.deleted = 0};
    for (size_t first = 0, end; first < rows->count; first = end) {
        for (end = first + 1; end < rows->count && end - first < WH_BATCH_ROWS; end++)
            if (rows->entries[end].segment != rows->entries[first].segment)
                break;
        WH_TRY(delete_of_segment(writing, rows, first, end - first, ret, err));
    }
    return WH_OK;
}
