/* SPDX-License-Identifier: Apache-2.0 */
/** One row on its way into the table: binding its values,
 *  and what is said where it does not get there. */
#ifndef WH_CONNECT_SQLITE_ATTEMPT_H
#define WH_CONNECT_SQLITE_ATTEMPT_H

#include "connect/sqlite/writer.h"

struct wh_sqlite_attempt {
    struct wh_writer *writer;
    const struct wh_write_request *request;
    sqlite3_stmt *stmt;
    size_t row;
    struct wh_error *err;
};

/** Makes @p err a refusal of this row alone; its message is set already. */
WH_MUST_CHECK wh_code wh_sqlite_refuse(struct wh_error *err, const char *sqlstate);

/** Binds the new values of the columns in @p is_set; NULL: of all. */
WH_MUST_CHECK wh_code wh_sqlite_attempt_bind_new(const struct wh_sqlite_attempt *attempt,
                                                 const bool *is_set);

/** Binds the values before that the statement compares, odd ones to the byte. */
WH_MUST_CHECK wh_code wh_sqlite_attempt_bind_before(const struct wh_sqlite_attempt *attempt);

/** Says what became of a step that failed with SQLite's code @p rc. */
WH_MUST_CHECK wh_code wh_sqlite_attempt_failed(const struct wh_sqlite_attempt *attempt, int rc);

#endif
