/* SPDX-License-Identifier: Apache-2.0 */
/** Kernels of casts, from any type to any other; types.h chooses among them. */
#ifndef WH_CONVERT_CAST_H
#define WH_CONVERT_CAST_H

#include "convert/kernel.h"

/* From text (cast_text.c). */
wh_kernel wh_cast_text_bool;
wh_kernel wh_cast_text_int;
wh_kernel wh_cast_text_float;
wh_kernel wh_cast_text_numeric;
wh_kernel wh_cast_text_date;
wh_kernel wh_cast_text_time;
wh_kernel wh_cast_text_timestamp;
wh_kernel wh_cast_text_timestamptz;
wh_kernel wh_cast_text_interval;
wh_kernel wh_cast_text_bytes;
wh_kernel wh_cast_text_uuid; /* kernel_digest.c; json and arrays: kernel_json.h, kernel_list.h */

/* To text (cast_text.c). Output functions and casts differ for booleans: 't' and 'true'. */
wh_kernel wh_cast_bool_text;
wh_kernel wh_cast_value_text;

/* Between texts (cast_text.c). */
wh_kernel wh_cast_unpad;
wh_kernel wh_cast_varchar;
wh_kernel wh_cast_char;

/* Between the others (cast.c). */
wh_kernel wh_cast_int_int;
wh_kernel wh_cast_int_float;
wh_kernel wh_cast_int_numeric;
wh_kernel wh_cast_int_bool;
wh_kernel wh_cast_bool_int;
wh_kernel wh_cast_float_int;
wh_kernel wh_cast_float_real;
wh_kernel wh_cast_float_numeric;
wh_kernel wh_cast_numeric_int;
wh_kernel wh_cast_numeric_float;
wh_kernel wh_cast_numeric_scale;
wh_kernel wh_cast_date_timestamp;
wh_kernel wh_cast_timestamp_date;
wh_kernel wh_cast_timestamp_time;
wh_kernel wh_cast_time_interval;
wh_kernel wh_cast_interval_time;

/** The limits of an integer type. */
static inline int64_t wh_int_min(struct wh_type type)
{
    return type.bits == 64 ? INT64_MIN : -((int64_t)1 << (type.bits - 1));
}

static inline int64_t wh_int_max(struct wh_type type)
{
    return type.bits == 64 ? INT64_MAX : ((int64_t)1 << (type.bits - 1)) - 1;
}

static inline bool wh_int_fits(int64_t value, struct wh_type type)
{
    return value >= wh_int_min(type) && value <= wh_int_max(type);
}

/** PostgreSQL's rounding of a double to a real; RANGE where it overflows or vanishes. */
enum wh_fault wh_float_to_real(double value, double *ret);

/** Rounds half to even, as rint() does; RANGE outside @p type. */
enum wh_fault wh_float_to_int(double value, struct wh_type type, int64_t *ret);

/** Through text, as PostgreSQL does it, so that it is rounded once. */
enum wh_fault wh_numeric_to_real(const struct wh_numeric *value, struct wh_arena *scratch,
                                 double *ret);

/** A date as a timestamp; DATE_RANGE where timestamps end earlier than dates. */
enum wh_fault wh_date_to_timestamp(int32_t days, int64_t *ret);

/** The day a timestamp lies in. */
int32_t wh_timestamp_to_date(int64_t usecs);

#define WH_TIMESTAMP_MIN INT64_C(-211813488000000000)
#define WH_TIMESTAMP_END INT64_C(9223371331200000000)
#define WH_DATE_MIN (-2451545)
#define WH_DATE_END 2145031949

static inline bool wh_timestamp_is_finite(int64_t usecs)
{
    return usecs != WH_TIMESTAMP_INFINITY && usecs != WH_TIMESTAMP_MINUS_INFINITY;
}

static inline bool wh_date_is_finite(int32_t days)
{
    return days != WH_DATE_INFINITY && days != WH_DATE_MINUS_INFINITY;
}

#endif
