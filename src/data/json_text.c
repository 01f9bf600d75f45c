/* SPDX-License-Identifier: Apache-2.0 */
#include "data/json_text.h"

/* The escapes that JSON has letters for; other control characters are written as \u00XX. */
static const char escape_letters[128] = {
    ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n',  ['\r'] = 'r',
    ['\t'] = 't', ['"'] = '"',  ['\\'] = '\\',
};

static bool needs_escape(unsigned char byte)
{
    return byte < 0x20 || byte == 0x7f || byte == '"' || byte == '\\';
}

static wh_code append_escaped(struct wh_buf *out, unsigned char byte, struct wh_error *err)
{
    if (escape_letters[byte] != 0) {
        char pair[2] = {'\\', escape_letters[byte]};
        return wh_buf_append(out, pair, sizeof(pair), err);
    }
    return wh_buf_printf(out, err, "\\u%04x", byte);
}

wh_code wh_json_append_text(struct wh_buf *out, struct wh_str text, struct wh_error *err)
{
    if (text.ptr == NULL)
        return wh_buf_append_str(out, WH_STR("null"), err);
    WH_TRY(wh_buf_append_byte(out, '"', err));
    size_t plain = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        if (!needs_escape(byte))
            continue;
        WH_TRY(wh_buf_append(out, text.ptr + plain, i - plain, err));
        WH_TRY(append_escaped(out, byte, err));
        plain = i + 1;
    }
    WH_TRY(wh_buf_append(out, text.ptr + plain, text.len - plain, err));
    return wh_buf_append_byte(out, '"', err);
}

wh_code wh_json_append_object(struct wh_buf *out, const struct wh_str *names,
                              const struct wh_str *values, size_t count, struct wh_error *err)
{
    WH_TRY(wh_buf_append_byte(out, '{', err));
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            WH_TRY(wh_buf_append_str(out, WH_STR(", "), err));
        WH_TRY(wh_json_append_text(out, names[i], err));
        WH_TRY(wh_buf_append_str(out, WH_STR(": "), err));
        WH_TRY(wh_json_append_text(out, values[i], err));
    }
    return wh_buf_append_byte(out, '}', err);
}
