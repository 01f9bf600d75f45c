/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/marks.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/error.h"
#include "connect/postgres/identity.h"
#include "data/hash.h"
#include "data/text.h"

/* The first OID that an object of a user's may have (FirstNormalObjectId). */
#define FIRST_USER_OID 16384

/* A version of so many transactions ago is not looked at: half of those that 32 bits tell apart. */
#define OLDEST (INT64_C(1) << 31)

#define MAX_MARK 1024

/* ---- what a mark is good for ---------------------------------------------------------------------- */

static bool has_marks(const struct wh_writer *writer)
{
    bool are_fixed = writer->table.tells_versions && !writer->table.refers_to_itself;
    for (size_t i = 0; i < writer->column_count; i++)
        are_fixed = are_fixed && writer->kinds[i]->type.oid < FIRST_USER_OID;
    return are_fixed;
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
    if (has_marks(writer))
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

/* ---- making --------------------------------------------------------------------------------------- */

/** Any transaction's number will do that came before those whose versions are told, and 2^32 of them are not made while
 *  a writer is open. */
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
    wh_buf_init(&mark, MAX_MARK);
    *ret = WH_STR_NONE;
    WH_TRY(need_scope(writer, err));
    if (writer->mark_scope.len == 0 || count == 0)
        return WH_OK;
    WH_TRY(need_base(writer, err));
    WH_TRY(wh_buf_append_str(&mark, writer->mark_scope, err));
    for (size_t i = 0; i < count; i++) {
        uint32_t since = (uint32_t)versions[i] - (uint32_t)writer->mark_base;
        WH_TRY(wh_buf_printf(&mark, err, " %" PRIi64, writer->mark_base + since));
    }
    return wh_arena_copy(arena, wh_buf_str(&mark), ret, err);
}

/* ---- recalling ------------------------------------------------------------------------------------ */

struct recalling {
    int64_t next; /* the number of the next transaction, or about that */
    int64_t *versions;
    size_t count;
};

static void recall_mark(struct recalling *recalling, struct wh_str numbers)
{
    for (size_t i = 0; i < WH_MARK_VERSIONS && numbers.len > 0; i++) {
        int64_t number = 0;
        if (wh_int_parse(wh_str_split(&numbers, ' '), &number) != WH_FAULT_NONE)
            return;
        if (number > 0 && number < recalling->next && recalling->next - number < OLDEST)
            recalling->versions[recalling->count++] = (uint32_t)number;
    }
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
    struct recalling recalling = {.count = 0};
    *ret = NULL;
    *ret_count = 0;
    WH_TRY(need_scope(writer, err));
    if (writer->mark_scope.len == 0 || count == 0)
        return WH_OK;
    WH_TRY(ask_number(writer,
                      "SELECT pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot())",
                      &recalling.next, err));
    recalling.versions =
        wh_arena_array(arena, count, WH_MARK_VERSIONS * sizeof(*recalling.versions));
    if (recalling.versions == NULL)
        return wh_error_no_memory(err, count * sizeof(*recalling.versions));
    for (size_t i = 0; i < count; i++) {
        struct wh_str numbers = marks[i];
        if (wh_str_equal(wh_str_split(&numbers, ' '), writer->mark_scope))
            recall_mark(&recalling, numbers);
    }
    qsort(recalling.versions, recalling.count, sizeof(*recalling.versions), compare_versions);
    *ret = recalling.versions;
    *ret_count = recalling.count;
    return WH_OK;
}
