/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of faults, and traces: both look on while one row is evaluated again. */
#include "convert/cast.h"
#include "convert/eval.h"
#include "convert/value_print.h"
#include "data/text.h"

#define NODE_SHOWN 160

/* ---- values --------------------------------------------------------------------------------- */

wh_code wh_text_print_short(struct wh_str text, struct wh_buf *out, struct wh_error *err)
{
    size_t len = wh_str_utf8_cut(text, WH_VALUE_SHOWN);
    WH_TRY(wh_buf_append_byte(out, '\'', err));
    WH_TRY(wh_buf_append(out, text.ptr, len, err));
    return wh_buf_append_str(out, len < text.len ? WH_STR("…'") : WH_STR("'"), err);
}

wh_code wh_value_print_short(const struct wh_column *column, size_t row, struct wh_buf *out,
                             struct wh_error *err)
{
    if (wh_column_is_null(column, row))
        return wh_buf_append_str(out, WH_STR("NULL"), err);
    if (column->type.kind == WH_KIND_TEXT)
        return wh_text_print_short(column->values.texts[row], out, err);
    if (column->type.kind == WH_KIND_BOOL)
        return wh_buf_printf(out, err, "%s", column->values.bools[row] != 0 ? "true" : "false");
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    wh_arena_init(&scratch);
    struct wh_str text;
    if (wh_value_print(column, row, &scratch, &text) != WH_FAULT_NONE)
        return wh_error_no_memory(err, WH_VALUE_SHOWN);
    size_t len = wh_str_utf8_cut(text, WH_VALUE_SHOWN);
    WH_TRY(wh_buf_append(out, text.ptr, len, err));
    return wh_buf_append_str(out, len < text.len ? WH_STR("…") : WH_STR_NONE, err);
}

static wh_code print_operand(const struct wh_operand *operand, size_t row, struct wh_buf *out,
                             struct wh_error *err)
{
    return wh_value_print_short(&operand->column, row & operand->mask, out, err);
}

/* ---- a call with its values ----------------------------------------------------------------- */

static wh_code print_values(const struct wh_node *node, const struct wh_operand *inputs, size_t row,
                            struct wh_buf *out, struct wh_error *err)
{
    enum wh_style style = node->operation->style;
    const char *separator = ", ";
    if (style == WH_STYLE_PREFIX || style == WH_STYLE_FUNCTION)
        WH_TRY(wh_buf_printf(out, err, style == WH_STYLE_PREFIX ? "%s " : "%s(",
                             node->operation->name));
    for (size_t i = 0; i < node->input_count; i++) {
        if (i > 0 && style == WH_STYLE_INFIX)
            WH_TRY(wh_buf_printf(out, err, " %s ", node->operation->name));
        else if (i > 0)
            WH_TRY(wh_buf_printf(out, err, "%s", separator));
        WH_TRY(print_operand(&inputs[i], row, out, err));
    }
    if (style == WH_STYLE_FUNCTION)
        return wh_buf_append_byte(out, ')', err);
    if (style == WH_STYLE_POSTFIX || style == WH_STYLE_LIST)
        return wh_buf_printf(out, err, " %s", node->operation->name);
    return WH_OK;
}

/* ---- messages ------------------------------------------------------------------------------- */

/* What is wrong with a value that was to become another type. %s is that type. */
static const char *const cast_messages[WH_FAULT_COUNT] = {
    [WH_FAULT_SYNTAX] = " is not a valid %s",
    [WH_FAULT_RANGE] = " is out of range for %s",
    [WH_FAULT_DATE_RANGE] = " is not a valid %s: no such day or time, or out of range",
    [WH_FAULT_TOO_LONG] = " is too long for %s",
    [WH_FAULT_SCALE] = " has more digits behind the point than %s keeps",
    [WH_FAULT_TRAILING] = " is not a valid %s: text is left over behind it",
    [WH_FAULT_EMPTY] = " is not a valid %s: it is empty",
    [WH_FAULT_AMBIGUOUS] = " is not a valid %s: it can be read as more than one date",
    [WH_FAULT_ARGUMENT] = " is not a valid %s: it names a time zone that is not known",
    [WH_FAULT_LIMIT] = " passes a limit of wherry's on the way to %s",
    [WH_FAULT_INEXACT] = " would be another value as %s",
    [WH_FAULT_NO_MEMORY] = " needs more memory than there is to become %s",
};

/* What is wrong with a function's text and template. */
static const char *const read_messages[WH_FAULT_COUNT] = {
    [WH_FAULT_SYNTAX] = "it is not of the form",
    [WH_FAULT_DATE_RANGE] = "no such day or time, or out of range",
    [WH_FAULT_TRAILING] = "text is left over behind it",
    [WH_FAULT_EMPTY] = "it is empty",
    [WH_FAULT_AMBIGUOUS] = "it can be read as more than one date",
};

/* What is wrong with any other call. */
static const char *const call_messages[WH_FAULT_COUNT] = {
    [WH_FAULT_RANGE] = "out of range",
    [WH_FAULT_DATE_RANGE] = "no such day or time, or out of range",
    [WH_FAULT_ZERO_DIVISION] = "division by zero",
    [WH_FAULT_ARGUMENT] = "an argument that it does not take",
    [WH_FAULT_LIMIT] = "passes a limit of wherry's",
    [WH_FAULT_NO_MEMORY] = "needs more memory than there is",
};

wh_code wh_cast_message(enum wh_fault fault, struct wh_type type, struct wh_buf *out,
                        struct wh_error *err)
{
    char room[WH_TYPE_NAME_SIZE];
    const char *message = cast_messages[fault];
    if (message == NULL)
        return wh_buf_printf(out, err, " %s", wh_fault_text(fault));
    /* The table's messages have one %s each. */
    const char *hole = strstr(message, "%s");
    return wh_buf_printf(out, err, "%.*s%s%s", (int)(hole - message), message,
                         wh_type_name(type, room), hole + 2);
}

static wh_code describe_cast(const struct wh_node *node, const struct wh_operand *input, size_t row,
                             enum wh_fault fault, struct wh_run *run)
{
    struct wh_buf *out = run->watch->message;
    char room[WH_TYPE_NAME_SIZE];
    WH_TRY(print_operand(input, row, out, run->err));
    if (fault == WH_FAULT_ARGUMENT && input->column.type.form == WH_TEXT_JSONB)
        return wh_buf_printf(
            out, run->err, " is not a valid %s: it is no JSON %s; #>> '{}' gives its text",
            wh_type_name(node->type, room), node->type.kind == WH_KIND_BOOL ? "boolean" : "number");
    return wh_cast_message(fault, node->type, out, run->err);
}

static wh_code describe_read(const struct wh_node *node, const struct wh_operand *inputs,
                             size_t row, enum wh_fault fault, struct wh_run *run)
{
    struct wh_buf *out = run->watch->message;
    bool is_date = node->type.kind == WH_KIND_DATE;
    WH_TRY(print_operand(&inputs[0], row, out, run->err));
    WH_TRY(wh_buf_printf(out, run->err, " is not a %s: %s (%s ", is_date ? "date" : "timestamp",
                         read_messages[fault], node->operation->name));
    WH_TRY(print_operand(&inputs[1], row, out, run->err));
    return wh_buf_append_byte(out, ')', run->err);
}

static wh_code describe_call(const struct wh_node *node, const struct wh_operand *inputs,
                             size_t row, enum wh_fault fault, struct wh_run *run)
{
    struct wh_buf *out = run->watch->message;
    const char *message =
        call_messages[fault] != NULL ? call_messages[fault] : wh_fault_text(fault);
    WH_TRY(print_values(node, inputs, row, out, run->err));
    return wh_buf_printf(out, run->err, ": %s", message);
}

static wh_code describe(const struct wh_node *node, const struct wh_operand *inputs, size_t row,
                        enum wh_fault fault, struct wh_run *run)
{
    if (node->operation->is_cast && node->input_count == 1)
        return describe_cast(node, &inputs[0], row, fault, run);
    bool reads = strcmp(node->operation->name, "to_date") == 0 ||
                 strcmp(node->operation->name, "to_timestamp") == 0;
    if (reads && node->input_count == 2 && read_messages[fault] != NULL)
        return describe_read(node, inputs, row, fault, run);
    return describe_call(node, inputs, row, fault, run);
}

/* ---- traces --------------------------------------------------------------------------------- */

/* btrim(email): btrim(' Ann@Example.COM ') = 'Ann@Example.COM' */
static wh_code trace(struct wh_run *run, const struct wh_node *node,
                     const struct wh_operand *inputs, const struct wh_operand *result)
{
    struct wh_buf *out = run->watch->trace;
    size_t row = run->watch->row;
    WH_TRY(wh_node_print(node, NODE_SHOWN, out, run->err));
    if (inputs != NULL) {
        WH_TRY(wh_buf_append_str(out, WH_STR(": "), run->err));
        WH_TRY(print_values(node, inputs, row, out, run->err));
    }
    enum wh_fault fault = (enum wh_fault)run->faults->codes[row];
    if (fault != WH_FAULT_NONE && run->faults->nodes[row] == node->number)
        return wh_buf_printf(out, run->err, " = fault: %s\n", wh_fault_text(fault));
    WH_TRY(wh_buf_append_str(out, WH_STR(" = "), run->err));
    WH_TRY(print_operand(result, row, out, run->err));
    return wh_buf_append_byte(out, '\n', run->err);
}

wh_code wh_watch_node(struct wh_run *run, const struct wh_node *node,
                      const struct wh_operand *inputs, const struct wh_operand *result)
{
    struct wh_watch *watch = run->watch;
    enum wh_fault fault = (enum wh_fault)run->faults->codes[watch->row];
    if (watch->trace != NULL)
        return trace(run, node, inputs, result);
    bool is_ours = run->faults == watch->faults && inputs != NULL && fault != WH_FAULT_NONE &&
                   run->faults->nodes[watch->row] == node->number;
    if (is_ours && watch->message->len == 0)
        return describe(node, inputs, watch->row, fault, run);
    return WH_OK;
}
