/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A PostgreSQL server of the test program's own, for as long as it runs: made by
 * `tests/postgres-data` in a temporary folder, reached through a socket there, without fsync. As
 * root it runs as the user `postgres`.
 */
#ifndef WH_TESTS_CONNECT_POSTGRES_SERVER_H
#define WH_TESTS_CONNECT_POSTGRES_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#define POSTGRES_SERVER_FOLDER_SIZE 64

/** Starts the server; false, with a word on stdout, where PostgreSQL 15 is not installed. Ends the
 *  program where it is and does not start. */
bool postgres_server_start(void);

void postgres_server_stop(void);

/** The folder of its socket: the host to connect to, as user postgres. */
const char *postgres_server_host(void);

/** Runs SQL in a database with psql; ends the program where that fails. */
void postgres_server_run(const char *database, const char *sql);

#endif
