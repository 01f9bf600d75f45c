/* SPDX-License-Identifier: Apache-2.0 */
/* The format: https://www.postgresql.org/docs/15/sql-copy.html, "Binary Format". */
#include "connect/postgres/copy_out.h"

#include <poll.h>

#include "base/clock.h"
#include "base/error.h"
#include "connect/postgres/failure.h"
#include "connect/postgres/wire.h"

#define SIGNATURE_SIZE WH_WIRE_COPY_SIGNATURE_SIZE
#define HEADER_SIZE (SIGNATURE_SIZE + 8)
#define COUNT_SIZE 2
#define LENGTH_SIZE 4

/* In which a server on the same machine sends what a socket holds, or half of it. */
#define NAP_SECONDS 0.0005

/* ---- from the server ------------------------------------------------------------------------- */

/** What has arrived already, or else what comes after a while: a server on the same machine sends 8
 *  KB at a time, and waking up for each costs both sides more than the rows in it. Who compares a
 *  batch waits for its last rows at most. */
static wh_code take_input(struct wh_destination *destination, unsigned tries, unsigned *idle,
                          struct wh_error *err)
{
    if (tries == 0)
        return PQconsumeInput(destination->conn) != 0
                   ? WH_OK
                   : wh_postgres_connection_failure(destination->conn, err);
    if (tries == 1 && destination->is_source)
        wh_clock_nap(NAP_SECONDS);
    return wh_postgres_wait(destination, POLLIN, idle, err);
}

/** Behind the last row: whether the server gave all of them. */
static wh_code end_copy(struct wh_destination *destination, struct wh_error *err)
{
    PGresult *result WH_CLEANUP(wh_postgres_result_release) = NULL;
    WH_TRY(wh_postgres_await(destination, 1, &result, err));
    return WH_END;
}

wh_code wh_postgres_copy_out_next(struct wh_destination *destination, char **ret, size_t *ret_size,
                                  struct wh_error *err)
{
    unsigned idle = 0;
    int size;
    *ret = NULL;
    *ret_size = 0;
    for (unsigned tries = 0; (size = PQgetCopyData(destination->conn, ret, 1)) == 0; tries++)
        WH_TRY(take_input(destination, tries, &idle, err));
    if (size == -1)
        return end_copy(destination, err);
    if (size < 0)
        return wh_postgres_connection_failure(destination->conn, err);
    *ret_size = (size_t)size;
    return WH_OK;
}

wh_code wh_postgres_copy_out_take(struct wh_destination *destination, struct wh_error *err)
{
    wh_code kept = WH_OK;
    wh_code rc;
    char *row;
    size_t size;
    /* The rows that it held are nobody's any more. */
    wh_postgres_result_release(&destination->came);
    wh_buf_reset_huge(&destination->copied_out);
    while ((rc = wh_postgres_copy_out_next(destination, &row, &size, err)) == WH_OK) {
        /* What there is no room for is read all the same: the connection is to stay of use. */
        if (kept == WH_OK)
            kept = wh_buf_append(&destination->copied_out, row, size, err);
        PQfreemem(row);
    }
    return rc == WH_END ? kept : rc;
}

/* ---- taking apart ---------------------------------------------------------------------------- */

static wh_code say_corrupt(struct wh_error *err)
{
    return wh_error_set(err, WH_CORRUPT, "the server sent a row that is none of the statement's");
}

wh_code wh_postgres_copy_out_begin(struct wh_str *copied, struct wh_error *err)
{
    const char *at = copied->ptr;
    if (copied->len < HEADER_SIZE || memcmp(at, WH_WIRE_COPY_SIGNATURE, SIGNATURE_SIZE) != 0 ||
        wh_wire_get32(at + SIGNATURE_SIZE) != 0 || wh_wire_get32(at + SIGNATURE_SIZE + 4) != 0)
        return wh_error_set(err, WH_CORRUPT, "the server sent no COPY in binary as it is known");
    *copied = wh_str_make(at + HEADER_SIZE, copied->len - HEADER_SIZE);
    return WH_OK;
}

wh_code wh_postgres_copy_out_cut(struct wh_str *copied, struct wh_postgres_row *row,
                                 struct wh_error *err)
{
    const char *at = copied->ptr;
    const char *end = at + copied->len;
    if (copied->len < COUNT_SIZE)
        return say_corrupt(err);
    uint16_t count = wh_wire_get16(at);
    at += COUNT_SIZE;
    if (count == UINT16_MAX && at == end)
        return WH_END;
    if (count != row->count)
        return say_corrupt(err);
    for (size_t i = 0; i < row->count; i++) {
        if (end - at < LENGTH_SIZE)
            return say_corrupt(err);
        int32_t len = (int32_t)wh_wire_get32(at);
        at += LENGTH_SIZE;
        row->fields[i] = WH_STR_NONE;
        if (len == -1)
            continue;
        if (len < 0 || len > end - at)
            return say_corrupt(err);
        row->fields[i] = wh_str_make(at, (size_t)len);
        at += len;
    }
    row->bytes = wh_str_make(copied->ptr, (size_t)(at - copied->ptr));
    *copied = wh_str_make(at, (size_t)(end - at));
    return WH_OK;
}

wh_code wh_postgres_row_cut(struct wh_postgres_row *row, struct wh_error *err)
{
    struct wh_str rest = row->bytes;
    wh_code rc = wh_postgres_copy_out_cut(&rest, row, err);
    return rc == WH_END || rest.len > 0 ? say_corrupt(err) : rc;
}
