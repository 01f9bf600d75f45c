/* SPDX-License-Identifier: Apache-2.0 */
/* What is stored how, what cannot be, and what stands there already. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "connect_sqlite_place.h"
#include "data/text.h"

/* ---- values ---------------------------------------------------------------------------------- */

/** What check says of @p text for a column declared @p declared. */
static enum wh_fault check(struct place *place, const char *declared, const char *text)
{
    char sql[200];
    uint8_t fault = WH_FAULT_NONE;
    sqlite_run(place, "DROP TABLE IF EXISTS t");
    snprintf(sql, sizeof(sql), "CREATE TABLE t (id INTEGER PRIMARY KEY, a %s)", declared);
    sqlite_run(place, sql);
    struct wh_writer *writer = sqlite_open_writer(place);
    struct wh_column column =
        sqlite_make_column(place, sqlite_describe(place, "t").columns[1].type, text);
    assert_ok(place, sqlite.check(writer, 1, &column, &sqlite_one_row, &fault, &place->err));
    sqlite.writer_close(writer);
    return fault;
}

static void text_that_looks_like_a_number_is_faulted_in_columns_of_numbers(void **state)
{
    struct place *place = *state;
    static const char *const altered[] = {
        "007",  "1.50", "1e3", "1e+3", " 5",     "5 ", "+5",
        "-0",   "5.",   ".5",  "1.",   "-.5E-2", "00", "9223372036854775808",
        "\t1\n"};
    static const char *const kept[] = {"",
                                       "5",
                                       "-5",
                                       "abc",
                                       "1a",
                                       "0x10",
                                       "1 2",
                                       "1e",
                                       "e5",
                                       ".",
                                       "-",
                                       "+",
                                       "1.2.3",
                                       "--1",
                                       "inf",
                                       "nan",
                                       "1e5.0",
                                       "9223372036854775807",
                                       "123e4567-e89b-12d3-a456-426614174000"};
    for (size_t i = 0; i < WH_COUNT_OF(altered); i++) {
        assert_int_equal(check(place, "UUID", altered[i]), WH_FAULT_INEXACT);
        assert_int_equal(check(place, "TEXT", altered[i]), WH_FAULT_NONE);
        assert_int_equal(check(place, "", altered[i]), WH_FAULT_NONE);
    }
    for (size_t i = 0; i < WH_COUNT_OF(kept); i++)
        assert_int_equal(check(place, "UUID", kept[i]), WH_FAULT_NONE);
}

/** Whether SQLite itself keeps @p text in a column of numeric affinity, or alters it. */
static bool is_kept(struct place *place, struct wh_statement *insert, struct wh_statement *read,
                    struct wh_str text)
{
    struct wh_param row[2];
    const struct wh_param param = wh_param_text(text);
    assert_ok(place, sqlite.execute(insert, &param, 1, &place->err));
    assert_ok(place, sqlite.execute(read, NULL, 0, &place->err));
    assert_ok(place, sqlite.next(read, row, 2, &place->err));
    return !wh_str_is(row[0].bytes, "real") && wh_str_equal(row[1].bytes, text);
}

static void check_agrees_with_what_sqlite_does_to_text(void **state)
{
    static const char alphabet[] = "0123456789+-.eE  \t1x00";
    struct place *place = *state;
    struct wh_statement *insert = NULL;
    struct wh_statement *read = NULL;
    uint64_t random = 42;
    sqlite_run(place, "CREATE TABLE t (id INTEGER PRIMARY KEY, a UUID)");
    struct wh_writer *writer = sqlite_open_writer(place);
    assert_ok(place, sqlite.prepare(place->destination, "INSERT OR REPLACE INTO t VALUES (1, $1)",
                                    &insert, &place->err));
    assert_ok(place, sqlite.prepare(place->destination,
                                    "SELECT typeof(a), CAST(a AS TEXT) FROM t WHERE id = 1", &read,
                                    &place->err));
    sqlite_run(place, "PRAGMA synchronous = OFF");
    for (int i = 0; i < 20000; i++) {
        char text[8];
        uint8_t fault = WH_FAULT_NONE;
        random = random * 6364136223846793005u + 1442695040888963407u;
        size_t len = 1 + (random >> 60) % sizeof(text);
        uint64_t bits = random >> 8;
        for (size_t at = 0; at < len; at++, bits /= 23)
            text[at] = alphabet[bits % (sizeof(alphabet) - 1)];
        struct wh_str value = wh_str_make(text, len);
        struct wh_column column = {.type = {.kind = WH_KIND_TEXT}, .values.texts = &value};
        assert_ok(place, sqlite.check(writer, 1, &column, &sqlite_one_row, &fault, &place->err));
        if (is_kept(place, insert, read, value) != (fault == WH_FAULT_NONE))
            fail_msg("check gives %d for '%.*s'", fault, WH_FMT(value));
    }
    sqlite.statement_free(insert);
    sqlite.statement_free(read);
    sqlite.writer_close(writer);
}

/** Decimals of up to 15 digits are kept to the digit, longer ones kept or faulted,
 *  never altered. */
static void decimals_come_back_to_the_digit_or_are_faulted(void **state)
{
    struct place *place = *state;
    uint64_t random = 7;
    struct wh_column columns[2] = {sqlite_make_column(place, sqlite_int_type, "1")};
    struct wh_type type = {.kind = WH_KIND_NUMERIC, .has_scale = true, .precision = 30, .scale = 6};
    size_t faulted = 0;
    sqlite_run(
        place,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a NUMERIC(30,6)); PRAGMA synchronous = OFF");
    struct wh_writer *writer = sqlite_open_writer(place);
    for (int i = 0; i < 3000; i++) {
        char text[40];
        uint8_t fault = WH_FAULT_NONE;
        uint8_t result;
        random = random * 6364136223846793005u + 1442695040888963407u;
        int digits = 1 + (int)((random >> 40) % 13);
        uint64_t whole = (random >> 3) % (uint64_t)1000000000000;
        for (int d = digits; d < 12; d++)
            whole /= 10;
        snprintf(text, sizeof(text), "%s%llu.%06llu", (random & 1) != 0 ? "-" : "",
                 (unsigned long long)whole, (unsigned long long)((random >> 44) % 1000000));
        columns[1] = sqlite_make_column(place, type, text);
        assert_ok(place,
                  sqlite.check(writer, 1, &columns[1], &sqlite_one_row, &fault, &place->err));
        faulted += fault != WH_FAULT_NONE;
        assert_true(fault == WH_FAULT_NONE || whole > 999999999);
        sqlite_run(place, "DELETE FROM t");
        struct wh_write_request request = {.columns = columns};
        assert_code(place, fault == WH_FAULT_NONE ? WH_OK : WH_REFUSED,
                    sqlite_write_one(place, writer, WH_WRITE_INSERT, &request, &result));
        if (fault != WH_FAULT_NONE)
            continue;
        struct wh_found found = sqlite_fetch_one(place, writer, columns);
        if (found.is_there[0] != WH_FOUND_ROW)
            fail_msg("%s comes back odd", text);
        assert_int_equal(wh_numeric_compare(&found.columns[1].values.numerics[0],
                                            &columns[1].values.numerics[0]),
                         0);
        assert_int_equal(found.columns[1].values.numerics[0].scale, 6);
    }
    assert_true(faulted > 10 && faulted < 2500);
    sqlite.writer_close(writer);
}

/** Writes @p text to a column declared @p declared and reads it: the same, to the letter. */
static void assert_kept(struct place *place, const char *declared, const char *text)
{
    struct wh_column columns[2] = {sqlite_make_column(place, sqlite_int_type, "1")};
    struct wh_str read;
    uint8_t fault = WH_FAULT_NONE;
    uint8_t result;
    char sql[200];
    sqlite_run(place, "DROP TABLE IF EXISTS t");
    snprintf(sql, sizeof(sql), "CREATE TABLE t (id INTEGER PRIMARY KEY, a %s)", declared);
    sqlite_run(place, sql);
    struct wh_writer *writer = sqlite_open_writer(place);
    columns[1] = sqlite_make_column(place, sqlite_describe(place, "t").columns[1].type, text);
    assert_ok(place, sqlite.check(writer, 1, &columns[1], &sqlite_one_row, &fault, &place->err));
    assert_int_equal(fault, WH_FAULT_NONE);
    struct wh_write_request request = {.columns = columns};
    assert_ok(place, sqlite_write_one(place, writer, WH_WRITE_INSERT, &request, &result));
    struct wh_found found = sqlite_fetch_one(place, writer, columns);
    assert_int_equal(found.is_there[0], WH_FOUND_ROW);
    assert_int_equal(wh_value_print(&found.columns[1], 0, &place->arena, &read), WH_FAULT_NONE);
    if (!wh_str_is(read, text))
        fail_msg("%s '%s' comes back as '%.*s'", declared, text, WH_FMT(read));
    /* What is read is what the condition of an update names. */
    request.before = found.columns;
    assert_ok(place, sqlite_write_one(place, writer, WH_WRITE_UPDATE, &request, &result));
    assert_int_equal(result, WH_ROW_WRITTEN);
    sqlite.writer_close(writer);
}

static void decimals_of_a_text_column_are_kept_to_the_letter(void **state)
{
    struct place *place = *state;
    char digits[1002];
    memset(digits, '7', sizeof(digits) - 1);
    digits[sizeof(digits) - 1] = '\0';
    digits[500] = '.';
    const char *const texts[] = {
        "0", "-1.500", "12345678901234567890.1234567890", "NaN", "Infinity", "-Infinity", digits};
    for (size_t i = 0; i < WH_COUNT_OF(texts); i++)
        assert_kept(place, "TEXT \"numeric\"", texts[i]);
    assert_kept(place, "TEXT \"numeric(20,4)\"", "1234567890123456.7800");
    sqlite_run(place, "DROP TABLE t; CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT \"numeric\","
                      " UNIQUE (a))");
    assert_int_equal(sqlite_describe(place, "t").key_count, 1);
}

static void what_is_not_a_number_is_kept_by_its_name(void **state)
{
    static const char *const declared[] = {"REAL", "FLOAT4", "NUMERIC", "NUMERIC(10,2)"};
    for (size_t i = 0; i < WH_COUNT_OF(declared); i++)
        assert_kept(*state, declared[i], "NaN");
}

/** Makes t (id, a DECLARED) with row 1 holding the SQL value @p stored. */
static struct wh_writer *make_stored(struct place *place, const char *declared, const char *stored)
{
    char sql[300];
    sqlite_run(place, "DROP TABLE IF EXISTS t");
    snprintf(sql, sizeof(sql),
             "CREATE TABLE t (id INTEGER PRIMARY KEY, a %s); INSERT INTO t VALUES (1, %s)",
             declared, stored);
    sqlite_run(place, sql);
    return sqlite_open_writer(place);
}

static void stored_values_that_their_type_cannot_hold_are_odd(void **state)
{
    static const struct {
        const char *declared;
        const char *stored;
        const char *text;
    } cases[] = {
        {"INTEGER", "'n/a'", "n/a"},
        {"INTEGER", "1.5", "1.5"},
        {"INTEGER", "x'00ff'", "\\x00ff"},
        {"NUMERIC(12,2)", "3.14159", "3.14159"},
        {"NUMERIC(12,2)", "'N/A'", "N/A"},
        {"NUMERIC(12,2)", "9e999", "Infinity"},
        {"NUMERIC", "'nan'", "nan"},
        {"TEXT \"numeric\"", "'1e3'", "1e3"},
        {"TEXT \"numeric\"", "'n/a'", "n/a"},
        {"REAL", "'nan'", "nan"},
        {"BOOLEAN", "2", "2"},
        {"BOOLEAN", "'true'", "true"},
        {"DATE", "'2020-1-5'", "2020-1-5"},
        {"DATE", "'31/01/2020'", "31/01/2020"},
        {"DATE", "'2020-02-30'", "2020-02-30"},
        {"DATE", "'0000-01-01'", "0000-01-01"},
        {"DATE", "1577836800", "1577836800"},
        {"TIMESTAMP", "'2020-01-31T12:00:00'", "2020-01-31T12:00:00"},
        {"TIMESTAMP", "'2020-01-31 12:00:00.500'", "2020-01-31 12:00:00.500"},
        {"TIMESTAMP", "'2020-01-31 24:00:00'", "2020-01-31 24:00:00"},
        {"TIMESTAMPTZ", "'2020-01-31 12:00:00'", "2020-01-31 12:00:00"},
        {"TIMESTAMPTZ", "'2020-01-31 12:00:00+01'", "2020-01-31 12:00:00+01"},
        {"TIME", "'12:00'", "12:00"},
        {"TEXT", "x'61'", "\\x61"},
        {"TEXT", "CAST(x'6100ff' AS TEXT)", "\\x6100ff"},
        {"", "5", "5"},
        {"UUID", "1.5", "1.5"},
        {"BLOB", "'text'", "text"},
        {"BLOB", "''", ""},
        {"REAL", "'x'", "x"},
        {"FLOAT4", "0.1", "0.1"},
    };
    struct place *place = *state;
    struct wh_column columns[2] = {sqlite_make_column(place, sqlite_int_type, "1")};
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        uint8_t result;
        struct wh_writer *writer = make_stored(place, cases[i].declared, cases[i].stored);
        struct wh_type type = sqlite_describe(place, "t").columns[1].type;
        struct wh_found found = sqlite_fetch_one(place, writer, columns);
        if (found.is_there[0] != WH_FOUND_ODD_ROW)
            fail_msg("%s is not odd in a column of %s", cases[i].stored, cases[i].declared);
        assert_true(wh_column_is_null(&found.columns[1], 0));
        const struct wh_odd_value *odd = wh_found_odd(&found, 0, 1);
        assert_non_null(odd);
        if (!wh_str_is(odd->text, cases[i].text))
            fail_msg("%s shows as '%.*s'", cases[i].stored, WH_FMT(odd->text));
        assert_null(wh_found_odd(&found, 0, 0));
        columns[1] = sqlite_make_column(place, type, NULL);
        struct wh_write_request request = {.columns = columns, .before = found.columns};
        assert_ok(place, sqlite_write_one(place, writer, WH_WRITE_UPDATE, &request, &result));
        assert_int_equal(result, WH_ROW_MISSED);
        request.odd = found.odd;
        request.odd_count = found.odd_count;
        assert_ok(place, sqlite_write_one(place, writer, WH_WRITE_UPDATE, &request, &result));
        assert_int_equal(result, WH_ROW_WRITTEN);
        assert_int_equal(sqlite_ask(place, "SELECT count(*) FROM t WHERE a IS NULL"), 1);
        sqlite.writer_close(writer);
    }
}

static void stored_values_in_wherrys_form_are_read(void **state)
{
    static const struct {
        const char *declared;
        const char *stored;
        const char *text;
    } cases[] = {
        {"INTEGER", "'12'", "12"},
        {"NUMERIC(12,2)", "5", "5.00"},
        {"NUMERIC(12,2)", "'-1.50'", "-1.50"},
        {"NUMERIC(30,20)", "7", "7.00000000000000000000"},
        {"NUMERIC(40,25)", "9223372036854775807", "9223372036854775807.0000000000000000000000000"},
        {"NUMERIC", "0.30", "0.3"},
        {"NUMERIC", "1e25", "10000000000000000000000000"},
        {"UUID", "123", "123"},
        {"SMALLINT", "70000", "70000"},
        {"REAL", "3", "3"},
        {"FLOAT4", "0.5", "0.5"},
        {"DATE", "'2020-02-29'", "2020-02-29"},
        {"DATE", "'infinity'", "infinity"},
        {"TIMESTAMP", "'2020-01-31 12:00:00.5'", "2020-01-31 12:00:00.5"},
    };
    struct place *place = *state;
    struct wh_column columns[2] = {sqlite_make_column(place, sqlite_int_type, "1")};
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        struct wh_str text;
        struct wh_writer *writer = make_stored(place, cases[i].declared, cases[i].stored);
        struct wh_found found = sqlite_fetch_one(place, writer, columns);
        if (found.is_there[0] != WH_FOUND_ROW)
            fail_msg("%s is odd in a column of %s", cases[i].stored, cases[i].declared);
        assert_int_equal(wh_value_print(&found.columns[1], 0, &place->arena, &text), WH_FAULT_NONE);
        if (!wh_str_is(text, cases[i].text))
            fail_msg("%s in %s reads as '%.*s'", cases[i].stored, cases[i].declared, WH_FMT(text));
        sqlite.writer_close(writer);
    }
}

static void utf16_databases_fault_what_utf16_cannot_hold(void **state)
{
    struct place *place = *state;
    uint8_t result;
    sqlite_run(place, "PRAGMA encoding = 'UTF-16le'; CREATE TABLE first (a)");
    assert_ok(place, sqlite_try_open(place, place->url, false));
    assert_int_equal(check(place, "TEXT", "a\xEF\xBF\xBE"), WH_FAULT_INEXACT);
    assert_int_equal(check(place, "TEXT", "\xEF\xBF\xBF"), WH_FAULT_INEXACT);
    assert_int_equal(check(place, "TEXT",
                           "\xEF\xBF\xBD\xEF\xBF"
                           "\xBC"),
                     WH_FAULT_NONE);
    assert_false(sqlite_describe(place, "t").columns[1].is_exact_text);
    struct wh_type type = {.kind = WH_KIND_TEXT};
    struct wh_column columns[2] = {sqlite_make_column(place, sqlite_int_type, "1"),
                                   sqlite_make_column(place, type, "\xEF\xBB\xBF Zoë 🙂")};
    struct wh_writer *writer = sqlite_open_writer(place);
    struct wh_write_request request = {.columns = columns};
    assert_ok(place, sqlite_write_one(place, writer, WH_WRITE_INSERT, &request, &result));
    struct wh_found found = sqlite_fetch_one(place, writer, columns);
    assert_true(wh_str_is(found.columns[1].values.texts[0], "\xEF\xBB\xBF Zoë 🙂"));
    sqlite.writer_close(writer);
}

#define OPEN(test)                                                                                 \
    cmocka_unit_test_setup_teardown(test, sqlite_make_open_place, sqlite_remove_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPEN(text_that_looks_like_a_number_is_faulted_in_columns_of_numbers),
        OPEN(check_agrees_with_what_sqlite_does_to_text),
        OPEN(decimals_come_back_to_the_digit_or_are_faulted),
        OPEN(decimals_of_a_text_column_are_kept_to_the_letter),
        OPEN(what_is_not_a_number_is_kept_by_its_name),
        OPEN(stored_values_that_their_type_cannot_hold_are_odd),
        OPEN(stored_values_in_wherrys_form_are_read),
        OPEN(utf16_databases_fault_what_utf16_cannot_hold),
    };
    return cmocka_run_group_tests_name("connect_sqlite_value", tests, NULL, NULL);
}
