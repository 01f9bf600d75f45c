/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/assign.h"

#include <math.h>

#include "base/error.h"
#include "convert/cast.h"
#include "data/datetime.h"
#include "data/text.h"

/* ---- text ----------------------------------------------------------------------------------- */

/* Trailing spaces beyond the length of a char(n) are no part of its value; elsewhere they are. */
static wh_code assign_length(struct wh_call *call)
{
    struct wh_type type = call->node->type;
    size_t length = (size_t)type.length;
    WH_EACH_ROW(call, row)
    {
        struct wh_str text = wh_text_at(&call->inputs[0], row);
        if (text.len > length && wh_utf8_length(text) > length) {
            struct wh_str kept = wh_str_make(text.ptr, wh_utf8_offset(text, length));
            while (type.is_padded && text.len > kept.len && text.ptr[text.len - 1] == ' ')
                text.len--;
            if (text.len > kept.len)
                wh_call_fault(call, row, WH_FAULT_TOO_LONG);
        }
        if (type.is_padded)
            text = wh_utf8_pad(text, length, call->arena);
        if (text.ptr == NULL)
            return wh_error_no_memory(call->err, length);
        call->result->values.texts[row] = text;
    }
    return WH_OK;
}

/* ---- numeric -------------------------------------------------------------------------------- */

/* With a negative scale there are digits before the point that have to be zeros. */
static enum wh_fault keep_whole(struct wh_type type, struct wh_arena *arena,
                                struct wh_numeric *value)
{
    struct wh_numeric rounded;
    enum wh_fault fault = wh_numeric_round(value, type.scale, arena, &rounded);
    if (fault == WH_FAULT_NONE && wh_numeric_compare(&rounded, value) != 0)
        fault = WH_FAULT_SCALE;
    if (fault == WH_FAULT_NONE && !wh_numeric_fits(&rounded, type.precision, type.scale))
        fault = WH_FAULT_RANGE;
    if (fault == WH_FAULT_NONE)
        *value = rounded;
    return fault;
}

static enum wh_fault keep_scale(struct wh_type type, struct wh_arena *arena,
                                struct wh_numeric *value)
{
    if (!type.has_scale)
        return WH_FAULT_NONE;
    if (type.scale < 0)
        return keep_whole(type, arena, value);
    if (value->scale > type.scale && wh_numeric_min_scale(value) > type.scale)
        return WH_FAULT_SCALE;
    if (!wh_numeric_fits(value, type.precision, type.scale))
        return WH_FAULT_RANGE;
    return value->scale == type.scale ? WH_FAULT_NONE
                                      : wh_numeric_round(value, type.scale, arena, value);
}

static wh_code assign_numeric_numeric(struct wh_call *call)
{
    struct wh_numeric *result = call->result->values.numerics;
    WH_EACH_ROW(call, row)
    {
        result[row] = *wh_numeric_at(&call->inputs[0], row);
        wh_call_check(call, row, keep_scale(call->node->type, call->arena, &result[row]));
    }
    return WH_OK;
}

static wh_code assign_text_numeric(struct wh_call *call)
{
    struct wh_numeric *result = call->result->values.numerics;
    WH_EACH_ROW(call, row)
    {
        enum wh_fault fault =
            wh_numeric_parse(wh_text_at(&call->inputs[0], row), call->arena, &result[row]);
        if (fault == WH_FAULT_NONE)
            fault = keep_scale(call->node->type, call->arena, &result[row]);
        wh_call_check(call, row, fault);
    }
    return WH_OK;
}

static wh_code assign_int_numeric(struct wh_call *call)
{
    struct wh_numeric *result = call->result->values.numerics;
    WH_EACH_ROW(call, row)
    {
        result[row] = wh_numeric_from_int(wh_int_at(&call->inputs[0], row));
        wh_call_check(call, row, keep_scale(call->node->type, call->arena, &result[row]));
    }
    return WH_OK;
}

/* The number that a double's shortest text stands for: what people see in it. */
static enum wh_fault shortest_numeric(double value, bool is_real, struct wh_arena *arena,
                                      struct wh_numeric *ret)
{
    char room[WH_DOUBLE_SIZE];
    size_t len = is_real ? wh_float_print(value, room) : wh_double_print(value, room);
    return wh_numeric_parse(wh_str_make(room, len), arena, ret);
}

static enum wh_fault float_to_numeric(double value, bool is_real, struct wh_arena *arena,
                                      struct wh_numeric *ret)
{
    struct wh_numeric shortest;
    enum wh_fault fault = wh_numeric_from_double(value, is_real ? 6 : 15, arena, ret);
    if (fault == WH_FAULT_NONE)
        fault = shortest_numeric(value, is_real, arena, &shortest);
    if (fault == WH_FAULT_NONE && wh_numeric_compare(ret, &shortest) != 0)
        fault = WH_FAULT_INEXACT;
    return fault;
}

static wh_code assign_float_numeric(struct wh_call *call)
{
    struct wh_numeric *result = call->result->values.numerics;
    bool is_real = call->inputs[0].column.type.bits == 32;
    WH_EACH_ROW(call, row)
    {
        enum wh_fault fault = float_to_numeric(wh_float_at(&call->inputs[0], row), is_real,
                                               call->arena, &result[row]);
        if (fault == WH_FAULT_NONE)
            fault = keep_scale(call->node->type, call->arena, &result[row]);
        wh_call_check(call, row, fault);
    }
    return WH_OK;
}

/* ---- whole numbers -------------------------------------------------------------------------- */

static wh_code assign_float_int(struct wh_call *call)
{
    int64_t *result = call->result->values.ints;
    WH_EACH_ROW(call, row)
    {
        double value = wh_float_at(&call->inputs[0], row);
        enum wh_fault fault = wh_float_to_int(value, call->node->type, &result[row]);
        if (fault == WH_FAULT_NONE && rint(value) != value)
            fault = WH_FAULT_SCALE;
        wh_call_check(call, row, fault);
    }
    return WH_OK;
}

static wh_code assign_numeric_int(struct wh_call *call)
{
    int64_t *result = call->result->values.ints;
    WH_EACH_ROW(call, row)
    {
        const struct wh_numeric *value = wh_numeric_at(&call->inputs[0], row);
        enum wh_fault fault = wh_numeric_to_int(value, &result[row]);
        if (fault == WH_FAULT_NONE && !wh_int_fits(result[row], call->node->type))
            fault = WH_FAULT_RANGE;
        if (fault == WH_FAULT_NONE && value->scale > 0 && wh_numeric_min_scale(value) > 0)
            fault = WH_FAULT_SCALE;
        wh_call_check(call, row, fault);
    }
    return WH_OK;
}

/* ---- floating point ------------------------------------------------------------------------- */

static wh_code assign_int_float(struct wh_call *call)
{
    bool is_real = call->node->type.bits == 32;
    WH_EACH_ROW(call, row)
    {
        int64_t value = wh_int_at(&call->inputs[0], row);
        double rounded = is_real ? (double)(float)value : (double)value;
        call->result->values.floats[row] = rounded;
        /* 2^63, which the largest values round to, is no int64. */
        if (rounded >= 0x1p63 || (int64_t)rounded != value)
            wh_call_fault(call, row, WH_FAULT_INEXACT);
    }
    return WH_OK;
}

static wh_code assign_float_real(struct wh_call *call)
{
    double *result = call->result->values.floats;
    WH_EACH_ROW(call, row)
    {
        double value = wh_float_at(&call->inputs[0], row);
        enum wh_fault fault = wh_float_to_real(value, &result[row]);
        if (fault == WH_FAULT_NONE && result[row] != value && !isnan(value))
            fault = WH_FAULT_INEXACT;
        wh_call_check(call, row, fault);
    }
    return WH_OK;
}

/* A decimal is kept where the double's shortest text is the same number: 0.1 is, though no double
 * equals it. Up to 15 digits (6 for real) always are. */
static bool is_kept(const struct wh_numeric *value, double rounded, bool is_real,
                    struct wh_arena *scratch)
{
    int64_t sure = is_real ? 1000000 : INT64_C(1000000000000000);
    if (value->form == WH_NUMERIC_SMALL && value->scale <= 20 && value->value.coefficient < sure &&
        value->value.coefficient > -sure)
        return true;
    struct wh_numeric shortest;
    return shortest_numeric(rounded, is_real, scratch, &shortest) == WH_FAULT_NONE &&
           wh_numeric_compare(value, &shortest) == 0;
}

static wh_code assign_numeric_float(struct wh_call *call)
{
    double *result = call->result->values.floats;
    bool is_real = call->node->type.bits == 32;
    WH_EACH_ROW(call, row)
    {
        const struct wh_numeric *value = wh_numeric_at(&call->inputs[0], row);
        enum wh_fault fault = is_real ? wh_numeric_to_real(value, call->scratch, &result[row])
                                      : wh_numeric_to_double(value, &result[row]);
        if (fault == WH_FAULT_NONE && !is_kept(value, result[row], is_real, call->scratch))
            fault = WH_FAULT_INEXACT;
        wh_call_check(call, row, fault);
    }
    return WH_OK;
}

static wh_code assign_text_float(struct wh_call *call)
{
    double *result = call->result->values.floats;
    bool is_real = call->node->type.bits == 32;
    WH_EACH_ROW(call, row)
    {
        struct wh_str text = wh_text_at(&call->inputs[0], row);
        struct wh_numeric exact;
        enum wh_fault fault =
            is_real ? wh_float_parse(text, &result[row]) : wh_double_parse(text, &result[row]);
        /* What no numeric can be (1e5000 is out of range above) is what the text says. */
        if (fault == WH_FAULT_NONE &&
            wh_numeric_parse(text, call->scratch, &exact) == WH_FAULT_NONE &&
            !is_kept(&exact, result[row], is_real, call->scratch))
            fault = WH_FAULT_INEXACT;
        wh_call_check(call, row, fault);
    }
    return WH_OK;
}

/* ---- dates and times ------------------------------------------------------------------------ */

static wh_code assign_timestamp_date(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        int64_t usecs = wh_int_at(&call->inputs[0], row);
        call->result->values.dates[row] = wh_timestamp_to_date(usecs);
        if (wh_timestamp_is_finite(usecs) && usecs % WH_USECS_PER_DAY != 0)
            wh_call_fault(call, row, WH_FAULT_INEXACT);
    }
    return WH_OK;
}

/* ---- which assignment ----------------------------------------------------------------------- */

#define ASSIGNMENT(assigned_from, assigned_to, assigned_kernel)                                    \
    {                                                                                              \
        .from = (assigned_from), .to = (assigned_to), .operation = {                               \
            .name = "assign",                                                                      \
            .kernel = (assigned_kernel),                                                           \
            .style = WH_STYLE_ASSIGN,                                                              \
            .is_cast = true                                                                        \
        }                                                                                          \
    }

/* The parsers of dates and times refuse by themselves what they would have to drop. A kernel NULL:
 * PostgreSQL has the assignment, and it always loses something. */
static const struct {
    const char *from; /* letters */
    const char *to;
    struct wh_operation operation;
} assignments[] = {
    ASSIGNMENT("8", "24", wh_cast_int_int),
    ASSIGNMENT("4", "2", wh_cast_int_int),
    ASSIGNMENT("248", "fd", assign_int_float),
    ASSIGNMENT("248", "n", assign_int_numeric),
    ASSIGNMENT("fd", "248", assign_float_int),
    ASSIGNMENT("d", "f", assign_float_real),
    ASSIGNMENT("fd", "n", assign_float_numeric),
    ASSIGNMENT("n", "248", assign_numeric_int),
    ASSIGNMENT("n", "fd", assign_numeric_float),
    ASSIGNMENT("n", "n", assign_numeric_numeric),
    ASSIGNMENT("D", "SZ", wh_cast_date_timestamp),
    ASSIGNMENT("SZ", "D", assign_timestamp_date),
    ASSIGNMENT("SZI", "T", NULL),
    ASSIGNMENT("T", "I", wh_cast_time_interval),
    ASSIGNMENT("tc", "b", wh_cast_text_bool),
    ASSIGNMENT("tc", "248", wh_cast_text_int),
    ASSIGNMENT("tc", "fd", assign_text_float),
    ASSIGNMENT("tc", "n", assign_text_numeric),
    ASSIGNMENT("tc", "D", wh_cast_text_date),
    ASSIGNMENT("tc", "T", wh_cast_text_time),
    ASSIGNMENT("tc", "S", wh_cast_text_timestamp),
    ASSIGNMENT("tc", "Z", wh_cast_text_timestamptz),
    ASSIGNMENT("tc", "I", wh_cast_text_interval),
    ASSIGNMENT("tc", "y", wh_cast_text_bytes),
};

static const struct wh_operation *find_assignment(char from, char to)
{
    for (size_t i = 0; i < WH_COUNT_OF(assignments); i++) {
        if (strchr(assignments[i].from, from) != NULL && strchr(assignments[i].to, to) != NULL)
            return &assignments[i].operation;
    }
    return NULL;
}

static wh_code assign_text(struct wh_compile *compile, struct wh_node *node, struct wh_type type,
                           struct wh_node **ret)
{
    static const struct wh_operation length_operation = {
        .name = "assign", .kernel = assign_length, .style = WH_STYLE_ASSIGN, .is_cast = true};
    bool is_narrower = node->type.kind == WH_KIND_TEXT && node->type.length > 0 &&
                       node->type.length <= type.length;
    WH_TRY(wh_coerce_letter(compile, node, wh_type_letter(type), &node));
    if (type.length == 0 || is_narrower)
        return wh_retype(compile, node, type, ret);
    return wh_node_convert(compile, &length_operation, node, type, ret);
}

static wh_code refuse(struct wh_compile *compile, char from, struct wh_type type,
                      const char *advice)
{
    char room[WH_TYPE_NAME_SIZE];
    return wh_error_set(compile->err, WH_INVALID, "%s cannot be assigned to %s: %s",
                        wh_letter_name(from), wh_type_name(type, room), advice);
}

wh_code wh_assign_node(struct wh_compile *compile, struct wh_node *node, struct wh_type type,
                       struct wh_node **ret)
{
    char from = wh_type_letter(node->type);
    char to = wh_type_letter(type);
    *ret = node;
    if (wh_type_equal(node->type, type))
        return WH_OK;
    if (!wh_can_coerce(from, to, WH_COERCE_ASSIGNMENT) && from != 't' && from != 'c')
        return refuse(compile, from, type, "write the cast or CASE that is meant");
    if (type.kind == WH_KIND_TEXT)
        return assign_text(compile, node, type, ret);
    const struct wh_operation *operation = find_assignment(from, to);
    if (operation == NULL || (from == to && !type.has_scale))
        return wh_coerce(compile, node, type, ret); /* stored alike */
    if (operation->kernel == NULL)
        return refuse(compile, from, type,
                      "the date would be lost; write ::time where that is meant");
    return wh_node_convert(compile, operation, node, type, ret);
}
