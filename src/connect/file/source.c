/* SPDX-License-Identifier: Apache-2.0 */
/** Sources made of text files: opening, and what is known of them before a record is read. */
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "connect/file/destination.h"
#include "connect/file/file.h"
#include "connect/file/source.h"
#include "data/hash.h"

#define MAX_EXPLANATION ((size_t)64 << 10)
#define MAX_IDENTITY ((size_t)64 << 20)

static void close_source(struct wh_source *opened)
{
    if (opened == NULL)
        return;
    struct wh_file_source *source = wh_file_source_from(opened);
    wh_spool_close(&source->spool);
    wh_spool_close(&source->converted);
    wh_arena_release(&source->arena);
    free(source);
}

static struct wh_table_info table_of(const struct wh_file_source *source)
{
    return (struct wh_table_info){
        .name = source->table, .columns = source->columns, .column_count = source->column_count};
}

static wh_code open_into(struct wh_file_source *source, const struct wh_source_request *request,
                         struct wh_error *err)
{
    if (request->format != NULL)
        source->options = *request->format;
    else
        wh_format_options_init(&source->options);
    WH_TRY(wh_format_options_check(&source->options, err));
    WH_TRY(wh_file_source_find(source, request, err));
    WH_TRY(wh_file_source_read_layout(source, request->base_folder, err));
    WH_TRY(wh_file_source_inspect(source, err));
    struct wh_table_info table = table_of(source);
    WH_TRY(source->format->open(&source->options, &table, &source->arena, &source->parser, err));
    return wh_file_describe_name(source, err);
}

static wh_code open_source(const struct wh_source_request *request, struct wh_source **ret,
                           struct wh_error *err)
{
    struct wh_file_source *source = calloc(1, sizeof(*source));
    if (source == NULL)
        return wh_error_no_memory(err, sizeof(*source));
    wh_arena_init(&source->arena);
    source->spool = WH_SPOOL_NONE;
    source->cancel = request->cancel;
    source->batch_rows = request->batch_rows;
    source->key = request->key;
    source->block_size = WH_WINDOW_BLOCK;
    source->budget = request->budget;
    source->converted = WH_SPOOL_NONE;
    wh_code rc = open_into(source, request, err);
    if (rc != WH_OK) {
        close_source((struct wh_source *)source);
        return rc;
    }
    *ret = (struct wh_source *)source;
    return WH_OK;
}

wh_code wh_file_check_cancel(const struct wh_file_source *source, enum wh_cancel_level level,
                             struct wh_error *err)
{
    if (wh_cancel_asked(source->cancel, level))
        return wh_error_cancelled(err);
    return WH_OK;
}

wh_code wh_file_source_reopen(const struct wh_file_source *source, size_t index,
                              struct wh_stream *stream, struct wh_error *err)
{
    const struct wh_source_file *known = &source->files[index];
    struct wh_stream_form converted = {.spool = &source->converted};
    if (source->format->convert != NULL)
        return wh_stream_open(stream, known->path, converted, err);
    WH_TRY(wh_stream_open(stream, known->path, known->form, err));
    wh_code rc = wh_file_expect(&stream->file, known->stamp, err);
    if (rc != WH_OK)
        wh_stream_close(stream);
    return rc;
}

wh_code wh_file_source_expect(const struct wh_file_source *source, size_t index,
                              const struct wh_stream *stream, struct wh_error *err)
{
    if (source->format->convert != NULL)
        return WH_OK;
    return wh_file_expect(&stream->file, source->files[index].stamp, err);
}

static wh_code describe(struct wh_source *opened, struct wh_table_info *ret, struct wh_error *err)
{
    (void)err;
    *ret = table_of(wh_file_source_from(opened));
    return WH_OK;
}

/* ---- in words -------------------------------------------------------------------------------- */

/* What a file has, by name; NULL: nothing. */
typedef const char *name_function(const struct wh_stream_form *form);

static const char *packing_name(const struct wh_stream_form *form)
{
    if (form->member != NULL)
        return "zip";
    return form->codec != NULL ? form->codec->name : NULL;
}

static const char *encoding_name(const struct wh_stream_form *form)
{
    return form->encoding.name[0] != '\0' ? form->encoding.name : NULL;
}

/* What the files have, each name once: " packed with gzip, zip". */
static wh_code explain_names(const struct wh_file_source *source, const char *before,
                             name_function *name_of, struct wh_buf *text, struct wh_error *err)
{
    const char *seen[8];
    size_t count = 0;
    for (size_t i = 0; i < source->file_count; i++) {
        const char *name = name_of(&source->files[i].form);
        size_t at = 0;
        while (name != NULL && at < count && strcmp(seen[at], name) != 0)
            at++;
        if (name == NULL || at < count || count == WH_COUNT_OF(seen))
            continue;
        seen[count++] = name;
        WH_TRY(wh_buf_printf(text, err, "%s%s", at == 0 ? before : ", ", name));
    }
    return WH_OK;
}

/* Lines that are left out, and what the first file has there. */
static wh_code explain_left_out(struct wh_buf *text, uint64_t count, const char *where,
                                struct wh_str lines, struct wh_error *err)
{
    if (count == 0 || count == WH_FORMAT_NOT_STATED)
        return WH_OK;
    WH_TRY(wh_buf_printf(text, err, "; %" PRIu64 " line%s left out %s: \"", count,
                         count == 1 ? "" : "s", where));
    struct wh_str shown = wh_format_strip_line_end(lines);
    for (size_t i = 0; i < shown.len; i++) {
        struct wh_str byte = wh_str_make(shown.ptr + i, 1);
        bool is_end = byte.ptr[0] == '\n' || byte.ptr[0] == '\r';
        bool is_pair = byte.ptr[0] == '\r' && i + 1 < shown.len && shown.ptr[i + 1] == '\n';
        if (!is_pair && !(is_end && i + 1 == shown.len))
            WH_TRY(wh_buf_append_str(text, is_end ? WH_STR(" | ") : byte, err));
    }
    return wh_buf_printf(text, err, "\"");
}

static wh_code write_explanation(const struct wh_file_source *source, struct wh_buf *text,
                                 struct wh_error *err)
{
    uint64_t size = 0;
    for (size_t i = 0; i < source->file_count; i++)
        size += source->files[i].stamp.size;
    if (source->files[0].form.spool != NULL)
        WH_TRY(wh_buf_printf(text, err, "%.*s", WH_FMT(source->table)));
    else
        WH_TRY(wh_buf_printf(text, err, "%zu file%s", source->file_count,
                             source->file_count == 1 ? "" : "s"));
    WH_TRY(wh_buf_printf(text, err, " of %" PRIu64 " bytes", size));
    WH_TRY(explain_names(source, " packed with ", packing_name, text, err));
    WH_TRY(explain_names(source, " in ", encoding_name, text, err));
    WH_TRY(wh_buf_printf(text, err, ": "));
    WH_TRY(wh_buf_append_str(text, source->files[0].found, err));
    WH_TRY(source->format->explain(source->parser, text, err));
    WH_TRY(wh_buf_append_str(text, source->detected, err));
    WH_TRY(wh_buf_append_str(text, source->encoding_note, err));
    WH_TRY(wh_buf_append_str(text, source->converted_notes, err));
    WH_TRY(explain_left_out(text, source->options.skip, "before the header",
                            source->files[0].preamble, err));
    return explain_left_out(text, source->options.skip_end, "at the end", source->files[0].footer,
                            err);
}

static wh_code explain(struct wh_source *opened, struct wh_arena *arena, struct wh_str *ret,
                       struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf text;
    wh_buf_init(&text, MAX_EXPLANATION);
    WH_TRY(write_explanation(wh_file_source_from(opened), &text, err));
    return wh_arena_copy(arena, wh_buf_str(&text), ret, err);
}

static wh_code is_large(struct wh_source *opened, bool *ret, struct wh_error *err)
{
    (void)err;
    const struct wh_file_source *source = wh_file_source_from(opened);
    uint64_t bytes = 0;
    for (size_t i = 0; i < source->file_count; i++)
        bytes += source->files[i].stamp.size;
    *ret = bytes >= WH_MANY_BYTES;
    return WH_OK;
}

static wh_code identity(struct wh_source *opened, struct wh_arena *arena,
                        struct wh_source_identity *ret, struct wh_error *err)
{
    const struct wh_file_source *source = wh_file_source_from(opened);
    WH_CLEANUP(wh_buf_release) struct wh_buf text;
    wh_buf_init(&text, MAX_IDENTITY);
    for (size_t i = 0; i < source->file_count; i++) {
        const struct wh_source_file *file = &source->files[i];
        /* What comes once has no time to be known by. */
        int64_t mark =
            file->form.spool != NULL ? (int64_t)file->form.spool->digest : file->stamp.modified;
        WH_TRY(wh_buf_append_str(&text, file->place, err));
        WH_TRY(wh_buf_printf(&text, err, " %" PRIu64 " %" PRId64 "\n", file->stamp.size, mark));
    }
    for (size_t i = 0; i < source->file_count; i++) {
        struct wh_file_stamp beside = source->files[i].beside;
        if (beside.modified != 0 || beside.size != 0)
            WH_TRY(wh_buf_printf(&text, err, "beside %zu %" PRIu64 " %" PRId64 " ", i, beside.size,
                                 beside.modified));
    }
    /* Another reading of the same bytes is another source. */
    WH_TRY(wh_buf_append_str(&text, source->detected, err));
    if (source->is_encoding_told)
        WH_TRY(wh_buf_printf(&text, err, "%.*s", WH_FMT(source->options.encoding)));
    if (source->options.layout_text.ptr != NULL)
        WH_TRY(wh_buf_printf(&text, err, "layout %016" PRIx64 "\n",
                             wh_hash_bytes(source->options.layout_text, 0)));
    return wh_arena_copy(arena, wh_buf_str(&text), &ret->text, err);
}

static wh_code place(struct wh_source *opened, const struct wh_position *position,
                     struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    const struct wh_file_source *source = wh_file_source_from(opened);
    WH_ASSERT(position->file < source->file_count, err);
    struct wh_str name = source->files[position->file].place;
    if (position->line == 0)
        return wh_arena_format(arena, ret, err, "%.*s, byte %" PRIu64, WH_FMT(name),
                               position->offset + 1);
    return wh_arena_format(arena, ret, err, "%.*s:%" PRIu64, WH_FMT(name), position->line);
}

/* A line of the identity without the size and the time that it ends in. */
static struct wh_str name_in_line(struct wh_str line)
{
    for (int cut = 0; cut < 2; cut++) {
        while (line.len > 0 && line.ptr[line.len - 1] != ' ')
            line.len--;
        line.len -= line.len > 0;
    }
    return line;
}

static wh_code files_then(struct wh_str identity, struct wh_arena *arena, struct wh_str **ret,
                          size_t *ret_count, struct wh_error *err)
{
    size_t lines = 0;
    for (size_t i = 0; i < identity.len; i++)
        lines += identity.ptr[i] == '\n';
    *ret_count = 0;
    *ret = wh_arena_array(arena, WH_MAX(lines, 1), sizeof(**ret));
    if (*ret == NULL)
        return wh_error_no_memory(err, lines * sizeof(**ret));
    const char *at = identity.ptr;
    while (*ret_count < lines) {
        const char *end = memchr(at, '\n', (size_t)(identity.ptr + identity.len - at));
        struct wh_str name = name_in_line(wh_str_make(at, (size_t)(end - at)));
        WH_TRY(wh_arena_copy(arena, name, &(*ret)[(*ret_count)++], err));
        at = end + 1;
    }
    return WH_OK;
}

/* ---- the connector --------------------------------------------------------------------------- */

static const struct wh_source_functions source_functions = {
    .takes_format = true,
    .open = open_source,
    .close = close_source,
    .describe = describe,
    .explain = explain,
    .identity = identity,
    .is_large = is_large,
    .split = wh_file_split,
    .reader_open = wh_file_reader_open,
    .reader_close = wh_file_reader_close,
    .seek = wh_file_reader_seek,
    .read = wh_file_reader_read,
    .digest = wh_file_reader_digest,
    .digest_until = wh_file_reader_digest_until,
    .place = place,
    .files_then = files_then,
};

const struct wh_connector wh_file_connector = {
    .name = "file",
    .help = "text files: one, or a pattern of them",
    .accepts = wh_file_accepts,
    .options = wh_format_option_table,
    .source = &source_functions,
    .destination = &wh_file_destination_functions,
};
