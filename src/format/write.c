/* SPDX-License-Identifier: Apache-2.0 */
#include "format/write.h"

#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "format/write_internal.h"

#define OPTION(field) offsetof(struct wh_write_options, field)

const struct wh_option wh_write_option_table[] = {
    {"type", WH_OPTION_TEXT, "by the file's name", "csv, ndjson or json (one array)", OPTION(type)},
    {"delimiter", WH_OPTION_CHAR, ",", "CSV: what stands between cells", OPTION(delimiter)},
    {"quote", WH_OPTION_CHAR, "\"", "CSV: what stands around cells; doubled inside", OPTION(quote)},
    {"header", WH_OPTION_BOOL, "true", "CSV: the first line names the columns", OPTION(has_header)},
    {"null", WH_OPTION_TEXT, "", "CSV: the unquoted cell that stands for NULL", OPTION(null)},
    {"crlf", WH_OPTION_BOOL, "false", "CSV: lines end with CR LF", OPTION(is_crlf)},
    {"guard_formulas", WH_OPTION_BOOL, "false",
     "CSV: a ' before text that a spreadsheet would calculate; it changes such values",
     OPTION(guard_formulas)},
    {NULL, WH_OPTION_BOOL, NULL, NULL, 0},
};

static const struct wh_write_format *const formats[] = {&wh_write_csv, &wh_write_ndjson,
                                                        &wh_write_json};

/** Endings of names, and the formats that they stand for. */
static const struct {
    const char *ending;
    const struct wh_write_format *format;
} endings[] = {
    {".csv", &wh_write_csv},       {".tsv", &wh_write_csv},      {".txt", &wh_write_csv},
    {".ndjson", &wh_write_ndjson}, {".jsonl", &wh_write_ndjson}, {".json", &wh_write_json},
};

/** Endings of packed files, behind the others. */
static const struct {
    const char *ending;
    const char *packing;
    bool is_written;
} packings[] = {
    {".zst", "zstd", true},    {".gz", "gzip", true},  {".bz2", "bzip2", false},
    {".xz", "xz", false},      {".zip", "zip", false}, {".7z", "7z", false},
    {".lz4", "lz4", false},    {".lz", "lzip", false}, {".br", "brotli", false},
    {".Z", "compress", false},
};

void wh_write_options_init(struct wh_write_options *options)
{
    *options = (struct wh_write_options){
        .type = WH_STR(""), .quote = '"', .has_header = true, .null = WH_STR("")};
}

static bool ends_with_fold(struct wh_str name, struct wh_str ending)
{
    return name.len >= ending.len &&
           wh_str_equal_ascii_fold(wh_str_make(name.ptr + name.len - ending.len, ending.len),
                                   ending);
}

static const struct wh_write_format *format_of_ending(struct wh_str name)
{
    for (size_t i = 0; i < WH_COUNT_OF(endings); i++)
        if (ends_with_fold(name, wh_str_from(endings[i].ending)))
            return endings[i].format;
    return NULL;
}

/* Takes the ending of packed files off; its index, or the number of them where there is none. */
static size_t strip_packed(struct wh_str *name)
{
    for (size_t i = 0; i < WH_COUNT_OF(packings); i++) {
        struct wh_str ending = wh_str_from(packings[i].ending);
        if (!ends_with_fold(*name, ending))
            continue;
        name->len -= ending.len;
        return i;
    }
    return WH_COUNT_OF(packings);
}

bool wh_write_has_ending(struct wh_str name)
{
    WH_IGNORE(strip_packed(&name), "packed or not");
    return format_of_ending(name) != NULL;
}

/* Takes the ending of packed files off @p name. */
static wh_code choose_packing(struct wh_str *name, const char **ret, struct wh_error *err)
{
    struct wh_str whole = *name;
    size_t found = strip_packed(name);
    *ret = NULL;
    if (found == WH_COUNT_OF(packings))
        return WH_OK;
    *ret = packings[found].packing;
    if (packings[found].is_written)
        return WH_OK;
    return wh_error_set(err, WH_UNSUPPORTED,
                        "'%.*s': files are packed with zstd or gzip, and not with %s; end the name "
                        "with .zst or .gz",
                        WH_FMT(whole), *ret);
}

static wh_code find_format(const struct wh_write_options *options, struct wh_str name,
                           const struct wh_write_format **ret, struct wh_error *err)
{
    for (size_t i = 0; i < WH_COUNT_OF(formats); i++) {
        *ret = formats[i];
        if (wh_str_is(options->type, formats[i]->name))
            return WH_OK;
    }
    if (options->type.len > 0)
        return wh_error_set(err, WH_INVALID, "type '%.*s' is none of csv, ndjson and json",
                            WH_FMT(options->type));
    *ret = format_of_ending(name);
    if (*ret != NULL)
        return WH_OK;
    return wh_error_set(err, WH_INVALID,
                        "the name '%.*s' does not say how the file is to be written; write "
                        "'into_format: { type: csv }' (or ndjson, json)",
                        WH_FMT(name));
}

static bool is_mark(char byte)
{
    return byte > 0 && byte != '\n' && byte != '\r' && byte != ' ';
}

static wh_code check(const struct wh_write_form *form, struct wh_error *err)
{
    const struct wh_write_options *options = &form->options;
    if (form->format != &wh_write_csv)
        return WH_OK;
    if (!is_mark(options->delimiter) || !is_mark(options->quote) ||
        options->delimiter == options->quote)
        return wh_error_set(err, WH_INVALID,
                            "delimiter and quote must be two different ASCII characters, none of "
                            "them a space or part of a line end");
    for (size_t i = 0; i < options->null.len; i++) {
        char byte = options->null.ptr[i];
        if (byte == options->delimiter || byte == options->quote || byte == '\n' || byte == '\r')
            return wh_error_set(err, WH_INVALID,
                                "null '%.*s' holds the delimiter, the quote or a line end",
                                WH_FMT(options->null));
    }
    return WH_OK;
}

wh_code wh_write_form_make(const struct wh_write_options *options, struct wh_str name,
                           const struct wh_table_info *table, struct wh_write_form *ret,
                           struct wh_error *err)
{
    struct wh_write_options defaults;
    wh_write_options_init(&defaults);
    *ret = (struct wh_write_form){.options = options != NULL ? *options : defaults,
                                  .columns = table->columns,
                                  .column_count = table->column_count};
    WH_TRY(choose_packing(&name, &ret->packing, err));
    WH_TRY(find_format(&ret->options, name, &ret->format, err));
    if (ret->options.delimiter == '\0')
        ret->options.delimiter = ends_with_fold(name, WH_STR(".tsv")) ? '\t' : ',';
    return check(ret, err);
}

static wh_code explain_mark(struct wh_buf *out, const char *name, char mark, struct wh_error *err)
{
    if (mark == '\t')
        return wh_buf_printf(out, err, ", %s '\\t'", name);
    return wh_buf_printf(out, err, ", %s '%c'", name, mark);
}

wh_code wh_write_form_explain(const struct wh_write_form *form, struct wh_buf *out,
                              struct wh_error *err)
{
    const struct wh_write_options *options = &form->options;
    WH_TRY(wh_buf_printf(out, err, "%s in UTF-8", form->format->title));
    if (form->packing != NULL)
        WH_TRY(wh_buf_printf(out, err, ", packed with %s", form->packing));
    if (form->format != &wh_write_csv)
        return WH_OK;
    WH_TRY(explain_mark(out, "delimiter", options->delimiter, err));
    WH_TRY(explain_mark(out, "quote", options->quote, err));
    WH_TRY(wh_buf_printf(out, err, ", %s", options->has_header ? "header" : "no header"));
    if (options->null.len > 0)
        WH_TRY(wh_buf_printf(out, err, ", NULL is '%.*s'", WH_FMT(options->null)));
    if (options->guard_formulas)
        WH_TRY(wh_buf_printf(out, err, ", formulas are guarded with '"));
    return WH_OK;
}

wh_code wh_write_begin(const struct wh_write_form *form, struct wh_buf *out, struct wh_error *err)
{
    return form->format->begin(form, out, err);
}

wh_code wh_write_row(const struct wh_write_form *form, const struct wh_column *texts, size_t row,
                     bool is_first, struct wh_buf *out, struct wh_error *err)
{
    struct wh_write_place place = {
        .form = form, .texts = texts, .row = row, .is_first = is_first, .out = out};
    return form->format->row(&place, err);
}

wh_code wh_write_end(const struct wh_write_form *form, bool is_empty, struct wh_buf *out,
                     struct wh_error *err)
{
    return form->format->end(form, is_empty, out, err);
}
