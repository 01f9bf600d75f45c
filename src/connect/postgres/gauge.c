/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/gauge.h"

#include <math.h>

#include "base/error.h"
#include "connect/postgres/transaction.h"
#include "data/text.h"

static wh_code read_number(const PGresult *rows, double *ret, struct wh_error *err)
{
    if (PQresultStatus(rows) != PGRES_TUPLES_OK || PQnfields(rows) != 1 || PQntuples(rows) > 1)
        return wh_error_set(err, WH_INVALID, "it gives something else than one number");
    if (PQntuples(rows) == 0 || PQgetisnull(rows, 0, 0))
        return WH_OK;
    struct wh_str value = wh_postgres_text_at(rows, 0, 0);
    if (wh_double_parse(value, ret) == WH_FAULT_NONE && !isnan(*ret))
        return WH_OK;
    return wh_error_set(err, WH_INVALID, "it gives '%.*s', which is no number", WH_FMT(value));
}

static wh_code ask_number(struct wh_destination *destination, struct wh_str query, double *ret,
                          struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    struct wh_str text;
    wh_arena_init(&scratch);
    WH_TRY(wh_arena_copy(&scratch, query, &text, err));
    WH_TRY(wh_postgres_query(destination, text.ptr, NULL, 0, &rows, err));
    return read_number(rows, ret, err);
}

/** Whatever a user's query does, it neither writes nor leaves settings behind. */
wh_code wh_postgres_gauge(struct wh_destination *destination, struct wh_str query, double *ret,
                          struct wh_error *err)
{
    *ret = 0;
    if (memchr(query.ptr, '\0', query.len) != NULL)
        return wh_error_set(err, WH_INVALID, "it holds a NUL byte");
    WH_TRY(wh_postgres_run(destination, "BEGIN READ ONLY", err));
    wh_code rc = ask_number(destination, query, ret, err);
    wh_code ended = wh_postgres_rollback(destination, rc == WH_OK ? err : NULL);
    return rc != WH_OK ? rc : ended;
}
