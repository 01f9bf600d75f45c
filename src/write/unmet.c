/* SPDX-License-Identifier: Apache-2.0 */
#include "write/unmet.h"

#include <string.h>

#include "base/error.h"

/* One look at all rows of a part. Rows that refer to a refused one are found in the same look
 * where they come behind it, so looks go forward and backward in turns. */
struct look {
    struct wh_writing *writing;
    const struct wh_group_part *part;
    bool is_backward;
    size_t failed;
    uint16_t rows[WH_BATCH_ROWS];
    uint8_t results[WH_BATCH_ROWS];
};

static const struct wh_destination_functions *functions(const struct wh_writing *writing)
{
    return writing->commit.connection->functions;
}

/* Only of rows as they were read by the comparison is it known what they were. */
static bool is_looked_at(const struct wh_group_batch *batch, uint16_t row, enum wh_action action)
{
    if (row == WH_NO_ROW || batch->actions[row] != action)
        return false;
    return action == WH_ACTION_INSERT ||
           (batch->found.columns != NULL && batch->found.is_there[row] != WH_FOUND_NOTHING);
}

static void select_rows(struct look *look, const struct wh_group_batch *batch,
                        enum wh_action action, struct wh_selection *ret)
{
    size_t first;
    size_t end;
    wh_part_of_batch(batch, look->part, &first, &end);
    *ret = (struct wh_selection){.rows = look->rows};
    for (size_t i = first; i < end; i++) {
        size_t item = look->is_backward ? end - 1 - (i - first) : i;
        uint16_t row = batch->items.items[item].row;
        if (is_looked_at(batch, row, action))
            ret->rows[ret->count++] = row;
    }
}

static wh_code look_at_batch(struct look *look, struct wh_group_batch *batch, enum wh_action action,
                             struct wh_error *err)
{
    struct wh_selection rest;
    select_rows(look, batch, action, &rest);
    while (rest.count > 0) {
        WH_TRY(wh_grace_check(&look->writing->grace, WH_CANCEL_AFTER_GROUP, err));
        struct wh_write_request request = {.kind = action == WH_ACTION_INSERT ? WH_WRITE_INSERT
                                                                              : WH_WRITE_UPDATE,
                                           .columns = batch->items.targets,
                                           .before = batch->found.columns,
                                           .odd = batch->found.odd,
                                           .odd_count = batch->found.odd_count,
                                           .selection = &rest,
                                           .results = look->results};
        struct wh_error refused = WH_ERROR_NONE;
        wh_code rc =
            functions(look->writing)->find_unmet(look->writing->commit.writer, &request, &refused);
        if (rc == WH_OK)
            return WH_OK;
        if (rc != WH_REFUSED || request.stopped_at == 0) {
            *err = refused;
            return rc;
        }
        WH_TRY(wh_group_batch_refuse(batch, rest.rows[request.stopped_at - 1], &refused, err));
        look->failed++;
        rest.rows += request.stopped_at;
        rest.count -= request.stopped_at;
    }
    return WH_OK;
}

static wh_code look_at_group(struct look *look, struct wh_group *group, struct wh_error *err)
{
    for (size_t i = 0; i < group->batch_count; i++) {
        size_t at = look->is_backward ? group->batch_count - 1 - i : i;
        WH_TRY(look_at_batch(look, group->batches[at], WH_ACTION_UPDATE, err));
        WH_TRY(look_at_batch(look, group->batches[at], WH_ACTION_INSERT, err));
    }
    return WH_OK;
}

/* Whose fault it is could not be found: the commit would say as little. */
static wh_code refuse(struct wh_error *err)
{
    wh_error_set(err, WH_REFUSED,
                 "a deferred constraint is broken, by a trigger or through another table");
    err->retry = WH_RETRY_ITEM;
    memcpy(err->sqlstate, "23000", sizeof("23000"));
    return WH_REFUSED;
}

wh_code wh_fail_unmet(struct wh_writing *writing, struct wh_group *group,
                      const struct wh_group_part *part, size_t *ret_failed, struct wh_error *err)
{
    struct look look = {.writing = writing, .part = part, .is_backward = true};
    *ret_failed = 0;
    if ((functions(writing)->capabilities & WH_TELLS_UNMET) == 0)
        return WH_OK;
    do {
        bool is_unmet = false;
        WH_TRY(
            functions(writing)->is_unmet(writing->commit.connection->destination, &is_unmet, err));
        if (!is_unmet)
            return WH_OK;
        look.failed = 0;
        look.is_backward = !look.is_backward;
        WH_TRY(look_at_group(&look, group, err));
        *ret_failed += look.failed;
    } while (look.failed > 0);
    return *ret_failed > 0 ? WH_OK : refuse(err);
}
