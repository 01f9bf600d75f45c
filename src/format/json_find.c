/* SPDX-License-Identifier: Apache-2.0 */
/** Where records are: lines, or elements of an array. */
#include "data/text.h"
#include "format/json_internal.h"

static bool is_blank(struct wh_str line)
{
    return line.len == 0 ||
           wh_json_skip_space(line.ptr, line.ptr + line.len) == line.ptr + line.len;
}

struct wh_json_record wh_json_find_line(const struct wh_json *json,
                                        const struct wh_format_text *text, size_t start)
{
    struct wh_json_record record = {.start = start};
    const char *from = text->bytes.ptr + start;
    size_t left = text->bytes.len - start;
    const char *newline = memchr(from, '\n', left);
    if (newline == NULL && !text->is_last) {
        record.kind = WH_JSON_ELEMENT_PARTIAL;
        return record;
    }
    size_t len = newline != NULL ? (size_t)(newline - from) : left;
    record.end = start + len;
    record.lines = newline != NULL;
    record.next = record.end + record.lines;
    record.kind = WH_JSON_ELEMENT_WHOLE;
    if (len > json->record_limit) {
        record.kind = WH_JSON_ELEMENT_BROKEN;
        record.cause = WH_JSON_BREAK_SIZE;
    } else if (len == 0 || ((unsigned char)*from <= ' ' && is_blank(wh_str_make(from, len)))) {
        record.kind = WH_JSON_ELEMENT_CLOSING;
    }
    return record;
}

struct wh_json_record wh_json_find_element(const struct wh_json *json,
                                           const struct wh_format_text *text, size_t start)
{
    struct wh_json_element element;
    wh_json_element_init(&element, json->record_limit);
    struct wh_str rest = wh_str_make(text->bytes.ptr + start, text->bytes.len - start);
    enum wh_json_element_kind kind =
        wh_json_element_take(&element, rest, text->is_last, text->is_file_end);
    return (struct wh_json_record){
        .start = start,
        .end = start + (size_t)(element.value_end > 0 ? element.value_end : element.size),
        .next = start + (size_t)element.size,
        .lines = element.size_lines,
        .kind = kind,
        .cause = element.cause,
        .cause_at = element.cause_at};
}

/* Line ends from @p at to @p end, white space or short. */
static uint64_t count_lines(const char *at, const char *end)
{
    uint64_t lines = 0;
    while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        lines++;
        at++;
    }
    return lines;
}

bool wh_json_find_behind(const struct wh_json *json, const struct wh_format_text *text,
                         size_t start, size_t value_end, struct wh_json_record *ret)
{
    const char *first = text->bytes.ptr + start;
    const char *end = text->bytes.ptr + text->bytes.len;
    const char *at = wh_json_skip_space(text->bytes.ptr + value_end, end);
    if (at == end || (*at != ',' && *at != ']'))
        return false;
    const char *next = at;
    if (*at == ',') {
        next = wh_json_skip_space(at + 1, end);
        if (next == end || *next == ']')
            return false;
    }
    if ((uint64_t)(next - first) > json->record_limit)
        return false;
    *ret = (struct wh_json_record){.start = start,
                                   .end = (size_t)(at - text->bytes.ptr),
                                   .next = (size_t)(next - text->bytes.ptr),
                                   .lines = count_lines(first, next),
                                   .kind = WH_JSON_ELEMENT_WHOLE};
    return true;
}

/* ---- counting -------------------------------------------------------------------------------- */

/* The record at @p start. Sound values are passed over by the scanner, which is the faster. */
static struct wh_json_record pass_element(const struct wh_json *json,
                                          const struct wh_format_text *text, size_t start,
                                          struct wh_json_scan *scan)
{
    struct wh_json_record record;
    scan->at = text->bytes.ptr + start;
    scan->names->count = 0;
    scan->depth = 0;
    if (*scan->at == '{' && json->functions->value(scan) &&
        wh_json_find_behind(json, text, start, (size_t)(scan->at - text->bytes.ptr), &record))
        return record;
    return wh_json_find_element(json, text, start);
}

size_t wh_json_count_records(const struct wh_json *json, const struct wh_format_text *text,
                             size_t stop, struct wh_format_count *ret)
{
    struct wh_json_names names = {0};
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    wh_arena_init(&scratch);
    struct wh_json_scan scan = wh_json_scan_make(text->bytes, &names, &scratch);
    size_t at = 0;
    while (at < stop && at < text->bytes.len) {
        struct wh_json_record record = json->is_array ? pass_element(json, text, at, &scan)
                                                      : wh_json_find_line(json, text, at);
        if (record.kind == WH_JSON_ELEMENT_PARTIAL)
            break;
        ret->records += record.kind != WH_JSON_ELEMENT_CLOSING;
        ret->lines += record.lines;
        at = record.next;
    }
    wh_json_names_release(&names);
    return at;
}
