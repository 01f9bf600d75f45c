/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/list.h"

#include "base/error.h"

struct reading {
    struct wh_str text;
    size_t at;
    struct wh_arena *arena;
    struct wh_list list;
    size_t capacity;
};

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static char peek(const struct reading *reading)
{
    return reading->at < reading->text.len ? reading->text.ptr[reading->at] : '\0';
}

static void skip_space(struct reading *reading)
{
    while (is_space(peek(reading)))
        reading->at++;
}

static enum wh_fault add_item(struct reading *reading, struct wh_list_item item)
{
    struct wh_list *list = &reading->list;
    if (list->count == reading->capacity) {
        size_t capacity = WH_MAX(2 * reading->capacity, 16);
        if (capacity > WH_LIST_MAX_ITEMS)
            return WH_FAULT_LIMIT;
        struct wh_list_item *items = wh_arena_array(reading->arena, capacity, sizeof(*items));
        if (items == NULL)
            return WH_FAULT_NO_MEMORY;
        if (list->count > 0)
            memcpy(items, list->items, list->count * sizeof(*items));
        list->items = items;
        reading->capacity = capacity;
    }
    list->items[list->count++] = item;
    return WH_FAULT_NONE;
}

/* A copy without backslashes, which stand before characters that are meant. */
static enum wh_fault undo_escapes(struct reading *reading, struct wh_str *text)
{
    char *room = wh_arena_bytes(reading->arena, text->len);
    size_t len = 0;
    if (room == NULL)
        return WH_FAULT_NO_MEMORY;
    for (size_t i = 0; i < text->len; i++) {
        i += text->ptr[i] == '\\';
        room[len++] = text->ptr[i];
    }
    *text = wh_str_make(room, len);
    return WH_FAULT_NONE;
}

/* Behind the opening quote. */
static enum wh_fault read_quoted(struct reading *reading, struct wh_list_item *ret)
{
    size_t start = reading->at;
    bool has_escape = false;
    while (reading->at < reading->text.len && peek(reading) != '"') {
        has_escape |= peek(reading) == '\\';
        reading->at += peek(reading) == '\\';
        reading->at++;
    }
    if (reading->at >= reading->text.len)
        return WH_FAULT_SYNTAX;
    ret->text = wh_str_make(reading->text.ptr + start, reading->at - start);
    reading->at++;
    return has_escape ? undo_escapes(reading, &ret->text) : WH_FAULT_NONE;
}

/* Up to a comma or the closing brace; spaces around do not count,
 * but for those behind a backslash. */
static enum wh_fault read_plain(struct reading *reading, struct wh_list_item *ret)
{
    size_t start = reading->at;
    size_t end = start;
    bool has_escape = false;
    for (char c = peek(reading); reading->at < reading->text.len && c != ',' && c != '}';
         c = peek(reading)) {
        if (c == '"' || c == '{')
            return WH_FAULT_SYNTAX;
        has_escape |= c == '\\';
        reading->at += c == '\\' ? 2 : 1;
        if (!is_space(c))
            end = reading->at;
    }
    if (reading->at >= reading->text.len || end == start)
        return WH_FAULT_SYNTAX;
    ret->text = wh_str_make(reading->text.ptr + start, end - start);
    if (has_escape)
        return undo_escapes(reading, &ret->text);
    ret->is_null = wh_str_equal_ascii_fold(ret->text, WH_STR("NULL"));
    return WH_FAULT_NONE;
}

static enum wh_fault read_item(struct reading *reading)
{
    struct wh_list_item item = {.is_null = false};
    enum wh_fault fault;
    skip_space(reading);
    if (peek(reading) == '{')
        return WH_FAULT_ARGUMENT;
    if (peek(reading) == '"') {
        reading->at++;
        fault = read_quoted(reading, &item);
    } else {
        fault = read_plain(reading, &item);
    }
    skip_space(reading);
    return fault == WH_FAULT_NONE ? add_item(reading, item) : fault;
}

/* Behind the opening brace. */
static enum wh_fault read_items(struct reading *reading)
{
    skip_space(reading);
    if (peek(reading) == '}') {
        reading->at++;
        return WH_FAULT_NONE;
    }
    for (;;) {
        enum wh_fault fault = read_item(reading);
        if (fault != WH_FAULT_NONE)
            return fault;
        char c = peek(reading);
        reading->at++;
        if (c == '}')
            return WH_FAULT_NONE;
        if (c != ',')
            return WH_FAULT_SYNTAX;
    }
}

enum wh_fault wh_list_read(struct wh_str text, struct wh_arena *arena, struct wh_list *ret)
{
    struct reading reading = {.text = text, .arena = arena};
    skip_space(&reading);
    if (peek(&reading) == '[')
        return WH_FAULT_ARGUMENT;
    if (peek(&reading) != '{')
        return WH_FAULT_SYNTAX;
    reading.at++;
    enum wh_fault fault = read_items(&reading);
    skip_space(&reading);
    if (fault == WH_FAULT_NONE && reading.at < text.len)
        fault = WH_FAULT_SYNTAX;
    *ret = reading.list;
    return fault;
}

/* ---- printing ------------------------------------------------------------------------------- */

static bool needs_quotes(struct wh_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (is_space(text.ptr[i]) || memchr("{},\"\\", text.ptr[i], 5) != NULL)
            return true;
    }
    return text.len == 0 || wh_str_equal_ascii_fold(text, WH_STR("NULL"));
}

static wh_code print_quoted(struct wh_str text, struct wh_buf *out, struct wh_error *err)
{
    WH_TRY(wh_buf_append_byte(out, '"', err));
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"' || text.ptr[i] == '\\')
            WH_TRY(wh_buf_append_byte(out, '\\', err));
        WH_TRY(wh_buf_append_byte(out, text.ptr[i], err));
    }
    return wh_buf_append_byte(out, '"', err);
}

wh_code wh_list_print_item(const struct wh_list_item *item, struct wh_buf *out,
                           struct wh_error *err)
{
    if (item->is_null)
        return wh_buf_append_str(out, WH_STR("NULL"), err);
    if (needs_quotes(item->text))
        return print_quoted(item->text, out, err);
    return wh_buf_append_str(out, item->text, err);
}

wh_code wh_list_print(const struct wh_list *list, struct wh_buf *out, struct wh_error *err)
{
    WH_TRY(wh_buf_append_byte(out, '{', err));
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            WH_TRY(wh_buf_append_byte(out, ',', err));
        WH_TRY(wh_list_print_item(&list->items[i], out, err));
    }
    return wh_buf_append_byte(out, '}', err);
}
