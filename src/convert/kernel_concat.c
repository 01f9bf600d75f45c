/* SPDX-License-Identifier: Apache-2.0 */
/* Joining texts: each result is written once, however many parts it has. */
#include "convert/kernel_text.h"

static char *put(char *at, struct wh_str text)
{
    if (text.len > 0)
        memcpy(at, text.ptr, text.len);
    return at + text.len;
}

static size_t part_len(const struct wh_operand *part, size_t row)
{
    return wh_operand_is_null(part, row) ? 0 : wh_text_at(part, row).len;
}

/* a || ' ' || b, however many parts there are. */
wh_code wh_text_concat(struct wh_call *call)
{
    size_t parts = call->node->input_count;
    WH_EACH_ROW(call, row)
    {
        size_t size = 0;
        for (size_t i = 0; i < parts; i++)
            size += wh_text_at(&call->inputs[i], row).len;
        char *room = wh_call_room(call, row, size);
        if (room == NULL)
            continue;
        char *end = room;
        for (size_t i = 0; i < parts; i++)
            end = put(end, wh_text_at(&call->inputs[i], row));
        wh_call_set_text(call, row, room, size);
    }
    return WH_OK;
}

wh_code wh_text_concat_skip_null(struct wh_call *call)
{
    size_t parts = call->node->input_count;
    WH_EACH_ROW(call, row)
    {
        size_t size = 0;
        for (size_t i = 0; i < parts; i++)
            size += part_len(&call->inputs[i], row);
        char *room = wh_call_room(call, row, size);
        if (room == NULL)
            continue;
        char *end = room;
        for (size_t i = 0; i < parts; i++) {
            if (!wh_operand_is_null(&call->inputs[i], row))
                end = put(end, wh_text_at(&call->inputs[i], row));
        }
        wh_call_set_text(call, row, room, size);
    }
    return WH_OK;
}

/* The parts that are not NULL with the separator, inputs[0], between them. */
static void join_row(struct wh_call *call, size_t row)
{
    struct wh_str separator = wh_text_at(&call->inputs[0], row);
    size_t size = 0;
    size_t present = 0;
    for (size_t i = 1; i < call->node->input_count; i++) {
        present += !wh_operand_is_null(&call->inputs[i], row);
        size += part_len(&call->inputs[i], row);
    }
    size_t separators = 0;
    if (present > 1 && __builtin_mul_overflow(present - 1, separator.len, &separators))
        separators = SIZE_MAX / 2;
    char *room = wh_call_room(call, row, size + separators);
    if (room == NULL)
        return;
    char *end = room;
    for (size_t i = 1; i < call->node->input_count; i++) {
        if (wh_operand_is_null(&call->inputs[i], row))
            continue;
        end = put(end, wh_text_at(&call->inputs[i], row));
        if (--present > 0)
            end = put(end, separator);
    }
    wh_call_set_text(call, row, room, size + separators);
}

wh_code wh_text_concat_ws(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        if (wh_operand_is_null(&call->inputs[0], row))
            wh_call_set_null(call, row);
        else
            join_row(call, row);
    }
    return WH_OK;
}

/* ---- counting ------------------------------------------------------------------------------- */

static int64_t count_nulls(const struct wh_call *call, size_t row)
{
    int64_t nulls = 0;
    for (size_t i = 0; i < call->node->input_count; i++)
        nulls += wh_operand_is_null(&call->inputs[i], row);
    return nulls;
}

wh_code wh_count_nulls(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    call->result->values.ints[row] = count_nulls(call, row);
    return WH_OK;
}

wh_code wh_count_nonnulls(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    call->result->values.ints[row] = (int64_t)call->node->input_count - count_nulls(call, row);
    return WH_OK;
}
