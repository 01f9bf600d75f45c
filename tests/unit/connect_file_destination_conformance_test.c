/* SPDX-License-Identifier: Apache-2.0 */
/* Written files, of every format and packing, against the suite for what is written whole. */
#include <stdio.h>

#include "connect/file/file.h"
#include "connect/sqlite/sqlite.h"
#include "connect_conformance.h"
#include "format/options.h"

static void make_url(char *url, size_t size, const char *folder, int number)
{
    snprintf(url, size, "%s/out%d", folder, number);
}

/* A database beside the folder. */
static wh_code open_ledger(void *ctx, struct wh_connection *ret, struct wh_error *err)
{
    char url[600];
    snprintf(url, sizeof(url), "sqlite:%s.db?busy_timeout=200", (const char *)ctx);
    struct wh_destination_request request = {.url = wh_str_from(url)};
    ret->functions = wh_sqlite_connector.destination;
    return ret->functions->open(&request, &ret->destination, err);
}

/* CSV holds every canonical text as it is. */
static const struct conformance_rewording csv_rewordings[] = {
    {{.kind = WH_KIND_TEXT}, NULL, NULL},
};

/* JSON has words of its own for true and false. */
static const struct conformance_rewording json_rewordings[] = {
    {{.kind = WH_KIND_BOOL}, "t", "true"},
    {{.kind = WH_KIND_BOOL}, "f", "false"},
    {{.kind = WH_KIND_TEXT}, NULL, NULL},
};

static const struct {
    const char *name;
    const char *ending;
    const struct conformance_rewording *rewordings;
} kinds[] = {
    {"file, csv", ".csv", csv_rewordings},
    {"file, csv.gz", ".csv.gz", csv_rewordings},
    {"file, ndjson.zst", ".ndjson.zst", json_rewordings},
    {"file, json", ".json", json_rewordings},
};

static const char endless_query[] =
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000000) "
    "SELECT count(*) FROM n";

int main(void)
{
    int failed = 0;
    struct wh_format_options csv;
    wh_format_options_init(&csv);
    csv.dialect = WH_STR("csv");
    for (size_t i = 0; i < WH_COUNT_OF(kinds); i++) {
        struct conformance_fixture fixture = {
            .connector = &wh_file_connector,
            .make_url = make_url,
            .open_ledger = open_ledger,
            .rewordings = kinds[i].rewordings,
            .endless_query = i == 0 ? endless_query : NULL,
            .ending = kinds[i].ending,
            .format = kinds[i].rewordings == csv_rewordings ? &csv : NULL,
        };
        failed += conformance_run_whole(kinds[i].name, &fixture);
    }
    return failed;
}
