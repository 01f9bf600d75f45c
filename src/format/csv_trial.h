/* SPDX-License-Identifier: Apache-2.0 */
/** A sample read in one dialect, and how much like a table it is then. */
#ifndef WH_FORMAT_CSV_TRIAL_H
#define WH_FORMAT_CSV_TRIAL_H

#include "base/arena.h"
#include "format/csv_dialect.h"

/** Records of a sample that are looked at, and cells of one. */
#define WH_CSV_TRIAL_RECORDS 1000
#define WH_CSV_TRIAL_CELLS 1024

struct wh_csv_trial_row {
    size_t start;
    uint64_t lines; /* before it */
    size_t cells;   /* 0: malformed */
};

struct wh_csv_trial {
    struct wh_csv_dialect dialect;
    struct wh_str text;
    struct wh_csv_trial_row *rows; /* records that are neither blank nor comments */
    size_t row_count;
    size_t width;    /* cells that most records of the table have */
    size_t first;    /* the row that the table starts with */
    size_t agreeing; /* rows of the table that have its width */
    size_t malformed;
    size_t comments;
    size_t cells;      /* of the rows that agree */
    size_t clean;      /* of them: those that look like a value */
    size_t protecting; /* of them: quoted ones with a delimiter, line end or quote inside */
    size_t quoted;     /* of them: those in quotes */
    size_t opening;    /* unquoted ones that start with " */
    size_t enclosed;   /* unquoted ones that stand in " or ' */
    size_t null_marks; /* cells that are \N */
    size_t escaped;    /* unquoted cells that have an escape */
    uint8_t *words;    /* by column: WH_CSV_WORDS_QUOTED, WH_CSV_WORDS_BARE or both */
    double score;      /* 0: no table at all, up to 1 */
};

/** Reads @p text in @p dialect; rows are in @p arena. */
WH_MUST_CHECK wh_code wh_csv_try(const struct wh_csv_dialect *dialect, struct wh_str text,
                                 bool is_last, struct wh_arena *arena, struct wh_csv_trial *ret,
                                 struct wh_error *err);

/** How words of a column stand. */
#define WH_CSV_WORDS_QUOTED 1
#define WH_CSV_WORDS_BARE 2
#define WH_CSV_WORDS_FIRST 2 /* the table's first record: the same, so many bits higher */

/** True where quotes stand around some words of a column and around others not; a header's words
 *  are not looked at. */
bool wh_csv_trial_quotes_without_need(const struct wh_csv_trial *trial, bool has_header);

/** Part of the table's rows that have its width. */
double wh_csv_trial_agreement(const struct wh_csv_trial *trial);

/** The text of the cells of row number @p row, at most WH_CSV_TRIAL_CELLS, in @p arena. */
WH_MUST_CHECK wh_code wh_csv_trial_cells(const struct wh_csv_trial *trial, size_t row,
                                         struct wh_arena *arena, struct wh_str **ret,
                                         size_t *ret_count, struct wh_error *err);

/** What a cell looks like. */
enum wh_csv_look { WH_CSV_LOOK_EMPTY, WH_CSV_LOOK_NUMBER, WH_CSV_LOOK_TIME, WH_CSV_LOOK_TEXT };

enum wh_csv_look wh_csv_look_of(struct wh_str cell);

#endif
