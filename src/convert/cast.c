/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/cast.h"

#include <math.h>

#include "convert/kernel_json.h"
#include "convert/kernel_list.h"
#include "convert/types.h"
#include "data/datetime.h"
#include "data/text.h"

/* ---- single values -------------------------------------------------------------------------- */

enum wh_fault wh_float_to_real(double value, double *ret)
{
    float rounded = (float)value;
    if (isinf(rounded) && !isinf(value))
        return WH_FAULT_RANGE;
    if (rounded == 0.0F && value != 0.0)
        return WH_FAULT_RANGE;
    *ret = (double)rounded;
    return WH_FAULT_NONE;
}

enum wh_fault wh_float_to_int(double value, struct wh_type type, int64_t *ret)
{
    double rounded = rint(value);
    /* 2^63 is no int64 but the nearest double to the largest one. */
    if (isnan(rounded) || rounded < -0x1p63 || rounded >= 0x1p63)
        return WH_FAULT_RANGE;
    *ret = (int64_t)rounded;
    return wh_int_fits(*ret, type) ? WH_FAULT_NONE : WH_FAULT_RANGE;
}

enum wh_fault wh_numeric_to_real(const struct wh_numeric *value, struct wh_arena *scratch,
                                 double *ret)
{
    char *room = wh_arena_bytes(scratch, wh_numeric_print_size(value));
    if (room == NULL)
        return WH_FAULT_NO_MEMORY;
    return wh_float_parse(wh_str_make(room, wh_numeric_print(value, room)), ret);
}

enum wh_fault wh_date_to_timestamp(int32_t days, int64_t *ret)
{
    if (days == WH_DATE_INFINITY)
        *ret = WH_TIMESTAMP_INFINITY;
    else if (days == WH_DATE_MINUS_INFINITY)
        *ret = WH_TIMESTAMP_MINUS_INFINITY;
    else if (days >= WH_TIMESTAMP_END / WH_USECS_PER_DAY)
        return WH_FAULT_DATE_RANGE;
    else
        *ret = days * WH_USECS_PER_DAY;
    return WH_FAULT_NONE;
}

int32_t wh_timestamp_to_date(int64_t usecs)
{
    if (usecs == WH_TIMESTAMP_INFINITY)
        return WH_DATE_INFINITY;
    if (usecs == WH_TIMESTAMP_MINUS_INFINITY)
        return WH_DATE_MINUS_INFINITY;
    int64_t days = usecs / WH_USECS_PER_DAY;
    if (usecs % WH_USECS_PER_DAY < 0)
        days--;
    return (int32_t)days;
}

/* ---- numbers -------------------------------------------------------------------------------- */

wh_code wh_cast_int_int(struct wh_call *call)
{
    int64_t *result = call->result->values.ints;
    int64_t min = wh_int_min(call->node->type);
    int64_t max = wh_int_max(call->node->type);
    WH_EACH_ROW(call, row)
    {
        int64_t value = wh_int_at(&call->inputs[0], row);
        result[row] = value;
        if (WH_UNLIKELY(value < min || value > max))
            wh_call_fault(call, row, WH_FAULT_RANGE);
    }
    return WH_OK;
}

wh_code wh_cast_int_float(struct wh_call *call)
{
    double *result = call->result->values.floats;
    bool is_real = call->node->type.bits == 32;
    WH_EACH_ROW(call, row)
    {
        int64_t value = wh_int_at(&call->inputs[0], row);
        result[row] = is_real ? (double)(float)value : (double)value;
    }
    return WH_OK;
}

/* Applies the scale of numeric(p, s) and refuses what has too many digits before the point. */
static enum wh_fault apply_scale(struct wh_type type, struct wh_arena *arena,
                                 struct wh_numeric *value)
{
    if (!type.has_scale)
        return WH_FAULT_NONE;
    if (value->scale != type.scale || value->form != WH_NUMERIC_SMALL) {
        enum wh_fault fault = wh_numeric_round(value, type.scale, arena, value);
        if (fault != WH_FAULT_NONE)
            return fault;
    }
    return wh_numeric_fits(value, type.precision, type.scale) ? WH_FAULT_NONE : WH_FAULT_RANGE;
}

wh_code wh_cast_int_numeric(struct wh_call *call)
{
    struct wh_numeric *result = call->result->values.numerics;
    WH_EACH_ROW(call, row)
    {
        result[row] = wh_numeric_from_int(wh_int_at(&call->inputs[0], row));
        wh_call_check(call, row, apply_scale(call->node->type, call->arena, &result[row]));
    }
    return WH_OK;
}

wh_code wh_cast_numeric_scale(struct wh_call *call)
{
    struct wh_numeric *result = call->result->values.numerics;
    WH_EACH_ROW(call, row)
    {
        result[row] = *wh_numeric_at(&call->inputs[0], row);
        wh_call_check(call, row, apply_scale(call->node->type, call->arena, &result[row]));
    }
    return WH_OK;
}

wh_code wh_cast_text_numeric(struct wh_call *call)
{
    struct wh_numeric *result = call->result->values.numerics;
    WH_EACH_ROW(call, row)
    {
        enum wh_fault fault =
            wh_numeric_parse(wh_text_at(&call->inputs[0], row), call->arena, &result[row]);
        if (fault == WH_FAULT_NONE)
            fault = apply_scale(call->node->type, call->arena, &result[row]);
        wh_call_check(call, row, fault);
    }
    return WH_OK;
}

wh_code wh_cast_float_numeric(struct wh_call *call)
{
    struct wh_numeric *result = call->result->values.numerics;
    int digits = call->inputs[0].column.type.bits == 32 ? 6 : 15;
    WH_EACH_ROW(call, row)
    {
        enum wh_fault fault = wh_numeric_from_double(wh_float_at(&call->inputs[0], row), digits,
                                                     call->arena, &result[row]);
        if (fault == WH_FAULT_NONE)
            fault = apply_scale(call->node->type, call->arena, &result[row]);
        wh_call_check(call, row, fault);
    }
    return WH_OK;
}

wh_code wh_cast_float_int(struct wh_call *call)
{
    int64_t *result = call->result->values.ints;
    WH_EACH_ROW(call, row)
    wh_call_check(
        call, row,
        wh_float_to_int(wh_float_at(&call->inputs[0], row), call->node->type, &result[row]));
    return WH_OK;
}

wh_code wh_cast_float_real(struct wh_call *call)
{
    double *result = call->result->values.floats;
    WH_EACH_ROW(call, row)
    wh_call_check(call, row, wh_float_to_real(wh_float_at(&call->inputs[0], row), &result[row]));
    return WH_OK;
}

wh_code wh_cast_numeric_int(struct wh_call *call)
{
    int64_t *result = call->result->values.ints;
    WH_EACH_ROW(call, row)
    {
        enum wh_fault fault = wh_numeric_to_int(wh_numeric_at(&call->inputs[0], row), &result[row]);
        if (fault == WH_FAULT_NONE && !wh_int_fits(result[row], call->node->type))
            fault = WH_FAULT_RANGE;
        wh_call_check(call, row, fault);
    }
    return WH_OK;
}

wh_code wh_cast_numeric_float(struct wh_call *call)
{
    double *result = call->result->values.floats;
    bool is_real = call->node->type.bits == 32;
    WH_EACH_ROW(call, row)
    {
        const struct wh_numeric *value = wh_numeric_at(&call->inputs[0], row);
        enum wh_fault fault = is_real ? wh_numeric_to_real(value, call->scratch, &result[row])
                                      : wh_numeric_to_double(value, &result[row]);
        wh_call_check(call, row, fault);
    }
    return WH_OK;
}

wh_code wh_cast_int_bool(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    call->result->values.bools[row] = wh_int_at(&call->inputs[0], row) != 0;
    return WH_OK;
}

wh_code wh_cast_bool_int(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    call->result->values.ints[row] = wh_bool_at(&call->inputs[0], row);
    return WH_OK;
}

/* ---- dates and times ------------------------------------------------------------------------ */

wh_code wh_cast_date_timestamp(struct wh_call *call)
{
    int64_t *result = call->result->values.ints;
    WH_EACH_ROW(call, row)
    wh_call_check(call, row, wh_date_to_timestamp(wh_date_at(&call->inputs[0], row), &result[row]));
    return WH_OK;
}

wh_code wh_cast_timestamp_date(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    call->result->values.dates[row] = wh_timestamp_to_date(wh_int_at(&call->inputs[0], row));
    return WH_OK;
}

/* The time of day of infinity is NULL in PostgreSQL. */
wh_code wh_cast_timestamp_time(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        int64_t usecs = wh_int_at(&call->inputs[0], row);
        if (!wh_timestamp_is_finite(usecs)) {
            wh_call_set_null(call, row);
            continue;
        }
        int64_t time = usecs % WH_USECS_PER_DAY;
        call->result->values.ints[row] = time < 0 ? time + WH_USECS_PER_DAY : time;
    }
    return WH_OK;
}

wh_code wh_cast_time_interval(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    call->result->values.intervals[row] =
        (struct wh_interval){.microseconds = wh_int_at(&call->inputs[0], row)};
    return WH_OK;
}

wh_code wh_cast_interval_time(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        int64_t time = wh_interval_at(&call->inputs[0], row)->microseconds % WH_USECS_PER_DAY;
        call->result->values.ints[row] = time < 0 ? time + WH_USECS_PER_DAY : time;
    }
    return WH_OK;
}

/* ---- which cast ----------------------------------------------------------------------------- */

struct cast {
    char from;
    const char *to; /* letters */
    struct wh_operation operation;
};

#define CAST(cast_from, cast_to, cast_kernel)                                                      \
    {                                                                                              \
        .from = (cast_from), .to = (cast_to), .operation = {                                       \
            .name = "cast",                                                                        \
            .kernel = (cast_kernel),                                                               \
            .style = WH_STYLE_CAST,                                                                \
            .is_cast = true                                                                        \
        }                                                                                          \
    }

static const struct cast casts[] = {
    CAST('4', "2", wh_cast_int_int),
    CAST('8', "24", wh_cast_int_int),
    CAST('2', "fd", wh_cast_int_float),
    CAST('4', "fd", wh_cast_int_float),
    CAST('8', "fd", wh_cast_int_float),
    CAST('2', "n", wh_cast_int_numeric),
    CAST('4', "n", wh_cast_int_numeric),
    CAST('8', "n", wh_cast_int_numeric),
    CAST('4', "b", wh_cast_int_bool),
    CAST('b', "4", wh_cast_bool_int),
    CAST('f', "248", wh_cast_float_int),
    CAST('d', "248", wh_cast_float_int),
    CAST('d', "f", wh_cast_float_real),
    CAST('f', "n", wh_cast_float_numeric),
    CAST('d', "n", wh_cast_float_numeric),
    CAST('n', "248", wh_cast_numeric_int),
    CAST('n', "fd", wh_cast_numeric_float),
    CAST('D', "SZ", wh_cast_date_timestamp),
    CAST('S', "D", wh_cast_timestamp_date),
    CAST('Z', "D", wh_cast_timestamp_date),
    CAST('S', "T", wh_cast_timestamp_time),
    CAST('Z', "T", wh_cast_timestamp_time),
    CAST('T', "I", wh_cast_time_interval),
    CAST('I', "T", wh_cast_interval_time),
    CAST('t', "b", wh_cast_text_bool),
    CAST('t', "248", wh_cast_text_int),
    CAST('t', "fd", wh_cast_text_float),
    CAST('t', "n", wh_cast_text_numeric),
    CAST('t', "D", wh_cast_text_date),
    CAST('t', "T", wh_cast_text_time),
    CAST('t', "S", wh_cast_text_timestamp),
    CAST('t', "Z", wh_cast_text_timestamptz),
    CAST('t', "I", wh_cast_text_interval),
    CAST('t', "y", wh_cast_text_bytes),
    CAST('t', "i", wh_cast_text_uuid),
    CAST('t', "j", wh_cast_text_json),
    CAST('t', "J", wh_cast_text_jsonb),
    CAST('j', "J", wh_cast_text_jsonb),
    CAST('J', "b248fdn", wh_cast_jsonb_value),
    CAST('t', "A", wh_cast_text_list),
    CAST('c', "t", wh_cast_unpad),
    CAST('b', "tc", wh_cast_bool_text),
};

static const struct wh_operation print_operation = {
    .name = "cast", .kernel = wh_cast_value_text, .style = WH_STYLE_CAST, .is_cast = true};

/* Values of these pairs are stored alike: a smallint is a bigint, UTC is the only zone. */
static const char *const alike[] = {"24", "28", "48", "fd", "SZ", "ZS",
                                    "tc", "it", "jt", "Jt", "At", "Jj"};

static const struct wh_operation *find_cast(char from, char to)
{
    for (size_t i = 0; i < WH_COUNT_OF(casts); i++) {
        if (casts[i].from == from && strchr(casts[i].to, to) != NULL)
            return &casts[i].operation;
    }
    return NULL;
}

const struct wh_operation *wh_cast_operation(char from, char to)
{
    for (size_t i = 0; i < WH_COUNT_OF(alike); i++) {
        if (alike[i][0] == from && alike[i][1] == to)
            return NULL;
    }
    const struct wh_operation *operation = find_cast(from, to);
    if (operation == NULL && from == 'c')
        operation = find_cast('t', to); /* through text, spaces and all */
    return operation != NULL ? operation : &print_operation;
}

const struct wh_operation *wh_modifier_operation(struct wh_type type)
{
    static const struct wh_operation cut = {
        .name = "cast", .kernel = wh_cast_varchar, .style = WH_STYLE_CAST, .is_cast = true};
    static const struct wh_operation pad = {
        .name = "cast", .kernel = wh_cast_char, .style = WH_STYLE_CAST, .is_cast = true};
    static const struct wh_operation scale = {
        .name = "cast", .kernel = wh_cast_numeric_scale, .style = WH_STYLE_CAST, .is_cast = true};
    if (type.kind == WH_KIND_NUMERIC && type.has_scale)
        return &scale;
    if (type.kind != WH_KIND_TEXT || type.length == 0)
        return NULL;
    return type.is_padded ? &pad : &cut;
}
