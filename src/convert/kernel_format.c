/* SPDX-License-Identifier: Apache-2.0 */
/* format(), which writes values into a template. */
#include "convert/kernel_quote.h"
#include "convert/kernel_text.h"
#include "data/text.h"

/* ---- format() ------------------------------------------------------------------------------- */

/** One %[position$][-][width]type, and where the template goes on. */
struct directive {
    size_t argument; /* from 1; 0: the next one */
    size_t width;    /* in characters */
    bool has_width_argument;
    size_t width_argument; /* from 1; 0: the next one */
    bool is_left;
    char type;
};

struct formatting {
    struct wh_call *call;
    size_t row;
    struct wh_str template;
    size_t at;
    size_t next; /* argument, from 1 */
    struct wh_sink sink;
};

static char peek(const struct formatting *formatting)
{
    return formatting->at < formatting->template.len ? formatting->template.ptr[formatting->at]
                                                     : '\0';
}

/* Digits at the place, if there are any; RANGE beyond an integer. */
static enum wh_fault read_number(struct formatting *formatting, bool *ret_found, size_t *ret)
{
    size_t value = 0;
    *ret_found = false;
    for (char c = peek(formatting); c >= '0' && c <= '9'; c = peek(formatting)) {
        value = value * 10 + (size_t)(c - '0');
        if (value > INT32_MAX)
            return WH_FAULT_RANGE;
        *ret_found = true;
        formatting->at++;
    }
    *ret = value;
    return WH_FAULT_NONE;
}

/* Behind '*': the number of the argument that has the width, with '$'. */
static enum wh_fault read_width_argument(struct formatting *formatting, struct directive *ret)
{
    bool found;
    formatting->at++;
    ret->has_width_argument = true;
    enum wh_fault fault = read_number(formatting, &found, &ret->width_argument);
    if (fault != WH_FAULT_NONE || !found)
        return fault;
    if (peek(formatting) != '$' || ret->width_argument == 0)
        return WH_FAULT_ARGUMENT;
    formatting->at++;
    return WH_FAULT_NONE;
}

static enum wh_fault read_directive(struct formatting *formatting, struct directive *ret)
{
    bool found;
    size_t number;
    enum wh_fault fault = read_number(formatting, &found, &number);
    *ret = (struct directive){.argument = 0};
    if (fault != WH_FAULT_NONE)
        return fault;
    bool is_position = found && peek(formatting) == '$';
    if (is_position && number == 0)
        return WH_FAULT_ARGUMENT;
    if (is_position) {
        ret->argument = number;
        formatting->at++;
    } else if (found) {
        ret->width = number;
    }
    if (!found || is_position) {
        for (; peek(formatting) == '-'; formatting->at++)
            ret->is_left = true;
        if (peek(formatting) == '*')
            fault = read_width_argument(formatting, ret);
        else
            fault = read_number(formatting, &found, &ret->width);
    }
    ret->type = peek(formatting);
    formatting->at++;
    return fault;
}

/* An argument's index among the call's inputs; false where there is none. */
static bool take_argument(struct formatting *formatting, size_t number, size_t *ret)
{
    size_t index = number > 0 ? number : formatting->next;
    formatting->next = index + 1;
    *ret = index;
    return index < formatting->call->node->input_count;
}

/* A negative width puts the value to the left, and NULL is none. */
static enum wh_fault read_width(struct formatting *formatting, struct directive *directive)
{
    size_t index;
    int64_t width;
    if (!directive->has_width_argument)
        return WH_FAULT_NONE;
    if (!take_argument(formatting, directive->width_argument, &index))
        return WH_FAULT_ARGUMENT;
    const struct wh_operand *input = &formatting->call->inputs[index];
    if (wh_operand_is_null(input, formatting->row))
        return WH_FAULT_NONE;
    enum wh_fault fault = wh_int_parse(wh_text_at(input, formatting->row), &width);
    if (fault != WH_FAULT_NONE)
        return fault;
    if (width <= INT32_MIN || width > INT32_MAX)
        return WH_FAULT_RANGE;
    directive->is_left |= width < 0;
    directive->width = (size_t)(width < 0 ? -width : width);
    return WH_FAULT_NONE;
}

static void put_value(struct wh_sink *sink, const struct directive *directive, struct wh_str text)
{
    if (directive->type == 'L')
        wh_sink_literal(sink, text);
    else if (directive->type == 'I')
        wh_sink_identifier(sink, text);
    else
        wh_sink_put(sink, text.ptr, text.len);
}

static size_t value_width(const struct directive *directive, struct wh_str text)
{
    struct wh_sink measure = {.at = NULL};
    if (directive->width == 0)
        return 0;
    put_value(&measure, directive, text);
    return wh_utf8_length(text) + (measure.size - text.len);
}

static enum wh_fault put_directive(struct formatting *formatting, struct directive *directive)
{
    size_t index;
    enum wh_fault fault = read_width(formatting, directive);
    if (fault != WH_FAULT_NONE)
        return fault;
    if (memchr("sIL", directive->type, 3) == NULL ||
        !take_argument(formatting, directive->argument, &index))
        return WH_FAULT_ARGUMENT;
    const struct wh_operand *input = &formatting->call->inputs[index];
    bool is_null = wh_operand_is_null(input, formatting->row);
    struct wh_str text = is_null ? WH_STR_NONE : wh_text_at(input, formatting->row);
    if (is_null && directive->type == 'I')
        return WH_FAULT_ARGUMENT;
    if (is_null && directive->type == 'L') {
        text = WH_STR("NULL");
        directive->type = 's';
    }
    size_t width = value_width(directive, text);
    size_t spaces = directive->width > width ? directive->width - width : 0;
    wh_sink_spaces(&formatting->sink, directive->is_left ? 0 : spaces);
    put_value(&formatting->sink, directive, text);
    wh_sink_spaces(&formatting->sink, directive->is_left ? spaces : 0);
    return WH_FAULT_NONE;
}

static enum wh_fault put_template(struct formatting *formatting)
{
    formatting->at = 0;
    formatting->next = 1;
    while (formatting->at < formatting->template.len) {
        const char *here = formatting->template.ptr + formatting->at;
        size_t left = formatting->template.len - formatting->at;
        const char *percent = memchr(here, '%', left);
        size_t plain = percent != NULL ? (size_t)(percent - here) : left;
        wh_sink_put(&formatting->sink, here, plain);
        formatting->at += plain + 1;
        if (percent == NULL)
            break;
        if (peek(formatting) == '%') {
            wh_sink_put(&formatting->sink, "%", 1);
            formatting->at++;
            continue;
        }
        struct directive directive;
        enum wh_fault fault = read_directive(formatting, &directive);
        if (fault == WH_FAULT_NONE)
            fault = put_directive(formatting, &directive);
        if (fault != WH_FAULT_NONE || formatting->sink.size > WH_TEXT_MAX_BYTES)
            return fault != WH_FAULT_NONE ? fault : WH_FAULT_LIMIT;
    }
    return WH_FAULT_NONE;
}

static void format_row(struct wh_call *call, size_t row)
{
    struct formatting formatting = {
        .call = call, .row = row, .template = wh_text_at(&call->inputs[0], row)};
    enum wh_fault fault = put_template(&formatting);
    if (fault != WH_FAULT_NONE) {
        wh_call_fault(call, row, fault);
        return;
    }
    size_t size = formatting.sink.size;
    char *room = wh_call_room(call, row, size);
    if (room == NULL)
        return;
    formatting.sink = (struct wh_sink){.at = room};
    wh_call_check(call, row, put_template(&formatting));
    wh_call_set_text(call, row, room, size);
}

wh_code wh_text_format(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        if (wh_operand_is_null(&call->inputs[0], row))
            wh_call_set_null(call, row);
        else
            format_row(call, row);
    }
    return WH_OK;
}
