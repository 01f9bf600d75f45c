/* SPDX-License-Identifier: Apache-2.0 */
#include "write/insert_together.h"

#include <stdlib.h>
#include <string.h>

#include "base/copy.h"
#include "base/error.h"
#include "write/rows.h"

struct wh_gathering {
    struct wh_arena arena;
    struct wh_column *columns;
    struct wh_insert_row *rows;
    uint16_t *selection;
    uint8_t *results;
    size_t count;
    size_t capacity;
    bool is_ready; /* the columns hold the rows of the whole group as prepared */
};

/* The part that is being inserted. */
struct insertion {
    struct wh_writing *writing;
    struct wh_group *group;
    const struct wh_group_part *part;
    struct wh_gathering *gathering;
    size_t most;                   /* at once */
    struct wh_insert_row *waiting; /* for other rows of the table; NULL: there was none yet */
    size_t waiting_count;
};

/* How many the destination takes. */
static size_t rows_at_once(const struct wh_writing *writing)
{
    unsigned capabilities = writing->commit.connection->functions->capabilities;
    return (capabilities & WH_INSERTS_MANY) != 0 ? WH_INSERT_ROWS : WH_BATCH_ROWS;
}

bool wh_insert_brings_together(const struct wh_writing *writing, const struct wh_group *group)
{
    bool takes_many = rows_at_once(writing) > WH_BATCH_ROWS;
    return group->inserts.count > 0 || (takes_many && group->batch_count > 1);
}

/* ---- room ------------------------------------------------------------------------------------ */

void wh_gathering_free(struct wh_gathering *gathering)
{
    if (gathering == NULL)
        return;
    wh_arena_release(&gathering->arena);
    free(gathering);
}

static wh_code make_columns(const struct wh_item_plan *item, struct wh_gathering *gathering,
                            struct wh_error *err)
{
    gathering->columns =
        wh_arena_array(&gathering->arena, item->target_count, sizeof(*gathering->columns));
    if (gathering->columns == NULL)
        return wh_error_no_memory(err, item->target_count * sizeof(*gathering->columns));
    for (size_t i = 0; i < item->target_count; i++) {
        struct wh_column *column = &gathering->columns[i];
        WH_TRY(wh_column_init(column, item->targets[i].type, gathering->capacity, &gathering->arena,
                              err));
        WH_TRY(wh_column_need_long_validity(column, gathering->capacity, &gathering->arena, err));
    }
    return WH_OK;
}

static wh_code new_gathering(const struct wh_item_plan *item, size_t rows,
                             struct wh_gathering **ret, struct wh_error *err)
{
    struct wh_gathering *gathering = calloc(1, sizeof(*gathering));
    *ret = gathering;
    if (gathering == NULL)
        return wh_error_no_memory(err, sizeof(*gathering));
    struct wh_arena *arena = &gathering->arena;
    wh_arena_init(arena);
    gathering->capacity = rows;
    gathering->rows = wh_arena_array(arena, rows, sizeof(*gathering->rows));
    gathering->selection = wh_arena_array(arena, rows, sizeof(*gathering->selection));
    gathering->results = wh_arena_array(arena, rows, 1);
    if (gathering->rows == NULL || gathering->selection == NULL || gathering->results == NULL)
        return wh_error_no_memory(err, rows * sizeof(*gathering->rows));
    for (size_t i = 0; i < rows; i++)
        gathering->selection[i] = (uint16_t)i;
    return make_columns(item, gathering, err);
}

/* Memory that is new for each group would be as dear as what is done in it. */
static wh_code need_room(struct insertion *insertion, struct wh_error *err)
{
    struct wh_writing *writing = insertion->writing;
    size_t items = WH_MAX(insertion->group->item_count, 1);
    insertion->most = WH_MIN(items, rows_at_once(writing));
    if (writing->gathering == NULL || writing->gathering->capacity < insertion->most) {
        wh_gathering_free(writing->gathering);
        writing->gathering = NULL;
        size_t rows = WH_MIN(items + items / 4, rows_at_once(writing));
        WH_TRY(new_gathering(writing->options.item, rows, &writing->gathering, err));
    }
    insertion->gathering = writing->gathering;
    insertion->gathering->count = 0;
    insertion->gathering->is_ready = false;
    return WH_OK;
}

/* ---- gathering ------------------------------------------------------------------------------- */

/* Fills one column with the values of the gathered rows. */
static void gather_column(const struct insertion *insertion, size_t target)
{
    const struct wh_gathering *gathering = insertion->gathering;
    struct wh_column *to = &gathering->columns[target];
    size_t size = wh_kind_size(to->type.kind);
    for (size_t i = 0; i < gathering->count; i++) {
        const struct wh_insert_row *at = &gathering->rows[i];
        const struct wh_column *from = &insertion->group->batches[at->batch]->items.targets[target];
        if (wh_column_is_null(from, at->row)) {
            wh_column_set_null(to, i);
            continue;
        }
        wh_column_set_valid(to, i);
        wh_copy_value((char *)to->values.any + i * size,
                      (const char *)from->values.any + at->row * size, size);
    }
}

static void gather_columns(const struct insertion *insertion)
{
    for (size_t i = 0; i < insertion->writing->options.item->target_count; i++)
        gather_column(insertion, i);
}

/* Rows that wait may find what they wait for when all pieces were written. */
static wh_code keep_waiting(struct insertion *insertion, const struct wh_row_write *write,
                            struct wh_error *err)
{
    size_t items = insertion->group->item_count;
    size_t count = insertion->writing->options.lets_wait ? write->rows.count : 0;
    for (size_t i = 0; i < count; i++) {
        if (write->results[i] != WH_ROW_WAITS)
            continue;
        if (insertion->waiting == NULL)
            insertion->waiting = wh_arena_array(&insertion->group->batches[0]->items.source.arena,
                                                items, sizeof(*insertion->waiting));
        if (insertion->waiting == NULL)
            return wh_error_no_memory(err, items * sizeof(*insertion->waiting));
        insertion->waiting[insertion->waiting_count++] = write->gathered[i];
    }
    return WH_OK;
}

static wh_code insert_gathered(struct insertion *insertion, struct wh_error *err)
{
    struct wh_gathering *gathering = insertion->gathering;
    bool is_ready = gathering->is_ready;
    gathering->is_ready = false;
    if (gathering->count == 0)
        return WH_OK;
    if (!is_ready)
        gather_columns(insertion);
    memset(gathering->results, 0, gathering->count);
    struct wh_row_write write = {.writing = insertion->writing,
                                 .group = insertion->group,
                                 .kind = WH_WRITE_INSERT,
                                 .columns = gathering->columns,
                                 .rows = {.rows = gathering->selection, .count = gathering->count},
                                 .results = gathering->results,
                                 .gathered = gathering->rows};
    gathering->count = 0;
    WH_TRY(wh_write_rows(&write, err));
    return keep_waiting(insertion, &write, err);
}

static wh_code gather(struct insertion *insertion, const struct wh_insert_row *row,
                      struct wh_error *err)
{
    struct wh_gathering *gathering = insertion->gathering;
    if (gathering->count == insertion->most)
        WH_TRY(insert_gathered(insertion, err));
    gathering->rows[gathering->count++] = *row;
    return WH_OK;
}

static bool is_in_part(const struct insertion *insertion, const struct wh_insert_row *at)
{
    const struct wh_group_batch *batch = insertion->group->batches[at->batch];
    size_t item = batch->first_item + batch->item_of_row[at->row];
    return batch->actions[at->row] == WH_ACTION_INSERT && !wh_group_is_put_off(batch, at->row) &&
           item >= insertion->part->first && item < insertion->part->end;
}

static wh_code gather_in_order(struct insertion *insertion, struct wh_error *err)
{
    const struct wh_insert_order *order = &insertion->group->inserts;
    for (size_t i = 0; i < order->count; i++) {
        size_t at = insertion->group->from_last_key ? order->count - 1 - i : i;
        if (is_in_part(insertion, &order->rows[at]))
            WH_TRY(gather(insertion, &order->rows[at], err));
    }
    return WH_OK;
}

static wh_code gather_batch(struct insertion *insertion, uint32_t index, struct wh_error *err)
{
    const struct wh_group_batch *batch = insertion->group->batches[index];
    size_t first;
    size_t end;
    wh_part_of_batch(batch, insertion->part, &first, &end);
    for (size_t item = first; item < end; item++) {
        struct wh_insert_row row = {.batch = index, .row = batch->items.items[item].row};
        if (row.row != WH_NO_ROW && batch->actions[row.row] == WH_ACTION_INSERT &&
            !wh_group_is_put_off(batch, row.row))
            WH_TRY(gather(insertion, &row, err));
    }
    return WH_OK;
}

static bool inserts_any(const struct wh_group *group)
{
    for (size_t i = 0; i < group->batch_count; i++) {
        const struct wh_group_batch *batch = group->batches[i];
        if (memchr(batch->actions, WH_ACTION_INSERT, batch->items.source.row_count) != NULL)
            return true;
    }
    return false;
}

/* All rows of the part, in pieces that the destination takes at once but for the last one,
 * which is left. */
static wh_code gather_part(struct insertion *insertion, struct wh_error *err)
{
    struct wh_group *group = insertion->group;
    WH_TRY(need_room(insertion, err));
    if (group->inserts.count > 0)
        return gather_in_order(insertion, err);
    for (size_t i = 0; i < group->batch_count; i++)
        WH_TRY(gather_batch(insertion, (uint32_t)i, err));
    return WH_OK;
}

wh_code wh_insert_gather(struct wh_writing *writing, struct wh_group *group, struct wh_error *err)
{
    struct wh_group_part all = {.first = 0, .end = group->item_count};
    struct insertion insertion = {.writing = writing, .group = group, .part = &all};
    if (writing->gathering != NULL)
        writing->gathering->is_ready = false;
    if (!wh_insert_brings_together(writing, group) || group->item_count >= rows_at_once(writing) ||
        !inserts_any(group))
        return WH_OK;
    WH_TRY(gather_part(&insertion, err));
    gather_columns(&insertion);
    insertion.gathering->is_ready = true;
    return WH_OK;
}

static wh_code fail_waiting(const struct insertion *insertion, struct wh_error *err)
{
    struct wh_group *group = insertion->group;
    for (size_t i = 0; i < insertion->waiting_count; i++) {
        const struct wh_insert_row *at = &insertion->waiting[i];
        WH_TRY(wh_fail_waiting(insertion->writing, group, group->batches[at->batch], at->row, err));
    }
    return WH_OK;
}

/* Those of one piece wait for no other one's. */
static wh_code insert_waiting(struct insertion *insertion, size_t rows, struct wh_error *err)
{
    for (size_t before = SIZE_MAX; rows > insertion->most && insertion->waiting_count > 0 &&
                                   insertion->waiting_count < before;
         rows = before) {
        before = insertion->waiting_count;
        insertion->waiting_count = 0;
        for (size_t i = 0; i < before; i++)
            WH_TRY(gather(insertion, &insertion->waiting[i], err));
        WH_TRY(insert_gathered(insertion, err));
    }
    return fail_waiting(insertion, err);
}

wh_code wh_insert_together(struct wh_writing *writing, struct wh_group *group,
                           const struct wh_group_part *part, struct wh_error *err)
{
    struct insertion insertion = {
        .writing = writing, .group = group, .part = part, .most = group->item_count};
    bool is_whole = part->first == 0 && part->end == group->item_count;
    if (!inserts_any(group))
        return WH_OK;
    if (writing->gathering != NULL && writing->gathering->is_ready && is_whole)
        insertion.gathering = writing->gathering;
    else
        WH_TRY(gather_part(&insertion, err));
    WH_TRY(insert_gathered(&insertion, err));
    return insert_waiting(&insertion, group->item_count, err);
}
