/* SPDX-License-Identifier: Apache-2.0 */
#include "sql/type_name.h"

#include <stdint.h>
#include <stdio.h>

#define MAX_ARGUMENTS 2
#define MAX_PRECISION 1000 /* PostgreSQL's, for precision and scale of a declared numeric */

/** A declared type taken apart. */
struct parts {
    char name[WH_TYPE_NAME_SIZE]; /* lower case, one space between words */
    size_t name_len;
    int64_t arguments[MAX_ARGUMENTS];
    size_t argument_count;
};

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/** Appends the words of @p text to the name; false where it has no room for them. */
static bool add_words(struct parts *parts, struct wh_str text)
{
    bool needs_space = parts->name_len > 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (is_space(c)) {
            needs_space = parts->name_len > 0;
            continue;
        }
        if (parts->name_len + 2 > sizeof(parts->name))
            return false;
        if (needs_space)
            parts->name[parts->name_len++] = ' ';
        needs_space = false;
        parts->name[parts->name_len++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return true;
}

/** A whole number of at most ten digits, with or without a sign. */
static bool read_argument(struct wh_str text, int64_t *ret)
{
    text = wh_str_trim(text);
    bool is_negative = text.len > 0 && text.ptr[0] == '-';
    size_t first = text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+') ? 1 : 0;
    if (text.len == first || text.len - first > 10)
        return false;
    int64_t value = 0;
    for (size_t i = first; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        value = value * 10 + (text.ptr[i] - '0');
    }
    *ret = is_negative ? -value : value;
    return true;
}

static bool read_arguments(struct parts *parts, struct wh_str text)
{
    do {
        struct wh_str argument = wh_str_split(&text, ',');
        if (parts->argument_count == MAX_ARGUMENTS ||
            !read_argument(argument, &parts->arguments[parts->argument_count]))
            return false;
        parts->argument_count++;
    } while (text.ptr != NULL);
    return true;
}

static bool take_apart(struct wh_str declared, struct parts *parts)
{
    *parts = (struct parts){.name_len = 0};
    const char *open = declared.len > 0 ? memchr(declared.ptr, '(', declared.len) : NULL;
    if (open == NULL)
        return add_words(parts, declared);
    size_t before = (size_t)(open - declared.ptr);
    struct wh_str rest = wh_str_make(open + 1, declared.len - before - 1);
    const char *close = rest.len > 0 ? memchr(rest.ptr, ')', rest.len) : NULL;
    if (close == NULL)
        return false;
    size_t inside = (size_t)(close - rest.ptr);
    return read_arguments(parts, wh_str_make(rest.ptr, inside)) &&
           add_words(parts, wh_str_make(declared.ptr, before)) &&
           add_words(parts, wh_str_make(close + 1, rest.len - inside - 1));
}

static bool apply_length(const struct parts *parts, struct wh_type *type)
{
    if (parts->argument_count == 0)
        return true;
    if (parts->argument_count > 1 || parts->arguments[0] < 1 || parts->arguments[0] > INT32_MAX)
        return false;
    type->length = (int32_t)parts->arguments[0];
    return true;
}

static bool apply_precision(const struct parts *parts, struct wh_type *type)
{
    if (parts->argument_count == 0)
        return true;
    int64_t precision = parts->arguments[0];
    int64_t scale = parts->argument_count > 1 ? parts->arguments[1] : 0;
    if (precision < 1 || precision > MAX_PRECISION || scale < 0 || scale > MAX_PRECISION)
        return false;
    type->has_scale = true;
    type->precision = (int16_t)precision;
    type->scale = (int16_t)scale;
    return true;
}

static bool apply_arguments(const struct parts *parts, enum wh_sql_arguments meaning,
                            struct wh_type *type)
{
    if (meaning == WH_SQL_LENGTH)
        return apply_length(parts, type);
    if (meaning == WH_SQL_PRECISION)
        return apply_precision(parts, type);
    return true;
}

bool wh_sql_type_parse(const struct wh_sql_dialect *dialect, struct wh_str declared,
                       struct wh_type *ret)
{
    struct parts parts;
    if (!take_apart(declared, &parts))
        return false;
    struct wh_str name = wh_str_make(parts.name, parts.name_len);
    for (const struct wh_sql_type_name *entry = dialect->type_names; entry->name != NULL; entry++) {
        if (!wh_str_is(name, entry->name))
            continue;
        struct wh_type type = entry->type;
        if (!apply_arguments(&parts, entry->arguments, &type))
            return false;
        *ret = type;
        return true;
    }
    return false;
}

static const char *int_name(const struct wh_sql_kind_names *names, int bits)
{
    if (bits == 16)
        return names->int16;
    return bits == 32 ? names->int32 : names->int64;
}

static const char *text_name(const struct wh_sql_kind_names *names, struct wh_type type)
{
    if (type.length > 0)
        return type.is_padded ? names->padded : names->bounded;
    return type.is_padded ? names->blank : names->plain[WH_KIND_TEXT];
}

const char *wh_sql_type_declare(const struct wh_sql_dialect *dialect, struct wh_type type,
                                char *room)
{
    const struct wh_sql_kind_names *names = &dialect->kind_names;
    const char *name = names->plain[type.kind];
    if (type.kind == WH_KIND_INT)
        name = int_name(names, type.bits);
    else if (type.kind == WH_KIND_FLOAT)
        name = type.bits == 32 ? names->float32 : names->float64;
    else if (type.kind == WH_KIND_TEXT)
        name = text_name(names, type);
    if (type.kind == WH_KIND_NUMERIC && type.has_scale)
        snprintf(room, WH_TYPE_NAME_SIZE, "%s(%d,%d)", name, type.precision, type.scale);
    else if (type.kind == WH_KIND_TEXT && type.length > 0)
        snprintf(room, WH_TYPE_NAME_SIZE, "%s(%d)", name, type.length);
    else
        snprintf(room, WH_TYPE_NAME_SIZE, "%s", name);
    return room;
}
