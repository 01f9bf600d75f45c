/* SPDX-License-Identifier: Apache-2.0 */
#include "write/rows.h"

#include <string.h>

#include "base/error.h"
#include "write/contested.h"

static struct wh_group_batch *batch_of_row(const struct wh_row_write *write, uint16_t row,
                                           uint16_t *ret_row)
{
    if (write->batch != NULL) {
        *ret_row = row;
        return write->batch;
    }
    *ret_row = write->gathered[row].row;
    return write->group->batches[write->gathered[row].batch];
}

static wh_code note_contested(struct wh_group_batch *batch, uint16_t row, struct wh_error *err)
{
    size_t rows = batch->items.source.row_count;
    if (batch->contested.rows == NULL)
        batch->contested.rows = wh_arena_array(&batch->items.source.arena, rows, sizeof(uint16_t));
    if (batch->contested.rows == NULL)
        return wh_error_no_memory(err, rows * sizeof(uint16_t));
    WH_ASSERT(batch->contested.count < rows, err);
    batch->contested.rows[batch->contested.count++] = row;
    return WH_OK;
}

/* A row that the destination refused is a failed item, with the destination's own words. */
static wh_code fail_row(const struct wh_row_write *write, uint16_t row,
                        const struct wh_error *refused, struct wh_error *err)
{
    uint16_t at = 0;
    struct wh_group_batch *batch = batch_of_row(write, row, &at);
    WH_TRY(wh_group_batch_refuse(batch, at, refused, err));
    if (write->kind == WH_WRITE_UPDATE && wh_is_contest(refused->sqlstate))
        return note_contested(batch, at, err);
    return WH_OK;
}

struct wh_write_request wh_row_write_request(const struct wh_row_write *write,
                                             const struct wh_selection *rows)
{
    const struct wh_found *found = write->found;
    return (struct wh_write_request){.kind = write->kind,
                                     .columns = write->columns,
                                     .before = found != NULL ? found->columns : NULL,
                                     .odd = found != NULL ? found->odd : NULL,
                                     .odd_count = found != NULL ? found->odd_count : 0,
                                     .versions = found != NULL ? found->versions : NULL,
                                     .differing = found != NULL ? found->differing : NULL,
                                     .selection = rows,
                                     .puts_off = write->puts_off,
                                     .lets_wait = write->writing->options.lets_wait,
                                     .results = write->results,
                                     .grace = &write->writing->grace,
                                     .most_sent = write->writing->options.most_sent,
                                     .most_sent_ctx = write->writing->options.most_sent_ctx};
}

/* What is left of the rows but for those that the destination put off. */
static wh_code set_put_off_aside(const struct wh_row_write *write, struct wh_selection *rest,
                                 struct wh_error *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < rest->count; i++) {
        uint16_t row = rest->rows[i];
        if (write->results[row] == WH_ROW_PUT_OFF)
            WH_TRY(note_contested(write->batch, row, err));
        else
            rest->rows[kept++] = row;
    }
    rest->count = kept;
    return WH_OK;
}

static wh_code write_all(struct wh_row_write *write, struct wh_error *err)
{
    const struct wh_channel *channel = &write->writing->commit;
    struct wh_selection rest = write->rows;
    while (rest.count > 0) {
        struct wh_write_request request = wh_row_write_request(write, &rest);
        struct wh_error refused = WH_ERROR_NONE;
        wh_code rc = channel->connection->functions->write(channel->writer, &request, &refused);
        bool is_put_off = rc == WH_OK && request.stopped_at < rest.count;
        if (rc == WH_OK && !is_put_off)
            return WH_OK;
        if (rc != WH_OK && (rc != WH_REFUSED || request.stopped_at == 0)) {
            *err = refused;
            return rc;
        }
        if (rc == WH_REFUSED)
            WH_TRY(fail_row(write, rest.rows[request.stopped_at - 1], &refused, err));
        rest.rows += request.stopped_at;
        rest.count -= request.stopped_at;
        if (is_put_off)
            WH_TRY(set_put_off_aside(write, &rest, err));
        if (rest.count > 0)
            WH_TRY(wh_grace_check(request.grace, WH_CANCEL_AFTER_GROUP, err));
    }
    return WH_OK;
}

/* Notes the rows that were not as expected, to be looked at again. */
static void note_missed(const struct wh_row_write *write)
{
    for (size_t i = 0; i < write->rows.count; i++) {
        uint16_t row = write->rows.rows[i];
        if (write->results[row] != WH_ROW_MISSED)
            continue;
        uint16_t at = 0;
        struct wh_group_batch *batch = batch_of_row(write, row, &at);
        batch->missed.rows[batch->missed.count++] = at;
    }
}

wh_code wh_fail_waiting(const struct wh_writing *writing, struct wh_group *group,
                        struct wh_group_batch *batch, uint16_t row, struct wh_error *err)
{
    struct wh_row_failure failure = {.sqlstate = "23503", .waits = true};
    struct wh_error waits = WH_ERROR_NONE;
    wh_error_set(&waits, WH_REFUSED,
                 "refers to a row of '%.*s' that is not there yet: it is tried again behind all "
                 "others",
                 WH_FMT(writing->options.item->definition->into.text));
    WH_TRY(wh_arena_copy(&batch->items.source.arena, wh_str_from(waits.message), &failure.detail,
                         err));
    group->has_waiting = true;
    return wh_group_batch_fail(batch, row, &failure, err);
}

static wh_code fail_all_waiting(const struct wh_row_write *write, struct wh_error *err)
{
    for (size_t i = 0; i < write->rows.count; i++)
        if (write->results[write->rows.rows[i]] == WH_ROW_WAITS)
            WH_TRY(wh_fail_waiting(write->writing, write->group, write->batch, write->rows.rows[i],
                                   err));
    return WH_OK;
}

wh_code wh_write_rows(struct wh_row_write *write, struct wh_error *err)
{
    WH_TRY(write_all(write, err));
    note_missed(write);
    return write->batch != NULL ? fail_all_waiting(write, err) : WH_OK;
}
