/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/untouched.h"

#include "base/error.h"

/* Rows that stand side by side were mostly written together:
 * @p at is where the one before was found. */
static bool was_written(const struct wh_written_versions *written, int64_t version, size_t *at)
{
    if (*at < written->count && written->versions[*at] == version)
        return true;
    size_t low = 0;
    size_t high = written->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (written->versions[middle] < version)
            low = middle + 1;
        else
            high = middle;
    }
    *at = low;
    return low < written->count && written->versions[low] == version;
}

wh_code wh_keep_untouched(const struct wh_written_versions *written,
                          const struct wh_connection *connection, struct wh_writer *writer,
                          struct wh_item_batch *batch, struct wh_selection *rows,
                          struct wh_error *err)
{
    struct wh_found found = {.only_versions = true};
    size_t asked = rows->count;
    size_t at = 0;
    if (asked == 0)
        return WH_OK;
    WH_TRY(connection->functions->fetch(writer, batch->targets, rows, &batch->source.arena, &found,
                                        err));
    rows->count = 0;
    for (size_t i = 0; i < asked && found.versions != NULL; i++) {
        uint16_t row = rows->rows[i];
        if (found.is_there[row] != WH_FOUND_NOTHING &&
            was_written(written, found.versions[row], &at))
            rows->rows[rows->count++] = row;
    }
    return WH_OK;
}
