/* SPDX-License-Identifier: Apache-2.0 */
/* Reading rows by their match. */
#include "base/error.h"
#include "connect/postgres/wire.h"
#include "connect/postgres/writer_sql.h"

struct fetching {
    struct wh_writer *writer;
    const struct wh_selection *selection;
    struct wh_arena *arena;
    struct wh_found *found;
    struct wh_error *err;
};

/** Room for every row up to the last one selected. */
static wh_code make_room(struct fetching *fetching)
{
    struct wh_writer *writer = fetching->writer;
    const struct wh_selection *selection = fetching->selection;
    struct wh_found *found = fetching->found;
    size_t rows = selection->count > 0 ? (size_t)selection->rows[selection->count - 1] + 1 : 0;
    *found = (struct wh_found){.odd = NULL};
    found->is_there = wh_arena_array(fetching->arena, rows, sizeof(*found->is_there));
    found->columns = wh_arena_array(fetching->arena, writer->column_count, sizeof(*found->columns));
    if (found->is_there == NULL || found->columns == NULL)
        return wh_error_no_memory(fetching->err, rows);
    for (size_t i = 0; i < writer->column_count; i++)
        WH_TRY(wh_column_init(&found->columns[i], writer->kinds[i]->reading.type, rows,
                              fetching->arena, fetching->err));
    return WH_OK;
}

/** The place in the arrays that a result's row belongs to, as a row of the batch. */
static wh_code read_place(const struct fetching *fetching, const PGresult *rows, int at,
                          size_t *ret)
{
    int64_t place = 0;
    WH_TRY(
        wh_postgres_read_int(WH_OID_INT8, wh_postgres_text_at(rows, at, 0), &place, fetching->err));
    WH_ASSERT(place >= 1 && (size_t)place <= fetching->selection->count, fetching->err);
    *ret = fetching->selection->rows[place - 1];
    return WH_OK;
}

/** Reads one column of all rows of the result. */
static wh_code read_column(struct fetching *fetching, const PGresult *rows, size_t column)
{
    struct wh_column *values = &fetching->found->columns[column];
    enum wh_postgres_form form = fetching->writer->kinds[column]->reading.form;
    for (int i = 0; i < PQntuples(rows); i++) {
        size_t row;
        WH_TRY(read_place(fetching, rows, i, &row));
        struct wh_str bytes = wh_postgres_text_at(rows, i, (int)column + 1);
        if (bytes.ptr != NULL) {
            WH_TRY(
                wh_postgres_read_field(form, bytes, fetching->arena, values, row, fetching->err));
            continue;
        }
        WH_TRY(wh_column_need_validity(values, fetching->arena, fetching->err));
        wh_column_set_null(values, row);
    }
    return WH_OK;
}

wh_code wh_postgres_fetch(struct wh_writer *writer, const struct wh_column *columns,
                          const struct wh_selection *selection, struct wh_arena *arena,
                          struct wh_found *found, struct wh_error *err)
{
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    struct fetching fetching = {
        .writer = writer, .selection = selection, .arena = arena, .found = found, .err = err};
    WH_ASSERT(selection->count <= WH_BATCH_ROWS, err);
    WH_TRY(make_room(&fetching));
    if (selection->count == 0)
        return WH_OK;
    WH_TRY(wh_postgres_writer_need(writer, WH_POSTGRES_FETCH, err));
    wh_postgres_arrays_reset(&writer->arrays);
    for (size_t i = 0; i < writer->column_count; i++)
        if (writer->is_match[i])
            WH_TRY(wh_postgres_add_array(writer, columns, i, selection, err));
    struct wh_postgres_params params = wh_postgres_arrays_params(&writer->arrays);
    WH_TRY(wh_postgres_run_prepared(writer->destination, writer->names[WH_POSTGRES_FETCH], &params,
                                    &rows, err));
    for (int i = 0; i < PQntuples(rows); i++) {
        size_t row;
        WH_TRY(read_place(&fetching, rows, i, &row));
        found->is_there[row] = WH_FOUND_ROW;
    }
    for (size_t i = 0; i < writer->column_count; i++)
        WH_TRY(read_column(&fetching, rows, i));
    return WH_OK;
}
