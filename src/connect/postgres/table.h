/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Tables: found by name and described, made, counted.
 *
 * A name is written as the table is called, without quotes: first it is looked for on the
 * search path as it is, then, where it has a point, as SCHEMA.TABLE. Ordinary and partitioned
 * tables are described; keys are the primary key and unique indexes over columns that are
 * enforced at once and over all rows.
 */
#ifndef WH_CONNECT_POSTGRES_TABLE_H
#define WH_CONNECT_POSTGRES_TABLE_H

#include "connect/destination.h"
#include "connect/postgres/running.h"
#include "connect/postgres/type.h"

/** What writing and reading a column takes, beside struct wh_column_info. */
struct wh_postgres_column {
    int16_t number; /* pg_attribute.attnum: where its values stand in a row, for good */
    struct wh_postgres_type type;
    struct wh_postgres_reading reading;
    struct wh_str sql_type; /* quoted, with its schema, without modifiers; domains: what is below */
    struct wh_str output;   /* the function that prints its values, quoted, with its schema */
    /* Of a table: with its length or scale; of a domain, the type below it. */
    struct wh_str declared;
    bool is_filled;   /* its own NOT NULL holds for all rows; that of a domain lets some NULLs by */
    bool is_array;    /* of a table, domains over one too */
    bool is_readable; /* false: no form of its own, its values travel as their text */
};

/** True for texts in a database that does not have all characters. */
static inline bool wh_postgres_may_lack(const struct wh_destination *destination,
                                        const struct wh_postgres_column *column)
{
    return destination->repertoire != NULL && column->reading.type.kind == WH_KIND_TEXT &&
           column->reading.form == WH_FORM_BYTES;
}

/** Anything that rows can be read from, as the catalogue has it. */
struct wh_postgres_relation {
    Oid oid;
    char kind;              /* pg_class.relkind: r table, p partitioned, v view … */
    struct wh_str sql_name; /* quoted, with its schema */
    struct wh_str relation; /* the name alone, as errors tell it */
    struct wh_str name;     /* for people: with its schema where the search path does not have it */
    struct wh_str schema;   /* quoted */
    struct wh_str role;     /* who asks */
    struct wh_str sql_role; /* quoted */
    struct wh_str triggers; /* those that fire, by name: "a, b"; "": none */
    /* Those that rewrite INSERT, UPDATE or DELETE: "DISABLE RULE a, …"; "": none. */
    struct wh_str disable_rules;
    bool has_children; /* other tables' rows are read with its own (inheritance, partitions) */
    bool has_policy;   /* row security hides rows from the role */
    bool refers_to_itself;
    bool is_heap; /* its rows tell which transaction wrote them */
    bool may_use_schema;
    bool may_select; /* some column at least */
    bool may_insert;
};

struct wh_postgres_table {
    struct wh_table_info info;
    struct wh_postgres_column *columns; /* one a column of info */
    struct wh_str sql_name;             /* quoted, with its schema */
    struct wh_str relation;             /* the name alone, as errors tell it */
    Oid oid;
    bool refers_to_itself; /* by a foreign key */
    bool tells_versions;   /* of two versions of a row xmin is never the same */
};

/** Finds a table or view by name, whoever may read it; everything in @p arena. WH_INVALID where
 *  there is none; the error tells a near name. */
WH_MUST_CHECK wh_code wh_postgres_relation_find(struct wh_destination *destination,
                                                struct wh_str name, struct wh_arena *arena,
                                                struct wh_postgres_relation *ret,
                                                struct wh_error *err);

/** Where a table that a name alone means may be. */
enum wh_postgres_reach { WH_POSTGRES_ON_SEARCH_PATH = 1, WH_POSTGRES_ANYWHERE };

/** After WH_INVALID in *err for want of a table: WH_UNREACHABLE (WH_TABLE_IS_HIDDEN), with the
 *  GRANT, where one of that name is in a schema that the role may not use; else all stays. */
WH_MUST_CHECK wh_code wh_postgres_say_hidden(struct wh_destination *destination, struct wh_str name,
                                             enum wh_postgres_reach reach, struct wh_error *err);

/** Its columns and keys. */
WH_MUST_CHECK wh_code wh_postgres_relation_read(struct wh_destination *destination,
                                                const struct wh_postgres_relation *relation,
                                                struct wh_arena *arena,
                                                struct wh_postgres_table *ret,
                                                struct wh_error *err);

/** WH_INVALID where there is no such table; WH_UNSUPPORTED for what is no table that rows are kept
 *  in, and under row security; WH_UNREACHABLE where the role may not read or add rows. */
WH_MUST_CHECK wh_code wh_postgres_table_read(struct wh_destination *destination, struct wh_str name,
                                             struct wh_arena *arena, struct wh_postgres_table *ret,
                                             struct wh_error *err);

wh_code wh_postgres_describe(struct wh_destination *destination, struct wh_str table,
                             struct wh_arena *arena, struct wh_table_info *ret,
                             struct wh_error *err);
wh_code wh_postgres_create(struct wh_destination *destination, const struct wh_table_info *table,
                           bool run, struct wh_arena *arena, struct wh_str *ret,
                           struct wh_error *err);
wh_code wh_postgres_count(struct wh_destination *destination, struct wh_str table, uint64_t at_most,
                          uint64_t *ret, struct wh_error *err);
wh_code wh_postgres_delete_reaches(struct wh_destination *destination, struct wh_str table,
                                   struct wh_arena *arena, struct wh_str *ret,
                                   struct wh_error *err);

wh_code wh_postgres_refers_to(struct wh_destination *destination, struct wh_str table,
                              struct wh_arena *arena, struct wh_references *ret,
                              struct wh_error *err);

wh_code wh_postgres_analyze(struct wh_destination *destination, struct wh_str table,
                            struct wh_arena *arena, struct wh_str *ret_why_not,
                            struct wh_error *err);

#endif
