/* SPDX-License-Identifier: Apache-2.0 */
#include "format/json_element.h"

void wh_json_element_init(struct wh_json_element *element, uint64_t record_limit)
{
    *element = (struct wh_json_element){.record_limit = record_limit};
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

static void finish(struct wh_json_element *element, enum wh_json_element_kind kind, uint64_t size,
                   uint64_t lines)
{
    element->state = WH_JSON_DONE;
    element->kind = kind;
    element->size = size;
    element->size_lines = lines;
}

/* The record ends before the byte in hand. */
static void finish_here(struct wh_json_element *element, enum wh_json_element_kind kind)
{
    finish(element, kind, element->taken, element->lines);
}

/* A comma goes with the value before it, unless nothing follows: then it is the next record. */
static void finish_before_comma(struct wh_json_element *element)
{
    finish(element, WH_JSON_ELEMENT_WHOLE, element->value_end, element->value_lines);
}

static void break_down(struct wh_json_element *element, enum wh_json_break cause)
{
    element->state = WH_JSON_BROKEN;
    element->cause = cause;
    element->cause_at = element->taken;
}

static bool is_in_object(const struct wh_json_element *element)
{
    size_t top = element->depth - 1;
    return element->depth > 0 && (element->objects[top / 64] >> top % 64 & 1) != 0;
}

/* True where the byte in hand, a {, begins its line, behind a comma, and left of what is inside. */
static bool begins_element(const struct wh_json_element *element)
{
    return element->lines > 0 && element->is_indent && element->last == ',' &&
           (element->second_indent == 0 || element->indent < element->second_indent);
}

static void open_bracket(struct wh_json_element *element, char byte)
{
    bool is_object = byte == '{';
    if (is_object && is_in_object(element) && element->last == ',') {
        /* The same as where the text ended before it: it does, where a chunk begins here. */
        bool is_next = begins_element(element);
        break_down(element, is_next ? WH_JSON_BREAK_OPEN : WH_JSON_BREAK_NAME);
        return;
    }
    if (element->depth == WH_JSON_MAX_DEPTH) {
        break_down(element, WH_JSON_BREAK_DEPTH);
        return;
    }
    size_t top = element->depth++;
    uint64_t bit = (uint64_t)1 << top % 64;
    element->objects[top / 64] = (element->objects[top / 64] & ~bit) | (is_object ? bit : 0);
}

static void close_bracket(struct wh_json_element *element, char byte)
{
    if (element->depth == 0 && byte == ']')
        finish_here(element, WH_JSON_ELEMENT_WHOLE);
    else if (element->depth > 0 && is_in_object(element) != (byte == '}'))
        break_down(element, WH_JSON_BREAK_BRACKET);
    else if (element->depth > 0)
        element->depth--;
}

static void step_inside(struct wh_json_element *element, char byte)
{
    switch (byte) {
    case '"':
        element->state = WH_JSON_IN_STRING;
        break;
    case '{':
    case '[':
        open_bracket(element, byte);
        break;
    case '}':
    case ']':
        close_bracket(element, byte);
        break;
    case ',':
        if (element->depth > 0)
            break;
        element->state = WH_JSON_BEHIND_COMMA;
        element->value_end = element->taken;
        element->value_lines = element->lines;
        break;
    default:
        break;
    }
}

static void step_start(struct wh_json_element *element, char byte)
{
    if (byte == ']') {
        element->state = WH_JSON_BEHIND_ARRAY;
    } else if (byte == ',') {
        element->state = WH_JSON_BEHIND_COMMA;
        element->cause = WH_JSON_BREAK_COMMA;
    } else {
        element->state = WH_JSON_INSIDE;
        step_inside(element, byte);
    }
}

static void step_behind_comma(struct wh_json_element *element, char byte)
{
    if (is_space(byte))
        return;
    bool is_lone = element->cause == WH_JSON_BREAK_COMMA;
    if (byte != ']')
        finish_here(element, is_lone ? WH_JSON_ELEMENT_BROKEN : WH_JSON_ELEMENT_WHOLE);
    else if (is_lone)
        element->state = WH_JSON_BEHIND_ARRAY;
    else
        finish_before_comma(element);
}

static void step_broken(struct wh_json_element *element, char byte)
{
    if (byte == '{' && begins_element(element))
        finish_here(element, WH_JSON_ELEMENT_BROKEN);
}

static void step(struct wh_json_element *element, char byte)
{
    switch (element->state) {
    case WH_JSON_AT_START:
        step_start(element, byte);
        break;
    case WH_JSON_INSIDE:
        step_inside(element, byte);
        break;
    case WH_JSON_IN_STRING:
        if (byte == '"')
            element->state = WH_JSON_INSIDE;
        else if (byte == '\\')
            element->state = WH_JSON_IN_ESCAPE;
        else if (byte == '\n')
            break_down(element, WH_JSON_BREAK_STRING);
        break;
    case WH_JSON_IN_ESCAPE:
        element->state = WH_JSON_IN_STRING;
        if (byte == '\n')
            break_down(element, WH_JSON_BREAK_STRING);
        break;
    case WH_JSON_BEHIND_COMMA:
        step_behind_comma(element, byte);
        break;
    case WH_JSON_BEHIND_ARRAY:
        if (!is_space(byte) && element->cause == WH_JSON_BREAK_NONE) {
            element->cause = WH_JSON_BREAK_BEHIND;
            element->cause_at = element->taken;
        }
        break;
    case WH_JSON_BROKEN:
    case WH_JSON_DONE:
        break;
    }
    if (element->state == WH_JSON_BROKEN)
        step_broken(element, byte);
}

/* Where the byte taken stands in its line. */
static void note(struct wh_json_element *element, char byte)
{
    element->taken++;
    if (byte == '\n') {
        element->lines++;
        element->is_indent = true;
        element->indent = 0;
    } else if (is_space(byte)) {
        element->indent += element->is_indent;
    } else {
        if (element->is_indent && element->second_indent == 0)
            element->second_indent = element->indent + (byte == '{');
        element->is_indent = false;
        element->last = byte;
    }
}

/* Breaks a record that is above the limit; what is behind the array has no more elements in it. */
static void check_size(struct wh_json_element *element)
{
    if (element->taken <= element->record_limit || element->cause != WH_JSON_BREAK_NONE ||
        element->state == WH_JSON_DONE)
        return;
    enum wh_json_element_state state = element->state;
    break_down(element, WH_JSON_BREAK_SIZE);
    if (state == WH_JSON_BEHIND_ARRAY)
        element->state = state;
}

/* The text is over inside a value, or behind it where no comma is. */
static void end_inside(struct wh_json_element *element, bool is_file_end)
{
    bool is_whole = element->state == WH_JSON_INSIDE && element->depth == 0;
    if (is_whole && !is_file_end) {
        finish_here(element, WH_JSON_ELEMENT_WHOLE);
        return;
    }
    break_down(element, is_whole ? WH_JSON_BREAK_ARRAY : WH_JSON_BREAK_OPEN);
    finish_here(element, WH_JSON_ELEMENT_BROKEN);
}

/* The text is over. */
static void end(struct wh_json_element *element, bool is_file_end)
{
    check_size(element);
    switch (element->state) {
    case WH_JSON_BEHIND_COMMA:
        if (element->cause == WH_JSON_BREAK_COMMA)
            finish_here(element, WH_JSON_ELEMENT_BROKEN);
        else if (is_file_end)
            finish_before_comma(element);
        else
            finish_here(element, WH_JSON_ELEMENT_WHOLE);
        break;
    case WH_JSON_BEHIND_ARRAY:
        finish_here(element, element->cause == WH_JSON_BREAK_NONE ? WH_JSON_ELEMENT_CLOSING
                                                                  : WH_JSON_ELEMENT_BROKEN);
        break;
    case WH_JSON_BROKEN:
        finish_here(element, WH_JSON_ELEMENT_BROKEN);
        break;
    case WH_JSON_AT_START:
    case WH_JSON_INSIDE:
    case WH_JSON_IN_STRING:
    case WH_JSON_IN_ESCAPE:
        end_inside(element, is_file_end);
        break;
    case WH_JSON_DONE:
        break;
    }
}

enum wh_json_element_kind wh_json_element_take(struct wh_json_element *element, struct wh_str piece,
                                               bool is_last, bool is_file_end)
{
    for (size_t i = 0; i < piece.len && element->state != WH_JSON_DONE; i++) {
        check_size(element);
        step(element, piece.ptr[i]);
        if (element->state != WH_JSON_DONE)
            note(element, piece.ptr[i]);
        else
            element->needed = element->taken + 1;
    }
    if (element->state != WH_JSON_DONE && is_last) {
        end(element, is_file_end);
        element->needed = element->taken;
    }
    return element->state == WH_JSON_DONE ? element->kind : WH_JSON_ELEMENT_PARTIAL;
}
