/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/cast.h"
#include "data/datetime.h"
#include "data/text.h"

/* ---- from text ------------------------------------------------------------------------------ */

/* A kernel that parses each text of its input; @p parse gives the fault. */
#define PARSE_EACH_TEXT(call, parse)                                                               \
    do {                                                                                           \
        WH_EACH_ROW(call, row)                                                                     \
        {                                                                                          \
            struct wh_str text = wh_text_at(&(call)->inputs[0], row);                              \
            wh_call_check((call), row, (parse));                                                   \
        }                                                                                          \
        return WH_OK;                                                                              \
    } while (0)

wh_code wh_cast_text_bool(struct wh_call *call)
{
    PARSE_EACH_TEXT(call, wh_bool_parse(text, &call->result->values.bools[row]));
}

wh_code wh_cast_text_int(struct wh_call *call)
{
    int64_t *result = call->result->values.ints;
    int64_t min = wh_int_min(call->node->type);
    int64_t max = wh_int_max(call->node->type);
    WH_EACH_ROW(call, row)
    {
        struct wh_str text = wh_text_at(&call->inputs[0], row);
        enum wh_fault fault = wh_int_parse(text, &result[row]);
        if (WH_UNLIKELY(fault == WH_FAULT_SYNTAX))
            fault = wh_int_syntax_fault(text, min);
        if (fault == WH_FAULT_NONE && WH_UNLIKELY(result[row] < min || result[row] > max))
            fault = WH_FAULT_RANGE;
        wh_call_check(call, row, fault);
    }
    return WH_OK;
}

wh_code wh_cast_text_float(struct wh_call *call)
{
    double *result = call->result->values.floats;
    if (call->node->type.bits == 32)
        PARSE_EACH_TEXT(call, wh_float_parse(text, &result[row]));
    PARSE_EACH_TEXT(call, wh_double_parse(text, &result[row]));
}

wh_code wh_cast_text_date(struct wh_call *call)
{
    PARSE_EACH_TEXT(call, wh_date_parse(text, &call->result->values.dates[row]));
}

wh_code wh_cast_text_time(struct wh_call *call)
{
    PARSE_EACH_TEXT(call, wh_time_parse(text, &call->result->values.ints[row]));
}

wh_code wh_cast_text_timestamp(struct wh_call *call)
{
    PARSE_EACH_TEXT(call, wh_timestamp_parse(text, &call->result->values.ints[row]));
}

wh_code wh_cast_text_timestamptz(struct wh_call *call)
{
    PARSE_EACH_TEXT(call, wh_timestamptz_parse(text, 0, &call->result->values.ints[row]));
}

wh_code wh_cast_text_interval(struct wh_call *call)
{
    PARSE_EACH_TEXT(call, wh_interval_parse(text, &call->result->values.intervals[row]));
}

wh_code wh_cast_text_bytes(struct wh_call *call)
{
    PARSE_EACH_TEXT(call, wh_bytes_parse(text, call->arena, &call->result->values.texts[row]));
}

/* ---- to text -------------------------------------------------------------------------------- */

wh_code wh_cast_bool_text(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    call->result->values.texts[row] =
        wh_bool_at(&call->inputs[0], row) ? WH_STR("true") : WH_STR("false");
    return WH_OK;
}

static wh_code print_ints(struct wh_call *call)
{
    char *room = NULL;
    WH_TRY(wh_call_bytes(call, call->selection.count * WH_INT_SIZE, &room));
    WH_EACH_ROW(call, row)
    {
        size_t len = wh_int_print(wh_int_at(&call->inputs[0], row), room);
        call->result->values.texts[row] = wh_str_make(room, len);
        room += len;
    }
    return WH_OK;
}

wh_code wh_cast_value_text(struct wh_call *call)
{
    const struct wh_operand *input = &call->inputs[0];
    if (input->column.type.kind == WH_KIND_INT)
        return print_ints(call);
    WH_EACH_ROW(call, row)
    wh_call_check(call, row,
                  wh_value_print(&input->column, row & input->mask, call->arena,
                                 &call->result->values.texts[row]));
    return WH_OK;
}

/* ---- between texts -------------------------------------------------------------------------- */

/* Trailing spaces are no part of a char(n) once it becomes text. */
wh_code wh_cast_unpad(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    call->result->values.texts[row] = wh_unpadded(wh_text_at(&call->inputs[0], row));
    return WH_OK;
}

/* An explicit cast to varchar(n) keeps the first n characters. */
wh_code wh_cast_varchar(struct wh_call *call)
{
    size_t length = (size_t)call->node->type.length;
    WH_EACH_ROW(call, row)
    {
        struct wh_str text = wh_text_at(&call->inputs[0], row);
        if (text.len > length)
            text.len = wh_utf8_offset(text, length);
        call->result->values.texts[row] = text;
    }
    return WH_OK;
}

/* Spaces that bring @p text to @p length characters. */
static size_t missing_spaces(struct wh_str text, size_t length)
{
    size_t characters = wh_utf8_length(text);
    return characters < length ? length - characters : 0;
}

/* char(n) has n characters, always: it is cut or filled up with spaces. */
wh_code wh_cast_char(struct wh_call *call)
{
    size_t length = (size_t)call->node->type.length;
    WH_EACH_ROW(call, row)
    {
        struct wh_str text = wh_text_at(&call->inputs[0], row);
        size_t spaces = missing_spaces(text, length);
        if (spaces == 0) {
            text.len = wh_utf8_offset(text, length);
            call->result->values.texts[row] = text;
            continue;
        }
        char *room = wh_call_room(call, row, text.len + spaces);
        if (room == NULL)
            continue;
        if (text.len > 0)
            memcpy(room, text.ptr, text.len);
        memset(room + text.len, ' ', spaces);
        call->result->values.texts[row] = wh_str_make(room, text.len + spaces);
    }
    return WH_OK;
}
