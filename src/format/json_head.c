/* SPDX-License-Identifier: Apache-2.0 */
/** What the first records say about the columns. */
#include "base/error.h"
#include "data/hash.h"
#include "data/text.h"
#include "format/json_internal.h"

/* The records of so many bytes are looked at. */
#define HEAD_BYTES ((size_t)1 << 20)

#define FIRST_TABLE ((size_t)256)

/* The names of members, in the order in which they were met. */
struct found {
    const struct wh_format_head_request *request;
    struct wh_str *names;
    size_t count;
    size_t *table; /* by hash: index of the name, plus 1; 0: empty */
    size_t table_size;
    struct wh_json_names open; /* the scanner's */
    uint64_t records;
};

/* The slot of @p name: its own, or the empty one where it belongs. */
static size_t *slot_of(const struct found *found, struct wh_str name)
{
    size_t slot = (size_t)wh_hash_bytes(name, 0) & (found->table_size - 1);
    while (found->table[slot] != 0 && !wh_str_equal(found->names[found->table[slot] - 1], name))
        slot = (slot + 1) & (found->table_size - 1);
    return &found->table[slot];
}

/* Room for one more name: half of the table stays empty. */
static wh_code need_room(struct found *found, struct wh_error *err)
{
    if (2 * (found->count + 1) <= found->table_size)
        return WH_OK;
    if (found->count == WH_FORMAT_MAX_COLUMNS)
        return wh_error_set(err, WH_LIMIT,
                            "the first records have more than %d different members; state those "
                            "that are wanted with 'columns'",
                            WH_FORMAT_MAX_COLUMNS);
    struct wh_arena *arena = found->request->arena;
    size_t size = found->table_size > 0 ? 2 * found->table_size : FIRST_TABLE;
    struct wh_str *names = wh_arena_array(arena, size / 2, sizeof(*names));
    size_t *table = wh_arena_array(arena, size, sizeof(*table));
    if (names == NULL || table == NULL)
        return wh_error_no_memory(err, size * sizeof(*table));
    if (found->count > 0)
        memcpy(names, found->names, found->count * sizeof(*names));
    found->names = names;
    found->table = table;
    found->table_size = size;
    for (size_t i = 0; i < found->count; i++)
        *slot_of(found, names[i]) = i + 1;
    return WH_OK;
}

/* A member without a name, or with a NUL in it, can be no column. */
static wh_code note_name(struct found *found, const struct wh_json_string *name,
                         struct wh_error *err)
{
    if (name->has_nul || name->raw.len == 0)
        return WH_OK;
    struct wh_str plain = wh_json_unescape(name, found->request->arena);
    if (plain.ptr == NULL)
        return wh_error_no_memory(err, name->raw.len);
    WH_TRY(need_room(found, err));
    size_t *slot = slot_of(found, plain);
    if (*slot != 0)
        return WH_OK;
    found->names[found->count++] = plain;
    *slot = found->count;
    return WH_OK;
}

/* Notes the members of the object at scan->at, which is known to be sound. */
static wh_code note_members(struct found *found, struct wh_json_scan *scan, struct wh_error *err)
{
    const struct wh_json_functions *functions = wh_json_functions_choose();
    scan->at = wh_json_skip_space(scan->at + 1, scan->end);
    while (*scan->at == '"') {
        struct wh_json_string name;
        WH_ASSERT(functions->string(scan, &name), err);
        WH_TRY(note_name(found, &name, err));
        scan->at = wh_json_skip_space(scan->at, scan->end) + 1; /* the colon */
        scan->at = wh_json_skip_space(scan->at, scan->end);
        WH_ASSERT(functions->value(scan), err);
        scan->at = wh_json_skip_space(scan->at, scan->end);
        if (*scan->at != ',')
            return WH_OK;
        scan->at = wh_json_skip_space(scan->at + 1, scan->end);
    }
    return WH_OK;
}

/* Notes the members of a record, if it is one. */
static wh_code note_record(struct found *found, struct wh_str record, struct wh_error *err)
{
    if (!wh_utf8_is_valid(record))
        return WH_OK;
    found->records++;
    struct wh_json_scan scan = wh_json_scan_make(record, &found->open, found->request->arena);
    scan.at = wh_json_skip_space(scan.at, scan.end);
    const char *start = scan.at;
    found->open.count = 0;
    if (*start != '{' || !wh_json_functions_choose()->value(&scan) ||
        wh_json_skip_space(scan.at, scan.end) != scan.end)
        return WH_OK;
    scan.at = start;
    return note_members(found, &scan, err);
}

static wh_code note_records(struct found *found, const struct wh_json *json, size_t start,
                            struct wh_error *err)
{
    const struct wh_format_text text = {.bytes = found->request->text,
                                        .is_last = found->request->is_last,
                                        .is_file_end = found->request->is_last};
    for (size_t at = start; at < WH_MIN(text.bytes.len, HEAD_BYTES) || found->records == 0;) {
        if (at >= text.bytes.len)
            return WH_OK;
        struct wh_json_record record = json->is_array ? wh_json_find_element(json, &text, at)
                                                      : wh_json_find_line(json, &text, at);
        if (record.kind == WH_JSON_ELEMENT_PARTIAL)
            return WH_OK;
        if (record.kind == WH_JSON_ELEMENT_WHOLE)
            WH_TRY(note_record(
                found, wh_str_make(text.bytes.ptr + record.start, record.end - record.start), err));
        at = record.next;
    }
    return WH_OK;
}

static wh_code find_names(struct found *found, bool is_array, size_t start, struct wh_error *err)
{
    const struct wh_json json = {.functions = wh_json_functions_choose(),
                                 .is_array = is_array,
                                 .record_limit = wh_format_record_limit(found->request->options)};
    wh_code rc = note_records(found, &json, start, err);
    wh_json_names_release(&found->open);
    return rc;
}

/* The members' columns, and those that are made of the others. */
static wh_code put_columns(const struct wh_format_head_request *request, const struct wh_str *names,
                           size_t count, struct wh_format_head *ret, struct wh_error *err)
{
    const struct wh_format_options *options = request->options;
    struct wh_column_info *columns = wh_arena_array(request->arena, count + 2, sizeof(*columns));
    if (columns == NULL)
        return wh_error_no_memory(err, count * sizeof(*columns));
    for (size_t i = 0; i < count; i++)
        columns[i] = wh_format_text_column(names[i]);
    ret->columns = columns;
    ret->column_count = count;
    if (options->rest.len > 0)
        columns[ret->column_count++] = wh_format_text_column(options->rest);
    if (options->missing.len > 0)
        columns[ret->column_count++] = wh_format_text_column(options->missing);
    return WH_OK;
}

/* Finds the first element of the array. */
static wh_code find_array(const struct wh_format_head_request *request, struct wh_format_head *ret,
                          struct wh_error *err)
{
    const char *text = request->text.ptr;
    const char *end = text + request->text.len;
    const char *at = wh_json_skip_space(text, end);
    if (at < end && *at != '[')
        return wh_error_set(err, WH_INVALID,
                            "the file is no array: it does not begin with [; where each line is "
                            "a record state 'type: ndjson'");
    bool is_open = at < end;
    if (is_open)
        at = wh_json_skip_space(at + 1, end);
    if (at == end)
        ret->found = request->is_last ? WH_FORMAT_EMPTY : WH_FORMAT_PARTIAL;
    ret->size = (size_t)(at - text);
    for (const char *byte = text; byte < at; byte++)
        ret->lines += *byte == '\n';
    if (ret->found == WH_FORMAT_EMPTY && is_open)
        return wh_error_set(err, WH_INVALID, "the array is not closed: is the file cut?");
    return WH_OK;
}

wh_code wh_json_head(const struct wh_format_head_request *request, bool is_array,
                     struct wh_format_head *ret, struct wh_error *err)
{
    *ret = (struct wh_format_head){.found = WH_FORMAT_WHOLE};
    if (is_array)
        WH_TRY(find_array(request, ret, err));
    if (ret->found != WH_FORMAT_WHOLE)
        return WH_OK;
    const struct wh_option_list *stated = &request->options->columns;
    if (stated->count > 0)
        return put_columns(request, stated->items, stated->count, ret, err);

    struct found found = {.request = request};
    WH_TRY(find_names(&found, is_array, ret->size, err));
    bool is_enough = request->text.len - ret->size >= HEAD_BYTES && found.records > 0;
    if (!request->is_last && !is_enough)
        ret->found = WH_FORMAT_PARTIAL;
    if (found.count == 0)
        return WH_OK;
    return put_columns(request, found.names, found.count, ret, err);
}
