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
 */
#ifndef WH_FORMAT_CSV_SCAN_H
#define WH_FORMAT_CSV_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/** The bytes that shape a file. */
struct wh_csv_dialect {
    char delimiter;
    char quote;
};

enum wh_csv_found {
    WH_CSV_RECORD,    /* a whole record */
    WH_CSV_MALFORMED, /* a record whose quoting is broken */
    WH_CSV_PARTIAL,   /* the text ends inside the record, and more follows */
    WH_CSV_NOTHING    /* the text ends before another record */
};

/** A whole record: offsets in the text. */
struct wh_csv_record {
    size_t start;
    size_t end;          /* of its newline, or the text's end; a CR of a CR LF is before it */
    size_t next;         /* where the next record starts */
    size_t cells;        /* how many cells it has */
    bool may_span_lines; /* false: there is no LF inside quotes */
};

/** Records passed over at once. */
struct wh_csv_count {
    uint64_t records; /* with the blank ones */
    uint64_t cells;   /* a blank record has one */
    uint64_t blank;   /* records without a byte, but for a CR */
    uint64_t lines;   /* LF bytes, inside quotes, too */
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
    size_t block;                 /* its offset */
    size_t next_block;            /* the offset behind it */
    uint64_t cell_ends;           /* delimiters and newlines outside quotes not yet handed out */
    uint64_t newlines;            /* the newlines among them */
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

/** A scanner with the fastest functions that this machine has. */
void wh_csv_scanner_init(struct wh_csv_scanner *scanner, struct wh_csv_dialect dialect);

/** Starts a scan at a record's start; @p text lives as long as the scan. */
void wh_csv_scan_start(struct wh_csv_scan *scan, const struct wh_csv_scanner *scanner,
                       struct wh_str text, bool is_last, size_t start);

/** True where the record is a blank line: nothing, or a lone CR, before its end. */
static inline bool wh_csv_record_is_blank(const char *text, const struct wh_csv_record *record)
{
    return record->end == record->start ||
           (record->end == record->start + 1 && text[record->start] == '\r' &&
            record->next > record->end);
}

/** LF bytes in @p text. */
uint64_t wh_csv_count_lines(struct wh_str text);

#endif
