/* SPDX-License-Identifier: Apache-2.0 */
/** Records of converted files: written, and what their columns can be. */
#include "format/records.h"

#include "base/error.h"

wh_code wh_record_begin(struct wh_buf *buf, uint32_t line, size_t *ret_start, struct wh_error *err)
{
    struct wh_record_head head = {.line = line};
    *ret_start = buf->len;
    return wh_buf_append(buf, &head, sizeof(head), err);
}

wh_code wh_record_add(struct wh_buf *buf, size_t column, struct wh_str text, struct wh_error *err)
{
    struct wh_record_value value = {.column = (uint32_t)column, .len = (uint32_t)text.len};
    WH_TRY(wh_buf_append(buf, &value, sizeof(value), err));
    return wh_buf_append_str(buf, text, err);
}

static wh_code finish(struct wh_buf *buf, size_t start, enum wh_record_kind kind,
                      struct wh_error *err)
{
    struct wh_record_head head;
    WH_ASSERT(buf->len - start <= UINT32_MAX, err);
    memcpy(&head, buf->ptr + start, sizeof(head));
    head.size = (uint32_t)(buf->len - start);
    head.kind = kind;
    memcpy(buf->ptr + start, &head, sizeof(head));
    return WH_OK;
}

wh_code wh_record_end(struct wh_buf *buf, size_t start, struct wh_error *err)
{
    return finish(buf, start, WH_RECORD_ROW, err);
}

/* The texts of the record's values, with tabs between them. */
static wh_code collect_raw(const struct wh_buf *buf, size_t start, struct wh_buf *raw,
                           struct wh_error *err)
{
    for (size_t at = start + sizeof(struct wh_record_head); at < buf->len;) {
        struct wh_record_value value;
        memcpy(&value, buf->ptr + at, sizeof(value));
        at += sizeof(value);
        struct wh_str text = wh_str_make(buf->ptr + at, value.len);
        at += value.len;
        if (raw->len > 0)
            WH_TRY(wh_buf_append_byte(raw, '\t', err));
        text.len = wh_str_utf8_cut(text, WH_FORMAT_RAW_SIZE - WH_MIN(raw->len, WH_FORMAT_RAW_SIZE));
        WH_TRY(wh_buf_append_str(raw, text, err));
        if (raw->len >= WH_FORMAT_RAW_SIZE)
            return WH_OK;
    }
    return WH_OK;
}

wh_code wh_record_reject(struct wh_buf *buf, size_t start, struct wh_str reason,
                         struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf raw;
    wh_buf_init(&raw, 2 * WH_FORMAT_RAW_SIZE);
    WH_TRY(collect_raw(buf, start, &raw, err));
    return wh_record_refuse(buf, start, WH_RECORD_BAD, reason, wh_buf_str(&raw), err);
}

wh_code wh_record_refuse(struct wh_buf *buf, size_t start, enum wh_record_kind kind,
                         struct wh_str reason, struct wh_str raw, struct wh_error *err)
{
    buf->len = start + sizeof(struct wh_record_head);
    uint32_t len = (uint32_t)reason.len;
    raw.len = WH_MIN(raw.len, WH_FORMAT_RAW_SIZE);
    WH_TRY(wh_buf_append(buf, &len, sizeof(len), err));
    WH_TRY(wh_buf_append_str(buf, reason, err));
    WH_TRY(wh_buf_append_str(buf, raw, err));
    return finish(buf, start, kind, err);
}

/* ---- types of columns ------------------------------------------------------------------------ */

static bool are_both(struct wh_type a, struct wh_type b, enum wh_kind narrow, enum wh_kind wide)
{
    return (a.kind == narrow && b.kind == wide) || (a.kind == wide && b.kind == narrow);
}

struct wh_type wh_record_type_join(struct wh_type a, struct wh_type b)
{
    if (a.kind == WH_KIND_NULL || wh_type_equal(a, b))
        return b;
    if (b.kind == WH_KIND_NULL)
        return a;
    if (are_both(a, b, WH_KIND_INT, WH_KIND_NUMERIC))
        return (struct wh_type){.kind = WH_KIND_NUMERIC};
    if (are_both(a, b, WH_KIND_DATE, WH_KIND_TIMESTAMP))
        return (struct wh_type){.kind = WH_KIND_TIMESTAMP};
    return (struct wh_type){.kind = WH_KIND_TEXT};
}

static const char *kind_name(enum wh_kind kind)
{
    static const char *const names[WH_KIND_COUNT] = {
        [WH_KIND_BOOL] = "boolean",
        [WH_KIND_INT] = "bigint",
        [WH_KIND_FLOAT] = "double precision",
        [WH_KIND_NUMERIC] = "numeric",
        [WH_KIND_DATE] = "date",
        [WH_KIND_TIME] = "time",
        [WH_KIND_TIMESTAMP] = "timestamp",
        [WH_KIND_INTERVAL] = "interval",
        [WH_KIND_BYTES] = "bytea",
    };
    return names[kind] != NULL ? names[kind] : "text";
}

struct wh_column_info wh_record_column(struct wh_str name, struct wh_type type)
{
    if (type.kind == WH_KIND_NULL || type.kind == WH_KIND_TEXT)
        return wh_format_text_column(name);
    return (struct wh_column_info){
        .name = name, .declared = wh_str_from(kind_name(type.kind)), .type = type};
}

/* So many columns are named to people. */
#define MOST_SHOWN ((size_t)30)

wh_code wh_record_explain(const struct wh_column_info *columns, size_t count, struct wh_buf *text,
                          struct wh_error *err)
{
    WH_TRY(wh_buf_printf(text, err, "%zu column%s", count, count == 1 ? "" : "s"));
    for (size_t i = 0; i < count && i < MOST_SHOWN; i++)
        WH_TRY(wh_buf_printf(text, err, "%s%.*s %.*s", i == 0 ? ": " : ", ",
                             WH_FMT(columns[i].name), WH_FMT(columns[i].declared)));
    return count > MOST_SHOWN ? wh_buf_printf(text, err, ", …") : WH_OK;
}
