/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/sqlite/writer.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/size.h"
#include "connect/sqlite/failure.h"
#include "connect/sqlite/unmet.h"
#include "connect/sqlite/writer_sql.h"
#include "data/datetime.h"

/* ---- what is asked for ----------------------------------------------------------------------- */

static wh_code check_request(const struct wh_writer_request *request,
                             const struct wh_table_info *table, struct wh_error *err)
{
    WH_TRY(wh_writer_check_columns(request, table, err));
    if (wh_writer_matches_key(request, table))
        return WH_OK;
    return wh_error_set(err, WH_INVALID,
                        "the match columns are no key of table '%.*s': make them its primary key "
                        "or a UNIQUE index, or match by one that is",
                        WH_FMT(table->name));
}

/* ---- opening --------------------------------------------------------------------------------- */

static wh_code make_room(struct wh_writer *writer, const struct wh_writer_request *request,
                         struct wh_error *err)
{
    struct wh_arena *arena = &writer->arena;
    size_t count = request->column_count;
    size_t updates;
    if (!wh_size_mul(count, WH_SQLITE_UPDATES, &updates))
        return wh_error_no_memory(err, SIZE_MAX);
    writer->storages = wh_arena_array(arena, count, sizeof(*writer->storages));
    writer->columns = wh_arena_array(arena, count, sizeof(*writer->columns));
    writer->is_match = wh_arena_array(arena, count, sizeof(*writer->is_match));
    writer->is_insert_only = wh_arena_array(arena, count, sizeof(*writer->is_insert_only));
    writer->match = wh_arena_array(arena, request->match_count, sizeof(*writer->match));
    writer->rooms = wh_arena_array(arena, count, 2 * (size_t)WH_DATETIME_SIZE);
    writer->lookup_rooms = wh_arena_array(arena, request->match_count,
                                          (size_t)WH_SQLITE_LOOKUP_SLOTS * WH_DATETIME_SIZE);
    writer->changed = wh_arena_array(arena, count, sizeof(*writer->changed));
    bool *sets = wh_arena_array(arena, updates, sizeof(*sets));
    if (writer->storages == NULL || writer->columns == NULL || writer->is_match == NULL ||
        writer->is_insert_only == NULL || writer->match == NULL || writer->rooms == NULL ||
        writer->changed == NULL || writer->lookup_rooms == NULL || sets == NULL)
        return wh_error_no_memory(err, count * sizeof(*writer->storages));
    for (size_t i = 0; i < WH_SQLITE_UPDATES; i++)
        writer->updates[i].is_set = sets + i * count;
    return WH_OK;
}

static void copy_request(struct wh_writer *writer, const struct wh_writer_request *request)
{
    writer->column_count = request->column_count;
    writer->match_count = request->match_count;
    for (size_t i = 0; i < request->column_count; i++) {
        size_t column = request->columns[i];
        writer->columns[i] = column;
        writer->is_insert_only[i] = request->insert_only != NULL && request->insert_only[i];
        writer->storages[i] =
            wh_sqlite_storage_make(writer->table.info.columns[column].type,
                                   writer->table.affinities[column], writer->destination->is_utf16);
    }
    for (size_t i = 0; i < request->match_count; i++) {
        writer->match[i] = request->match[i];
        writer->is_match[request->match[i]] = true;
    }
    writer->is_row_number =
        request->match_count == 1 && writer->columns[writer->match[0]] == writer->table.row_number;
}

/**
 * Rows may go together where that changes nothing but the price. A trigger may ignore one of them
 * (how many were written is then all one knows), and a foreign key within the table, checked when
 * the statement ends, would let a row stand before the one it refers to.
 */
static wh_code prepare_together(struct wh_writer *writer, struct wh_error *err)
{
    size_t size = (size_t)WH_SQLITE_TOGETHER * WH_DATETIME_SIZE;
    if (writer->table.info.has_triggers || writer->table.references_itself ||
        writer->column_count > WH_SQLITE_TOGETHER_COLUMNS)
        return WH_OK;
    writer->insert_rooms = wh_arena_array(&writer->arena, writer->column_count, size);
    if (writer->insert_rooms == NULL)
        return wh_error_no_memory(err, writer->column_count * size);
    return WH_OK;
}

static wh_code set_up(struct wh_writer *writer, const struct wh_writer_request *request,
                      struct wh_error *err)
{
    WH_TRY(wh_sqlite_table_read(writer->destination, request->table, &writer->arena, &writer->table,
                                err));
    WH_TRY(check_request(request, &writer->table.info, err));
    WH_TRY(make_room(writer, request, err));
    copy_request(writer, request);
    return prepare_together(writer, err);
}

wh_code wh_sqlite_writer_open(struct wh_destination *destination,
                              const struct wh_writer_request *request, struct wh_writer **ret,
                              struct wh_error *err)
{
    struct wh_writer *writer = calloc(1, sizeof(*writer));
    if (writer == NULL)
        return wh_error_no_memory(err, sizeof(*writer));
    wh_arena_init(&writer->arena);
    writer->destination = destination;
    wh_code rc = set_up(writer, request, err);
    if (rc != WH_OK) {
        wh_sqlite_writer_close(writer);
        return rc;
    }
    *ret = writer;
    return WH_OK;
}

void wh_sqlite_writer_close(struct wh_writer *writer)
{
    if (writer == NULL)
        return;
    sqlite3_finalize(writer->insert);
    sqlite3_finalize(writer->insert_together);
    sqlite3_finalize(writer->remove);
    sqlite3_finalize(writer->lookup);
    sqlite3_finalize(writer->scan);
    sqlite3_finalize(writer->probe);
    sqlite3_finalize(writer->probe_before);
    sqlite3_finalize(writer->put_aside);
    sqlite3_finalize(writer->place);
    for (size_t i = 0; writer->rivals != NULL && i < writer->table.info.key_count; i++)
        sqlite3_finalize(writer->rivals[i]);
    for (size_t i = 0; i < WH_SQLITE_UPDATES; i++)
        sqlite3_finalize(writer->updates[i].statement);
    wh_sqlite_references_close(writer->references);
    wh_arena_release(&writer->arena);
    free(writer);
}

size_t wh_sqlite_writer_column(const struct wh_writer *writer, size_t table_column)
{
    for (size_t i = 0; i < writer->column_count; i++)
        if (writer->columns[i] == table_column)
            return i;
    return SIZE_MAX;
}

/* ---- questions ------------------------------------------------------------------------------- */

wh_code wh_sqlite_is_empty(struct wh_writer *writer, bool *ret, struct wh_error *err)
{
    sqlite3_stmt *query WH_CLEANUP(wh_sqlite_statement_release) = NULL;
    WH_TRY(wh_sqlite_writer_need(writer, WH_SQLITE_IS_EMPTY, &query, err));
    int rc = sqlite3_step(query);
    if (rc != SQLITE_ROW)
        return wh_sqlite_failure(writer->destination->db, rc, err, "table '%.*s'",
                                 WH_FMT(writer->table.info.name));
    *ret = sqlite3_column_int(query, 0) != 0;
    return WH_OK;
}

wh_code wh_sqlite_writer_check(struct wh_writer *writer, size_t column,
                               const struct wh_column *values, const struct wh_selection *selection,
                               uint8_t *faults, struct wh_error *err)
{
    WH_ASSERT(column < writer->column_count, err);
    wh_sqlite_check(&writer->storages[column], values, selection, faults);
    return WH_OK;
}
