/* SPDX-License-Identifier: Apache-2.0 */
#include "write/enforce.h"

#include <string.h>

#include "base/error.h"
#include "write/contested.h"
#include "write/decided.h"
#include "write/rows.h"

/* A chain of rows that is in neither order may take a pass for each of them:
 * what is left then stays refused. */
#define MAX_PASSES 16

/* One look at the rows of a part. Backward: what is taken out of the table is no longer in the way
 * of rows that came before it. */
struct look {
    struct wh_writing *writing;
    struct wh_group *group;
    const struct wh_group_part *part;
    struct wh_suspects *found;
    uint16_t rows[WH_BATCH_ROWS];
    uint8_t results[WH_BATCH_ROWS];
};

static const struct wh_destination_functions *functions(const struct wh_writing *writing)
{
    return writing->commit.connection->functions;
}

static wh_code need_put_off(struct wh_group_batch *batch, struct wh_error *err)
{
    size_t rows = WH_MAX(batch->items.source.row_count, 1);
    if (batch->put_off == NULL)
        batch->put_off = wh_arena_array(&batch->items.source.arena, rows, 1);
    return batch->put_off != NULL ? WH_OK : wh_error_no_memory(err, rows);
}

/* ---- suspects -------------------------------------------------------------------------------- */

/* Keeps the suspects of the rows, in the same place. */
static void keep_suspects(const struct look *look, struct wh_selection *rows)
{
    size_t count = 0;
    for (size_t i = 0; i < rows->count; i++)
        if (look->results[rows->rows[i]] != WH_ROW_WRITTEN)
            rows->rows[count++] = rows->rows[i];
    rows->count = count;
}

/* Each of them is written behind all others of the group, or, where it waits, of the source. */
static wh_code set_aside(struct look *look, struct wh_group_batch *batch,
                         const struct wh_selection *rows, struct wh_error *err)
{
    WH_TRY(need_put_off(batch, err));
    for (size_t i = 0; i < rows->count; i++) {
        uint16_t row = rows->rows[i];
        if (look->results[row] == WH_ROW_WAITS)
            WH_TRY(wh_fail_waiting(look->writing, look->group, batch, row, err));
        else
            batch->put_off[row] = batch->decided[row];
    }
    return WH_OK;
}

/* Deletes rows as they were written in this very transaction. */
static wh_code take_out(struct look *look, const struct wh_group_batch *batch,
                        const struct wh_selection *rows, struct wh_error *err)
{
    struct wh_write_request request = {.kind = WH_WRITE_DELETE,
                                       .columns = batch->items.targets,
                                       .before = batch->items.targets,
                                       .selection = rows,
                                       .results = look->results,
                                       .grace = &look->writing->grace};
    struct wh_error refused = WH_ERROR_NONE;
    for (size_t i = 0; i < rows->count; i++)
        look->results[rows->rows[i]] = WH_ROW_NOT_TRIED;
    wh_code rc = functions(look->writing)->write(look->writing->commit.writer, &request, &refused);
    if (rc != WH_OK && rc != WH_REFUSED) {
        *err = refused;
        return rc;
    }
    for (size_t i = 0; i < rows->count; i++)
        look->found->are_out &= look->results[rows->rows[i]] == WH_ROW_WRITTEN;
    return WH_OK;
}

static wh_code look_at_batch(struct look *look, struct wh_group_batch *batch, enum wh_action action,
                             struct wh_error *err)
{
    struct wh_selection rows = {.rows = look->rows};
    wh_select_rows_of_part(batch, look->part, action, &rows);
    if (rows.count == 0)
        return WH_OK;
    WH_TRY(wh_grace_check(&look->writing->grace, WH_CANCEL_AFTER_GROUP, err));
    for (size_t i = 0; i < rows.count; i++)
        look->results[rows.rows[i]] = WH_ROW_WRITTEN;
    bool is_insert = action == WH_ACTION_INSERT;
    struct wh_write_request request = {.kind = is_insert ? WH_WRITE_INSERT : WH_WRITE_UPDATE,
                                       .columns = batch->items.targets,
                                       .before = batch->found.columns,
                                       .selection = &rows,
                                       .lets_wait = look->writing->options.lets_wait,
                                       .results = look->results};
    WH_TRY(functions(look->writing)->find_suspects(look->writing->commit.writer, &request, err));
    keep_suspects(look, &rows);
    if (rows.count == 0)
        return WH_OK;
    WH_TRY(set_aside(look, batch, &rows, err));
    look->found->count += rows.count;
    look->found->are_out &= is_insert;
    return look->found->are_out ? take_out(look, batch, &rows, err) : WH_OK;
}

wh_code wh_put_off_suspects(struct wh_writing *writing, struct wh_group *group,
                            const struct wh_group_part *part, struct wh_suspects *ret,
                            struct wh_error *err)
{
    struct look look = {.writing = writing, .group = group, .part = part, .found = ret};
    *ret = (struct wh_suspects){.count = 0};
    WH_TRY(functions(writing)->can_take_out(writing->commit.writer, &ret->are_out, err));
    for (size_t i = group->batch_count; i > 0; i--)
        WH_TRY(look_at_batch(&look, group->batches[i - 1], WH_ACTION_INSERT, err));
    for (size_t i = group->batch_count; i > 0; i--)
        WH_TRY(look_at_batch(&look, group->batches[i - 1], WH_ACTION_UPDATE, err));
    return WH_OK;
}

/* ---- rows that failed ------------------------------------------------------------------------ */

wh_code wh_put_off_failed(struct wh_group *group, const struct wh_group_part *part,
                          struct wh_error *err)
{
    struct wh_part_walk walk = {.group = group, .part = part};
    while (wh_part_walk_on(&walk)) {
        if (walk.row == WH_NO_ROW || !wh_may_go_in_yet(walk.batch, walk.row))
            continue;
        WH_TRY(need_put_off(walk.batch, err));
        walk.batch->put_off[walk.row] = walk.batch->decided[walk.row];
    }
    return WH_OK;
}

/* ---- writing them ---------------------------------------------------------------------------- */

/* What a pass over the rows that were put off came to. */
struct pass {
    struct wh_writing *writing;
    struct wh_group *group;
    const struct wh_group_part *part;
    /* In the order of the source: of rows that want one value the first is to have it; later passes
     * go in turns, since a row may wait for one behind it. */
    bool is_first;
    bool is_backward;
    size_t went_in;
    size_t left;
    size_t freed; /* updates that went in, in all passes: others may want what was there … */
    size_t freed_before; /* … and of these, before it was asked who is stuck: */
    uint8_t results[WH_BATCH_ROWS];
    uint8_t stuck[WH_BATCH_ROWS]; /* by row that failed: NOT_TRIED: it may go in */
    uint16_t failed[WH_BATCH_ROWS];
    uint16_t alike[WH_BATCH_ROWS];
};

static wh_code write_row(struct pass *pass, struct wh_group_batch *batch, uint16_t row,
                         struct wh_error *err)
{
    enum wh_action action = (enum wh_action)batch->put_off[row];
    bool is_insert = action == WH_ACTION_INSERT;
    struct wh_row_write write = {.writing = pass->writing,
                                 .group = pass->group,
                                 .batch = batch,
                                 .columns = batch->items.targets,
                                 .kind = is_insert ? WH_WRITE_INSERT : WH_WRITE_UPDATE,
                                 .found = is_insert ? NULL : &batch->found,
                                 .rows = {.rows = &row, .count = 1},
                                 .results = pass->results};
    WH_TRY(wh_grace_check(&pass->writing->grace, WH_CANCEL_AFTER_GROUP, err));
    pass->results[row] = WH_ROW_NOT_TRIED;
    wh_group_batch_revive(batch, row, action);
    /* Whose value another row has is tried again here, pass by pass, and need not be noted. */
    batch->contested.count = 0;
    WH_TRY(wh_write_rows(&write, err));
    bool went_in = batch->actions[row] != WH_ACTION_NONE;
    pass->went_in += went_in;
    pass->freed += went_in && !is_insert;
    return WH_OK;
}

/* Rows that are put off and failed, but for those whose value nobody gave up since: what goes in as
 * new stands in others' way, and frees none. */
static void select_failed(struct pass *pass, const struct wh_group_batch *batch,
                          struct wh_selection *ret)
{
    size_t first;
    size_t end;
    wh_part_of_batch(batch, pass->part, &first, &end);
    for (size_t item = first; item < end; item++) {
        uint16_t row = batch->items.items[item].row;
        if (row == WH_NO_ROW || !wh_group_is_put_off(batch, row) ||
            batch->actions[row] != WH_ACTION_NONE)
            continue;
        bool may_go_in =
            pass->is_first || pass->freed > 0 || !wh_is_contest(batch->failures[row]->sqlstate);
        pass->stuck[row] = may_go_in ? WH_ROW_NOT_TRIED : WH_ROW_PUT_OFF;
        if (may_go_in)
            ret->rows[ret->count++] = row;
    }
}

/* Moves those that were refused for what the first one was. */
static void take_alike(const struct wh_group_batch *batch, struct wh_selection *rows,
                       struct wh_selection *ret)
{
    const struct wh_row_failure *first = batch->failures[rows->rows[0]];
    size_t kept = 0;
    ret->count = 0;
    for (size_t i = 0; i < rows->count; i++) {
        const struct wh_row_failure *failure = batch->failures[rows->rows[i]];
        bool is_alike = strcmp(failure->sqlstate, first->sqlstate) == 0 &&
                        wh_str_equal(failure->cause, first->cause);
        if (is_alike)
            ret->rows[ret->count++] = rows->rows[i];
        else
            rows->rows[kept++] = rows->rows[i];
    }
    rows->count = kept;
}

/* Of most rows that were refused one question for all says that they would be once more. */
static wh_code find_stuck(struct pass *pass, const struct wh_group_batch *batch,
                          struct wh_error *err)
{
    struct wh_selection rows = {.rows = pass->failed};
    struct wh_selection alike = {.rows = pass->alike};
    struct wh_write_request request = {
        .columns = batch->items.targets, .selection = &alike, .results = pass->stuck};
    pass->freed_before = pass->freed;
    select_failed(pass, batch, &rows);
    while (rows.count > 0) {
        const struct wh_row_failure *failure = batch->failures[rows.rows[0]];
        take_alike(batch, &rows, &alike);
        WH_TRY(functions(pass->writing)
                   ->find_stuck(pass->writing->commit.writer, &request, failure->sqlstate,
                                failure->cause, err));
    }
    return WH_OK;
}

static bool is_worth_a_try(const struct pass *pass, const struct wh_group_batch *batch,
                           uint16_t row)
{
    bool has_failed = batch->actions[row] == WH_ACTION_NONE;
    if (!has_failed)
        return pass->is_first;
    return pass->stuck[row] == WH_ROW_NOT_TRIED || pass->freed > pass->freed_before;
}

static wh_code write_batch(struct pass *pass, struct wh_group_batch *batch, struct wh_error *err)
{
    size_t first;
    size_t end;
    wh_part_of_batch(batch, pass->part, &first, &end);
    WH_TRY(find_stuck(pass, batch, err));
    for (size_t i = first; i < end; i++) {
        size_t item = pass->is_backward ? end - 1 - (i - first) : i;
        uint16_t row = batch->items.items[item].row;
        if (row == WH_NO_ROW || !wh_group_is_put_off(batch, row))
            continue;
        if (is_worth_a_try(pass, batch, row))
            WH_TRY(write_row(pass, batch, row, err));
        pass->left += batch->actions[row] == WH_ACTION_NONE;
    }
    return WH_OK;
}

static wh_code write_pass(struct pass *pass, struct wh_error *err)
{
    const struct wh_group *group = pass->group;
    for (size_t i = 0; i < group->batch_count; i++) {
        size_t at = pass->is_backward ? group->batch_count - 1 - i : i;
        if (group->batches[at]->put_off != NULL)
            WH_TRY(write_batch(pass, group->batches[at], err));
    }
    return WH_OK;
}

static void forget_put_off(const struct wh_group *group, const struct wh_group_part *part)
{
    struct wh_part_walk walk = {.group = group, .part = part};
    while (wh_part_walk_on(&walk))
        if (walk.batch->put_off != NULL && walk.row != WH_NO_ROW)
            walk.batch->put_off[walk.row] = WH_ACTION_NONE;
}

wh_code wh_write_put_off(struct wh_writing *writing, struct wh_group *group,
                         const struct wh_group_part *part, struct wh_error *err)
{
    struct pass pass = {.writing = writing, .group = group, .part = part, .is_first = true};
    for (int i = 0; i == 0 || (i < MAX_PASSES && pass.went_in > 0 && pass.left > 0); i++) {
        pass.went_in = 0;
        pass.left = 0;
        WH_TRY(write_pass(&pass, err));
        pass.is_first = false;
        pass.is_backward = !pass.is_backward;
    }
    forget_put_off(group, part);
    return WH_OK;
}
