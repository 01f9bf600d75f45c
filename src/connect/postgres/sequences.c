/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/sequences.h"

#include "base/error.h"
#include "connect/postgres/running.h"
#include "connect/postgres/table.h"

/* Sequences that a column owns (serial, identity), and those that its default draws from; what
 * setval needs is told before. */
static const char find_sql[] =
    "SELECT pg_catalog.quote_ident(a.attname), pg_catalog.format('%I.%I', n.nspname, s.relname), "
    "pg_catalog.has_sequence_privilege(s.oid, 'SELECT') "
    "AND pg_catalog.has_sequence_privilege(s.oid, 'UPDATE'), q.seqincrement > 0, q.seqmin, "
    "q.seqmax, a.attname, s.oid FROM (SELECT d.refobjsubid AS number, d.objid AS sequence "
    "FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass "
    "AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = "
    "$1::pg_catalog.oid "
    "AND d.deptype IN ('a', 'i') UNION SELECT f.adnum, d.refobjid FROM pg_catalog.pg_attrdef f "
    "JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass "
    "AND d.objid = f.oid AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass "
    "WHERE f.adrelid = $1::pg_catalog.oid) AS used "
    "JOIN pg_catalog.pg_class s ON s.oid = used.sequence AND s.relkind = 'S' "
    "JOIN pg_catalog.pg_sequence q ON q.seqrelid = s.oid "
    "JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace "
    "JOIN pg_catalog.pg_attribute a ON a.attrelid = $1::pg_catalog.oid AND a.attnum = used.number "
    "JOIN pg_catalog.pg_type t ON t.oid = a.atttypid WHERE CASE t.typtype WHEN 'd' THEN "
    "t.typbasetype "
    "ELSE t.oid END IN (20, 21, 23, 1700) ORDER BY a.attnum, s.oid"; /* whole numbers, numeric */

enum {
    FIND_COLUMN,
    FIND_SEQUENCE,
    FIND_MAY_SET,
    FIND_ASCENDS,
    FIND_MIN,
    FIND_MAX,
    FIND_NAME,
    FIND_OID
};

struct advancing {
    struct wh_destination *destination;
    const struct wh_postgres_relation *table;
    const PGresult *found;
    struct wh_arena *arena;
    struct wh_str *told; /* so far */
    struct wh_error *err;
};

static const char *value_of(const struct advancing *advancing, int row, int column)
{
    return PQgetvalue(advancing->found, row, column);
}

static bool is_written(const struct wh_advance *request, struct wh_str column)
{
    for (size_t i = 0; i < request->column_count; i++)
        if (wh_str_equal(request->columns[i], column))
            return true;
    return false;
}

static wh_code tell(const struct advancing *advancing, struct wh_str words)
{
    return wh_arena_format(advancing->arena, advancing->told, advancing->err, "%.*s%s%.*s",
                           WH_FMT(*advancing->told), advancing->told->len > 0 ? "; " : "",
                           WH_FMT(words));
}

/** Sets one sequence to the last number in its column, where it stands before that. */
static wh_code advance(const struct advancing *advancing, int row)
{
    PGresult *set WH_CLEANUP(wh_postgres_result_release) = NULL;
    const char *sequence = value_of(advancing, row, FIND_SEQUENCE);
    bool ascends = value_of(advancing, row, FIND_ASCENDS)[0] == 't';
    struct wh_str sql;
    WH_TRY(wh_arena_format(
        advancing->arena, &sql, advancing->err,
        "SELECT pg_catalog.setval(%s::pg_catalog.regclass, k.last::pg_catalog.int8) "
        "FROM (SELECT pg_catalog.%s(%s)::pg_catalog.numeric AS last FROM %.*s) AS k, %s AS s "
        "WHERE k.last BETWEEN %s AND %s "
        "AND (k.last %s s.last_value OR (k.last = s.last_value AND NOT s.is_called))",
        value_of(advancing, row, FIND_OID), ascends ? "max" : "min",
        value_of(advancing, row, FIND_COLUMN), WH_FMT(advancing->table->sql_name), sequence,
        value_of(advancing, row, FIND_MIN), value_of(advancing, row, FIND_MAX),
        ascends ? ">" : "<"));
    WH_TRY(wh_postgres_query(advancing->destination, sql.ptr, NULL, 0, &set, advancing->err));
    if (PQntuples(set) == 0)
        return WH_OK;
    struct wh_str words;
    WH_TRY(wh_arena_format(advancing->arena, &words, advancing->err, "%s goes on behind %s",
                           value_of(advancing, row, FIND_NAME), PQgetvalue(set, 0, 0)));
    return tell(advancing, words);
}

static wh_code refuse(const struct advancing *advancing, int row)
{
    struct wh_str words;
    const char *sequence = value_of(advancing, row, FIND_SEQUENCE);
    WH_TRY(
        wh_arena_format(advancing->arena, &words, advancing->err,
                        "%s does not go on behind its last number, since role '%.*s' may not set "
                        "the sequence: GRANT SELECT, UPDATE ON SEQUENCE %s TO %.*s, and run again",
                        value_of(advancing, row, FIND_NAME), WH_FMT(advancing->table->role),
                        sequence, WH_FMT(advancing->table->sql_role)));
    return tell(advancing, words);
}

wh_code wh_postgres_advance(struct wh_destination *destination, const struct wh_advance *request,
                            struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    PGresult *found WH_CLEANUP(wh_postgres_result_release) = NULL;
    struct wh_postgres_relation table;
    *ret = WH_STR_NONE;
    WH_TRY(wh_postgres_relation_find(destination, request->table, arena, &table, err));
    WH_TRY(wh_postgres_ask_about(destination, WH_POSTGRES_SEQUENCES, find_sql, table.oid, &found,
                                 err));
    struct advancing advancing = {.destination = destination,
                                  .table = &table,
                                  .found = found,
                                  .arena = arena,
                                  .told = ret,
                                  .err = err};
    for (int i = 0; i < PQntuples(found); i++) {
        if (!is_written(request, wh_postgres_text_at(found, i, FIND_NAME)))
            continue;
        bool may_set = value_of(&advancing, i, FIND_MAY_SET)[0] == 't';
        WH_TRY(may_set ? advance(&advancing, i) : refuse(&advancing, i));
    }
    return WH_OK;
}
