/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/writer/altered.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/error.h"
#include "connect/postgres/wire.h"
#include "connect/postgres/writer/sql.h"
#include "data/fault.h"

/** Runs a statement that is given the columns that are compared. */
static wh_code ask(struct wh_writer *writer, enum wh_postgres_writer_statement which,
                   const struct wh_column *columns, const struct wh_selection *rows, PGresult **ret,
                   struct wh_error *err)
{
    WH_TRY(wh_postgres_writer_need(writer, which, err));
    wh_postgres_arrays_reset(&writer->arrays);
    for (size_t i = 0; i < writer->column_count; i++)
        if (wh_postgres_is_compared(writer, i))
            WH_TRY(wh_postgres_add_array(writer, columns, i, rows, err));
    struct wh_postgres_params params = wh_postgres_arrays_params(&writer->arrays);
    return wh_postgres_run_prepared(writer->destination, writer->names[which], &params, ret, err);
}

static wh_code find_in_slice(struct wh_writer *writer, const struct wh_column *columns,
                             const struct wh_selection *rows, uint8_t *is_as, struct wh_error *err)
{
    PGresult *found WH_CLEANUP(wh_postgres_result_release) = NULL;
    WH_TRY(ask(writer, WH_POSTGRES_WRITTEN, columns, rows, &found, err));
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
    memset(is_as, 0, rows->count);
    for (size_t at = 0; at < rows->count; at += WH_BATCH_ROWS) {
        struct wh_selection slice = {.rows = rows->rows + at,
                                     .count = WH_MIN(rows->count - at, (size_t)WH_BATCH_ROWS)};
        WH_TRY(find_in_slice(writer, columns, &slice, is_as + at, err));
    }
    return WH_OK;
}

/* ---- in words -------------------------------------------------------------------------------- */

/* A message has room for so many columns, and so many bytes of the triggers' names. */
enum { MOST_COLUMNS = 8, MOST_TRIGGERS = 200 };

/** " (stamp, tail)" */
static wh_code append_triggers(const struct wh_writer *writer, struct wh_buf *text,
                               struct wh_error *err)
{
    struct wh_str names = writer->table.info.triggers;
    if (names.len == 0 || names.len > MOST_TRIGGERS)
        return WH_OK;
    return wh_buf_printf(text, err, " (%.*s)", WH_FMT(names));
}

/** ", in columns a and b", by what ALTERED says of the row; of one that is not found by its match any
 *  more ", in its key, or took it away". */
static wh_code append_columns(const struct wh_writer *writer, const PGresult *found,
                              struct wh_buf *text, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf names;
    wh_buf_init(&names, WH_ERROR_MESSAGE_SIZE);
    size_t count = 0;
    int field = 0;
    if (PQntuples(found) == 0)
        return wh_buf_append_str(text, WH_STR(", in its key, or took it away"), err);
    for (size_t i = 0; i < writer->column_count; i++) {
        if (!wh_postgres_is_compared(writer, i) || *PQgetvalue(found, 0, field++) != 0)
            continue;
        struct wh_str name = writer->table.info.columns[writer->columns[i]].name;
        if (count++ < MOST_COLUMNS)
            WH_TRY(wh_buf_printf(&names, err, "%s%.*s", count > 1 ? ", " : "", WH_FMT(name)));
    }
    if (count == 0)
        return WH_OK;
    WH_TRY(wh_buf_printf(text, err, ", in column%s %.*s", count == 1 ? "" : "s",
                         WH_FMT(wh_buf_str(&names))));
    return count > MOST_COLUMNS ? wh_buf_printf(text, err, " and %zu more", count - MOST_COLUMNS)
                                : WH_OK;
}

static wh_code refuse(struct wh_str message, const char *sqlstate, struct wh_error *err)
{
    wh_error_set(err, WH_REFUSED, "%.*s", WH_FMT(message));
    if (err != NULL) {
        err->retry = WH_RETRY_ITEM;
        snprintf(err->sqlstate, sizeof(err->sqlstate), "%s", sqlstate);
    }
    return WH_REFUSED;
}

wh_code wh_postgres_refuse_altered(struct wh_writer *writer, const struct wh_column *columns,
                                   uint16_t row, struct wh_error *err)
{
    PGresult *found WH_CLEANUP(wh_postgres_result_release) = NULL;
    WH_CLEANUP(wh_buf_release) struct wh_buf text;
    struct wh_selection one = {.rows = &row, .count = 1};
    wh_buf_init(&text, 4 * WH_ERROR_MESSAGE_SIZE);
    WH_TRY(ask(writer, WH_POSTGRES_ALTERED, columns, &one, &found, err));
    WH_TRY(wh_buf_printf(&text, err, "a trigger of table '%.*s'", WH_FMT(writer->table.info.name)));
    WH_TRY(append_triggers(writer, &text, err));
    WH_TRY(wh_buf_append_str(&text, WH_STR(" altered the row that was written"), err));
    WH_TRY(append_columns(writer, found, &text, err));
    WH_TRY(wh_buf_append_str(
        &text, WH_STR("; map what the trigger makes of it, or leave the column to the trigger"),
        err));
    return refuse(wh_buf_str(&text), wh_fault_sqlstate(WH_FAULT_INEXACT), err);
}

wh_code wh_postgres_refuse_ignored(const struct wh_writer *writer, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf text;
    wh_buf_init(&text, 4 * WH_ERROR_MESSAGE_SIZE);
    WH_TRY(wh_buf_printf(&text, err, "a trigger of table '%.*s'", WH_FMT(writer->table.info.name)));
    WH_TRY(append_triggers(writer, &text, err));
    WH_TRY(wh_buf_append_str(&text, WH_STR(" ignored the row"), err));
    return refuse(wh_buf_str(&text), "P0001", err);
}
