/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Bytes on their way into a table by COPY: begin, send, finish, close, and then its results.
 *
 * The connection does not block meanwhile: otherwise libpq waits for a server that takes no more,
 * and nobody can stop that.
 */
#ifndef WH_CONNECT_POSTGRES_COPY_IN_H
#define WH_CONNECT_POSTGRES_COPY_IN_H

#include "connect/postgres/running.h"

struct wh_postgres_copy_in {
    struct wh_destination *destination; /* borrowed; NULL: nothing was begun */
    size_t handed_over;                 /* bytes that libpq was given since it had sent all */
};

/** Runs @p sql, which ends with a COPY FROM STDIN. */
WH_MUST_CHECK wh_code wh_postgres_copy_in_begin(struct wh_postgres_copy_in *copy,
                                                struct wh_destination *destination, const char *sql,
                                                struct wh_error *err);

/** What stands before the first row and behind the last one of a COPY in binary. */
WH_MUST_CHECK wh_code wh_postgres_copy_in_header(struct wh_postgres_copy_in *copy,
                                                 struct wh_error *err);
WH_MUST_CHECK wh_code wh_postgres_copy_in_trailer(struct wh_postgres_copy_in *copy,
                                                  struct wh_error *err);

WH_MUST_CHECK wh_code wh_postgres_copy_in_send(struct wh_postgres_copy_in *copy, const char *bytes,
                                               size_t size, struct wh_error *err);

/** Says that this was all; with @p why_not that it is to be taken back. */
WH_MUST_CHECK wh_code wh_postgres_copy_in_finish(struct wh_postgres_copy_in *copy,
                                                 const char *why_not, struct wh_error *err);

/** The connection blocks again. After a failure too; bytes may be left then,
 *  which go with what comes next. */
void wh_postgres_copy_in_close(struct wh_postgres_copy_in *copy);

#endif
