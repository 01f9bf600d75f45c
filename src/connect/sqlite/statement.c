/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/sqlite/statement.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/error.h"
#include "connect/sqlite/connection.h"
#include "connect/sqlite/failure.h"
#include "sql/ledger_sql.h"

#define MAX_SQL (1u << 20)

struct wh_statement {
    sqlite3_stmt *compiled;
    struct wh_destination *destination; /* NULL once that is closed */
    struct wh_statement *newer;
    struct wh_statement *older;
    bool is_reading;  /* started, and rows may be left */
    bool is_finished; /* its rows were read to the end */
};

/* ---- the connection's list ------------------------------------------------------------------ */

static void link_statement(struct wh_statement *statement, struct wh_destination *destination)
{
    statement->destination = destination;
    statement->older = destination->statements;
    if (statement->older != NULL)
        statement->older->newer = statement;
    destination->statements = statement;
}

static void unlink_statement(struct wh_statement *statement)
{
    if (statement->destination == NULL)
        return;
    if (statement->newer != NULL)
        statement->newer->older = statement->older;
    else
        statement->destination->statements = statement->older;
    if (statement->older != NULL)
        statement->older->newer = statement->newer;
}

static void end(struct wh_statement *statement)
{
    if (!statement->is_reading)
        return;
    statement->is_reading = false;
    /* The result repeats an error that the step gave already. */
    sqlite3_reset(statement->compiled);
}

void wh_sqlite_statements_end(struct wh_destination *destination)
{
    for (struct wh_statement *s = destination->statements; s != NULL; s = s->older)
        end(s);
}

void wh_sqlite_statements_forget(struct wh_destination *destination)
{
    for (struct wh_statement *s = destination->statements; s != NULL; s = s->older) {
        end(s);
        s->destination = NULL;
    }
}

/* ---- a statement's life ---------------------------------------------------------------------- */

static wh_code compile(struct wh_destination *destination, const char *sql,
                       struct wh_statement *statement, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf text;
    wh_buf_init(&text, MAX_SQL);
    WH_TRY(wh_sql_append_ledger(&text, &wh_sql_sqlite, sql, err));
    return wh_sqlite_compile(destination, wh_buf_str(&text), WH_SQLITE_KEPT, &statement->compiled,
                             err);
}

wh_code wh_sqlite_prepare(struct wh_destination *destination, const char *sql,
                          struct wh_statement **ret, struct wh_error *err)
{
    struct wh_statement *statement = calloc(1, sizeof(*statement));
    if (statement == NULL)
        return wh_error_no_memory(err, sizeof(*statement));
    wh_code rc = compile(destination, sql, statement, err);
    if (rc != WH_OK) {
        wh_sqlite_statement_free(statement);
        return rc;
    }
    link_statement(statement, destination);
    *ret = statement;
    return WH_OK;
}

void wh_sqlite_statement_free(struct wh_statement *statement)
{
    if (statement == NULL)
        return;
    unlink_statement(statement);
    sqlite3_finalize(statement->compiled);
    free(statement);
}

/* ---- running --------------------------------------------------------------------------------- */

static int bind_param(sqlite3_stmt *compiled, int index, const struct wh_param *param)
{
    const char *bytes = param->bytes.len > 0 ? param->bytes.ptr : "";
    switch (param->kind) {
    case WH_PARAM_INT:
        return sqlite3_bind_int64(compiled, index, param->number);
    case WH_PARAM_TEXT:
        return sqlite3_bind_text64(compiled, index, bytes, param->bytes.len, SQLITE_STATIC,
                                   SQLITE_UTF8);
    case WH_PARAM_BLOB:
        return sqlite3_bind_blob64(compiled, index, bytes, param->bytes.len, SQLITE_STATIC);
    case WH_PARAM_NULL:
        break;
    }
    return sqlite3_bind_null(compiled, index);
}

/** One step: WH_OK with a row, WH_END without. */
static wh_code step(struct wh_statement *statement, struct wh_error *err)
{
    int rc = sqlite3_step(statement->compiled);
    if (rc == SQLITE_ROW)
        return WH_OK;
    wh_code code = WH_END;
    statement->is_finished = rc == SQLITE_DONE;
    if (rc != SQLITE_DONE)
        code = wh_sqlite_failure(statement->destination->db, rc, err, "%s", "");
    end(statement);
    return code;
}

wh_code wh_sqlite_execute(struct wh_statement *statement, const struct wh_param *params,
                          size_t count, struct wh_error *err)
{
    WH_ASSERT(statement->destination != NULL, err);
    WH_ASSERT(count == (size_t)sqlite3_bind_parameter_count(statement->compiled), err);
    end(statement);
    for (size_t i = 0; i < count; i++) {
        int rc = bind_param(statement->compiled, (int)i + 1, &params[i]);
        if (rc != SQLITE_OK)
            return wh_sqlite_failure(statement->destination->db, rc, err, "parameter %zu", i + 1);
    }
    atomic_store(&statement->destination->is_interrupted, false);
    statement->is_reading = true;
    statement->is_finished = false;
    if (sqlite3_column_count(statement->compiled) > 0)
        return WH_OK;
    wh_code code = step(statement, err);
    return code == WH_END ? WH_OK : code;
}

static struct wh_param read_param(sqlite3_stmt *compiled, int column)
{
    struct wh_param param = {.kind = WH_PARAM_TEXT};
    switch (sqlite3_column_type(compiled, column)) {
    case SQLITE_NULL:
        return (struct wh_param){.kind = WH_PARAM_NULL};
    case SQLITE_INTEGER:
        return wh_param_int(sqlite3_column_int64(compiled, column));
    case SQLITE_BLOB:
        param.kind = WH_PARAM_BLOB;
        param.bytes.ptr = sqlite3_column_blob(compiled, column);
        break;
    default:
        param.bytes.ptr = (const char *)sqlite3_column_text(compiled, column);
    }
    param.bytes.len = (size_t)sqlite3_column_bytes(compiled, column);
    if (param.bytes.ptr == NULL)
        param.bytes = WH_STR("");
    return param;
}

wh_code wh_sqlite_next(struct wh_statement *statement, struct wh_param *row, size_t count,
                       struct wh_error *err)
{
    WH_ASSERT(statement->destination != NULL, err);
    if (statement->is_finished)
        return WH_END;
    /* Begin, commit and rollback end a read: its rest must not pass for its end. */
    WH_ASSERT(statement->is_reading, err);
    WH_ASSERT(count == (size_t)sqlite3_column_count(statement->compiled), err);
    WH_TRY(step(statement, err));
    for (size_t i = 0; i < count; i++)
        row[i] = read_param(statement->compiled, (int)i);
    return WH_OK;
}

wh_code wh_sqlite_script(struct wh_destination *destination, const char *sql, struct wh_error *err)
{
    return wh_sqlite_run(destination, sql, err);
}
