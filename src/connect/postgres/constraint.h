/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A constraint of the writer's table, made into a question: which of these rows would break it?
 *
 * The server is asked in its own words (pg_get_expr, pg_get_indexdef), so that expressions, partial indexes,
 * collations and operators mean what they mean when a row goes in.
 */
#ifndef WH_CONNECT_POSTGRES_CONSTRAINT_H
#define WH_CONNECT_POSTGRES_CONSTRAINT_H

#include "connect/postgres/writer.h"

/** More columns than an index or a foreign key has (INDEX_MAX_KEYS); a CHECK of more is not asked about. */
#define WH_POSTGRES_CONSTRAINT_COLUMNS 32

enum wh_postgres_constraint_kind {
    WH_POSTGRES_NO_CONSTRAINT = 0, /* none that there are questions for */
    WH_POSTGRES_CHECK,
    WH_POSTGRES_REPEATED, /* a unique index, of expressions or partial, too: a row that came before has the value … */
    WH_POSTGRES_UNIQUE, /* … or one that is in the table */
    WH_POSTGRES_FOREIGN_KEY
};

struct wh_postgres_constraint {
    enum wh_postgres_constraint_kind kind;
    struct wh_str name;
    bool is_full;                                   /* FOREIGN KEY … MATCH FULL */
    size_t columns[WH_POSTGRES_CONSTRAINT_COLUMNS]; /* of the writer, whose values it looks at */
    size_t column_count;
    /* SQL that is given an array of each of these columns. Of rows it tells the places, from 1, of those that
     * would break the constraint. Of the keys of a foreign key, none of them with a NULL, those that nothing has. */
    struct wh_str question;
};

/** The kind that @p sqlstate says was broken, and the one that it may have been as well. */
enum wh_postgres_constraint_kind wh_postgres_constraint_kind_of(const char *sqlstate);
enum wh_postgres_constraint_kind
wh_postgres_constraint_other(enum wh_postgres_constraint_kind kind);

/**
 * Reads the constraint that an error named: of the writer's table, or of a partition of it that has it from
 * there. *ret, which has kind and name, is filled in the writer's arena. False in *ret_can where rows cannot be
 * asked about: it looks at columns that the writer does not write, is the writer's own match, or takes NULLs for equal.
 */
WH_MUST_CHECK wh_code wh_postgres_constraint_read(struct wh_writer *writer,
                                                  const struct wh_postgres_broken *broken,
                                                  struct wh_postgres_constraint *ret, bool *ret_can,
                                                  struct wh_error *err);

#endif
