/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The scanner by blocks of 64 bytes. The file that includes this says how a block is compared:
 *
 *   WH_CSV_TARGET                     attribute for the instructions it needs
 *   WH_CSV_FUNCTIONS, WH_CSV_NAME     the functions it defines, and their name for people
 *   struct block, load(const char *)  64 bytes in registers
 *   equal(struct block, char)         a bit for each byte that is equal
 *   prefix_xor(uint64_t)              bit i is the parity of bits 0 to i
 *
 * Each block becomes bit masks. The parity of the quotes before a byte says whether it is inside
 * quotes; that is exact as long as the quoting is regular, which is checked in the same masks: a
 * quote that opens must follow a delimiter, a newline or the quote it escapes, and behind one that
 * closes a delimiter, a line end or another quote must stand. The first bit where this does not
 * hold is the first byte at which the state machine would break down, and nothing behind it is
 * used: whoever scans rejects the record and starts anew at its second line. (Parity by
 * carry-less multiplication: Langdale and Lemire, "Parsing gigabytes of JSON per second", 2019.)
 */
#include <string.h>

#include "format/csv_scan.h"

enum { BLOCK = 64 };

/* A block that travels through a call would travel through memory. */
#define WH_CSV_INLINE inline __attribute__((always_inline)) WH_CSV_TARGET

/* One block as masks: bit i stands for its byte i. */
struct masks {
    uint64_t cell_ends; /* delimiters and newlines outside quotes */
    uint64_t newlines;  /* the newlines among them */
    uint64_t all_newlines;
    uint64_t doubled; /* quotes that open where one closed: a quote inside quotes */
    uint64_t broken;  /* bytes at which the quoting turns out to be broken */
};

/* What carries over from block to block. */
struct carry {
    uint64_t is_inside;
    uint64_t follows_boundary;
    uint64_t follows_quote;
    uint64_t follows_return;
};

static WH_CSV_INLINE struct carry get_carry(const struct wh_csv_scan *scan)
{
    return (struct carry){scan->is_inside, scan->follows_boundary, scan->follows_quote,
                          scan->follows_return};
}

static WH_CSV_INLINE void set_carry(struct wh_csv_scan *scan, struct carry carry)
{
    scan->is_inside = carry.is_inside;
    scan->follows_boundary = carry.follows_boundary;
    scan->follows_quote = carry.follows_quote;
    scan->follows_return = carry.follows_return;
}

/* The masks of a block with quotes in it or around it; @p last is the index of its last byte. */
static WH_CSV_INLINE struct masks quoted_masks(struct block block, uint64_t quotes,
                                               struct masks raw, int last, struct carry *carry)
{
    uint64_t inside = prefix_xor(quotes) ^ carry->is_inside;
    uint64_t marks = raw.cell_ends | quotes;
    uint64_t returns = equal(block, '\r');

    uint64_t opening = quotes & inside;
    uint64_t closing = quotes & ~inside;
    uint64_t behind_quote = closing << 1 | carry->follows_quote;
    uint64_t return_behind_quote = behind_quote & returns;
    uint64_t behind_return = return_behind_quote << 1 | carry->follows_return;

    raw.broken = (opening & ~(marks << 1 | carry->follows_boundary)) |
                 (behind_quote & ~(marks | returns)) | (behind_return & ~raw.all_newlines);
    raw.doubled = opening & behind_quote;
    raw.cell_ends &= ~inside;
    raw.newlines &= ~inside;
    carry->is_inside = 0 - (inside >> last & 1);
    carry->follows_boundary = marks >> last & 1;
    carry->follows_quote = closing >> last & 1;
    carry->follows_return = return_behind_quote >> last & 1;
    return raw;
}

/* The masks of the first @p len bytes of a block. */
static WH_CSV_INLINE struct masks read_block(const struct wh_csv_scan *scan, struct block block,
                                             size_t len, struct carry *carry)
{
    uint64_t meant = len < BLOCK ? ((uint64_t)1 << len) - 1 : UINT64_MAX;
    int last = (int)len - 1;
    uint64_t newlines = equal(block, '\n') & meant;
    uint64_t ends = (equal(block, scan->dialect.delimiter) & meant) | newlines;
    uint64_t quotes = equal(block, scan->dialect.quote) & meant & scan->quote_mask;
    struct masks masks = {ends, newlines, newlines, 0, 0};
    if ((quotes | carry->is_inside | carry->follows_quote | carry->follows_return) != 0) {
        masks = quoted_masks(block, quotes, masks, last, carry);
        masks.broken &= meant;
        return masks;
    }
    carry->follows_boundary = ends >> last & 1;
    return masks;
}

/* A whole block of the text, or its last bytes: copied, for nothing behind them may be read. */
static WH_CSV_INLINE struct masks read_block_at(const struct wh_csv_scan *scan, size_t at,
                                                size_t len, struct carry *carry)
{
    if (len == BLOCK)
        return read_block(scan, load(scan->text + at), BLOCK, carry);
    char tail[BLOCK] = {0};
    memcpy(tail, scan->text + at, len);
    return read_block(scan, load(tail), len, carry);
}

/* Takes the next block in hand; false where the text is over. */
static WH_CSV_INLINE bool take_block(struct wh_csv_scan *scan)
{
    size_t left = scan->len - scan->next_block;
    if (left == 0)
        return false;
    size_t len = left < BLOCK ? left : BLOCK;
    struct carry carry = get_carry(scan);
    struct masks masks = read_block_at(scan, scan->next_block, len, &carry);
    set_carry(scan, carry);
    if (masks.broken != 0) {
        uint64_t before = (masks.broken & (0 - masks.broken)) - 1;
        masks.cell_ends &= before;
        masks.newlines &= before;
        scan->is_broken = true;
    }
    scan->block = scan->next_block;
    scan->next_block += len;
    scan->doubled = masks.doubled;
    scan->cell_ends = masks.cell_ends;
    scan->newlines = masks.newlines;
    scan->block_has_inner_newline = masks.all_newlines != masks.newlines;
    scan->has_inner_newline |= scan->block_has_inner_newline;
    return true;
}

/* Keeps the count of trailing zeros defined where no bit is left. */
#define TOP_BIT ((uint64_t)1 << 63)

/* Writes the offsets of the set bits, eight at a time: more than are set, within the slack. */
static WH_CSV_INLINE void write_ends(uint32_t *ends, size_t block, uint64_t bits, size_t count)
{
    for (size_t i = 0; i < count; i += 8) {
        for (size_t k = 0; k < 8; k++) {
            ends[i + k] = (uint32_t)(block + (size_t)__builtin_ctzll(bits | TOP_BIT));
            bits &= bits - 1;
        }
    }
}

/* The text is over inside the record at scan->start, which has @p cells cells before its last. */
static WH_CSV_TARGET enum wh_csv_found end_of_text(struct wh_csv_scan *scan, uint32_t *ends,
                                                   size_t capacity, size_t cells,
                                                   struct wh_csv_record *ret)
{
    if (scan->start == scan->len)
        return WH_CSV_NOTHING;
    if (!scan->is_last)
        return WH_CSV_PARTIAL;
    if ((scan->is_inside | scan->follows_return) != 0)
        return WH_CSV_MALFORMED;
    if (cells < capacity)
        ends[cells] = (uint32_t)scan->len;
    *ret = (struct wh_csv_record){.start = scan->start,
                                  .end = scan->len,
                                  .next = scan->len,
                                  .cells = cells + 1,
                                  .may_span_lines = scan->has_inner_newline,
                                  .may_double = scan->doubled_cells};
    scan->start = scan->len;
    return WH_CSV_RECORD;
}

/* Notes which cells have doubled quotes, of which the second are @p doubled; @p cells of the record
 * end before the block in hand. */
static WH_CSV_TARGET void note_doubled(struct wh_csv_scan *scan, uint64_t doubled, size_t cells)
{
    for (; doubled != 0; doubled &= doubled - 1) {
        uint64_t before = (doubled & (0 - doubled)) - 1;
        size_t cell = cells + (size_t)__builtin_popcountll(scan->cell_ends & before);
        scan->doubled_cells |= (uint64_t)1 << WH_MIN(cell, (size_t)63);
    }
}

static WH_CSV_TARGET enum wh_csv_found blocks_next(struct wh_csv_scan *scan, uint32_t *ends,
                                                   size_t capacity, struct wh_csv_record *ret)
{
    size_t cells = 0;
    for (;;) {
        /* Up to the first newline and with it; all bits where there is none. */
        uint64_t until = scan->newlines ^ (scan->newlines - 1);
        uint64_t bits = scan->cell_ends & until;
        if (WH_UNLIKELY((scan->doubled & until) != 0))
            note_doubled(scan, scan->doubled & until, cells);
        size_t count = (size_t)__builtin_popcountll(bits);
        if (cells <= capacity)
            write_ends(ends + cells, scan->block, bits, WH_MIN(count, capacity - cells));
        cells += count;
        if (scan->newlines != 0)
            break;
        if (scan->is_broken)
            return WH_CSV_MALFORMED;
        if (!take_block(scan))
            return end_of_text(scan, ends, capacity, cells, ret);
    }
    size_t end = scan->block + (size_t)__builtin_ctzll(scan->newlines);
    *ret = (struct wh_csv_record){.start = scan->start,
                                  .end = end,
                                  .next = end + 1,
                                  .cells = cells,
                                  .may_span_lines = scan->has_inner_newline,
                                  .may_double = scan->doubled_cells};
    scan->start = end + 1;
    scan->has_inner_newline = scan->block_has_inner_newline;
    scan->doubled_cells = 0;
    scan->doubled &= ~(scan->newlines ^ (scan->newlines - 1));
    scan->cell_ends &= ~(scan->newlines ^ (scan->newlines - 1));
    scan->newlines &= scan->newlines - 1;
    return WH_CSV_RECORD;
}

/* Newlines that end a blank record. @p before: bits 0 and 1 are set where the block follows a
 * record's end, or that and a CR; updated to the block's own end. */
static WH_CSV_INLINE uint64_t blank_ends(struct block block, uint64_t newlines, uint64_t *before)
{
    uint64_t starts = newlines << 1 | (*before & 1);
    uint64_t lone_returns = starts & equal(block, '\r');
    uint64_t behind_lone_returns = lone_returns << 1 | *before >> 1;
    *before = newlines >> (BLOCK - 1) | (lone_returns >> (BLOCK - 1)) << 1;
    return newlines & (starts | behind_lone_returns);
}

/* Puts the scan at a record's start, with no block in hand. */
static WH_CSV_INLINE void restart(struct wh_csv_scan *scan, size_t start)
{
    set_carry(scan, (struct carry){.follows_boundary = 1});
    scan->start = start;
    scan->block = start;
    scan->next_block = start;
    scan->cell_ends = 0;
    scan->newlines = 0;
    scan->doubled = 0;
    scan->is_broken = false;
    scan->doubled_cells = 0;
    scan->has_inner_newline = false;
    scan->block_has_inner_newline = false;
}

/* Takes back what was counted of the record that starts at scan->start and was read up to @p to. */
static WH_CSV_TARGET void uncount(const struct wh_csv_scan *scan, size_t to,
                                  struct wh_csv_count *count)
{
    struct carry carry = {.follows_boundary = 1};
    for (size_t at = scan->start; at < to; at += BLOCK) {
        size_t len = to - at < BLOCK ? to - at : BLOCK;
        struct masks masks = read_block_at(scan, at, len, &carry);
        count->cells -= (uint64_t)__builtin_popcountll(masks.cell_ends);
        count->lines -= (uint64_t)__builtin_popcountll(masks.all_newlines);
    }
}

static WH_CSV_TARGET void blocks_count(struct wh_csv_scan *scan, size_t stop,
                                       struct wh_csv_count *ret)
{
    struct carry carry = {.follows_boundary = 1};
    struct wh_csv_count sum = {0};
    uint64_t before = 1; /* see blank_ends() */
    size_t stop_at = stop < scan->len ? stop : scan->len;
    size_t at = scan->start;
    size_t next_start = scan->start;
    for (; at + BLOCK <= stop_at; at += BLOCK) {
        struct block block = load(scan->text + at);
        struct masks masks = read_block(scan, block, BLOCK, &carry);
        if (masks.broken != 0)
            break;
        sum.records += (uint64_t)__builtin_popcountll(masks.newlines);
        sum.cells += (uint64_t)__builtin_popcountll(masks.cell_ends);
        sum.lines += (uint64_t)__builtin_popcountll(masks.all_newlines);
        sum.blank += (uint64_t)__builtin_popcountll(blank_ends(block, masks.newlines, &before));
        if (masks.newlines != 0)
            next_start = at + BLOCK - (size_t)__builtin_clzll(masks.newlines);
    }
    restart(scan, next_start);
    uncount(scan, at, &sum);
    ret->records += sum.records;
    ret->cells += sum.cells;
    ret->blank += sum.blank;
    ret->lines += sum.lines;
}

const struct wh_csv_functions WH_CSV_FUNCTIONS = {
    .name = WH_CSV_NAME, .next = blocks_next, .count = blocks_count};
