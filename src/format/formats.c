/* SPDX-License-Identifier: Apache-2.0 */
/** The formats there are, and which one a file has. */
#include "base/error.h"
#include "data/encoding.h"
#include "data/text.h"
#include "format/format.h"

/* The first is that of files whose names tell nothing. */
static const struct wh_format *const formats[] = {&wh_csv_format,    &wh_dbf_format,
                                                  &wh_fixed_format,  &wh_json_format,
                                                  &wh_ndjson_format, &wh_xlsx_format};

#define FORMAT_NAMES "csv, dbf, fixed, json, ndjson, xlsx"

/* Options that mean the same to every format. */
static const char *const common_options[] = {"type", "encoding", "file_column", "record", NULL};

const char *wh_format_names(void)
{
    return FORMAT_NAMES;
}

const struct wh_format *wh_format_find(struct wh_str name)
{
    for (size_t i = 0; i < WH_COUNT_OF(formats); i++)
        if (wh_str_is(name, formats[i]->name))
            return formats[i];
    return NULL;
}

static bool has_suffix(struct wh_str file, const char *suffix)
{
    size_t len = strlen(suffix);
    return file.len > len && wh_str_equal_ascii_fold(wh_str_make(file.ptr + file.len - len, len),
                                                     wh_str_from(suffix));
}

const struct wh_format *wh_format_named(struct wh_str file)
{
    for (size_t i = 0; i < WH_COUNT_OF(formats); i++)
        for (const char *const *suffix = formats[i]->suffixes; *suffix != NULL; suffix++)
            if (has_suffix(file, *suffix))
                return formats[i];
    return NULL;
}

const struct wh_format *wh_format_of_file(struct wh_str file)
{
    const struct wh_format *named = wh_format_named(file);
    return named != NULL ? named : formats[0];
}

const struct wh_format *wh_format_of_head(struct wh_str head)
{
    for (size_t i = 0; i < WH_COUNT_OF(formats); i++)
        if (formats[i]->starts != NULL && formats[i]->starts(head))
            return formats[i];
    return NULL;
}

static bool has_members(const struct wh_format *format, const struct wh_str *members, size_t count)
{
    for (const char *const *name = format->members; *name != NULL; name++) {
        const struct wh_str wanted = wh_str_from(*name);
        if (bsearch(&wanted, members, count, sizeof(wanted), wh_str_order) == NULL)
            return false;
    }
    return true;
}

const struct wh_format *wh_format_of_members(const struct wh_str *members, size_t count)
{
    for (size_t i = 0; i < WH_COUNT_OF(formats) && count > 0; i++)
        if (formats[i]->is_archive && has_members(formats[i], members, count))
            return formats[i];
    return NULL;
}

struct wh_column_info wh_format_text_column(struct wh_str name)
{
    return (struct wh_column_info){.name = name,
                                   .declared = WH_STR("text"),
                                   .type = {.kind = WH_KIND_TEXT},
                                   .is_exact_text = true};
}

wh_code wh_format_text_reason(const char *name, struct wh_str cell, struct wh_str encoding,
                              struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    size_t length;
    size_t at = wh_utf8_find_bad(cell, &length);
    WH_ASSERT(at < cell.len, err);
    uint8_t byte = (uint8_t)cell.ptr[at];
    const char *colon = name != NULL ? ": " : "";
    name = name != NULL ? name : "";
    if (byte == 0)
        return wh_arena_format(arena, ret, err, "%s%sa NUL at byte %zu", name, colon, at + 1);
    struct wh_encoding known;
    bool is_decoded = wh_encoding_find(encoding, &known) && known.kind != WH_ENCODING_UTF8;
    if (is_decoded && wh_decode_is_escape(wh_str_make(cell.ptr + at, cell.len - at), &byte))
        return wh_arena_format(arena, ret, err, "%s%snot %s at character %zu (0x%02X)", name, colon,
                               known.name, wh_utf8_length(wh_str_make(cell.ptr, at)) + 1,
                               (unsigned)byte);
    return wh_arena_format(arena, ret, err, "%s%snot UTF-8 at byte %zu (0x%02X)", name, colon,
                           at + 1, (unsigned)byte);
}

wh_code wh_format_begin(struct wh_batch *batch, size_t column_count, size_t rows,
                        struct wh_error *err)
{
    rows = WH_MIN(rows, batch->most_rows);
    wh_batch_reset(batch);
    batch->columns = wh_arena_array(&batch->arena, column_count, sizeof(*batch->columns));
    batch->positions = wh_arena_array(&batch->arena, rows, sizeof(*batch->positions));
    if (batch->columns == NULL || batch->positions == NULL)
        return wh_error_no_memory(err, rows * sizeof(*batch->positions));
    batch->column_count = column_count;
    struct wh_type text = {.kind = WH_KIND_TEXT};
    for (size_t i = 0; i < column_count; i++)
        WH_TRY(wh_column_init(&batch->columns[i], text, rows, &batch->arena, err));
    return WH_OK;
}

struct wh_str wh_format_strip_line_end(struct wh_str bytes)
{
    if (bytes.len > 0 && bytes.ptr[bytes.len - 1] == '\n')
        bytes.len--;
    else
        return bytes;
    if (bytes.len > 0 && bytes.ptr[bytes.len - 1] == '\r')
        bytes.len--;
    return bytes;
}

/* ---- options --------------------------------------------------------------------------------- */

static bool is_named(const char *const *names, const char *name)
{
    for (; *names != NULL; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

wh_code wh_format_check(const struct wh_format *format, const struct wh_format_options *options,
                        struct wh_error *err)
{
    struct wh_format_options defaults;
    wh_format_options_init(&defaults);
    for (const struct wh_option *option = wh_format_option_table; option->name != NULL; option++) {
        if (is_named(common_options, option->name) || is_named(format->options, option->name) ||
            wh_option_is_equal(option, options, &defaults))
            continue;
        return wh_error_set(err, WH_INVALID,
                            "option '%s' means nothing to the format %s; take it away",
                            option->name, format->name);
    }
    return format->check(options, err);
}
