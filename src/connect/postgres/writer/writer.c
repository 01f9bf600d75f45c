/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/writer/writer.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "connect/postgres/wire.h"
#include "connect/postgres/writer/check_characters.h"
#include "connect/postgres/writer/check_text.h"
#include "connect/postgres/writer/deferred.h"
#include "connect/postgres/writer/doubt.h"

#define MAX_ROWS_SIZE ((size_t)1 << 31)

/* ---- what is asked for ----------------------------------------------------------------------- */

static wh_code check_request(const struct wh_writer_request *request,
                             const struct wh_table_info *table, struct wh_error *err)
{
    WH_TRY(wh_writer_check_columns(request, table, err));
    if (wh_writer_matches_key(request, table))
        return WH_OK;
    return wh_error_set(err, WH_INVALID,
                        "the match columns are no key of table '%.*s': make them its primary key "
                        "or a UNIQUE index that is not deferrable, or match by one that is",
                        WH_FMT(table->name));
}

/* ---- opening --------------------------------------------------------------------------------- */

static wh_code make_room(struct wh_writer *writer, const struct wh_writer_request *request,
                         struct wh_error *err)
{
    struct wh_arena *arena = &writer->arena;
    size_t count = request->column_count;
    writer->kinds = wh_arena_array(arena, count, sizeof(*writer->kinds));
    writer->copy_in_forms = wh_arena_array(arena, count, sizeof(*writer->copy_in_forms));
    writer->columns = wh_arena_array(arena, count, sizeof(*writer->columns));
    writer->is_match = wh_arena_array(arena, count, sizeof(*writer->is_match));
    writer->is_insert_only = wh_arena_array(arena, count, sizeof(*writer->is_insert_only));
    writer->is_changed = wh_arena_array(arena, count, sizeof(*writer->is_changed));
    writer->match = wh_arena_array(arena, request->match_count, sizeof(*writer->match));
    writer->starts = wh_arena_array(arena, WH_INSERT_ROWS + 1, sizeof(*writer->starts));
    writer->places = wh_arena_array(arena, WH_INSERT_ROWS, sizeof(*writer->places));
    writer->is_as = wh_arena_array(arena, WH_INSERT_ROWS, sizeof(*writer->is_as));
    writer->together = WH_INSERT_ROWS;
    if (writer->kinds == NULL || writer->copy_in_forms == NULL || writer->columns == NULL ||
        writer->is_match == NULL || writer->is_insert_only == NULL || writer->is_changed == NULL ||
        writer->match == NULL || writer->starts == NULL || writer->places == NULL ||
        writer->is_as == NULL)
        return wh_error_no_memory(err, count * sizeof(*writer->kinds));
    return wh_postgres_arrays_init(&writer->arrays, 2 * count + 1, arena, err);
}

static void copy_request(struct wh_writer *writer, const struct wh_writer_request *request)
{
    writer->column_count = request->column_count;
    writer->match_count = request->match_count;
    for (size_t i = 0; i < request->column_count; i++) {
        writer->columns[i] = request->columns[i];
        writer->kinds[i] = &writer->table.columns[request->columns[i]];
        writer->copy_in_forms[i] = wh_postgres_copy_in_form(&writer->kinds[i]->reading);
        writer->copies_text |= !writer->kinds[i]->is_readable;
        writer->is_insert_only[i] = request->insert_only != NULL && request->insert_only[i];
    }
    for (size_t i = 0; i < request->match_count; i++) {
        writer->match[i] = request->match[i];
        writer->is_match[request->match[i]] = true;
    }
}

static wh_code set_up(struct wh_writer *writer, const struct wh_writer_request *request,
                      struct wh_error *err)
{
    WH_TRY(wh_postgres_table_read(writer->destination, request->table, &writer->arena,
                                  &writer->table, err));
    WH_TRY(check_request(request, &writer->table.info, err));
    WH_TRY(make_room(writer, request, err));
    copy_request(writer, request);
    return WH_OK;
}

wh_code wh_postgres_writer_open(struct wh_destination *destination,
                                const struct wh_writer_request *request, struct wh_writer **ret,
                                struct wh_error *err)
{
    struct wh_writer *writer = calloc(1, sizeof(*writer));
    if (writer == NULL)
        return wh_error_no_memory(err, sizeof(*writer));
    wh_arena_init(&writer->arena);
    wh_buf_init(&writer->rows, MAX_ROWS_SIZE);
    writer->destination = destination;
    writer->session = destination->session;
    wh_code rc = set_up(writer, request, err);
    if (rc != WH_OK) {
        wh_postgres_writer_close(writer);
        return rc;
    }
    *ret = writer;
    return WH_OK;
}

void wh_postgres_writer_close(struct wh_writer *writer)
{
    if (writer == NULL)
        return;
    bool is_prepared = writer->session == writer->destination->session;
    for (size_t i = 0; i < WH_POSTGRES_STATEMENTS && is_prepared; i++) {
        char sql[WH_POSTGRES_NAME_SIZE + 16];
        if (writer->names[i][0] == '\0')
            continue;
        snprintf(sql, sizeof(sql), "DEALLOCATE %s", writer->names[i]);
        WH_IGNORE(wh_postgres_run(writer->destination, sql, NULL),
                  "in a failed transaction it stays until the connection ends");
    }
    wh_postgres_arrays_release(&writer->arrays);
    wh_postgres_doubts_free(writer->doubts);
    wh_postgres_deferred_free(writer->deferred);
    wh_buf_release(&writer->rows);
    wh_arena_release(&writer->arena);
    free(writer);
}

/* ---- questions ------------------------------------------------------------------------------- */

wh_code wh_postgres_is_empty(struct wh_writer *writer, bool *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    struct wh_str sql;
    wh_arena_init(&scratch);
    WH_TRY(wh_arena_format(&scratch, &sql, err, "SELECT NOT EXISTS (SELECT 1 FROM %.*s)",
                           WH_FMT(writer->table.sql_name)));
    WH_TRY(wh_postgres_query(writer->destination, sql.ptr, NULL, 0, &rows, err));
    *ret = wh_postgres_is_true_at(rows, 0, 0);
    return WH_OK;
}

static enum wh_fault check_uuid(struct wh_str text)
{
    char lower[36];
    if (wh_postgres_uuid_is_canonical(text))
        return WH_FAULT_NONE;
    if (text.len != sizeof(lower))
        return WH_FAULT_SYNTAX;
    for (size_t i = 0; i < sizeof(lower); i++)
        lower[i] = text.ptr[i] >= 'A' && text.ptr[i] <= 'F' ? (char)(text.ptr[i] - 'A' + 'a')
                                                            : text.ptr[i];
    return wh_postgres_uuid_is_canonical(wh_str_make(lower, sizeof(lower))) ? WH_FAULT_INEXACT
                                                                            : WH_FAULT_SYNTAX;
}

/** Parts of a second that the column does not keep would be rounded away. */
static enum wh_fault check_second(const struct wh_postgres_column *kind, int64_t microseconds)
{
    int64_t unit = 1;
    for (int i = wh_postgres_second_digits(kind->type.modifier & 0xffff); i < 6; i++)
        unit *= 10;
    if (microseconds == WH_TIMESTAMP_INFINITY || microseconds == WH_TIMESTAMP_MINUS_INFINITY)
        return WH_FAULT_NONE;
    return microseconds % unit == 0 ? WH_FAULT_NONE : WH_FAULT_INEXACT;
}

static enum wh_fault check_value(const struct wh_postgres_column *kind,
                                 const struct wh_column *values, size_t row)
{
    if (kind->reading.form == WH_FORM_UUID)
        return check_uuid(values->values.texts[row]);
    if (kind->reading.form == WH_FORM_INTERVAL)
        return check_second(kind, values->values.intervals[row].microseconds);
    return check_second(kind, values->values.ints[row]);
}

wh_code wh_postgres_writer_check(struct wh_writer *writer, size_t column,
                                 const struct wh_column *values,
                                 const struct wh_selection *selection, uint8_t *faults,
                                 struct wh_error *err)
{
    WH_ASSERT(column < writer->column_count, err);
    const struct wh_postgres_column *kind = writer->kinds[column];
    if (wh_postgres_may_lack(writer->destination, kind))
        WH_TRY(wh_postgres_check_characters(writer, column, values, selection, faults, err));
    if (kind->reading.is_exact)
        return WH_OK;
    if (!kind->is_readable)
        return wh_postgres_check_texts(writer, column, values, selection, faults, err);
    for (size_t i = 0; i < selection->count; i++) {
        size_t row = selection->rows[i];
        if (!wh_column_is_null(values, row))
            faults[row] = (uint8_t)check_value(kind, values, row);
    }
    return WH_OK;
}

wh_code wh_postgres_add_array(struct wh_writer *writer, const struct wh_column *columns,
                              size_t column, const struct wh_selection *rows, struct wh_error *err)
{
    const struct wh_postgres_column *kind = writer->kinds[column];
    struct wh_postgres_array array = {.type = kind->is_readable ? kind->type.oid : WH_OID_TEXT,
                                      .form = kind->reading.form,
                                      .column = &columns[column],
                                      .rows = rows->rows,
                                      .count = rows->count};
    return wh_postgres_arrays_add(&writer->arrays, &array, err);
}
