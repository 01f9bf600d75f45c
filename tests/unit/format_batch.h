/* SPDX-License-Identifier: Apache-2.0 */
/** What a batch that was read of a text must hold; a test fails where it does not. */
#ifndef WH_TEST_FORMAT_BATCH_H
#define WH_TEST_FORMAT_BATCH_H

#include "data/column.h"

/** A cell of a text column; @p text NULL: it is NULL. */
void assert_cell(const struct wh_batch *batch, size_t row, size_t column, const char *text);

/** A bad record; @p raw NULL: any. */
void assert_bad(const struct wh_batch *batch, size_t index, const char *reason, const char *raw,
                uint64_t line);

#endif
