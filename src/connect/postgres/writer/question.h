/* SPDX-License-Identifier: Apache-2.0 */
/** The text of a question about rows (constraint.h),
 *  made of what the catalogue says of a constraint. */
#ifndef WH_CONNECT_POSTGRES_WRITER_QUESTION_H
#define WH_CONNECT_POSTGRES_WRITER_QUESTION_H

#include "connect/postgres/writer/constraint.h"

/** A text of the catalogue's, and what goes with it. */
struct wh_postgres_part {
    struct wh_str text;
    struct wh_str more;
};

/** What a constraint consists of; borrowed from the result. */
struct wh_postgres_parts {
    struct wh_postgres_part columns[WH_POSTGRES_CONSTRAINT_COLUMNS];
    /* what is unique, referred to or to hold */
    struct wh_postgres_part keys[WH_POSTGRES_CONSTRAINT_COLUMNS];
    size_t column_count;
    size_t key_count;
    /* Of an exclusion constraint, for each key: by what it stands against another one, and whether
     * that says that they are "equal", or that as a "range" they overlap. Others, without a text,
     * are keys that are to be equal. */
    struct wh_postgres_part operators[WH_POSTGRES_CONSTRAINT_COLUMNS];
    size_t operator_count;
    struct wh_str own[WH_POSTGRES_CONSTRAINT_COLUMNS]; /* of a foreign key to the table itself */
    size_t own_count;
    struct wh_postgres_part table; /* of a foreign key */
    struct wh_str predicate;
    bool has_expressions;
    /* UNIQUE NULLS NOT DISTINCT; keys[].more is "not null" where that is known */
    bool nulls_are_equal;
};

/** False where there is no question for rows to be asked about. */
bool wh_postgres_question_can(const struct wh_postgres_parts *parts,
                              enum wh_postgres_constraint_kind kind);

/** Writes the constraint's question, by its kind, in the arena. Its columns are found:
 *  one for each of the parts'. */
WH_MUST_CHECK wh_code wh_postgres_question_write(const struct wh_writer *writer,
                                                 const struct wh_postgres_parts *parts,
                                                 struct wh_postgres_constraint *constraint,
                                                 struct wh_arena *arena, struct wh_error *err);

#endif
