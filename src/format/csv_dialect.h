/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Dialects: the bytes that shape a CSV-like file, and everything else that must be decided before
 * its first record is read.
 */
#ifndef WH_FORMAT_CSV_DIALECT_H
#define WH_FORMAT_CSV_DIALECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/str.h"
#include "format/options.h"

/** Bytes that a delimiter or the mark of a comment may have. */
#define WH_CSV_MAX_MARK 16

/** What ends a line. */
enum wh_csv_line_end {
    WH_CSV_LINES_STANDARD = 0, /* LF, or CR LF; a CR alone is text */
    WH_CSV_LINES_LF,           /* LF; a CR is text, before an LF, too */
    WH_CSV_LINES_ANY           /* LF, CR LF or CR */
};

/** What an escape and the byte behind it stand for. */
enum wh_csv_escapes {
    WH_CSV_ESCAPES_PLAIN = 0, /* that byte, as text */
    WH_CSV_ESCAPES_MYSQL,     /* \0 \b \n \r \t \Z, otherwise that byte */
    WH_CSV_ESCAPES_POSTGRES   /* \b \f \n \r \t \v, \101, \x41, otherwise that byte */
};

/** The bytes that shape a file. */
struct wh_csv_dialect {
    char delimiter; /* the first byte of it */
    char quote;     /* where has_quote */
    char escape;    /* where has_escape */
    bool has_quote; /* cells may be quoted; a quote inside is doubled */
    bool has_escape;
    bool may_space_quotes; /* spaces and tabs around quotes are no text */
    bool has_end_marker;   /* a line of \. ends PostgreSQL's data: it is passed over */
    uint8_t line_end;      /* enum wh_csv_line_end */
    uint8_t escapes;       /* enum wh_csv_escapes */
    uint8_t delimiter_size;
    uint8_t comment_size; /* 0: no comments */
    char delimiter_bytes[WH_CSV_MAX_MARK];
    uint8_t fallback[WH_CSV_MAX_MARK]; /* bytes of the delimiter that still match where the one
                                          behind them does not (Knuth, Morris and Pratt) */
    char comment[WH_CSV_MAX_MARK];
};

/** RFC 4180 with another delimiter and quote. */
struct wh_csv_dialect wh_csv_dialect_plain(char delimiter, char quote);

/** True where the scanners by blocks know the dialect; otherwise the state machine scans. */
bool wh_csv_dialect_is_plain(const struct wh_csv_dialect *dialect);

/**
 * True where an escape takes a line end's meaning away outside of quotes: there, what is malformed
 * is rejected whole. (Elsewhere it is its first line only, so that a quote that was never closed
 * does not swallow the file.)
 */
static inline bool wh_csv_dialect_joins_lines(const struct wh_csv_dialect *dialect)
{
    return dialect->has_escape && !dialect->has_quote;
}

/** How a file is written and read: all that was stated, and the dialect's word for the rest. */
struct wh_csv_form {
    struct wh_csv_dialect dialect;
    struct wh_option_list nulls; /* borrowed; items NULL: */
    struct wh_str default_null;  /* this one */
    uint64_t skip;               /* lines before the header */
    uint64_t skip_end;           /* lines at the end */
    uint64_t header_records;     /* 0: none names the columns */
    bool pads;                   /* short records are filled up with NULL */
    struct wh_str encoding;      /* the file's, for messages: the text is UTF-8 */
    uint64_t cell_limit;
    uint64_t record_limit;
};

/** Fills @p ret from what is stated. WH_INVALID, WH_UNSUPPORTED where that contradicts itself. */
WH_MUST_CHECK wh_code wh_csv_form_make(const struct wh_format_options *options,
                                       struct wh_csv_form *ret, struct wh_error *err);

/* ---- lines ----------------------------------------------------------------------------------- */

/** LF bytes in @p text. */
uint64_t wh_csv_count_lines(struct wh_str text);

/** A running count of line ends, over text that comes in pieces. */
struct wh_csv_lines {
    uint64_t count;
    bool follows_return; /* the text so far ends with a CR that was counted */
};

/** Adds the line ends of @p text, the next piece. */
void wh_csv_lines_add(struct wh_csv_lines *lines, const struct wh_csv_dialect *dialect,
                      struct wh_str text);

/** Where the line that @p start is in ends: the offset behind its line end, or text.len where the
 *  text has none, or might go on with it (a CR at the very end, and not @p is_last). */
size_t wh_csv_line_next(const struct wh_csv_dialect *dialect, struct wh_str text, size_t start,
                        bool is_last, bool *ret_has_end);

/** @p bytes without the line end at their end. */
struct wh_str wh_csv_strip_line_end(const struct wh_csv_dialect *dialect, struct wh_str bytes);

#endif
