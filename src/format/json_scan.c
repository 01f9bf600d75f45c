/* SPDX-License-Identifier: Apache-2.0 */
/** What the JSON scanners share: escapes, and names that stand twice. */
#include "format/json_scan.h"

#include <stdlib.h>

#include "base/hex.h"
#include "data/text.h"

/* Up to so many names of one object are compared each with each; more are sorted. */
#define FEW_NAMES 8

#define FIRST_NAMES 64

struct wh_json_scan wh_json_scan_make(struct wh_str text, struct wh_json_names *names,
                                      struct wh_arena *scratch)
{
    return (struct wh_json_scan){
        .at = text.ptr, .end = text.ptr + text.len, .names = names, .scratch = scratch};
}

const struct wh_json_functions *wh_json_functions_choose(void)
{
#if defined(__SSE2__)
    return &wh_json_sse2_functions;
#else
    return &wh_json_scalar_functions;
#endif
}

bool wh_json_is_valid(struct wh_str text, const struct wh_json_functions *functions)
{
    if (text.len == 0 || !wh_utf8_is_valid(text))
        return false;
    struct wh_json_names names = {0};
    struct wh_arena scratch;
    wh_arena_init(&scratch);
    struct wh_json_scan scan = wh_json_scan_make(text, &names, &scratch);
    scan.at = wh_json_skip_space(scan.at, scan.end);
    bool is_valid = functions->value(&scan) && wh_json_skip_space(scan.at, scan.end) == scan.end;
    wh_json_names_release(&names);
    wh_arena_release(&scratch);
    return is_valid;
}

/* ---- escapes --------------------------------------------------------------------------------- */

/* The byte that the letter of a short escape stands for; 0: there is no such escape. */
static char short_escape(char letter)
{
    switch (letter) {
    case '"':
    case '\\':
    case '/':
        return letter;
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return '\0';
    }
}

/* The code unit of the \uXXXX at @p at; false: there is none. */
static bool read_unit(const char *at, const char *end, uint32_t *ret)
{
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return false;
    uint32_t unit = 0;
    for (int i = 2; i < 6; i++) {
        int digit = wh_hex_digit(at[i]);
        if (digit < 0)
            return false;
        unit = unit << 4 | (uint32_t)digit;
    }
    *ret = unit;
    return true;
}

static bool is_high_surrogate(uint32_t unit)
{
    return (unit & 0xFC00) == 0xD800;
}

static bool is_low_surrogate(uint32_t unit)
{
    return (unit & 0xFC00) == 0xDC00;
}

bool wh_json_scan_escape(struct wh_json_scan *scan, uint32_t *ret_unit)
{
    const char *at = scan->at;
    if (scan->end - at < 2)
        return wh_json_fail(scan, WH_JSON_FAULT_END, scan->end);
    if (at[1] != 'u') {
        *ret_unit = (unsigned char)short_escape(at[1]);
        scan->at += 2;
        return *ret_unit != 0 || wh_json_fail(scan, WH_JSON_FAULT_ESCAPE, at);
    }
    if (!read_unit(at, scan->end, ret_unit))
        return wh_json_fail(scan, WH_JSON_FAULT_ESCAPE, at);
    if (is_low_surrogate(*ret_unit))
        return wh_json_fail(scan, WH_JSON_FAULT_SURROGATE, at);
    scan->at += 6;
    if (!is_high_surrogate(*ret_unit))
        return true;
    uint32_t low;
    if (!read_unit(scan->at, scan->end, &low) || !is_low_surrogate(low))
        return wh_json_fail(scan, WH_JSON_FAULT_SURROGATE, at);
    scan->at += 6;
    return true;
}

static char *put_character(char *to, uint32_t character)
{
    if (character < 0x80) {
        *to++ = (char)character;
        return to;
    }
    if (character < 0x800) {
        *to++ = (char)(0xC0 | character >> 6);
    } else {
        if (character < 0x10000) {
            *to++ = (char)(0xE0 | character >> 12);
        } else {
            *to++ = (char)(0xF0 | character >> 18);
            *to++ = (char)(0x80 | (character >> 12 & 0x3F));
        }
        *to++ = (char)(0x80 | (character >> 6 & 0x3F));
    }
    *to++ = (char)(0x80 | (character & 0x3F));
    return to;
}

/* Undoes the checked escape at *@p at and moves behind it. */
static char *undo_escape(const char **at, const char *end, char *to)
{
    const char *escape = *at;
    if (escape[1] != 'u') {
        *at += 2;
        *to = short_escape(escape[1]);
        return to + 1;
    }
    uint32_t character = 0;
    (void)read_unit(escape, end, &character);
    *at += 6;
    uint32_t low;
    if (is_high_surrogate(character) && read_unit(*at, end, &low)) {
        *at += 6;
        character = 0x10000 + ((character & 0x3FF) << 10) + (low & 0x3FF);
    }
    return put_character(to, character);
}

struct wh_str wh_json_unescape(const struct wh_json_string *string, struct wh_arena *arena)
{
    if (!string->has_escape)
        return string->raw;
    /* No escape is shorter than what it stands for. */
    char *copy = wh_arena_bytes(arena, string->raw.len);
    if (copy == NULL)
        return WH_STR_NONE;
    char *to = copy;
    const char *at = string->raw.ptr;
    const char *end = at + string->raw.len;
    while (at < end) {
        const char *escape = memchr(at, '\\', (size_t)(end - at));
        size_t plain = (size_t)((escape != NULL ? escape : end) - at);
        memcpy(to, at, plain);
        to += plain;
        at += plain;
        if (escape != NULL)
            to = undo_escape(&at, end, to);
    }
    wh_arena_give_back(arena, to);
    return wh_str_make(copy, (size_t)(to - copy));
}

/* ---- names that stand twice ------------------------------------------------------------------ */

void wh_json_names_release(struct wh_json_names *names)
{
    if (names == NULL)
        return;
    free(names->items);
    *names = (struct wh_json_names){0};
}

static bool grow_names(struct wh_json_scan *scan)
{
    struct wh_json_names *names = scan->names;
    if (names->count >= WH_JSON_MAX_NAMES)
        return wh_json_fail(scan, WH_JSON_FAULT_NAMES, scan->at);
    size_t capacity = names->capacity > 0 ? 2 * names->capacity : FIRST_NAMES;
    struct wh_json_name *items = reallocarray(names->items, capacity, sizeof(*items));
    if (items == NULL)
        return wh_json_fail(scan, WH_JSON_FAULT_MEMORY, scan->at);
    names->items = items;
    names->capacity = capacity;
    return true;
}

bool wh_json_names_add(struct wh_json_scan *scan, const struct wh_json_string *name)
{
    struct wh_json_names *names = scan->names;
    if (names->count == names->capacity && !grow_names(scan))
        return false;
    struct wh_str plain = wh_json_unescape(name, scan->scratch);
    if (plain.ptr == NULL)
        return wh_json_fail(scan, WH_JSON_FAULT_MEMORY, scan->at);
    names->items[names->count++] = (struct wh_json_name){plain, name->raw.ptr - 1};
    return true;
}

static bool fail_repeated(struct wh_json_scan *scan, const struct wh_json_name *later)
{
    scan->fault_name = later->text;
    return wh_json_fail(scan, WH_JSON_FAULT_REPEATED, later->at);
}

/* By text, then by place. */
static int compare_names(const void *a, const void *b)
{
    const struct wh_json_name *left = a;
    const struct wh_json_name *right = b;
    int order = wh_str_compare(left->text, right->text);
    return order != 0 ? order : (left->at > right->at) - (left->at < right->at);
}

static bool check_many(struct wh_json_scan *scan, struct wh_json_name *names, size_t count)
{
    qsort(names, count, sizeof(*names), compare_names);
    for (size_t i = 1; i < count; i++) {
        if (wh_str_equal(names[i - 1].text, names[i].text))
            return fail_repeated(scan, &names[i]);
    }
    return true;
}

static bool check_few(struct wh_json_scan *scan, const struct wh_json_name *names, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (wh_str_equal(names[i].text, names[k].text))
                return fail_repeated(scan, &names[i]);
        }
    }
    return true;
}

bool wh_json_names_close(struct wh_json_scan *scan, size_t first)
{
    struct wh_json_names *names = scan->names;
    size_t count = names->count - first;
    names->count = first;
    if (count < 2)
        return true;
    struct wh_json_name *items = names->items + first;
    return count <= FEW_NAMES ? check_few(scan, items, count) : check_many(scan, items, count);
}
