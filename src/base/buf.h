/* SPDX-License-Identifier: Apache-2.0 */
/** A growable byte buffer with a maximum. */
#ifndef WH_BASE_BUF_H
#define WH_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/str.h"

struct wh_buf {
    char *ptr;
    size_t len;
    size_t capacity;
    size_t max; /* bytes it may grow to */
};

/** An empty buffer that refuses to grow above @p max bytes. */
void wh_buf_init(struct wh_buf *buf, size_t max);
void wh_buf_release(struct wh_buf *buf);
void wh_buf_reset(struct wh_buf *buf);

/** Empties the buffer, and gives its memory back where that is more than WH_BUF_KEPT: what one huge
 *  value took is not held on to. */
void wh_buf_reset_huge(struct wh_buf *buf);
#define WH_BUF_KEPT ((size_t)16 << 20)

/** Makes room for @p extra more bytes: WH_LIMIT above the maximum, WH_NO_MEMORY; on failure the
 *  contents are as before. After it @p extra bytes may be written at buf->ptr + buf->len. */
WH_MUST_CHECK wh_code wh_buf_reserve(struct wh_buf *buf, size_t extra, struct wh_error *err);

WH_MUST_CHECK wh_code wh_buf_append(struct wh_buf *buf, const void *bytes, size_t len,
                                    struct wh_error *err);
WH_MUST_CHECK wh_code wh_buf_append_str(struct wh_buf *buf, struct wh_str s, struct wh_error *err);
WH_MUST_CHECK wh_code wh_buf_append_byte(struct wh_buf *buf, char byte, struct wh_error *err);
WH_MUST_CHECK wh_code wh_buf_printf(struct wh_buf *buf, struct wh_error *err, const char *format,
                                    ...) WH_PRINTF(3, 4);

/** Little-endian base-128: at most 10 bytes. */
WH_MUST_CHECK wh_code wh_buf_append_varint(struct wh_buf *buf, uint64_t value,
                                           struct wh_error *err);

/** Contents as a slice, valid until the buffer changes. */
static inline struct wh_str wh_buf_str(const struct wh_buf *buf)
{
    return wh_str_make(buf->ptr, buf->len);
}

/** Contents with a NUL put behind them (not counted); NULL when memory is out. */
const char *wh_buf_cstr(struct wh_buf *buf);

#endif
