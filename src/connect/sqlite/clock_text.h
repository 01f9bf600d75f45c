/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Dates and times in the form in which they are stored: PostgreSQL's output with ISO dates and UTC.
 * The usual ones (years 0001 to 9999) are read here without looking for other forms; the rest is
 * read by data/datetime.h and must print as the same text.
 */
#ifndef WH_CONNECT_SQLITE_CLOCK_TEXT_H
#define WH_CONNECT_SQLITE_CLOCK_TEXT_H

#include <stdbool.h>

#include "data/column.h"

/** Prints a DATE, TIME, TIMESTAMP, TIMESTAMPTZ or INTERVAL into WH_DATETIME_SIZE bytes. */
size_t wh_sqlite_clock_print(const struct wh_column *column, size_t row, char *room);

/** Reads it back into @p row; false where @p text is not what wh_sqlite_clock_print() writes. */
bool wh_sqlite_clock_read(struct wh_str text, struct wh_column *column, size_t row);

#endif
