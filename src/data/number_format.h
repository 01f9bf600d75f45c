/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Templates of to_char and to_number for numbers, compiled: '999G990D00', 'FM0000', '9.99EEEE'.
 *
 * Signs, points and groups are those of the locale C. What they mean is told in
 * PostgreSQL's manual, 9.8; what it leaves open (a sign that nothing is written for, FM
 * with zeros) is as in its formatting.c.
 */
#ifndef WH_DATA_NUMBER_FORMAT_H
#define WH_DATA_NUMBER_FORMAT_H

#include "data/numeric.h"

struct wh_number_format;

/** Compiles @p format into @p arena. Where a pattern is not supported, or stands where it cannot,
 *  returns NULL and sets *ret_bad to it; without memory *ret_bad is empty. */
const struct wh_number_format *
wh_number_format_compile(struct wh_str format, struct wh_arena *arena, struct wh_str *ret_bad);

/** Room that printing needs, whatever the number. */
size_t wh_number_format_room(const struct wh_number_format *format);

/** What is printed into, of wh_number_format_room() bytes; and what was. */
struct wh_number_text {
    char *room;
    size_t len;
    struct wh_arena *scratch;
};

/** to_char(). RANGE, ARGUMENT (an ordinal's ending behind something else than a digit),
 *  NO_MEMORY. */
enum wh_fault wh_number_format_print_int(const struct wh_number_format *format, int64_t value,
                                         int bits, struct wh_number_text *out);
enum wh_fault wh_number_format_print_numeric(const struct wh_number_format *format,
                                             const struct wh_numeric *value,
                                             struct wh_number_text *out);
/** @p digits are those that the type holds: 15 of a double, 6 of a real. */
enum wh_fault wh_number_format_print_double(const struct wh_number_format *format, double value,
                                            int digits, struct wh_number_text *out);

/** Whether to_number() can read in this format: not Roman numerals and exponents. */
bool wh_number_format_reads(const struct wh_number_format *format);

/**
 * to_number(): PostgreSQL's answer, but what it lets pass is refused: TRAILING text, also
 * a character where a digit should be; a digit that the template has no place for
 * (SCALE). SYNTAX, NO_MEMORY.
 */
enum wh_fault wh_number_format_read(const struct wh_number_format *format, struct wh_str text,
                                    struct wh_arena *arena, struct wh_numeric *ret);

#endif
