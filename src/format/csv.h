/* SPDX-License-Identifier: Apache-2.0 */
/**
 * CSV ⇄ batches: RFC 4180 and the dialects of format/csv_dialect.h. No I/O.
 *
 * What cannot be a row is never an error of a call: it becomes a bad record of the batch, with its
 * place and reason, and reading goes on. A record whose quoting is broken is its first line only,
 * so an unclosed quote costs one line and not the rest of the file:
 *
 *     1,"open        ← rejected: the quote is not closed
 *     2,two          ← read
 *
 * The same holds for a record above the record limit. (Where escapes join lines, in dialects
 * without quotes, both are rejected whole.) What a record is follows from its own bytes alone; so a
 * text cut at any record's start gives the same rows and bad records as the whole.
 */
#ifndef WH_FORMAT_CSV_H
#define WH_FORMAT_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/arena.h"
#include "base/str.h"
#include "data/column.h"
#include "format/csv_dialect.h"
#include "format/csv_machine.h"
#include "format/csv_scan.h"
#include "format/format.h"
#include "format/options.h"

/** How a file is read: dialect, names, NULLs, limits. Read by many threads. */
struct wh_csv {
    struct wh_csv_form form;
    struct wh_csv_scanner scanner;
    const struct wh_str *names; /* borrowed; one a column */
    size_t column_count;
    uint64_t null_lengths; /* bit n: a null token has n bytes; 63: or more */
};

/** @p names and what @p form borrows live as long as @p csv. */
void wh_csv_init(struct wh_csv *csv, const struct wh_csv_form *form, const struct wh_str *names,
                 size_t column_count);

/** What a parser of wh_csv_format is: for tests and measurements of its scanners. */
struct wh_csv *wh_csv_from(struct wh_parser *parser);

/** A row with fewer cells than there are columns. */
struct wh_csv_short_row {
    uint32_t row; /* of the text in hand */
    uint32_t cells;
};

/** A row that may have doubled quotes. */
struct wh_csv_doubled_row {
    uint32_t row;   /* of the text in hand */
    uint64_t cells; /* see wh_csv_record */
};

/** Reads texts into batches, one after another; one thread at a time. */
struct wh_csv_reader {
    const struct wh_csv *csv;
    size_t row_capacity; /* rows of a batch: fewer than WH_BATCH_ROWS where a table is very wide */
    uint32_t *ends;      /* row by row: the ends of its cells in the text */
    uint32_t *starts;    /* one a row */
    struct wh_csv_short_row *short_rows; /* that were padded */
    size_t short_count;
    struct wh_csv_doubled_row *doubled_rows;
    size_t doubled_count;
    size_t valid_until;   /* the text up to here is known to be UTF-8 without NUL, */
    size_t doubted_until; /* and up to here to hold something that is not */
};

WH_MUST_CHECK wh_code wh_csv_reader_init(struct wh_csv_reader *reader, const struct wh_csv *csv,
                                         struct wh_error *err);
void wh_csv_reader_release(struct wh_csv_reader *reader);

/** Empties @p batch and gives it the columns: all text, with room for reader->row_capacity rows. */
WH_MUST_CHECK wh_code wh_csv_reader_begin(const struct wh_csv_reader *reader,
                                          struct wh_batch *batch, struct wh_error *err);

/** True where nothing more should go into @p batch. */
bool wh_csv_batch_is_full(const struct wh_csv_reader *reader, const struct wh_batch *batch);

/**
 * Appends the next whole records of @p text to @p batch until it is full or the text ends.
 *
 * Cells are slices of the text, or of the batch's arena where an escape had to be undone: the text
 * lives as long as the batch (wh_batch_hold()). *ret_used bytes were read; 0 where the first record
 * is not whole: give more bytes, or where there is no room for it judge it with wh_csv_judge().
 * Blank lines are no records where the file has several columns.
 */
WH_MUST_CHECK wh_code wh_csv_read(struct wh_csv_reader *reader, struct wh_format_text *text,
                                  struct wh_batch *batch, size_t *ret_used, struct wh_error *err);

/** What wh_csv_judge() found out about a record. */
enum wh_csv_verdict {
    WH_CSV_READABLE,   /* a row, perhaps: read it */
    WH_CSV_BAD_LINE,   /* its first line is rejected */
    WH_CSV_BAD_RECORD, /* all of it is rejected */
    WH_CSV_UNDECIDED   /* give the machine more bytes */
};

/** A machine with the limits of @p csv: for a record that comes in pieces. */
void wh_csv_judge_init(const struct wh_csv *csv, struct wh_csv_machine *machine);

/** What a machine that ran to @p found says of its record. */
enum wh_csv_verdict wh_csv_judge(const struct wh_csv_machine *machine, enum wh_csv_found found);

/** The reason for a BAD verdict, in @p arena. */
WH_MUST_CHECK wh_code wh_csv_reason(const struct wh_csv *csv, const struct wh_csv_machine *machine,
                                    struct wh_arena *arena, struct wh_str *ret,
                                    struct wh_error *err);

/* ---- headers ------------------------------------------------------------------------------- */

struct wh_csv_header {
    struct wh_str *names; /* the cells of the first record, quotes undone; in the arena */
    size_t count;
    struct wh_str preamble; /* the lines that were passed over before it; slices of the text */
    size_t size;            /* bytes up to the first record: lines to skip, blank lines, header */
    uint64_t lines;         /* line ends in them */
};

/**
 * Reads what stands before the records: lines to skip and, where there is one,
 * the header, with the blank lines and comments before it. The names of several header records are
 * joined by a space, column by column, leaving out empty ones. *ret_found: RECORD; PARTIAL where
 * more of the file is needed; NOTHING where it has no header. Without a header @p ret has the bytes
 * and no names.
 * WH_INVALID for a malformed header, a name that is not UTF-8 or header records of different width,
 * WH_UNSUPPORTED for lines that end with CR alone, WH_LIMIT for too many
 * columns.
 */
WH_MUST_CHECK wh_code wh_csv_header_read(const struct wh_csv_form *form, struct wh_str text,
                                         bool is_last, struct wh_arena *arena,
                                         struct wh_csv_header *ret, enum wh_csv_found *ret_found,
                                         struct wh_error *err);

/** Where the last form->skip_end lines start in @p text, the last bytes of a file or (@p is_all)
 *  all of them; false where it does not hold them all. */
bool wh_csv_footer_start(const struct wh_csv_form *form, struct wh_str text, bool is_all,
                         size_t *ret);

/** Refuses columns without a name and names that stand twice, naming them. WH_INVALID. */
WH_MUST_CHECK wh_code wh_csv_names_check(const struct wh_str *names, size_t count,
                                         struct wh_error *err);

/** The delimiter that @p name, the only column's, makes likely; 0 where none is. */
char wh_csv_likely_delimiter(struct wh_str name);

#endif
