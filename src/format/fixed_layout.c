/* SPDX-License-Identifier: Apache-2.0 */
/** What a migration file, or a layout file, says about the fields. */
#include <inttypes.h>

#include "base/error.h"
#include "format/csv.h"
#include "format/fixed.h"

/* A layout that is being read. */
struct making {
    struct wh_fixed_layout *layout;
    struct wh_arena *arena;
};

/* Checks the field's place, which is counted from @p base, and adds it. */
static wh_code add_field(struct making *making, struct wh_str name, uint64_t start, uint64_t length,
                         struct wh_error *err)
{
    struct wh_fixed_layout *layout = making->layout;
    if (length == 0)
        return wh_error_set(err, WH_INVALID, "field '%.*s' has no length", WH_FMT(name));
    if (start > WH_FIXED_MAX_WIDTH || length > WH_FIXED_MAX_WIDTH - start)
        return wh_error_set(err, WH_LIMIT,
                            "field '%.*s' ends behind the last place that a layout may have, "
                            "%" PRIu64,
                            WH_FMT(name), WH_FIXED_MAX_WIDTH);
    struct wh_fixed_field *field = &layout->fields[layout->count++];
    *field = (struct wh_fixed_field){.start = (uint32_t)start, .length = (uint32_t)length};
    layout->width = WH_MAX(layout->width, field->start + field->length);
    return wh_arena_copy(making->arena, name, &field->name, err);
}

static wh_code make_room(struct making *making, size_t count, struct wh_error *err)
{
    if (count > WH_FORMAT_MAX_COLUMNS)
        return wh_error_set(err, WH_LIMIT, "the layout has %zu fields, above the limit of %d",
                            count, WH_FORMAT_MAX_COLUMNS);
    *making->layout = (struct wh_fixed_layout){
        .fields = wh_arena_array(making->arena, count, sizeof(*making->layout->fields))};
    if (making->layout->fields == NULL)
        return wh_error_no_memory(err, count * sizeof(*making->layout->fields));
    return WH_OK;
}

/* ---- fields of the migration file ------------------------------------------------------------ */

/* Cuts the last word off *@p text. */
static struct wh_str take_last_word(struct wh_str *text)
{
    struct wh_str trimmed = wh_str_trim(*text);
    size_t at = trimmed.len;
    while (at > 0 && trimmed.ptr[at - 1] != ' ')
        at--;
    *text = wh_str_trim(wh_str_make(trimmed.ptr, at));
    return wh_str_make(trimmed.ptr + at, trimmed.len - at);
}

static wh_code add_stated(struct making *making, struct wh_str text, struct wh_error *err)
{
    struct wh_str name = text;
    struct wh_str length_text = take_last_word(&name);
    struct wh_str start_text = take_last_word(&name);
    uint64_t start;
    uint64_t length;
    if (name.len == 0 || wh_count_parse(start_text, &start, NULL) != WH_OK ||
        wh_count_parse(length_text, &length, NULL) != WH_OK)
        return wh_error_set(err, WH_INVALID,
                            "field '%.*s' is not written as name, start, length: \"city 11 30\"",
                            WH_FMT(text));
    if (start == 0)
        return wh_error_set(err, WH_INVALID,
                            "field '%.*s' starts at 0; the first place of a record is 1",
                            WH_FMT(name));
    return add_field(making, name, start - 1, length, err);
}

/* ---- a layout file --------------------------------------------------------------------------- */

enum { NAME, START, LENGTH, PARTS };

/* Where the parts stand among the columns of a layout file. */
static wh_code find_parts(const struct wh_csv_header *header, size_t *ret, struct wh_error *err)
{
    static const char *const names[PARTS][2] = {
        {"column", "name"}, {"start", "start"}, {"length", "length"}};
    for (size_t part = 0; part < PARTS; part++) {
        ret[part] = SIZE_MAX;
        for (size_t i = 0; i < header->count; i++)
            for (size_t k = 0; k < 2 && ret[part] == SIZE_MAX; k++)
                if (wh_str_equal_ascii_fold(header->names[i], wh_str_from(names[part][k])))
                    ret[part] = i;
        if (ret[part] == SIZE_MAX)
            return wh_error_set(err, WH_INVALID,
                                "the layout file has no column '%s'; it needs column, start and "
                                "length",
                                names[part][0]);
    }
    return WH_OK;
}

static wh_code take_number(const struct wh_batch *batch, size_t row, size_t column, uint64_t *ret,
                           struct wh_error *err)
{
    struct wh_str text = WH_STR_NONE;
    if (!wh_column_is_null(&batch->columns[column], row))
        text = wh_str_trim(batch->columns[column].values.texts[row]);
    wh_code rc = wh_count_parse(text, ret, err);
    return rc == WH_OK ? WH_OK
                       : wh_error_prefix(err, rc, "line %" PRIu64 " of the layout file",
                                         batch->positions[row].line);
}

/* The fields of a layout file's records; the first place is 0 where a field starts there. */
static wh_code add_records(struct making *making, const struct wh_batch *batch, const size_t *parts,
                           struct wh_error *err)
{
    if (batch->bad_count > 0)
        return wh_error_set(err, WH_INVALID, "line %" PRIu64 " of the layout file: %.*s",
                            batch->bad[0].position.line, WH_FMT(batch->bad[0].reason));
    uint64_t base = 1;
    for (size_t row = 0; row < batch->row_count; row++) {
        uint64_t start;
        WH_TRY(take_number(batch, row, parts[START], &start, err));
        base = WH_MIN(base, start);
    }
    WH_TRY(make_room(making, batch->row_count, err));
    for (size_t row = 0; row < batch->row_count; row++) {
        uint64_t start;
        uint64_t length;
        WH_TRY(take_number(batch, row, parts[START], &start, err));
        WH_TRY(take_number(batch, row, parts[LENGTH], &length, err));
        struct wh_str name = WH_STR_NONE;
        if (!wh_column_is_null(&batch->columns[parts[NAME]], row))
            name = wh_str_trim(batch->columns[parts[NAME]].values.texts[row]);
        WH_TRY(add_field(making, name, start - base, length, err));
    }
    return WH_OK;
}

static wh_code read_records(struct making *making, const struct wh_csv *csv, struct wh_str text,
                            const size_t *parts, struct wh_error *err)
{
    WH_CLEANUP(wh_csv_reader_release) struct wh_csv_reader reader;
    WH_TRY(wh_csv_reader_init(&reader, csv, err));
    WH_CLEANUP(wh_batch_release) struct wh_batch batch;
    wh_batch_init(&batch);
    WH_TRY(wh_csv_reader_begin(&reader, &batch, err));
    struct wh_format_text records = {
        .bytes = text, .is_last = true, .is_file_end = true, .position = {.line = 2}};
    size_t used;
    WH_TRY(wh_csv_read(&reader, &records, &batch, &used, err));
    if (used < text.len)
        return wh_error_set(err, WH_LIMIT, "the layout file has more than %zu fields",
                            batch.row_count);
    return add_records(making, &batch, parts, err);
}

static wh_code read_file(struct making *making, struct wh_str text, struct wh_error *err)
{
    struct wh_format_options options;
    wh_format_options_init(&options);
    struct wh_csv_form form;
    WH_TRY(wh_csv_form_make(&options, &form, err));
    struct wh_csv_header header;
    enum wh_csv_found found;
    WH_TRY(wh_csv_header_read(&form, text, true, making->arena, &header, &found, err));
    if (found != WH_CSV_RECORD)
        return wh_error_set(err, WH_INVALID, "the layout file is empty");
    size_t parts[PARTS];
    WH_TRY(find_parts(&header, parts, err));
    struct wh_csv csv;
    wh_csv_init(&csv, &form, header.names, header.count);
    return read_records(making, &csv, wh_str_make(text.ptr + header.size, text.len - header.size),
                        parts, err);
}

wh_code wh_fixed_layout_read(const struct wh_format_options *options, struct wh_arena *arena,
                             struct wh_fixed_layout *ret, struct wh_error *err)
{
    struct making making = {ret, arena};
    if (options->fields.count == 0)
        return read_file(&making, options->layout_text, err);
    WH_TRY(make_room(&making, options->fields.count, err));
    for (size_t i = 0; i < options->fields.count; i++)
        WH_TRY(add_stated(&making, options->fields.items[i], err));
    return WH_OK;
}
