/* SPDX-License-Identifier: Apache-2.0 */
#include "run/vanished.h"

#include <stdlib.h>

#include "base/error.h"
#include "run/opening.h"
#include "run/tell.h"
#include "write/vanished.h"

/* Rows that the state has, by ascending hash; then those of them that the source no longer has. */
struct owned_rows {
    struct wh_state_entry *entries;
    size_t count;
    size_t capacity;
    size_t vanished;
};

static wh_code add_row(void *ctx, const struct wh_state_entry *entry, struct wh_error *err)
{
    struct owned_rows *rows = ctx;
    if ((entry->flags & WH_STATE_OPEN) != 0)
        return WH_OK;
    if (rows->count == rows->capacity) {
        size_t capacity = rows->capacity > 0 ? rows->capacity * 2 : 4096;
        struct wh_state_entry *grown = reallocarray(rows->entries, capacity, sizeof(*grown));
        if (grown == NULL)
            return wh_error_no_memory(err, capacity * sizeof(*grown));
        rows->entries = grown;
        rows->capacity = capacity;
    }
    rows->entries[rows->count++] = *entry;
    return WH_OK;
}

/* Vanished rows gather at the front: each is visited behind those before it. */
static wh_code keep_vanished(void *ctx, size_t index, struct wh_error *err)
{
    (void)err;
    struct owned_rows *rows = ctx;
    rows->entries[rows->vanished++] = rows->entries[index];
    return WH_OK;
}

static wh_code find_vanished(const struct wh_item_run *item, struct owned_rows *rows,
                             struct wh_error *err)
{
    WH_TRY(wh_state_each(item->state, add_row, rows, err));
    uint64_t *hashes = reallocarray(NULL, WH_MAX(rows->count, 1), sizeof(*hashes));
    if (hashes == NULL)
        return wh_error_no_memory(err, rows->count * sizeof(*hashes));
    for (size_t i = 0; i < rows->count; i++)
        hashes[i] = rows->entries[i].hash;
    wh_code rc = wh_survey_absent(item->survey, hashes, rows->count, keep_vanished, rows, err);
    free(hashes);
    return rc;
}

static int compare_segments(const void *a, const void *b)
{
    const struct wh_state_entry *x = a;
    const struct wh_state_entry *y = b;
    return (x->segment > y->segment) - (x->segment < y->segment);
}

/* ---- rows that are gone already -------------------------------------------------------------- */

/* Rows that somebody else deleted are no rows of ours any more. */
static wh_code forget_gone(struct wh_item_run *item, struct wh_writing *writing,
                           struct owned_rows *rows, struct wh_error *err)
{
    struct wh_run_context *run = item->run;
    size_t there = 0;
    WH_TRY(wh_find_gone(writing, rows->entries, rows->vanished, &there, err));
    size_t gone = rows->vanished - there;
    rows->count -= gone;
    rows->vanished = there;
    if (gone == 0 || run->options->dry_run)
        return WH_OK;
    wh_run_note_text(run,
                     "%zu vanished row%s of '%.*s' %s there any more: somebody else deleted %s",
                     gone, gone == 1 ? "" : "s", WH_FMT(item->result->into),
                     gone == 1 ? "is not" : "are not", gone == 1 ? "it" : "them");
    return wh_state_add(item->state, rows->entries + there, gone, err);
}

/* ---- deleting -------------------------------------------------------------------------------- */

static wh_code check_delete(const struct wh_item_run *item, const struct owned_rows *rows,
                            struct wh_error *err)
{
    const struct wh_run_context *run = item->run;
    const struct wh_bound *bound = &run->request->migration->limits.deletes;
    double most = bound->is_percent ? bound->amount / 100 * (double)rows->count : bound->amount;
    if (bound->is_set && (double)rows->vanished > most)
        return wh_error_set(err, WH_STOPPED,
                            "%zu of %zu row%s vanished from the source, more than "
                            "'limits.deletes' allows; nothing was deleted",
                            rows->vanished, rows->count, rows->count == 1 ? "" : "s");
    struct wh_str reached;
    WH_TRY(run->connection.functions->delete_reaches(
        run->connection.destination, item->item->table.name, run->arena, &reached, err));
    if (reached.ptr != NULL)
        return wh_error_set(err, WH_UNSUPPORTED,
                            "deleting from '%.*s' would reach rows of '%.*s' (ON DELETE); use "
                            "'missing: report' and delete them by hand",
                            WH_FMT(item->item->table.name), WH_FMT(reached));
    return WH_OK;
}

/* The count of deleted rows is kept with the item type's last chunk, as it stands now. */
static wh_code find_last_chunk(const struct wh_item_run *item, struct wh_chunk_record *ret,
                               struct wh_error *err)
{
    struct wh_run_context *run = item->run;
    struct wh_chunk_record *chunks = NULL;
    size_t count = 0;
    WH_TRY(wh_ledger_chunks(run->ledger, run->run, item->item->definition->name, run->arena,
                            &chunks, &count, err));
    if (count == 0)
        return wh_error_set(err, WH_STOPPED,
                            "the source has no records at all; 'missing: delete' deletes nothing "
                            "for an empty source");
    *ret = chunks[count - 1];
    return WH_OK;
}

/* Which rows they are, for whoever is to decide what becomes of them. */
static wh_code list_vanished(struct wh_item_run *item, struct wh_writing *writing,
                             struct owned_rows *rows, struct wh_error *err)
{
    struct wh_chunk_record chunk = {.id = 0};
    struct wh_vanished_rows vanished = {
        .entries = rows->entries, .count = rows->vanished, .chunk = &chunk};
    if (item->run->options->dry_run)
        return WH_OK;
    wh_code rc = find_last_chunk(item, &chunk, err);
    if (rc != WH_OK && rc != WH_STOPPED)
        return rc;
    wh_error_reset(err);
    return wh_log_missing(writing, &vanished, err);
}

static wh_code delete_vanished(struct wh_item_run *item, struct wh_writing *writing,
                               struct owned_rows *rows, struct wh_error *err)
{
    struct wh_run_context *run = item->run;
    struct wh_chunk_record chunk;
    wh_code rc = check_delete(item, rows, err);
    if (rc != WH_OK) {
        struct wh_error unused = WH_ERROR_NONE;
        WH_IGNORE(list_vanished(item, writing, rows, &unused),
                  "why nothing is deleted is told first");
        return rc;
    }
    if (run->options->dry_run)
        return WH_OK;
    WH_TRY(find_last_chunk(item, &chunk, err));
    struct wh_vanished_rows vanished = {
        .entries = rows->entries, .count = rows->vanished, .chunk = &chunk};
    struct wh_vanished_result result;
    WH_TRY(wh_delete_vanished(writing, &vanished, &result, err));
    if (result.kept > 0)
        wh_run_note_text(run,
                         "%llu vanished row%s of '%.*s' not deleted: edited since, refused by the "
                         "destination, or logged without images",
                         (unsigned long long)result.kept, result.kept == 1 ? "" : "s",
                         WH_FMT(item->result->into));
    return WH_OK;
}

static wh_code settle_vanished(struct wh_item_run *item, struct owned_rows *rows,
                               struct wh_error *err)
{
    struct wh_writing_options options = wh_run_writing_options(item);
    struct wh_writing *writing = NULL;
    WH_TRY(find_vanished(item, rows, err));
    if (rows->vanished == 0)
        return WH_OK;
    qsort(rows->entries, rows->vanished, sizeof(*rows->entries), compare_segments);
    WH_TRY(wh_writing_open(&options, &writing, err));
    wh_code rc = forget_gone(item, writing, rows, err);
    item->result->vanished = rows->vanished;
    if (rc == WH_OK && item->item->definition->missing == WH_MISSING_DELETE && rows->vanished > 0)
        rc = delete_vanished(item, writing, rows, err);
    else if (rc == WH_OK && rows->vanished > 0)
        rc = list_vanished(item, writing, rows, err);
    wh_writing_close(writing);
    return rc;
}

wh_code wh_run_vanished(struct wh_item_run *item, struct wh_error *err)
{
    struct wh_run_context *run = item->run;
    if (item->item->definition->missing == WH_MISSING_KEEP || run->is_partial)
        return WH_OK;
    uint64_t unplaced = wh_survey_unplaced(item->survey);
    if (unplaced > 0) {
        wh_run_note_text(run,
                         "which items of '%.*s' have vanished cannot be told: %llu refused records "
                         "have no key that can be read; nothing was deleted",
                         WH_FMT(item->result->name), (unsigned long long)unplaced);
        return WH_OK;
    }
    struct owned_rows rows = {.count = 0};
    wh_code rc = settle_vanished(item, &rows, err);
    free(rows.entries);
    return rc;
}
