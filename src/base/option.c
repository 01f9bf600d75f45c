/* SPDX-License-Identifier: Apache-2.0 */
#include "base/option.h"

#include "base/error.h"

const struct wh_option *wh_option_find(const struct wh_option *table, struct wh_str name)
{
    for (const struct wh_option *option = table; option != NULL && option->name != NULL; option++)
        if (wh_str_is(name, option->name))
            return option;
    return NULL;
}

const char *wh_option_nearest(const struct wh_option *table, struct wh_str name)
{
    const char *nearest = NULL;
    /* A third of the letters may be wrong; more is another word. */
    size_t best = name.len / 3 + 2;
    for (const struct wh_option *option = table; option != NULL && option->name != NULL; option++) {
        size_t distance = wh_str_distance(name, wh_str_from(option->name));
        if (distance < best) {
            best = distance;
            nearest = option->name;
        }
    }
    return nearest;
}

/* ---- values --------------------------------------------------------------------------------- */

/* The decimal digits at the front of *text; moves behind them. */
static wh_code parse_digits(struct wh_str *text, uint64_t *ret, struct wh_error *err)
{
    struct wh_str whole = *text;
    uint64_t value = 0;
    size_t digits = 0;
    for (; digits < whole.len && whole.ptr[digits] >= '0' && whole.ptr[digits] <= '9'; digits++)
        if (__builtin_mul_overflow(value, UINT64_C(10), &value) ||
            __builtin_add_overflow(value, (uint64_t)(whole.ptr[digits] - '0'), &value))
            return wh_error_set(err, WH_INVALID, "'%.*s' is too large a number", WH_FMT(whole));
    if (digits == 0)
        return wh_error_set(err, WH_INVALID, "'%.*s' is not a number", WH_FMT(whole));
    *text = wh_str_make(whole.ptr + digits, whole.len - digits);
    *ret = value;
    return WH_OK;
}

wh_code wh_count_parse(struct wh_str text, uint64_t *ret, struct wh_error *err)
{
    struct wh_str rest = text;
    WH_TRY(parse_digits(&rest, ret, err));
    if (rest.len > 0)
        return wh_error_set(err, WH_INVALID, "'%.*s' is not a whole number", WH_FMT(text));
    return WH_OK;
}

wh_code wh_size_parse(struct wh_str text, uint64_t *ret, struct wh_error *err)
{
    static const struct {
        const char *name;
        uint64_t bytes;
    } units[] = {
        {"", 1},
        {"B", 1},
        {"kB", 1000},
        {"MB", 1000 * 1000},
        {"GB", UINT64_C(1000) * 1000 * 1000},
        {"KiB", 1 << 10},
        {"MiB", 1 << 20},
        {"GiB", 1 << 30},
    };
    struct wh_str rest = text;
    uint64_t value;
    WH_TRY(parse_digits(&rest, &value, err));
    struct wh_str unit = wh_str_trim(rest);
    for (size_t i = 0; i < WH_COUNT_OF(units); i++) {
        if (!wh_str_is(unit, units[i].name))
            continue;
        if (__builtin_mul_overflow(value, units[i].bytes, ret))
            return wh_error_set(err, WH_INVALID, "'%.*s' is too large a size", WH_FMT(text));
        return WH_OK;
    }
    return wh_error_set(err, WH_INVALID, "'%.*s' is not a size; write it like 64MiB, 10kB or 512",
                        WH_FMT(text));
}

static wh_code parse_bool(struct wh_str text, bool *ret, struct wh_error *err)
{
    *ret = wh_str_is(text, "true");
    if (!*ret && !wh_str_is(text, "false"))
        return wh_error_set(err, WH_INVALID, "'%.*s' is neither true nor false", WH_FMT(text));
    return WH_OK;
}

static wh_code parse_char(struct wh_str text, char *ret, struct wh_error *err)
{
    if (wh_str_is(text, "\\t"))
        *ret = '\t';
    else if (text.len == 1)
        *ret = text.ptr[0];
    else
        return wh_error_set(err, WH_INVALID, "'%.*s' is not one byte", WH_FMT(text));
    return WH_OK;
}

static wh_code set_value(const struct wh_option *option, char *field, struct wh_str text,
                         struct wh_error *err)
{
    switch (option->type) {
    case WH_OPTION_BOOL:
        return parse_bool(text, (bool *)field, err);
    case WH_OPTION_COUNT:
        return wh_count_parse(text, (uint64_t *)(void *)field, err);
    case WH_OPTION_SIZE:
        return wh_size_parse(text, (uint64_t *)(void *)field, err);
    case WH_OPTION_TEXT:
        *(struct wh_str *)(void *)field = text;
        return WH_OK;
    case WH_OPTION_CHAR:
        return parse_char(text, field, err);
    case WH_OPTION_LIST:
        return wh_error_set(err, WH_INVALID, "a list is needed, not one text");
    }
    return wh_error_set(err, WH_BUG, "bug in wherry: option '%s' has no type", option->name);
}

wh_code wh_option_set(const struct wh_option *option, void *target, struct wh_str text,
                      struct wh_error *err)
{
    wh_code rc = set_value(option, (char *)target + option->offset, text, err);
    return rc == WH_OK ? WH_OK : wh_error_prefix(err, rc, "option '%s'", option->name);
}

/* ---- comparing ------------------------------------------------------------------------------- */

/* No list and an empty one are different statements. */
static bool are_lists_equal(const struct wh_option_list *a, const struct wh_option_list *b)
{
    if (a->items == NULL || b->items == NULL)
        return a->items == b->items;
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!wh_str_equal(a->items[i], b->items[i]))
            return false;
    return true;
}

bool wh_option_is_equal(const struct wh_option *option, const void *a, const void *b)
{
    const void *left = (const char *)a + option->offset;
    const void *right = (const char *)b + option->offset;
    switch (option->type) {
    case WH_OPTION_BOOL:
        return *(const bool *)left == *(const bool *)right;
    case WH_OPTION_COUNT:
    case WH_OPTION_SIZE:
        return *(const uint64_t *)left == *(const uint64_t *)right;
    case WH_OPTION_TEXT:
        return wh_str_equal(*(const struct wh_str *)left, *(const struct wh_str *)right);
    case WH_OPTION_CHAR:
        return *(const char *)left == *(const char *)right;
    case WH_OPTION_LIST:
        return are_lists_equal(left, right);
    }
    return false;
}
