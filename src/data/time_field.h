/* SPDX-License-Identifier: Apache-2.0 */
/** The fields of extract() and date_trunc(). Inside data/ only. */
#ifndef WH_DATA_TIME_FIELD_H
#define WH_DATA_TIME_FIELD_H

#include "data/datetime.h"

enum wh_time_field {
    WH_FIELD_MICROSECONDS,
    WH_FIELD_MILLISECONDS,
    WH_FIELD_SECOND,
    WH_FIELD_MINUTE,
    WH_FIELD_HOUR,
    WH_FIELD_DAY,
    WH_FIELD_WEEK,
    WH_FIELD_MONTH,
    WH_FIELD_QUARTER,
    WH_FIELD_YEAR,
    WH_FIELD_DECADE,
    WH_FIELD_CENTURY,
    WH_FIELD_MILLENNIUM,
    WH_FIELD_ISOYEAR,
    WH_FIELD_DOW,
    WH_FIELD_ISODOW,
    WH_FIELD_DOY,
    WH_FIELD_EPOCH,
    WH_FIELD_JULIAN,
    WH_FIELD_UNKNOWN
};

enum wh_time_field wh_time_field_by_name(struct wh_str name);

#endif
