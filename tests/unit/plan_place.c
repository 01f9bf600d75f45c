/* SPDX-License-Identifier: Apache-2.0 */
#include "plan_place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "connect/file/file.h"
#include "connect/sqlite/sqlite.h"

static const struct wh_connector *const connectors[] = {&wh_file_connector, &wh_sqlite_connector,
                                                        NULL};

static const char *no_environment(void *ctx, const char *name)
{
    (void)ctx;
    (void)name;
    return NULL;
}

void place_path(const struct place *place, const char *name, char *room, size_t size)
{
    snprintf(room, size, "%s/%s", place->folder, name);
}

void place_write(const struct place *place, const char *name, const char *text)
{
    char path[256];
    place_path(place, name, path, sizeof(path));
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

void place_sql(const struct place *place, const char *sql)
{
    char path[256];
    sqlite3 *db = NULL;
    place_path(place, "new.db", path, sizeof(path));
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    char *message = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
    sqlite3_close(db);
}

const char place_people[] = "id,Name,email,country,ssn,extra\n1,Ann,a@x,DE,9,z\n";

static const char schema[] =
    "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT UNIQUE,"
    " country CHAR(2), note TEXT DEFAULT 'x', made TIMESTAMP,"
    " twice INTEGER GENERATED ALWAYS AS (id * 2));"
    "CREATE TABLE pairs (a INTEGER, b TEXT NOT NULL, v NUMERIC(8,2), PRIMARY KEY (a, b));"
    "CREATE TABLE keyless (a INTEGER, b TEXT);"
    "CREATE TABLE uniques (a INTEGER, b TEXT UNIQUE, c TEXT, UNIQUE (a, c));"
    "CREATE TABLE strict_one (id INTEGER PRIMARY KEY, must TEXT NOT NULL, also TEXT NOT NULL);"
    "CREATE TABLE watched (id INTEGER PRIMARY KEY);"
    "CREATE TRIGGER watch AFTER INSERT ON watched BEGIN SELECT 1; END;"
    "CREATE VIEW seen AS SELECT * FROM people;";

int place_setup(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    assert_non_null(place);
    snprintf(place->folder, sizeof(place->folder), "/tmp/wherry-plan-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    place_write(place, "people.csv", place_people);
    place_sql(place, schema);
    *state = place;
    return 0;
}

static void forget_plan(struct place *place)
{
    wh_plan_free(place->plan);
    wh_migration_free(place->migration);
    place->plan = NULL;
    place->migration = NULL;
}

int place_teardown(void **state)
{
    struct place *place = *state;
    char command[128];
    forget_plan(place);
    snprintf(command, sizeof(command), "rm -rf '%s'", place->folder);
    assert_int_equal(system(command), 0);
    free(place);
    return 0;
}

wh_code place_plan(struct place *place, const char *text, bool read_only, struct wh_error *err)
{
    char path[256];
    forget_plan(place);
    place_write(place, "m.yaml", text);
    place_path(place, "m.yaml", path, sizeof(path));
    struct wh_migration_request read = {.path = path, .environment = no_environment};
    wh_code rc = wh_migration_read(&read, &place->migration, err);
    if (rc != WH_OK)
        fail_msg("%u:%u: %s", err->line, err->column, err->message);
    struct wh_plan_request request = {
        .migration = place->migration, .connectors = connectors, .read_only = read_only};
    return wh_plan_make(&request, &place->plan, err);
}

const struct wh_item_plan *place_item(void **state, const char *text)
{
    struct place *place = *state;
    struct wh_error err = WH_ERROR_NONE;
    if (place_plan(place, text, true, &err) != WH_OK)
        fail_msg("%u:%u: %s", err.line, err.column, err.message);
    return &place->plan->items[0];
}
