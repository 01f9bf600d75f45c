/* SPDX-License-Identifier: Apache-2.0 */
/** UTF-8, and single values between text and the other types:
 *  what PostgreSQL's in and out functions do. */
#ifndef WH_DATA_TEXT_H
#define WH_DATA_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "data/column.h"
#include "data/fault.h"

/** True where @p text is valid UTF-8 (RFC 3629) without NUL: where wh_utf8_find_bad(), its
 *  reference, finds nothing. Vectorised over long text. */
bool wh_utf8_is_valid(struct wh_str text);

/** Offset of the first byte that is wrong or NUL, and the length of the maximal ill-formed part
 *  (Unicode, "maximal subpart"); text.len where all is well. */
size_t wh_utf8_find_bad(struct wh_str text, size_t *ret_length);

/** Characters in valid UTF-8. */
size_t wh_utf8_length(struct wh_str text);

/** Byte offset of character number @p index (from 0), text.len where there are not that many. */
size_t wh_utf8_offset(struct wh_str text, size_t index);

/** Byte offsets of the characters with the numbers @p indexes, which ascend; as wh_utf8_offset()
 *  gives them. @p text has less than 4 GiB. Returns how many characters it has. */
size_t wh_utf8_offsets(struct wh_str text, const uint32_t *indexes, size_t count, uint32_t *ret);

/** The text with as many spaces behind it as make it @p length characters, the form in which values
 *  of char(n) are stored and read back: itself where it has them; otherwise a copy in @p arena. ptr
 *  NULL where memory is out. */
struct wh_str wh_utf8_pad(struct wh_str text, size_t length, struct wh_arena *arena);

/** Lower, upper case with simple case mapping (ß stays ß). Returns @p text itself where nothing
 *  changes; otherwise a copy in @p arena. ptr NULL with len > 0 where memory is out. */
struct wh_str wh_utf8_lower(struct wh_str text, struct wh_arena *arena);
struct wh_str wh_utf8_upper(struct wh_str text, struct wh_arena *arena);
struct wh_str wh_utf8_initcap(struct wh_str text, struct wh_arena *arena);

/** int8in, float8in, boolin: white space around is allowed, as there. SYNTAX, RANGE. */
enum wh_fault wh_int_parse(struct wh_str text, int64_t *ret);

/** What is wrong with @p text, which is no integer, as one of a type whose smallest is @p min:
 *  PostgreSQL sees that digits are too many before it sees what stands behind them. */
enum wh_fault wh_int_syntax_fault(struct wh_str text, int64_t min);
enum wh_fault wh_double_parse(struct wh_str text, double *ret);
enum wh_fault wh_float_parse(struct wh_str text, double *ret); /* rounded to float4 */
enum wh_fault wh_bool_parse(struct wh_str text, uint8_t *ret);

#define WH_INT_SIZE 20
#define WH_DOUBLE_SIZE 32
size_t wh_int_print(int64_t value, char *room);

/** The shortest text that reads back as the same value, in PostgreSQL's form. */
size_t wh_double_print(double value, char *room);
size_t wh_float_print(double value, char *room);

/** \x and lower-case hex of @p bytes, as bytea prints; and back (hex and escape form). */
enum wh_fault wh_bytes_print(struct wh_str bytes, struct wh_arena *arena, struct wh_str *ret);
enum wh_fault wh_bytes_parse(struct wh_str text, struct wh_arena *arena, struct wh_str *ret);

/**
 * The canonical text of a value: PostgreSQL's output for its type with UTC and ISO dates. It is
 * what images, logs, hashes and keys are made of. Text is the slice itself; other kinds are printed
 * into @p arena. The value must not be NULL. NO_MEMORY.
 */
enum wh_fault wh_value_print(const struct wh_column *column, size_t row, struct wh_arena *arena,
                             struct wh_str *ret);

/** wh_value_print() over the rows of @p selection (NULL: rows 0 to @p row_count - 1) into a text
 *  column of the same rows. @p texts was initialised; its validity is set like the column's. For
 *  TEXT the slices are shared. */
WH_MUST_CHECK wh_code wh_column_print(const struct wh_column *column,
                                      const struct wh_selection *selection, size_t row_count,
                                      struct wh_arena *arena, struct wh_column *texts,
                                      struct wh_error *err);

/**
 * Reads canonical text as a value of the column's type into row @p row (not NULL). Numerics and
 * bytes put what they need into @p arena.
 */
enum wh_fault wh_value_parse(struct wh_str text, struct wh_arena *arena, struct wh_column *column,
                             size_t row);

#endif
