/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Rows into text: CSV, NDJSON, a JSON array. No I/O: everything is appended to a buffer.
 *
 * What is written reads back as the same values: NULL is not empty text, and text is quoted
 * wherever wherry's reader of the same dialect would see anything else in it.
 */
#ifndef WH_FORMAT_WRITE_H
#define WH_FORMAT_WRITE_H

#include "base/buf.h"
#include "base/option.h"
#include "data/column.h"
#include "data/schema.h"

/** What a migration file may state about a file that is written (`into_format:`). */
struct wh_write_options {
    struct wh_str type;  /* csv, ndjson, json; empty: by the ending of the file's name */
    char delimiter;      /* ',' */
    char quote;          /* '"' */
    bool has_header;     /* true */
    struct wh_str null;  /* what an unquoted cell that is NULL holds: nothing */
    bool is_crlf;        /* lines end with CR LF */
    bool guard_formulas; /* a quote ' before text that a spreadsheet would calculate */
};

extern const struct wh_option wh_write_option_table[];

void wh_write_options_init(struct wh_write_options *options);

struct wh_write_format;

/** How one file is written; borrowed names and options outlive it. */
struct wh_write_form {
    const struct wh_write_format *format;
    struct wh_write_options options;
    const struct wh_column_info *columns; /* one a cell; JSON looks at their kinds */
    size_t column_count;
    const char *packing; /* how who writes it out packs it: "zstd", "gzip"; NULL: not at all */
};

/** True where the ending of @p name says in which format the file is. */
bool wh_write_has_ending(struct wh_str name);

/** The format that @p options state, or that the ending of @p name says (.csv, .tsv, .txt, .ndjson,
 *  .jsonl, .json, with .zst or .gz behind it for a packed one). WH_INVALID where neither does, or
 *  the options contradict each other; WH_UNSUPPORTED where the name is that of another packing. */
WH_MUST_CHECK wh_code wh_write_form_make(const struct wh_write_options *options, struct wh_str name,
                                         const struct wh_table_info *table,
                                         struct wh_write_form *ret, struct wh_error *err);

/** "CSV, delimiter ',', quote '"', header": for people. */
WH_MUST_CHECK wh_code wh_write_form_explain(const struct wh_write_form *form, struct wh_buf *out,
                                            struct wh_error *err);

/** What stands before the first row: a header, a bracket. */
WH_MUST_CHECK wh_code wh_write_begin(const struct wh_write_form *form, struct wh_buf *out,
                                     struct wh_error *err);

/** One row of canonical texts; @p is_first of the file. */
WH_MUST_CHECK wh_code wh_write_row(const struct wh_write_form *form, const struct wh_column *texts,
                                   size_t row, bool is_first, struct wh_buf *out,
                                   struct wh_error *err);

/** What stands behind the last one. */
WH_MUST_CHECK wh_code wh_write_end(const struct wh_write_form *form, bool is_empty,
                                   struct wh_buf *out, struct wh_error *err);

#endif
