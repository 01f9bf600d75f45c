/* SPDX-License-Identifier: Apache-2.0 */
#include "write/contested.h"

#include <string.h>

#include "base/error.h"
#include "write/rows.h"

/* A chain of rows that is in neither order may take a pass for each of them; where the destination
 * can write them together, that ends it sooner. */
#define MAX_PASSES 16

bool wh_is_contest(const char *sqlstate)
{
    return strcmp(sqlstate, "23505") == 0 || strcmp(sqlstate, "23P01") == 0;
}

struct contest {
    struct wh_writing *writing;
    struct wh_group *group;
};

static size_t count_contested(const struct wh_group *group)
{
    size_t count = 0;
    for (size_t i = 0; i < group->batch_count; i++)
        count += group->batches[i]->contested.count;
    return count;
}

/* The batch's contested rows as updates to be written again, the last one first. */
static wh_code take_contested(const struct contest *contest, struct wh_group_batch *batch,
                              struct wh_row_write *ret, struct wh_error *err)
{
    struct wh_arena *arena = &batch->items.source.arena;
    struct wh_selection *contested = &batch->contested;
    *ret = (struct wh_row_write){
        .writing = contest->writing,
        .group = contest->group,
        .kind = WH_WRITE_UPDATE,
        .columns = batch->items.targets,
        .found = &batch->found,
        .batch = batch,
        .rows = {.rows = wh_arena_array(arena, contested->count, sizeof(uint16_t))},
        .results = wh_arena_array(arena, batch->items.source.row_count, 1)};
    if (ret->rows.rows == NULL || ret->results == NULL)
        return wh_error_no_memory(err, batch->items.source.row_count * sizeof(uint16_t));
    while (contested->count > 0)
        ret->rows.rows[ret->rows.count++] = contested->rows[--contested->count];
    return WH_OK;
}

static wh_code try_batch(const struct contest *contest, struct wh_group_batch *batch,
                         struct wh_error *err)
{
    struct wh_row_write write;
    if (batch->contested.count == 0)
        return WH_OK;
    WH_TRY(wh_grace_check(&contest->writing->grace, WH_CANCEL_AFTER_GROUP, err));
    WH_TRY(take_contested(contest, batch, &write, err));
    for (size_t i = 0; i < write.rows.count; i++)
        wh_group_batch_revive(batch, write.rows.rows[i], WH_ACTION_UPDATE);
    return wh_write_rows(&write, err);
}

/* One pass over all contested rows; they are taken in the other order from one pass to the next. */
static wh_code try_all(const struct contest *contest, bool is_backward, struct wh_error *err)
{
    size_t count = contest->group->batch_count;
    for (size_t i = 0; i < count; i++)
        WH_TRY(try_batch(contest, contest->group->batches[is_backward ? count - 1 - i : i], err));
    return WH_OK;
}

/* ---- together -------------------------------------------------------------------------------- */

/* Why the destination cannot write a row in that way stands behind why it refused it. A row that
 * was put off was not refused yet: it is tried alone, with the others that are contested. */
static wh_code settle_row(const struct wh_row_write *write, uint16_t row,
                          const struct wh_error *refused, struct wh_error *err)
{
    struct wh_group_batch *batch = write->batch;
    if (write->results[row] == WH_ROW_WRITTEN) {
        wh_group_batch_revive(batch, row, WH_ACTION_UPDATE);
        return WH_OK;
    }
    if (write->puts_off) {
        batch->contested.rows[batch->contested.count++] = row;
        return WH_OK;
    }
    if (write->results[row] != WH_ROW_NOT_TRIED)
        return WH_OK;
    WH_ASSERT(batch->failures[row] != NULL, err);
    struct wh_row_failure failure = *batch->failures[row];
    WH_TRY(wh_arena_format(&batch->items.source.arena, &failure.detail, err,
                           "%.*s; exchanged values cannot be written here: %s",
                           WH_FMT(failure.detail), refused->message));
    return wh_group_batch_fail(batch, row, &failure, err);
}

static wh_code settle(const struct wh_row_write *write, const struct wh_error *refused,
                      struct wh_error *err)
{
    for (size_t i = 0; i < write->rows.count; i++)
        WH_TRY(settle_row(write, write->rows.rows[i], refused, err));
    return WH_OK;
}

/* All that is contested, together. With @p puts_off, what cannot be written stays contested,
 * and is to be tried. */
static wh_code exchange(const struct contest *contest, bool puts_off, struct wh_error *err)
{
    const struct wh_channel *channel = &contest->writing->commit;
    struct wh_group *group = contest->group;
    struct wh_arena *arena = &group->batches[0]->items.source.arena;
    struct wh_row_write *writes = wh_arena_array(arena, group->batch_count, sizeof(*writes));
    struct wh_write_request *requests =
        wh_arena_array(arena, group->batch_count, sizeof(*requests));
    size_t count = 0;
    if (writes == NULL || requests == NULL)
        return wh_error_no_memory(err, group->batch_count * sizeof(*writes));
    for (size_t i = 0; i < group->batch_count; i++) {
        if (group->batches[i]->contested.count == 0)
            continue;
        WH_TRY(take_contested(contest, group->batches[i], &writes[count], err));
        writes[count].puts_off = puts_off;
        /* Of rows that want the same value the first one in the source is to have it. */
        wh_selection_sort(&writes[count].rows);
        requests[count] = wh_row_write_request(&writes[count], &writes[count].rows);
        count++;
    }
    struct wh_error refused = WH_ERROR_NONE;
    wh_code rc =
        channel->connection->functions->exchange(channel->writer, requests, count, &refused);
    if (rc != WH_OK && rc != WH_REFUSED) {
        *err = refused;
        return rc;
    }
    for (size_t i = 0; i < count; i++)
        WH_TRY(settle(&writes[i], &refused, err));
    return WH_OK;
}

/* Rows that were put off were not refused. */
static bool any_put_off(const struct wh_group *group)
{
    for (size_t i = 0; i < group->batch_count; i++) {
        const struct wh_group_batch *batch = group->batches[i];
        for (size_t at = 0; at < batch->contested.count; at++)
            if (batch->failures[batch->contested.rows[at]] == NULL)
                return true;
    }
    return false;
}

wh_code wh_write_contested(struct wh_writing *writing, struct wh_group *group, struct wh_error *err)
{
    struct contest contest = {.writing = writing, .group = group};
    size_t before = 0;
    if (any_put_off(group))
        WH_TRY(exchange(&contest, true, err));
    size_t left = count_contested(group);
    for (size_t pass = 0; left > 0 && left != before && pass < MAX_PASSES; pass++) {
        before = left;
        WH_TRY(try_all(&contest, pass % 2 == 0, err));
        left = count_contested(group);
    }
    if (left > 0 && writing->commit.connection->functions->exchange != NULL)
        return exchange(&contest, false, err);
    return WH_OK;
}
