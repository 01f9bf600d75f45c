/* SPDX-License-Identifier: Apache-2.0 */
/* (a, b) OVERLAPS (c, d): two spans of time, each from a moment to another or for an interval. */
#include "convert/cast.h"
#include "convert/kernel_time.h"
#include "data/datetime.h"

enum answer { IS_FALSE, IS_TRUE, IS_NULL };

/* In order; one end may not be known. */
struct span {
    int64_t start;
    int64_t end;
    bool has_end;
};

static enum wh_fault add_length(int64_t start, const struct wh_interval *length, enum wh_kind kind,
                                int64_t *ret)
{
    *ret = start;
    if (kind == WH_KIND_TIME) {
        *ret = wh_time_move(start, length->microseconds);
        return WH_FAULT_NONE;
    }
    return wh_timestamp_is_finite(start) ? wh_timestamp_add(start, length, ret) : WH_FAULT_NONE;
}

/* The span of the inputs @p first and the one behind it; false where nothing is known of it. */
static bool read_span(struct wh_call *call, size_t row, size_t first, struct span *ret)
{
    const struct wh_operand *start = &call->inputs[first];
    const struct wh_operand *end = &call->inputs[first + 1];
    bool has_start = !wh_operand_is_null(start, row);
    bool is_length = end->column.type.kind == WH_KIND_INTERVAL;
    ret->has_end = !wh_operand_is_null(end, row) && (has_start || !is_length);
    ret->start = has_start ? wh_int_at(start, row) : 0;
    if (ret->has_end && is_length)
        wh_call_check(
            call, row,
            add_length(ret->start, wh_interval_at(end, row), start->column.type.kind, &ret->end));
    else if (ret->has_end)
        ret->end = wh_int_at(end, row);
    if (!has_start) {
        ret->start = ret->end;
        bool is_known = ret->has_end;
        ret->has_end = false;
        return is_known;
    }
    if (ret->has_end && ret->start > ret->end) {
        int64_t later = ret->start;
        ret->start = ret->end;
        ret->end = later;
    }
    return true;
}

/* The one that starts later overlaps where it starts before the other ends. */
static enum answer compare(const struct span *a, const struct span *b)
{
    const struct span *later = a->start > b->start ? a : b;
    const struct span *earlier = a->start > b->start ? b : a;
    if (a->start == b->start)
        return a->has_end && b->has_end ? IS_TRUE : IS_NULL;
    if (!earlier->has_end)
        return IS_NULL;
    if (later->start < earlier->end)
        return IS_TRUE;
    return later->has_end ? IS_FALSE : IS_NULL;
}

wh_code wh_spans_overlap(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        struct span a = {.start = 0};
        struct span b = {.start = 0};
        bool is_known = read_span(call, row, 0, &a);
        is_known &= read_span(call, row, 2, &b);
        enum answer answer = is_known ? compare(&a, &b) : IS_NULL;
        call->result->values.bools[row] = answer == IS_TRUE;
        if (answer == IS_NULL)
            wh_call_set_null(call, row);
    }
    return WH_OK;
}
