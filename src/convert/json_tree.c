/* SPDX-License-Identifier: Apache-2.0 */
/* JSON (RFC 8259) with what PostgreSQL 15 asks of it: text is UTF-8 without U+0000. */
#include "convert/json.h"

#include <stdlib.h>

#include "base/hex.h"
#include "convert/kernel_text.h"
#include "data/numeric.h"

struct reading {
    struct wh_str text;
    size_t at;
    enum wh_json_mode mode;
    size_t depth;
    size_t values;
    struct wh_arena *arena;
};

static enum wh_fault read_value(struct reading *reading, struct wh_json **ret);

static char peek(const struct reading *reading)
{
    return reading->at < reading->text.len ? reading->text.ptr[reading->at] : '\0';
}

static void skip_space(struct reading *reading)
{
    char c = peek(reading);
    while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        reading->at++;
        c = peek(reading);
    }
}

static bool accept(struct reading *reading, char c)
{
    skip_space(reading);
    if (peek(reading) != c || reading->at >= reading->text.len)
        return false;
    reading->at++;
    return true;
}

/* ---- texts ---------------------------------------------------------------------------------- */

/* The four digits behind \u. */
static bool read_unit(struct reading *reading, uint32_t *ret)
{
    uint32_t value = 0;
    for (size_t i = 0; i < 4; i++) {
        int digit = wh_hex_digit(peek(reading));
        if (digit < 0)
            return false;
        value = value << 4 | (uint32_t)digit;
        reading->at++;
    }
    *ret = value;
    return true;
}

static bool is_surrogate(uint32_t unit, uint32_t first)
{
    return unit >= first && unit < first + 0x400;
}

/* Behind "\u": one unit, or a pair of surrogates. */
static enum wh_fault read_unicode(struct reading *reading, char *out, size_t *len)
{
    uint32_t value;
    uint32_t low = 0;
    if (!read_unit(reading, &value))
        return WH_FAULT_SYNTAX;
    if (reading->mode == WH_JSON_CHECK)
        return WH_FAULT_NONE;
    if (is_surrogate(value, 0xd800)) {
        struct wh_str rest =
            wh_str_make(reading->text.ptr + reading->at, reading->text.len - reading->at);
        if (!wh_str_starts_with(rest, WH_STR("\\u")))
            return WH_FAULT_SYNTAX;
        reading->at += 2;
        if (!read_unit(reading, &low) || !is_surrogate(low, 0xdc00))
            return WH_FAULT_SYNTAX;
        value = 0x10000 + ((value - 0xd800) << 10) + (low - 0xdc00);
    }
    if (value == 0)
        return WH_FAULT_UTF8;
    if (is_surrogate(value, 0xdc00))
        return WH_FAULT_SYNTAX;
    *len += wh_put_character(value, out + *len);
    return WH_FAULT_NONE;
}

/* Behind a backslash. No escape is shorter than its character. */
static enum wh_fault read_escape(struct reading *reading, char *out, size_t *len)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meant[] = "\"\\/\b\f\n\r\t";
    char c = peek(reading);
    reading->at++;
    if (c == 'u')
        return read_unicode(reading, out, len);
    const char *found = c != '\0' ? strchr(letters, c) : NULL;
    if (found == NULL)
        return WH_FAULT_SYNTAX;
    if (reading->mode != WH_JSON_CHECK)
        out[(*len)++] = meant[found - letters];
    return WH_FAULT_NONE;
}

/* The end of the text that begins at the place, and whether it has escapes; SIZE_MAX: none. */
static size_t find_quote(const struct reading *reading, bool *ret_has_escape)
{
    *ret_has_escape = false;
    for (size_t at = reading->at; at < reading->text.len; at++) {
        unsigned char c = (unsigned char)reading->text.ptr[at];
        if (c == '"')
            return at;
        if (c < 0x20)
            return SIZE_MAX;
        *ret_has_escape |= c == '\\';
        at += c == '\\';
    }
    return SIZE_MAX;
}

/* Behind the opening quote. */
static enum wh_fault read_string(struct reading *reading, struct wh_str *ret)
{
    bool has_escape;
    size_t end = find_quote(reading, &has_escape);
    if (end == SIZE_MAX)
        return WH_FAULT_SYNTAX;
    *ret = wh_str_make(reading->text.ptr + reading->at, end - reading->at);
    if (!has_escape) {
        reading->at = end + 1;
        return WH_FAULT_NONE;
    }
    char *out = wh_arena_bytes(reading->arena, ret->len);
    size_t len = 0;
    if (out == NULL)
        return WH_FAULT_NO_MEMORY;
    while (reading->at < end) {
        char c = reading->text.ptr[reading->at++];
        enum wh_fault fault = WH_FAULT_NONE;
        if (c == '\\')
            fault = read_escape(reading, out, &len);
        else
            out[len++] = c;
        if (fault != WH_FAULT_NONE)
            return fault;
    }
    if (reading->at != end)
        return WH_FAULT_SYNTAX;
    reading->at = end + 1;
    *ret = wh_str_make(out, len);
    return WH_FAULT_NONE;
}

/* ---- numbers and words ---------------------------------------------------------------------- */

static size_t skip_digits(struct reading *reading)
{
    size_t start = reading->at;
    while (peek(reading) >= '0' && peek(reading) <= '9')
        reading->at++;
    return reading->at - start;
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? */
static bool skip_number(struct reading *reading)
{
    reading->at += peek(reading) == '-';
    bool is_zero = peek(reading) == '0';
    size_t whole = skip_digits(reading);
    if (whole == 0 || (is_zero && whole > 1))
        return false;
    if (peek(reading) == '.') {
        reading->at++;
        if (skip_digits(reading) == 0)
            return false;
    }
    if (peek(reading) == 'e' || peek(reading) == 'E') {
        reading->at++;
        reading->at += peek(reading) == '+' || peek(reading) == '-';
        if (skip_digits(reading) == 0)
            return false;
    }
    return true;
}

static enum wh_fault read_number(struct reading *reading, struct wh_json *json)
{
    size_t start = reading->at;
    struct wh_numeric value;
    json->kind = WH_JSON_NUMBER;
    if (!skip_number(reading))
        return WH_FAULT_SYNTAX;
    json->text = wh_str_make(reading->text.ptr + start, reading->at - start);
    if (reading->mode != WH_JSON_BINARY)
        return WH_FAULT_NONE;
    enum wh_fault fault = wh_numeric_parse(json->text, reading->arena, &value);
    if (fault != WH_FAULT_NONE)
        return fault;
    char *room = wh_arena_bytes(reading->arena, wh_numeric_print_size(&value));
    if (room == NULL)
        return WH_FAULT_NO_MEMORY;
    json->text = wh_str_make(room, wh_numeric_print(&value, room));
    return WH_FAULT_NONE;
}

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (unsigned char)c >= 0x80;
}

static enum wh_fault read_word(struct reading *reading, struct wh_json *json)
{
    size_t start = reading->at;
    while (is_word_byte(peek(reading)))
        reading->at++;
    struct wh_str word = wh_str_make(reading->text.ptr + start, reading->at - start);
    json->kind = wh_str_is(word, "null") ? WH_JSON_NULL : WH_JSON_BOOL;
    json->flag = wh_str_is(word, "true");
    return json->kind == WH_JSON_NULL || json->flag || wh_str_is(word, "false") ? WH_FAULT_NONE
                                                                                : WH_FAULT_SYNTAX;
}

/* ---- arrays and objects --------------------------------------------------------------------- */

/* One child, with its name where the parent is an object. */
static enum wh_fault read_child(struct reading *reading, bool is_member, struct wh_json **ret)
{
    struct wh_str name = WH_STR_NONE;
    if (is_member) {
        if (!accept(reading, '"'))
            return WH_FAULT_SYNTAX;
        enum wh_fault fault = read_string(reading, &name);
        if (fault != WH_FAULT_NONE)
            return fault;
        if (!accept(reading, ':'))
            return WH_FAULT_SYNTAX;
    }
    enum wh_fault fault = read_value(reading, ret);
    if (fault == WH_FAULT_NONE)
        (*ret)->name = name;
    return fault;
}

/* Behind the opening bracket. */
static enum wh_fault read_children(struct reading *reading, struct wh_json *json)
{
    bool is_object = json->kind == WH_JSON_OBJECT;
    char end = is_object ? '}' : ']';
    struct wh_json **last = &json->child;
    if (accept(reading, end))
        return WH_FAULT_NONE;
    do {
        enum wh_fault fault = read_child(reading, is_object, last);
        if (fault != WH_FAULT_NONE)
            return fault;
        last = &(*last)->next;
        json->count++;
    } while (accept(reading, ','));
    if (!accept(reading, end))
        return WH_FAULT_SYNTAX;
    if (is_object && reading->mode == WH_JSON_BINARY && !wh_json_sort_members(json, reading->arena))
        return WH_FAULT_NO_MEMORY;
    return WH_FAULT_NONE;
}

static enum wh_fault read_container(struct reading *reading, struct wh_json *json)
{
    json->kind = peek(reading) == '{' ? WH_JSON_OBJECT : WH_JSON_ARRAY;
    reading->at++;
    if (++reading->depth > WH_JSON_MAX_DEPTH)
        return WH_FAULT_LIMIT;
    enum wh_fault fault = read_children(reading, json);
    reading->depth--;
    return fault;
}

static enum wh_fault read_value(struct reading *reading, struct wh_json **ret)
{
    skip_space(reading);
    if (++reading->values > WH_JSON_MAX_VALUES)
        return WH_FAULT_LIMIT;
    struct wh_json *json = WH_ARENA_NEW(reading->arena, struct wh_json);
    if (json == NULL)
        return WH_FAULT_NO_MEMORY;
    enum wh_fault fault;
    size_t start = reading->at;
    char c = peek(reading);
    if (c == '{' || c == '[') {
        fault = read_container(reading, json);
    } else if (c == '"') {
        reading->at++;
        json->kind = WH_JSON_STRING;
        fault = read_string(reading, &json->text);
    } else if (c == '-' || (c >= '0' && c <= '9')) {
        fault = read_number(reading, json);
    } else {
        fault = read_word(reading, json);
    }
    json->source = wh_str_make(reading->text.ptr + start, reading->at - start);
    *ret = json;
    return fault;
}

enum wh_fault wh_json_tree_read(struct wh_str text, enum wh_json_mode mode, struct wh_arena *arena,
                                struct wh_json **ret)
{
    struct reading reading = {.text = text, .mode = mode, .arena = arena};
    enum wh_fault fault = read_value(&reading, ret);
    skip_space(&reading);
    if (fault == WH_FAULT_NONE && reading.at < text.len)
        fault = WH_FAULT_SYNTAX;
    return fault;
}

/* ---- children ------------------------------------------------------------------------------- */

/** A member with its place, for the last of several of one name to win. */
struct entry {
    struct wh_json *member;
    size_t place;
};

static int compare_names(struct wh_str a, struct wh_str b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return a.len > 0 ? memcmp(a.ptr, b.ptr, a.len) : 0;
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *left = a;
    const struct entry *right = b;
    int order = compare_names(left->member->name, right->member->name);
    return order != 0 ? order : (left->place > right->place) - (left->place < right->place);
}

bool wh_json_sort_members(struct wh_json *object, struct wh_arena *arena)
{
    struct entry *entries = wh_arena_array(arena, object->count + 1, sizeof(*entries));
    size_t count = 0;
    if (entries == NULL)
        return false;
    for (struct wh_json *member = object->child; member != NULL; member = member->next) {
        entries[count].member = member;
        entries[count].place = count;
        count++;
    }
    qsort(entries, count, sizeof(*entries), compare_entries);
    struct wh_json **last = &object->child;
    object->count = 0;
    for (size_t i = 0; i < count; i++) {
        if (i + 1 < count && wh_str_equal(entries[i].member->name, entries[i + 1].member->name))
            continue;
        *last = entries[i].member;
        last = &(*last)->next;
        object->count++;
    }
    *last = NULL;
    return true;
}

struct wh_json *wh_json_member(const struct wh_json *object, struct wh_str name)
{
    struct wh_json *found = NULL;
    for (struct wh_json *member = object->child; member != NULL; member = member->next) {
        if (wh_str_equal(member->name, name))
            found = member;
    }
    return found;
}

struct wh_json *wh_json_element(const struct wh_json *array, int64_t index)
{
    if (index < 0)
        index += (int64_t)array->count;
    if (index < 0 || index >= (int64_t)array->count)
        return NULL;
    struct wh_json *element = array->child;
    for (; index > 0; index--)
        element = element->next;
    return element;
}
