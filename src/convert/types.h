/* SPDX-License-Identifier: Apache-2.0 */
/**
 * PostgreSQL's types as its resolution rules see them: one letter each, so that a list of argument
 * types is a string.
 *
 *   b boolean   2 smallint   4 integer   8 bigint   f real   d double precision   n numeric
 *   D date   T time   S timestamp   Z timestamptz   I interval
 *   t text (and varchar)   c char(n)   y bytea   u a literal that has no type yet, or NULL
 *   i uuid   j json   J jsonb   A text[]
 *   ? any type at all (a function that prints its arguments)   ! the same, as it is
 *
 * Rules: https://www.postgresql.org/docs/15/typeconv.html, and pg_cast of version 15.
 */
#ifndef WH_CONVERT_TYPES_H
#define WH_CONVERT_TYPES_H

#include "convert/node.h"

/** Every type that values have. */
#define WH_ALL_LETTERS "b248fdnDTSZItcyijJA"

enum wh_coercion { WH_COERCE_IMPLICIT = 0, WH_COERCE_ASSIGNMENT, WH_COERCE_EXPLICIT };

/** The letter of a node's type: 'u' for a literal without one. */
char wh_node_letter(const struct wh_node *node);

char wh_type_letter(struct wh_type type);

/** The type of a letter, without modifiers; text for 'u'. */
struct wh_type wh_letter_type(char letter);

/** As error messages name it: "integer", "unknown". */
const char *wh_letter_name(char letter);

/** PostgreSQL's type category: 'B', 'N', 'D', 'T' (interval), 'S', 'U' (bytea), 'X' (unknown). */
char wh_letter_category(char letter);

/** The types that win where several would do: double precision, timestamptz, text, bool,
 *  interval. */
bool wh_letter_is_preferred(char letter);

/** Whether a value of type @p from becomes one of type @p to in such a context. */
bool wh_can_coerce(char from, char to, enum wh_coercion context);

/** The one type that all of @p nodes become (CASE, COALESCE, IN …), as select_common_type() chooses
 *  it; '\0' where there is none. */
char wh_common_letter(struct wh_node *const *nodes, size_t count);

/** The common type with its modifiers, which are kept where all nodes have the same. */
struct wh_type wh_common_type(struct wh_node *const *nodes, size_t count, char letter);

/**
 * Makes @p node a value of type @p type. In an explicit cast modifiers are applied
 * (varchar(3) cuts); the caller has asked wh_can_coerce(). A literal that cannot be read
 * as the type is an error.
 */
WH_MUST_CHECK wh_code wh_coerce(struct wh_compile *compile, struct wh_node *node,
                                struct wh_type type, struct wh_node **ret);

/** wh_coerce() to a letter's type. */
WH_MUST_CHECK wh_code wh_coerce_letter(struct wh_compile *compile, struct wh_node *node,
                                       char letter, struct wh_node **ret);

/** The same value under another type that is stored alike. */
WH_MUST_CHECK wh_code wh_retype(struct wh_compile *compile, struct wh_node *node,
                                struct wh_type type, struct wh_node **ret);

/** The operation that casts between the types, and NULL where values are stored alike. @p from and
 *  @p to are not the same letter; the pair exists. */
const struct wh_operation *wh_cast_operation(char from, char to);

/** The operation that applies a type's length or precision; NULL where it has none. */
const struct wh_operation *wh_modifier_operation(struct wh_type type);

#endif
