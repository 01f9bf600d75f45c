/* SPDX-License-Identifier: Apache-2.0 */
/** Records larger than a window: judged piece by piece before any memory is taken for them. */
#include "base/error.h"
#include "connect/file/source.h"

#define PIECE ((size_t)256 << 10)

/* Reads on from @p at, the window's end, until the machine has an opinion. */
static wh_code judge_rest(const struct wh_file_source *source, const struct wh_window *window,
                          struct wh_csv_machine *machine, char *piece, enum wh_csv_found *ret_found,
                          struct wh_error *err)
{
    uint64_t at = window->offset + window->len;
    *ret_found = WH_CSV_PARTIAL;
    while (*ret_found == WH_CSV_PARTIAL && at < window->end) {
        WH_TRY(wh_file_check_cancel(source, WH_CANCEL_NOW, err));
        size_t wanted = WH_MIN(window->end - at, PIECE);
        size_t got;
        WH_TRY(wh_file_read_at(window->file, at, piece, wanted, &got, err));
        if (got == 0)
            return wh_error_set(err, WH_IO, "'%s' became shorter while it was being read",
                                window->file->path);
        size_t used;
        *ret_found = wh_csv_machine_run(machine, wh_str_make(piece, got), NULL, 0, &used);
        at += got;
    }
    return WH_OK;
}

static wh_code judge(const struct wh_file_source *source, const struct wh_window *window,
                     struct wh_large_record *ret, struct wh_error *err)
{
    wh_csv_judge_init(&source->csv, &ret->machine);
    size_t used;
    enum wh_csv_found found =
        wh_csv_machine_run(&ret->machine, wh_window_text(window), NULL, 0, &used);
    if (found == WH_CSV_PARTIAL) {
        char *piece = malloc(PIECE);
        if (piece == NULL)
            return wh_error_no_memory(err, PIECE);
        wh_code rc = judge_rest(source, window, &ret->machine, piece, &found, err);
        free(piece);
        if (rc != WH_OK)
            return rc;
    }
    ret->lines = ret->machine.inner_lines + (found == WH_CSV_RECORD);
    if (found == WH_CSV_PARTIAL) {
        found = wh_csv_machine_finish(&ret->machine);
        ret->lines = ret->machine.inner_lines;
    }
    ret->verdict = wh_csv_judge(&ret->machine, found);
    return WH_OK;
}

wh_code wh_file_take_large(const struct wh_file_source *source, struct wh_window *window, char *raw,
                           size_t raw_size, struct wh_large_record *ret, struct wh_error *err)
{
    *ret = (struct wh_large_record){0};
    WH_TRY(judge(source, window, ret, err));
    if (ret->verdict == WH_CSV_READABLE)
        return wh_window_fill(window, (size_t)ret->machine.size, err);

    if (ret->verdict == WH_CSV_BAD_RECORD) {
        ret->size = ret->machine.size;
        WH_TRY(wh_window_take_bytes(window, ret->size, raw, raw_size, err));
    } else {
        struct wh_window_line line;
        WH_TRY(wh_window_take_line(window, raw, raw_size, &line, err));
        ret->size = line.size;
        ret->lines = line.has_newline;
    }
    ret->raw_len = (size_t)WH_MIN(ret->size, (uint64_t)raw_size);
    if (ret->size <= raw_size)
        ret->raw_len = wh_csv_strip_line_end(wh_str_make(raw, ret->raw_len)).len;
    return WH_OK;
}
