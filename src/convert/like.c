/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/like.h"

#include "convert/kernel_text.h"

/* Most patterns have no wildcard, or '%' at their ends alone: those are plain searches. */
enum shape { EXACT, PREFIX, SUFFIX, CONTAINS, GENERAL };

struct prepared {
    enum shape shape;
    struct wh_str text; /* without escapes and outer '%'; GENERAL: the pattern */
};

bool wh_like_is_valid(struct wh_str pattern)
{
    for (size_t i = 0; i < pattern.len; i++) {
        if (pattern.ptr[i] == '\\' && ++i == pattern.len)
            return false;
    }
    return true;
}

/* ---- preparing ------------------------------------------------------------------------------ */

/* Copies the literal bytes of @p pattern; false where a wildcard stands among them. */
static bool copy_literal(struct wh_str pattern, char *room, size_t *ret_len)
{
    size_t len = 0;
    for (size_t i = 0; i < pattern.len; i++) {
        if (pattern.ptr[i] == '%' || pattern.ptr[i] == '_')
            return false;
        if (pattern.ptr[i] == '\\' && ++i == pattern.len)
            return false;
        room[len++] = pattern.ptr[i];
    }
    *ret_len = len;
    return true;
}

/* True where the last byte is a '%' that no backslash escapes. */
static bool ends_open(struct wh_str pattern)
{
    size_t backslashes = 0;
    if (pattern.len == 0 || pattern.ptr[pattern.len - 1] != '%')
        return false;
    while (backslashes + 1 < pattern.len && pattern.ptr[pattern.len - 2 - backslashes] == '\\')
        backslashes++;
    return backslashes % 2 == 0;
}

const void *wh_like_prepare(struct wh_str pattern, struct wh_arena *arena)
{
    static const enum shape shapes[2][2] = {{EXACT, PREFIX}, {SUFFIX, CONTAINS}};
    struct prepared *prepared = WH_ARENA_NEW(arena, struct prepared);
    char *room = wh_arena_bytes(arena, pattern.len);
    if (prepared == NULL || room == NULL)
        return NULL;
    struct wh_str inner = pattern;
    bool opens = inner.len > 0 && inner.ptr[0] == '%';
    if (opens)
        inner = wh_str_make(inner.ptr + 1, inner.len - 1);
    bool closes = ends_open(inner);
    if (closes)
        inner.len--;
    size_t len = 0;
    if (copy_literal(inner, room, &len))
        *prepared = (struct prepared){shapes[opens][closes], wh_str_make(room, len)};
    else
        *prepared = (struct prepared){GENERAL, pattern};
    return prepared;
}

/* ---- matching ------------------------------------------------------------------------------- */

/* One step of the pattern at @p at against the text; false where it does not match. */
static bool match_one(struct wh_str text, size_t *text_at, struct wh_str pattern, size_t *at)
{
    if (*text_at == text.len)
        return false;
    if (pattern.ptr[*at] == '_') {
        *text_at += wh_character_bytes(text.ptr[*text_at]);
        (*at)++;
        return true;
    }
    size_t literal = *at + (pattern.ptr[*at] == '\\');
    if (text.ptr[*text_at] != pattern.ptr[literal])
        return false;
    (*text_at)++;
    *at = literal + 1;
    return true;
}

/* After a mismatch only the last '%' need take more: what earlier ones took can stay. So the time
 * is at most the product of the lengths. */
static bool match(struct wh_str text, struct wh_str pattern)
{
    size_t text_at = 0;
    size_t at = 0;
    size_t behind_percent = SIZE_MAX;
    size_t taken_to = 0;
    for (;;) {
        if (at < pattern.len && pattern.ptr[at] == '%') {
            behind_percent = ++at;
            taken_to = text_at;
            continue;
        }
        if (at == pattern.len && text_at == text.len)
            return true;
        if (at < pattern.len && match_one(text, &text_at, pattern, &at))
            continue;
        if (behind_percent == SIZE_MAX || taken_to == text.len)
            return false;
        taken_to += wh_character_bytes(text.ptr[taken_to]);
        text_at = taken_to;
        at = behind_percent;
    }
}

static bool match_prepared(const struct prepared *prepared, struct wh_str text)
{
    switch (prepared->shape) {
    case EXACT:
        return wh_str_equal(text, prepared->text);
    case PREFIX:
        return wh_str_starts_with(text, prepared->text);
    case SUFFIX:
        return wh_str_ends_with(text, prepared->text);
    case CONTAINS:
        return wh_text_find(text, prepared->text, 0) != SIZE_MAX;
    case GENERAL:
        break;
    }
    return match(text, prepared->text);
}

static wh_code like_kernel(struct wh_call *call)
{
    const struct prepared *prepared = call->node->state;
    bool is_negated = call->node->operation == &wh_not_like_operation;
    WH_EACH_ROW(call, row)
    {
        struct wh_str text = wh_text_at(&call->inputs[0], row);
        struct wh_str pattern = wh_text_at(&call->inputs[1], row);
        if (prepared != NULL)
            call->result->values.bools[row] = match_prepared(prepared, text) != is_negated;
        else if (!wh_like_is_valid(pattern))
            wh_call_fault(call, row, WH_FAULT_ARGUMENT);
        else
            call->result->values.bools[row] = match(text, pattern) != is_negated;
    }
    return WH_OK;
}

const struct wh_operation wh_like_operation = {
    .name = "LIKE", .kernel = like_kernel, .style = WH_STYLE_INFIX};
const struct wh_operation wh_not_like_operation = {
    .name = "NOT LIKE", .kernel = like_kernel, .style = WH_STYLE_INFIX};
const struct wh_operation wh_lower_operation = {.name = "lower", .kernel = wh_text_lower};

/* ---- ESCAPE --------------------------------------------------------------------------------- */

/* The character at @p at of the pattern, with the escape that it needs; returns what follows it. */
static size_t put_escaped(struct wh_str pattern, size_t at, struct wh_str escape, char **end)
{
    size_t len = wh_character_bytes(pattern.ptr[at]);
    bool is_escape =
        escape.len > 0 && len == escape.len && memcmp(pattern.ptr + at, escape.ptr, len) == 0;
    if (is_escape) {
        *(*end)++ = '\\';
        at += len;
        if (at == pattern.len)
            return at;
        len = wh_character_bytes(pattern.ptr[at]);
    } else if (pattern.ptr[at] == '\\') {
        *(*end)++ = '\\';
    }
    memcpy(*end, pattern.ptr + at, len);
    *end += len;
    return at + len;
}

static wh_code escape_kernel(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        struct wh_str pattern = wh_text_at(&call->inputs[0], row);
        struct wh_str escape = wh_text_at(&call->inputs[1], row);
        if (escape.len > 0 && wh_character_bytes(escape.ptr[0]) != escape.len) {
            wh_call_fault(call, row, WH_FAULT_ARGUMENT);
            continue;
        }
        char *room = wh_call_room(call, row, pattern.len * 2);
        if (room == NULL)
            continue;
        char *end = room;
        for (size_t at = 0; at < pattern.len;)
            at = put_escaped(pattern, at, escape, &end);
        wh_call_set_text(call, row, room, (size_t)(end - room));
    }
    return WH_OK;
}

const struct wh_operation wh_like_escape_operation = {.name = "like_escape",
                                                      .kernel = escape_kernel};
