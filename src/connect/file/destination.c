/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/file/destination.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/error.h"
#include "connect/file/source.h"
#include "data/text.h"
#include "stream/file.h"

/* Bytes in a buffer at which they are handed to the system. */
#define FLUSH_AT ((size_t)1 << 20)
#define MAX_EXPLANATION ((size_t)64 << 10)

/** Rows of one table; it appends to the output that was begun for it. */
struct file_writer {
    struct wh_file_destination *destination;
    struct wh_str table; /* in the arena */
    struct wh_arena arena;
    size_t *columns; /* the table's, by the writer's */
    size_t column_count;
};

static struct file_writer *writer_from(struct wh_writer *writer)
{
    return (struct file_writer *)writer;
}

/* ---- opening --------------------------------------------------------------------------------- */

static void close_destination(struct wh_destination *opened)
{
    if (opened == NULL)
        return;
    struct wh_file_destination *destination = wh_file_destination_from(opened);
    wh_file_outputs_close(destination);
    if (destination->ledger.destination != NULL)
        destination->ledger.functions->close(destination->ledger.destination);
    wh_arena_release(&destination->arena);
    free(destination);
}

static wh_code check_folder(const struct wh_file_destination *destination, struct wh_error *err)
{
    const char *path = destination->folder.ptr;
    if (wh_path_is_folder(path))
        return WH_OK;
    if (wh_path_is_there(path))
        return wh_error_set(err, WH_UNREACHABLE,
                            "'%s' is no folder; name the folder under 'destination' and the file "
                            "in it under 'into'",
                            path);
    if (wh_write_has_ending(destination->folder))
        return wh_error_set(err, WH_INVALID,
                            "'%s' looks like a file; name its folder under 'destination' and the "
                            "file under 'into'",
                            path);
    return WH_OK;
}

static wh_code make_folder(const struct wh_file_destination *destination, struct wh_error *err)
{
    const char *path = destination->folder.ptr;
    if (destination->is_read_only || mkdir(path, 0777) == 0 || errno == EEXIST)
        return WH_OK;
    return wh_error_system(err, WH_UNREACHABLE, errno, "folder '%s' cannot be made", path);
}

static wh_code open_into(struct wh_file_destination *destination,
                         const struct wh_destination_request *request, struct wh_error *err)
{
    struct wh_str path;
    WH_TRY(wh_file_url_path(request->url, &path, err));
    WH_TRY(
        wh_path_join(request->base_folder, path, &destination->arena, &destination->folder, err));
    if (destination->folder.len == 0)
        destination->folder = WH_STR(".");
    destination->is_read_only = request->read_only;
    WH_TRY(check_folder(destination, err));
    WH_ASSERT(request->open_ledger != NULL, err);
    WH_TRY(request->open_ledger(request->open_ledger_ctx, &destination->ledger, err));
    return make_folder(destination, err);
}

static wh_code open_destination(const struct wh_destination_request *request,
                                struct wh_destination **ret, struct wh_error *err)
{
    struct wh_file_destination *destination = calloc(1, sizeof(*destination));
    if (destination == NULL)
        return wh_error_no_memory(err, sizeof(*destination));
    wh_arena_init(&destination->arena);
    wh_code rc = open_into(destination, request, err);
    if (rc != WH_OK) {
        close_destination((struct wh_destination *)destination);
        return rc;
    }
    *ret = (struct wh_destination *)destination;
    return WH_OK;
}

/* ---- tables ---------------------------------------------------------------------------------- */

/* A file is written anew by each run, so there is none to be described. */
static wh_code describe(struct wh_destination *opened, struct wh_str table, struct wh_arena *arena,
                        struct wh_table_info *ret, struct wh_error *err)
{
    (void)opened;
    (void)arena;
    (void)ret;
    return wh_error_set(err, WH_INVALID, "file '%.*s' is made by each run", WH_FMT(table));
}

static wh_code create(struct wh_destination *opened, const struct wh_table_info *table, bool run,
                      struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf text;
    struct wh_write_form form;
    (void)opened;
    (void)run;
    wh_buf_init(&text, MAX_EXPLANATION);
    WH_TRY(wh_write_form_make(table->output, table->name, table, &form, err));
    WH_TRY(wh_buf_printf(&text, err, "file '%.*s': ", WH_FMT(table->name)));
    WH_TRY(wh_write_form_explain(&form, &text, err));
    return wh_arena_copy(arena, wh_buf_str(&text), ret, err);
}

static wh_code delete_reaches(struct wh_destination *opened, struct wh_str table,
                              struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    (void)opened;
    (void)table;
    (void)arena;
    (void)err;
    *ret = WH_STR_NONE;
    return WH_OK;
}

/* ---- writers --------------------------------------------------------------------------------- */

static void writer_close(struct wh_writer *opened)
{
    if (opened == NULL)
        return;
    struct file_writer *writer = writer_from(opened);
    wh_arena_release(&writer->arena);
    free(writer);
}

static wh_code fill_writer(struct file_writer *writer, const struct wh_writer_request *request,
                           struct wh_error *err)
{
    WH_TRY(wh_arena_copy(&writer->arena, request->table, &writer->table, err));
    writer->column_count = request->column_count;
    writer->columns =
        wh_arena_array(&writer->arena, WH_MAX(request->column_count, 1), sizeof(*writer->columns));
    if (writer->columns == NULL)
        return wh_error_no_memory(err, request->column_count * sizeof(*writer->columns));
    for (size_t i = 0; i < request->column_count; i++)
        writer->columns[i] = request->columns[i];
    return WH_OK;
}

static wh_code writer_open(struct wh_destination *opened, const struct wh_writer_request *request,
                           struct wh_writer **ret, struct wh_error *err)
{
    struct file_writer *writer = calloc(1, sizeof(*writer));
    if (writer == NULL)
        return wh_error_no_memory(err, sizeof(*writer));
    writer->destination = wh_file_destination_from(opened);
    wh_arena_init(&writer->arena);
    wh_code rc = fill_writer(writer, request, err);
    if (rc != WH_OK) {
        writer_close((struct wh_writer *)writer);
        return rc;
    }
    *ret = (struct wh_writer *)writer;
    return WH_OK;
}

static wh_code is_empty(struct wh_writer *opened, bool *ret, struct wh_error *err)
{
    const struct file_writer *writer = writer_from(opened);
    uint64_t rows = 0;
    WH_TRY(wh_file_output_count((struct wh_destination *)writer->destination, writer->table, 1,
                                &rows, err));
    *ret = rows == 0;
    return WH_OK;
}

/* Nothing that is written can be asked for: every row is new. */
static wh_code fetch(struct wh_writer *opened, const struct wh_column *columns,
                     const struct wh_selection *selection, struct wh_arena *arena,
                     struct wh_found *found, struct wh_error *err)
{
    const struct file_writer *writer = writer_from(opened);
    (void)columns;
    size_t rows = selection->count > 0 ? (size_t)selection->rows[selection->count - 1] + 1 : 0;
    *found = (struct wh_found){.odd = NULL};
    found->is_there = wh_arena_array(arena, WH_MAX(rows, 1), sizeof(*found->is_there));
    found->columns =
        wh_arena_array(arena, WH_MAX(writer->column_count, 1), sizeof(*found->columns));
    if (found->is_there == NULL || found->columns == NULL)
        return wh_error_no_memory(err, rows);
    return WH_OK;
}

/* Canonical texts of the selected rows, by the table's column. */
static wh_code print_texts(const struct file_writer *writer, const struct wh_write_request *request,
                           struct wh_arena *scratch, struct wh_column **ret, struct wh_error *err)
{
    const struct wh_selection *selection = request->selection;
    size_t rows = (size_t)selection->rows[selection->count - 1] + 1;
    struct wh_column *texts = wh_arena_array(scratch, writer->column_count, sizeof(*texts));
    if (texts == NULL)
        return wh_error_no_memory(err, writer->column_count * sizeof(*texts));
    for (size_t i = 0; i < writer->column_count; i++) {
        struct wh_column *column = &texts[writer->columns[i]];
        WH_TRY(wh_column_init(column, (struct wh_type){.kind = WH_KIND_TEXT}, rows, scratch, err));
        WH_TRY(wh_column_print(&request->columns[i], selection, rows, scratch, column, err));
    }
    *ret = texts;
    return WH_OK;
}

static wh_code append_rows(struct wh_file_output *output, const struct wh_column *texts,
                           struct wh_write_request *request, struct wh_error *err)
{
    const struct wh_selection *selection = request->selection;
    for (size_t i = 0; i < selection->count; i++) {
        uint16_t row = selection->rows[i];
        WH_TRY(wh_write_row(&output->form, texts, row, output->rows == 0, &output->buf, err));
        output->rows++;
        request->results[row] = WH_ROW_WRITTEN;
        request->stopped_at = i + 1;
        if (output->buf.len >= FLUSH_AT)
            WH_TRY(wh_file_output_flush(output, err));
    }
    return WH_OK;
}

static wh_code write_rows(struct wh_writer *opened, struct wh_write_request *request,
                          struct wh_error *err)
{
    const struct file_writer *writer = writer_from(opened);
    struct wh_file_output *output = wh_file_output_find(writer->destination, writer->table);
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    struct wh_column *texts = NULL;
    wh_arena_init(&scratch);
    request->stopped_at = 0;
    WH_ASSERT(output != NULL && output->fd >= 0, err);
    WH_ASSERT(request->kind == WH_WRITE_INSERT, err);
    WH_ASSERT(writer->column_count == output->form.column_count, err);
    if (request->selection->count == 0)
        return WH_OK;
    WH_TRY(print_texts(writer, request, &scratch, &texts, err));
    return append_rows(output, texts, request, err);
}

/* Every value can be written. */
static wh_code check(struct wh_writer *opened, size_t column, const struct wh_column *values,
                     const struct wh_selection *selection, uint8_t *faults, struct wh_error *err)
{
    (void)opened;
    (void)column;
    (void)values;
    (void)selection;
    (void)faults;
    (void)err;
    return WH_OK;
}

const struct wh_destination_functions wh_file_destination_functions = {
    .commit_kind = WH_COMMIT_WHOLE,
    .capabilities = WH_CAN_CREATE | WH_ONE_WRITER | WH_ROW_RESULTS,
    .dialect = "sqlite",
    .open = open_destination,
    .close = close_destination,
    .identity = wh_file_ledger_identity,
    .describe = describe,
    .create = create,
    .begin = wh_file_ledger_begin,
    .begin_reading = wh_file_ledger_begin_reading,
    .commit = wh_file_ledger_commit,
    .rollback = wh_file_ledger_rollback,
    .savepoint = wh_file_ledger_savepoint,
    .release = wh_file_ledger_release,
    .rollback_to = wh_file_ledger_rollback_to,
    .lock = wh_file_ledger_lock,
    .unlock = wh_file_ledger_unlock,
    .holder = wh_file_ledger_holder,
    .prepare = wh_file_ledger_prepare,
    .execute = wh_file_ledger_execute,
    .next = wh_file_ledger_next,
    .statement_free = wh_file_ledger_statement_free,
    .script = wh_file_ledger_script,
    .whole_begin = wh_file_output_begin,
    .whole_end = wh_file_output_end,
    .writer_open = writer_open,
    .writer_close = writer_close,
    .is_empty = is_empty,
    .fetch = fetch,
    .write = write_rows,
    .check = check,
    .delete_reaches = delete_reaches,
    .count = wh_file_output_count,
    .interrupt = wh_file_ledger_interrupt,
};
