/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/connection.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "connect/postgres/connecting.h"
#include "connect/postgres/failure.h"
#include "connect/postgres/lock.h"
#include "connect/postgres/running.h"
#include "connect/postgres/statement.h"
#include "connect/postgres/transaction.h"
#include "data/text.h"
#include "sql/quote.h"

/* The oldest server whose values all have a place in wherry's types (infinite numerics). */
#define OLDEST_SERVER 140000

/* A batch's rows, however long they are in the table. */
#define MAX_COPIED (SIZE_MAX / 2)

/* What role and database may have set otherwise: texts of values are canonical ones, and a policy
 * that would hide rows is an error. */
static const char settings[] = "SET TimeZone = 'UTC';"
                               "SET DateStyle = 'ISO, MDY';"
                               "SET IntervalStyle = 'postgres';"
                               "SET extra_float_digits = 1;"
                               "SET bytea_output = 'hex';"
                               "SET standard_conforming_strings = on;"
                               "SET xmloption = 'content';"
                               "SET client_min_messages = 'warning';"
                               "SET idle_session_timeout = 0;" /* it waits for others to work */
                               "SET row_security = off;";

/* An update's condition is looked at row by row, not once for the transaction; plans for batches of
 * keys go by the index, whatever the statistics of a table that is being filled: nor is an index
 * that has all that is asked for read whole where there seems to be nothing in it. What goes
 * without an index then seems so dear that the server would compile it, for half a second. */
static const char destination_settings[] = "SET default_transaction_isolation = 'read committed';"
                                           "SET plan_cache_mode = 'force_generic_plan';"
                                           "SET enable_seqscan = off;"
                                           "SET enable_indexonlyscan = off;"
                                           "SET enable_bitmapscan = off;"
                                           "SET enable_hashjoin = off;"
                                           "SET enable_mergejoin = off;"
                                           "SET jit = off;";

/* A statement that is run twice on one snapshot gives its rows in the same order, as far as that is
 * the server's to decide; and a statement and its transaction may wait for the destination as long
 * as it takes. Servers before 17 have no transaction_timeout. */
static const char source_settings[] = "SET max_parallel_workers_per_gather = 0;"
                                      "SET plan_cache_mode = 'force_generic_plan';"
                                      "SET synchronize_seqscans = off;"
                                      "SET geqo_seed = 0;"
                                      "SET jit = off;"
                                      "SET idle_in_transaction_session_timeout = 0;"
                                      "SET statement_timeout = 0;"
                                      "SELECT pg_catalog.set_config(name, '0', false) "
                                      "FROM pg_catalog.pg_settings "
                                      "WHERE name = 'transaction_timeout';";

/* ---- opening --------------------------------------------------------------------------------- */

/** Warnings of the server go nowhere: the library prints nothing. */
static void ignore_notice(void *context, const char *message)
{
    (void)context;
    (void)message;
}

static wh_code check_server(const struct wh_destination *destination, struct wh_error *err)
{
    const char *encoding = PQparameterStatus(destination->conn, "server_encoding");
    if (PQserverVersion(destination->conn) < OLDEST_SERVER)
        return wh_error_set(err, WH_UNSUPPORTED,
                            "the server is PostgreSQL %s; wherry needs version 14 or a later one",
                            PQparameterStatus(destination->conn, "server_version"));
    if (encoding != NULL && strcmp(encoding, "SQL_ASCII") == 0)
        return wh_error_set(err, WH_UNSUPPORTED,
                            "the database has encoding SQL_ASCII, in which text means nothing for "
                            "certain; use one with encoding UTF8");
    return WH_OK;
}

/** Sources write no texts. */
static wh_code read_repertoire(struct wh_destination *destination, struct wh_error *err)
{
    free(destination->repertoire);
    destination->repertoire = NULL;
    if (destination->is_source)
        return WH_OK;
    return wh_postgres_repertoire_read(destination, &destination->repertoire, err);
}

static wh_code set_up(struct wh_destination *destination, struct wh_error *err)
{
    WH_TRY(check_server(destination, err));
    WH_TRY(wh_postgres_run(destination, settings, err));
    WH_TRY(read_repertoire(destination, err));
    WH_TRY(wh_postgres_run(destination,
                           destination->is_source ? source_settings : destination_settings, err));
    if (!destination->is_read_only)
        return wh_postgres_tell_self(destination, err);
    return wh_postgres_run(destination, "SET default_transaction_read_only = on", err);
}

/** Nobody is there to quote the names but wherry. */
static wh_code add_grant(const struct wh_destination *destination, wh_code rc, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf grant;
    wh_buf_init(&grant, WH_ERROR_MESSAGE_SIZE);
    WH_TRY(wh_buf_append_str(&grant, WH_STR("GRANT CONNECT ON DATABASE "), err));
    WH_TRY(wh_sql_append_name(&grant, wh_str_from(PQdb(destination->conn)), err));
    WH_TRY(wh_buf_append_str(&grant, WH_STR(" TO "), err));
    WH_TRY(wh_sql_append_name(&grant, wh_str_from(PQuser(destination->conn)), err));
    return wh_error_prefix(err, rc, "%.*s", WH_FMT(wh_buf_str(&grant)));
}

static wh_code open_session(struct wh_destination *destination, struct wh_error *err)
{
    wh_code rc = wh_postgres_connect(&destination->location, destination->reached,
                                     destination->cancel, &destination->conn, err);
    if (rc == WH_OK) {
        PQsetNoticeProcessor(destination->conn, ignore_notice, NULL);
        return set_up(destination, err);
    }
    if (err != NULL && strstr(err->message, "CONNECT privilege") != NULL)
        return add_grant(destination, rc, err);
    return rc;
}

static wh_code open_as(const struct wh_destination_request *request, bool is_source,
                       struct wh_destination **ret, struct wh_error *err)
{
    struct wh_destination *destination = calloc(1, sizeof(*destination));
    if (destination == NULL)
        return wh_error_no_memory(err, sizeof(*destination));
    destination->is_source = is_source;
    destination->is_read_only = request->read_only;
    destination->cancel = request->cancel;
    destination->reached = request->reached;
    destination->listener = request->listener;
    wh_buf_init(&destination->copied_out, MAX_COPIED);
    wh_code rc = wh_postgres_location_parse(request->url, &destination->location, err);
    if (rc == WH_OK)
        rc = open_session(destination, err);
    if (rc != WH_OK) {
        wh_postgres_close(destination);
        return rc;
    }
    *ret = destination;
    return WH_OK;
}

wh_code wh_postgres_open(const struct wh_destination_request *request, struct wh_destination **ret,
                         struct wh_error *err)
{
    return open_as(request, false, ret, err);
}

wh_code wh_postgres_open_source(const struct wh_destination_request *request,
                                struct wh_destination **ret, struct wh_error *err)
{
    return open_as(request, true, ret, err);
}

static void disconnect(struct wh_destination *destination)
{
    wh_postgres_cancelling_forget(&destination->cancelling);
    PQclear(destination->came);
    destination->came = NULL;
    destination->is_asked = false;
    PQfinish(destination->conn);
    destination->conn = NULL;
}

void wh_postgres_close(struct wh_destination *destination)
{
    if (destination == NULL)
        return;
    wh_postgres_statements_forget(destination);
    if (destination->conn != NULL)
        disconnect(destination);
    wh_postgres_location_release(&destination->location);
    wh_buf_release(&destination->copied_out);
    free(destination->repertoire);
    free(destination);
}

/* ---- opening anew ---------------------------------------------------------------------------- */

/** Only the server knows: a connection that is lost looks sound until it is used. */
static bool is_alive(struct wh_destination *destination)
{
    return destination->conn != NULL && wh_postgres_rollback(destination, NULL) == WH_OK &&
           wh_postgres_run(destination, "", NULL) == WH_OK;
}

wh_code wh_postgres_reopen(struct wh_destination *destination, bool *ret_was_lost,
                           struct wh_error *err)
{
    *ret_was_lost = false;
    if (is_alive(destination))
        return WH_OK;
    struct wh_postgres_lost lost = {.backend = destination->backend};
    memcpy(lost.self, destination->self, sizeof(lost.self));
    *ret_was_lost = true;
    disconnect(destination);
    destination->session++;
    wh_code rc = open_session(destination, err);
    if (rc == WH_OK && lost.backend != 0)
        rc = wh_postgres_end_lost(destination, &lost, err);
    if (rc == WH_OK)
        return WH_OK;
    /* The next attempt asks for the end of the same session. */
    disconnect(destination);
    destination->backend = lost.backend;
    memcpy(destination->self, lost.self, sizeof(lost.self));
    return rc;
}
