/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/writer/marks.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/error.h"
#include "connect/postgres/identity.h"
#include "data/hash.h"
#include "data/text.h"

/* A version of so many transactions ago is not looked at: half of those that 32 bits tell apart. */
#define OLDEST (INT64_C(1) << 31)

#define MAX_MARK 1024

/* ---- what a mark is good for ----------------------------------------------------------------- */

/** Types beside those with a form of their own whose values a row holds whole. What others print
 *  may depend on what stands elsewhere: a label that was renamed, a table that an oid means
 *  (regclass), the money of a place. */
static const Oid whole_types[] = {
    142,  650,  774,  829,  869,  1266, 1560, 1562, 3802, /* xml, addresses, timetz, bits, jsonb */
    1000, 1005, 1007, 1009, 1015, 1016, 1021, 1022, 1115, /* arrays of types with a form … */
    1182, 1185, 1231, 2951, 3807,                         /* … and of jsonb */
    3904, 3906, 3908, 3910, 3912, 3926                    /* ranges */
};

static bool is_whole(const struct wh_postgres_column *kind)
{
    if (kind->is_readable)
        return kind->type.kind == 'b';
    for (size_t i = 0; i < WH_COUNT_OF(whole_types); i++)
        if (whole_types[i] == kind->type.oid)
            return true;
    return false;
}

static bool can_have_marks(const struct wh_writer *writer)
{
    bool are_whole = writer->table.tells_versions;
    for (size_t i = 0; i < writer->column_count; i++)
        are_whole = are_whole && is_whole(writer->kinds[i]);
    return are_whole;
}

/** Where the writer's columns stand in a row, and what they are, in the writer's order. */
static wh_code hash_columns(const struct wh_writer *writer, uint64_t *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf text;
    wh_buf_init(&text, SIZE_MAX);
    for (size_t i = 0; i < writer->column_count; i++) {
        const struct wh_postgres_column *kind = writer->kinds[i];
        WH_TRY(wh_buf_printf(&text, err, "%d %u %d,", kind->number, kind->type.oid,
                             kind->type.modifier));
    }
    *ret = wh_hash_bytes(wh_buf_str(&text), 0);
    return WH_OK;
}

/** "" where there are no marks. */
static wh_code need_scope(struct wh_writer *writer, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    struct wh_str system = WH_STR_NONE;
    uint64_t columns = 0;
    wh_arena_init(&scratch);
    if (writer->mark_scope.ptr != NULL)
        return WH_OK;
    if (can_have_marks(writer))
        WH_TRY(wh_postgres_system(writer->destination, &scratch, &system, err));
    if (system.ptr == NULL) {
        writer->mark_scope = WH_STR("");
        return WH_OK;
    }
    wh_str_split(&system, ' '); /* "postgresql SYSTEM/DATABASE" */
    WH_TRY(hash_columns(writer, &columns, err));
    return wh_arena_format(&writer->arena, &writer->mark_scope, err, "%.*s/%u/%016" PRIx64,
                           WH_FMT(system), writer->table.oid, columns);
}

static wh_code ask_number(struct wh_writer *writer, const char *sql, int64_t *ret,
                          struct wh_error *err)
{
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    WH_TRY(wh_postgres_query(writer->destination, sql, NULL, 0, &rows, err));
    *ret = wh_postgres_number_at(rows, 0, 0);
    return WH_OK;
}

/* ---- making ---------------------------------------------------------------------------------- */

/* Whoever changes that takes a lock which a transaction that wrote the table's rows keeps
 * from him until it ends. */
static const char alone_sql[] =
    "SELECT NOT c.relhasrules AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_trigger t "
    "WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled <> 'D') "
    "AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint k "
    "WHERE k.contype = 'f' AND k.confrelid = c.oid "
    "AND (k.confupdtype NOT IN ('a', 'r') OR k.confdeltype NOT IN ('a', 'r'))) "
    "FROM pg_catalog.pg_class c WHERE c.oid = $1::oid";

/** Whether nothing else was written by reason of the rows that the open transaction wrote:
 *  no trigger's function saw them, and no other table's rows, and what these may set off
 *  in turn, go with them. */
static wh_code wrote_alone(const struct wh_writer *writer, bool *ret, struct wh_error *err)
{
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    WH_TRY(wh_postgres_ask_about(writer->destination, WH_POSTGRES_ALONE, alone_sql,
                                 writer->table.oid, &rows, err));
    *ret = PQntuples(rows) == 1 && wh_postgres_is_true_at(rows, 0, 0);
    return WH_OK;
}

/** Any transaction's number will do that came before those whose versions are told, and 2^32 of
 *  them are not made while a writer is open. */
static wh_code need_base(struct wh_writer *writer, struct wh_error *err)
{
    if (writer->mark_base != 0)
        return WH_OK;
    return ask_number(writer, "SELECT pg_catalog.txid_current()", &writer->mark_base, err);
}

wh_code wh_postgres_mark(struct wh_writer *writer, const int64_t *versions, size_t count,
                         struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf mark;
    bool is_alone = false;
    wh_buf_init(&mark, MAX_MARK);
    *ret = WH_STR_NONE;
    WH_TRY(need_scope(writer, err));
    if (writer->mark_scope.len == 0 || count == 0)
        return WH_OK;
    WH_TRY(wrote_alone(writer, &is_alone, err));
    if (!is_alone)
        return WH_OK;
    WH_TRY(need_base(writer, err));
    WH_TRY(wh_buf_append_str(&mark, writer->mark_scope, err));
    for (size_t i = 0; i < count; i++) {
        uint32_t since = (uint32_t)versions[i] - (uint32_t)writer->mark_base;
        WH_TRY(wh_buf_printf(&mark, err, " %" PRIi64, writer->mark_base + since));
    }
    return wh_arena_copy(arena, wh_buf_str(&mark), ret, err);
}

/* ---- recalling ------------------------------------------------------------------------------- */

size_t wh_postgres_read_mark(struct wh_str mark, struct wh_str scope, int64_t next,
                             int64_t versions[WH_MARK_VERSIONS])
{
    size_t count = 0;
    if (!wh_str_equal(wh_str_split(&mark, ' '), scope))
        return 0;
    for (size_t i = 0; i < WH_MARK_VERSIONS && mark.len > 0; i++) {
        int64_t number = 0;
        if (wh_int_parse(wh_str_split(&mark, ' '), &number) != WH_FAULT_NONE)
            break;
        if (number > 0 && number < next && next - number < OLDEST)
            versions[count++] = (uint32_t)number;
    }
    return count;
}

static int compare_versions(const void *a, const void *b)
{
    const int64_t *left = a;
    const int64_t *right = b;
    return (*left > *right) - (*left < *right);
}

wh_code wh_postgres_recall(struct wh_writer *writer, const struct wh_str *marks, size_t count,
                           struct wh_arena *arena, int64_t **ret, size_t *ret_count,
                           struct wh_error *err)
{
    int64_t next = 0; /* the number of the next transaction, or about that */
    *ret = NULL;
    *ret_count = 0;
    WH_TRY(need_scope(writer, err));
    if (writer->mark_scope.len == 0 || count == 0)
        return WH_OK;
    WH_TRY(ask_number(writer,
                      "SELECT pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot())",
                      &next, err));
    int64_t *versions = wh_arena_array(arena, count, WH_MARK_VERSIONS * sizeof(*versions));
    if (versions == NULL)
        return wh_error_no_memory(err, count * WH_MARK_VERSIONS * sizeof(*versions));
    for (size_t i = 0; i < count; i++)
        *ret_count +=
            wh_postgres_read_mark(marks[i], writer->mark_scope, next, &versions[*ret_count]);
    qsort(versions, *ret_count, sizeof(*versions), compare_versions);
    *ret = versions;
    return WH_OK;
}
