/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/statement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "connect/postgres/privileges.h"
#include "connect/postgres/running.h"
#include "connect/postgres/type.h"
#include "connect/postgres/wire.h"
#include "data/text.h"
#include "sql/ledger_sql.h"

#define MAX_SQL (1u << 20)
#define MAX_PARAMS 64
#define KEPT_SIZE ((size_t)64 << 10) /* of the memory that one row's references took */

/** How a parameter is sent: numbers as text, which any type of number takes. */
enum { SENT_AS_TEXT = 0, SENT_AS_BYTES = 1 };

struct wh_statement {
    struct wh_destination *destination; /* NULL once that is closed */
    struct wh_statement *newer;
    struct wh_statement *older;
    char *sql;        /* owned: it is prepared again in a new session */
    unsigned session; /* of the connection, in which it was */
    char name[WH_POSTGRES_NAME_SIZE];
    int param_count;
    Oid types[MAX_PARAMS]; /* of the parameters, as the server infers them */
    PGresult *rows;
    int next;              /* the row that is read next */
    struct wh_arena arena; /* texts of parameters, or of the last row, that hold references */
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

void wh_postgres_statements_forget(struct wh_destination *destination)
{
    for (struct wh_statement *s = destination->statements; s != NULL; s = s->older)
        s->destination = NULL;
}

/* ---- a statement's life ---------------------------------------------------------------------- */

static wh_code describe(struct wh_destination *destination, struct wh_statement *statement,
                        struct wh_error *err)
{
    PGresult *result WH_CLEANUP(wh_postgres_result_release) = NULL;
    WH_TRY(wh_postgres_describe_prepared(destination, statement->name, &result, err));
    statement->param_count = PQnparams(result);
    WH_ASSERT(statement->param_count <= MAX_PARAMS, err);
    for (int i = 0; i < statement->param_count; i++)
        statement->types[i] = PQparamtype(result, i);
    return WH_OK;
}

static wh_code prepare(struct wh_destination *destination, struct wh_statement *statement,
                       struct wh_error *err)
{
    WH_TRY(wh_postgres_prepare_named(destination, statement->sql, statement->name, err));
    WH_TRY(describe(destination, statement, err));
    statement->session = destination->session;
    return WH_OK;
}

static wh_code compile(struct wh_destination *destination, const char *sql,
                       struct wh_statement *statement, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf text;
    wh_buf_init(&text, MAX_SQL);
    WH_TRY(wh_sql_append_ledger(&text, &wh_sql_postgres, sql, err));
    const char *written = wh_buf_cstr(&text);
    statement->sql = written != NULL ? strdup(written) : NULL;
    if (statement->sql == NULL)
        return wh_error_no_memory(err, text.len);
    return prepare(destination, statement, err);
}

wh_code wh_postgres_prepare(struct wh_destination *destination, const char *sql,
                            struct wh_statement **ret, struct wh_error *err)
{
    struct wh_statement *statement = calloc(1, sizeof(*statement));
    if (statement == NULL)
        return wh_error_no_memory(err, sizeof(*statement));
    wh_code rc = compile(destination, sql, statement, err);
    if (rc != WH_OK) {
        wh_postgres_statement_free(statement);
        return wh_postgres_explain_reading(destination, rc, err);
    }
    link_statement(statement, destination);
    *ret = statement;
    return WH_OK;
}

void wh_postgres_statement_free(struct wh_statement *statement)
{
    if (statement == NULL)
        return;
    unlink_statement(statement);
    PQclear(statement->rows);
    struct wh_destination *destination = statement->destination;
    if (destination != NULL && destination->session == statement->session) {
        char sql[WH_POSTGRES_NAME_SIZE + 16];
        snprintf(sql, sizeof(sql), "DEALLOCATE %s", statement->name);
        WH_IGNORE(wh_postgres_run(destination, sql, NULL),
                  "in a failed transaction it stays until the connection ends");
    }
    wh_arena_release(&statement->arena);
    free(statement->sql);
    free(statement);
}

/* ---- running --------------------------------------------------------------------------------- */

/** The parameters of one execution, as libpq takes them. */
struct binding {
    const char *values[MAX_PARAMS];
    int lengths[MAX_PARAMS];
    int formats[MAX_PARAMS];
    char numbers[MAX_PARAMS][WH_INT_SIZE + 1];
};

static wh_code bind_bytes(struct binding *binding, size_t i, Oid type, struct wh_str bytes,
                          struct wh_error *err)
{
    /* In binary these are the bytes themselves. */
    WH_ASSERT(type == WH_OID_TEXT || type == WH_OID_BYTEA, err);
    if (bytes.len > INT32_MAX)
        return wh_error_set(err, WH_LIMIT, "a parameter of %zu bytes is too long", bytes.len);
    binding->values[i] = bytes.len > 0 ? bytes.ptr : "";
    binding->lengths[i] = (int)bytes.len;
    binding->formats[i] = SENT_AS_BYTES;
    return WH_OK;
}

static wh_code bind_text(struct wh_statement *statement, struct binding *binding, size_t i,
                         struct wh_str text, struct wh_error *err)
{
    const struct wh_postgres_repertoire *repertoire = statement->destination->repertoire;
    if (repertoire != NULL)
        WH_TRY(wh_postgres_write_references(repertoire, text, &statement->arena, &text, err));
    return bind_bytes(binding, i, statement->types[i], text, err);
}

static wh_code bind(struct wh_statement *statement, const struct wh_param *params,
                    struct binding *binding, struct wh_error *err)
{
    for (size_t i = 0; i < (size_t)statement->param_count; i++) {
        binding->values[i] = NULL;
        binding->lengths[i] = 0;
        binding->formats[i] = SENT_AS_TEXT;
        if (params[i].kind == WH_PARAM_INT) {
            size_t len = wh_int_print(params[i].number, binding->numbers[i]);
            binding->numbers[i][len] = '\0';
            binding->values[i] = binding->numbers[i];
        } else if (params[i].kind == WH_PARAM_TEXT) {
            WH_TRY(bind_text(statement, binding, i, params[i].bytes, err));
        } else if (params[i].kind != WH_PARAM_NULL) {
            WH_TRY(bind_bytes(binding, i, statement->types[i], params[i].bytes, err));
        }
    }
    return WH_OK;
}

wh_code wh_postgres_execute(struct wh_statement *statement, const struct wh_param *params,
                            size_t count, struct wh_error *err)
{
    struct binding binding;
    WH_ASSERT(statement->destination != NULL, err);
    WH_ASSERT(count == (size_t)statement->param_count, err);
    PQclear(statement->rows);
    statement->rows = NULL;
    statement->next = 0;
    wh_arena_reset(&statement->arena, KEPT_SIZE);
    if (statement->session != statement->destination->session)
        WH_TRY(prepare(statement->destination, statement, err));
    WH_TRY(bind(statement, params, &binding, err));
    struct wh_postgres_params bound = {.values = binding.values,
                                       .lengths = binding.lengths,
                                       .formats = binding.formats,
                                       .count = statement->param_count};
    wh_code rc = wh_postgres_run_prepared(statement->destination, statement->name, &bound,
                                          &statement->rows, err);
    return wh_postgres_explain_reading(statement->destination, rc, err);
}

static wh_code read_text(struct wh_statement *statement, struct wh_str text, struct wh_param *ret,
                         struct wh_error *err)
{
    if (statement->destination->repertoire != NULL)
        WH_TRY(wh_postgres_read_references(text, &statement->arena, &text, err));
    *ret = wh_param_text(text);
    return WH_OK;
}

static wh_code read_param(struct wh_statement *statement, int row, int column, struct wh_param *ret,
                          struct wh_error *err)
{
    const PGresult *rows = statement->rows;
    struct wh_str bytes = wh_postgres_text_at(rows, row, column);
    *ret = (struct wh_param){.kind = WH_PARAM_NULL};
    if (bytes.ptr == NULL)
        return WH_OK;
    switch (PQftype(rows, column)) {
    case WH_OID_INT2:
    case WH_OID_INT4:
    case WH_OID_INT8:
    case WH_OID_NUMERIC:
        ret->kind = WH_PARAM_INT;
        return wh_postgres_read_int(PQftype(rows, column), bytes, &ret->number, err);
    case WH_OID_BYTEA:
        *ret = wh_param_blob(bytes);
        return WH_OK;
    case WH_OID_TEXT:
        return read_text(statement, bytes, ret, err);
    default:
        return wh_error_set(err, WH_BUG, "bug in wherry: a statement of the ledger gives type %u",
                            PQftype(rows, column));
    }
}

wh_code wh_postgres_next(struct wh_statement *statement, struct wh_param *row, size_t count,
                         struct wh_error *err)
{
    WH_ASSERT(statement->rows != NULL && statement->destination != NULL, err);
    if (statement->next >= PQntuples(statement->rows))
        return WH_END;
    WH_ASSERT(count == (size_t)PQnfields(statement->rows), err);
    wh_arena_reset(&statement->arena, KEPT_SIZE);
    for (size_t i = 0; i < count; i++)
        WH_TRY(read_param(statement, statement->next, (int)i, &row[i], err));
    statement->next++;
    return WH_OK;
}

wh_code wh_postgres_script(struct wh_destination *destination, const char *sql,
                           struct wh_error *err)
{
    return wh_postgres_run(destination, sql, err);
}
