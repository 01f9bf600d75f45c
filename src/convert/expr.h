/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Expressions: PostgreSQL's SQL expression language, compiled once to a typed program over columns.
 *
 * Compiling parses with PostgreSQL's own grammar (libpg_query), resolves names and types by
 * PostgreSQL's rules and refuses, by name and position, what is not supported. Evaluating runs
 * kernels over the selected rows of a batch; what is wrong with a value becomes a fault of its row.
 * CASE, COALESCE, AND, OR narrow the selection: an untaken branch cannot fault.
 *
 * Threads: compile on one planning thread. A program is immutable after that and may be evaluated
 * by many threads, each with its own struct wh_eval.
 */
#ifndef WH_CONVERT_EXPR_H
#define WH_CONVERT_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/arena.h"
#include "base/cancel.h"
#include "base/str.h"
#include "data/column.h"
#include "data/fault.h"

/** A column that an expression may name. Names are borrowed for the time of compiling. */
struct wh_input_column {
    struct wh_str name;
    struct wh_type type;
};

/** What expressions may refer to. Unqualified names only; matched exactly as written in quotes, or
 *  folded to lower case unquoted, as PostgreSQL does; an unquoted name that matches exactly one
 *  column when case is ignored is taken too (file headers are seldom lower case). */
struct wh_scope {
    const struct wh_input_column *columns;
    size_t column_count;
    bool allow_volatile; /* now(), current_timestamp …: only in { insert: … } */
};

/** A compiled expression; lives in the arena it was compiled into. */
struct wh_program;

/**
 * Compiles @p text into @p arena. @p line and @p column are where the text starts in the migration
 * file (0: nowhere); errors carry the place of the offending token. WH_INVALID for syntax, unknown
 * names and types that do not fit; WH_UNSUPPORTED for what PostgreSQL has and wherry has not.
 */
struct wh_expr_text {
    struct wh_str text;
    uint32_t line;
    uint32_t column;
    bool is_quoted; /* in the migration file: those quotes were YAML's */
};
WH_MUST_CHECK wh_code wh_expr_compile(struct wh_expr_text text, const struct wh_scope *scope,
                                      struct wh_arena *arena, struct wh_program **ret,
                                      struct wh_error *err);

/** A program that gives the same text (a YAML literal) or NULL for every row; its type is TEXT. */
WH_MUST_CHECK wh_code wh_expr_literal(struct wh_str text, bool is_null, struct wh_arena *arena,
                                      struct wh_program **ret, struct wh_error *err);

/** A program that gives input column @p index of @p scope unchanged. */
WH_MUST_CHECK wh_code wh_expr_column(size_t index, const struct wh_scope *scope,
                                     struct wh_arena *arena, struct wh_program **ret,
                                     struct wh_error *err);

struct wh_type wh_program_type(const struct wh_program *program);

/** Which columns of the scope the program reads: calls for each index once, ascending. */
void wh_program_inputs(const struct wh_program *program, void (*visit)(void *ctx, size_t index),
                       void *ctx);

/** The index of the column where the program is nothing but that column; SIZE_MAX otherwise. */
size_t wh_program_plain_column(const struct wh_program *program);

/** True where the program reads exactly one column and only parses, prints or casts it. */
bool wh_program_is_cast_of(const struct wh_program *program, size_t *ret_index);

/** True where it also gives values that differ for values that differ, or faults.
 *  False does not mean the contrary. */
bool wh_program_tells_apart(const struct wh_program *program, size_t *ret_index);

/** A column compared with a constant. */
struct wh_comparison {
    size_t column;             /* of the scope */
    const char *operator_name; /* = <> < <= > >= ; of texts only = */
    struct wh_str value;       /* canonical text; not NULL */
};

/** The comparisons that a condition is, all of which are to hold; none where it is something else,
 *  or could fault. Whole numbers and texts only. In @p arena. */
WH_MUST_CHECK wh_code wh_program_comparisons(const struct wh_program *program,
                                             struct wh_arena *arena, struct wh_comparison **ret,
                                             size_t *ret_count, struct wh_error *err);

/** Wraps @p program so that its result is assigned to a destination column of type @p type: text is
 *  parsed as that type does, and what would be lost is a fault (TOO_LONG, RANGE, SCALE, INEXACT …).
 *  WH_INVALID where PostgreSQL has no assignment cast between the types. */
WH_MUST_CHECK wh_code wh_expr_assign(struct wh_program *program, struct wh_type type,
                                     struct wh_arena *arena, struct wh_program **ret,
                                     struct wh_error *err);

/** Wraps @p program so that its result is boolean (WH_INVALID where it is another type). */
WH_MUST_CHECK wh_code wh_expr_require_bool(const struct wh_program *program, struct wh_error *err);

/** The faults of one evaluation: for each row the first fault and the node that raised it. */
struct wh_faults {
    uint8_t *codes;  /* enum wh_fault, one a row of the batch; all zero before */
    uint16_t *nodes; /* the node of the program that raised it */
    size_t count;    /* rows with a fault */
};

/** A thread's room for evaluating: registers and scratch, used again and again. */
struct wh_eval;
wh_code wh_eval_new(struct wh_eval **ret, struct wh_error *err) WH_MUST_CHECK;
void wh_eval_free(struct wh_eval *eval);

/** Time that now() means: set once a run; microseconds since 2000-01-01 UTC. */
void wh_eval_set_now(struct wh_eval *eval, int64_t now);

/** A flag that ends evaluations with WH_CANCELLED, between two values; borrowed, NULL: none. */
void wh_eval_set_cancel(struct wh_eval *eval, const struct wh_cancel *cancel);

/**
 * Evaluates @p program for the rows of @p selection; @p columns are the scope's, in its order
 * (those that the program does not read may be uninitialised). The result's memory is @p arena or
 * the inputs' own; rows outside the selection, and rows with a fault, hold anything (faulted ones
 * are NULL). @p faults->count grows by the rows that faulted; codes of other rows are not touched.
 * Fails only for memory, and where it is cancelled.
 */
struct wh_eval_request {
    const struct wh_program *program;
    const struct wh_column *columns;
    const struct wh_selection *selection;
    size_t row_count; /* rows of the batch; selection rows are below it */
    struct wh_arena *arena;
};
WH_MUST_CHECK wh_code wh_eval_run(struct wh_eval *eval, const struct wh_eval_request *request,
                                  struct wh_column *result, struct wh_faults *faults,
                                  struct wh_error *err);

/** Seconds of processor time that wh_eval_run() took so far. */
double wh_eval_seconds(const struct wh_eval *eval);

/**
 * The message for the fault of @p row of the evaluation just run: what is wrong with which value,
 * e.g. "'31/02/2020' is not a date: day out of range (to_date)". Into @p arena.
 */
WH_MUST_CHECK wh_code wh_eval_describe(struct wh_eval *eval, const struct wh_eval_request *request,
                                       const struct wh_faults *faults, size_t row,
                                       struct wh_str *ret, struct wh_error *err);

/**
 * Evaluates one expression on one row and appends a line for every node to @p out: the node's text,
 * its inputs and its result. For --trace.
 */
struct wh_buf;
WH_MUST_CHECK wh_code wh_eval_trace(struct wh_eval *eval, const struct wh_eval_request *request,
                                    struct wh_buf *out, struct wh_error *err);

/** A version of all conversions: raised when any expression could give another value than before.
 *  Part of an item type's fingerprint. */
#define WH_CONVERSION_VERSION 1

#endif
