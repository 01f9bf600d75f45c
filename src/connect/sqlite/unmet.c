/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/sqlite/unmet.h"

#include <stdio.h>

#include "base/error.h"
#include "connect/sqlite/failure.h"
#include "connect/sqlite/update.h"
#include "connect/sqlite/writer_sql.h"
#include "data/datetime.h"

/* Foreign keys of a table and to it that are read; a schema with more is hostile. */
#define MAX_REFERENCES 4096

struct wh_sqlite_references {
    struct wh_sqlite_reference *items;
    size_t count;
    sqlite3_stmt *take_out;
};

void wh_sqlite_references_close(struct wh_sqlite_references *references)
{
    if (references == NULL)
        return;
    for (size_t i = 0; i < references->count; i++)
        sqlite3_finalize(references->items[i].query);
    sqlite3_finalize(references->take_out);
}

wh_code wh_sqlite_is_unmet(struct wh_destination *destination, bool *ret, struct wh_error *err)
{
    int current = 0;
    int highest = 0;
    WH_ASSERT(wh_sqlite_is_in_transaction(destination), err);
    int rc =
        sqlite3_db_status(destination->db, SQLITE_DBSTATUS_DEFERRED_FKS, &current, &highest, 0);
    if (rc != SQLITE_OK)
        return wh_sqlite_failure(destination->db, rc, err, "what its foreign keys wait for");
    *ret = current != 0;
    return WH_OK;
}

/* ---- reading the schema ---------------------------------------------------------------------- */

/* One row a column of a foreign key, its first column first. */
enum { KEY_INWARD, KEY_TABLE, KEY_PLACE, KEY_FROM, KEY_TO, KEY_COUNT };

/* Of the keys of table KEYS; one without names of columns is to the primary key. */
#define REFERENCES_OF(keys)                                                                        \
    "f.seq, f.\"from\", coalesce(f.\"to\", (SELECT t.name FROM pragma_table_info(f.\"table\") AS " \
    "t "                                                                                           \
    "WHERE t.pk = f.seq + 1)), (SELECT count(*) FROM pragma_foreign_key_list(" keys                \
    ", 'main') AS g WHERE g.id = f.id), f.id "

static const char references_sql[] = "SELECT 0, f.\"table\", " REFERENCES_OF(
    "?1") "FROM pragma_foreign_key_list(?1, 'main') AS f "
          "UNION ALL SELECT 1, m.name, " REFERENCES_OF(
              "m.name") "FROM sqlite_schema AS m, pragma_foreign_key_list(m.name, 'main') AS f "
                        "WHERE m.type = 'table' AND f.\"table\" = ?1 COLLATE NOCASE ORDER BY 1, 2, "
                        "7, 3";

static wh_code copy_text(struct wh_writer *writer, sqlite3_stmt *query, int column,
                         struct wh_str *ret, struct wh_error *err)
{
    const char *text = (const char *)sqlite3_column_text(query, column);
    return wh_arena_copy(&writer->arena, wh_str_from(text != NULL ? text : ""), ret, err);
}

/** The writer's column of that name, SIZE_MAX where it writes none. */
static size_t find_column(const struct wh_writer *writer, struct wh_str name)
{
    for (size_t i = 0; i < writer->column_count; i++)
        if (wh_str_equal_ascii_fold(writer->table.info.columns[writer->columns[i]].name, name))
            return i;
    return SIZE_MAX;
}

static wh_code open_reference(struct wh_writer *writer, sqlite3_stmt *query,
                              struct wh_sqlite_reference *reference, struct wh_error *err)
{
    size_t most = WH_MAX((size_t)sqlite3_column_int64(query, KEY_COUNT), 1);
    reference->is_inward = sqlite3_column_int(query, KEY_INWARD) != 0;
    reference->from = wh_arena_array(&writer->arena, most, sizeof(*reference->from));
    reference->to = wh_arena_array(&writer->arena, most, sizeof(*reference->to));
    reference->own = wh_arena_array(&writer->arena, most, sizeof(*reference->own));
    if (reference->from == NULL || reference->to == NULL || reference->own == NULL)
        return wh_error_no_memory(err, most * sizeof(*reference->from));
    return copy_text(writer, query, KEY_TABLE, &reference->table, err);
}

static wh_code add_column(struct wh_writer *writer, sqlite3_stmt *query, struct wh_error *err)
{
    struct wh_sqlite_references *references = writer->references;
    if (sqlite3_column_int(query, KEY_PLACE) == 0) {
        if (references->count == MAX_REFERENCES)
            return wh_error_set(err, WH_LIMIT, "more than %d foreign keys of and to '%.*s'",
                                MAX_REFERENCES, WH_FMT(writer->table.info.name));
        WH_TRY(open_reference(writer, query, &references->items[references->count++], err));
    }
    struct wh_sqlite_reference *reference = &references->items[references->count - 1];
    size_t at = reference->count++;
    WH_TRY(copy_text(writer, query, KEY_FROM, &reference->from[at], err));
    WH_TRY(copy_text(writer, query, KEY_TO, &reference->to[at], err));
    reference->own[at] =
        find_column(writer, reference->is_inward ? reference->to[at] : reference->from[at]);
    return WH_OK;
}

static wh_code need_references(struct wh_writer *writer, struct wh_error *err)
{
    sqlite3_stmt *query WH_CLEANUP(wh_sqlite_statement_release) = NULL;
    if (writer->references != NULL)
        return WH_OK;
    writer->references = WH_ARENA_NEW(&writer->arena, struct wh_sqlite_references);
    if (writer->references == NULL)
        return wh_error_no_memory(err, sizeof(*writer->references));
    writer->references->items =
        wh_arena_array(&writer->arena, MAX_REFERENCES, sizeof(*writer->references->items));
    if (writer->references->items == NULL)
        return wh_error_no_memory(err, MAX_REFERENCES * sizeof(*writer->references->items));
    WH_TRY(wh_sqlite_compile_with(writer->destination, references_sql, writer->table.info.name,
                                  &query, err));
    int rc;
    while ((rc = sqlite3_step(query)) == SQLITE_ROW)
        WH_TRY(add_column(writer, query, err));
    return rc == SQLITE_DONE
               ? WH_OK
               : wh_sqlite_failure(writer->destination->db, rc, err, "foreign keys of '%.*s'",
                                   WH_FMT(writer->table.info.name));
}

/* ---- which references a write can break ------------------------------------------------------ */

/** One row that was written. */
struct written {
    struct wh_writer *writer;
    const struct wh_write_request *request;
    size_t row;
    const bool *changed; /* by the writer's columns; NULL: it is not an update */
    struct wh_error *err;
};

static bool touches(const struct written *written, const struct wh_sqlite_reference *reference)
{
    for (size_t i = 0; i < reference->count; i++)
        if (reference->own[i] != SIZE_MAX && written->changed[reference->own[i]])
            return true;
    return false;
}

/** True where all that an inward reference is made of was read before. */
static bool is_written(const struct wh_sqlite_reference *reference)
{
    for (size_t i = 0; i < reference->count; i++)
        if (reference->own[i] == SIZE_MAX)
            return false;
    return true;
}

static bool can_break(const struct written *written, const struct wh_sqlite_reference *reference)
{
    if (reference->is_inward && !is_written(reference))
        return false;
    switch (written->request->kind) {
    case WH_WRITE_INSERT:
        return !reference->is_inward;
    case WH_WRITE_UPDATE:
        return touches(written, reference);
    case WH_WRITE_DELETE:
        break;
    }
    return reference->is_inward;
}

/* ---- looking --------------------------------------------------------------------------------- */

static int bind_match(const struct written *written, sqlite3_stmt *query)
{
    const struct wh_writer *writer = written->writer;
    int rc = SQLITE_OK;
    for (size_t i = 0; i < writer->match_count && rc == SQLITE_OK; i++) {
        size_t column = writer->match[i];
        struct wh_sqlite_parameter parameter = {.stmt = query,
                                                .index = (int)column + 1,
                                                .room =
                                                    writer->rooms + column * 2 * WH_DATETIME_SIZE};
        rc = wh_sqlite_bind(&writer->storages[column], &parameter,
                            &written->request->columns[column], written->row);
    }
    return rc;
}

static int bind_before(const struct written *written, const struct wh_sqlite_reference *reference)
{
    const struct wh_writer *writer = written->writer;
    const struct wh_found found = {.odd = written->request->odd,
                                   .odd_count = written->request->odd_count};
    int rc = SQLITE_OK;
    for (size_t i = 0; i < reference->count && rc == SQLITE_OK; i++) {
        size_t column = reference->own[i];
        struct wh_sqlite_parameter parameter = {.stmt = reference->query,
                                                .index = (int)i + 1,
                                                .room = writer->rooms +
                                                        (column * 2 + 1) * WH_DATETIME_SIZE};
        const struct wh_odd_value *odd = wh_found_odd(&found, written->row, column);
        rc = odd != NULL ? wh_sqlite_bind_odd(reference->query, parameter.index, odd)
                         : wh_sqlite_bind(&writer->storages[column], &parameter,
                                          &written->request->before[column], written->row);
    }
    return rc;
}

/** Whether the query, bound with result @p bound, gives a row. */
static wh_code ask(const struct written *written, sqlite3_stmt *query, int bound, bool *ret)
{
    int rc = bound == SQLITE_OK ? sqlite3_step(query) : bound;
    wh_code code = WH_OK;
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        code = wh_sqlite_failure(written->writer->destination->db, rc, written->err,
                                 "looking for what a foreign key refers to");
    *ret = rc == SQLITE_ROW;
    sqlite3_reset(query);
    return code;
}

/** The other table of a reference, which may be the writer's own: wh_sqlite_refers_to tells its
 *  callers by what name. A foreign key may spell it otherwise. */
static struct wh_str other_table(const struct written *written,
                                 const struct wh_sqlite_reference *reference)
{
    struct wh_str own = written->writer->table.info.name;
    return wh_str_equal_ascii_fold(reference->table, own) ? own : reference->table;
}

static wh_code say_broken(const struct written *written,
                          const struct wh_sqlite_reference *reference)
{
    const char *more = reference->count > 1 ? ", …" : "";
    if (reference->is_inward)
        wh_error_set(written->err, WH_REFUSED,
                     "FOREIGN KEY constraint failed: rows of '%.*s' refer to it ('%.*s'%s)",
                     WH_FMT(reference->table), WH_FMT(reference->from[0]), more);
    else
        wh_error_set(written->err, WH_REFUSED,
                     "FOREIGN KEY constraint failed: '%.*s'%s refers to a row of '%.*s' that is "
                     "not there",
                     WH_FMT(reference->from[0]), more, WH_FMT(reference->table));
    if (written->err != NULL) {
        written->err->retry = WH_RETRY_ITEM;
        written->err->vendor_code = SQLITE_CONSTRAINT_FOREIGNKEY;
        snprintf(written->err->sqlstate, sizeof(written->err->sqlstate), "23503");
    }
    wh_error_blame(written->err, other_table(written, reference), reference->from[0]);
    return WH_REFUSED;
}

/** Takes a new row out that cannot stay; what keeps it there keeps the rows that refer to it. */
static wh_code take_out(const struct written *written)
{
    struct wh_writer *writer = written->writer;
    sqlite3_stmt **query = &writer->references->take_out;
    bool unused;
    WH_TRY(wh_sqlite_writer_need(writer, WH_SQLITE_TAKE_OUT, query, written->err));
    struct written quietly = *written;
    quietly.err = NULL;
    WH_IGNORE(ask(&quietly, *query, bind_match(written, *query), &unused),
              "the transaction is rolled back, and what is left is found then");
    return WH_OK;
}

static wh_code look_at_reference(const struct written *written,
                                 struct wh_sqlite_reference *reference)
{
    struct wh_writer *writer = written->writer;
    bool is_broken = false;
    if (!can_break(written, reference))
        return WH_OK;
    if (reference->query == NULL)
        WH_TRY(wh_sqlite_writer_compile_broken(writer, reference, &reference->query, written->err));
    int bound = reference->is_inward ? bind_before(written, reference)
                                     : bind_match(written, reference->query);
    WH_TRY(ask(written, reference->query, bound, &is_broken));
    if (!is_broken)
        return WH_OK;
    if (written->request->kind == WH_WRITE_INSERT && writer->table.references_itself &&
        !writer->table.info.has_triggers)
        WH_TRY(take_out(written));
    return say_broken(written, reference);
}

static wh_code look_at_row(struct written *written)
{
    struct wh_writer *writer = written->writer;
    if (written->request->kind == WH_WRITE_UPDATE)
        written->changed = wh_sqlite_update_changes(writer, written->request, written->row);
    for (size_t i = 0; i < writer->references->count; i++)
        WH_TRY(look_at_reference(written, &writer->references->items[i]));
    return WH_OK;
}

wh_code wh_sqlite_find_unmet(struct wh_writer *writer, struct wh_write_request *request,
                             struct wh_error *err)
{
    struct written written = {.writer = writer, .request = request, .err = err};
    request->stopped_at = 0;
    WH_ASSERT(wh_sqlite_is_in_transaction(writer->destination), err);
    WH_TRY(need_references(writer, err));
    while (request->stopped_at < request->selection->count) {
        if (wh_cancel_asked(writer->destination->cancel, WH_CANCEL_NOW))
            return wh_error_cancelled(err);
        written.row = request->selection->rows[request->stopped_at++];
        wh_code rc = look_at_row(&written);
        if (rc == WH_REFUSED)
            request->results[written.row] = WH_ROW_REFUSED;
        WH_TRY(rc);
    }
    return WH_OK;
}
