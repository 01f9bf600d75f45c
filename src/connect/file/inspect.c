/* SPDX-License-Identifier: Apache-2.0 */
/** The first look at every file: its stamp, its header, and whether all headers are the same. */
#include "base/error.h"
#include "connect/file/source.h"

/* How much of a file is read to find its header, at first and at most. */
#define HEAD_SIZE ((size_t)64 << 10)
#define MAX_HEAD_SIZE ((size_t)16 << 20)

/* Reads the header from the file's first bytes: twice as many each time they do not hold it all. */
static wh_code read_header(const struct wh_file_source *source, const struct wh_file *file,
                           struct wh_arena *arena, struct wh_csv_header *ret, struct wh_error *err)
{
    enum wh_csv_found found = WH_CSV_PARTIAL;
    for (size_t size = HEAD_SIZE; found == WH_CSV_PARTIAL && size <= MAX_HEAD_SIZE; size *= 2) {
        char *head = wh_arena_bytes(arena, size);
        if (head == NULL)
            return wh_error_no_memory(err, size);
        size_t got;
        WH_TRY(wh_file_read_at(file, 0, head, size, &got, err));
        WH_TRY(wh_csv_header_read(&source->format, wh_str_make(head, got), got < size, arena, ret,
                                  &found, err));
    }
    if (found == WH_CSV_PARTIAL)
        return wh_error_set(err, WH_LIMIT,
                            "no header ends within the first 16 MiB; is a quote not closed in it?");
    if (found == WH_CSV_NOTHING)
        return wh_error_set(err, WH_INVALID,
                            "the file is empty; a header was expected (or 'header: false' and "
                            "'columns')");
    return WH_OK;
}

static wh_code copy_names(struct wh_file_source *source, const struct wh_str *names, size_t count,
                          struct wh_error *err)
{
    WH_TRY(wh_csv_names_check(names, count, err));
    source->names = wh_arena_array(&source->arena, count, sizeof(*source->names));
    if (source->names == NULL)
        return wh_error_no_memory(err, count * sizeof(*source->names));
    for (size_t i = 0; i < count; i++)
        WH_TRY(wh_arena_copy(&source->arena, names[i], &source->names[i], err));
    source->column_count = count;
    return WH_OK;
}

static wh_code compare_headers(const struct wh_file_source *source,
                               const struct wh_csv_header *header, struct wh_error *err)
{
    if (header->count != source->column_count)
        return wh_error_set(err, WH_INVALID,
                            "the header has %zu column%s and that of '%.*s' has %zu; files of one "
                            "item type have the same",
                            header->count, header->count == 1 ? "" : "s",
                            WH_FMT(source->files[0].name), source->column_count);
    for (size_t i = 0; i < header->count; i++) {
        if (!wh_str_equal(header->names[i], source->names[i]))
            return wh_error_set(err, WH_INVALID,
                                "column %zu is '%.*s' and in '%.*s' it is '%.*s'; files of one "
                                "item type have the same columns in the same order",
                                i + 1, WH_FMT(header->names[i]), WH_FMT(source->files[0].name),
                                WH_FMT(source->names[i]));
    }
    return WH_OK;
}

/* The first file's header names the columns, unless the migration file does. */
static wh_code take_header(struct wh_file_source *source, const struct wh_csv_header *header,
                           struct wh_error *err)
{
    const struct wh_option_list *stated = &source->format.columns;
    if (stated->count == 0 && source->names == NULL)
        return copy_names(source, header->names, header->count, err);
    if (stated->count == 0)
        return compare_headers(source, header, err);
    if (source->format.has_header && header->count != stated->count)
        return wh_error_set(err, WH_INVALID,
                            "the header has %zu column%s and 'columns' states %zu name%s",
                            header->count, header->count == 1 ? "" : "s", stated->count,
                            stated->count == 1 ? "" : "s");
    return WH_OK;
}

static wh_code inspect_file(struct wh_file_source *source, struct wh_source_file *known,
                            struct wh_arena *scratch, struct wh_error *err)
{
    WH_CLEANUP(wh_file_close) struct wh_file file = WH_FILE_CLOSED;
    WH_TRY(wh_file_open(&file, known->path, err));
    struct wh_csv_header header;
    wh_code rc = read_header(source, &file, scratch, &header, err);
    if (rc == WH_OK)
        rc = take_header(source, &header, err);
    if (rc != WH_OK)
        return wh_error_prefix(err, rc, "'%.*s'", WH_FMT(known->name));
    known->stamp = file.stamp;
    known->data_start = header.size;
    known->data_line = header.lines + 1;
    return WH_OK;
}

wh_code wh_file_source_inspect(struct wh_file_source *source, struct wh_error *err)
{
    const struct wh_format_options *format = &source->format;
    if (!format->has_header && format->columns.count == 0)
        return wh_error_set(err, WH_INVALID,
                            "'%.*s' has no header: state the names of its columns with 'columns'",
                            WH_FMT(source->table));
    if (format->columns.count > 0)
        WH_TRY(copy_names(source, format->columns.items, format->columns.count, err));

    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    wh_arena_init(&scratch);
    for (size_t i = 0; i < source->file_count; i++) {
        WH_TRY(inspect_file(source, &source->files[i], &scratch, err));
        wh_arena_reset(&scratch, MAX_HEAD_SIZE);
    }
    return WH_OK;
}
