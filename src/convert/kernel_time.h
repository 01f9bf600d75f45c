/* SPDX-License-Identifier: Apache-2.0 */
/** Kernels of arithmetic and of the functions on dates, times and intervals. */
#ifndef WH_CONVERT_KERNEL_TIME_H
#define WH_CONVERT_KERNEL_TIME_H

#include "convert/kernel.h"

/* Arithmetic (kernel_time.c). */
wh_kernel wh_date_add_days;
wh_kernel wh_days_add_date;
wh_kernel wh_date_subtract_days;
wh_kernel wh_date_subtract_date;
wh_kernel wh_date_add_time;
wh_kernel wh_time_add_date;
wh_kernel wh_date_add_interval;
wh_kernel wh_interval_add_date;
wh_kernel wh_date_subtract_interval;
wh_kernel wh_timestamp_add_interval;
wh_kernel wh_interval_add_timestamp;
wh_kernel wh_timestamp_subtract_interval;
wh_kernel wh_timestamp_subtract_timestamp;
wh_kernel wh_time_add_interval;
wh_kernel wh_interval_add_time;
wh_kernel wh_time_subtract_interval;
wh_kernel wh_time_subtract_time;
wh_kernel wh_interval_add_interval;
wh_kernel wh_interval_subtract_interval;
wh_kernel wh_interval_negate;

/* Spans of time (kernel_age.c). */
wh_kernel wh_timestamp_age;
wh_kernel wh_date_isfinite;
wh_kernel wh_timestamp_isfinite;

/* Functions (kernel_date.c). */
wh_kernel wh_date_make;
wh_kernel wh_time_make;
wh_kernel wh_timestamp_make;
wh_kernel wh_date_read;       /* to_date(); the node's state is a struct wh_date_format */
wh_kernel wh_timestamp_read;  /* to_timestamp() */
wh_kernel wh_timestamp_write; /* to_char() */
wh_kernel wh_timestamp_from_epoch;
wh_kernel wh_timestamp_trunc;
wh_kernel wh_time_extract; /* extract() and date_part(): numeric or double precision */
wh_kernel wh_time_now;     /* now() and its kin, by the node's type */

#endif
