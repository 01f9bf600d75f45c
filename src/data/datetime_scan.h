/* SPDX-License-Identifier: Apache-2.0 */
/** What a text says of a date, a time and a zone, before it is asked which type it is for. Inside
 *  data/ only. */
#ifndef WH_DATA_DATETIME_SCAN_H
#define WH_DATA_DATETIME_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "data/datetime.h"
#include "data/fault.h"

struct wh_datetime {
    bool has_date;
    bool has_time;
    bool has_zone;
    int32_t days;         /* since 2000-01-01, of a day that exists */
    int64_t usecs;        /* since midnight, 0 to 24:00:00 */
    int32_t zone_seconds; /* east of UTC */
};

/** Reads any form that has one meaning. What is missing is zero. SYNTAX, DATE_RANGE, AMBIGUOUS,
 *  ARGUMENT, and SCALE where a second has digits behind the sixth. */
enum wh_fault wh_datetime_scan(struct wh_str text, struct wh_datetime *ret);

/** The same for a time of day alone, which may be written without colons. */
enum wh_fault wh_time_scan(struct wh_str text, struct wh_datetime *ret);

/** Digits of a fraction of a second, of which there is at least one, as microseconds. */
enum wh_fault wh_fraction_read(struct wh_str digits, int32_t *ret);

#endif
