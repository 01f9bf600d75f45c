/* SPDX-License-Identifier: Apache-2.0 */
/* Unicode's normal forms, and characters by their numbers. */
#include <utf8proc.h>

#include "base/hex.h"
#include "convert/kernel_text.h"

/* ---- normal forms --------------------------------------------------------------------------- */

struct normal_form {
    const char *name;
    int options;
};

static const struct normal_form forms[] = {
    {"NFC", UTF8PROC_STABLE | UTF8PROC_COMPOSE},
    {"NFD", UTF8PROC_STABLE | UTF8PROC_DECOMPOSE},
    {"NFKC", UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT},
    {"NFKD", UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT},
};

/* PostgreSQL 15 knows Unicode 14, utf8proc 15. Of the characters that are new in it, these are
 * decomposed or reordered; in all that both know, normal forms never change (UAX 15). */
static const struct {
    uint32_t first;
    uint32_t last;
} newer_characters[] = {
    {0x10efd, 0x10eff}, {0x11f41, 0x11f42}, {0x1e030, 0x1e06d},
    {0x1e08f, 0x1e08f}, {0x1e4ec, 0x1e4ef},
};

static bool is_newer(uint32_t character)
{
    for (size_t i = 0; i < WH_COUNT_OF(newer_characters); i++) {
        if (character >= newer_characters[i].first && character <= newer_characters[i].last)
            return true;
    }
    return false;
}

/* Offset of the first byte that is not ASCII. */
static size_t find_wide(struct wh_str text)
{
    size_t at = 0;
    while (at < text.len && (unsigned char)text.ptr[at] < 0x80)
        at++;
    return at;
}

static bool has_newer(struct wh_str text)
{
    for (size_t at = 0; at < text.len; at += wh_character_bytes(text.ptr[at])) {
        if ((unsigned char)text.ptr[at] >= 0xf0 && is_newer(wh_character_value(text.ptr + at)))
            return true;
    }
    return false;
}

static enum wh_fault find_form(struct wh_call *call, size_t row, const struct normal_form **ret)
{
    struct wh_str name =
        call->node->input_count > 1 ? wh_text_at(&call->inputs[1], row) : WH_STR("NFC");
    for (size_t i = 0; i < WH_COUNT_OF(forms); i++) {
        *ret = &forms[i];
        if (wh_str_equal_ascii_fold(name, wh_str_from(forms[i].name)))
            return WH_FAULT_NONE;
    }
    return WH_FAULT_ARGUMENT;
}

/* @p text in a form, in scratch memory; ASCII is in all of them as it stands. */
static enum wh_fault normalize(struct wh_str text, const struct normal_form *form,
                               struct wh_arena *scratch, struct wh_str *ret)
{
    *ret = text;
    if (find_wide(text) == text.len)
        return WH_FAULT_NONE;
    if (has_newer(text))
        return WH_FAULT_ARGUMENT;
    if (text.len > WH_TEXT_MAX_BYTES)
        return WH_FAULT_LIMIT;
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text.ptr;
    utf8proc_option_t options = (utf8proc_option_t)form->options;
    utf8proc_ssize_t count =
        utf8proc_decompose(bytes, (utf8proc_ssize_t)text.len, NULL, 0, options);
    if (count < 0 || (size_t)count > WH_TEXT_MAX_BYTES)
        return WH_FAULT_LIMIT;
    utf8proc_int32_t *room = wh_arena_alloc(scratch, ((size_t)count + 1) * sizeof(*room));
    if (room == NULL)
        return WH_FAULT_NO_MEMORY;
    count = utf8proc_decompose(bytes, (utf8proc_ssize_t)text.len, room, count, options);
    utf8proc_ssize_t len = count >= 0 ? utf8proc_reencode(room, count, options) : count;
    if (len < 0)
        return WH_FAULT_LIMIT;
    *ret = wh_str_make((const char *)room, (size_t)len);
    return WH_FAULT_NONE;
}

/* A row's text in the form that is asked for; as it is where there is a fault, which is told. */
static enum wh_fault normalize_row(struct wh_call *call, size_t row, struct wh_str *ret)
{
    const struct normal_form *form = NULL;
    *ret = wh_text_at(&call->inputs[0], row);
    enum wh_fault fault = find_form(call, row, &form);
    if (fault == WH_FAULT_NONE)
        fault = normalize(*ret, form, call->scratch, ret);
    wh_call_check(call, row, fault);
    return fault;
}

static void replace_row(struct wh_call *call, size_t row)
{
    struct wh_str text = wh_text_at(&call->inputs[0], row);
    struct wh_str made;
    enum wh_fault fault = normalize_row(call, row, &made);
    call->result->values.texts[row] = text;
    if (fault != WH_FAULT_NONE || wh_str_equal(text, made))
        return;
    char *room = wh_call_room(call, row, made.len);
    if (room == NULL)
        return;
    memcpy(room, made.ptr, made.len);
    wh_call_set_text(call, row, room, made.len);
}

wh_code wh_text_normalize(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    replace_row(call, row);
    return WH_OK;
}

wh_code wh_text_is_normalized(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        struct wh_str made;
        if (normalize_row(call, row, &made) == WH_FAULT_NONE)
            call->result->values.bools[row] = wh_str_equal(wh_text_at(&call->inputs[0], row), made);
    }
    return WH_OK;
}

/* ---- unistr() ------------------------------------------------------------------------------- */

/* \XXXX, \uXXXX, \+XXXXXX, \UXXXXXXXX behind the backslash; false where it is none of them. */
static bool read_escape(struct wh_str text, size_t *at, uint32_t *ret)
{
    size_t digits = 4;
    uint32_t value = 0;
    char kind = *at < text.len ? text.ptr[*at] : '\0';
    if (kind == 'u' || kind == 'U' || kind == '+') {
        digits = kind == 'u' ? 4 : kind == 'U' ? 8 : 6;
        (*at)++;
    }
    if (text.len - *at < digits)
        return false;
    for (; digits > 0; digits--, (*at)++) {
        int digit = wh_hex_digit(text.ptr[*at]);
        if (digit < 0 || value > 0xfffffff)
            return false;
        value = value << 4 | (uint32_t)digit;
    }
    *ret = value;
    return true;
}

static bool is_surrogate(uint32_t value, uint32_t first)
{
    return value >= first && value < first + 0x400;
}

/* One escape, or two that are a pair of surrogates. */
static enum wh_fault read_character(struct wh_str text, size_t *at, uint32_t *ret)
{
    uint32_t low = 0;
    if (!read_escape(text, at, ret))
        return WH_FAULT_SYNTAX;
    if (is_surrogate(*ret, 0xd800)) {
        if (*at >= text.len || text.ptr[*at] != '\\')
            return WH_FAULT_SYNTAX;
        (*at)++;
        if (!read_escape(text, at, &low) || !is_surrogate(low, 0xdc00))
            return WH_FAULT_SYNTAX;
        *ret = 0x10000 + ((*ret - 0xd800) << 10) + (low - 0xdc00);
    }
    if (*ret == 0 || *ret > 0x10ffff || is_surrogate(*ret, 0xdc00))
        return WH_FAULT_SYNTAX;
    return WH_FAULT_NONE;
}

static enum wh_fault undo_escapes(struct wh_str text, char *room, size_t *ret_len)
{
    size_t len = 0;
    for (size_t at = 0; at < text.len;) {
        if (text.ptr[at] != '\\') {
            room[len++] = text.ptr[at++];
            continue;
        }
        at++;
        if (at < text.len && text.ptr[at] == '\\') {
            room[len++] = text.ptr[at++];
            continue;
        }
        uint32_t value;
        enum wh_fault fault = read_character(text, &at, &value);
        if (fault != WH_FAULT_NONE)
            return fault;
        len += wh_put_character(value, room + len);
    }
    *ret_len = len;
    return WH_FAULT_NONE;
}

/* No character is longer than its escape. */
wh_code wh_text_unistr(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        struct wh_str text = wh_text_at(&call->inputs[0], row);
        char *room = wh_call_room(call, row, text.len);
        size_t len = 0;
        if (room == NULL)
            continue;
        wh_call_check(call, row, undo_escapes(text, room, &len));
        wh_call_set_text(call, row, room, len);
    }
    return WH_OK;
}
