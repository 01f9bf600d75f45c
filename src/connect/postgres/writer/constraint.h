/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A constraint of the writer's table, made into a question: which of these rows would break it?
 *
 * The server is asked in its own words (pg_get_expr, pg_get_indexdef), so that expressions, partial
 * indexes, collations and operators mean what they mean when a row goes in.
 */
#ifndef WH_CONNECT_POSTGRES_WRITER_CONSTRAINT_H
#define WH_CONNECT_POSTGRES_WRITER_CONSTRAINT_H

#include "connect/postgres/writer/writer.h"

/** More columns than an index or a foreign key has (INDEX_MAX_KEYS);
 *  a CHECK of more is not asked about. */
#define WH_POSTGRES_CONSTRAINT_COLUMNS 32

enum wh_postgres_constraint_kind {
    WH_POSTGRES_NO_CONSTRAINT = 0, /* none that there are questions for */
    WH_POSTGRES_CHECK,
    /* A unique index, of expressions or partial, too: a row that came before has the value … */
    WH_POSTGRES_REPEATED,
    WH_POSTGRES_UNIQUE,   /* … or one that is in the table */
    WH_POSTGRES_CLASHING, /* likewise, of rows that are in the table themselves */
    /* An exclusion constraint: something in the table stands against the row … */
    WH_POSTGRES_EXCLUDED,
    WH_POSTGRES_OVERLAPPING, /* … or a row that came before … */
    WH_POSTGRES_CONFLICTING, /* … or, of rows that are in the table themselves, another one */
    WH_POSTGRES_FOREIGN_KEY
};

struct wh_postgres_constraint {
    enum wh_postgres_constraint_kind kind;
    struct wh_str name;
    bool cannot;                                    /* be asked about: nothing else is known */
    bool is_full;                                   /* FOREIGN KEY … MATCH FULL */
    bool is_partial;                                /* an index that not all rows are in */
    size_t columns[WH_POSTGRES_CONSTRAINT_COLUMNS]; /* of the writer, whose values it looks at */
    size_t column_count;
    bool is_to_itself; /* a foreign key to the writer's own table … */
    /* … and what each of its columns refers to; none where not all of that is written. */
    size_t keys[WH_POSTGRES_CONSTRAINT_COLUMNS];
    size_t key_count;
    /* SQL that is given an array of each of these columns. Of rows it tells the places, from 1, of
     * those that would break the constraint, or do; beside an OVERLAPPING row perhaps those of the
     * first and the last row before it that stand against it, in the order of the rows. Of the keys
     * of a foreign key, none of them with a NULL, those that nothing has. */
    struct wh_str question;
};

/** The kind that @p sqlstate says was broken, and the one that it may have been as well. */
enum wh_postgres_constraint_kind wh_postgres_constraint_kind_of(const char *sqlstate);
enum wh_postgres_constraint_kind
wh_postgres_constraint_other(enum wh_postgres_constraint_kind kind);

/**
 * Reads the constraint that an error named: of the writer's table, or of a partition of it that has
 * it from there; where the error's table is not known, of the writer's. *ret, in the writer's arena, has no more than its name where rows cannot be asked
 * about: it looks at columns that the writer does not write, is the writer's own match, or takes
 * NULLs for equal.
 */
WH_MUST_CHECK wh_code wh_postgres_constraint_read(struct wh_writer *writer,
                                                  const struct wh_postgres_broken *broken,
                                                  enum wh_postgres_constraint_kind kind,
                                                  struct wh_postgres_constraint **ret,
                                                  struct wh_error *err);

/** Rows that a constraint is asked about. */
struct wh_postgres_asked {
    const struct wh_postgres_constraint *constraint;
    const struct wh_column *columns; /* the writer's */
    struct wh_selection rows;
};

/**
 * Asks the server, under a savepoint. *ret, which the caller clears, is NULL where it does not
 * answer, for whatever reason: there are other ways to find bad rows.
 */
WH_MUST_CHECK wh_code wh_postgres_constraint_ask(struct wh_writer *writer,
                                                 const struct wh_postgres_asked *asked,
                                                 PGresult **ret, struct wh_error *err);

/** Which of the @p count rows that were asked about stands in @p field of an answer's row. */
WH_MUST_CHECK wh_code wh_postgres_constraint_answer(const PGresult *answer, int at, int field,
                                                    size_t count, size_t *ret,
                                                    struct wh_error *err);

/** MATCH FULL takes all or nothing: true where some of the row's values are NULL. */
bool wh_postgres_constraint_is_mixed(const struct wh_postgres_constraint *constraint,
                                     const struct wh_column *columns, size_t row);

/** The form in which a column's values are hashed: integers are the same in columns of any size. */
enum wh_postgres_form wh_postgres_constraint_form(const struct wh_writer *writer, size_t column);

/** The hash of the row's values in the writer's columns @p of; 0 where one is NULL,
 *  or they are too long. */
uint64_t wh_postgres_constraint_hash(const struct wh_writer *writer, const size_t *of, size_t count,
                                     const struct wh_column *columns, size_t row);

#endif
