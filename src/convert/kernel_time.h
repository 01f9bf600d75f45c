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

/* OVERLAPS, of timestamps and times, which may end by an interval (kernel_overlaps.c). */
wh_kernel wh_spans_overlap;

/** A time of day moved round midnight. */
int64_t wh_time_move(int64_t time, int64_t usecs);

/* Intervals (kernel_interval.c). */
wh_kernel wh_interval_kernel_justify_days;
wh_kernel wh_interval_kernel_justify_hours;
wh_kernel wh_interval_kernel_justify;
wh_kernel wh_interval_multiply_float;
wh_kernel wh_float_multiply_interval;
wh_kernel wh_interval_divide_float;
wh_kernel
    wh_interval_make; /* years, months, weeks, days, hours, minutes, seconds, or the first ones */
wh_kernel wh_interval_trunc;
wh_kernel wh_interval_isfinite;
wh_kernel wh_timestamp_kernel_bin;

/* Zones (kernel_zone.c); the node's state is a struct wh_zone. */
wh_kernel wh_timestamp_at_zone;
wh_kernel wh_timestamptz_at_zone;
wh_kernel wh_timestamp_at_interval;
wh_kernel wh_timestamptz_at_interval;
wh_kernel wh_timestamptz_trunc_zone;
wh_kernel wh_timestamptz_make_zone;

/** make_timestamp() of the first six inputs. */
enum wh_fault wh_make_timestamp(const struct wh_operand *inputs, size_t row, int64_t *ret);

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
wh_kernel wh_span_extract; /* the same of intervals and times of day */
wh_kernel wh_time_now;     /* now() and its kin, by the node's type */

#endif
