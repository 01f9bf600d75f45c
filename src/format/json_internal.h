/* SPDX-License-Identifier: Apache-2.0 */
/** What the files of the JSON reader share. */
#ifndef WH_FORMAT_JSON_INTERNAL_H
#define WH_FORMAT_JSON_INTERNAL_H

#include "format/json.h"

/** A record in a text: offsets. */
struct wh_json_record {
    size_t start;
    size_t end;  /* behind its value, and white space or a comma */
    size_t next; /* where the next one starts */
    uint64_t lines;
    enum wh_json_element_kind kind; /* PARTIAL: the text does not hold it all */
    enum wh_json_break cause;       /* BROKEN: by what, */
    uint64_t cause_at;              /* and at which of its bytes, from 0 */
};

/** The record of NDJSON, a line, at @p start, which may be blank: CLOSING. BROKEN: too long. */
struct wh_json_record wh_json_find_line(const struct wh_json *json,
                                        const struct wh_format_text *text, size_t start);

/** The record of an array at @p start, found byte by byte. */
struct wh_json_record wh_json_find_element(const struct wh_json *json,
                                           const struct wh_format_text *text, size_t start);

/** The record of an array at @p start, whose value ends before @p value_end and is sound; false:
 *  wh_json_find_element() has to look. */
bool wh_json_find_behind(const struct wh_json *json, const struct wh_format_text *text,
                         size_t start, size_t value_end, struct wh_json_record *ret);

/** A place in a record, for people. */
struct wh_json_place {
    uint64_t byte; /* of the record, from 1 */
    uint64_t line; /* of the file; 0: the record's first */
};

/** Why the scan failed. */
WH_MUST_CHECK wh_code wh_json_fault_reason(const struct wh_json_scan *scan,
                                           const struct wh_json_row *row,
                                           struct wh_json_place place, struct wh_arena *arena,
                                           struct wh_str *ret, struct wh_error *err);

/** Why a record is broken. */
WH_MUST_CHECK wh_code wh_json_break_reason(enum wh_json_break cause, struct wh_json_place place,
                                           uint64_t record_limit, struct wh_arena *arena,
                                           struct wh_str *ret, struct wh_error *err);

#endif
