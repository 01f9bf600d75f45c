/* SPDX-License-Identifier: Apache-2.0 */
/* The format: https://www.postgresql.org/docs/15/sql-copy.html, "Binary Format". */
#include "connect/postgres/copy_in.h"

#include <poll.h>

#include "base/error.h"
#include "connect/postgres/failure.h"
#include "connect/postgres/wire.h"

/* No flags, no extension; and behind the last row the count of fields that ends all. */
static const char header[] = WH_WIRE_COPY_SIGNATURE "\0\0\0\0"
                                                    "\0\0\0\0";
static const char trailer[] = "\377\377";

#define HEADER_SIZE (sizeof(header) - 1)
#define TRAILER_SIZE (sizeof(trailer) - 1)
#define PIECE_SIZE ((size_t)256 << 10) /* what is handed to libpq at once */

wh_code wh_postgres_copy_in_begin(struct wh_postgres_copy_in *copy,
                                  struct wh_destination *destination, const char *sql,
                                  struct wh_error *err)
{
    PGresult *result WH_CLEANUP(wh_postgres_result_release) = NULL;
    *copy = (struct wh_postgres_copy_in){.destination = NULL};
    WH_TRY(wh_postgres_exec(destination, sql, &result, err));
    WH_ASSERT(PQresultStatus(result) == PGRES_COPY_IN, err);
    if (PQsetnonblocking(destination->conn, 1) != 0)
        return wh_postgres_connection_failure(destination->conn, err);
    copy->destination = destination;
    return WH_OK;
}

/** Waits until the server has taken what libpq holds: it may wait for a lock meanwhile. */
static wh_code flush(struct wh_postgres_copy_in *copy, struct wh_error *err)
{
    PGconn *conn = copy->destination->conn;
    unsigned idle = 0;
    int left;
    while ((left = PQflush(conn)) > 0)
        WH_TRY(wh_postgres_wait(copy->destination, POLLIN | POLLOUT, &idle, err));
    copy->handed_over = 0;
    return left == 0 ? WH_OK : wh_postgres_connection_failure(conn, err);
}

wh_code wh_postgres_copy_in_send(struct wh_postgres_copy_in *copy, const char *bytes, size_t size,
                                 struct wh_error *err)
{
    PGconn *conn = copy->destination->conn;
    for (size_t piece; size > 0; bytes += piece, size -= piece) {
        piece = WH_MIN(size, PIECE_SIZE);
        if (PQputCopyData(conn, bytes, (int)piece) != 1)
            return wh_postgres_connection_failure(conn, err);
        copy->handed_over += piece;
        if (copy->handed_over >= PIECE_SIZE)
            WH_TRY(flush(copy, err));
    }
    return WH_OK;
}

wh_code wh_postgres_copy_in_header(struct wh_postgres_copy_in *copy, struct wh_error *err)
{
    return wh_postgres_copy_in_send(copy, header, HEADER_SIZE, err);
}

wh_code wh_postgres_copy_in_trailer(struct wh_postgres_copy_in *copy, struct wh_error *err)
{
    return wh_postgres_copy_in_send(copy, trailer, TRAILER_SIZE, err);
}

wh_code wh_postgres_copy_in_finish(struct wh_postgres_copy_in *copy, const char *why_not,
                                   struct wh_error *err)
{
    PGconn *conn = copy->destination->conn;
    if (PQputCopyEnd(conn, why_not) != 1)
        return wh_postgres_connection_failure(conn, err);
    return flush(copy, err);
}

void wh_postgres_copy_in_close(struct wh_postgres_copy_in *copy)
{
    if (copy->destination == NULL)
        return;
    WH_IGNORE(PQsetnonblocking(copy->destination->conn, 0),
              "after a failure bytes may be left, which go with what comes next");
    copy->destination = NULL;
}
