/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/cap.h"

#include <inttypes.h>

#include "base/error.h"
#include "data/hash.h"

/* Writes length and hash of the whole text beside the part that is kept. */
static wh_code cut(struct wh_str whole, struct wh_str kept, struct wh_arena *arena,
                   struct wh_capped *ret, struct wh_error *err)
{
    struct wh_str hash;
    WH_TRY(wh_arena_format(arena, &hash, err, "%016" PRIx64, wh_hash_bytes(whole, 0)));
    *ret = (struct wh_capped){.text = wh_param_text(kept),
                              .length = wh_param_int((int64_t)whole.len),
                              .hash = wh_param_text(hash)};
    return WH_OK;
}

wh_code wh_cap_text(struct wh_str text, struct wh_arena *arena, struct wh_capped *ret,
                    struct wh_error *err)
{
    *ret = (struct wh_capped){.text = wh_param_text(text)};
    if (text.len <= WH_CAP_BYTES)
        return WH_OK;
    return cut(text, wh_str_make(text.ptr, wh_str_utf8_cut(text, WH_CAP_BYTES)), arena, ret, err);
}

/* ---- JSON objects ---------------------------------------------------------------------------- */

/* What may stand for the rest of a value that was cut. */
#define ELLIPSIS "\xe2\x80\xa6"

/* A value that is kept up to so many bytes needs no more room than this: quotes, ellipsis. */
#define LEAST_VALUE 32

/* The end of the JSON string that begins at @p at (a quote), behind its closing quote; 0: none. */
static size_t string_end(struct wh_str json, size_t at)
{
    for (size_t i = at + 1; i < json.len; i++) {
        if (json.ptr[i] == '"')
            return i + 1;
        if (json.ptr[i] == '\\')
            i++;
    }
    return 0;
}

/* The longest prefix of the string's inside that is at most @p limit bytes and splits neither a
 * character nor an escape. */
static size_t cut_inside(struct wh_str inside, size_t limit)
{
    size_t end = 0;
    while (end < inside.len) {
        size_t step = 1;
        if (inside.ptr[end] == '\\')
            step = end + 1 < inside.len && inside.ptr[end + 1] == 'u' ? 6 : 2;
        if (end + step > limit)
            break;
        end += step;
    }
    return wh_str_utf8_cut(inside, WH_MIN(end, inside.len));
}

static char *put(char *at, struct wh_str bytes)
{
    memcpy(at, bytes.ptr, bytes.len);
    return at + bytes.len;
}

/* Copies @p json to @p room with every string longer than @p longest cut to it;
 * returns the length, 0 where the text is no JSON. Member names are strings, too, but
 * as short as columns' names. */
static size_t copy_cut(struct wh_str json, size_t longest, char *room)
{
    char *out = room;
    for (size_t at = 0; at < json.len;) {
        if (json.ptr[at] != '"') {
            *out++ = json.ptr[at++];
            continue;
        }
        size_t end = string_end(json, at);
        if (end == 0)
            return 0;
        struct wh_str inside = wh_str_make(json.ptr + at + 1, end - at - 2);
        if (inside.len <= longest) {
            out = put(out, wh_str_make(json.ptr + at, end - at));
        } else {
            *out++ = '"';
            out = put(out, wh_str_make(inside.ptr, cut_inside(inside, longest)));
            out = put(out, WH_STR(ELLIPSIS "\""));
        }
        at = end;
    }
    return (size_t)(out - room);
}

wh_code wh_cap_object(struct wh_str object, struct wh_arena *arena, struct wh_capped *ret,
                      struct wh_error *err)
{
    if (object.len <= WH_CAP_BYTES || object.ptr[0] != '{')
        return wh_cap_text(object, arena, ret, err);
    /* A string grows by no more than the ellipsis where it is cut at all. */
    char *room = wh_arena_bytes(arena, object.len + sizeof(ELLIPSIS));
    if (room == NULL)
        return wh_error_no_memory(err, object.len);
    for (size_t longest = WH_CAP_BYTES / 2; longest >= LEAST_VALUE; longest /= 2) {
        size_t len = copy_cut(object, longest, room);
        if (len == 0)
            break;
        if (len <= WH_CAP_BYTES)
            return cut(object, wh_str_make(room, len), arena, ret, err);
    }
    return wh_cap_text(object, arena, ret, err);
}

/* ---- bytes ----------------------------------------------------------------------------------- */

static void encode_base64(struct wh_str bytes, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        uint32_t bits = (uint32_t)(unsigned char)bytes.ptr[i] << 16;
        if (left > 1)
            bits |= (uint32_t)(unsigned char)bytes.ptr[i + 1] << 8;
        if (left > 2)
            bits |= (unsigned char)bytes.ptr[i + 2];
        *out++ = digits[bits >> 18];
        *out++ = digits[bits >> 12 & 63];
        *out++ = left > 1 ? digits[bits >> 6 & 63] : '=';
        *out++ = left > 2 ? digits[bits & 63] : '=';
    }
}

wh_code wh_cap_bytes(struct wh_str bytes, struct wh_arena *arena, struct wh_capped *ret,
                     struct wh_error *err)
{
    *ret = (struct wh_capped){.text = {.kind = WH_PARAM_NULL}};
    if (bytes.ptr == NULL)
        return WH_OK;
    struct wh_str kept = wh_str_make(bytes.ptr, WH_MIN(bytes.len, (size_t)WH_CAP_BYTES));
    struct wh_str text = {.len = (kept.len + 2) / 3 * 4};
    char *room = wh_arena_bytes(arena, text.len + 1);
    if (room == NULL)
        return wh_error_no_memory(err, text.len + 1);
    encode_base64(kept, room);
    text.ptr = room;
    if (kept.len < bytes.len)
        return cut(bytes, text, arena, ret, err);
    ret->text = wh_param_text(text);
    return WH_OK;
}
