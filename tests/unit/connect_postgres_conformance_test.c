/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL against the suite for all destinations. */
#include <stdio.h>

#include "connect/postgres/postgres.h"
#include "connect_conformance.h"
#include "connect_postgres_server.h"

/* A database for every URL: what a test makes is no other test's to see. */
static void make_url(char *url, size_t size, const char *folder, int number)
{
    static unsigned count;
    char name[32];
    char sql[128];
    (void)folder;
    (void)number;
    snprintf(name, sizeof(name), "place%u", ++count);
    snprintf(sql, sizeof(sql), "CREATE DATABASE %s;\n\\c %s\nCREATE SCHEMA wherry;", name, name);
    postgres_server_run("postgres", sql);
    snprintf(url, size, "postgresql:host=%s user=postgres dbname=%s", postgres_server_host(), name);
}

/* Every value of the suite reads back as it was written. */
static const struct conformance_quirk quirks[] = {{{.kind = WH_KIND_NULL}, NULL}};

static const char constraints[] =
    "CREATE TABLE parent (id bigint PRIMARY KEY);"
    "CREATE TABLE child (id bigint PRIMARY KEY, parent_id bigint NOT NULL"
    " REFERENCES parent DEFERRABLE INITIALLY DEFERRED);"
    "CREATE TABLE picky (id bigint PRIMARY KEY, name text NOT NULL, code text UNIQUE,"
    " size bigint CHECK (size > 0));";

static const struct conformance_fixture fixture = {
    .connector = &wh_postgres_connector,
    .make_url = make_url,
    .quirks = quirks,
    .constraints = constraints,
    .endless_query = "SELECT 1 FROM pg_sleep(600)",
};

int main(void)
{
    if (!postgres_server_start())
        return 77;
    int failed = conformance_run("postgresql", &fixture);
    postgres_server_stop();
    return failed;
}
