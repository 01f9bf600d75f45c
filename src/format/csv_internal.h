/* SPDX-License-Identifier: Apache-2.0 */
/** What the files of the CSV reader share. */
#ifndef WH_FORMAT_CSV_INTERNAL_H
#define WH_FORMAT_CSV_INTERNAL_H

#include "format/csv.h"

/** "column 'notes': not UTF-8 at byte 3 (0xFF)", in @p arena. */
WH_MUST_CHECK wh_code wh_csv_utf8_reason(const struct wh_csv *csv, size_t index, struct wh_str cell,
                                         struct wh_arena *arena, struct wh_str *ret,
                                         struct wh_error *err);

/** What wh_format.explain says. */
WH_MUST_CHECK wh_code wh_csv_explain(const struct wh_csv *csv, struct wh_buf *text,
                                     struct wh_error *err);

/** True where @p cell stands in quotes. */
bool wh_csv_cell_is_quoted(const struct wh_csv_dialect *dialect, struct wh_str cell);

/** @p cell, of a well-formed record, without its quotes and with escapes undone: a slice of it, or
 *  a copy in @p arena; ptr NULL where memory is out. */
struct wh_str wh_csv_cell_text(const struct wh_csv_dialect *dialect, struct wh_str cell,
                               struct wh_arena *arena);

/** False: undoing the escapes of @p text makes no byte that could not stand there itself (a NUL, a
 *  part of a character). */
bool wh_csv_escapes_may_break_text(const struct wh_csv_dialect *dialect, struct wh_str text);

/** Puts the rows whose ends the reader holds into the columns of @p batch, behind its rows. */
WH_MUST_CHECK wh_code wh_csv_fill(const struct wh_csv_reader *reader, const char *text,
                                  size_t row_count, struct wh_batch *batch, struct wh_error *err);

/** Passes over records as the contract says (wh_format.count). */
size_t wh_csv_count(const struct wh_csv *csv, const struct wh_format_text *text, size_t stop,
                    struct wh_format_count *ret);

#endif
