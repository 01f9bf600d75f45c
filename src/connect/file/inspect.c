/* SPDX-License-Identifier: Apache-2.0 */
/** The first look at every file: its stamp, its header, and whether all headers are the same. */
#include "base/error.h"
#include "connect/file/source.h"
#include "format/csv.h"
#include "format/records.h"

/* How much of a file is read to find its header, at first and at most. */
#define HEAD_SIZE ((size_t)64 << 10)
#define MAX_HEAD_SIZE ((size_t)16 << 20)

/* Bytes of lines that are left out that are shown. */
#define MAX_SAMPLE ((size_t)200)

#define BYTE_ORDER_MARK WH_STR("\xEF\xBB\xBF")

/* The first file's first bytes tell what the migration file leaves open, for all files. */
static wh_code detect_options(struct wh_file_source *source, struct wh_format_head_request *request,
                              struct wh_error *err)
{
    if (source->is_detected || source->format->detect == NULL)
        return WH_OK;
    struct wh_str why;
    WH_TRY(source->format->detect(&source->options, request, &why, err));
    source->is_detected = true;
    return wh_arena_copy(&source->arena, why, &source->detected, err);
}

/* Reads the head from the file's first bytes: twice as many each time they do not hold it all. */
static wh_code read_head(struct wh_file_source *source, const struct wh_source_file *known,
                         struct wh_stream *stream, struct wh_arena *arena,
                         struct wh_format_head *ret, struct wh_error *err)
{
    ret->found = WH_FORMAT_PARTIAL;
    for (size_t size = HEAD_SIZE; ret->found == WH_FORMAT_PARTIAL; size *= 2) {
        if (size > MAX_HEAD_SIZE)
            return wh_error_set(
                err, WH_LIMIT,
                "no header ends within the first 16 MiB; is a quote not closed in it?");
        char *bytes = wh_arena_bytes(arena, size);
        if (bytes == NULL)
            return wh_error_no_memory(err, size);
        size_t got;
        WH_TRY(wh_stream_read_at(stream, 0, bytes, size, &got, err));
        struct wh_str text = wh_str_make(bytes, got);
        WH_TRY(wh_file_refuse_inner(known, text, err));
        size_t mark = wh_str_starts_with(text, BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.len : 0;
        struct wh_format_head_request request = {.options = &source->options,
                                                 .text = wh_str_make(bytes + mark, got - mark),
                                                 .is_last = got < size,
                                                 .expected = source->key,
                                                 .arena = arena};
        WH_TRY(detect_options(source, &request, err));
        WH_TRY(source->format->head(&request, ret, err));
        ret->size += mark;
    }
    bool skips = source->options.skip != WH_FORMAT_NOT_STATED && source->options.skip > 0;
    if (ret->found == WH_FORMAT_EMPTY)
        return wh_error_set(err, WH_INVALID, "%s",
                            skips ? "the file ends before its header; state another 'skip'"
                                  : source->format->empty);
    return WH_OK;
}

static wh_code check_names(const struct wh_column_info *columns, size_t count, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    wh_arena_init(&scratch);
    struct wh_str *names = wh_arena_array(&scratch, count, sizeof(*names));
    if (names == NULL)
        return wh_error_no_memory(err, count * sizeof(*names));
    for (size_t i = 0; i < count; i++)
        names[i] = columns[i].name;
    return wh_csv_names_check(names, count, err);
}

static wh_code copy_columns(struct wh_file_source *source, const struct wh_column_info *columns,
                            size_t count, struct wh_error *err)
{
    WH_TRY(check_names(columns, count, err));
    source->columns = wh_arena_array(&source->arena, count, sizeof(*source->columns));
    if (source->columns == NULL)
        return wh_error_no_memory(err, count * sizeof(*source->columns));
    for (size_t i = 0; i < count; i++) {
        source->columns[i] = columns[i];
        WH_TRY(wh_arena_copy(&source->arena, columns[i].name, &source->columns[i].name, err));
        WH_TRY(
            wh_arena_copy(&source->arena, columns[i].declared, &source->columns[i].declared, err));
    }
    source->column_count = count;
    return WH_OK;
}

static wh_code compare_heads(const struct wh_file_source *source, const struct wh_format_head *head,
                             struct wh_error *err)
{
    if (head->column_count != source->column_count)
        return wh_error_set(err, WH_INVALID,
                            "the header has %zu column%s and that of '%.*s' has %zu; files of one "
                            "item type have the same",
                            head->column_count, head->column_count == 1 ? "" : "s",
                            WH_FMT(source->files[0].name), source->column_count);
    for (size_t i = 0; i < head->column_count; i++) {
        if (!wh_str_equal(head->columns[i].name, source->columns[i].name))
            return wh_error_set(err, WH_INVALID,
                                "column %zu is '%.*s' and in '%.*s' it is '%.*s'; files of one "
                                "item type have the same columns in the same order",
                                i + 1, WH_FMT(head->columns[i].name), WH_FMT(source->files[0].name),
                                WH_FMT(source->columns[i].name));
    }
    return WH_OK;
}

static bool has_column(const struct wh_file_source *source, struct wh_str name)
{
    for (size_t i = 0; i < source->column_count; i++)
        if (wh_str_equal(source->columns[i].name, name))
            return true;
    return false;
}

/* Columns of records of their own kind: those of all files, in the order in which they are met. */
static wh_code merge_columns(struct wh_file_source *source, const struct wh_format_head *head,
                             struct wh_error *err)
{
    if (source->columns == NULL && head->column_count > 0)
        return copy_columns(source, head->columns, head->column_count, err);
    size_t count = source->column_count + head->column_count;
    if (count > 2 * WH_FORMAT_MAX_COLUMNS)
        return wh_error_set(err, WH_LIMIT, "the files have more than %d different columns",
                            WH_FORMAT_MAX_COLUMNS);
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    wh_arena_init(&scratch);
    struct wh_column_info *columns = wh_arena_array(&scratch, count, sizeof(*columns));
    if (columns == NULL)
        return wh_error_no_memory(err, count * sizeof(*columns));
    if (source->column_count > 0)
        memcpy(columns, source->columns, source->column_count * sizeof(*columns));
    count = source->column_count;
    for (size_t i = 0; i < head->column_count; i++)
        if (!has_column(source, head->columns[i].name))
            columns[count++] = head->columns[i];
    return count > source->column_count ? copy_columns(source, columns, count, err) : WH_OK;
}

/* The first file's head gives the columns; `columns` renames them,
 * or names them where it cannot. */
static wh_code take_columns(struct wh_file_source *source, const struct wh_format_head *head,
                            struct wh_error *err)
{
    if (source->format->chooses_columns)
        return merge_columns(source, head, err);
    const struct wh_option_list *stated = &source->options.columns;
    if (stated->count > 0) {
        if (head->column_count == 0 || head->column_count == stated->count)
            return WH_OK;
        return wh_error_set(err, WH_INVALID,
                            "the header has %zu column%s and 'columns' states %zu name%s",
                            head->column_count, head->column_count == 1 ? "" : "s", stated->count,
                            stated->count == 1 ? "" : "s");
    }
    if (head->column_count == 0)
        return wh_error_set(err, WH_INVALID, "%s", source->format->no_columns);
    if (source->columns != NULL)
        return compare_heads(source, head, err);
    return copy_columns(source, head->columns, head->column_count, err);
}

/* The first bytes of lines that are left out, for people. */
static wh_code keep_sample(struct wh_file_source *source, struct wh_str lines, struct wh_str *ret,
                           struct wh_error *err)
{
    lines.len = wh_str_utf8_cut(lines, MAX_SAMPLE);
    return wh_arena_copy(&source->arena, lines, ret, err);
}

/* Looks for the lines to leave out in the last @p size bytes before known->data_end;
 * false where they hold less. */
static wh_code find_footer(struct wh_file_source *source, struct wh_stream *stream, size_t size,
                           struct wh_source_file *known, bool *ret_found, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    wh_arena_init(&scratch);
    char *bytes = wh_arena_bytes(&scratch, size);
    if (bytes == NULL)
        return wh_error_no_memory(err, size);
    uint64_t from = known->data_end - size;
    size_t got;
    WH_TRY(wh_stream_read_at(stream, from, bytes, size, &got, err));
    struct wh_str text = wh_str_make(bytes, got);
    size_t start;
    *ret_found = source->format->footer(&source->options, text, from == known->data_start, &start);
    if (!*ret_found)
        return WH_OK;
    known->data_end = from + start;
    text = wh_str_make(bytes + start, got - start);
    return keep_sample(source, text, &known->footer, err);
}

/* Finds where the records end: reads twice as many of the last bytes each time they do not hold all
 * lines that are left out. */
static wh_code find_data_end(struct wh_file_source *source, struct wh_stream *stream,
                             struct wh_source_file *known, struct wh_error *err)
{
    known->data_end = WH_MAX(wh_stream_size(stream), known->data_start);
    bool is_asked =
        source->options.skip_end != WH_FORMAT_NOT_STATED && source->options.skip_end > 0;
    if (!is_asked || source->format->footer == NULL)
        return WH_OK;
    WH_TRY(wh_stream_find_size(stream, &known->data_end, err));
    uint64_t data = known->data_end - known->data_start;
    for (size_t size = HEAD_SIZE; size <= MAX_HEAD_SIZE; size *= 2) {
        bool found = false;
        WH_TRY(
            find_footer(source, stream, (size_t)WH_MIN(data, (uint64_t)size), known, &found, err));
        if (found)
            return WH_OK;
        if (size >= data)
            return wh_error_set(err, WH_INVALID,
                                "there are fewer lines behind the header than 'skip_end' leaves "
                                "out; state another 'skip_end'");
    }
    return wh_error_set(err, WH_LIMIT,
                        "the lines that 'skip_end' leaves out have more than 16 MiB");
}

static wh_code inspect_stream(struct wh_file_source *source, size_t index, struct wh_arena *scratch,
                              struct wh_error *err)
{
    struct wh_source_file *known = &source->files[index];
    WH_CLEANUP(wh_stream_close) struct wh_stream stream = WH_STREAM_CLOSED;
    WH_TRY(wh_file_source_reopen(source, index, &stream, err));
    struct wh_format_head head;
    wh_code rc = read_head(source, known, &stream, scratch, &head, err);
    if (rc == WH_OK)
        rc = take_columns(source, &head, err);
    if (rc == WH_OK) {
        known->data_start = head.size;
        known->data_line = head.lines + 1;
        rc = keep_sample(source, head.left_out, &known->preamble, err);
    }
    if (rc == WH_OK)
        rc = find_data_end(source, &stream, known, err);
    if (rc != WH_OK)
        return wh_error_prefix(err, rc, "'%.*s'", WH_FMT(known->name));
    return WH_OK;
}

/* Converted files have the columns of the first; the types have room for the values of all. */
static wh_code join_columns(struct wh_file_source *source, const struct wh_converted *converted,
                            struct wh_error *err)
{
    struct wh_format_head head = {.columns = converted->columns,
                                  .column_count = converted->column_count};
    if (source->columns == NULL)
        return copy_columns(source, head.columns, head.column_count, err);
    WH_TRY(compare_heads(source, &head, err));
    for (size_t i = 0; i < head.column_count; i++) {
        struct wh_type *type = &source->columns[i].type;
        *type = wh_record_type_join(*type, head.columns[i].type);
    }
    return WH_OK;
}

/* Only the last file tells what a column is that has no value in the others. */
static void declare_columns(struct wh_file_source *source)
{
    for (size_t i = 0; i < source->column_count; i++) {
        struct wh_column_info *column = &source->columns[i];
        *column = wh_record_column(column->name, column->type);
    }
}

static wh_code inspect_converted(struct wh_file_source *source, size_t index,
                                 struct wh_arena *scratch, struct wh_error *err)
{
    struct wh_converted converted;
    wh_code rc = wh_file_convert(source, index, scratch, &converted, err);
    if (rc == WH_OK)
        rc = join_columns(source, &converted, err);
    if (rc != WH_OK)
        return wh_error_prefix(err, rc, "'%.*s'", WH_FMT(source->files[index].name));
    return WH_OK;
}

static wh_code take_stated_columns(struct wh_file_source *source, struct wh_error *err)
{
    const struct wh_option_list *stated = &source->options.columns;
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    wh_arena_init(&scratch);
    struct wh_column_info *columns = wh_arena_array(&scratch, stated->count, sizeof(*columns));
    if (columns == NULL)
        return wh_error_no_memory(err, stated->count * sizeof(*columns));
    for (size_t i = 0; i < stated->count; i++)
        columns[i] = wh_format_text_column(stated->items[i]);
    return copy_columns(source, columns, stated->count, err);
}

/* The name that tells the format: without what it is packed in. */
static struct wh_str inner_name(const struct wh_source_file *file)
{
    if (file->form.member != NULL)
        return wh_str_from(file->form.member);
    return file->form.codec != NULL ? wh_codec_strip_suffix(file->name) : file->name;
}

/* The format that is stated, or that the first file's name or head tells;
 * NULL where only more of it can. */
static const struct wh_format *tell_format(const struct wh_file_source *source)
{
    if (source->options.type.len > 0)
        return wh_format_find(source->options.type);
    if (source->told != NULL)
        return source->told;
    if (source->files[0].form.spool != NULL && source->files[0].form.member == NULL)
        return NULL;
    return wh_format_of_file(inner_name(&source->files[0]));
}

/* Files of one item type have one format: the stated one, or the one that all their names tell. */
static wh_code choose_format(struct wh_file_source *source, struct wh_error *err)
{
    const struct wh_format_options *options = &source->options;
    source->format = tell_format(source);
    if (source->format == NULL)
        WH_TRY(wh_file_detect_format(source, err));
    WH_ASSERT(source->format != NULL, err);
    for (size_t i = 1; i < source->file_count && options->type.len == 0; i++) {
        const struct wh_format *other = source->files[i].told;
        if (other == NULL)
            other = wh_format_named(inner_name(&source->files[i]));
        if (other == NULL)
            other = source->told != NULL ? source->told : wh_format_of_file(WH_STR(""));
        if (other != source->format)
            return wh_error_set(err, WH_INVALID,
                                "'%.*s' is named like %s and '%.*s' like %s; state which with "
                                "'format: { type: … }', or narrow the pattern",
                                WH_FMT(source->files[0].name), source->format->name,
                                WH_FMT(source->files[i].name), other->name);
    }
    return wh_format_check(source->format, options, err);
}

wh_code wh_file_source_inspect(struct wh_file_source *source, struct wh_error *err)
{
    for (size_t i = 0; i < source->file_count; i++) {
        source->files[i].place = source->files[i].name;
        WH_TRY(wh_file_recognize(&source->options, &source->files[i], &source->arena, err));
    }
    bool is_named = source->files[0].form.spool == NULL &&
                    wh_format_named(inner_name(&source->files[0])) != NULL;
    if (source->options.type.len == 0 && (!is_named || source->files[0].told != NULL))
        WH_TRY(wh_file_tell_by_head(source, err));
    const struct wh_format *told = tell_format(source);
    bool is_text = told == NULL || told->convert == NULL;
    if (is_text)
        WH_TRY(wh_file_choose_encodings(source, err));
    WH_TRY(choose_format(source, err));
    if (is_text && source->options.columns.count > 0 && !source->format->chooses_columns)
        WH_TRY(take_stated_columns(source, err));

    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    wh_arena_init(&scratch);
    for (size_t i = 0; i < source->file_count; i++) {
        WH_TRY(is_text ? inspect_stream(source, i, &scratch, err)
                       : inspect_converted(source, i, &scratch, err));
        wh_arena_reset(&scratch, MAX_HEAD_SIZE);
    }
    if (!is_text)
        declare_columns(source);
    if (source->columns == NULL)
        return wh_error_set(err, WH_INVALID, "'%.*s': %s", WH_FMT(source->table),
                            source->format->no_columns);
    return WH_OK;
}
