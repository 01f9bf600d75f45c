/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of a group that goes in without refusals have one version, those that were updated
 * another one: one row tells it for all. Of rows that took several tries only the last ones have
 * the version that is marked; the others are compared by the next run as if there were no marks.
 */
#include "write/mark.h"

/* So many rows are compared sooner than their version is asked for, kept and looked for. */
enum { WORTH_MARKING = 256 };

/* The last row of the part that has the status; false where there is none. */
static bool find_last(const struct wh_group *group, const struct wh_group_part *part,
                      enum wh_item_status status, struct wh_group_batch **ret, uint16_t *ret_row)
{
    for (size_t i = group->batch_count; i > 0; i--) {
        struct wh_group_batch *batch = group->batches[i - 1];
        size_t first;
        size_t end;
        wh_part_of_batch(batch, part, &first, &end);
        for (size_t item = end; item > first; item--) {
            uint16_t row = batch->items.items[item - 1].row;
            if (row == WH_NO_ROW || batch->statuses[row] != status)
                continue;
            *ret = batch;
            *ret_row = row;
            return true;
        }
    }
    return false;
}

static wh_code read_version(const struct wh_channel *commit, struct wh_group_batch *batch,
                            uint16_t row, int64_t *versions, size_t *count, struct wh_error *err)
{
    struct wh_found found = {.only_versions = true,
                             .are_newest = batch->statuses[row] == WH_STATUS_INSERTED};
    struct wh_selection one = {.rows = &row, .count = 1};
    WH_TRY(commit->connection->functions->fetch(commit->writer, batch->items.targets, &one,
                                                &batch->items.source.arena, &found, err));
    bool is_told = found.versions != NULL && found.is_there[row] != WH_FOUND_NOTHING;
    if (is_told)
        versions[(*count)++] = found.versions[row];
    return WH_OK;
}

wh_code wh_mark_part(struct wh_writing *writing, struct wh_group *group,
                     const struct wh_group_part *part, const struct wh_counts *counts,
                     struct wh_error *err)
{
    const struct wh_destination_functions *functions = writing->commit.connection->functions;
    const struct {
        enum wh_item_status status;
        uint64_t count;
    } written[WH_MARK_VERSIONS] = {{WH_STATUS_INSERTED, counts->inserted},
                                   {WH_STATUS_UPDATED, counts->updated}};
    int64_t versions[WH_MARK_VERSIONS];
    size_t count = 0;
    writing->segment.mark = WH_STR_NONE;
    for (size_t i = 0; functions->mark != NULL && i < WH_MARK_VERSIONS; i++) {
        struct wh_group_batch *batch = NULL;
        uint16_t row = 0;
        if (written[i].count >= WORTH_MARKING &&
            find_last(group, part, written[i].status, &batch, &row))
            WH_TRY(read_version(&writing->commit, batch, row, versions, &count, err));
    }
    if (count == 0)
        return WH_OK;
    return functions->mark(writing->commit.writer, versions, count,
                           &group->batches[0]->items.source.arena, &writing->segment.mark, err);
}
