/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/substitute.h"

#include "base/buf.h"
#include "base/error.h"
#include "data/text.h"

static bool is_name_byte(char c, bool is_first)
{
    bool is_letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    return is_letter || (!is_first && c >= '0' && c <= '9');
}

/** One reference: ${name} or ${name:-fallback}. */
struct reference {
    struct wh_str whole; /* from $ to } */
    struct wh_str name;
    struct wh_str fallback; /* ptr NULL: none */
};

/* Reads the reference at the start of @p text, which begins with "${". */
static wh_code read_reference(struct wh_str text, struct reference *ret, struct wh_error *err)
{
    const char *close = memchr(text.ptr, '}', text.len);
    if (close == NULL)
        return wh_error_set(err, WH_INVALID,
                            "'%.*s' has no closing '}'; write $${ where ${ itself is meant",
                            WH_FMT(wh_str_make(text.ptr, WH_MIN(text.len, 40))));
    struct wh_str inside = wh_str_make(text.ptr + 2, (size_t)(close - text.ptr) - 2);
    size_t length = 0;
    while (length < inside.len && is_name_byte(inside.ptr[length], length == 0))
        length++;
    *ret = (struct reference){.whole = wh_str_make(text.ptr, inside.len + 3),
                              .name = wh_str_make(inside.ptr, length),
                              .fallback = WH_STR_NONE};
    struct wh_str rest = wh_str_make(inside.ptr + length, inside.len - length);
    if (length > 0 && wh_str_starts_with(rest, WH_STR(":-")))
        ret->fallback = wh_str_make(rest.ptr + 2, rest.len - 2);
    else if (length == 0 || rest.len > 0)
        return wh_error_set(err, WH_INVALID,
                            "'%.*s' is not a variable; write ${NAME} or ${NAME:-default}, and $${ "
                            "where ${ itself is meant",
                            WH_FMT(wh_str_make(text.ptr, WH_MIN(ret->whole.len, 80))));
    return WH_OK;
}

static wh_code look_up(const struct wh_substitution *substitution,
                       const struct reference *reference, struct wh_arena *arena,
                       struct wh_str *ret, struct wh_error *err)
{
    struct wh_str name;
    WH_TRY(wh_arena_copy(arena, reference->name, &name, err));
    const char *value = substitution->environment(substitution->ctx, name.ptr);
    if (reference->fallback.ptr != NULL && (value == NULL || value[0] == '\0')) {
        *ret = reference->fallback;
        return WH_OK;
    }
    if (value == NULL)
        return wh_error_set(err, WH_INVALID,
                            "'${%.*s}' is not set in the environment; set it, or write "
                            "${%.*s:-default}",
                            WH_FMT(name), WH_FMT(name));
    *ret = wh_str_from(value);
    if (!wh_utf8_is_valid(*ret))
        return wh_error_set(err, WH_INVALID, "the value of '${%.*s}' is not UTF-8", WH_FMT(name));
    return WH_OK;
}

/* Moves what stands before the next reference from @p text to @p out; false where there is none
 * left. "$${" is passed on as "${". */
static wh_code pass_literal(struct wh_str *text, struct wh_buf *out, bool *ret_found,
                            struct wh_error *err)
{
    *ret_found = false;
    size_t from = 0;
    for (size_t i = 0; i + 1 < text->len; i++) {
        if (text->ptr[i] != '$' || text->ptr[i + 1] != '{')
            continue;
        bool is_escaped = i > from && text->ptr[i - 1] == '$';
        size_t length = i - from - (is_escaped ? 1 : 0);
        WH_TRY(wh_buf_append(out, text->ptr + from, length, err));
        from = i;
        if (is_escaped)
            continue;
        *ret_found = true;
        break;
    }
    if (!*ret_found)
        WH_TRY(wh_buf_append(out, text->ptr + from, text->len - from, err));
    *text = wh_str_make(text->ptr + from, text->len - from);
    return WH_OK;
}

static wh_code replace_all(const struct wh_substitution *substitution, struct wh_str text,
                           struct wh_arena *arena, struct wh_buf *out, struct wh_error *err)
{
    for (;;) {
        bool found;
        WH_TRY(pass_literal(&text, out, &found, err));
        if (!found)
            return WH_OK;
        struct reference reference = {.name = WH_STR_NONE};
        struct wh_str value = WH_STR_NONE;
        WH_TRY(read_reference(text, &reference, err));
        WH_TRY(look_up(substitution, &reference, arena, &value, err));
        WH_TRY(wh_buf_append_str(out, value, err));
        text = wh_str_make(text.ptr + reference.whole.len, text.len - reference.whole.len);
    }
}

static bool has_reference(struct wh_str text)
{
    return text.len > 0 && memmem(text.ptr, text.len, "${", 2) != NULL;
}

wh_code wh_substitute(const struct wh_substitution *substitution, struct wh_str text,
                      struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    *ret = text;
    if (!has_reference(text))
        return WH_OK;
    WH_CLEANUP(wh_buf_release) struct wh_buf out;
    wh_buf_init(&out, WH_SUBSTITUTE_MAX_VALUE + text.len);
    wh_code rc = replace_all(substitution, text, arena, &out, err);
    if (rc == WH_LIMIT)
        return wh_error_set(err, WH_INVALID,
                            "a value is longer than %zu bytes once its variables "
                            "are replaced",
                            WH_SUBSTITUTE_MAX_VALUE);
    if (rc != WH_OK)
        return rc;
    return wh_arena_copy(arena, wh_buf_str(&out), ret, err);
}
