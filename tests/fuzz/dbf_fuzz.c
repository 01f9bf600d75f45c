/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DBF files with their memo files. The first byte of an input is how many bytes come at a time, the
 * second chooses options and whether the memo file ends in .dbt or .fpt; then the size of the DBF
 * file in two bytes, low byte first, that file, and the memo file. What is made of them are records
 * that read back, in pieces as well as whole; or they are refused.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define HEAD 4

enum choice {
    READS_DELETED = 1,
    TELLS_DELETED = 2,
    COUNTS_FILE = 4,
    IGNORES_MEMOS = 8,
    STATES_ENCODING = 16,
    HAS_SMALL_CELLS = 32,
    IS_FOXPRO = 64,
    HAS_NO_MEMO_FILE = 128
};

struct files {
    struct wh_str table;
    struct wh_str memos;
    size_t piece;
    uint8_t choices;
};

static wh_code read_all(void *ctx, wh_take_bytes *take, void *take_ctx, struct wh_error *err)
{
    const struct files *files = ctx;
    for (size_t at = 0; at < files->table.len; at += files->piece) {
        size_t len = WH_MIN(files->piece, files->table.len - at);
        wh_code rc = take(take_ctx, wh_str_make(files->table.ptr + at, len), err);
        if (rc != WH_OK)
            return rc == WH_END ? WH_OK : rc;
    }
    return WH_OK;
}

static wh_code find_beside(void *ctx, const char *const *suffixes, struct wh_beside *ret,
                           struct wh_error *err)
{
    const struct files *files = ctx;
    const char *wanted = (files->choices & IS_FOXPRO) != 0 ? ".fpt" : ".dbt";
    (void)err;
    if ((files->choices & HAS_NO_MEMO_FILE) != 0)
        return WH_END;
    *ret = (struct wh_beside){.name = WH_STR("memos"), .size = files->memos.len};
    while (suffixes[ret->suffix] != NULL && strcmp(suffixes[ret->suffix], wanted) != 0)
        ret->suffix++;
    return suffixes[ret->suffix] != NULL ? WH_OK : WH_END;
}

static wh_code read_beside(void *ctx, uint64_t offset, char *room, size_t len, size_t *ret_len,
                           struct wh_error *err)
{
    const struct files *files = ctx;
    (void)err;
    *ret_len = 0;
    if (offset >= files->memos.len)
        return WH_OK;
    *ret_len = WH_MIN(len, files->memos.len - (size_t)offset);
    memcpy(room, files->memos.ptr + offset, *ret_len);
    return WH_OK;
}

static struct wh_format_options choose_options(uint8_t choices)
{
    struct wh_format_options options;
    wh_format_options_init(&options);
    if ((choices & READS_DELETED) != 0)
        options.deleted = WH_STR("read");
    if ((choices & TELLS_DELETED) != 0)
        options.deleted_column = WH_STR("deleted");
    if ((choices & COUNTS_FILE) != 0)
        options.records = WH_STR("file");
    if ((choices & IGNORES_MEMOS) != 0)
        options.memo = WH_STR("ignore");
    if ((choices & STATES_ENCODING) != 0)
        options.encoding = WH_STR("CP932");
    if ((choices & HAS_SMALL_CELLS) != 0)
        options.cell = 16;
    return options;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len < HEAD)
        return 0;
    const char *at = (const char *)bytes + HEAD;
    size_t size = WH_MIN((size_t)bytes[2] | (size_t)bytes[3] << 8, len - HEAD);
    struct files files = {.table = wh_str_make(at, size),
                          .memos = wh_str_make(at + size, len - HEAD - size),
                          .piece = (size_t)bytes[0] + 1,
                          .choices = bytes[1]};
    struct wh_format_options options = choose_options(bytes[1]);
    struct wh_parts parts = {.ctx = &files,
                             .read_all = read_all,
                             .find_beside = find_beside,
                             .read_beside = read_beside};
    reading_converted(&wh_dbf_format, &options, &parts);
    /* Whatever begins like one is not refused for what it begins with. */
    (void)wh_dbf_format.starts(files.table);
    return 0;
}
