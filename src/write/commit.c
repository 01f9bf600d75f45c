/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crash.h"
#include "base/error.h"
#include "write/again.h"
#include "write/contested.h"
#include "write/decided.h"
#include "write/diff.h"
#include "write/encode.h"
#include "write/enforce.h"
#include "write/insert_together.h"
#include "write/log_group.h"
#include "write/mark.h"
#include "write/remember.h"
#include "write/rows.h"
#include "write/transaction.h"
#include "write/unmet.h"

/* Where the destination only tells who broke what, rows whose way was free then are let in so many
 * times in a row: each time the next that wants the same value may break something, too. */
enum { MAX_REVIVALS = 16 };

/* What is to be done about a part that the destination refused. */
enum remedy {
    REMEDY_NONE = 0,
    REMEDY_AGAIN, /* write it again: without its bad items, or in another way */
    REMEDY_HALVES /* they are not known: the commit of a smaller part tells */
};

/* A group being committed. */
struct commit {
    struct wh_writing *writing;
    struct wh_group *group;
    const struct wh_commit_options *options;
    bool was_tried;    /* statuses may be those of a try that was taken back */
    bool is_encoded;   /* the encoder holds the segment of the whole group as prepared */
    bool is_at_once;   /* what the commit enforces is enforced from the start */
    bool had_suspects; /* rows that may have stood in others' way were put off, or wait */
    bool is_in_vain; /* all of the part that was just tried failed again: nothing is to be logged */
    unsigned revivals;  /* of rows that others stood against which failed since */
    enum remedy remedy; /* of that part */
};

/* ---- rows ------------------------------------------------------------------------------------ */

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
    wh_select_rows_of_part(batch, part, action, ret);
    return WH_OK;
}

static void reverse(struct wh_selection *selection)
{
    for (size_t i = 0, j = selection->count; i + 1 < j; i++) {
        uint16_t row = selection->rows[--j];
        selection->rows[j] = selection->rows[i];
        selection->rows[i] = row;
    }
}

/* Writes the rows of one batch and action as they come, or from the last one on. */
static wh_code write_action(const struct commit *commit, struct wh_group_batch *batch,
                            const struct wh_group_part *part, enum wh_action action,
                            const struct wh_found *found, struct wh_error *err)
{
    struct wh_row_write write = {.writing = commit->writing,
                                 .group = commit->group,
                                 .batch = batch,
                                 .columns = batch->items.targets,
                                 .kind =
                                     action == WH_ACTION_INSERT ? WH_WRITE_INSERT : WH_WRITE_UPDATE,
                                 .found = found};
    WH_TRY(select_action(batch, part, action, &write.rows, err));
    if (write.rows.count == 0)
        return WH_OK;
    if (commit->group->is_backward && action == WH_ACTION_INSERT)
        reverse(&write.rows);
    write.results = wh_arena_array(&batch->items.source.arena, batch->items.source.row_count, 1);
    if (write.results == NULL)
        return wh_error_no_memory(err, batch->items.source.row_count);
    /* Only the group's own updates are followed by a look at what is contested. */
    write.puts_off = found == &batch->found;
    return wh_write_rows(&write, err);
}

/* ---- inserts --------------------------------------------------------------------------------- */

static wh_code insert_rows(const struct commit *commit, const struct wh_group_part *part,
                           struct wh_error *err)
{
    struct wh_group *group = commit->group;
    if (wh_insert_brings_together(commit->writing, group))
        return wh_insert_together(commit->writing, group, part, err);
    for (size_t i = 0; i < group->batch_count; i++) {
        size_t at = group->is_backward ? group->batch_count - 1 - i : i;
        WH_TRY(write_action(commit, group->batches[at], part, WH_ACTION_INSERT, NULL, err));
    }
    return WH_OK;
}

/* ---- looking again --------------------------------------------------------------------------- */

/* Of two rows that only the destination takes for the same the first in the source is to win, and
 * where the group was inserted by its keys that may be the other one. */
static wh_code keep_source_order(struct commit *commit, struct wh_group_batch *batch,
                                 struct wh_error *err)
{
    if (!batch->has_clashes || commit->group->inserts.count == 0)
        return WH_OK;
    for (size_t i = 0; i < batch->missed.count; i++) {
        uint16_t row = batch->missed.rows[i];
        wh_group_batch_revive(batch, row, (enum wh_action)batch->decided[row]);
    }
    batch->has_clashes = false;
    commit->group->inserts.count = 0;
    commit->remedy = REMEDY_AGAIN;
    return wh_error_set(err, WH_REFUSED, "rows of the group clash in the destination");
}

static wh_code write_decided(const struct commit *commit, struct wh_group_batch *batch,
                             const struct wh_group_part *part, const struct wh_found *found,
                             struct wh_error *err)
{
    WH_TRY(write_action(commit, batch, part, WH_ACTION_UPDATE, found, err));
    return write_action(commit, batch, part, WH_ACTION_INSERT, NULL, err);
}

static wh_code fail_changed(struct wh_group_batch *batch, const struct wh_selection *changed,
                            struct wh_error *err)
{
    const struct wh_row_failure changed_again = {
        .detail = WH_STR("the row changed again while it was written; run again"),
        .sqlstate = "40001"};
    for (size_t i = 0; i < changed->count; i++)
        WH_TRY(wh_group_batch_fail(batch, changed->rows[i], &changed_again, err));
    return WH_OK;
}

/* Rows that were not as expected are read again, inside the transaction, and decided anew. */
static wh_code look_again(struct commit *commit, struct wh_group_batch *batch,
                          const struct wh_group_part *part, struct wh_error *err)
{
    struct wh_found found = {.only_versions = false};
    struct wh_selection missed = batch->missed;
    /* They were noted in the order in which they were written, which may be that of their keys. */
    wh_selection_sort(&missed);
    WH_TRY(wh_diff_rows(commit->writing, &commit->writing->commit, batch, &missed, &found, err));
    WH_TRY(keep_source_order(commit, batch, err));
    struct wh_arena *arena = &batch->items.source.arena;
    uint8_t *decided = batch->actions;
    uint8_t *actions = wh_arena_array(arena, batch->items.source.row_count, 1);
    uint16_t *again = wh_arena_array(arena, missed.count, sizeof(uint16_t));
    if (actions == NULL || again == NULL)
        return wh_error_no_memory(err, batch->items.source.row_count);
    for (size_t i = 0; i < missed.count; i++)
        actions[missed.rows[i]] = decided[missed.rows[i]];
    /* In the batch itself: the arena of a copy would give out the same memory once more. */
    batch->actions = actions;
    batch->missed = (struct wh_selection){.rows = again};
    wh_code rc = write_decided(commit, batch, part, &found, err);
    struct wh_selection changed = batch->missed;
    batch->actions = decided;
    batch->missed = missed;
    for (size_t i = 0; i < missed.count; i++)
        decided[missed.rows[i]] = actions[missed.rows[i]];
    return rc == WH_OK ? fail_changed(batch, &changed, err) : rc;
}

static wh_code forget_missed(const struct commit *commit, struct wh_error *err)
{
    for (size_t i = 0; i < commit->group->batch_count; i++) {
        struct wh_group_batch *batch = commit->group->batches[i];
        size_t rows = WH_MAX(batch->items.source.row_count, 1);
        if (batch->missed.rows == NULL)
            batch->missed.rows = wh_arena_array(&batch->items.source.arena, rows, sizeof(uint16_t));
        if (batch->missed.rows == NULL)
            return wh_error_no_memory(err, rows * sizeof(uint16_t));
        batch->missed.count = 0;
        batch->contested.count = 0;
    }
    return WH_OK;
}

static wh_code look_at_missed(struct commit *commit, const struct wh_group_part *part,
                              struct wh_error *err)
{
    for (size_t i = 0; i < commit->group->batch_count; i++) {
        if (commit->group->batches[i]->missed.count == 0)
            continue;
        commit->is_encoded = false;
        WH_TRY(look_again(commit, commit->group->batches[i], part, err));
    }
    return WH_OK;
}

/* Updates come first: they may free values of unique columns that new rows want. */
static wh_code write_batches(struct commit *commit, const struct wh_group_part *part,
                             struct wh_error *err)
{
    struct wh_group *group = commit->group;
    WH_TRY(forget_missed(commit, err));
    for (size_t i = 0; i < group->batch_count; i++)
        WH_TRY(write_action(commit, group->batches[i], part, WH_ACTION_UPDATE,
                            &group->batches[i]->found, err));
    WH_TRY(wh_write_contested(commit->writing, group, err));
    WH_TRY(insert_rows(commit, part, err));
    return look_at_missed(commit, part, err);
}

/* ---- parts ----------------------------------------------------------------------------------- */

/* The batch of an item of the group, and the item's ordinal in it. */
static struct wh_group_batch *batch_of_item(const struct commit *commit, size_t item,
                                            size_t *ret_local)
{
    size_t index = 0;
    while (item >= commit->group->batches[index]->first_item +
                       commit->group->batches[index]->items.item_count)
        index++;
    struct wh_group_batch *batch = commit->group->batches[index];
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
    return commit->options->digest(commit->options->ctx, move->to, &move->digest, err);
}

/* The claim on the chunk decides: where it was lost, WH_CONFLICT, and all is rolled back. Nearly
 * always the part's counts are those that were decided, so they come with it. */
static wh_code claim_part(const struct commit *commit, const struct wh_group_part *part,
                          const struct wh_counts *decided, uint64_t *ret_to, struct wh_error *err)
{
    if (commit->group->is_again) {
        *ret_to = commit->group->reached;
        return wh_ledger_hold_chunk(commit->writing->commit.ledger, commit->group->chunk,
                                    commit->writing->options.owner, err);
    }
    struct wh_chunk_move move = {
        .chunk = commit->group->chunk,
        .owner = commit->writing->options.owner,
        .was_started = commit->group->has_moved || commit->group->was_started,
        .from = commit->group->reached,
        .counts = *decided,
    };
    WH_TRY(part_end(commit, part, &move, err));
    *ret_to = move.to;
    return wh_ledger_move_chunk(commit->writing->commit.ledger, &move, err);
}

/* What became of the part where it is not what was decided. */
static wh_code correct_counts(const struct commit *commit, const struct wh_group_part *part,
                              const struct wh_counts *decided, const struct wh_counts *counts,
                              struct wh_error *err)
{
    if (commit->group->is_again)
        return wh_replace_failures(commit->writing, commit->group, part, err);
    if (wh_counts_equal(decided, counts))
        return WH_OK;
    return wh_ledger_change_counts(commit->writing->commit.ledger, commit->group->chunk, decided,
                                   counts, err);
}

/* ---- what only the commit refuses ------------------------------------------------------------ */

static const struct wh_destination_functions *functions(const struct commit *commit)
{
    return commit->writing->commit.connection->functions;
}

static bool can_enforce(const struct commit *commit)
{
    return (functions(commit)->capabilities & WH_ENFORCES_EARLY) != 0;
}

/* Nothing is enforced before its time, for which a clean run would pay, until a commit was refused.
 * A rehearsal has no commit that could be. */
static bool enforces(const struct commit *commit)
{
    return can_enforce(commit) &&
           (commit->writing->enforces || commit->writing->options.is_rehearsal);
}

static wh_code enforce(const struct commit *commit, struct wh_error *err)
{
    return functions(commit)->enforce(commit->writing->commit.connection->destination, err);
}

/* Who breaks it is put off. Where nobody is found the part is written with all enforced from the
 * start: each row is refused then, or goes in, when it is written. Where that was done, too, the
 * commits of halves are left. */
static wh_code settle_refusal(struct commit *commit, const struct wh_group_part *part,
                              struct wh_error *err)
{
    struct wh_error failed = WH_ERROR_NONE;
    struct wh_suspects suspects;
    wh_code rc = wh_put_off_suspects(commit->writing, commit->group, part, &suspects, &failed);
    if (rc != WH_OK) {
        *err = failed;
        return rc;
    }
    commit->had_suspects |= suspects.count > 0;
    if (suspects.count > 0 && suspects.are_out)
        return WH_OK;
    commit->remedy = suspects.count > 0 || !commit->is_at_once ? REMEDY_AGAIN : REMEDY_HALVES;
    commit->is_at_once |= suspects.count == 0;
    commit->is_encoded = false;
    return WH_REFUSED;
}

static wh_code enforce_constraints(struct commit *commit, const struct wh_group_part *part,
                                   struct wh_error *err)
{
    wh_code rc;
    if (!enforces(commit))
        return WH_OK;
    while ((rc = enforce(commit, err)) == WH_REFUSED)
        WH_TRY(settle_refusal(commit, part, err));
    if (rc == WH_OK)
        wh_error_reset(err);
    return rc;
}

/* Rows that were put off, now that all is enforced. */
static wh_code write_put_off(struct commit *commit, const struct wh_group_part *part,
                             struct wh_error *err)
{
    if (!enforces(commit))
        return WH_OK;
    WH_TRY(forget_missed(commit, err));
    if (commit->is_at_once || commit->had_suspects)
        WH_TRY(wh_put_off_failed(commit->group, part, err));
    WH_TRY(wh_write_put_off(commit->writing, commit->group, part, err));
    return look_at_missed(commit, part, err);
}

/* What the commit would refuse is found before, while it can be told whose fault it is. Who broke
 * something is in nobody's way any more. */
static wh_code settle_constraints(struct commit *commit, const struct wh_group_part *part,
                                  struct wh_error *err)
{
    size_t failed = 0;
    wh_code rc = wh_fail_unmet(commit->writing, commit->group, part, &failed, err);
    if (rc == WH_OK && failed > 0) {
        if (commit->revivals++ < MAX_REVIVALS)
            wh_revive_contested(commit->group, part);
        commit->remedy = REMEDY_AGAIN;
        rc = wh_error_set(err, WH_REFUSED, "items of the group break deferred constraints");
    } else if (rc == WH_REFUSED) {
        commit->remedy = REMEDY_HALVES;
    }
    if (rc != WH_OK)
        commit->is_encoded = false;
    return rc;
}

static wh_code write_rows_of_part(struct commit *commit, const struct wh_group_part *part,
                                  struct wh_error *err)
{
    if (commit->is_at_once)
        WH_TRY(enforce(commit, err));
    WH_TRY(write_batches(commit, part, err));
    WH_CRASH_POINT("group.written");
    WH_TRY(settle_constraints(commit, part, err));
    WH_TRY(enforce_constraints(commit, part, err));
    return write_put_off(commit, part, err);
}

/* The part's segment. That of a whole group was made before the group was written: it is true but
 * for rows that failed since. */
static wh_code encode_part(struct commit *commit, const struct wh_group_part *part,
                           bool has_failed_rows, struct wh_error *err)
{
    bool is_whole = part->first == 0 && part->end == commit->group->item_count;
    if (!is_whole || !commit->is_encoded)
        WH_TRY(wh_encode_part(commit->writing, commit->group, part, err));
    else if (has_failed_rows)
        WH_TRY(wh_encode_statuses(commit->writing, commit->group, err));
    commit->is_encoded = false;
    return WH_OK;
}

/* Failures that were logged as they are stand as well; of what was only waiting until now the
 * destination has said its own words. */
static bool is_in_vain(const struct commit *commit, const struct wh_counts *counts)
{
    const struct wh_group *group = commit->group;
    bool were_waiting = commit->writing->options.item->refers_to_itself && !group->has_waiting;
    return group->is_again && counts->failed == counts->read && !were_waiting;
}

/* Writes data and log of the part in the open transaction. */
static wh_code write_part(struct commit *commit, const struct wh_group_part *part,
                          struct wh_group_doubt *ret, struct wh_error *err)
{
    struct wh_counts decided = {.read = 0};
    commit->is_in_vain = false;
    *ret = (struct wh_group_doubt){.first = part->first, .end = part->end};
    wh_count_part(commit->group, part, &decided);
    WH_TRY(claim_part(commit, part, &decided, &ret->to, err));
    WH_CRASH_POINT("group.claimed");
    WH_TRY(write_rows_of_part(commit, part, err));
    wh_count_part(commit->group, part, &ret->counts);
    commit->is_in_vain = is_in_vain(commit, &ret->counts);
    if (commit->is_in_vain)
        return WH_OK;
    WH_TRY(encode_part(commit, part, ret->counts.failed != decided.failed, err));
    WH_TRY(wh_mark_part(commit->writing, commit->group, part, &ret->counts, err));
    WH_TRY(wh_log_part(commit->writing, commit->group, part, &ret->counts, &ret->segment, err));
    WH_TRY(correct_counts(commit, part, &decided, &ret->counts, err));
    WH_CRASH_POINT("group.logged");
    return WH_OK;
}

static const uint8_t *put_back_rows(const struct wh_group_batch *batch, size_t unused)
{
    (void)unused;
    return batch->is_put_back;
}

/* Counts the part in doubt, which was committed. */
static struct wh_group_doubt count_done(const struct wh_writing *writing, struct wh_group *group)
{
    struct wh_group_doubt done = group->doubt;
    struct wh_group_part part = {.first = done.first, .end = done.end};
    group->doubt = (struct wh_group_doubt){.is_set = false};
    wh_counts_add(&group->counts, &done.counts);
    if (done.counts.failed > 0)
        group->contested += wh_count_contested(writing, group, &part);
    group->put_back += wh_count_marked_rows(group, &part, put_back_rows, 0, WH_STATUS_INSERTED);
    group->has_moved = true;
    group->reached = done.to;
    return done;
}

static wh_code remember(struct wh_writing *writing, const struct wh_group *group,
                        const struct wh_group_doubt *done, struct wh_error *err)
{
    struct wh_group_part part = {.first = done->first, .end = done->end};
    return wh_remember_part(writing, group, &part, done->segment, err);
}

wh_code wh_group_confirm(struct wh_writing *writing, struct wh_group *group, struct wh_error *err)
{
    struct wh_group_doubt done = count_done(writing, group);
    return remember(writing, group, &done, err);
}

/* The first time it is not known yet that there is something to enforce. */
static enum remedy settle_refused_commit(struct commit *commit)
{
    if (!can_enforce(commit) || enforces(commit))
        return REMEDY_HALVES;
    commit->writing->enforces = true;
    return REMEDY_AGAIN;
}

static wh_code try_part(struct commit *commit, const struct wh_group_part *part,
                        struct wh_error *err)
{
    struct wh_group_doubt *doubt = &commit->group->doubt;
    commit->remedy = REMEDY_NONE;
    if (commit->was_tried)
        wh_restore_decided(commit->group, part);
    commit->was_tried = true;
    WH_TRY(wh_transaction_begin(commit->writing, err));
    wh_code rc = write_part(commit, part, doubt, err);
    if (rc == WH_OK && commit->is_in_vain) {
        wh_transaction_undo(commit->writing);
        return WH_OK;
    }
    if (rc == WH_OK) {
        doubt->is_set = true;
        rc = wh_transaction_end(commit->writing, err);
        if (rc == WH_REFUSED)
            commit->remedy = settle_refused_commit(commit);
    }
    if (rc != WH_OK) {
        doubt->is_set &= err->retry == WH_RETRY_RECONNECT;
        wh_transaction_undo(commit->writing);
        return rc;
    }
    WH_CRASH_POINT("group.committed");
    struct wh_group_doubt done = count_done(commit->writing, commit->group);
    if (done.end == commit->group->item_count)
        commit->options->committed(commit->options->ctx);
    return remember(commit->writing, commit->group, &done, err);
}

/* The only item of a part that cannot be committed is the bad one. Where it was not written, or
 * failed before, the commit is refused for something else, whatever is left out: the run ends
 * with the server's words. */
static wh_code fail_item(const struct commit *commit, size_t item, const struct wh_error *refused,
                         struct wh_error *err)
{
    size_t local = 0;
    struct wh_group_batch *batch = batch_of_item(commit, item, &local);
    uint16_t row = batch->items.items[local].row;
    if (row == WH_NO_ROW || batch->actions[row] == WH_ACTION_NONE) {
        *err = *refused;
        return wh_error_prefix(err, refused->code,
                               "a commit that writes nothing but the ledger was refused");
    }
    batch->decided[row] = WH_ACTION_NONE;
    return wh_group_batch_refuse(batch, row, refused, err);
}

/* Commits the part, or, where its commit is refused, its halves, down to the bad item. */
static wh_code commit_part(struct commit *commit, struct wh_group_part part, struct wh_error *err)
{
    struct wh_error refused = WH_ERROR_NONE;
    wh_code rc;
    do {
        rc = try_part(commit, &part, &refused);
        if (rc == WH_OK)
            return WH_OK;
        if (commit->remedy == REMEDY_NONE) {
            *err = refused;
            return rc;
        }
        WH_TRY(wh_grace_check(&commit->writing->grace, WH_CANCEL_AFTER_GROUP, err));
    } while (commit->remedy == REMEDY_AGAIN);
    if (part.end - part.first > 1) {
        size_t middle = part.first + (part.end - part.first) / 2;
        wh_revive_contested(commit->group, &part);
        WH_TRY(commit_part(commit, (struct wh_group_part){part.first, middle}, err));
        return commit_part(commit, (struct wh_group_part){middle, part.end}, err);
    }
    WH_TRY(fail_item(commit, part.first, &refused, err));
    return commit_part(commit, part, err);
}

wh_code wh_group_commit(struct wh_writing *writing, struct wh_group *group,
                        const struct wh_commit_options *options, struct wh_error *err)
{
    struct commit commit = {
        .writing = writing, .group = group, .options = options, .is_encoded = true};
    group->reached = group->from;
    WH_TRY(wh_keep_decided(group, err));
    return commit_part(&commit, (struct wh_group_part){0, group->item_count}, err);
}
