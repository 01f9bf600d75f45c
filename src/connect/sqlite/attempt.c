/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/sqlite/attempt.h"

#include <stdio.h>

#include "base/error.h"
#include "connect/sqlite/failure.h"
#include "data/datetime.h"

/* ---- refusals -------------------------------------------------------------------------------- */

/** Makes @p err a refusal of this row alone; its message is set already. */
wh_code wh_sqlite_refuse(struct wh_error *err, const char *sqlstate)
{
    if (err != NULL) {
        err->retry = WH_RETRY_ITEM;
        snprintf(err->sqlstate, sizeof(err->sqlstate), "%s", sqlstate);
    }
    return WH_REFUSED;
}

static wh_code say_unbound(const struct wh_sqlite_attempt *attempt, size_t column, int rc)
{
    const struct wh_writer *writer = attempt->writer;
    struct wh_str name = writer->table.info.columns[writer->columns[column]].name;
    if (rc != WH_SQLITE_INEXACT)
        return wh_sqlite_failure(writer->destination->db, rc, attempt->err, "column '%.*s'",
                                 WH_FMT(name));
    wh_error_set(attempt->err, WH_REFUSED, "the value for column '%.*s' would be stored altered",
                 WH_FMT(name));
    wh_error_blame(attempt->err, WH_STR(""), name);
    return wh_sqlite_refuse(attempt->err, wh_fault_sqlstate(WH_FAULT_INEXACT));
}

/**
 * Says what became of a step that failed. An error without a code of its own comes from a function
 * that did not like this row (JSON in a CHECK, say): the statement is sound, or it would not have
 * been compiled. A trigger with RAISE(ROLLBACK) and some failures of the system take the whole
 * transaction with them: then no row before is written either.
 */
wh_code wh_sqlite_attempt_failed(const struct wh_sqlite_attempt *attempt, int rc)
{
    const struct wh_writer *writer = attempt->writer;
    wh_code code = wh_sqlite_failure(writer->destination->db, rc, attempt->err, "%s", "");
    if ((rc & 0xff) == SQLITE_ERROR) {
        if (attempt->err != NULL)
            attempt->err->code = WH_REFUSED;
        code = wh_sqlite_refuse(attempt->err, "38000");
    }
    if (code != WH_REFUSED || wh_sqlite_is_in_transaction(writer->destination))
        return code;
    return wh_error_set(attempt->err, WH_UNSUPPORTED,
                        "a trigger of table '%.*s' rolled the whole transaction back with "
                        "RAISE(ROLLBACK), so that one bad row takes all others with it; make it "
                        "RAISE(ABORT)",
                        WH_FMT(writer->table.info.name));
}

/* ---- binding --------------------------------------------------------------------------------- */

/** Binds a new value: parameters 1 to column_count. */
static int bind_new(const struct wh_sqlite_attempt *attempt, size_t column)
{
    struct wh_writer *writer = attempt->writer;
    struct wh_sqlite_parameter parameter = {.stmt = attempt->stmt,
                                            .index = (int)column + 1,
                                            .room = writer->rooms + column * 2 * WH_DATETIME_SIZE};
    return wh_sqlite_bind(&writer->storages[column], &parameter, &attempt->request->columns[column],
                          attempt->row);
}

/** Binds a value as it was read, odd ones to the byte: parameters behind column_count. */
static int bind_before(const struct wh_sqlite_attempt *attempt, size_t column)
{
    struct wh_writer *writer = attempt->writer;
    const struct wh_write_request *request = attempt->request;
    const struct wh_found found = {.odd = request->odd, .odd_count = request->odd_count};
    struct wh_sqlite_parameter parameter = {.stmt = attempt->stmt,
                                            .index = (int)(writer->column_count + column) + 1,
                                            .room = writer->rooms +
                                                    (column * 2 + 1) * WH_DATETIME_SIZE};
    const struct wh_odd_value *odd = wh_found_odd(&found, attempt->row, column);
    if (odd != NULL)
        return wh_sqlite_bind_odd(attempt->stmt, parameter.index, odd);
    return wh_sqlite_bind(&writer->storages[column], &parameter, &request->before[column],
                          attempt->row);
}

/** Binds the new values of the columns in @p is_set; NULL: of all. */
wh_code wh_sqlite_attempt_bind_new(const struct wh_sqlite_attempt *attempt, const bool *is_set)
{
    for (size_t i = 0; i < attempt->writer->column_count; i++) {
        if (is_set != NULL && !is_set[i])
            continue;
        int rc = bind_new(attempt, i);
        if (WH_UNLIKELY(rc != SQLITE_OK))
            return say_unbound(attempt, i, rc);
    }
    return WH_OK;
}

/** Binds the values before that the statement compares. */
wh_code wh_sqlite_attempt_bind_before(const struct wh_sqlite_attempt *attempt)
{
    const struct wh_writer *writer = attempt->writer;
    for (size_t i = 0; i < writer->column_count; i++) {
        if (writer->is_insert_only[i] && !writer->is_match[i])
            continue;
        int rc = bind_before(attempt, i);
        if (WH_UNLIKELY(rc != SQLITE_OK))
            return say_unbound(attempt, i, rc);
    }
    return WH_OK;
}
