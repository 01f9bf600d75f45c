/* SPDX-License-Identifier: Apache-2.0 */
#include "connect_sqlite_place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "data/text.h"

int sqlite_make_place(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    const char *root = getenv("TMPDIR");
    assert_non_null(place);
    snprintf(place->folder, sizeof(place->folder), "%.40s/wherry-XXXXXX",
             root != NULL ? root : "/tmp");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->path, sizeof(place->path), "%s/a.db", place->folder);
    snprintf(place->url, sizeof(place->url), "sqlite:%s?busy_timeout=100", place->path);
    wh_arena_init(&place->arena);
    *state = place;
    return 0;
}

int sqlite_remove_place(void **state)
{
    struct place *place = *state;
    char command[128];
    sqlite.close(place->destination);
    wh_arena_release(&place->arena);
    snprintf(command, sizeof(command), "rm -rf '%s'", place->folder);
    int rc = system(command);
    free(place);
    return rc;
}

wh_code sqlite_try_open(struct place *place, const char *url, bool read_only)
{
    struct wh_destination_request request = {
        .url = wh_str_from(url), .base_folder = wh_str_from(place->folder), .read_only = read_only};
    sqlite.close(place->destination);
    place->destination = NULL;
    return sqlite.open(&request, &place->destination, &place->err);
}

int sqlite_make_open_place(void **state)
{
    sqlite_make_place(state);
    struct place *place = *state;
    assert_ok(place, sqlite_try_open(place, place->url, false));
    return 0;
}

void sqlite_run(struct place *place, const char *sql)
{
    assert_ok(place, sqlite.script(place->destination, sql, &place->err));
}

void sqlite_write_file(const char *path, const char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

int64_t sqlite_ask(struct place *place, const char *sql)
{
    struct wh_statement *query = NULL;
    struct wh_param row = {.kind = WH_PARAM_NULL};
    assert_ok(place, sqlite.prepare(place->destination, sql, &query, &place->err));
    assert_ok(place, sqlite.execute(query, NULL, 0, &place->err));
    assert_ok(place, sqlite.next(query, &row, 1, &place->err));
    assert_int_equal(row.kind, WH_PARAM_INT);
    sqlite.statement_free(query);
    return row.number;
}

struct wh_table_info sqlite_describe(struct place *place, const char *name)
{
    struct wh_table_info table;
    assert_ok(place, sqlite.describe(place->destination, wh_str_from(name), &place->arena, &table,
                                     &place->err));
    return table;
}

struct wh_writer *sqlite_open_writer(struct place *place)
{
    struct wh_writer *writer = NULL;
    struct wh_writer_request request = {.table = WH_STR("t"),
                                        .columns = (const size_t[]){0, 1},
                                        .column_count = 2,
                                        .match = (const size_t[]){0},
                                        .match_count = 1};
    assert_ok(place, sqlite.writer_open(place->destination, &request, &writer, &place->err));
    return writer;
}

struct wh_column sqlite_make_column(struct place *place, struct wh_type type, const char *text)
{
    struct wh_column column;
    assert_ok(place, wh_column_init(&column, type, 1, &place->arena, &place->err));
    assert_ok(place, wh_column_need_validity(&column, &place->arena, &place->err));
    if (text == NULL)
        wh_column_set_null(&column, 0);
    else
        assert_int_equal(wh_value_parse(wh_str_from(text), &place->arena, &column, 0),
                         WH_FAULT_NONE);
    return column;
}

const struct wh_type sqlite_int_type = {.kind = WH_KIND_INT, .bits = 64};

static uint16_t first_row[1] = {0};
const struct wh_selection sqlite_one_row = {.rows = first_row, .count = 1};

wh_code sqlite_write_one(struct place *place, struct wh_writer *writer, enum wh_write_kind kind,
                         struct wh_write_request *request, uint8_t *result)
{
    wh_code rc;
    *result = WH_ROW_NOT_TRIED;
    request->kind = kind;
    request->selection = &sqlite_one_row;
    request->results = result;
    assert_ok(place, sqlite.begin(place->destination, &place->err));
    rc = sqlite.write(writer, request, &place->err);
    if (rc == WH_OK)
        assert_ok(place, sqlite.commit(place->destination, &place->err));
    else
        assert_ok(place, sqlite.rollback(place->destination, NULL));
    return rc;
}

struct wh_found sqlite_fetch_one(struct place *place, struct wh_writer *writer,
                                 const struct wh_column *columns)
{
    struct wh_found found = {.tells_same = false};
    assert_ok(place,
              sqlite.fetch(writer, columns, &sqlite_one_row, &place->arena, &found, &place->err));
    return found;
}
