/* SPDX-License-Identifier: Apache-2.0 */
#include "format/dbf_memo.h"

#include <inttypes.h>

#include "base/error.h"

#define PIECE ((size_t)64 << 10)
#define HEADER_SIZE 512
#define USUAL_BLOCK 512
#define MEMO_HEAD 8
#define MEMO_END '\x1A'

/* What memos of dBASE IV begin with. */
#define MARK_4 WH_STR("\xFF\xFF\x08\x00")

static uint32_t big_u32(const char *at)
{
    return __builtin_bswap32(wh_dbf_u32(at));
}

/* Which files may hold the memos of a table, the likeliest first,
 * and how they are stored in them. */
static const char *const suffixes_foxpro[] = {".fpt", ".dbt", NULL};
static const char *const suffixes_dbase[] = {".dbt", ".fpt", NULL};

static const char *const *suffixes_of(const struct wh_dbf_table *table)
{
    return table->version->memo == WH_DBF_MEMO_FOXPRO ? suffixes_foxpro : suffixes_dbase;
}

const char *wh_dbf_memo_suffix(const struct wh_dbf_table *table)
{
    return suffixes_of(table)[0];
}

/* @p len bytes, or those up to the file's end, from the piece in hand or room of their own. */
static wh_code bytes_at(struct wh_dbf_memo *memo, uint64_t offset, size_t len,
                        struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    bool is_in_hand = offset >= memo->piece_start &&
                      offset - memo->piece_start <= memo->piece_len &&
                      len <= memo->piece_len - (size_t)(offset - memo->piece_start);
    if (len > PIECE) {
        char *room = wh_arena_bytes(arena, len);
        if (room == NULL)
            return wh_error_no_memory(err, len);
        *ret = wh_str_make(room, 0);
        return memo->parts->read_beside(memo->parts->ctx, offset, room, len, &ret->len, err);
    }
    if (!is_in_hand) {
        memo->piece_len = 0;
        memo->piece_start = offset;
        WH_TRY(memo->parts->read_beside(memo->parts->ctx, offset, memo->piece, PIECE,
                                        &memo->piece_len, err));
    }
    size_t at = (size_t)(offset - memo->piece_start);
    *ret = wh_str_make(memo->piece + at, WH_MIN(len, memo->piece_len - at));
    return WH_OK;
}

wh_code wh_dbf_memo_open(struct wh_dbf_memo *memo, const struct wh_dbf_table *table,
                         const struct wh_parts *parts, struct wh_arena *arena, struct wh_error *err)
{
    *memo = (struct wh_dbf_memo){.parts = parts};
    const char *const *suffixes = suffixes_of(table);
    wh_code rc = parts->find_beside(parts->ctx, suffixes, &memo->file, err);
    if (rc != WH_OK)
        return rc == WH_END ? WH_OK : rc;
    memo->is_there = true;
    memo->piece = wh_arena_bytes(arena, PIECE);
    if (memo->piece == NULL)
        return wh_error_no_memory(err, PIECE);
    bool is_foxpro = strcmp(suffixes[memo->file.suffix], ".fpt") == 0;
    bool is_4 = table->version->memo == WH_DBF_MEMO_4;
    memo->kind = is_foxpro ? WH_DBF_MEMO_FOXPRO : is_4 ? WH_DBF_MEMO_4 : WH_DBF_MEMO_3;
    memo->block_size = USUAL_BLOCK;
    struct wh_str header;
    WH_TRY(bytes_at(memo, 0, HEADER_SIZE, arena, &header, err));
    if (header.len < 24)
        return wh_error_set(err, WH_INVALID, "the memo file '%.*s' ends inside its header",
                            WH_FMT(memo->file.name));
    if (is_foxpro)
        memo->block_size =
            (uint32_t)(unsigned char)header.ptr[6] << 8 | (uint32_t)(unsigned char)header.ptr[7];
    else if (memo->kind == WH_DBF_MEMO_4)
        memo->block_size = wh_dbf_u16(header.ptr + 20);
    if (memo->block_size == 0)
        memo->block_size = USUAL_BLOCK;
    return WH_OK;
}

/* ---- memos ----------------------------------------------------------------------------------- */

/* Where a memo is looked for, and for whom. */
struct search {
    struct wh_dbf_memo *memo;
    uint32_t number;
    uint64_t offset;
    uint64_t limit;
    struct wh_arena *arena;
    struct wh_str *reason;
};

static wh_code give_reason(const struct search *search, const char *what, struct wh_error *err)
{
    return wh_arena_format(search->arena, search->reason, err, "memo %" PRIu32 " of '%.*s' %s",
                           search->number, WH_FMT(search->memo->file.name), what);
}

static wh_code refuse_size(const struct search *search, uint64_t size, struct wh_error *err)
{
    return wh_arena_format(search->arena, search->reason, err,
                           "memo %" PRIu32 " of '%.*s' has %" PRIu64 " bytes, above the limit of "
                           "%" PRIu64 " (limits.cell)",
                           search->number, WH_FMT(search->memo->file.name), size, search->limit);
}

/* Up to the byte that ends it, or the file's end: looks at twice as many bytes each time. */
static wh_code read_3(const struct search *search, struct wh_str *ret, struct wh_error *err)
{
    for (size_t len = USUAL_BLOCK;; len *= 2) {
        struct wh_str bytes;
        WH_TRY(bytes_at(search->memo, search->offset, len, search->arena, &bytes, err));
        const char *end = bytes.len > 0 ? memchr(bytes.ptr, MEMO_END, bytes.len) : NULL;
        bool is_all = end != NULL || bytes.len < len;
        if (end != NULL)
            bytes.len = (size_t)(end - bytes.ptr);
        if (bytes.len > search->limit)
            return refuse_size(search, bytes.len, err);
        *ret = bytes;
        if (is_all)
            return WH_OK;
    }
}

/* A head of eight bytes, the last four of which tell the size. */
static wh_code read_with_head(const struct search *search, struct wh_str *ret, struct wh_error *err)
{
    struct wh_dbf_memo *memo = search->memo;
    struct wh_str head;
    WH_TRY(bytes_at(memo, search->offset, MEMO_HEAD, search->arena, &head, err));
    bool is_4 = memo->kind == WH_DBF_MEMO_4;
    if (head.len < MEMO_HEAD || (is_4 && !wh_str_starts_with(head, MARK_4)))
        return give_reason(search, "does not begin as memos do", err);
    uint64_t size = is_4 ? wh_dbf_u32(head.ptr + 4) : big_u32(head.ptr + 4);
    if (is_4 && size < MEMO_HEAD)
        return give_reason(search, "has a length that no memo has", err);
    size -= is_4 ? MEMO_HEAD : 0;
    if (size > memo->file.size - search->offset - MEMO_HEAD)
        return give_reason(search, "goes on behind the end of the file", err);
    if (size > search->limit)
        return refuse_size(search, size, err);
    WH_TRY(bytes_at(memo, search->offset + MEMO_HEAD, (size_t)size, search->arena, ret, err));
    return ret->len == size ? WH_OK
                            : give_reason(search, "goes on behind the end of the file", err);
}

wh_code wh_dbf_memo_read(struct wh_dbf_memo *memo, uint32_t number, uint64_t limit,
                         struct wh_arena *arena, struct wh_str *ret, struct wh_str *ret_reason,
                         struct wh_error *err)
{
    struct search search = {.memo = memo,
                            .number = number,
                            .offset = (uint64_t)number * memo->block_size,
                            .limit = limit,
                            .arena = arena,
                            .reason = ret_reason};
    *ret = WH_STR_NONE;
    *ret_reason = WH_STR_NONE;
    if (search.offset >= memo->file.size)
        return give_reason(&search, "would begin behind the end of the file", err);
    if (search.offset < HEADER_SIZE)
        return give_reason(&search, "would begin inside the header of the file", err);
    return memo->kind == WH_DBF_MEMO_3 ? read_3(&search, ret, err)
                                       : read_with_head(&search, ret, err);
}
