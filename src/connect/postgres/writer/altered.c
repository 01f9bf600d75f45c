/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/writer/altered.h"

#include <stdio.h>

#include "base/error.h"
#include "connect/postgres/wire.h"
#include "connect/postgres/writer/sql.h"
#include "data/fault.h"

static wh_code find_in_slice(struct wh_writer *writer, const struct wh_column *columns,
                             const struct wh_selection *rows, uint8_t *is_as, struct wh_error *err)
{
    PGresult *found WH_CLEANUP(wh_postgres_result_release) = NULL;
    wh_postgres_arrays_reset(&writer->arrays);
    for (size_t i = 0; i < writer->column_count; i++)
        if (wh_postgres_is_compared(writer, i))
            WH_TRY(wh_postgres_add_array(writer, columns, i, rows, err));
    struct wh_postgres_params params = wh_postgres_arrays_params(&writer->arrays);
    WH_TRY(wh_postgres_run_prepared(writer->destination, writer->names[WH_POSTGRES_WRITTEN],
                                    &params, &found, err));
    for (int i = 0; i < PQntuples(found); i++) {
        int64_t place = 0;
        WH_TRY(wh_postgres_read_int(WH_OID_INT8, wh_postgres_text_at(found, i, 0), &place, err));
        WH_ASSERT(place >= 1 && (size_t)place <= rows->count, err);
        is_as[place - 1] = 1;
    }
    return WH_OK;
}

wh_code wh_postgres_find_as(struct wh_writer *writer, const struct wh_column *columns,
                            const struct wh_selection *rows, uint8_t *is_as, struct wh_error *err)
{
    WH_TRY(wh_postgres_writer_need(writer, WH_POSTGRES_WRITTEN, err));
    memset(is_as, 0, rows->count);
    for (size_t at = 0; at < rows->count; at += WH_BATCH_ROWS) {
        struct wh_selection slice = {.rows = rows->rows + at,
                                     .count = WH_MIN(rows->count - at, (size_t)WH_BATCH_ROWS)};
        WH_TRY(find_in_slice(writer, columns, &slice, is_as + at, err));
    }
    return WH_OK;
}

wh_code wh_postgres_refuse_altered(const struct wh_writer *writer, bool is_ignored,
                                   struct wh_error *err)
{
    struct wh_str name = writer->table.info.name;
    if (is_ignored)
        wh_error_set(err, WH_REFUSED, "a trigger of table '%.*s' ignored the row", WH_FMT(name));
    else
        wh_error_set(err, WH_REFUSED,
                     "a trigger of table '%.*s' altered the row that was written; map what the "
                     "trigger makes of it, or leave the column to the trigger",
                     WH_FMT(name));
    if (err != NULL) {
        err->retry = WH_RETRY_ITEM;
        snprintf(err->sqlstate, sizeof(err->sqlstate), "%s",
                 is_ignored ? "P0001" : wh_fault_sqlstate(WH_FAULT_INEXACT));
    }
    return WH_REFUSED;
}
