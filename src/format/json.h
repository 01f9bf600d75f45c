/* SPDX-License-Identifier: Apache-2.0 */
/**
 * JSON ⇄ batches: a record a line (NDJSON), or the elements of one array. No I/O.
 *
 * Exactly what RFC 8259 accepts is read; see json_scan.h for the three things that are refused
 * beyond its grammar. A record is an object. Its members are columns of text:
 *
 *     "text"          the text, escapes undone        null, or no member    NULL
 *     12.50, true     as it is written                {…}, […]              as it is written
 *
 * so numbers of any size and scale are exact, and nested values are JSON. What cannot be a row is a
 * bad record with its place and reason, and reading goes on at the next line or element.
 */
#ifndef WH_FORMAT_JSON_H
#define WH_FORMAT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "format/format.h"
#include "format/json_element.h"
#include "format/json_row.h"
#include "format/json_scan.h"
#include "format/json_shape.h"

#define WH_JSON_NO_COLUMN SIZE_MAX

/** How files are read: columns, limits. Read by many threads. */
struct wh_json {
    const struct wh_json_functions *functions;
    struct wh_json_shape shape;
    /* Borrowed; one a column, with rest and missing behind the others. */
    const struct wh_str *names;
    struct wh_str encoding; /* of the file, for reasons */
    size_t column_count;
    size_t rest_column;    /* WH_JSON_NO_COLUMN: none */
    size_t missing_column; /* WH_JSON_NO_COLUMN: none */
    bool is_array;
    bool ignores_unknown;
    uint64_t cell_limit;
    uint64_t record_limit;
};

/** @p names are the table's columns and live as long as @p json, as does @p arena. WH_INVALID,
 *  WH_LIMIT for paths that are none. */
WH_MUST_CHECK wh_code wh_json_init(struct wh_json *json, const struct wh_format_options *options,
                                   const struct wh_str *names, size_t count, struct wh_arena *arena,
                                   struct wh_error *err);

/** Reads texts into batches, one after another; one thread at a time. */
struct wh_json_reader {
    const struct wh_json *json;
    size_t row_capacity;
    struct wh_json_row row;
    struct wh_json_names names;
    struct wh_arena scratch; /* of one record */
    struct wh_buf rest;
    struct wh_buf missing;
    size_t valid_until;   /* the text up to here is known to be UTF-8 without NUL, */
    size_t doubted_until; /* and up to here to hold something that is not */
};

WH_MUST_CHECK wh_code wh_json_reader_init(struct wh_json_reader *reader, const struct wh_json *json,
                                          struct wh_error *err);
void wh_json_reader_release(struct wh_json_reader *reader);

/** Empties @p batch and gives it the columns: all text, with room for reader->row_capacity rows. */
WH_MUST_CHECK wh_code wh_json_reader_begin(const struct wh_json_reader *reader,
                                           struct wh_batch *batch, struct wh_error *err);

/** True where nothing more should go into @p batch. */
bool wh_json_batch_is_full(const struct wh_json_reader *reader, const struct wh_batch *batch);

/** As the format contract's read(). */
WH_MUST_CHECK wh_code wh_json_read(struct wh_json_reader *reader, struct wh_format_text *text,
                                   struct wh_batch *batch, size_t *ret_used, struct wh_error *err);

/** As the format contract's count(). */
size_t wh_json_count_records(const struct wh_json *json, const struct wh_format_text *text,
                             size_t stop, struct wh_format_count *ret);

/** As the format contract's head(): the columns are the members of the first records, in the order
 *  in which they are first met, or those that the options state. */
WH_MUST_CHECK wh_code wh_json_head(const struct wh_format_head_request *request, bool is_array,
                                   struct wh_format_head *ret, struct wh_error *err);

#endif
