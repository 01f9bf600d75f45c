/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite against the suite for all destinations. */
#include <stdio.h>

#include "connect/sqlite/sqlite.h"
#include "connect_conformance.h"

static void make_url(char *url, size_t size, const char *folder, int number)
{
    snprintf(url, size, "sqlite:%s/place%d.db?busy_timeout=200", folder, number);
}

#define FLOAT8                                                                                     \
    {                                                                                              \
        .kind = WH_KIND_FLOAT, .bits = 64                                                          \
    }
#define FLOAT4                                                                                     \
    {                                                                                              \
        .kind = WH_KIND_FLOAT, .bits = 32                                                          \
    }
#define NUMERIC                                                                                    \
    {                                                                                              \
        .kind = WH_KIND_NUMERIC                                                                    \
    }

/* -0 is stored as 0; a decimal that is not whole is stored as a double. */
static const struct conformance_quirk quirks[] = {
    {FLOAT8, "-0"},
    {FLOAT4, "-0"},
    {NUMERIC, "12345678901234567890123456789012345678"},
    {NUMERIC, "0.1234567890123456789"},
    {NUMERIC, "-9007199254740992.5"},
    {{.kind = WH_KIND_NUMERIC, .has_scale = true, .precision = 38, .scale = 10},
     "1234567890123456789012345678.0123456789"},
    {FLOAT8, NULL},
};

static const char constraints[] =
    "CREATE TABLE parent (id INTEGER PRIMARY KEY);"
    "CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL"
    " REFERENCES parent DEFERRABLE INITIALLY DEFERRED);"
    "CREATE TABLE picky (id INTEGER PRIMARY KEY, name TEXT NOT NULL, code TEXT UNIQUE,"
    " size INTEGER CHECK (size > 0));";

static const struct conformance_fixture fixture = {
    .connector = &wh_sqlite_connector,
    .make_url = make_url,
    .quirks = quirks,
    .constraints = constraints,
    .endless_query = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                     "WHERE i < 100000000000) SELECT count(*) FROM n",
};

int main(void)
{
    return conformance_run("sqlite", &fixture);
}
