/* SPDX-License-Identifier: Apache-2.0 */
#include "report/json.h"

#include <math.h>

#include "base/error.h"
#include "data/text.h"
#include "report/text.h"

enum { USUAL_DOCUMENT = 4096 };

json_t *wh_json_document(const char *verb)
{
    json_t *document = json_object();
    wh_json_put(&document, "wherry", json_integer(WH_JSON_VERSION));
    wh_json_put(&document, "command", json_string(verb));
    return document;
}

void wh_json_put(json_t **object, const char *name, json_t *value)
{
    if (*object == NULL) {
        json_decref(value);
        return;
    }
    if (json_object_set_new(*object, name, value) == 0)
        return;
    json_decref(*object);
    *object = NULL;
}

void wh_json_add(json_t **list, json_t *value)
{
    if (*list == NULL) {
        json_decref(value);
        return;
    }
    if (json_array_append_new(*list, value) == 0)
        return;
    json_decref(*list);
    *list = NULL;
}

/** Text with every ill-formed part replaced; NUL is Unicode, and JSON can say it. */
static json_t *mended(struct wh_str text)
{
    static const struct wh_str replacement = {"\xef\xbf\xbd", 3};
    WH_CLEANUP(wh_buf_release) struct wh_buf buf;
    wh_buf_init(&buf, SIZE_MAX / 4);
    while (text.len > 0) {
        size_t bad_len;
        size_t good = wh_utf8_find_bad(text, &bad_len);
        if (wh_buf_append(&buf, text.ptr, good, NULL) != WH_OK)
            return NULL;
        if (good == text.len)
            break;
        struct wh_str instead = text.ptr[good] == '\0' ? wh_str_make("\0", 1) : replacement;
        if (wh_buf_append_str(&buf, instead, NULL) != WH_OK)
            return NULL;
        text = wh_str_make(text.ptr + good + bad_len, text.len - good - bad_len);
    }
    return json_stringn(buf.ptr != NULL ? buf.ptr : "", buf.len);
}

json_t *wh_json_text(struct wh_str text)
{
    if (text.ptr == NULL)
        return json_null();
    return wh_utf8_is_valid(text) ? json_stringn(text.ptr, text.len) : mended(text);
}

json_t *wh_json_count(uint64_t count)
{
    return json_integer(count > INT64_MAX ? INT64_MAX : (json_int_t)count);
}

json_t *wh_json_time(int64_t microseconds)
{
    char room[WH_TEXT_SIZE];
    return microseconds == 0 ? json_null() : json_string(wh_text_iso_time(microseconds, room));
}

json_t *wh_json_seconds(double seconds)
{
    return json_real(round(seconds * 1000) / 1000);
}

/** Dumps straight into the paper: jansson says how much it needs where that
 *  is more than was there. */
static void dump(json_t *document, size_t flags, struct wh_paper *paper)
{
    size_t size = USUAL_DOCUMENT;
    for (int attempt = 0; attempt < 2; attempt++) {
        char *room = wh_paper_write(paper, size);
        size_t needed = room != NULL ? json_dumpb(document, room, size, flags) : 0;
        if (needed == 0)
            break;
        if (needed <= size) {
            wh_paper_wrote(paper, needed);
            return;
        }
        size = needed;
    }
    if (paper->error.code == WH_OK)
        wh_error_set(&paper->error, WH_NO_MEMORY, "no memory for the JSON document");
}

void wh_json_print(json_t *document, bool is_pretty, struct wh_paper *paper)
{
    size_t layout = is_pretty ? JSON_INDENT(2) : JSON_COMPACT;
    dump(document, layout | JSON_REAL_PRECISION(12) | JSON_ENCODE_ANY, paper);
    wh_paper_put(paper, WH_STR("\n"));
    json_decref(document);
}

static const char *code_name(wh_code code)
{
    static const char *const names[] = {
        [WH_OK] = "ok",
        [WH_END] = "end",
        [WH_INVALID] = "invalid",
        [WH_UNSUPPORTED] = "unsupported",
        [WH_UNREACHABLE] = "unreachable",
        [WH_IO] = "io",
        [WH_NO_MEMORY] = "no_memory",
        [WH_LIMIT] = "limit",
        [WH_BUSY] = "busy",
        [WH_REFUSED] = "refused",
        [WH_CONFLICT] = "conflict",
        [WH_CORRUPT] = "corrupt",
        [WH_STOPPED] = "stopped",
        [WH_CANCELLED] = "cancelled",
        [WH_DIFFERENT] = "different",
        [WH_BUG] = "bug",
    };
    return (size_t)code < WH_COUNT_OF(names) ? names[code] : "bug";
}

json_t *wh_json_error(const struct wh_error *error)
{
    json_t *object = json_object();
    wh_json_put(&object, "code", json_string(code_name(error->code)));
    wh_json_put(&object, "message", wh_json_text(wh_str_from(error->message)));
    if (error->line > 0) {
        wh_json_put(&object, "line", json_integer(error->line));
        wh_json_put(&object, "column", json_integer(error->column));
    }
    if (error->sqlstate[0] != '\0')
        wh_json_put(&object, "sqlstate", json_string(error->sqlstate));
    return object;
}

json_t *wh_json_counts(const struct wh_counts *counts)
{
    json_t *object = json_object();
    wh_json_put(&object, "read", wh_json_count(counts->read));
    wh_json_put(&object, "inserted", wh_json_count(counts->inserted));
    wh_json_put(&object, "updated", wh_json_count(counts->updated));
    wh_json_put(&object, "unchanged", wh_json_count(counts->unchanged));
    wh_json_put(&object, "skipped", wh_json_count(counts->skipped));
    wh_json_put(&object, "rejected", wh_json_count(counts->rejected));
    wh_json_put(&object, "failed", wh_json_count(counts->failed));
    wh_json_put(&object, "deleted", wh_json_count(counts->deleted));
    return object;
}
