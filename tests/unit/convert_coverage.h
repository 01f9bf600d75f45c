/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Which functions, operators and casts the cases of expressions ask for. What the tables of
 * src/convert have and no case asks for over columns is told.
 *
 * A function is asked for where a compiled expression calls it, each row of the tables for itself;
 * a cast, where it casts a column or what is made of columns from the one type to the other; an
 * operator between two types, where a case is nothing but two columns of these types and the
 * operator: `a + b`. So what becomes another type by itself is asked for, too.
 */
#ifndef CONVERT_COVERAGE_H
#define CONVERT_COVERAGE_H

#include "convert/expr.h"

struct coverage;

struct coverage *coverage_new(void);
void coverage_free(struct coverage *coverage);

/** A case; one of wherry's own counts for functions that PostgreSQL has not. */
struct coverage_case {
    struct wh_str expression;
    const struct wh_scope *scope;
    const struct wh_program *program; /* that it was compiled to */
    bool is_own;
};
void coverage_add(struct coverage *coverage, const struct coverage_case *asked);

/** Prints what no case asks for; returns how many there are. */
size_t coverage_report(const struct coverage *coverage);

#endif
