/* SPDX-License-Identifier: Apache-2.0 */
/* One file from its first byte to its name. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crash.h"
#include "base/error.h"
#include "connect/file/destination.h"
#include "stream/file.h"

/* Bytes that are kept before they are handed to the system; one row may be larger. */
#define MAX_BUFFER ((size_t)2 << 30)
#define COMPARED ((size_t)64 << 10)

struct wh_file_output *wh_file_output_find(const struct wh_file_destination *destination,
                                           struct wh_str table)
{
    for (struct wh_file_output *output = destination->outputs; output != NULL;
         output = output->next)
        if (wh_str_equal(output->table, table))
            return output;
    return NULL;
}

static int64_t modified(const struct stat *info)
{
    return (int64_t)info->st_mtim.tv_sec * 1000000000 + info->st_mtim.tv_nsec;
}

/* ---- bytes ----------------------------------------------------------------------------------- */

static wh_code write_out(struct wh_file_output *output, struct wh_str bytes, struct wh_error *err)
{
    size_t done = 0;
    while (done < bytes.len) {
        ssize_t put = write(output->fd, bytes.ptr + done, bytes.len - done);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return wh_error_system(err, WH_IO, errno, "cannot write to '%s'", output->partial.ptr);
        done += (size_t)put;
        output->flushed += (uint64_t)put;
    }
    return WH_OK;
}

static wh_code put_out(struct wh_file_output *output, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf packed;
    wh_buf_init(&packed, MAX_BUFFER);
    if (output->packer != NULL)
        WH_TRY(wh_pack(output->packer, wh_buf_str(&output->buf), &packed, err));
    WH_TRY(write_out(output, wh_buf_str(output->packer != NULL ? &packed : &output->buf), err));
    wh_buf_reset(&output->buf);
    return WH_OK;
}

wh_code wh_file_output_flush(struct wh_file_output *output, struct wh_error *err)
{
    return output->buf.len > 0 ? put_out(output, err) : WH_OK;
}

static wh_code sync_bytes(struct wh_file_output *output, struct wh_error *err)
{
    WH_TRY(wh_file_output_flush(output, err));
    if (fdatasync(output->fd) != 0)
        return wh_error_system(err, WH_IO, errno, "cannot make sure of '%s'", output->partial.ptr);
    return WH_OK;
}

/* Back to what was committed. Where that is nothing,
 * what stands before the first row is to be written again. */
static wh_code cut_to(struct wh_file_output *output, uint64_t size, uint64_t rows,
                      struct wh_error *err)
{
    wh_buf_reset(&output->buf);
    if (ftruncate(output->fd, (off_t)size) != 0 || lseek(output->fd, (off_t)size, SEEK_SET) < 0)
        return wh_error_system(err, WH_IO, errno, "cannot cut '%s'", output->partial.ptr);
    output->flushed = size;
    output->rows = rows;
    return size == 0 ? wh_write_begin(&output->form, &output->buf, err) : WH_OK;
}

/* ---- the record ------------------------------------------------------------------------------ */

/* Moves the record on to where the output stands; what it says of a finished file stays. */
static wh_code record_progress(struct wh_file_destination *destination,
                               const struct wh_file_output *output, struct wh_error *err)
{
    struct wh_file_record record;
    WH_TRY(wh_file_record_read(destination, output->table, &record, err));
    record.run = output->run;
    record.size = output->flushed;
    record.rows = output->rows;
    record.is_complete = false;
    return wh_file_record_write(destination, output->table, &record, err);
}

wh_code wh_file_outputs_sync(struct wh_file_destination *destination, struct wh_error *err)
{
    for (struct wh_file_output *output = destination->outputs; output != NULL;
         output = output->next) {
        if (output->fd < 0 || output->flushed + output->buf.len == output->committed_size)
            continue;
        WH_TRY(sync_bytes(output, err));
        WH_TRY(record_progress(destination, output, err));
    }
    return WH_OK;
}

void wh_file_outputs_settle(struct wh_file_destination *destination)
{
    for (struct wh_file_output *output = destination->outputs; output != NULL;
         output = output->next) {
        output->committed_size = output->flushed;
        output->committed_rows = output->rows;
    }
}

wh_code wh_file_outputs_cut(struct wh_file_destination *destination, struct wh_error *err)
{
    for (struct wh_file_output *output = destination->outputs; output != NULL;
         output = output->next)
        if (output->fd >= 0)
            WH_TRY(cut_to(output, output->committed_size, output->committed_rows, err));
    return WH_OK;
}

static wh_code begin(struct wh_file_destination *destination, struct wh_error *err)
{
    const struct wh_connection *ledger = &destination->ledger;
    return ledger->functions->begin(ledger->destination, err);
}

/* Commits what was just recorded, or takes it back. */
static wh_code end(struct wh_file_destination *destination, wh_code rc, struct wh_error *err)
{
    const struct wh_connection *ledger = &destination->ledger;
    if (rc == WH_OK)
        return ledger->functions->commit(ledger->destination, err);
    WH_IGNORE(ledger->functions->rollback(ledger->destination, NULL), "the first error is told");
    return rc;
}

/* ---- putting it in its place ----------------------------------------------------------------- */

/* True where the file of that name holds the very bytes of the partial one. */
static wh_code is_unchanged(const struct wh_file_output *output, bool *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_file_close) struct wh_file before = WH_FILE_CLOSED;
    WH_CLEANUP(wh_file_close) struct wh_file now = WH_FILE_CLOSED;
    char a[COMPARED];
    char b[COMPARED];
    *ret = false;
    if (!wh_path_is_there(output->path.ptr))
        return WH_OK;
    WH_TRY(wh_file_open(&before, output->path.ptr, err));
    WH_TRY(wh_file_open(&now, output->partial.ptr, err));
    if (before.stamp.size != now.stamp.size)
        return WH_OK;
    for (uint64_t at = 0; at < now.stamp.size; at += COMPARED) {
        size_t got_before = 0;
        size_t got = 0;
        WH_TRY(wh_file_read_at(&before, at, a, COMPARED, &got_before, err));
        WH_TRY(wh_file_read_at(&now, at, b, COMPARED, &got, err));
        if (got != got_before || memcmp(a, b, got) != 0)
            return WH_OK;
    }
    *ret = true;
    return WH_OK;
}

/* So that the new name survives a loss of power, too. */
static wh_code sync_folder(const struct wh_file_output *output, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    struct wh_str folder;
    struct wh_str name;
    struct wh_str path;
    wh_arena_init(&scratch);
    wh_path_cut(output->path, &folder, &name);
    WH_TRY(wh_arena_copy(&scratch, folder.len > 0 ? folder : WH_STR("."), &path, err));
    int fd = open(path.ptr, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd < 0 ? -1 : fsync(fd);
    int failure = errno;
    if (fd >= 0)
        close(fd);
    return rc == 0
               ? WH_OK
               : wh_error_system(err, WH_IO, failure, "cannot make sure of folder '%s'", path.ptr);
}

/* A file that holds the same bytes is left as it is; another one is replaced at one stroke. */
static wh_code put_in_place(const struct wh_file_output *output, struct wh_error *err)
{
    bool is_same = false;
    if (!wh_path_is_there(output->partial.ptr))
        return WH_OK;
    WH_TRY(is_unchanged(output, &is_same, err));
    if (is_same && unlink(output->partial.ptr) != 0)
        return wh_error_system(err, WH_IO, errno, "cannot remove '%s'", output->partial.ptr);
    if (!is_same && rename(output->partial.ptr, output->path.ptr) != 0)
        return wh_error_system(err, WH_IO, errno, "cannot rename '%s'", output->partial.ptr);
    WH_CRASH_POINT("output.renamed");
    return sync_folder(output, err);
}

/* ---- beginning ------------------------------------------------------------------------------- */

/* What stands under the name is replaced only where an earlier run wrote it, and nobody since. */
static wh_code check_final(const struct wh_whole_request *request, const struct wh_str path,
                           const struct wh_file_record *record, struct wh_error *err)
{
    struct stat info;
    if (stat(path.ptr, &info) != 0)
        return errno == ENOENT ? WH_OK
                               : wh_error_system(err, WH_UNREACHABLE, errno,
                                                 "'%s' cannot be inspected", path.ptr);
    if (!S_ISREG(info.st_mode))
        return wh_error_set(err, WH_INVALID, "'%s' is no regular file", path.ptr);
    if (request->is_partial)
        return wh_error_set(err, WH_INVALID,
                            "a run of some items only would replace '%s', which is whole; name "
                            "another file under 'into' for it",
                            path.ptr);
    if (request->overwrites)
        return WH_OK;
    if (!record->has_final)
        return wh_error_set(err, WH_INVALID,
                            "'%s' is there already, and this migration did not write it; remove "
                            "it, name another file, or write 'drift: overwrite'",
                            path.ptr);
    if ((uint64_t)info.st_size != record->final_size || modified(&info) != record->final_modified)
        return wh_error_set(err, WH_INVALID,
                            "'%s' was changed since wherry wrote it; keep a copy and remove it, or "
                            "write 'drift: overwrite'",
                            path.ptr);
    return WH_OK;
}

static wh_code open_partial(struct wh_file_output *output, struct wh_error *err)
{
    output->fd = open(output->partial.ptr, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (output->fd < 0)
        return wh_error_system(err, WH_UNREACHABLE, errno, "'%s' cannot be written",
                               output->partial.ptr);
    if (flock(output->fd, LOCK_EX | LOCK_NB) == 0)
        return WH_OK;
    return wh_error_system(err, errno == EWOULDBLOCK ? WH_BUSY : WH_IO, errno,
                           "'%s' is being written by another run", output->partial.ptr);
}

static wh_code begin_new(struct wh_file_destination *destination, struct wh_file_output *output,
                         struct wh_file_record *record, struct wh_error *err)
{
    WH_TRY(open_partial(output, err));
    WH_TRY(cut_to(output, 0, 0, err));
    record->run = output->run;
    record->size = 0;
    record->rows = 0;
    record->is_complete = false;
    if (output->is_rehearsal)
        return WH_OK;
    WH_TRY(begin(destination, err));
    return end(destination, wh_file_record_write(destination, output->table, record, err), err);
}

/* What a crash left behind the last commit is cut off. */
static wh_code go_on(struct wh_file_output *output, const struct wh_file_record *record,
                     struct wh_error *err)
{
    struct stat info;
    output->is_complete = record->is_complete;
    output->rows = record->rows;
    output->committed_rows = record->rows;
    output->committed_size = record->size;
    if (record->is_complete)
        return WH_OK;
    WH_TRY(open_partial(output, err));
    if (fstat(output->fd, &info) != 0 || (uint64_t)info.st_size < record->size)
        return wh_error_set(err, WH_CONFLICT,
                            "'%s' is shorter than the %" PRIu64 " bytes that were written; begin "
                            "anew with --restart",
                            output->partial.ptr, record->size);
    return cut_to(output, record->size, record->rows, err);
}

static wh_code make_output(struct wh_file_destination *destination,
                           const struct wh_whole_request *request, struct wh_file_output **ret,
                           struct wh_error *err)
{
    const struct wh_table_info *table = request->table;
    struct wh_file_output *output = WH_ARENA_NEW(&destination->arena, struct wh_file_output);
    if (output == NULL)
        return wh_error_no_memory(err, sizeof(*output));
    output->fd = -1;
    output->run = request->run;
    output->is_rehearsal = request->is_rehearsal;
    wh_buf_init(&output->buf, MAX_BUFFER);
    output->next = destination->outputs;
    destination->outputs = output;
    WH_TRY(wh_arena_copy(&destination->arena, table->name, &output->table, err));
    WH_TRY(wh_path_join(destination->folder, table->name, &destination->arena, &output->path, err));
    WH_TRY(wh_arena_format(&destination->arena, &output->partial, err, "%s%s", output->path.ptr,
                           request->is_rehearsal ? WH_FILE_REHEARSAL : WH_FILE_PARTIAL));
    *ret = output;
    WH_TRY(wh_write_form_make(table->output, table->name, table, &output->form, err));
    if (output->form.packing == NULL)
        return WH_OK;
    return wh_packer_new(output->form.packing, &output->packer, err);
}

/* An earlier run may have come to its record, and no further:
 * its file is put in its place first. */
static wh_code finish_earlier(const struct wh_file_output *output,
                              const struct wh_file_record *record, struct wh_error *err)
{
    struct stat info;
    if (output->is_rehearsal || !record->is_complete || stat(output->partial.ptr, &info) != 0 ||
        (uint64_t)info.st_size != record->final_size || modified(&info) != record->final_modified)
        return WH_OK;
    return put_in_place(output, err);
}

wh_code wh_file_output_begin(struct wh_destination *opened, const struct wh_whole_request *request,
                             struct wh_error *err)
{
    struct wh_file_destination *destination = wh_file_destination_from(opened);
    struct wh_file_output *output = NULL;
    struct wh_file_record record;
    WH_TRY(make_output(destination, request, &output, err));
    if (!request->is_rehearsal)
        WH_TRY(wh_file_record_prepare(destination, err));
    WH_TRY(wh_file_record_read(destination, output->table, &record, err));
    if (request->was_started && record.is_there && record.run == request->run)
        return go_on(output, &record, err);
    if (request->was_started)
        return wh_error_set(err, WH_CONFLICT,
                            "another run wrote to '%s' since this one was interrupted; begin anew "
                            "with --restart",
                            output->path.ptr);
    WH_TRY(finish_earlier(output, &record, err));
    WH_TRY(check_final(request, output->path, &record, err));
    return begin_new(destination, output, &record, err);
}

/* ---- the end --------------------------------------------------------------------------------- */

/* On record before the name changes: whoever goes on from here only has to rename. */
static wh_code record_complete(struct wh_file_destination *destination,
                               const struct wh_file_output *output, struct wh_error *err)
{
    struct stat info;
    bool is_same = false;
    WH_TRY(is_unchanged(output, &is_same, err));
    if (stat(is_same ? output->path.ptr : output->partial.ptr, &info) != 0)
        return wh_error_system(err, WH_IO, errno, "'%s' cannot be inspected", output->path.ptr);
    struct wh_file_record record = {.run = output->run,
                                    .size = output->flushed,
                                    .rows = output->rows,
                                    .is_complete = true,
                                    .has_final = true,
                                    .final_size = (uint64_t)info.st_size,
                                    .final_modified = modified(&info)};
    WH_TRY(begin(destination, err));
    return end(destination, wh_file_record_write(destination, output->table, &record, err), err);
}

wh_code wh_file_output_end(struct wh_destination *opened, struct wh_str table, struct wh_error *err)
{
    struct wh_file_destination *destination = wh_file_destination_from(opened);
    struct wh_file_output *output = wh_file_output_find(destination, table);
    WH_ASSERT(output != NULL, err);
    if (!output->is_complete) {
        WH_TRY(wh_write_end(&output->form, output->rows == 0, &output->buf, err));
        /* No bytes at all are no gzip: an empty text is packed, too. */
        if (output->packer != NULL && output->flushed + output->buf.len == 0)
            WH_TRY(put_out(output, err));
        WH_TRY(sync_bytes(output, err));
    }
    if (output->is_rehearsal)
        return WH_OK;
    WH_CRASH_POINT("output.written");
    if (!output->is_complete)
        WH_TRY(record_complete(destination, output, err));
    WH_CRASH_POINT("output.recorded");
    WH_TRY(put_in_place(output, err));
    output->is_complete = true;
    output->committed_size = output->flushed;
    output->committed_rows = output->rows;
    if (output->fd >= 0)
        close(output->fd);
    output->fd = -1;
    return WH_OK;
}

void wh_file_outputs_close(struct wh_file_destination *destination)
{
    for (struct wh_file_output *output = destination->outputs; output != NULL;
         output = output->next) {
        if (output->fd >= 0)
            close(output->fd);
        if (output->is_rehearsal && output->partial.ptr != NULL)
            unlink(output->partial.ptr);
        wh_buf_release(&output->buf);
        wh_packer_free(output->packer);
    }
    destination->outputs = NULL;
}

/* ---- counting -------------------------------------------------------------------------------- */

/* Rows that the record speaks of, as long as the file that it speaks of is there. */
static wh_code count_recorded(struct wh_file_destination *destination, struct wh_str table,
                              uint64_t *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    struct wh_file_record record;
    struct wh_str path;
    struct stat info;
    wh_arena_init(&scratch);
    *ret = 0;
    WH_TRY(wh_file_record_read(destination, table, &record, err));
    WH_TRY(wh_path_join(destination->folder, table, &scratch, &path, err));
    if (!record.is_there)
        return WH_OK;
    bool is_final = record.is_complete && stat(path.ptr, &info) == 0 &&
                    (uint64_t)info.st_size == record.final_size;
    if (!is_final) {
        WH_TRY(wh_arena_format(&scratch, &path, err, "%s%s", path.ptr, WH_FILE_PARTIAL));
        is_final = stat(path.ptr, &info) == 0 && (uint64_t)info.st_size >= record.size;
    }
    *ret = is_final ? record.rows : 0;
    return WH_OK;
}

wh_code wh_file_output_count(struct wh_destination *opened, struct wh_str table, uint64_t at_most,
                             uint64_t *ret, struct wh_error *err)
{
    (void)at_most;
    struct wh_file_destination *destination = wh_file_destination_from(opened);
    const struct wh_file_output *output = wh_file_output_find(destination, table);
    if (output == NULL)
        return count_recorded(destination, table, ret, err);
    *ret = output->rows;
    return WH_OK;
}
