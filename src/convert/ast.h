/* SPDX-License-Identifier: Apache-2.0 */
/**
 * An expression as it was written: names and literals with their places, nothing looked up yet.
 * Smaller than PostgreSQL's tree: what it has and wherry has not is refused while this is made.
 */
#ifndef WH_CONVERT_AST_H
#define WH_CONVERT_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/arena.h"
#include "base/str.h"
#include "convert/expr.h"
#include "data/type.h"

/** An expression's text may have this many bytes, and terms this deep inside each other. */
#define WH_EXPR_MAX_BYTES ((size_t)32 << 10)
#define WH_EXPR_MAX_DEPTH 2500

enum wh_ast_kind {
    WH_AST_NULL = 0,
    WH_AST_BOOL,     /* flag: its value */
    WH_AST_NUMBER,   /* text: digits as written, with a sign where it was a literal's */
    WH_AST_STRING,   /* text */
    WH_AST_COLUMN,   /* text: the name; flag: written in quotes */
    WH_AST_CALL,     /* text: the function's name; items: arguments */
    WH_AST_OPERATOR, /* text: the operator; items: one or two operands */
    WH_AST_CAST,     /* items[0]; type */
    WH_AST_CASE, /* items: operand or NULL, then condition and result in turn, then ELSE or NULL */
    WH_AST_COALESCE,          /* items */
    WH_AST_NULLIF,            /* items[0], items[1] */
    WH_AST_GREATEST,          /* items */
    WH_AST_LEAST,             /* items */
    WH_AST_AND,               /* items */
    WH_AST_OR,                /* items */
    WH_AST_NOT,               /* items[0] */
    WH_AST_IS_NULL,           /* items[0]; flag: IS NOT NULL */
    WH_AST_IS_BOOL,           /* items[0]; test */
    WH_AST_DISTINCT,          /* items[0], items[1]; flag: IS NOT DISTINCT FROM */
    WH_AST_IN,                /* items[0] IN items[1…]; flag: NOT IN */
    WH_AST_BETWEEN,           /* items[0] BETWEEN items[1] AND items[2]; flag: NOT */
    WH_AST_BETWEEN_SYMMETRIC, /* the same, with the bounds in either order */
    WH_AST_LIKE,              /* items[0] LIKE items[1] ESCAPE items[2], if there; flag: NOT */
    WH_AST_ILIKE,             /* the same */
    WH_AST_SIMILAR,           /* the same: SIMILAR TO */
    WH_AST_ARRAY,             /* items: ARRAY[…] */
    WH_AST_ANY,               /* items[0] text ANY (items[1]), an array; flag: ALL */
    WH_AST_NOW,               /* text: how it was written; type */
};

/** How a call of regexp_match() with a subscript behind it is named:
 *  it has that as its last item. */
#define WH_REGEXP_MATCH_PART "(regexp_match())[]"

/** How a subscript and a slice behind any other value are named:
 *  their bounds are the last items. */
#define WH_SUBSCRIPT "(array)[]"
#define WH_SLICE "(array)[:]"

enum wh_bool_test {
    WH_IS_TRUE = 0,
    WH_IS_NOT_TRUE,
    WH_IS_FALSE,
    WH_IS_NOT_FALSE,
    WH_IS_UNKNOWN,
    WH_IS_NOT_UNKNOWN
};

/** One term; lives in the arena it was parsed into. */
struct wh_ast {
    enum wh_ast_kind kind;
    bool flag;
    enum wh_bool_test test;
    uint32_t offset; /* of its first, or its most telling, byte in the expression's text */
    struct wh_str text;
    struct wh_type type;
    struct wh_ast **items;
    size_t count;
};

/**
 * Parses @p text with PostgreSQL's grammar as the one result of a SELECT that has nothing else.
 * Needs a deep stack for deeply nested terms: see wh_deep_call(). Errors carry their place.
 */
WH_MUST_CHECK wh_code wh_ast_parse(const struct wh_expr_text *text, struct wh_arena *arena,
                                   struct wh_ast **ret, struct wh_error *err);

/** Fills @p err with a message and the place of byte @p offset of @p text: line and column of the
 *  migration file, or, where the text has no place there, its character. Returns @p code. */
wh_code wh_expr_refuse(const struct wh_expr_text *text, size_t offset, struct wh_error *err,
                       wh_code code, const char *format, ...) WH_PRINTF(5, 6);

/** Runs @p function on a thread of its own with a stack of 64 MiB and waits for it. */
WH_MUST_CHECK wh_code wh_deep_call(wh_code (*function)(void *ctx), void *ctx, struct wh_error *err);

#endif
