/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The functions and operators: static tables of names, argument types and kernels. What PostgreSQL
 * has under a name and wherry has not stands in them, too, so that a call chooses what PostgreSQL
 * would choose, or is refused, and never becomes another function by accident.
 */
#ifndef WH_CONVERT_FUNCTIONS_H
#define WH_CONVERT_FUNCTIONS_H

#include "convert/node.h"

/** Looks at a call before it is made: constant arguments are prepared, or refused. */
typedef wh_code wh_prepare(struct wh_compile *compile, struct wh_call_parts *parts);

struct wh_function {
    const char *arguments;         /* letters, see types.h; a last '*' repeats the one before it */
    char result;                   /* a letter */
    struct wh_operation operation; /* without a kernel: PostgreSQL has it, wherry has not */
    wh_prepare *prepare;           /* NULL: nothing to look at */
};

/** The functions and operators of one area; a row without a name ends each. */
extern const struct wh_function wh_text_functions[];
extern const struct wh_function wh_json_functions[]; /* json, jsonb, arrays, uuid */
extern const struct wh_function wh_number_functions[];
extern const struct wh_function wh_time_functions[];
extern const struct wh_function wh_operators[];

/** The tables of functions; NULL ends them. */
extern const struct wh_function *const wh_function_tables[];

/** The pairs of types that = <> < <= > >= take: the same letter twice, or numbers; no kernels (see
 *  compare.h). */
extern const struct wh_function wh_comparisons[];

/** What parts a date format or a field has to have is known when the expression is compiled. */
wh_prepare wh_prepare_date_format;  /* arguments[1] */
wh_prepare wh_prepare_date_formats; /* arguments[1] and all behind it */
wh_prepare wh_prepare_number_format;
wh_prepare wh_prepare_field;      /* arguments[0] */
wh_prepare wh_prepare_zone;       /* arguments[0] names a time zone */
wh_prepare wh_prepare_last_zone;  /* the last one does */
wh_prepare wh_prepare_field_zone; /* arguments[0] is a field, arguments[2] names a time zone */
wh_prepare wh_prepare_utf8;       /* arguments[1] names an encoding */

wh_prepare wh_prepare_lower; /* the table of two-byte characters (kernel_case.c) */
wh_prepare wh_prepare_upper;
wh_prepare wh_prepare_initcap;

/** Longer than any field's name: 'milliseconds'. */
#define WH_FIELD_SIZE 32

/** @p field in lower case, cut to WH_FIELD_SIZE bytes, in @p room. */
struct wh_str wh_field_lower(struct wh_str field, char *room);

#endif
