/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Memos: long texts and bytes in a file beside the DBF file (.dbt, .fpt), found by the number of
 * the block that they begin in.
 *
 * - dBASE III: blocks of 512 bytes; a text ends at the byte 0x1A.
 * - dBASE IV, 5, 7: the size of blocks is in the header; a memo is FF FF 08 00, its length with
 *   these eight bytes (low byte first), and its bytes.
 * - FoxPro: "Memo File Structure (.FPT)": the size of blocks in the header, then what it is, its
 *   length (both high byte first), and its bytes.
 */
#ifndef WH_FORMAT_DBF_MEMO_H
#define WH_FORMAT_DBF_MEMO_H

#include <stdbool.h>

#include <wherry/error.h>

#include "base/arena.h"
#include "format/convert.h"
#include "format/dbf_header.h"

struct wh_dbf_memo {
    const struct wh_parts *parts;
    bool is_there;
    struct wh_beside file;
    enum wh_dbf_memo_kind kind;
    uint32_t block_size;
    char *piece; /* bytes that were read last */
    uint64_t piece_start;
    size_t piece_len;
};

/** Looks for the memo file of a table and reads its header; memory is in @p arena. WH_INVALID where
 *  it is none. Where there is no such file, is_there is false. */
WH_MUST_CHECK wh_code wh_dbf_memo_open(struct wh_dbf_memo *memo, const struct wh_dbf_table *table,
                                       const struct wh_parts *parts, struct wh_arena *arena,
                                       struct wh_error *err);

/** The endings that the memo file of a table may have, for people: ".fpt". */
const char *wh_dbf_memo_suffix(const struct wh_dbf_table *table);

/** Memo number @p number, of at most @p limit bytes: *ret lives until the next one is read, or as
 *  long as @p arena; or why there is none, in *ret_reason. */
WH_MUST_CHECK wh_code wh_dbf_memo_read(struct wh_dbf_memo *memo, uint32_t number, uint64_t limit,
                                       struct wh_arena *arena, struct wh_str *ret,
                                       struct wh_str *ret_reason, struct wh_error *err);

#endif
