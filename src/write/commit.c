/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/crash.h"
#include "base/error.h"
#include "write/diff.h"
#include "write/log_group.h"

/* A group being committed. */
struct commit {
    struct wh_writing *writing;
    struct wh_group *group;
    const struct wh_commit_options *options;
    bool is_encoded; /* the encoder holds the segment of the whole group as prepared */
    bool has_moved;  /* a part of the group is committed already: where the chunk stands now */
    uint64_t position;
};

static const struct wh_destination_functions *functions(const struct commit *commit)
{
    return commit->writing->options.connection->functions;
}

static struct wh_destination *destination(const struct commit *commit)
{
    return commit->writing->options.connection->destination;
}

/* ---- transactions ----------------------------------------------------------------------------- */

/* A rehearsal is one transaction: its groups are savepoints, nested by nothing else. */
enum { REHEARSAL_DEPTH = 1 };

static wh_code begin(const struct commit *commit, struct wh_error *err)
{
    if (commit->writing->options.is_rehearsal)
        return functions(commit)->savepoint(destination(commit), REHEARSAL_DEPTH, err);
    return functions(commit)->begin(destination(commit), err);
}

static wh_code end(const struct commit *commit, struct wh_error *err)
{
    if (commit->writing->options.is_rehearsal)
        return functions(commit)->release(destination(commit), REHEARSAL_DEPTH, err);
    return functions(commit)->commit(destination(commit), err);
}

/* Takes everything since begin() back; the error that led here is the one to tell. */
static void undo(const struct commit *commit)
{
    struct wh_error unused = WH_ERROR_NONE;
    if (!commit->writing->options.is_rehearsal) {
        WH_IGNORE(functions(commit)->rollback(destination(commit), &unused),
                  "the first error is told");
        return;
    }
    WH_IGNORE(functions(commit)->rollback_to(destination(commit), REHEARSAL_DEPTH, &unused),
              "the first error is told");
    WH_IGNORE(functions(commit)->release(destination(commit), REHEARSAL_DEPTH, &unused),
              "the first error is told");
}

/* ---- rows -------------------------------------------------------------------------------------- */

/* The rows of a batch that one write is about. */
struct row_write {
    const struct commit *commit;
    struct wh_group_batch *batch;
    enum wh_write_kind kind;
    const struct wh_found *found; /* UPDATE: as they were read */
    struct wh_selection rows;
    uint8_t *results;
};

static wh_code copy_message(struct wh_group_batch *batch, const struct wh_error *refused,
                            struct wh_str *ret, struct wh_error *err)
{
    return wh_arena_copy(&batch->items.source.arena, wh_str_from(refused->message), ret, err);
}

/* Writes all rows; those that the destination refuses become failed items, with its own words. */
static wh_code write_rows(struct row_write *write, struct wh_error *err)
{
    struct wh_selection rest = write->rows;
    while (rest.count > 0) {
        struct wh_write_request request = {
            .kind = write->kind,
            .columns = write->batch->items.targets,
            .before = write->found != NULL ? write->found->columns : NULL,
            .odd = write->found != NULL ? write->found->odd : NULL,
            .odd_count = write->found != NULL ? write->found->odd_count : 0,
            .selection = &rest,
            .results = write->results,
        };
        struct wh_error refused = WH_ERROR_NONE;
        wh_code rc =
            functions(write->commit)->write(write->commit->writing->writer, &request, &refused);
        if (rc == WH_OK)
            return WH_OK;
        if (rc != WH_REFUSED || request.stopped_at == 0) {
            *err = refused;
            return rc;
        }
        struct wh_str detail;
        WH_TRY(copy_message(write->batch, &refused, &detail, err));
        wh_group_batch_fail(write->batch, rest.rows[request.stopped_at - 1], detail,
                            refused.sqlstate);
        rest.rows += request.stopped_at;
        rest.count -= request.stopped_at;
    }
    return WH_OK;
}

/* The part's rows with @p action, as a selection in the batch's arena. */
static wh_code select_action(struct wh_group_batch *batch, const struct wh_group_part *part,
                             enum wh_action action, struct wh_selection *ret, struct wh_error *err)
{
    size_t first;
    size_t last;
    wh_part_of_batch(batch, part, &first, &last);
    *ret = (struct wh_selection){.rows = wh_arena_array(&batch->items.source.arena,
                                                        WH_MAX(last - first, 1), sizeof(uint16_t))};
    if (ret->rows == NULL)
        return wh_error_no_memory(err, (last - first) * sizeof(uint16_t));
    for (size_t item = first; item < last; item++) {
        uint16_t row = batch->items.items[item].row;
        if (row != WH_NO_ROW && batch->actions[row] == action)
            ret->rows[ret->count++] = row;
    }
    return WH_OK;
}

static void select_missed(const struct row_write *write, struct wh_selection *ret)
{
    for (size_t i = 0; i < write->rows.count; i++)
        if (write->results[write->rows.rows[i]] == WH_ROW_MISSED)
            ret->rows[ret->count++] = write->rows.rows[i];
}

static wh_code write_action(const struct commit *commit, struct wh_group_batch *batch,
                            const struct wh_group_part *part, enum wh_action action,
                            const struct wh_found *found, struct wh_selection *missed,
                            struct wh_error *err);

/* Rows that were not as expected are read again, inside the transaction, and decided anew. */
static wh_code look_again(const struct commit *commit, struct wh_group_batch *batch,
                          const struct wh_group_part *part, const struct wh_selection *missed,
                          struct wh_error *err)
{
    struct wh_found found;
    WH_TRY(wh_diff_rows(commit->writing, batch, missed, &found, err));
    struct wh_group_batch only = *batch;
    only.actions = wh_arena_array(&batch->items.source.arena, batch->items.source.row_count, 1);
    struct wh_selection still = {
        .rows = wh_arena_array(&batch->items.source.arena, missed->count * 2, sizeof(uint16_t))};
    if (only.actions == NULL || still.rows == NULL)
        return wh_error_no_memory(err, batch->items.source.row_count);
    for (size_t i = 0; i < missed->count; i++)
        only.actions[missed->rows[i]] = batch->actions[missed->rows[i]];
    WH_TRY(write_action(commit, &only, part, WH_ACTION_UPDATE, &found, &still, err));
    WH_TRY(write_action(commit, &only, part, WH_ACTION_INSERT, NULL, &still, err));
    for (size_t i = 0; i < still.count; i++)
        wh_group_batch_fail(batch, still.rows[i],
                            WH_STR("the row changed again while it was written; run again"),
                            "40001");
    return WH_OK;
}

/* Writes the rows of one action; what missed is added to @p missed, whose room suffices. */
static wh_code write_action(const struct commit *commit, struct wh_group_batch *batch,
                            const struct wh_group_part *part, enum wh_action action,
                            const struct wh_found *found, struct wh_selection *missed,
                            struct wh_error *err)
{
    struct row_write write = {.commit = commit,
                              .batch = batch,
                              .kind =
                                  action == WH_ACTION_INSERT ? WH_WRITE_INSERT : WH_WRITE_UPDATE,
                              .found = found};
    WH_TRY(select_action(batch, part, action, &write.rows, err));
    if (write.rows.count == 0)
        return WH_OK;
    write.results = wh_arena_array(&batch->items.source.arena, batch->items.source.row_count, 1);
    if (write.results == NULL)
        return wh_error_no_memory(err, batch->items.source.row_count);
    WH_TRY(write_rows(&write, err));
    select_missed(&write, missed);
    return WH_OK;
}

/* Updates come first: they may free values of unique columns that new rows want. */
static wh_code write_batch(struct commit *commit, struct wh_group_batch *batch,
                           const struct wh_group_part *part, struct wh_error *err)
{
    size_t rows = batch->items.source.row_count;
    if (rows == 0)
        return WH_OK;
    struct wh_selection missed = {
        .rows = wh_arena_array(&batch->items.source.arena, rows, sizeof(uint16_t))};
    if (missed.rows == NULL)
        return wh_error_no_memory(err, rows * sizeof(uint16_t));
    WH_TRY(write_action(commit, batch, part, WH_ACTION_UPDATE, &batch->found, &missed, err));
    WH_TRY(write_action(commit, batch, part, WH_ACTION_INSERT, NULL, &missed, err));
    if (missed.count == 0)
        return WH_OK;
    commit->is_encoded = false;
    return look_again(commit, batch, part, &missed, err);
}

/* ---- parts ------------------------------------------------------------------------------------- */

/* The batch of an item of the group, and the item's ordinal in it. */
static struct wh_group_batch *batch_of_item(const struct commit *commit, size_t item,
                                            size_t *ret_local)
{
    struct wh_group_batch *batch = commit->group->batches;
    while (item >= batch->first_item + batch->items.item_count)
        batch++;
    *ret_local = item - batch->first_item;
    return batch;
}

/* Where the chunk stands once the part is done: at the next item, or at the group's end. */
static wh_code part_end(const struct commit *commit, const struct wh_group_part *part,
                        struct wh_chunk_move *move, struct wh_error *err)
{
    const struct wh_group *group = commit->group;
    if (part->end == group->item_count) {
        move->to = group->to;
        move->digest = group->digest;
        move->is_done = group->is_last;
        return WH_OK;
    }
    size_t local = 0;
    const struct wh_group_batch *batch = batch_of_item(commit, part->end, &local);
    move->to = wh_item_position(&batch->items, local)->offset;
    return commit->options->digest(commit->options->digest_ctx, move->to, &move->digest, err);
}

/* The claim on the chunk decides: where it was lost, WH_CONFLICT, and all is rolled back. */
static wh_code claim_part(const struct commit *commit, const struct wh_group_part *part,
                          struct wh_chunk_move *move, struct wh_error *err)
{
    *move = (struct wh_chunk_move){
        .chunk = commit->group->chunk,
        .owner = commit->writing->options.owner,
        .was_started = commit->has_moved || commit->group->was_started,
        .from = commit->position,
    };
    WH_TRY(part_end(commit, part, move, err));
    bool is_done = move->is_done;
    move->is_done = false;
    WH_TRY(wh_ledger_move_chunk(commit->writing->options.ledger, move, err));
    move->is_done = is_done;
    return WH_OK;
}

/* What became of the part is known once it is written: its counts follow the claim. */
static wh_code settle_part(const struct commit *commit, struct wh_chunk_move *move,
                           const struct wh_counts *counts, struct wh_error *err)
{
    move->was_started = true;
    move->from = move->to;
    move->counts = *counts;
    return wh_ledger_move_chunk(commit->writing->options.ledger, move, err);
}

/* Rows whose write a rollback took back are to be written as decided before. */
static void restore_statuses(const struct commit *commit, const struct wh_group_part *part)
{
    for (size_t item = part->first; item < part->end; item++) {
        size_t local = 0;
        struct wh_group_batch *batch = batch_of_item(commit, item, &local);
        uint16_t row = batch->items.items[local].row;
        if (row == WH_NO_ROW || batch->actions[row] == WH_ACTION_NONE)
            continue;
        batch->statuses[row] =
            batch->actions[row] == WH_ACTION_INSERT ? WH_STATUS_INSERTED : WH_STATUS_UPDATED;
    }
}

static bool has_failed_rows(const struct commit *commit, const struct wh_counts *before)
{
    struct wh_group_part all = {.first = 0, .end = commit->group->item_count};
    struct wh_counts now = {.read = 0};
    wh_count_part(commit->group, &all, &now);
    return now.failed != before->failed;
}

static wh_code write_rows_of_part(struct commit *commit, const struct wh_group_part *part,
                                  struct wh_error *err)
{
    struct wh_group_part all = {.first = 0, .end = commit->group->item_count};
    struct wh_counts prepared = {.read = 0};
    wh_count_part(commit->group, &all, &prepared);
    for (size_t i = 0; i < commit->group->batch_count; i++)
        WH_TRY(write_batch(commit, &commit->group->batches[i], part, err));
    WH_CRASH_POINT("group.written");
    bool is_whole = part->first == 0 && part->end == commit->group->item_count;
    if (!is_whole || !commit->is_encoded || has_failed_rows(commit, &prepared))
        WH_TRY(wh_encode_part(commit->writing, commit->group, part, err));
    commit->is_encoded = false;
    return WH_OK;
}

/* Writes data and log of the part in the open transaction. */
static wh_code write_part(struct commit *commit, const struct wh_group_part *part,
                          struct wh_counts *counts, int64_t *ret_segment, struct wh_error *err)
{
    struct wh_chunk_move move;
    WH_TRY(claim_part(commit, part, &move, err));
    WH_CRASH_POINT("group.claimed");
    WH_TRY(write_rows_of_part(commit, part, err));
    wh_count_part(commit->group, part, counts);
    WH_TRY(wh_log_part(commit->writing, commit->group, part, ret_segment, err));
    WH_TRY(settle_part(commit, &move, counts, err));
    WH_CRASH_POINT("group.logged");
    return WH_OK;
}

static wh_code try_part(struct commit *commit, const struct wh_group_part *part,
                        bool *ret_commit_refused, struct wh_error *err)
{
    struct wh_counts counts = {.read = 0};
    int64_t segment = 0;
    *ret_commit_refused = false;
    restore_statuses(commit, part);
    WH_TRY(begin(commit, err));
    wh_code rc = write_part(commit, part, &counts, &segment, err);
    if (rc == WH_OK) {
        rc = end(commit, err);
        *ret_commit_refused = rc == WH_REFUSED;
    }
    if (rc != WH_OK) {
        undo(commit);
        return rc;
    }
    WH_CRASH_POINT("group.committed");
    wh_counts_add(&commit->group->counts, &counts);
    commit->has_moved = true;
    WH_TRY(wh_remember_part(commit->writing, commit->group, part, segment, err));
    return WH_OK;
}

/* The only item of a part that cannot be committed is the bad one. */
static wh_code fail_item(const struct commit *commit, size_t item, const struct wh_error *refused,
                         struct wh_error *err)
{
    size_t local = 0;
    struct wh_group_batch *batch = batch_of_item(commit, item, &local);
    uint16_t row = batch->items.items[local].row;
    WH_ASSERT(row != WH_NO_ROW && batch->actions[row] != WH_ACTION_NONE, err);
    struct wh_str detail;
    WH_TRY(copy_message(batch, refused, &detail, err));
    wh_group_batch_fail(batch, row, detail, refused->sqlstate);
    return WH_OK;
}

/* Commits the part, or, where its commit is refused, its halves, down to the bad item. */
static wh_code commit_part(struct commit *commit, struct wh_group_part part, struct wh_error *err)
{
    bool was_refused = false;
    struct wh_error refused = WH_ERROR_NONE;
    wh_code rc = try_part(commit, &part, &was_refused, &refused);
    if (rc == WH_OK) {
        struct wh_chunk_move moved = {.to = 0};
        WH_TRY(part_end(commit, &part, &moved, err));
        commit->position = moved.to;
        return WH_OK;
    }
    if (!was_refused) {
        *err = refused;
        return rc;
    }
    if (part.end - part.first > 1) {
        size_t middle = part.first + (part.end - part.first) / 2;
        WH_TRY(commit_part(commit, (struct wh_group_part){part.first, middle}, err));
        return commit_part(commit, (struct wh_group_part){middle, part.end}, err);
    }
    WH_TRY(fail_item(commit, part.first, &refused, err));
    return commit_part(commit, part, err);
}

wh_code wh_group_commit(struct wh_writing *writing, struct wh_group *group,
                        const struct wh_commit_options *options, struct wh_error *err)
{
    struct commit commit = {.writing = writing,
                            .group = group,
                            .options = options,
                            .is_encoded = true,
                            .position = group->from};
    return commit_part(&commit, (struct wh_group_part){0, group->item_count}, err);
}
