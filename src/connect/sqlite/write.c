/* SPDX-License-Identifier: Apache-2.0 */
/* INSERT, UPDATE and DELETE of a writer, row by row. */
#include "base/error.h"
#include "connect/sqlite/attempt.h"
#include "connect/sqlite/failure.h"
#include "connect/sqlite/rival.h"
#include "connect/sqlite/update.h"
#include "connect/sqlite/writer_sql.h"
#include "data/datetime.h"

/* ---- rows that were not written -------------------------------------------------------------- */

/** Whether the probe, bound, finds a row. */
static wh_code probe(const struct wh_sqlite_attempt *attempt, bool *ret)
{
    int rc = sqlite3_step(attempt->stmt);
    wh_code code = WH_OK;
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        code = wh_sqlite_failure(attempt->writer->destination->db, rc, attempt->err, "%s", "");
    *ret = rc == SQLITE_ROW;
    sqlite3_reset(attempt->stmt);
    return code;
}

/**
 * A row that was not written was missed, unless a trigger ignored it (RAISE(IGNORE)): then looking
 * again would find the same for ever. That is so where nothing stood in the row's way: no row with
 * the match for an insert, the row as it was for the others.
 */
static wh_code find_why_not(const struct wh_sqlite_attempt *attempt, uint8_t *result)
{
    struct wh_writer *writer = attempt->writer;
    bool is_insert = attempt->request->kind == WH_WRITE_INSERT;
    bool is_there;
    *result = WH_ROW_MISSED;
    if (!writer->table.info.has_triggers)
        return WH_OK;
    sqlite3_stmt **query = is_insert ? &writer->probe : &writer->probe_before;
    WH_TRY(wh_sqlite_writer_need(writer, is_insert ? WH_SQLITE_PROBE : WH_SQLITE_PROBE_BEFORE,
                                 query, attempt->err));
    struct wh_sqlite_attempt probing = *attempt;
    probing.stmt = *query;
    if (is_insert)
        WH_TRY(wh_sqlite_attempt_bind_new(&probing, writer->is_match));
    else
        WH_TRY(wh_sqlite_attempt_bind_before(&probing));
    WH_TRY(probe(&probing, &is_there));
    if (is_insert == is_there)
        return WH_OK;
    wh_error_set(attempt->err, WH_REFUSED, "a trigger of table '%.*s' ignored the row",
                 WH_FMT(writer->table.info.name));
    return wh_sqlite_refuse(attempt->err, "P0001");
}

/* ---- rows that were written otherwise -------------------------------------------------------- */

/** A trigger may alter the row that was just written:
 *  the log would hold what the table does not. */
static wh_code expect_as_written(const struct wh_sqlite_attempt *attempt)
{
    struct wh_writer *writer = attempt->writer;
    bool is_there;
    if (attempt->request->kind == WH_WRITE_DELETE)
        return WH_OK;
    WH_TRY(
        wh_sqlite_writer_need(writer, WH_SQLITE_PROBE_BEFORE, &writer->probe_before, attempt->err));
    /* The values that the row should have stand where those before are compared. */
    struct wh_write_request written = *attempt->request;
    written.before = written.columns;
    written.odd_count = 0;
    struct wh_sqlite_attempt probing = *attempt;
    probing.request = &written;
    probing.stmt = writer->probe_before;
    WH_TRY(wh_sqlite_attempt_bind_before(&probing));
    WH_TRY(probe(&probing, &is_there));
    if (is_there)
        return WH_OK;
    wh_error_set(attempt->err, WH_REFUSED,
                 "a trigger of table '%.*s' altered the row that was written; map what the trigger "
                 "makes of it, or leave the column to the trigger",
                 WH_FMT(writer->table.info.name));
    return wh_sqlite_refuse(attempt->err, wh_fault_sqlstate(WH_FAULT_INEXACT));
}

/* ---- one row --------------------------------------------------------------------------------- */

static wh_code bind_insert(struct wh_sqlite_attempt *attempt)
{
    attempt->stmt = attempt->writer->insert;
    return wh_sqlite_attempt_bind_new(attempt, NULL);
}

static wh_code bind_update(struct wh_sqlite_attempt *attempt)
{
    const struct wh_sqlite_update *update;
    WH_TRY(wh_sqlite_update_for(attempt->writer, attempt->request, attempt->row, &update,
                                attempt->err));
    attempt->stmt = update->statement;
    WH_TRY(wh_sqlite_attempt_bind_new(attempt, update->is_set));
    return wh_sqlite_attempt_bind_before(attempt);
}

static wh_code bind_delete(struct wh_sqlite_attempt *attempt)
{
    attempt->stmt = attempt->writer->remove;
    return wh_sqlite_attempt_bind_before(attempt);
}

static wh_code bind_row(struct wh_sqlite_attempt *attempt)
{
    switch (attempt->request->kind) {
    case WH_WRITE_INSERT:
        return bind_insert(attempt);
    case WH_WRITE_UPDATE:
        return bind_update(attempt);
    case WH_WRITE_DELETE:
        break;
    }
    return bind_delete(attempt);
}

static wh_code write_row(struct wh_sqlite_attempt *attempt, uint8_t *result)
{
    WH_TRY(bind_row(attempt));
    int rc = sqlite3_step(attempt->stmt);
    bool is_written = sqlite3_changes(attempt->writer->destination->db) > 0;
    wh_code code = rc == SQLITE_DONE ? WH_OK : wh_sqlite_attempt_failed(attempt, rc);
    /* The result repeats the step's. */
    sqlite3_reset(attempt->stmt);
    if (code == WH_REFUSED)
        WH_TRY(wh_sqlite_name_rival(attempt));
    if (code != WH_OK)
        return code;
    *result = WH_ROW_WRITTEN;
    return is_written ? WH_OK : find_why_not(attempt, result);
}

/**
 * What a refused statement may leave behind. A trigger that ends it with RAISE(FAIL) leaves what it
 * has done so far, the row itself perhaps. The insert of one row that breaks a foreign key and a
 * deferred one leaves the latter counted as broken: SQLite refuses it at the former, where such a
 * statement keeps nothing to go back to, and then the COMMIT of whatever else there is.
 */
static bool may_leave_traces(const struct wh_sqlite_attempt *attempt)
{
    const struct wh_sqlite_table *table = &attempt->writer->table;
    return table->info.has_triggers ||
           (table->has_several_foreign_keys && attempt->request->kind == WH_WRITE_INSERT);
}

/** A refused row leaves nothing behind: one that might gets a savepoint. */
static wh_code write_row_whole(struct wh_sqlite_attempt *attempt, uint8_t *result)
{
    struct wh_destination *destination = attempt->writer->destination;
    if (!may_leave_traces(attempt))
        return write_row(attempt, result);
    WH_TRY(wh_sqlite_run(destination, "SAVEPOINT wherry_row", attempt->err));
    wh_code rc = write_row(attempt, result);
    if (rc == WH_OK && *result == WH_ROW_WRITTEN && attempt->writer->table.info.has_triggers)
        rc = expect_as_written(attempt);
    if (rc == WH_OK)
        return wh_sqlite_run(destination, "RELEASE wherry_row", attempt->err);
    if (rc == WH_REFUSED)
        WH_TRY(wh_sqlite_run(destination, "ROLLBACK TO wherry_row; RELEASE wherry_row", NULL));
    return rc;
}

/* ---- rows together --------------------------------------------------------------------------- */

static int bind_together(const struct wh_sqlite_attempt *attempt, const uint16_t *rows)
{
    struct wh_writer *writer = attempt->writer;
    for (size_t place = 0; place < WH_SQLITE_TOGETHER * writer->column_count; place++) {
        size_t column = place % writer->column_count;
        struct wh_sqlite_parameter parameter = {.stmt = attempt->stmt,
                                                .index = (int)place + 1,
                                                .room = writer->insert_rooms +
                                                        place * WH_DATETIME_SIZE};
        int rc =
            wh_sqlite_bind(&writer->storages[column], &parameter,
                           &attempt->request->columns[column], rows[place / writer->column_count]);
        if (WH_UNLIKELY(rc != SQLITE_OK))
            return rc;
    }
    return SQLITE_OK;
}

/** Inserts WH_SQLITE_TOGETHER rows or, with *ret_is_written false, none: then one is in the way. */
static wh_code insert_together(struct wh_sqlite_attempt *attempt, const uint16_t *rows,
                               bool *ret_is_written)
{
    struct wh_writer *writer = attempt->writer;
    *ret_is_written = false;
    WH_TRY(wh_sqlite_writer_need(writer, WH_SQLITE_INSERT_TOGETHER, &writer->insert_together,
                                 attempt->err));
    attempt->stmt = writer->insert_together;
    /* The row that cannot be bound will say why when its turn comes. */
    if (bind_together(attempt, rows) != SQLITE_OK)
        return WH_OK;
    int rc = sqlite3_step(attempt->stmt);
    wh_code code = rc == SQLITE_DONE ? WH_OK : wh_sqlite_attempt_failed(attempt, rc);
    /* The result repeats the step's. */
    sqlite3_reset(attempt->stmt);
    if (code != WH_OK)
        return code == WH_REFUSED ? WH_OK : code;
    for (size_t i = 0; i < WH_SQLITE_TOGETHER; i++)
        attempt->request->results[rows[i]] = WH_ROW_WRITTEN;
    *ret_is_written = true;
    return WH_OK;
}

/* ---- all rows -------------------------------------------------------------------------------- */

static wh_code need_statement(struct wh_writer *writer, enum wh_write_kind kind,
                              struct wh_error *err)
{
    if (kind == WH_WRITE_INSERT)
        return wh_sqlite_writer_need(writer, WH_SQLITE_INSERT, &writer->insert, err);
    if (kind == WH_WRITE_DELETE)
        return wh_sqlite_writer_need(writer, WH_SQLITE_DELETE, &writer->remove, err);
    return WH_OK;
}

/** Writes the rows of the selection from *at to @p end, one by one, and moves *at. */
static wh_code write_one_by_one(struct wh_sqlite_attempt *attempt, size_t end, size_t *at)
{
    const struct wh_write_request *request = attempt->request;
    while (*at < end) {
        WH_TRY(wh_grace_check(request->grace, WH_CANCEL_NOW, attempt->err));
        attempt->row = request->selection->rows[*at];
        wh_code rc = write_row_whole(attempt, &request->results[attempt->row]);
        if (WH_UNLIKELY(rc == WH_REFUSED)) {
            request->results[attempt->row] = WH_ROW_REFUSED;
            (*at)++;
        }
        WH_TRY(rc);
        (*at)++;
    }
    return WH_OK;
}

static wh_code insert_all(struct wh_sqlite_attempt *attempt, size_t *at)
{
    const struct wh_selection *selection = attempt->request->selection;
    while (selection->count - *at >= WH_SQLITE_TOGETHER) {
        bool is_written;
        WH_TRY(wh_grace_check(attempt->request->grace, WH_CANCEL_NOW, attempt->err));
        WH_TRY(insert_together(attempt, selection->rows + *at, &is_written));
        if (WH_LIKELY(is_written))
            *at += WH_SQLITE_TOGETHER;
        else
            WH_TRY(write_one_by_one(attempt, *at + WH_SQLITE_TOGETHER, at));
    }
    return write_one_by_one(attempt, selection->count, at);
}

wh_code wh_sqlite_write(struct wh_writer *writer, struct wh_write_request *request,
                        struct wh_error *err)
{
    struct wh_sqlite_attempt attempt = {.writer = writer, .request = request, .err = err};
    request->stopped_at = 0;
    WH_ASSERT(wh_sqlite_is_in_transaction(writer->destination), err);
    if (wh_cancel_asked(writer->destination->cancel, WH_CANCEL_NOW))
        return wh_error_cancelled(err);
    WH_TRY(wh_sqlite_want_cache(writer->destination, err));
    WH_TRY(need_statement(writer, request->kind, err));
    if (request->kind == WH_WRITE_INSERT && writer->insert_rooms != NULL)
        return insert_all(&attempt, &request->stopped_at);
    return write_one_by_one(&attempt, request->selection->count, &request->stopped_at);
}
