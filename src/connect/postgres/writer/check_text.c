/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/writer/check_text.h"

#include "base/error.h"
#include "data/fault.h"

/** Texts that are asked about; where the server refuses some, halves of them are. */
struct checking {
    struct wh_writer *writer;
    const struct wh_column *values;
    const struct wh_selection *rows; /* none of them NULL, or faulty already */
    struct wh_str sql;
    bool has_savepoint; /* a refusal must not end the transaction */
    size_t column;
    uint8_t *faults;
    struct wh_error *err;
};

/** Places of texts that do not come back as they went in. A length or a scale counts, the column's
 *  own or its domain's; what else a domain demands is the server's to say when the row is written.
 *  A text of a type that is read comes back, if it is one to the server. */
static wh_code make_sql(struct checking *checking, struct wh_arena *arena)
{
    const struct wh_writer *writer = checking->writer;
    const struct wh_postgres_column *kind = writer->kinds[checking->column];
    if (kind->is_readable)
        return wh_arena_copy(arena,
                             WH_STR("SELECT n FROM pg_catalog.unnest($1::pg_catalog.text[]) "
                                    "WITH ORDINALITY AS s (v, n) WHERE v IS NULL"),
                             &checking->sql, checking->err);
    return wh_arena_format(arena, &checking->sql, checking->err,
                           "SELECT s.n FROM pg_catalog.unnest($1::pg_catalog.text[]) "
                           "WITH ORDINALITY AS s (v, n) WHERE pg_catalog.textin(%.*s(s.v::%.*s)) "
                           "COLLATE pg_catalog.\"C\" IS DISTINCT FROM s.v",
                           WH_FMT(kind->output), WH_FMT(kind->declared));
}

static wh_code run(const struct checking *checking, const char *sql)
{
    if (!checking->has_savepoint)
        return WH_OK;
    return wh_postgres_run(checking->writer->destination, sql, checking->err);
}

static wh_code ask(const struct checking *checking, const struct wh_selection *rows, PGresult **ret)
{
    struct wh_writer *writer = checking->writer;
    struct wh_postgres_array array = {.type = WH_OID_TEXT,
                                      .form = WH_FORM_BYTES,
                                      .column = checking->values,
                                      .rows = rows->rows,
                                      .count = rows->count};
    wh_postgres_arrays_reset(&writer->arrays);
    WH_TRY(wh_postgres_arrays_add(&writer->arrays, &array, checking->err));
    struct wh_postgres_params params = wh_postgres_arrays_params(&writer->arrays);
    return wh_postgres_query_binary(writer->destination, checking->sql.ptr, &params, ret,
                                    checking->err);
}

static wh_code mark_inexact(const struct checking *checking, const struct wh_selection *rows,
                            const PGresult *found)
{
    for (int i = 0; i < PQntuples(found); i++) {
        int64_t place = wh_postgres_number_at(found, i, 0);
        WH_ASSERT(place >= 1 && (size_t)place <= rows->count, checking->err);
        checking->faults[rows->rows[place - 1]] = WH_FAULT_INEXACT;
    }
    return WH_OK;
}

/** Types of extensions refuse a text without saying of which kind the error is. */
static bool is_unsaid(const struct checking *checking, wh_code rc)
{
    const struct wh_error *err = checking->err;
    return rc != WH_OK && err != NULL && strcmp(err->sqlstate, "XX000") == 0 &&
           PQstatus(checking->writer->destination->conn) == CONNECTION_OK;
}

/** Names of objects (regclass) that are not there are refused as statements are. */
static bool is_refusal(const struct checking *checking, wh_code rc)
{
    return rc == WH_REFUSED || rc == WH_INVALID || rc == WH_UNSUPPORTED || is_unsaid(checking, rc);
}

static enum wh_fault fault_of(const struct wh_error *err)
{
    bool is_character =
        err != NULL && strcmp(err->sqlstate, wh_fault_sqlstate(WH_FAULT_CHARACTER)) == 0;
    return is_character ? WH_FAULT_CHARACTER : WH_FAULT_SYNTAX;
}

/** Decides @p rows together; what is wrong in *ret where the server takes one
 *  of them for no value. */
static wh_code check_some(const struct checking *checking, const struct wh_selection *rows,
                          enum wh_fault *ret)
{
    PGresult *found WH_CLEANUP(wh_postgres_result_release) = NULL;
    WH_TRY(run(checking, "SAVEPOINT wherry_check"));
    wh_code rc = ask(checking, rows, &found);
    bool is_refused = is_refusal(checking, rc);
    if (rc != WH_OK && !is_refused)
        return rc;
    *ret = is_refused ? fault_of(checking->err) : WH_FAULT_NONE;
    wh_error_reset(checking->err);
    if (is_refused)
        return run(checking, "ROLLBACK TO wherry_check; RELEASE wherry_check");
    WH_TRY(run(checking, "RELEASE wherry_check"));
    return mark_inexact(checking, rows, found);
}

/** Halves what is refused until a text that is no value stands alone. */
static wh_code check_rows(const struct checking *checking)
{
    struct wh_selection rest = *checking->rows;
    size_t count = rest.count;
    while (rest.count > 0) {
        struct wh_selection some = {.rows = rest.rows, .count = WH_MIN(count, rest.count)};
        enum wh_fault fault = WH_FAULT_NONE;
        WH_TRY(check_some(checking, &some, &fault));
        if (fault != WH_FAULT_NONE && some.count > 1) {
            count = some.count / 2;
            continue;
        }
        if (fault != WH_FAULT_NONE)
            checking->faults[some.rows[0]] = (uint8_t)fault;
        rest.rows += some.count;
        rest.count -= some.count;
        count = some.count * 2;
    }
    return WH_OK;
}

wh_code wh_postgres_check_texts(struct wh_writer *writer, size_t column,
                                const struct wh_column *values,
                                const struct wh_selection *selection, uint8_t *faults,
                                struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    struct wh_selection rows = {.count = 0};
    struct checking checking = {.writer = writer,
                                .values = values,
                                .rows = &rows,
                                .has_savepoint = wh_postgres_is_in_transaction(writer->destination),
                                .column = column,
                                .faults = faults,
                                .err = err};
    wh_arena_init(&scratch);
    rows.rows = wh_arena_array(&scratch, selection->count, sizeof(*rows.rows));
    if (rows.rows == NULL)
        return wh_error_no_memory(err, selection->count * sizeof(*rows.rows));
    for (size_t i = 0; i < selection->count; i++)
        if (!wh_column_is_null(values, selection->rows[i]) &&
            faults[selection->rows[i]] == WH_FAULT_NONE)
            rows.rows[rows.count++] = selection->rows[i];
    WH_TRY(make_sql(&checking, &scratch));
    return check_rows(&checking);
}
