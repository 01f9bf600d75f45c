/* SPDX-License-Identifier: Apache-2.0 */
#include "write/diff.h"

#include <string.h>

#include "base/error.h"
#include "data/hash.h"
#include "data/text.h"
#include "write/compare.h"
#include "write/earlier.h"
#include "write/images.h"

/* Rows whose state is brought near before they are looked at:
 * of a whole batch's the first would be gone again. */
enum { ROWS_AHEAD = 128 };

/* What comparing one row takes: kept from one to the next. */
#define ROW_KEPT ((size_t)64 << 10)

/* One comparison of a selection of rows. */
struct diff {
    struct wh_writing *writing;
    struct wh_group_batch *batch;
    struct wh_arena *arena; /* the batch's */
    const struct wh_selection *selection;
    struct wh_found *found;
    uint8_t *differs; /* by row, of rows that are there */
    uint8_t *clashes; /* likewise: 1 where its match values are not the row's own */
    bool is_again;    /* inside the transaction that writes the group */
};

static void act(struct wh_group_batch *batch, uint16_t row, enum wh_action action)
{
    static const uint8_t statuses[] = {[WH_ACTION_NONE] = WH_STATUS_UNCHANGED,
                                       [WH_ACTION_INSERT] = WH_STATUS_INSERTED,
                                       [WH_ACTION_UPDATE] = WH_STATUS_UPDATED};
    batch->actions[row] = (uint8_t)action;
    batch->statuses[row] = statuses[action];
}

/* The text of a value that is there, also of one that its column's type cannot hold. */
static wh_code found_text(const struct diff *diff, uint16_t row, size_t target,
                          struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    const struct wh_column *column = diff->found->is_there[row] == WH_FOUND_SAME
                                         ? &diff->batch->items.targets[target]
                                         : &diff->found->columns[target];
    const struct wh_odd_value *odd = diff->found->is_there[row] == WH_FOUND_ODD_ROW
                                         ? wh_found_odd(diff->found, row, target)
                                         : NULL;
    if (odd != NULL) {
        *ret = odd->text;
        return WH_OK;
    }
    *ret = WH_STR_NONE;
    if (wh_column_is_null(column, row))
        return WH_OK;
    if (wh_value_print(column, row, arena, ret) != WH_FAULT_NONE)
        return wh_error_no_memory(err, WH_DOUBLE_SIZE);
    if (ret->ptr == NULL)
        *ret = WH_STR("");
    return WH_OK;
}

static wh_code found_texts(const struct diff *diff, uint16_t row, struct wh_arena *arena,
                           struct wh_str **ret, struct wh_error *err)
{
    size_t count = diff->writing->options.item->target_count;
    struct wh_str *values = wh_arena_array(arena, count, sizeof(*values));
    if (values == NULL)
        return wh_error_no_memory(err, count * sizeof(*values));
    for (size_t i = 0; i < count; i++)
        WH_TRY(found_text(diff, row, i, arena, &values[i], err));
    *ret = values;
    return WH_OK;
}

/* ---- whose row it is ------------------------------------------------------------------------- */

static wh_code fail_owned(const struct diff *diff, uint16_t row, struct wh_str item,
                          struct wh_str owner, struct wh_error *err)
{
    struct wh_str detail;
    struct wh_str key = diff->batch->items.keys[row];
    WH_TRY(wh_arena_format(diff->arena, &detail, err,
                           "the row belongs to item '%.*s' of '%.*s'; item '%.*s' may not take it",
                           WH_FMT(owner), WH_FMT(item), WH_FMT(key)));
    return wh_group_batch_fail(
        diff->batch, row,
        &(struct wh_row_failure){.detail = detail, .sqlstate = "", .cause = WH_STR("ownership")},
        err);
}

/* Fails a row that another item of this item type wrote: its key gives the same match values. */
static wh_code check_own_type(const struct diff *diff, uint16_t row,
                              const struct wh_state_entry *entry, bool *ret_failed,
                              struct wh_error *err)
{
    const struct wh_item_plan *item = diff->writing->options.item;
    uint64_t key_hash = wh_hash_bytes(diff->batch->items.keys[row], WH_STATE_KEY_SEED);
    *ret_failed = !item->key_is_match && entry->owner != 0 && entry->owner != key_hash;
    if (!*ret_failed)
        return WH_OK;
    struct wh_str owner;
    WH_TRY(wh_row_owner(diff->writing, entry, diff->arena, &owner, err));
    return fail_owned(diff, row, item->definition->name, owner, err);
}

/* Fails a row that another item type wrote. */
static wh_code check_other_types(const struct diff *diff, uint16_t row, uint64_t hash,
                                 bool *ret_failed, struct wh_error *err)
{
    const struct wh_writing_options *options = &diff->writing->options;
    *ret_failed = false;
    for (size_t i = 0; i < options->other_count; i++) {
        struct wh_state_entry entry;
        if (!wh_state_find(options->others[i].state, hash, false, &entry))
            continue;
        *ret_failed = true;
        struct wh_str owner;
        WH_TRY(wh_row_owner(diff->writing, &entry, diff->arena, &owner, err));
        return fail_owned(diff, row, options->others[i].item, owner, err);
    }
    return WH_OK;
}

/* ---- rows that are there --------------------------------------------------------------------- */

static wh_code decide_drift(const struct diff *diff, uint16_t row,
                            const struct wh_state_entry *entry, struct wh_error *err)
{
    struct wh_present_row present = {.entry = entry, .key = diff->batch->items.keys[row]};
    struct wh_arena *scratch = &diff->writing->scratch;
    struct wh_str *values = NULL;
    bool has_drifted = false;
    struct wh_str detail;
    wh_arena_reset(scratch, ROW_KEPT);
    WH_TRY(found_texts(diff, row, scratch, &values, err));
    present.values = values;
    WH_TRY(wh_row_has_drifted(diff->writing, &present, scratch, &has_drifted, &detail, err));
    enum wh_drift drift = diff->writing->options.item->definition->drift;
    if (!has_drifted || drift == WH_DRIFT_OVERWRITE) {
        act(diff->batch, row, WH_ACTION_UPDATE);
    } else if (drift == WH_DRIFT_KEEP) {
        diff->batch->actions[row] = WH_ACTION_NONE;
        diff->batch->statuses[row] = WH_STATUS_SKIPPED;
    } else {
        WH_TRY(wh_arena_copy(diff->arena, detail, &detail, err));
        return wh_group_batch_fail(
            diff->batch, row,
            &(struct wh_row_failure){.detail = detail, .sqlstate = "", .cause = WH_STR("drift")},
            err);
    }
    return WH_OK;
}

static wh_code decide_own(const struct diff *diff, uint16_t row, const struct wh_state_entry *entry,
                          struct wh_error *err)
{
    bool failed = false;
    WH_TRY(check_own_type(diff, row, entry, &failed, err));
    if (failed)
        return WH_OK;
    diff->batch->is_known[row] = entry->source_hash == diff->batch->items.source_hashes[row];
    if (diff->differs[row])
        return decide_drift(diff, row, entry, err);
    act(diff->batch, row, WH_ACTION_NONE);
    return WH_OK;
}

/* Another row has what identifies this one. */
static wh_code fail_kept_out(const struct diff *diff, uint16_t row, struct wh_str cause,
                             struct wh_str detail, struct wh_error *err)
{
    return wh_group_batch_fail(
        diff->batch, row,
        &(struct wh_row_failure){.detail = detail, .sqlstate = "23505", .cause = cause}, err);
}

/* A row that no earlier run of this item type wrote: somebody else's, or another item type's. */
static wh_code decide_foreign(const struct diff *diff, uint16_t row, uint64_t hash,
                              struct wh_error *err)
{
    bool failed = false;
    WH_TRY(check_other_types(diff, row, hash, &failed, err));
    if (failed)
        return WH_OK;
    if (diff->writing->options.item->definition->mode == WH_MODE_INSERT)
        return fail_kept_out(diff, row, WH_STR("mode"),
                             WH_STR("the row is there already, and wherry did not write it (mode: "
                                    "insert)"),
                             err);
    act(diff->batch, row, diff->differs[row] ? WH_ACTION_UPDATE : WH_ACTION_NONE);
    return WH_OK;
}

/* The hash that a state knows the row by that is there. */
static wh_code found_hash(const struct diff *diff, uint16_t row, uint64_t *ret,
                          struct wh_error *err)
{
    const struct wh_item_plan *item = diff->writing->options.item;
    struct wh_str *values = wh_arena_array(diff->arena, item->match_count, sizeof(*values));
    if (values == NULL)
        return wh_error_no_memory(err, item->match_count * sizeof(*values));
    for (size_t i = 0; i < item->match_count; i++)
        WH_TRY(found_text(diff, row, item->match[i], diff->arena, &values[i], err));
    *ret = wh_hash_values(values, item->match_count, WH_STATE_ROW_SEED);
    return WH_OK;
}

/* The destination takes its row for this one's, though their match values differ: its equality is
 * wider (a collation, -0). The item that wrote it keeps it; where the state does not know one
 * while the group is written, that is an item of this group. */
static wh_code decide_clash(const struct diff *diff, uint16_t row, struct wh_error *err)
{
    uint64_t hash = 0;
    struct wh_state_entry entry;
    WH_TRY(found_hash(diff, row, &hash, err));
    if (wh_state_find(diff->writing->options.state, hash, false, &entry)) {
        struct wh_str owner;
        WH_TRY(wh_row_owner(diff->writing, &entry, diff->arena, &owner, err));
        return fail_owned(diff, row, diff->writing->options.item->definition->name, owner, err);
    }
    if (!diff->is_again)
        return decide_foreign(diff, row, hash, err);
    diff->batch->has_clashes = true;
    return fail_kept_out(diff, row, WH_STR("match"),
                         WH_STR("the destination takes what identifies the row for the same as "
                                "another row's, which is there already"),
                         err);
}

static wh_code decide_row(const struct diff *diff, uint16_t row, struct wh_error *err)
{
    struct wh_state_entry entry;
    bool is_ours = wh_state_find(diff->writing->options.state, diff->batch->items.match_hashes[row],
                                 false, &entry);
    if (diff->found->is_there[row] == WH_FOUND_NOTHING) {
        diff->batch->is_put_back[row] = is_ours;
        act(diff->batch, row, WH_ACTION_INSERT);
        return WH_OK;
    }
    if (is_ours)
        return decide_own(diff, row, &entry, err);
    if (diff->clashes[row])
        return decide_clash(diff, row, err);
    return decide_foreign(diff, row, diff->batch->items.match_hashes[row], err);
}

static wh_code decide_rows(const struct diff *diff, struct wh_error *err)
{
    const struct wh_selection *rows = diff->selection;
    for (size_t first = 0; first < rows->count; first += ROWS_AHEAD) {
        struct wh_selection part = {.rows = &rows->rows[first],
                                    .count = WH_MIN(rows->count - first, (size_t)ROWS_AHEAD)};
        wh_state_prefetch(diff->writing->options.state, diff->batch->items.match_hashes, &part);
        for (size_t i = 0; i < part.count; i++)
            WH_TRY(decide_row(diff, part.rows[i], err));
    }
    return WH_OK;
}

/* True where a value that is compared is odd: it differs, and is not among the columns. */
static bool is_compared_odd(const struct diff *diff, uint16_t row)
{
    bool is_odd = false;
    for (size_t i = 0; i < diff->writing->compared_count && !is_odd; i++)
        is_odd = wh_found_odd(diff->found, row, diff->writing->compared[i]) != NULL;
    return is_odd;
}

static wh_code mark_differences(const struct diff *diff, struct wh_error *err)
{
    struct wh_selection there = {
        .rows = wh_arena_array(diff->arena, WH_MAX(diff->selection->count, 1), sizeof(uint16_t))};
    const struct wh_item_plan *item = diff->writing->options.item;
    diff->found->differing =
        wh_arena_array(diff->arena, WH_MAX(item->target_count, 1), sizeof(bool));
    if (there.rows == NULL || diff->found->differing == NULL)
        return wh_error_no_memory(err, diff->selection->count * sizeof(uint16_t));
    for (size_t i = 0; i < diff->selection->count; i++) {
        uint16_t row = diff->selection->rows[i];
        if (diff->found->is_there[row] == WH_FOUND_ODD_ROW && is_compared_odd(diff, row))
            diff->differs[row] = 1;
        else if (diff->found->is_there[row] == WH_FOUND_ROW ||
                 diff->found->is_there[row] == WH_FOUND_ODD_ROW)
            there.rows[there.count++] = row;
    }
    for (size_t i = 0; i < diff->writing->compared_count; i++) {
        size_t target = diff->writing->compared[i];
        bool any = wh_columns_differ(&diff->batch->items.targets[target],
                                     &diff->found->columns[target], &there, diff->differs);
        /* An odd value differs, and is not among the columns. */
        diff->found->differing[target] = any || diff->found->odd_count > 0;
    }
    for (size_t i = 0; i < item->match_count; i++)
        wh_columns_read_differently(&diff->batch->items.targets[item->match[i]],
                                    &diff->found->columns[item->match[i]], &there, diff->clashes);
    return WH_OK;
}

/* What is wanted of a row that is there. */
enum keeping {
    KEEP_NOTHING,
    KEEP_INSERT_ONLY, /* all else of an unchanged row's after image is what it was asked with */
    KEEP_ALL
};

static enum keeping what_to_keep(const struct diff *diff, uint16_t row)
{
    const struct wh_writing *writing = diff->writing;
    const struct wh_group_batch *batch = diff->batch;
    uint8_t status = batch->statuses[row];
    if (batch->actions[row] == WH_ACTION_UPDATE || status == WH_STATUS_FAILED ||
        status == WH_STATUS_SKIPPED)
        return KEEP_ALL;
    bool has_insert_only = writing->compared_count < writing->options.item->target_count;
    if (has_insert_only && status == WH_STATUS_UNCHANGED &&
        wh_images_show_unchanged(writing, batch, row))
        return KEEP_INSERT_ONLY;
    return KEEP_NOTHING;
}

static wh_code keep_before(const struct diff *diff, uint16_t row, enum keeping keeping,
                           struct wh_error *err)
{
    const struct wh_item_plan *item = diff->writing->options.item;
    for (size_t i = 0; i < item->target_count; i++) {
        struct wh_column *before = &diff->batch->before[i];
        struct wh_str *value = &before->values.texts[row];
        if (keeping == KEEP_INSERT_ONLY && !item->targets[i].insert_only)
            continue;
        WH_TRY(found_text(diff, row, i, diff->arena, value, err));
        if (value->ptr == NULL)
            wh_column_set_null(before, row);
        else
            wh_column_set_valid(before, row);
    }
    return WH_OK;
}

static wh_code need_before(const struct diff *diff, struct wh_error *err)
{
    size_t count = diff->writing->options.item->target_count;
    if (diff->batch->before != NULL)
        return WH_OK;
    struct wh_column *before = wh_arena_array(diff->arena, count, sizeof(*before));
    if (before == NULL)
        return wh_error_no_memory(err, count * sizeof(*before));
    for (size_t i = 0; i < count; i++) {
        WH_TRY(wh_column_init(&before[i], (struct wh_type){.kind = WH_KIND_TEXT},
                              WH_MAX(diff->batch->items.source.row_count, 1), diff->arena, err));
        WH_TRY(wh_column_need_validity(&before[i], diff->arena, err));
    }
    diff->batch->before = before;
    return WH_OK;
}

wh_code wh_diff_rows(struct wh_writing *writing, const struct wh_channel *channel,
                     struct wh_group_batch *batch, const struct wh_selection *selection,
                     struct wh_found *found, struct wh_error *err)
{
    struct diff diff = {.writing = writing,
                        .batch = batch,
                        .arena = &batch->items.source.arena,
                        .selection = selection,
                        .found = found,
                        .is_again = channel == &writing->commit};
    diff.differs = wh_arena_array(diff.arena, WH_MAX(batch->items.source.row_count, 1), 1);
    diff.clashes = wh_arena_array(diff.arena, WH_MAX(batch->items.source.row_count, 1), 1);
    if (diff.differs == NULL || diff.clashes == NULL)
        return wh_error_no_memory(err, batch->items.source.row_count);
    found->tells_same = true;
    WH_TRY(channel->connection->functions->fetch(channel->writer, batch->items.targets, selection,
                                                 diff.arena, found, err));
    WH_TRY(mark_differences(&diff, err));
    WH_TRY(decide_rows(&diff, err));
    for (size_t i = 0; i < selection->count; i++) {
        uint16_t row = selection->rows[i];
        enum keeping keeping = what_to_keep(&diff, row);
        if (keeping == KEEP_NOTHING)
            continue;
        WH_TRY(need_before(&diff, err));
        WH_TRY(keep_before(&diff, row, keeping, err));
    }
    return WH_OK;
}
