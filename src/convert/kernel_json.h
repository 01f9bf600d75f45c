/* SPDX-License-Identifier: Apache-2.0 */
/** Kernels over json and jsonb, and what they share:
 *  a tree and a buffer that serve one row after another. */
#ifndef WH_CONVERT_KERNEL_JSON_H
#define WH_CONVERT_KERNEL_JSON_H

#include "convert/json.h"
#include "convert/kernel.h"
#include "convert/list.h"

/* Casts, and what is in a value (kernel_json.c). */
wh_kernel wh_cast_text_json;
wh_kernel wh_cast_text_jsonb;
wh_kernel wh_cast_jsonb_value; /* to a boolean or a number */
wh_kernel wh_jsonb_at_number;  /* jsonb[n] */
wh_kernel wh_json_get;         /* json -> name or index */
wh_kernel wh_json_get_text;
wh_kernel wh_json_path; /* json #> text[] */
wh_kernel wh_json_path_text;
wh_kernel wh_json_extract; /* the same, its path one argument each */
wh_kernel wh_json_extract_text;
wh_kernel wh_json_type;
wh_kernel wh_json_length;

/* Comparing and changing (kernel_jsonb.c). */
wh_kernel wh_jsonb_compare; /* = <> < <= > >=, by the operation's name */
wh_kernel wh_jsonb_contains_value;
wh_kernel wh_jsonb_is_contained;
wh_kernel wh_jsonb_has_name;
wh_kernel wh_jsonb_has_any;
wh_kernel wh_jsonb_has_all;
wh_kernel wh_jsonb_remove; /* jsonb - name, index or text[] */
wh_kernel wh_jsonb_join;
wh_kernel wh_jsonb_pretty;
wh_kernel wh_json_strip_nulls;

/* Chosen by comparing (kernel_jsonb_choose.c). */
wh_kernel wh_jsonb_nullif;
wh_kernel wh_jsonb_distinct; /* IS [NOT] DISTINCT FROM, by the operation's name */
wh_kernel wh_jsonb_extreme;  /* greatest(), least(): the same */

/* Putting at a path (kernel_jsonb_path.c). */
wh_kernel wh_jsonb_remove_path;
wh_kernel wh_jsonb_set;
wh_kernel wh_jsonb_insert;

/* From other values (kernel_json_build.c). */
wh_kernel wh_json_from;
wh_kernel wh_json_build_object;
wh_kernel wh_json_build_array;

/** What serves one row after another. */
struct wh_json_work {
    struct wh_call *call;
    struct wh_arena tree; /* emptied before each row */
    struct wh_buf out;    /* the same */
};

typedef enum wh_fault wh_json_row(struct wh_json_work *work, size_t row);

/** Runs @p function for each row; its fault is the row's. */
WH_MUST_CHECK wh_code wh_json_each_row(struct wh_call *call, wh_json_row *function);

/** Input @p index as a tree. */
enum wh_fault wh_json_input(struct wh_json_work *work, size_t index, size_t row,
                            struct wh_json **ret);

/** The fault of appending to work->out. */
enum wh_fault wh_json_put_fault(wh_code code);

/** Makes @p text the row's result: a copy, unless it lies in input 0's own bytes. */
void wh_json_give(struct wh_json_work *work, size_t row, struct wh_str text);

/** The path that input @p index is. *ret_has_null: one of its items is NULL. */
enum wh_fault wh_json_path_input(struct wh_json_work *work, size_t index, size_t row,
                                 struct wh_list *ret, bool *ret_has_null);

/** A whole number, as paths name elements; false where @p text is none that an integer holds. */
bool wh_json_index(struct wh_str text, int64_t *ret);

#endif
