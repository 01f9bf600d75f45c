/* SPDX-License-Identifier: Apache-2.0 */
/** Which encoding a file has: what the migration file states, checked against its byte order mark. */
#include "base/error.h"
#include "connect/file/source.h"

/* Enough for every mark. */
#define MARK_SIZE 4

static wh_code refuse_mark(const struct wh_source_file *known, const struct wh_encoding *mark,
                           const struct wh_encoding *stated, struct wh_error *err)
{
    return wh_error_set(err, WH_INVALID,
                        "'%.*s' begins with the byte order mark of %s, and 'encoding' states %s; "
                        "take 'encoding' away",
                        WH_FMT(known->name), mark->name, stated->name);
}

static wh_code choose(const struct wh_source_file *known, const struct wh_encoding *stated,
                      struct wh_str head, struct wh_encoding *ret, struct wh_error *err)
{
    struct wh_encoding mark;
    bool has_mark = wh_encoding_of_mark(head, &mark);
    *ret = *stated;
    switch (stated->kind) {
    case WH_ENCODING_UTF8:
        /* No text in UTF-8 begins with another's mark: those are no characters in it. */
        if (has_mark)
            *ret = mark;
        return WH_OK;
    case WH_ENCODING_UTF16:
        if (!has_mark)
            return wh_error_set(err, WH_INVALID,
                                "'%.*s' has no byte order mark; state UTF-16LE or UTF-16BE as its "
                                "'encoding'",
                                WH_FMT(known->name));
        *ret = mark;
        if (mark.kind != WH_ENCODING_UTF16LE && mark.kind != WH_ENCODING_UTF16BE)
            return refuse_mark(known, &mark, stated, err);
        return WH_OK;
    case WH_ENCODING_LATIN1:
    case WH_ENCODING_CP1252:
    case WH_ENCODING_UTF16LE:
    case WH_ENCODING_UTF16BE:
        if (has_mark && mark.kind != stated->kind)
            return refuse_mark(known, &mark, stated, err);
        return WH_OK;
    case WH_ENCODING_OTHER:
        return WH_OK;
    }
    return WH_OK;
}

wh_code wh_file_choose_encoding(const struct wh_format_options *options,
                                struct wh_source_file *known, struct wh_error *err)
{
    struct wh_encoding stated;
    if (!wh_encoding_find(options->encoding, &stated))
        return wh_error_set(err, WH_BUG, "bug in wherry: the encoding was not checked");
    WH_CLEANUP(wh_stream_close) struct wh_stream stream = WH_STREAM_CLOSED;
    char head[MARK_SIZE];
    size_t got;
    WH_TRY(wh_stream_open(&stream, known->path, known->form, err));
    wh_code rc = wh_stream_read_at(&stream, 0, head, sizeof(head), &got, err);
    if (rc != WH_OK)
        return wh_error_prefix(err, rc, "'%.*s'", WH_FMT(known->name));
    return choose(known, &stated, wh_str_make(head, got), &known->form.encoding, err);
}
