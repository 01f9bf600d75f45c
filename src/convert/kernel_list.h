/* SPDX-License-Identifier: Apache-2.0 */
/** Kernels over arrays of text. */
#ifndef WH_CONVERT_KERNEL_LIST_H
#define WH_CONVERT_KERNEL_LIST_H

#include "convert/kernel_json.h"
#include "convert/list.h"

/* Made and taken apart (kernel_list.c). */
wh_kernel wh_cast_text_list;
wh_kernel wh_list_make;  /* ARRAY[…] */
wh_kernel wh_list_split; /* string_to_array() */
wh_kernel wh_list_join;  /* array_to_string() */
wh_kernel wh_list_item_at;
wh_kernel wh_list_slice;

/* Asked and changed (kernel_list_change.c). */
wh_kernel wh_list_count;
wh_kernel wh_list_length; /* of a dimension; NULL where there is none */
wh_kernel wh_list_position;
wh_kernel wh_list_append;
wh_kernel wh_list_prepend;
wh_kernel wh_list_concat;
wh_kernel wh_list_remove;
wh_kernel wh_list_replace;
wh_kernel wh_list_compare; /* = <> < <= > >=, by the operation's name */
wh_kernel wh_list_any;     /* text = ANY (text[]); its operation's name has the operator */
wh_kernel wh_list_all;

/** The array that input @p index is, in the work's arena; NULL is one without items. */
enum wh_fault wh_list_input(struct wh_json_work *work, size_t index, size_t row,
                            struct wh_list *ret);

/** Makes the array's text the result of the row. */
enum wh_fault wh_list_give(struct wh_json_work *work, size_t row, const struct wh_list *list);

#endif
