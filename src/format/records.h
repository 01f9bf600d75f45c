/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Records that wherry made of a file that is no text (format/convert.h), as bytes in a temporary
 * file, and the part of the format contract that reads them: the same for all such formats.
 *
 * A record is a head (struct wh_record_head), then either its values, ascending by column and each
 * a struct wh_record_value and its canonical text, without those that are NULL; or, of one that is
 * no row, a length, the reason and the raw bytes. Numbers are this machine's: no other reads them.
 */
#ifndef WH_FORMAT_RECORDS_H
#define WH_FORMAT_RECORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "data/type.h"
#include "format/format.h"

enum wh_record_kind {
    WH_RECORD_ROW = 0,
    WH_RECORD_BAD,
    WH_RECORD_LEFT_OUT /* as was asked for: skipped */
};

struct wh_record_head {
    uint32_t size; /* bytes, with this head */
    uint32_t line; /* row or record of the file, from 1 */
    uint32_t kind; /* enum wh_record_kind */
};

struct wh_record_value {
    uint32_t column;
    uint32_t len;
};

/* ---- writing --------------------------------------------------------------------------------- */

/** Begins a record at the end of @p buf, to which nothing else is appended until it is ended or
 *  given up (buf->len = *ret_start). */
WH_MUST_CHECK wh_code wh_record_begin(struct wh_buf *buf, uint32_t line, size_t *ret_start,
                                      struct wh_error *err);

/** Adds a value that is not NULL; columns ascend. */
WH_MUST_CHECK wh_code wh_record_add(struct wh_buf *buf, size_t column, struct wh_str text,
                                    struct wh_error *err);

WH_MUST_CHECK wh_code wh_record_end(struct wh_buf *buf, size_t start, struct wh_error *err);

/** Makes the record that was begun at @p start a bad one, and ends it: what is kept of it are the
 *  texts added so far, with tabs between them, up to WH_FORMAT_RAW_SIZE bytes. */
WH_MUST_CHECK wh_code wh_record_reject(struct wh_buf *buf, size_t start, struct wh_str reason,
                                       struct wh_error *err);

/** Makes the record that was begun at @p start one of @p kind, which is no row, and ends it: of
 *  @p raw up to WH_FORMAT_RAW_SIZE bytes are kept, any bytes. */
WH_MUST_CHECK wh_code wh_record_refuse(struct wh_buf *buf, size_t start, enum wh_record_kind kind,
                                       struct wh_str reason, struct wh_str raw,
                                       struct wh_error *err);

/* ---- types of columns ------------------------------------------------------------------------ */

/** The narrowest type that holds the values of both: whole numbers are numbers, dates timestamps, a
 *  column without a value is anything; otherwise text. */
struct wh_type wh_record_type_join(struct wh_type a, struct wh_type b);

/** The description of a column whose values have @p type (NULL: text). */
struct wh_column_info wh_record_column(struct wh_str name, struct wh_type type);

/** Appends the columns and their types, for people: "3 columns: id bigint, name text, …". */
WH_MUST_CHECK wh_code wh_record_explain(const struct wh_column_info *columns, size_t count,
                                        struct wh_buf *text, struct wh_error *err);

/* ---- reading: functions of a format's table -------------------------------------------------- */

wh_code wh_records_open(const struct wh_format_options *options, const struct wh_table_info *table,
                        struct wh_arena *arena, struct wh_parser **ret, struct wh_error *err);
wh_code wh_records_explain(const struct wh_parser *parser, struct wh_buf *text,
                           struct wh_error *err);
uint64_t wh_records_count_lines(const struct wh_parser *parser, char before, struct wh_str text);
wh_code wh_records_reader_new(const struct wh_parser *parser, size_t batch_rows,
                              struct wh_format_reader **ret, struct wh_error *err);
void wh_records_reader_free(struct wh_format_reader *reader);
wh_code wh_records_begin(const struct wh_format_reader *opened, struct wh_batch *batch,
                         struct wh_error *err);
bool wh_records_is_full(const struct wh_format_reader *opened, const struct wh_batch *batch);
wh_code wh_records_read(struct wh_format_reader *opened, struct wh_format_text *text,
                        struct wh_batch *batch, size_t *ret_used, struct wh_error *err);
size_t wh_records_count(const struct wh_parser *parser, const struct wh_format_text *text,
                        size_t stop, struct wh_format_count *count);
wh_code wh_records_judge_new(const struct wh_parser *parser, struct wh_arena *arena,
                             struct wh_judge **ret, struct wh_error *err);
struct wh_verdict wh_records_judge(struct wh_judge *judge, const struct wh_format_text *piece);
wh_code wh_records_reason(const struct wh_judge *judge, struct wh_arena *arena, struct wh_str *ret,
                          struct wh_error *err);

/** The entries of a format's table that these functions fill. */
#define WH_RECORDS_FUNCTIONS                                                                       \
    .open = wh_records_open, .explain = wh_records_explain, .count_lines = wh_records_count_lines, \
    .reader_new = wh_records_reader_new, .reader_free = wh_records_reader_free,                    \
    .begin = wh_records_begin, .is_full = wh_records_is_full, .read = wh_records_read,             \
    .count = wh_records_count, .judge_new = wh_records_judge_new, .judge = wh_records_judge,       \
    .reason = wh_records_reason

#endif
