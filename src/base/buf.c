/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/size.h"

enum { CAPACITY_MIN = 64, VARINT_MAX = 10 };

void wh_buf_init(struct wh_buf *buf, size_t max)
{
    *buf = (struct wh_buf){.max = max};
}

void wh_buf_release(struct wh_buf *buf)
{
    if (buf == NULL)
        return;
    free(buf->ptr);
    *buf = (struct wh_buf){.max = buf->max};
}

void wh_buf_reset(struct wh_buf *buf)
{
    buf->len = 0;
}

void wh_buf_reset_huge(struct wh_buf *buf)
{
    if (buf->capacity > WH_BUF_KEPT)
        wh_buf_release(buf);
    wh_buf_reset(buf);
}

wh_code wh_buf_reserve(struct wh_buf *buf, size_t extra, struct wh_error *err)
{
    size_t needed;
    if (!wh_size_add(buf->len, extra, &needed) || needed > buf->max)
        return wh_error_set(err, WH_LIMIT, "more than %zu bytes in one text", buf->max);
    if (needed <= buf->capacity && buf->ptr != NULL)
        return WH_OK;
    size_t doubled;
    if (!wh_size_mul(WH_MAX(buf->capacity, CAPACITY_MIN), 2, &doubled))
        doubled = needed;
    size_t capacity = WH_MAX(needed, WH_MIN(doubled, buf->max));
    char *grown = realloc(buf->ptr, WH_MAX(capacity, 1));
    if (grown == NULL)
        return wh_error_no_memory(err, capacity);
    buf->ptr = grown;
    buf->capacity = capacity;
    return WH_OK;
}

wh_code wh_buf_append(struct wh_buf *buf, const void *bytes, size_t len, struct wh_error *err)
{
    if (len == 0)
        return WH_OK;
    WH_TRY(wh_buf_reserve(buf, len, err));
    memcpy(buf->ptr + buf->len, bytes, len);
    buf->len += len;
    return WH_OK;
}

wh_code wh_buf_append_str(struct wh_buf *buf, struct wh_str s, struct wh_error *err)
{
    return wh_buf_append(buf, s.ptr, s.len, err);
}

wh_code wh_buf_append_byte(struct wh_buf *buf, char byte, struct wh_error *err)
{
    return wh_buf_append(buf, &byte, 1, err);
}

wh_code wh_buf_printf(struct wh_buf *buf, struct wh_error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        return wh_error_set(err, WH_BUG, "bug in wherry: a text cannot be formatted");
    /* The NUL that vsnprintf() writes needs room, too, but is no part of the contents. */
    size_t size = (size_t)length + 1;
    size_t max = buf->max;
    buf->max = max < SIZE_MAX ? max + 1 : max;
    wh_code rc = wh_buf_reserve(buf, size, err);
    buf->max = max;
    if (rc != WH_OK)
        return rc;
    va_start(args, format);
    vsnprintf(buf->ptr + buf->len, size, format, args);
    va_end(args);
    buf->len += (size_t)length;
    return WH_OK;
}

wh_code wh_buf_append_varint(struct wh_buf *buf, uint64_t value, struct wh_error *err)
{
    char bytes[VARINT_MAX];
    size_t count = 0;
    while (value >= 0x80) {
        bytes[count++] = (char)(unsigned char)(value | 0x80);
        value >>= 7;
    }
    bytes[count++] = (char)(unsigned char)value;
    return wh_buf_append(buf, bytes, count, err);
}

const char *wh_buf_cstr(struct wh_buf *buf)
{
    if (buf->len == buf->capacity || buf->ptr == NULL) {
        char *grown = realloc(buf->ptr, buf->len + 1);
        if (grown == NULL)
            return NULL;
        buf->ptr = grown;
        buf->capacity = buf->len + 1;
    }
    buf->ptr[buf->len] = '\0';
    return buf->ptr;
}
