/* SPDX-License-Identifier: Apache-2.0 */
/**
 * SQLite's time strings: the texts that its own functions of dates take for one
 * (https://www.sqlite.org/lang_datefunc.html#time_values, the ISO ones). Sources hold them in
 * columns declared DATE, TIME and TIMESTAMP.
 *
 *   2020-01-31
 *   2020-01-31 12:34   2020-01-31 12:34:56   2020-01-31 12:34:56.789, or with T for the space
 *   12:34              12:34:56              12:34:56.789
 *
 * and behind a time of day Z, +02:00 or -02:00.
 */
#ifndef WH_CONNECT_SQLITE_TIME_STRING_H
#define WH_CONNECT_SQLITE_TIME_STRING_H

#include <stdbool.h>

#include "data/column.h"

/**
 * Reads @p text into @p row of @p column (DATE, TIME, TIMESTAMP, TIMESTAMPTZ) where it says a value
 * of that type and no more than that: false for a time of day other than midnight in a DATE, a date
 * in a TIME, a zone in a TIMESTAMP or TIME, a fraction finer than a microsecond. A TIMESTAMPTZ
 * without a zone is UTC, as it is to SQLite.
 */
bool wh_sqlite_time_string_read(struct wh_str text, struct wh_column *column, size_t row);

#endif
