/* SPDX-License-Identifier: Apache-2.0 */
#include "connect_conformance_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "data/text.h"

wh_code conformance_try_open(struct bench *bench, const char *url, bool read_only,
                             struct wh_destination **ret)
{
    char own[URL_SIZE];
    struct wh_destination_request request = {.url = wh_str_from(url),
                                             .read_only = read_only,
                                             .open_ledger = bench->fixture->open_ledger,
                                             .open_ledger_ctx = own};
    snprintf(own, sizeof(own), "%s", url);
    return bench->functions->open(&request, ret, &bench->err);
}

struct wh_destination *conformance_open_at(struct bench *bench, const char *url, bool read_only)
{
    struct wh_destination *destination = NULL;
    assert_ok(bench, conformance_try_open(bench, url, read_only, &destination));
    return destination;
}

int conformance_set_up(void **state)
{
    const struct conformance_fixture *fixture = *state;
    struct bench *bench = calloc(1, sizeof(*bench));
    assert_non_null(bench);
    bench->fixture = fixture;
    bench->functions = fixture->connector->destination;
    const char *root = getenv("TMPDIR");
    snprintf(bench->folder, sizeof(bench->folder), "%.40s/wherry-XXXXXX",
             root != NULL ? root : "/tmp");
    assert_non_null(mkdtemp(bench->folder));
    fixture->make_url(bench->url, sizeof(bench->url), bench->folder, 0);
    wh_arena_init(&bench->arena);
    bench->destination = conformance_open_at(bench, bench->url, false);
    *state = bench;
    return 0;
}

int conformance_tear_down(void **state)
{
    struct bench *bench = *state;
    char command[128];
    bench->functions->close(bench->destination);
    wh_arena_release(&bench->arena);
    snprintf(command, sizeof(command), "rm -rf '%s'", bench->folder);
    int rc = system(command);
    *state = NULL;
    free(bench);
    return rc;
}

const struct wh_type conformance_int_type = {.kind = WH_KIND_INT, .bits = 64};
const struct wh_type conformance_text_type = {.kind = WH_KIND_TEXT};

void conformance_make_table(struct bench *bench, const char *name, const struct wh_type *types,
                            size_t count, size_t key_count)
{
    struct wh_column_info *columns = wh_arena_array(&bench->arena, count, sizeof(*columns));
    size_t *key_columns = wh_arena_array(&bench->arena, count, sizeof(*key_columns));
    assert_true(columns != NULL && key_columns != NULL);
    for (size_t i = 0; i < count; i++) {
        assert_ok(bench, wh_arena_format(&bench->arena, &columns[i].name, &bench->err, "c%zu", i));
        columns[i].type = types[i];
        columns[i].is_not_null = i < key_count;
        key_columns[i] = i;
    }
    struct wh_key_info key = {
        .columns = key_columns, .column_count = key_count, .is_primary = true};
    struct wh_table_info table = {.name = wh_str_from(name),
                                  .columns = columns,
                                  .column_count = count,
                                  .keys = &key,
                                  .key_count = 1};
    struct wh_str ddl;
    assert_ok(bench, bench->functions->create(bench->destination, &table, true, &bench->arena, &ddl,
                                              &bench->err));
}

struct wh_writer *conformance_open_writer(struct bench *bench, struct wh_destination *destination,
                                          const char *table, size_t count, size_t match_count)
{
    static const size_t numbers[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    struct wh_writer *writer = NULL;
    struct wh_writer_request request = {.table = wh_str_from(table),
                                        .columns = numbers,
                                        .column_count = count,
                                        .match = numbers,
                                        .match_count = match_count};
    assert_true(count <= WH_COUNT_OF(numbers));
    assert_ok(bench, bench->functions->writer_open(destination, &request, &writer, &bench->err));
    return writer;
}

struct wh_column conformance_make_column(struct bench *bench, struct wh_type type,
                                         const char *const *texts, size_t count)
{
    struct wh_column column;
    assert_ok(bench, wh_column_init(&column, type, WH_MAX(count, 1), &bench->arena, &bench->err));
    assert_ok(bench, wh_column_need_validity(&column, &bench->arena, &bench->err));
    for (size_t i = 0; i < count; i++) {
        if (texts[i] == NULL)
            wh_column_set_null(&column, i);
        else if (wh_value_parse(wh_str_from(texts[i]), &bench->arena, &column, i) != WH_FAULT_NONE)
            fail_msg("'%s' does not parse as kind %d", texts[i], (int)type.kind);
    }
    return column;
}

void conformance_assert_value(struct bench *bench, const struct wh_column *column, size_t row,
                              const char *expected)
{
    struct wh_str text = WH_STR("");
    assert_int_equal(wh_column_is_null(column, row), expected == NULL);
    if (expected == NULL)
        return;
    assert_int_equal(wh_value_print(column, row, &bench->arena, &text), WH_FAULT_NONE);
    if (!wh_str_is(text, expected))
        fail_msg("row %zu holds '%.*s', not '%s'", row, WH_FMT(text), expected);
}

void conformance_select_rows(struct rows *rows, size_t first, size_t end)
{
    rows->selection = (struct wh_selection){.rows = rows->numbers, .count = end - first};
    for (size_t i = first; i < end; i++)
        rows->numbers[i - first] = (uint16_t)i;
}

wh_code conformance_write_rows(struct bench *bench, struct wh_writer *writer,
                               enum wh_write_kind kind, struct wh_write_request *request,
                               struct rows *rows)
{
    request->kind = kind;
    request->selection = &rows->selection;
    request->results = rows->results;
    return bench->functions->write(writer, request, &bench->err);
}

void conformance_insert_all(struct bench *bench, struct wh_writer *writer,
                            const struct wh_column *columns, size_t count)
{
    struct rows rows = {.selection = {.count = 0}};
    struct wh_write_request request = {.columns = columns};
    conformance_select_rows(&rows, 0, count);
    assert_ok(bench, bench->functions->begin(bench->destination, &bench->err));
    assert_ok(bench, conformance_write_rows(bench, writer, WH_WRITE_INSERT, &request, &rows));
    for (size_t i = 0; i < count; i++)
        assert_int_equal(rows.results[i], WH_ROW_WRITTEN);
    assert_int_equal(request.stopped_at, count);
    assert_ok(bench, bench->functions->commit(bench->destination, &bench->err));
}

struct wh_found conformance_fetch(struct bench *bench, struct wh_writer *writer,
                                  const struct wh_column *keys, size_t count)
{
    struct rows rows = {.selection = {.count = 0}};
    struct wh_found found = {.tells_same = false};
    conformance_select_rows(&rows, 0, count);
    assert_ok(bench, bench->functions->fetch(writer, keys, &rows.selection, &bench->arena, &found,
                                             &bench->err));
    return found;
}

uint64_t conformance_count_rows(struct bench *bench, const char *table)
{
    uint64_t count = 0;
    assert_ok(bench, bench->functions->count(bench->destination, wh_str_from(table), UINT64_MAX,
                                             &count, &bench->err));
    return count;
}

struct wh_writer *conformance_make_three(struct bench *bench, struct wh_column *columns)
{
    static const char *const ids[] = {"1", "2", "3"};
    static const char *const names[] = {"one", "two", "three"};
    conformance_make_table(
        bench, "t", (const struct wh_type[]){conformance_int_type, conformance_text_type}, 2, 1);
    struct wh_writer *writer = conformance_open_writer(bench, bench->destination, "t", 2, 1);
    columns[0] = conformance_make_column(bench, conformance_int_type, ids, 3);
    columns[1] = conformance_make_column(bench, conformance_text_type, names, 3);
    conformance_insert_all(bench, writer, columns, 3);
    return writer;
}
