/* SPDX-License-Identifier: Apache-2.0 */
/** Whether typed values are the same; what `unchanged` means. */
#ifndef WH_WRITE_COMPARE_H
#define WH_WRITE_COMPARE_H

#include "data/column.h"

/** Sets differs[row] to 1 for the rows of @p selection in which the columns, of one type,
 *  differ; other elements are not touched. NULL is the same as NULL; numbers compare by value.
 *  True where some row differs. */
bool wh_columns_differ(const struct wh_column *a, const struct wh_column *b,
                       const struct wh_selection *selection, uint8_t *differs);

/** Likewise for values that identify rows, which are known by their texts: 0 and -0 differ, and so
 *  do 7.0 and 7.00. */
bool wh_columns_read_differently(const struct wh_column *a, const struct wh_column *b,
                                 const struct wh_selection *selection, uint8_t *differs);

#endif
