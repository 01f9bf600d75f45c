/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Scanners: where the records and cells of a CSV text end. No I/O, no values, no limits.
 *
 * One set of functions per way of scanning, chosen when a scanner is made; the scalar one is the
 * reference that the others are tested against. All follow the same exact grammar (RFC 4180,
 * widened by the dialect):
 *
 *     record  = cell *(delimiter cell) (LF / CR LF / end of text)
 *     cell    = unquoted / quote *(any byte but quote / quote quote) quote
 *     unquoted = *(any byte but delimiter, quote and LF)
 *
 * A record that breaks it (a quote inside an unquoted cell, text behind a closing quote, the end of
 * the text inside quotes) is malformed. A CR that stands before no LF is an ordinary byte.
 *
 * The scanners by blocks know dialects of one-byte delimiter and quote, or without a quote
 * (wh_csv_dialect_is_plain()); all others are scanned by the state machine, which knows escapes,
 * comments, other line ends, delimiters of several bytes and spaces around quotes.
 */
#ifndef WH_FORMAT_CSV_SCAN_H
#define WH_FORMAT_CSV_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "format/csv_dialect.h"

enum wh_csv_found {
    WH_CSV_RECORD,    /* a whole record */
    WH_CSV_MALFORMED, /* a record whose quoting is broken */
    WH_CSV_PARTIAL,   /* the text ends inside the record, and more follows */
    WH_CSV_NOTHING    /* the text ends before another record */
};

/** A whole record: offsets in the text. */
struct wh_csv_record {
    size_t start;
    size_t end;          /* of its line end, or the text's end; a CR of a CR LF is before it where
                            a CR alone is text (wh_csv_record_text_end()) */
    size_t next;         /* where the next record starts */
    size_t cells;        /* how many cells it has */
    uint64_t may_double; /* bit n clear: cell n has no doubled quotes; 63: nor has one behind it */
    bool may_span_lines; /* false: there is no line end inside */
    bool is_comment;     /* it is none, but a comment or an end marker */
};

/** Records passed over at once. */
struct wh_csv_count {
    uint64_t records;  /* with the blank ones, without comments */
    uint64_t cells;    /* a blank record has one */
    uint64_t blank;    /* records without a byte, but for the CR of a CR LF */
    uint64_t comments; /* and end markers */
    uint64_t lines;    /* line ends, inside records, too */
};

/** Room behind the last end that a scanner may write to. */
#define WH_CSV_ENDS_SLACK 64

struct wh_csv_functions;

struct wh_csv_scanner {
    struct wh_csv_dialect dialect;
    const struct wh_csv_functions *functions;
};

/**
 * A scan over one text. Start it with wh_csv_scan_start(); `start` may be read, the rest is the
 * functions' own.
 */
struct wh_csv_scan {
    struct wh_csv_dialect dialect;
    const char *text; /* borrowed, at most 4 GiB - 1 */
    size_t len;
    bool is_last; /* nothing follows the text */
    size_t start; /* of the next record */

    /* The scanners by blocks of 64 bytes: what is known of the block in hand. */
    uint64_t quote_mask;          /* all ones: the dialect has a quote */
    size_t block;                 /* its offset */
    size_t next_block;            /* the offset behind it */
    uint64_t cell_ends;           /* delimiters and newlines outside quotes not yet handed out */
    uint64_t newlines;            /* the newlines among them */
    uint64_t doubled;             /* the second ones of doubled quotes not yet handed out, */
    uint64_t doubled_cells;       /* and the cells of the record in hand that have some */
    uint64_t is_inside;           /* all ones: the next block starts inside quotes */
    uint64_t follows_boundary;    /* 1: the next block's first byte may open quotes */
    uint64_t follows_quote;       /* 1: a closing quote stands before the next block */
    uint64_t follows_return;      /* 1: a closing quote and a CR do */
    bool is_broken;               /* behind the cell ends in hand the quoting is broken */
    bool has_inner_newline;       /* an LF inside quotes was seen since the record's start, */
    bool block_has_inner_newline; /* or in the block in hand */
};

struct wh_csv_functions {
    const char *name;

    /**
     * Finds the record at scan->start. RECORD: @p ret is filled, the ends of its first @p capacity
     * cells are in @p ends (which has WH_CSV_ENDS_SLACK more elements) and the scan stands at the
     * next record. Otherwise the scan stands where it was: start it anew to go on.
     */
    enum wh_csv_found (*next)(struct wh_csv_scan *scan, uint32_t *ends, size_t capacity,
                              struct wh_csv_record *ret);

    /**
     * Passes over whole, well-formed records that end before @p stop, adds them to @p count and
     * moves the scan behind them. It may stop earlier: what it left is next()'s to decide.
     */
    void (*count)(struct wh_csv_scan *scan, size_t stop, struct wh_csv_count *count);
};

/** The reference: the state machine, byte by byte. */
extern const struct wh_csv_functions wh_csv_scalar_functions;

#if defined(__x86_64__)
extern const struct wh_csv_functions wh_csv_sse2_functions;
extern const struct wh_csv_functions wh_csv_avx2_functions; /* needs wh_csv_has_avx2() */

/** True where this machine has AVX2, carry-less multiplication and bit manipulation. */
bool wh_csv_has_avx2(void);
#endif

/** A scanner with the fastest functions that this machine has for @p dialect. */
void wh_csv_scanner_init(struct wh_csv_scanner *scanner, const struct wh_csv_dialect *dialect);

/** Starts a scan at a record's start; @p text lives as long as the scan. */
void wh_csv_scan_start(struct wh_csv_scan *scan, const struct wh_csv_scanner *scanner,
                       struct wh_str text, bool is_last, size_t start);

/** True where the CR at @p at is escaped: in dialects whose escapes join lines it is text then. */
bool wh_csv_return_is_escaped(const struct wh_csv_dialect *dialect, const char *text,
                              const struct wh_csv_record *record, size_t at);

/** Where the record's last cell ends: the CR of a CR LF is no part of it. */
static inline size_t wh_csv_record_text_end(const struct wh_csv_dialect *dialect, const char *text,
                                            const struct wh_csv_record *record)
{
    bool has_return = record->next > record->end && record->end > record->start &&
                      text[record->end - 1] == '\r' && dialect->line_end == WH_CSV_LINES_STANDARD;
    if (has_return && wh_csv_dialect_joins_lines(dialect))
        has_return = !wh_csv_return_is_escaped(dialect, text, record, record->end - 1);
    return record->end - has_return;
}

/** True where the record is a blank line: nothing before its line end. */
static inline bool wh_csv_record_is_blank(const struct wh_csv_dialect *dialect, const char *text,
                                          const struct wh_csv_record *record)
{
    return record->end <= record->start + 1 && !record->is_comment &&
           wh_csv_record_text_end(dialect, text, record) == record->start;
}

/** Line ends in the record, with its own. */
static inline uint64_t wh_csv_record_lines(const struct wh_csv_dialect *dialect, const char *text,
                                           const struct wh_csv_record *record)
{
    if (!record->may_span_lines)
        return record->next > record->end;
    struct wh_csv_lines lines = {0};
    wh_csv_lines_add(&lines, dialect,
                     wh_str_make(text + record->start, record->next - record->start));
    return lines.count;
}

/**
 * What is rejected where the record at @p start is malformed: its first line or, where escapes join
 * lines, everything up to the text's end. The offset behind that; false where the text may not hold
 * all of it.
 */
bool wh_csv_malformed_end(const struct wh_csv_dialect *dialect, struct wh_str text, size_t start,
                          bool is_last, size_t *ret_next);

#endif
