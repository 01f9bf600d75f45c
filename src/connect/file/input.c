/* SPDX-License-Identifier: Apache-2.0 */
/** Standard input as a source: kept in a temporary file, so that it is read as files are. */
#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "connect/file/source.h"

#define INPUT_NAME "standard input"

/* How much of the text tells its format. */
#define SAMPLE_SIZE ((size_t)64 << 10)

#define BYTE_ORDER_MARK WH_STR("\xEF\xBB\xBF")

bool wh_file_is_input(const struct wh_source_request *request)
{
    return wh_str_is(request->from, "-");
}

/* What the other item types are read from; standard input is beside it, not in it. */
static wh_code check_folder(const struct wh_source_request *request, struct wh_arena *arena,
                            struct wh_error *err)
{
    struct wh_str path;
    WH_TRY(wh_file_url_path(request->url, &path, err));
    WH_TRY(wh_path_join(request->base_folder, path, arena, &path, err));
    if (path.len == 0 || wh_path_is_folder(path.ptr))
        return WH_OK;
    return wh_error_set(err, WH_UNREACHABLE,
                        "the source '%.*s' is no folder, and 'from' is " INPUT_NAME
                        "; write 'source: .'",
                        WH_FMT(path));
}

static wh_code check_input(const struct wh_source_request *request, struct wh_error *err)
{
    if (request->is_input_taken != NULL && *request->is_input_taken)
        return wh_error_set(err, WH_INVALID,
                            INPUT_NAME " is the source of another item type already; only one can "
                                       "read it, so put the other's records into a file");
    int flags = fcntl(STDIN_FILENO, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_WRONLY)
        return wh_error_set(err, WH_UNREACHABLE, INPUT_NAME " is not open");
    if (isatty(STDIN_FILENO) == 1)
        return wh_error_set(err, WH_INVALID,
                            INPUT_NAME " is a terminal; give a file or the output of a program to "
                                       "it: … < people.csv, or program | …");
    return WH_OK;
}

wh_code wh_file_take_input(struct wh_file_source *source, const struct wh_source_request *request,
                           struct wh_error *err)
{
    WH_TRY(check_folder(request, &source->arena, err));
    WH_TRY(check_input(request, err));
    if (request->is_input_taken != NULL)
        *request->is_input_taken = true;
    wh_code rc = wh_spool_fill(&source->spool, STDIN_FILENO, source->cancel, err);
    if (rc != WH_OK)
        return wh_error_prefix(err, rc, INPUT_NAME);
    /* A program that failed before its first byte must not look like one that had no records. */
    if (source->spool.kept.size == 0)
        return wh_error_set(err, WH_INVALID,
                            INPUT_NAME " gave nothing: did what writes to it fail? An empty "
                                       "source can only be a file");
    struct wh_source_file *file = WH_ARENA_NEW(&source->arena, struct wh_source_file);
    if (file == NULL)
        return wh_error_no_memory(err, sizeof(*file));
    file->name = WH_STR(INPUT_NAME);
    file->path = INPUT_NAME;
    file->form.spool = &source->spool;
    source->table = file->name;
    source->files = file;
    source->file_count = 1;
    return WH_OK;
}

wh_code wh_file_detect_format(struct wh_file_source *source, struct wh_error *err)
{
    const struct wh_source_file *file = &source->files[0];
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    WH_CLEANUP(wh_stream_close) struct wh_stream stream = WH_STREAM_CLOSED;
    wh_arena_init(&scratch);
    char *bytes = wh_arena_bytes(&scratch, SAMPLE_SIZE);
    size_t got;
    if (bytes == NULL)
        return wh_error_no_memory(err, SAMPLE_SIZE);
    WH_TRY(wh_stream_open(&stream, file->path, file->form, err));
    WH_TRY(wh_stream_read_at(&stream, 0, bytes, SAMPLE_SIZE, &got, err));
    size_t mark = wh_str_starts_with(wh_str_make(bytes, got), BYTE_ORDER_MARK) ? 3 : 0;
    const char *why;
    source->format = wh_format_of_text(wh_str_make(bytes + mark, got - mark), &scratch, &why);
    if (source->format == NULL)
        return wh_error_set(err, WH_INVALID,
                            "cannot tell for certain whether '%s' is JSON; state it in 'format': "
                            "type: ndjson (a record a line), type: json (one array), or type: csv",
                            file->path);
    if (why == NULL)
        return WH_OK;
    return wh_arena_format(&source->arena, &source->detected, err,
                           "; %s; to pin it: format: { type: %s }", why, source->format->name);
}
