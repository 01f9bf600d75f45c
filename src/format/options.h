/* SPDX-License-Identifier: Apache-2.0 */
/** What a migration file may state about a text format (`format:`), as one option table. */
#ifndef WH_FORMAT_OPTIONS_H
#define WH_FORMAT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/option.h"

/** No file may have more columns. */
#define WH_FORMAT_MAX_COLUMNS 16384

/** A count that was not stated. */
#define WH_FORMAT_NOT_STATED UINT64_MAX

/** As stated. A text with ptr NULL was not stated; what it means then is the dialect's business
 *  (format/csv_dialect.h). */
struct wh_format_options {
    struct wh_str type;      /* the format's name; empty: the file's name tells */
    struct wh_str dialect;   /* csv, mysql, postgres-text: what the other options default to */
    struct wh_str delimiter; /* one character or several */
    struct wh_str quote;     /* one byte, or "none" */
    struct wh_str escape;    /* one byte, or "none" */
    struct wh_str line_end;  /* standard, lf, any */
    bool may_space_quotes;   /* spaces around quoted cells are no text */
    struct wh_str comment;   /* what lines that are comments start with */
    uint64_t skip;           /* lines before the header; WH_FORMAT_NOT_STATED */
    uint64_t skip_end;       /* lines at the end; WH_FORMAT_NOT_STATED */
    struct wh_str header;    /* true, false, or how many lines it has */
    struct wh_str ragged;    /* reject, pad */
    struct wh_option_list columns; /* names, where there is no header or other ones are wanted */
    struct wh_option_list nulls;   /* unquoted cells that are NULL; items NULL (not stated): the
                                      dialect's; items set and count 0: no cell at all */
    struct wh_str unknown;         /* JSON: members that no column is for: reject, ignore */
    struct wh_str rest;            /* JSON: the column that keeps them; none: not stated */
    struct wh_str missing; /* JSON: the column that lists what is missing; none: not stated */
    struct wh_option_list fields; /* fixed width: each "name start length" */
    struct wh_str layout;         /* fixed width: a file that says so; none: not stated */
    struct wh_str layout_text;    /* what that file holds: put in by whoever reads it */
    uint64_t length;              /* fixed width: places of a record; 0: records are lines */
    struct wh_str places;         /* fixed width: characters, bytes */
    struct wh_str trim;           /* fixed width, DBF: both, left, right, none */
    struct wh_str sheet;          /* XLSX: a name or number; none: the only one */
    struct wh_str deleted;        /* DBF: records marked so: skip, read */
    struct wh_str deleted_column; /* DBF: the column that says so; none: not stated */
    struct wh_str memo;           /* DBF: fields in the memo file: read, ignore */
    struct wh_str records;        /* DBF: how many: header, file */
    struct wh_str encoding;       /* ptr NULL: not stated, UTF-8 unless the file says otherwise */
    struct wh_str file_column;    /* a column that holds the file's name; empty: none */
    uint64_t cell;                /* bytes a cell may have; limits.cell, 64 MiB */
    uint64_t record; /* bytes a record may have before it counts as unclosed; 0: twice the cell */
};

/** The options of `format:`; `cell` is not among them, it comes from `limits:`. */
extern const struct wh_option wh_format_option_table[];

/** Nothing stated, and the default limits. */
void wh_format_options_init(struct wh_format_options *options);

/** Refuses what cannot be read: an unknown type, a dialect that contradicts itself
 *  (wh_csv_form_make()), a record limit below the cell limit or above 2 GiB, another encoding.
 *  WH_INVALID, WH_UNSUPPORTED. */
WH_MUST_CHECK wh_code wh_format_options_check(const struct wh_format_options *options,
                                              struct wh_error *err);

/** How many records name the columns: true, false or a count. WH_INVALID. */
WH_MUST_CHECK wh_code wh_format_read_header(struct wh_str stated, uint64_t *ret,
                                            struct wh_error *err);

/** Refuses a stated @p value that is none of @p words ("a, b"). WH_INVALID. */
WH_MUST_CHECK wh_code wh_format_check_word(const char *option, struct wh_str value,
                                           const char *words, struct wh_error *err);

/** Bytes a record may have: as stated, or twice the cell. */
uint64_t wh_format_record_limit(const struct wh_format_options *options);

#endif
