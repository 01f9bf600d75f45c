/* SPDX-License-Identifier: Apache-2.0 */
/* Quoting, CREATE TABLE, and the ledger's SQL in a dialect's words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/macros.h"
#include "sql/create_table.h"
#include "sql/ledger_sql.h"
#include "sql/made_as.h"
#include "sql/quote.h"

static int make_buf(void **state)
{
    static struct wh_buf buf;
    wh_buf_init(&buf, 1 << 20);
    *state = &buf;
    return 0;
}

static int release_buf(void **state)
{
    wh_buf_release(*state);
    return 0;
}

static void assert_text(struct wh_buf *buf, const char *expected)
{
    assert_string_equal(wh_buf_cstr(buf), expected);
    wh_buf_reset(buf);
}

/* ---- quoting --------------------------------------------------------------------------------- */

static void names_are_quoted_whatever_they_hold(void **state)
{
    struct wh_buf *buf = *state;
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(wh_sql_append_name(buf, WH_STR("select"), &err), WH_OK);
    assert_text(buf, "\"select\"");
    assert_int_equal(wh_sql_append_name(buf, WH_STR("a\"; DROP TABLE t; --"), &err), WH_OK);
    assert_text(buf, "\"a\"\"; DROP TABLE t; --\"");
    assert_int_equal(wh_sql_append_name(buf, WH_STR("\"\""), &err), WH_OK);
    assert_text(buf, "\"\"\"\"\"\"");
}

static void names_that_cannot_be_quoted_are_refused(void **state)
{
    struct wh_buf *buf = *state;
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(wh_sql_append_name(buf, WH_STR(""), &err), WH_INVALID);
    assert_int_equal(wh_sql_append_name(buf, WH_STR("a\0b"), &err), WH_INVALID);
    assert_int_equal(wh_sql_append_text(buf, WH_STR("a\0b"), &err), WH_INVALID);
    assert_int_equal(buf->len, 0);
}

static void literals_hold_quotes(void **state)
{
    struct wh_buf *buf = *state;
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(wh_sql_append_text(buf, WH_STR("it's \\ 'so'"), &err), WH_OK);
    assert_text(buf, "'it''s \\ ''so'''");
}

/* ---- CREATE TABLE ---------------------------------------------------------------------------- */

static void a_table_is_made_with_its_types_and_keys(void **state)
{
    struct wh_buf *buf = *state;
    struct wh_error err = WH_ERROR_NONE;
    static const struct wh_column_info columns[] = {
        {.name = {"id", 2}, .type = {.kind = WH_KIND_INT, .bits = 32}, .is_not_null = true},
        {.name = {"a \"b\"", 5}, .type = {.kind = WH_KIND_TEXT, .length = 40}},
        {.name = {"amount", 6},
         .type = {.kind = WH_KIND_NUMERIC, .has_scale = true, .precision = 12, .scale = 2},
         .is_not_null = true},
    };
    static const size_t id[] = {0};
    static const size_t rest[] = {2, 1};
    static const struct wh_key_info keys[] = {
        {.columns = id, .column_count = 1, .is_primary = true},
        {.columns = rest, .column_count = 2},
    };
    const struct wh_table_info table = {.name = WH_STR("order"),
                                        .columns = columns,
                                        .column_count = WH_COUNT_OF(columns),
                                        .keys = keys,
                                        .key_count = WH_COUNT_OF(keys)};
    assert_int_equal(wh_sql_append_create_table(buf, &wh_sql_sqlite, &table, &err), WH_OK);
    assert_text(buf, "CREATE TABLE \"order\" (\n"
                     "    \"id\" INTEGER NOT NULL,\n"
                     "    \"a \"\"b\"\"\" VARCHAR(40),\n"
                     "    \"amount\" NUMERIC(12,2) NOT NULL,\n"
                     "    PRIMARY KEY (\"id\"),\n"
                     "    UNIQUE (\"amount\", \"a \"\"b\"\"\")\n)");
}

static void a_table_stands_in_the_schema_that_its_name_says_where_there_are_schemas(void **state)
{
    struct wh_buf *buf = *state;
    struct wh_error err = WH_ERROR_NONE;
    const struct wh_column_info column = {.name = WH_STR("n"), .type = {.kind = WH_KIND_INT}};
    struct wh_table_info table = {
        .name = WH_STR("My sales.order"), .columns = &column, .column_count = 1};
    assert_int_equal(wh_sql_append_create_table(buf, &wh_sql_postgres, &table, &err), WH_OK);
    assert_text(buf, "CREATE TABLE \"My sales\".\"order\" (\n    \"n\" bigint\n)");
    wh_buf_reset(buf);
    assert_int_equal(wh_sql_append_create_table(buf, &wh_sql_sqlite, &table, &err), WH_OK);
    assert_text(buf, "CREATE TABLE \"My sales.order\" (\n    \"n\" INTEGER\n)");
}

static void a_table_without_columns_or_with_generated_ones_is_refused(void **state)
{
    struct wh_buf *buf = *state;
    struct wh_error err = WH_ERROR_NONE;
    const struct wh_column_info generated = {.name = WH_STR("g"), .is_generated = true};
    struct wh_table_info table = {.name = WH_STR("t")};
    assert_int_equal(wh_sql_append_create_table(buf, &wh_sql_sqlite, &table, &err), WH_INVALID);
    table.columns = &generated;
    table.column_count = 1;
    assert_int_equal(wh_sql_append_create_table(buf, &wh_sql_sqlite, &table, &err), WH_INVALID);
    assert_non_null(strstr(err.message, "'g'"));
}

/** A column named a, of which PostgreSQL's words are known. */
static struct wh_column_info made_as(const char *words, const char *made_of)
{
    return (struct wh_column_info){.name = {"a", 1},
                                   .type = {.kind = WH_KIND_TEXT},
                                   .made_as = wh_str_from(words),
                                   .made_of = wh_str_from(made_of)};
}

static void append_made(struct wh_buf *buf, const struct wh_sql_dialect *dialect,
                        const struct wh_column_info *column, bool is_key)
{
    static const size_t first = 0;
    static const struct wh_key_info key = {.columns = &first, .column_count = 1};
    struct wh_error err = WH_ERROR_NONE;
    struct wh_table_info table = {
        .name = {"t", 1}, .columns = column, .column_count = 1, .keys = &key, .key_count = is_key};
    assert_int_equal(wh_sql_append_create_table(buf, dialect, &table, &err), WH_OK);
}

static void a_column_is_made_as_postgresql_has_it(void **state)
{
    struct wh_buf *buf = *state;
    const struct wh_column_info code = made_as("code", "character varying(4)");
    append_made(buf, &wh_sql_postgres, &code, false);
    assert_text(buf, "CREATE TABLE \"t\" (\n    \"a\" code\n)");
    append_made(buf, &wh_sql_sqlite, &code, false);
    assert_text(buf, "CREATE TABLE \"t\" (\n    \"a\" VARCHAR(4)\n)");
}

static void sqlite_keeps_the_words_of_types_that_it_does_not_have(void **state)
{
    struct wh_buf *buf = *state;
    static const struct {
        const char *words;
        const char *declared;
    } cases[] = {{"jsonb", "TEXT \"jsonb\""},
                 {"integer[]", "TEXT \"integer[]\""},
                 {"\"odd \"\"x\"\"\"", "TEXT \"\"\"odd \"\"\"\"x\"\"\"\"\"\"\""},
                 {"numeric", "TEXT \"numeric\""},
                 {"numeric(16,2)", "TEXT \"numeric(16,2)\""},
                 {"numeric(15,2)", "NUMERIC(15,2)"},
                 {"timestamp(3) without time zone", "TIMESTAMP"}};
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        char room[64];
        char expected[100];
        struct wh_str words;
        const struct wh_column_info column = made_as(cases[i].words, NULL);
        snprintf(expected, sizeof(expected), "CREATE TABLE \"t\" (\n    \"a\" %s\n)",
                 cases[i].declared);
        append_made(buf, &wh_sql_sqlite, &column, false);
        assert_text(buf, expected);
        if (!wh_sql_declared_words(wh_str_from(cases[i].declared), room, sizeof(room), &words))
            continue;
        assert_true(wh_str_is(words, cases[i].words));
    }
    const struct wh_column_info numeric = made_as("numeric", NULL);
    append_made(buf, &wh_sql_sqlite, &numeric, true);
    assert_text(buf, "CREATE TABLE \"t\" (\n    \"a\" NUMERIC,\n    UNIQUE (\"a\")\n)");
}

static void words_are_read_from_a_declared_type_or_not_at_all(void **state)
{
    char room[8];
    struct wh_str words;
    (void)state;
    static const char *const none[] = {"TEXT",         "TEXT \"",      "TEXT \"\"",
                                       "TEXT \"a",     "TEXT \"a\" b", "TEXT \"a\"b\"",
                                       "TEXT \"a\"\"", "text \"a\"",   "TEXT \"123456789\""};
    for (size_t i = 0; i < WH_COUNT_OF(none); i++)
        assert_false(wh_sql_declared_words(wh_str_from(none[i]), room, sizeof(room), &words));
    assert_true(wh_sql_declared_words(WH_STR("TEXT \"12345678\""), room, sizeof(room), &words));
    assert_true(wh_str_is(words, "12345678"));
}

static void a_declared_type_is_made_with_its_bounds(void **state)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_str words;
    static const char *const cases[][2] = {{"VARCHAR(40)", "varchar(40)"},
                                           {"CHAR(4)", "char(4)"},
                                           {"CHAR", "text"},
                                           {"NUMERIC(12, 2)", "numeric(12,2)"},
                                           {"NVARCHAR(7)", "varchar(7)"},
                                           {"INT4", "integer"},
                                           {"TEXT \"uuid\"", "uuid"},
                                           {"JSON", NULL},
                                           {"NUMERIC", NULL},
                                           {"", NULL}};
    (void)state;
    wh_arena_init(&arena);
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        assert_int_equal(wh_sql_declared_made_as(wh_str_from(cases[i][0]), &arena, &words, &err),
                         WH_OK);
        assert_true(wh_str_equal(words, wh_str_from(cases[i][1])));
    }
}

static void words_that_could_hide_what_follows_are_refused(void **state)
{
    struct wh_buf *buf = *state;
    struct wh_error err = WH_ERROR_NONE;
    static const char *const bad[] = {"int --", "int /*", "int; DROP TABLE t"};
    for (size_t i = 0; i < WH_COUNT_OF(bad); i++) {
        const struct wh_column_info column = made_as(bad[i], NULL);
        struct wh_table_info table = {.name = {"t", 1}, .columns = &column, .column_count = 1};
        assert_int_equal(wh_sql_append_create_table(buf, &wh_sql_postgres, &table, &err),
                         WH_INVALID);
        wh_buf_reset(buf);
    }
}

/* ---- the ledger's SQL ------------------------------------------------------------------------ */

static void assert_ledger(struct wh_buf *buf, const char *sql, const char *expected)
{
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(wh_sql_append_ledger(buf, &wh_sql_sqlite, sql, &err), WH_OK);
    assert_text(buf, expected);
}

static void tables_and_parameters_get_the_names_of_the_dialect(void **state)
{
    struct wh_buf *buf = *state;
    assert_ledger(buf, "SELECT id FROM wherry.run WHERE id=$1 AND x>$12",
                  "SELECT id FROM \"wherry_run\" WHERE id=?1 AND x>?12");
    assert_ledger(buf, "wherry.a,wherry.b_2", "\"wherry_a\",\"wherry_b_2\"");
    assert_ledger(buf, "", "");
}

static void what_is_quoted_or_commented_stays_as_it_is(void **state)
{
    struct wh_buf *buf = *state;
    static const char *const same[] = {
        "'wherry.run $1'",
        "'it''s wherry.run'",
        "\"wherry.run $1\"",
        "\"a\"\"wherry.run\"",
        "-- wherry.run $1 it's\nx",
        "-- wherry.run",
        "/* wherry.run ' $1 */ 1",
        "mywherry.run",
        "x.wherry.run",
        "wherryx.run",
        "wherry_run",
        "wherry",
        "1-1/2",
        "\xc3\xa9wherry.run",
    };
    for (size_t i = 0; i < WH_COUNT_OF(same); i++)
        assert_ledger(buf, same[i], same[i]);
    assert_ledger(buf, "'a'wherry.run", "'a'\"wherry_run\"");
}

static void sql_that_does_not_end_or_names_nothing_is_refused(void **state)
{
    struct wh_buf *buf = *state;
    struct wh_error err = WH_ERROR_NONE;
    static const char *const bad[] = {"'open",    "\"open",   "/* open",       "/*/",
                                      "wherry.",  "wherry.*", "SELECT $",      "$a",
                                      "$$text$$", "'it''",    "wherry.\"run\""};
    for (size_t i = 0; i < WH_COUNT_OF(bad); i++)
        assert_int_equal(wh_sql_append_ledger(buf, &wh_sql_sqlite, bad[i], &err), WH_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_quoted_whatever_they_hold),
        cmocka_unit_test(names_that_cannot_be_quoted_are_refused),
        cmocka_unit_test(literals_hold_quotes),
        cmocka_unit_test(a_table_is_made_with_its_types_and_keys),
        cmocka_unit_test(a_table_stands_in_the_schema_that_its_name_says_where_there_are_schemas),
        cmocka_unit_test(a_table_without_columns_or_with_generated_ones_is_refused),
        cmocka_unit_test(a_column_is_made_as_postgresql_has_it),
        cmocka_unit_test(sqlite_keeps_the_words_of_types_that_it_does_not_have),
        cmocka_unit_test(words_are_read_from_a_declared_type_or_not_at_all),
        cmocka_unit_test(a_declared_type_is_made_with_its_bounds),
        cmocka_unit_test(words_that_could_hide_what_follows_are_refused),
        cmocka_unit_test(tables_and_parameters_get_the_names_of_the_dialect),
        cmocka_unit_test(what_is_quoted_or_commented_stays_as_it_is),
        cmocka_unit_test(sql_that_does_not_end_or_names_nothing_is_refused),
    };
    struct CMUnitTest with_buf[WH_COUNT_OF(tests)];
    for (size_t i = 0; i < WH_COUNT_OF(tests); i++) {
        with_buf[i] = tests[i];
        with_buf[i].setup_func = make_buf;
        with_buf[i].teardown_func = release_buf;
    }
    return cmocka_run_group_tests_name("sql_statement", with_buf, NULL, NULL);
}
