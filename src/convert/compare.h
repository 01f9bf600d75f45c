/* SPDX-License-Identifier: Apache-2.0 */
/** Comparing values of one type: operators, IN, NULLIF, GREATEST, IS DISTINCT FROM. */
#ifndef WH_CONVERT_COMPARE_H
#define WH_CONVERT_COMPARE_H

#include "convert/kernel.h"

/** Negative, zero, positive, in PostgreSQL's order: NaN is the largest and equals itself, text goes
 *  by bytes, char(n) without its trailing spaces, an interval's month has 30 days. */
typedef int wh_compare(const struct wh_column *a, size_t a_row, const struct wh_column *b,
                       size_t b_row);

/** How values of @p type compare; @p type is that of both sides. */
wh_compare *wh_comparison(struct wh_type type);

/** The six operators: '=', '<>', '<', '<=', '>', '>='; NULL for another name. */
const struct wh_operation *wh_comparison_operation(struct wh_str name);

/** x IN (constants): inputs[0] is x; the node's state is a struct wh_in_list. */
struct wh_in_list {
    struct wh_column values; /* sorted, none NULL */
    size_t count;
    bool has_null;
};
extern const struct wh_operation wh_in_operation;

/** Sorts @p list->values, which has room of its own. */
void wh_in_list_sort(struct wh_in_list *list);

extern const struct wh_operation wh_nullif_operation;       /* two inputs of one type */
extern const struct wh_operation wh_distinct_operation;     /* IS DISTINCT FROM */
extern const struct wh_operation wh_not_distinct_operation; /* IS NOT DISTINCT FROM */
extern const struct wh_operation wh_greatest_operation;     /* inputs of one type */
extern const struct wh_operation wh_least_operation;

extern const struct wh_operation wh_not_operation;
extern const struct wh_operation wh_is_null_operation;
extern const struct wh_operation wh_is_not_null_operation;

/** IS TRUE, IS NOT TRUE … by enum wh_bool_test. */
extern const struct wh_operation wh_bool_test_operations[];

#endif
