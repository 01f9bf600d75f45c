/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger_fixture.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "connect/sqlite/sqlite.h"

/* ---- the database ---------------------------------------------------------------------------- */

static void connect(struct ledger_fixture *fixture)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_destination_request request = {
        .url = wh_str_from(fixture->url), .base_folder = WH_STR("."), .budget = &fixture->budget};
    fixture->connection.functions = wh_sqlite_connector.destination;
    wh_code rc =
        fixture->connection.functions->open(&request, &fixture->connection.destination, &err);
    if (rc != WH_OK)
        print_message("%s\n", err.message);
    assert_int_equal(rc, WH_OK);
    fixture->drawn = atomic_load(&fixture->budget.used);
}

void ledger_fixture_make(struct ledger_fixture *fixture)
{
    *fixture = (struct ledger_fixture){.ledger = NULL};
    const char *parent = getenv("TMPDIR");
    (void)snprintf(fixture->folder, sizeof(fixture->folder), "%s/wherry-ledger-XXXXXX",
                   parent != NULL ? parent : "/tmp");
    assert_non_null(mkdtemp(fixture->folder));
    (void)snprintf(fixture->url, sizeof(fixture->url), "sqlite:%s/test.db", fixture->folder);
    wh_budget_init(&fixture->budget, 0);
    wh_arena_init(&fixture->arena);
    connect(fixture);
}

int ledger_fixture_set_up(void **state)
{
    struct ledger_fixture *fixture = malloc(sizeof(*fixture));
    assert_non_null(fixture);
    ledger_fixture_make(fixture);
    *state = fixture;
    return 0;
}

int ledger_fixture_set_up_open(void **state)
{
    ledger_fixture_set_up(state);
    ledger_fixture_open(*state);
    return 0;
}

int ledger_fixture_tear_down(void **state)
{
    ledger_fixture_remove(*state);
    free(*state);
    return 0;
}

void ledger_fixture_close(struct ledger_fixture *fixture)
{
    wh_ledger_close(fixture->ledger);
    fixture->ledger = NULL;
    if (fixture->connection.destination != NULL)
        fixture->connection.functions->close(fixture->connection.destination);
    fixture->connection.destination = NULL;
}

void ledger_fixture_remove(struct ledger_fixture *fixture)
{
    ledger_fixture_close(fixture);
    wh_arena_release(&fixture->arena);
    DIR *folder = opendir(fixture->folder);
    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (entry->d_name[0] != '.')
            assert_int_equal(unlinkat(dirfd(folder), entry->d_name, 0), 0);
    (void)closedir(folder);
    assert_int_equal(rmdir(fixture->folder), 0);
}

static void open_ledger(struct ledger_fixture *fixture)
{
    struct wh_error err = WH_ERROR_NONE;
    wh_code rc = wh_ledger_prepare(&fixture->connection, false, &err);
    if (rc == WH_OK)
        rc = wh_ledger_open(&fixture->connection, false, &fixture->ledger, &err);
    if (rc != WH_OK)
        print_message("%s\n", err.message);
    assert_int_equal(rc, WH_OK);
}

void ledger_fixture_open(struct ledger_fixture *fixture)
{
    open_ledger(fixture);
}

void ledger_fixture_reopen(struct ledger_fixture *fixture)
{
    ledger_fixture_close(fixture);
    connect(fixture);
    open_ledger(fixture);
}

void ledger_fixture_begin(struct ledger_fixture *fixture)
{
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(fixture->connection.functions->begin(fixture->connection.destination, &err),
                     WH_OK);
}

void ledger_fixture_commit(struct ledger_fixture *fixture)
{
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(fixture->connection.functions->commit(fixture->connection.destination, &err),
                     WH_OK);
}

void ledger_fixture_rollback(struct ledger_fixture *fixture)
{
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(fixture->connection.functions->rollback(fixture->connection.destination, &err),
                     WH_OK);
}

void ledger_fixture_run(struct ledger_fixture *fixture, const char *sql)
{
    struct wh_error err = WH_ERROR_NONE;
    wh_code rc = fixture->connection.functions->script(fixture->connection.destination, sql, &err);
    if (rc != WH_OK)
        print_message("%s: %s\n", sql, err.message);
    assert_int_equal(rc, WH_OK);
}

static struct wh_param ask(struct ledger_fixture *fixture, const char *sql)
{
    struct wh_error err = WH_ERROR_NONE;
    const struct wh_destination_functions *functions = fixture->connection.functions;
    struct wh_statement *statement = NULL;
    struct wh_param row = {.kind = WH_PARAM_NULL};
    wh_code rc = functions->prepare(fixture->connection.destination, sql, &statement, &err);
    if (rc == WH_OK)
        rc = functions->execute(statement, NULL, 0, &err);
    if (rc == WH_OK)
        rc = functions->next(statement, &row, 1, &err);
    if (rc != WH_OK)
        print_message("%s: %s\n", sql, err.message);
    assert_int_equal(rc, WH_OK);
    if (row.bytes.ptr != NULL)
        assert_int_equal(wh_arena_copy(&fixture->arena, row.bytes, &row.bytes, &err), WH_OK);
    functions->statement_free(statement);
    return row;
}

int64_t ledger_fixture_number(struct ledger_fixture *fixture, const char *sql)
{
    struct wh_param value = ask(fixture, sql);
    assert_int_equal(value.kind, WH_PARAM_INT);
    return value.number;
}

const char *ledger_fixture_text(struct ledger_fixture *fixture, const char *sql)
{
    return ask(fixture, sql).bytes.ptr;
}

int64_t ledger_fixture_add_run(struct ledger_fixture *fixture, const char *migration,
                               const char *item)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_run_record run = {.migration = wh_str_from(migration)};
    assert_int_equal(wh_ledger_add_run(fixture->ledger, &run, &err), WH_OK);
    struct wh_item_record record = {.run = run.id,
                                    .name = wh_str_from(item),
                                    .into = WH_STR("table"),
                                    .has_images = true,
                                    .records = UINT64_MAX};
    assert_int_equal(wh_ledger_add_item(fixture->ledger, &record, &err), WH_OK);
    return run.id;
}

/* ---- items ----------------------------------------------------------------------------------- */

static struct wh_column *make_columns(size_t count, struct wh_arena *arena)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_column *columns = wh_arena_array(arena, count > 0 ? count : 1, sizeof(*columns));
    assert_non_null(columns);
    for (size_t i = 0; i < count; i++) {
        struct wh_type text = {.kind = WH_KIND_TEXT};
        assert_int_equal(wh_column_init(&columns[i], text, WH_BATCH_ROWS, arena, &err), WH_OK);
        assert_int_equal(wh_column_need_validity(&columns[i], arena, &err), WH_OK);
    }
    return columns;
}

static void put_row(struct wh_column *columns, size_t count, const char *const *values, size_t row)
{
    for (size_t i = 0; values != NULL && i < count; i++) {
        if (values[i] == NULL)
            wh_column_set_null(&columns[i], row);
        else
            columns[i].values.texts[row] = wh_str_from(values[i]);
    }
}

/* A batch in the arrays that the encoder is given. */
struct batch_arrays {
    uint8_t statuses[WH_BATCH_ROWS];
    uint8_t images[WH_BATCH_ROWS];
    uint16_t rows[WH_BATCH_ROWS];
    struct wh_str keys[WH_BATCH_ROWS];
    struct wh_position positions[WH_BATCH_ROWS];
    uint64_t hashes[3][WH_BATCH_ROWS];
    uint8_t touched[WH_BATCH_ROWS];
};

static void put_item(struct batch_arrays *arrays, size_t at, const struct fixture_item *item)
{
    arrays->statuses[at] = (uint8_t)item->status;
    arrays->images[at] = (uint8_t)((item->source != NULL ? WH_IMAGE_SOURCE : 0) |
                                   (item->before != NULL ? WH_IMAGE_BEFORE : 0) |
                                   (item->after != NULL ? WH_IMAGE_AFTER : 0));
    arrays->rows[at] = item->is_unreadable ? UINT16_MAX : (uint16_t)at;
    arrays->keys[at] = wh_str_from(item->key);
    arrays->positions[at] = item->position;
    for (size_t i = 0; i < 3; i++)
        arrays->hashes[i][at] = item->hashes[i];
    arrays->touched[at] = item->is_touched;
}

static void encode_batch(struct wh_segment_encoder *encoder, const struct wh_segment_schema *schema,
                         const struct fixture_item *items, size_t count, struct wh_arena *arena)
{
    struct wh_error err = WH_ERROR_NONE;
    struct batch_arrays *arrays = wh_arena_array(arena, 1, sizeof(*arrays));
    assert_non_null(arrays);
    struct wh_column *source = make_columns(schema->source_count, arena);
    struct wh_column *before = make_columns(schema->target_count, arena);
    struct wh_column *after = make_columns(schema->target_count, arena);
    for (size_t i = 0; i < count; i++) {
        put_item(arrays, i, &items[i]);
        put_row(source, schema->source_count, items[i].source, i);
        put_row(before, schema->target_count, items[i].before, i);
        put_row(after, schema->target_count, items[i].after, i);
    }
    uint8_t **touched = wh_arena_array(arena, schema->rule_count + 1, sizeof(*touched));
    assert_non_null(touched);
    if (schema->rule_count > 0)
        touched[0] = arrays->touched;
    struct wh_segment_rows rows = {
        .count = count,
        .statuses = arrays->statuses,
        .images = arrays->images,
        .rows = arrays->rows,
        .keys = arrays->keys,
        .positions = arrays->positions,
        .match_hashes = arrays->hashes[0],
        .source_hashes = arrays->hashes[1],
        .after_hashes = arrays->hashes[2],
        .source = source,
        .before = before,
        .after = after,
        .touched = schema->rule_count > 0 ? touched : NULL,
    };
    assert_int_equal(wh_segment_encoder_add(encoder, &rows, &err), WH_OK);
}

void fixture_encode(struct wh_segment_encoder *encoder, const struct wh_segment_schema *schema,
                    const struct fixture_item *items, size_t count, struct wh_arena *arena)
{
    for (size_t first = 0; first < count; first += WH_BATCH_ROWS)
        encode_batch(encoder, schema, items + first, WH_MIN(count - first, WH_BATCH_ROWS), arena);
}
