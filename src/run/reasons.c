/* SPDX-License-Identifier: Apache-2.0 */
#include "run/reasons.h"

#include <stdlib.h>

#include "base/error.h"

void wh_reasons_init(struct wh_reasons *reasons, struct wh_arena *arena)
{
    *reasons = (struct wh_reasons){.arena = arena};
}

void wh_reasons_release(struct wh_reasons *reasons)
{
    free(reasons->items);
    wh_reasons_init(reasons, reasons->arena);
}

static struct wh_reason_count *find(struct wh_reasons *reasons,
                                    const struct wh_failure_record *failure)
{
    for (size_t i = 0; i < reasons->count; i++) {
        struct wh_reason_count *reason = &reasons->items[i];
        if (reason->status == failure->status &&
            wh_str_equal_or_null(reason->stage, failure->stage) &&
            wh_str_equal_or_null(reason->rule, failure->rule) &&
            wh_str_equal_or_null(reason->column, failure->column) &&
            wh_str_equal_or_null(reason->sqlstate, wh_reason_sqlstate(failure)))
            return reason;
    }
    return NULL;
}

static wh_code keep_text(struct wh_reasons *reasons, struct wh_str text, struct wh_str *ret,
                         struct wh_error *err)
{
    *ret = WH_STR_NONE;
    return text.ptr != NULL ? wh_arena_copy(reasons->arena, text, ret, err) : WH_OK;
}

static wh_code add_kind(struct wh_reasons *reasons, const struct wh_failure_record *failure,
                        struct wh_error *err)
{
    if (reasons->count == reasons->capacity) {
        size_t capacity = reasons->capacity > 0 ? reasons->capacity * 2 : 16;
        struct wh_reason_count *grown = reallocarray(reasons->items, capacity, sizeof(*grown));
        if (grown == NULL)
            return wh_error_no_memory(err, capacity * sizeof(*grown));
        reasons->items = grown;
        reasons->capacity = capacity;
    }
    struct wh_reason_count reason = {.status = failure->status, .items = 1};
    WH_TRY(keep_text(reasons, failure->stage, &reason.stage, err));
    WH_TRY(keep_text(reasons, failure->rule, &reason.rule, err));
    WH_TRY(keep_text(reasons, failure->column, &reason.column, err));
    WH_TRY(keep_text(reasons, wh_reason_sqlstate(failure), &reason.sqlstate, err));
    WH_TRY(keep_text(reasons, failure->message, &reason.example_message, err));
    WH_TRY(keep_text(reasons, failure->place, &reason.example_place, err));
    WH_TRY(keep_text(reasons, failure->key, &reason.example_key, err));
    reasons->items[reasons->count++] = reason;
    return WH_OK;
}

wh_code wh_reasons_add(struct wh_reasons *reasons, const struct wh_failure_record *failure,
                       struct wh_error *err)
{
    struct wh_reason_count *reason = find(reasons, failure);
    if (reason != NULL) {
        reason->items++;
        return WH_OK;
    }
    return add_kind(reasons, failure, err);
}

wh_code wh_reasons_take(struct wh_reasons *reasons, struct wh_reason_count **ret, size_t *ret_count,
                        struct wh_error *err)
{
    struct wh_reason_count *taken =
        wh_arena_array(reasons->arena, WH_MAX(reasons->count, 1), sizeof(*taken));
    if (taken == NULL)
        return wh_error_no_memory(err, reasons->count * sizeof(*taken));
    for (size_t i = 0; i < reasons->count; i++)
        taken[i] = reasons->items[i];
    wh_reasons_sort(taken, reasons->count);
    *ret = taken;
    *ret_count = reasons->count;
    return WH_OK;
}
