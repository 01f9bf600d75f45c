/* SPDX-License-Identifier: Apache-2.0 */
/**
 * JSON as PostgreSQL's json and jsonb read it. A value is a text; for an operation it is read as a
 * tree. A json is the text as it was written; a jsonb is in one form: its members sorted by length
 * and then by bytes, each name once (the last wins), numbers as numeric prints them.
 */
#ifndef WH_CONVERT_JSON_H
#define WH_CONVERT_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "data/fault.h"

/** Arrays and objects inside each other, and values in all of one text. */
#define WH_JSON_MAX_DEPTH 1000
#define WH_JSON_MAX_VALUES 2000000

enum wh_json_kind {
    WH_JSON_NULL = 0,
    WH_JSON_BOOL,
    WH_JSON_NUMBER,
    WH_JSON_STRING,
    WH_JSON_ARRAY,
    WH_JSON_OBJECT
};

/** One value; lives in the arena it was read into,
 *  and its texts as long as that and what was read. */
struct wh_json {
    enum wh_json_kind kind;
    bool flag;             /* BOOL */
    struct wh_str source;  /* as it was written */
    struct wh_str text;    /* STRING: its characters; NUMBER: as numeric prints it */
    struct wh_str name;    /* as a member of an object: its characters */
    struct wh_json *child; /* ARRAY, OBJECT: the first */
    struct wh_json *next;  /* of the same parent */
    size_t count;          /* of children */
};

enum wh_json_mode {
    WH_JSON_CHECK, /* only whether it is one: texts and names are not undone */
    WH_JSON_TEXT,  /* a json */
    WH_JSON_BINARY /* a jsonb: numbers and members are brought into its form */
};

/** Reads all of @p text. SYNTAX, RANGE (a number no numeric holds), LIMIT, NO_MEMORY. */
enum wh_fault wh_json_tree_read(struct wh_str text, enum wh_json_mode mode, struct wh_arena *arena,
                                struct wh_json **ret);

/** Sorts the members of an object and leaves the last of each name. False where memory is out. */
bool wh_json_sort_members(struct wh_json *object, struct wh_arena *arena);

/** The member called @p name, the last where a json has several; NULL where there is none. */
struct wh_json *wh_json_member(const struct wh_json *object, struct wh_str name);

/** The element at @p index, from 0, or counted from the end where it is negative; NULL: none. */
struct wh_json *wh_json_element(const struct wh_json *array, int64_t index);

/** Appends a jsonb as PostgreSQL prints it. (json_print.c) */
WH_MUST_CHECK wh_code wh_jsonb_print(const struct wh_json *json, struct wh_buf *out,
                                     struct wh_error *err);

/** Appends a jsonb over several lines, as jsonb_pretty() does. */
WH_MUST_CHECK wh_code wh_jsonb_print_pretty(const struct wh_json *json, struct wh_buf *out,
                                            struct wh_error *err);

/** Appends a json without members that are null, and without spaces: json_strip_nulls(). */
WH_MUST_CHECK wh_code wh_json_print_without_nulls(const struct wh_json *json, struct wh_buf *out,
                                                  struct wh_error *err);

/** Appends @p text in double quotes with PostgreSQL's escapes. */
WH_MUST_CHECK wh_code wh_json_put_string(struct wh_buf *out, struct wh_str text,
                                         struct wh_error *err);

/** One comparison of two jsonb, which may take so many steps:
 *  beyond them the answer is no answer. */
#define WH_JSON_MAX_STEPS 50000000

struct wh_jsonb_comparison {
    struct wh_arena *scratch;
    size_t steps; /* beyond WH_JSON_MAX_STEPS: given up */
};

/** Whether two jsonb are the same value: numbers by value, whatever their digits. */
bool wh_jsonb_equal(struct wh_jsonb_comparison *comparison, const struct wh_json *a,
                    const struct wh_json *b);

/** Negative, zero, positive, in the order that PostgreSQL gives jsonb: null, texts by
 *  their bytes, numbers, false, true, arrays, objects; of two arrays or objects the one
 *  with fewer values first. */
int wh_jsonb_order(struct wh_jsonb_comparison *comparison, const struct wh_json *a,
                   const struct wh_json *b);

/** Whether @p a contains @p b: jsonb @> jsonb. */
bool wh_jsonb_contains(struct wh_jsonb_comparison *comparison, const struct wh_json *a,
                       const struct wh_json *b);

#endif
