/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a file's first bytes tell of its dialect, where the migration file does not state it.
 *
 * Every dialect that is likely reads the sample; the one under which it is most like a table
 * (records of one width, cells that look like values) is taken where it is clearly better than
 * those with other delimiters. What is not clear is an error that names the option to state:
 * nothing is guessed. The same bytes give the same answer, always. (The measure follows van den
 * Burg, Nazábal and Sutton, "Wrangling messy CSV files by detecting row and type patterns", 2019.)
 */
#ifndef WH_FORMAT_CSV_DETECT_H
#define WH_FORMAT_CSV_DETECT_H

#include "base/arena.h"
#include "format/csv_dialect.h"

struct wh_csv_detect_request {
    struct wh_str text;             /* the file's first bytes, without a byte order mark */
    bool is_last;                   /* all of them */
    struct wh_option_list expected; /* names that the header should have: the key's */
    struct wh_arena *arena;
};

/**
 * States in @p options what they do not state and the sample tells: delimiter, quote, escape, line
 * end, spaces around quotes, comments, lines before the header, header. Nothing where a dialect is
 * stated. *ret_why says what was found and how to pin it, in the arena; empty where all was stated.
 * WH_INVALID where something cannot be told: the message names the option to state.
 */
WH_MUST_CHECK wh_code wh_csv_detect(struct wh_format_options *options,
                                    const struct wh_csv_detect_request *request,
                                    struct wh_str *ret_why, struct wh_error *err);

#endif
