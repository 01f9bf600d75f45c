/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The state machine of CSV, byte by byte: what a record is and why it is none.
 *
 * It is the definition that the block scanners are tested against, and does what they cannot: it
 * knows every dialect, takes a record in pieces, so that one larger than any buffer is judged in no
 * memory, and says what is wrong with a malformed one.
 */
#ifndef WH_FORMAT_CSV_MACHINE_H
#define WH_FORMAT_CSV_MACHINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "format/csv_dialect.h"
#include "format/csv_scan.h"

/** Why a record is malformed. */
enum wh_csv_fault {
    WH_CSV_FAULT_NONE = 0,
    WH_CSV_FAULT_STRAY_QUOTE,  /* a quote inside an unquoted cell */
    WH_CSV_FAULT_BEHIND_QUOTE, /* text behind a closing quote */
    WH_CSV_FAULT_UNCLOSED,     /* quotes open at the end of the first line and never well closed */
    WH_CSV_FAULT_RECORD_SIZE,  /* the first line alone is above the record limit; where escapes
                                  join lines, all of them */
    WH_CSV_FAULT_ESCAPE        /* the text ends behind an escape */
};

enum wh_csv_state {
    WH_CSV_CELL_START = 0,
    WH_CSV_UNQUOTED,
    WH_CSV_SPACE_SEEN, /* spaces at a cell's start: before a quote they are no text */
    WH_CSV_ESCAPE_SEEN,
    WH_CSV_QUOTED,
    WH_CSV_QUOTED_ESCAPE_SEEN,
    WH_CSV_QUOTE_SEEN,     /* inside quotes, behind one: it closes them or is half of an escape */
    WH_CSV_SPACE_BEHIND,   /* behind a closing quote and spaces */
    WH_CSV_RETURN_SEEN,    /* behind a closing quote and a CR: only an LF may follow */
    WH_CSV_DELIMITER_SEEN, /* behind a closing quote: inside a delimiter of several bytes */
    WH_CSV_MARK_SEEN,      /* at a record's start: inside the mark of a comment */
    WH_CSV_COMMENT,
    WH_CSV_ENDED /* by a CR: an LF behind it belongs to the line end */
};

struct wh_csv_machine {
    struct wh_csv_dialect dialect;
    uint64_t record_limit; /* bytes before the line end */
    uint64_t cell_limit;
    enum wh_csv_state state;
    char previous;            /* the byte before; NUL where it was escaped */
    uint8_t matched;          /* bytes of the delimiter, or of a comment's mark, just seen */
    uint8_t marker;           /* bytes of PostgreSQL's end marker that the record starts with */
    bool is_comment;          /* the record is one, or an end marker */
    uint64_t size;            /* bytes taken */
    uint64_t record_end;      /* a whole record: the offset of its line end */
    uint64_t cells;           /* cells that have ended: the index of the one in hand */
    uint64_t cell_start;      /* offset in the record */
    uint64_t lines;           /* line ends taken, */
    uint64_t return_at;       /* and the offset behind the last CR among them */
    uint64_t first_line_cell; /* index of the cell in which the first line ended, inside quotes */
    bool has_large_cell;      /* one above cell_limit: the first such */
    uint64_t large_cell;      /* its index */
    uint64_t large_cell_size; /* its bytes */
    enum wh_csv_fault fault;
    uint64_t fault_cell; /* index of the cell that the fault is in */
    uint64_t fault_byte; /* the offending byte of that cell, from 1; 0: none in particular */
};

void wh_csv_machine_init(struct wh_csv_machine *machine, const struct wh_csv_dialect *dialect,
                         uint64_t record_limit, uint64_t cell_limit);

/**
 * Takes bytes of @p text up to the record's end: RECORD, MALFORMED (fault is set) or PARTIAL (all
 * bytes were taken). *ret_used is how many were. Where lines may end with CR alone, one at the end
 * of @p text is PARTIAL, and a RECORD may turn out at the next text's first byte, which then is not
 * taken. The ends of cells, as offsets in @p text, go to @p ends while machine->cells is below
 * @p capacity: for a record that is given whole.
 */
enum wh_csv_found wh_csv_machine_run(struct wh_csv_machine *machine, struct wh_str text,
                                     uint32_t *ends, size_t capacity, size_t *ret_used);

/** The text is over: RECORD, MALFORMED, or NOTHING where no byte was taken. */
enum wh_csv_found wh_csv_machine_finish(struct wh_csv_machine *machine);

#endif
