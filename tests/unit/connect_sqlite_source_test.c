/* SPDX-License-Identifier: Apache-2.0 */
/* Tables, views and queries of SQLite as sources. */
#include "connect_sqlite_place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/macros.h"
#include "connect_source_conformance.h"
#include "data/text.h"
#include "format/options.h"

#define source_of (*wh_sqlite_connector.source)

/** A source of the place's database with one reader, and the chunk it stands in. */
struct opened {
    struct wh_source *source;
    struct wh_reader *reader;
    struct wh_batch batch;
    struct wh_chunk_spec *chunks;
    size_t chunk_count;
};

static struct wh_source_request request_of(const struct place *place, const char *from)
{
    bool is_query = strncmp(from, "SELECT", 6) == 0 || strncmp(from, "WITH", 4) == 0;
    return (struct wh_source_request){.url = wh_str_from(place->url),
                                      .from = is_query ? WH_STR_NONE : wh_str_from(from),
                                      .query = is_query ? wh_str_from(from) : WH_STR_NONE};
}

static wh_code try_source(struct place *place, const char *from, struct wh_source **ret)
{
    struct wh_source_request request = request_of(place, from);
    *ret = NULL;
    return source_of.open(&request, ret, &place->err);
}

/** The texts that the reader had already are what its values print as, byte for byte. */
static void assert_texts_are_printed(struct wh_batch *batch)
{
    for (size_t i = 0; batch->texts != NULL && i < batch->column_count; i++) {
        const struct wh_column *values = &batch->columns[i];
        for (size_t row = 0; batch->texts[i].values.any != NULL && row < batch->row_count; row++) {
            struct wh_str had = batch->texts[i].values.texts[row];
            struct wh_str printed = WH_STR("");
            if (wh_column_is_null(values, row))
                continue;
            assert_int_equal(wh_value_print(values, row, &batch->arena, &printed), WH_FAULT_NONE);
            if (!wh_str_equal(had, printed))
                fail_msg("'%.*s' is had for '%.*s'", WH_FMT(had), WH_FMT(printed));
        }
    }
}

/** Reads the first batch of the first chunk. */
static struct opened read_first(struct place *place, const char *from)
{
    struct opened opened = {.source = NULL};
    wh_batch_init(&opened.batch);
    assert_ok(place, try_source(place, from, &opened.source));
    assert_ok(place, source_of.split(opened.source, 1 << 20, &place->arena, &opened.chunks,
                                     &opened.chunk_count, &place->err));
    assert_int_equal(opened.chunk_count, 1);
    assert_ok(place, source_of.reader_open(opened.source, &opened.reader, &place->err));
    assert_ok(place, source_of.seek(opened.reader, opened.chunks[0].text, 0, &place->err));
    assert_ok(place, source_of.read(opened.reader, &opened.batch, &place->err));
    assert_texts_are_printed(&opened.batch);
    return opened;
}

static void close_opened(struct opened *opened)
{
    source_of.reader_close(opened->reader);
    source_of.close(opened->source);
    wh_batch_release(&opened->batch);
}

static void assert_refused(struct place *place, const char *from, wh_code code, const char *why)
{
    struct wh_source *source = NULL;
    assert_code(place, code, try_source(place, from, &source));
    if (strstr(place->err.message, why) == NULL)
        fail_msg("'%s' does not say '%s'", place->err.message, why);
}

static void assert_text(struct opened *opened, size_t column, size_t row, const char *expected)
{
    struct wh_str text = WH_STR("");
    const struct wh_column *values = &opened->batch.columns[column];
    assert_int_equal(wh_column_is_null(values, row), expected == NULL);
    if (expected == NULL)
        return;
    assert_int_equal(wh_value_print(values, row, &opened->batch.arena, &text), WH_FAULT_NONE);
    if (!wh_str_is(text, expected))
        fail_msg("row %zu holds '%.*s', not '%s'", row, WH_FMT(text), expected);
}

static void assert_place(struct place *place, struct opened *opened,
                         const struct wh_position *position, const char *expected)
{
    struct wh_str text;
    assert_ok(place, source_of.place(opened->source, position, &place->arena, &text, &place->err));
    assert_string_equal(text.ptr, expected);
}

static void assert_bad(struct place *place, struct opened *opened, size_t index, const char *where,
                       const char *why)
{
    assert_true(index < opened->batch.bad_count);
    const struct wh_bad_record *bad = &opened->batch.bad[index];
    assert_place(place, opened, &bad->position, where);
    char reason[512];
    (void)snprintf(reason, sizeof(reason), "%.*s", WH_FMT(bad->reason));
    if (strstr(reason, why) == NULL)
        fail_msg("'%s' does not say '%s'", reason, why);
}

/* ---- what is read ---------------------------------------------------------------------------- */

static void columns_have_the_types_that_are_declared_without_bounds(void **state)
{
    struct place *place = *state;
    sqlite_run(place, "CREATE TABLE t (id INTEGER PRIMARY KEY, small SMALLINT, price NUMERIC(10,2),"
                      " f FLOAT4, b BOOLEAN, d DATE, at DATETIME, name VARCHAR(5), raw BLOB, x,"
                      " u UUID, twice INTEGER AS (small * 2), UNIQUE (name, small));"
                      "INSERT INTO t VALUES (1, 100000, 1.125, 0.1, 1, '2020-01-31',"
                      " '2020-01-31 12:00:00', 'longer than five', x'00ff', 5, 'abc')");
    struct opened opened = read_first(place, "T");
    static const char *const expected[] = {"1",
                                           "100000",
                                           "1.125",
                                           "0.1",
                                           "t",
                                           "2020-01-31",
                                           "2020-01-31 12:00:00",
                                           "longer than five",
                                           "\\x00ff",
                                           "5",
                                           "abc",
                                           "200000"};
    struct wh_table_info info;
    assert_ok(place, source_of.describe(opened.source, &info, &place->err));
    assert_true(wh_str_is(info.name, "t"));
    assert_int_equal(info.column_count, WH_COUNT_OF(expected));
    assert_int_equal(info.key_count, 2);
    for (size_t i = 0; i < WH_COUNT_OF(expected); i++)
        assert_text(&opened, i, 0, expected[i]);
    /* What is unique otherwise may be 5 and '5', which are read as one value. */
    for (size_t i = 0; i < info.column_count; i++)
        assert_int_equal(info.columns[i].is_told_apart, i == 0);
    assert_int_equal(info.columns[1].type.bits, 64);
    assert_int_equal(info.columns[2].type.kind, WH_KIND_NUMERIC);
    assert_int_equal(info.columns[7].type.length, 0);
    assert_int_equal(info.columns[9].type.kind, WH_KIND_TEXT);
    assert_place(place, &opened, &opened.batch.positions[0], "t rowid 1");
    close_opened(&opened);
}

static void nothing_is_written_beside_a_database_with_a_rollback_journal(void **state)
{
    struct place *place = *state;
    char log[300];
    sqlite_run(place, "CREATE TABLE t (a); INSERT INTO t VALUES (1); PRAGMA journal_mode = DELETE");
    sqlite.close(place->destination);
    place->destination = NULL;
    struct opened opened = read_first(place, "t");
    (void)snprintf(log, sizeof(log), "%s-wal", place->path);
    assert_int_not_equal(access(log, F_OK), 0);
    close_opened(&opened);
}

static void a_query_may_be_any_single_select(void **state)
{
    struct place *place = *state;
    sqlite_run(place,
               "CREATE TABLE t (a INTEGER, b TEXT); INSERT INTO t VALUES (1, 'x'), (2, 'y')");
    struct opened opened =
        read_first(place, "WITH n AS (SELECT a, b FROM t) SELECT a, b, count(*) OVER () AS n, "
                          "a / 4.0 AS quarter FROM n ORDER BY a DESC; \n");
    assert_text(&opened, 0, 0, "2");
    assert_text(&opened, 1, 1, "x");
    assert_text(&opened, 2, 1, "2");
    assert_text(&opened, 3, 1, "0.25");
    assert_place(place, &opened, &opened.batch.positions[1], "the query row 2");
    close_opened(&opened);
    assert_refused(place, "SELECT a FROM t; SELECT b FROM t", WH_INVALID, "more than one");
    assert_refused(place, "SELECT a, b AS a FROM t", WH_INVALID,
                   "two of its columns are named 'a'");
    assert_refused(place, "SELECT a FROM t WHERE a = ?", WH_INVALID, "has a parameter");
    assert_refused(place, "SELECT a FORM t", WH_INVALID, "syntax error");
    assert_refused(place, "SELECT random() AS a", WH_UNSUPPORTED, "another value each time");
    assert_refused(place, "SELECT current_timestamp AS a", WH_UNSUPPORTED, "another value");
    assert_refused(place, "WITH x AS (SELECT 1) DELETE FROM t", WH_UNSUPPORTED,
                   "more than to read");
}

static void what_is_not_there_is_named_with_what_is_near(void **state)
{
    struct place *place = *state;
    sqlite_run(place, "CREATE TABLE customers (a); CREATE VIEW customer_view AS SELECT 1 AS a");
    assert_refused(place, "custmers", WH_INVALID, "did you mean 'customers'");
    assert_refused(place, "customer_veiw", WH_INVALID, "did you mean 'customer_view'");
    struct wh_source *source = NULL;
    struct wh_source_request request = {.url = WH_STR("sqlite:/no/such.db"), .from = WH_STR("t")};
    assert_code(place, WH_UNREACHABLE, source_of.open(&request, &source, &place->err));
    sqlite_run(place, "CREATE VIEW broken AS SELECT * FROM gone");
    assert_refused(place, "broken", WH_INVALID, "no such table");
    assert_refused(place, "", WH_INVALID, "say with 'from'");
}

/* ---- values one by one ----------------------------------------------------------------------- */

static void a_value_that_its_type_cannot_hold_is_refused_with_place_and_bytes(void **state)
{
    struct place *place = *state;
    sqlite_run(place,
               "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, d DATE, s TEXT, f REAL, b BLOB);"
               "INSERT INTO t VALUES (1, 1, NULL, NULL, NULL, NULL),"
               " (2, 'n/a', NULL, NULL, NULL, NULL), (3, 1.5, NULL, NULL, NULL, NULL),"
               " (4, NULL, 1580428800, NULL, NULL, NULL), (5, NULL, '2020-1-5', NULL, NULL, NULL),"
               " (6, NULL, NULL, CAST(x'61ff62' AS TEXT), NULL, NULL),"
               " (7, NULL, NULL, CAST(x'610062' AS TEXT), NULL, NULL),"
               " (8, NULL, NULL, x'6162', NULL, NULL), (9, NULL, NULL, NULL, 'x', NULL),"
               " (10, NULL, NULL, NULL, NULL, 'text'), (11, 11, '2020-01-31', 's', 1.5, x'00')");
    struct opened opened = read_first(place, "t");
    assert_int_equal(opened.batch.row_count, 2);
    assert_int_equal(opened.batch.bad_count, 9);
    assert_bad(place, &opened, 0, "t rowid 2",
               "column 'n' is declared INTEGER and holds text that");
    assert_true(wh_str_is(opened.batch.bad[0].raw, "n/a"));
    assert_bad(place, &opened, 1, "t rowid 3", "holds a floating-point number that is no value");
    assert_true(wh_str_is(opened.batch.bad[1].raw, "1.5"));
    assert_bad(place, &opened, 2, "t rowid 4", "'d' is declared DATE and holds a whole number");
    assert_bad(place, &opened, 3, "t rowid 5", "CAST(… AS TEXT) carries it");
    assert_bad(place, &opened, 4, "t rowid 6", "text that is not UTF-8 (0xFF at byte 2)");
    assert_true(wh_str_is(opened.batch.bad[4].raw, "a\xFF"
                                                   "b"));
    assert_bad(place, &opened, 5, "t rowid 7", "text with a NUL byte (at byte 2)");
    assert_bad(place, &opened, 6, "t rowid 8", "column 's' is declared TEXT and holds bytes");
    assert_bad(place, &opened, 7, "t rowid 9", "column 'f' is declared REAL and holds text");
    assert_bad(place, &opened, 8, "t rowid 10", "column 'b' is declared BLOB and holds text");
    /* The row behind refused ones is whole: no NULL of theirs is left in it. */
    static const char *const last[] = {"11", "11", "2020-01-31", "s", "1.5", "\\x00"};
    for (size_t i = 0; i < WH_COUNT_OF(last); i++)
        assert_text(&opened, i, 1, last[i]);
    close_opened(&opened);
    opened = read_first(place, "SELECT id, CAST(n AS TEXT) AS n, hex(s) AS s FROM t");
    assert_int_equal(opened.batch.bad_count, 0);
    assert_text(&opened, 1, 1, "n/a");
    assert_text(&opened, 2, 5, "61FF62");
    close_opened(&opened);
}

static void numbers_are_carried_to_the_digit(void **state)
{
    struct place *place = *state;
    sqlite_run(place, "CREATE TABLE t (n NUMERIC, x, i INTEGER);"
                      "INSERT INTO t VALUES (0.1, 0.1, -9223372036854775808),"
                      " (1e300, 9223372036854775807, 9223372036854775807),"
                      " (0.30000000000000004, -0.30000000000000004, 0), (12, 1e300, 1)");
    struct opened opened = read_first(place, "t");
    assert_int_equal(opened.batch.row_count, 4);
    assert_text(&opened, 0, 0, "0.1");
    assert_text(&opened, 1, 0, "0.1");
    assert_text(&opened, 2, 0, "-9223372036854775808");
    assert_text(&opened, 1, 1, "9223372036854775807");
    assert_text(&opened, 0, 2, "0.30000000000000004");
    assert_text(&opened, 1, 2, "-0.30000000000000004");
    assert_text(&opened, 0, 3, "12");
    assert_text(&opened, 1, 3, "1e+300");
    close_opened(&opened);
}

static void texts_of_any_length_are_carried(void **state)
{
    struct place *place = *state;
    static const size_t lengths[] = {0, 1, 3, 4, 8, 15, 16, 17, 31, 32, 33, 240, 1023, 1024, 1025};
    sqlite_run(place, "CREATE TABLE t (n INTEGER, a TEXT, d DATE, b BLOB, c TEXT)");
    for (size_t i = 0; i < WH_COUNT_OF(lengths); i++) {
        char sql[256];
        (void)snprintf(sql, sizeof(sql),
                       "INSERT INTO t VALUES (%zu, substr(printf('%%.2000c', 'x'), 1, %zu),"
                       " '2020-01-31', CAST(substr(printf('%%.2000c', 'y'), 1, %zu) AS BLOB), 'z')",
                       i, lengths[i], lengths[i]);
        sqlite_run(place, sql);
    }
    struct opened opened = read_first(place, "t");
    assert_int_equal(opened.batch.row_count, WH_COUNT_OF(lengths));
    const struct wh_column *columns = opened.batch.columns;
    for (size_t row = 0; row < WH_COUNT_OF(lengths); row++) {
        for (size_t column = 1; column <= 3; column += 2) {
            struct wh_str text = columns[column].values.texts[row];
            assert_int_equal(text.len, lengths[row]);
            for (size_t i = 0; i < text.len; i++)
                assert_int_equal(text.ptr[i], column == 1 ? 'x' : 'y');
        }
        assert_text(&opened, 2, row, "2020-01-31");
        assert_text(&opened, 4, row, "z");
    }
    close_opened(&opened);
}

/** A time string in a column of one of the types, and what it is carried as; NULL: refused. */
struct time_case {
    const char *text;
    const char *date, *time, *timestamp, *timestamptz;
};

static const struct time_case time_cases[] = {
    {"2020-01-31", "2020-01-31", NULL, "2020-01-31 00:00:00", "2020-01-31 00:00:00+00"},
    {"2020-01-31 00:00:00.000", "2020-01-31", NULL, "2020-01-31 00:00:00",
     "2020-01-31 00:00:00+00"},
    {"2020-01-31T12:34", NULL, NULL, "2020-01-31 12:34:00", "2020-01-31 12:34:00+00"},
    {"2020-01-31 12:34:56.7890", NULL, NULL, "2020-01-31 12:34:56.789",
     "2020-01-31 12:34:56.789+00"},
    {"2020-01-31 12:34:56.1234567", NULL, NULL, NULL, NULL},
    {"2020-01-31T12:34:56Z", NULL, NULL, NULL, "2020-01-31 12:34:56+00"},
    {"2020-01-31 12:34:56+05:30", NULL, NULL, NULL, "2020-01-31 07:04:56+00"},
    {"2020-01-31 00:30:00-14:00", NULL, NULL, NULL, "2020-01-31 14:30:00+00"},
    {"2020-01-31 12:34:56+15:00", NULL, NULL, NULL, NULL},
    {"2020-01-31 12:34:56+05", NULL, NULL, NULL, NULL},
    {"12:34", NULL, "12:34:00", NULL, NULL},
    {"12:34:56.50", NULL, "12:34:56.5", NULL, NULL},
    {"2020-02-30", NULL, NULL, NULL, NULL},
    {"2020-02-30 12:00:00.0", NULL, NULL, NULL, NULL},
    {"2020-01-31 24:00:00.0", NULL, NULL, NULL, NULL},
    {"2020-01-31 12:60", NULL, NULL, NULL, NULL},
    {"2020-01-31 12", NULL, NULL, NULL, NULL},
    {"2020-01-31 ", NULL, NULL, NULL, NULL},
    {"2020-01-31x", NULL, NULL, NULL, NULL},
    {"2020-1-01", NULL, NULL, NULL, NULL},
    {"2020-01-31 1:02:03", NULL, NULL, NULL, NULL},
    {"0000-01-01", NULL, NULL, NULL, NULL},
    {"0001-01-01", "0001-01-01", NULL, "0001-01-01 00:00:00", "0001-01-01 00:00:00+00"},
    {"9999-12-31 23:59:59", NULL, NULL, "9999-12-31 23:59:59", "9999-12-31 23:59:59+00"},
    {"2020-01-31 12:34:56", NULL, NULL, "2020-01-31 12:34:56", "2020-01-31 12:34:56+00"},
    {"2020-01-31 12:34:56.5", NULL, NULL, "2020-01-31 12:34:56.5", "2020-01-31 12:34:56.5+00"},
    {"2020-01-31 12:34:56+00", NULL, NULL, NULL, "2020-01-31 12:34:56+00"},
    {"2020-01-31 12:34:56+00:00", NULL, NULL, NULL, "2020-01-31 12:34:56+00"},
    {"2020-01-31 24:00:00", NULL, NULL, NULL, NULL},
    {"24:00:00", NULL, "24:00:00", NULL, NULL},
    {"24:00", NULL, "24:00:00", NULL, NULL},
    {"infinity", "infinity", NULL, "infinity", "infinity"},
    {"0044-03-15 BC", "0044-03-15 BC", NULL, NULL, NULL},
    {"10000-01-01", "10000-01-01", NULL, NULL, NULL},
    {"12:34:56.", NULL, NULL, NULL, NULL},
    {"now", NULL, NULL, NULL, NULL},
    {"", NULL, NULL, NULL, NULL},
};

static void assert_time(struct place *place, const char *type, const char *text,
                        const char *expected)
{
    char sql[300];
    (void)snprintf(sql, sizeof(sql),
                   "DROP TABLE IF EXISTS t; CREATE TABLE t (at %s); INSERT INTO t VALUES ('%s')",
                   type, text);
    sqlite_run(place, sql);
    struct opened opened = read_first(place, "t");
    if (opened.batch.row_count != (expected != NULL))
        fail_msg("'%s' as %s is %s", text, type, expected == NULL ? "carried" : "refused");
    if (expected != NULL)
        assert_text(&opened, 0, 0, expected);
    close_opened(&opened);
}

static void time_strings_are_carried_where_nothing_is_lost(void **state)
{
    struct place *place = *state;
    for (size_t i = 0; i < WH_COUNT_OF(time_cases); i++) {
        const struct time_case *one = &time_cases[i];
        assert_time(place, "DATE", one->text, one->date);
        assert_time(place, "TIME", one->text, one->time);
        assert_time(place, "DATETIME", one->text, one->timestamp);
        assert_time(place, "TIMESTAMPTZ", one->text, one->timestamptz);
    }
}

static void text_of_a_utf16_database_is_carried_or_refused(void **state)
{
    struct place *place = *state;
    static const char *const encodings[] = {"UTF-16le", "UTF-16be"};
    /* Half a pair of surrogates, alone and before another character. */
    static const char *const broken[][2] = {{"00d8", "3dd86100"}, {"d800", "d83d0061"}};
    for (size_t i = 0; i < WH_COUNT_OF(encodings); i++) {
        char sql[600];
        sqlite.close(place->destination);
        place->destination = NULL;
        (void)unlink(place->path);
        assert_ok(place, sqlite_try_open(place, place->url, false));
        (void)snprintf(sql, sizeof(sql),
                       "PRAGMA encoding = '%s'; CREATE TABLE t (s TEXT);"
                       "INSERT INTO t VALUES ('Zoë 😀'), (''), (CAST(x'%s' AS TEXT)),"
                       " (CAST(x'%s' AS TEXT)), ('end')",
                       encodings[i], broken[i][0], broken[i][1]);
        sqlite_run(place, sql);
        struct opened opened = read_first(place, "t");
        assert_int_equal(opened.batch.row_count, 3);
        assert_text(&opened, 0, 0, "Zoë 😀");
        assert_text(&opened, 0, 1, "");
        assert_text(&opened, 0, 2, "end");
        assert_bad(place, &opened, 0, "t rowid 3", "text that is not UTF-16");
        assert_bad(place, &opened, 1, "t rowid 4", "text that is not UTF-16");
        close_opened(&opened);
    }
}

static void values_above_the_limit_are_refused(void **state)
{
    struct place *place = *state;
    struct wh_format_options format;
    wh_format_options_init(&format);
    format.cell = 1000;
    sqlite_run(place, "CREATE TABLE t (b BLOB); INSERT INTO t VALUES (zeroblob(1000)),"
                      " (zeroblob(1001)), (x'01')");
    struct wh_source_request request = request_of(place, "t");
    request.format = &format;
    struct opened opened = {.source = NULL};
    wh_batch_init(&opened.batch);
    assert_ok(place, source_of.open(&request, &opened.source, &place->err));
    assert_ok(place, source_of.split(opened.source, 1 << 20, &place->arena, &opened.chunks,
                                     &opened.chunk_count, &place->err));
    assert_ok(place, source_of.reader_open(opened.source, &opened.reader, &place->err));
    assert_ok(place, source_of.seek(opened.reader, opened.chunks[0].text, 0, &place->err));
    assert_ok(place, source_of.read(opened.reader, &opened.batch, &place->err));
    assert_int_equal(opened.batch.row_count, 2);
    assert_bad(place, &opened, 0, "t rowid 2", "1001 bytes, more than limits.cell allows (1000)");
    close_opened(&opened);
}

/* ---- order, chunks, going on ----------------------------------------------------------------- */

static const char many_rows[] =
    "CREATE TABLE gaps (id INTEGER PRIMARY KEY, name TEXT);"
    "INSERT INTO gaps WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n"
    " WHERE i < 999) SELECT i * i, 'row ' || i FROM n;"
    "INSERT INTO gaps VALUES (2, CAST(x'ff' AS TEXT)), (5, CAST(x'fe' AS TEXT));"
    "CREATE TABLE keyless (a INTEGER, b TEXT);"
    "INSERT INTO keyless SELECT id % 7, name FROM gaps WHERE id > 5;"
    "CREATE TABLE low (id INTEGER PRIMARY KEY, name TEXT);"
    "INSERT INTO low SELECT id - 5000, name FROM gaps WHERE id > 5;"
    "INSERT INTO low VALUES (-9223372036854775808, 'least'), (9223372036854775807, 'most');"
    "CREATE TABLE shadowed (rowid TEXT, _rowid_ TEXT, oid TEXT);"
    "INSERT INTO shadowed SELECT id, name, NULL FROM gaps WHERE id > 5;"
    "CREATE TABLE aliased (rowid TEXT, _rowid_ TEXT, oid TEXT, \"the \"\"id\" INTEGER PRIMARY KEY);"
    "INSERT INTO aliased SELECT name, NULL, NULL, id FROM gaps WHERE id > 5;"
    "CREATE TABLE keyed (a, b, c TEXT, PRIMARY KEY (a DESC, b)) WITHOUT ROWID;"
    "INSERT INTO keyed SELECT id % 10, name, name FROM gaps WHERE id > 5;"
    "INSERT INTO keyed VALUES ('x', 1.5, NULL), ('x', x'00ff', NULL), ('it''s', '', NULL),"
    " (-0.25, 0, NULL), (x'', 0, NULL), ('', x'', NULL);"
    "CREATE TABLE folded (a TEXT COLLATE NOCASE PRIMARY KEY, b) WITHOUT ROWID;"
    "INSERT INTO folded SELECT name, id FROM gaps WHERE id > 5;"
    "CREATE TABLE other (a TEXT COLLATE NOCASE, b, PRIMARY KEY (a COLLATE BINARY)) WITHOUT ROWID;"
    "INSERT INTO other SELECT name, id FROM gaps WHERE id > 5;"
    "INSERT INTO other VALUES ('Row 7', 0), ('ROW 7', 1);"
    "CREATE VIEW seen AS SELECT a.id, b.name FROM gaps a JOIN gaps b USING (id) ORDER BY b.name;"
    "CREATE VIRTUAL TABLE found USING fts5(words);"
    "INSERT INTO found SELECT name FROM gaps WHERE id > 5;"
    "CREATE TABLE none_yet (a);";

static void every_source_holds_what_sources_hold(void **state)
{
    static const struct {
        const char *from;
        uint64_t records;
    } cases[] = {
        {"gaps", 1002},
        {"keyless", 997},
        {"low", 999},
        {"shadowed", 997},
        {"aliased", 997},
        {"keyed", 1003},
        {"folded", 997},
        {"other", 999},
        {"seen", 1002},
        {"found", 997},
        {"none_yet", 0},
        {"SELECT * FROM gaps WHERE id % 2 = 0 ORDER BY name", 501},
        {"SELECT 1 AS a WHERE false", 0},
    };
    struct place *place = *state;
    sqlite_run(place, many_rows);
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        struct wh_source_request request = request_of(place, cases[i].from);
        uint64_t records = source_conformance(&wh_sqlite_connector, &request);
        if (records != cases[i].records)
            fail_msg("'%s' has %llu records", cases[i].from, (unsigned long long)records);
    }
}

static void tables_are_cut_and_statements_are_not(void **state)
{
    static const struct {
        const char *from;
        bool is_cut;
    } cases[] = {{"gaps", true},   {"low", true},    {"aliased", true},
                 {"keyed", true},  {"folded", true}, {"shadowed", false},
                 {"other", false}, {"seen", false},  {"SELECT * FROM gaps", false}};
    struct place *place = *state;
    sqlite_run(place, many_rows);
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        struct wh_source *source = NULL;
        struct wh_chunk_spec *chunks = NULL;
        size_t count = 0;
        assert_ok(place, try_source(place, cases[i].from, &source));
        assert_ok(place,
                  source_of.split(source, 1000, &place->arena, &chunks, &count, &place->err));
        if ((count > 10) != cases[i].is_cut || (count == 1) == cases[i].is_cut)
            fail_msg("'%s' has %zu chunks", cases[i].from, count);
        source_of.close(source);
    }
}

/* Numbers up to 20,000 and more, of which some are missing. */
static void only_close_row_numbers_of_a_column_are_cut_unread(void **state)
{
    static const struct {
        const char *table;
        const char *rows;
        bool is_unread;
    } cases[] = {
        {"t (id INTEGER PRIMARY KEY, a)", "SELECT i, i FROM n WHERE i % 3 > 0", true},
        {"t (id INTEGER PRIMARY KEY, a)", "SELECT i, i FROM n WHERE i % 3 = 0", false},
        {"t (id INTEGER PRIMARY KEY, a)", "SELECT i - 5, i FROM n", false},
        {"t (id INTEGER PRIMARY KEY, a)", "SELECT i, i FROM n WHERE i < 16000", false},
        {"t (id INTEGER PRIMARY KEY, a)", "SELECT i + i / 10000 * 20000, i FROM n", false},
        /* Series that the sample's places all fall into, and 2^45 numbers. */
        {"t (id INTEGER PRIMARY KEY, a)", "SELECT (i % 33 << 40) + i / 33, i FROM n", false},
        {"t (id, a)", "SELECT i, i FROM n", false},
        {"t (id INTEGER PRIMARY KEY, a) WITHOUT ROWID", "SELECT i, i FROM n", false},
    };
    struct place *place = *state;
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        char sql[512];
        uint64_t about = 0;
        (void)snprintf(
            sql, sizeof(sql),
            "DROP TABLE IF EXISTS t; CREATE TABLE %s; INSERT INTO t WITH RECURSIVE n (i) AS"
            " (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) %s",
            cases[i].table, cases[i].rows);
        sqlite_run(place, sql);
        uint64_t records = (uint64_t)sqlite_ask(place, "SELECT count(*) FROM t");
        struct wh_source_request request = request_of(place, "t");
        if (cases[i].is_unread)
            assert_int_equal(source_conformance(&wh_sqlite_connector, &request), records);
        struct opened opened = {.source = NULL};
        assert_ok(place, try_source(place, "t", &opened.source));
        assert_ok(place, source_of.split(opened.source, 16000, &place->arena, &opened.chunks,
                                         &opened.chunk_count, &place->err));
        assert_true(opened.chunk_count > 4);
        for (size_t k = 0; k < opened.chunk_count; k++) {
            assert_int_equal(opened.chunks[k].records == UINT64_MAX, cases[i].is_unread);
            about += opened.chunks[k].expected;
        }
        if (cases[i].is_unread &&
            (about < records - records / 20 || about > records + records / 20))
            fail_msg("%llu rows are expected", (unsigned long long)about);
        source_of.close(opened.source);
    }
}

static uint64_t digest_of_rows(struct place *place, const char *rows)
{
    char sql[512];
    uint64_t digest = 0;
    (void)snprintf(sql, sizeof(sql), "DROP TABLE IF EXISTS t; CREATE TABLE t AS %s", rows);
    sqlite_run(place, sql);
    struct opened opened = read_first(place, "t");
    assert_ok(place, source_of.digest(opened.reader, &digest, &place->err));
    close_opened(&opened);
    return digest;
}

static void a_digest_tells_what_is_stored_from_all_else(void **state)
{
    static const char *const rows[] = {"SELECT 1 AS a, 'b' AS b",
                                       "SELECT 1.0 AS a, 'b' AS b",
                                       "SELECT '1' AS a, 'b' AS b",
                                       "SELECT x'31' AS a, 'b' AS b",
                                       "SELECT '1b' AS a, '' AS b",
                                       "SELECT '' AS a, '1b' AS b",
                                       "SELECT NULL AS a, '1b' AS b",
                                       "SELECT 0 AS a, '1b' AS b",
                                       "SELECT 4607182418800017408 AS a, 'b' AS b",
                                       "SELECT 'b' AS a, 1 AS b",
                                       "SELECT 1 AS a, 'b' AS b UNION ALL SELECT NULL, NULL",
                                       "SELECT 'a' AS a, 'bc' AS b",
                                       "SELECT 'ab' AS a, 'c' AS b",
                                       "SELECT 'abc' AS a, NULL AS b",
                                       "SELECT 'abc' AS a, '' AS b",
                                       "SELECT 'abc' AS a, x'' AS b",
                                       "SELECT 'a' AS a, 'b' AS b UNION ALL SELECT 'c', 'd'",
                                       "SELECT 'a' AS a, 'b' AS b UNION ALL SELECT 'cd', ''",
                                       "SELECT printf('%.2000c', 'x') AS a, 'b' AS b",
                                       "SELECT printf('%.1999c', 'x') || 'y' AS a, 'b' AS b",
                                       "SELECT printf('%.2001c', 'x') AS a, 'b' AS b",
                                       "SELECT printf('%.2000c', 'x') AS a, 'c' AS b"};
    struct place *place = *state;
    uint64_t digests[WH_COUNT_OF(rows)];
    for (size_t i = 0; i < WH_COUNT_OF(rows); i++) {
        digests[i] = digest_of_rows(place, rows[i]);
        assert_int_equal(digest_of_rows(place, rows[i]), digests[i]);
        for (size_t k = 0; k < i; k++)
            if (digests[i] == digests[k])
                fail_msg("the same digest for %s and for %s", rows[i], rows[k]);
    }
}

static void the_last_of_many_columns_is_in_the_digest(void **state)
{
    struct place *place = *state;
    char sql[4096] = "CREATE TABLE t (c0";
    for (int i = 1; i < 130; i++)
        (void)snprintf(sql + strlen(sql), sizeof(sql) - strlen(sql), ", c%d", i);
    (void)snprintf(sql + strlen(sql), sizeof(sql) - strlen(sql), ")");
    sqlite_run(place, sql);
    uint64_t digests[2] = {0, 0};
    static const char *const changes[] = {"INSERT INTO t (c63, c64, c129) VALUES (1, 2, 3)",
                                          "UPDATE t SET c129 = 4"};
    for (size_t i = 0; i < WH_COUNT_OF(changes); i++) {
        sqlite_run(place, changes[i]);
        struct opened opened = read_first(place, "t");
        assert_ok(place, source_of.digest(opened.reader, &digests[i], &place->err));
        close_opened(&opened);
    }
    assert_true(digests[0] != digests[1]);
}

/** A table of so many columns, with an index over all that a sort of the rows could do with. */
static void make_table_with_gaps(struct place *place, int columns)
{
    char sql[4096] = "DROP TABLE IF EXISTS t; CREATE TABLE t (c0";
    for (int i = 1; i < columns; i++)
        (void)snprintf(sql + strlen(sql), sizeof(sql) - strlen(sql), ", c%d", i);
    (void)snprintf(sql + strlen(sql), sizeof(sql) - strlen(sql), ")");
    sqlite_run(place, sql);
    sqlite_run(place, "INSERT INTO t (rowid, c0) VALUES (2, 'z'), (5, 'y'), (6, 'x'), (9, 'w');"
                      "CREATE INDEX t_c0 ON t (c0); ANALYZE");
}

static void assert_read_from(struct place *place, struct opened *opened, uint64_t position)
{
    static const uint64_t numbers[] = {2, 5, 6, 9};
    size_t count = 0;
    wh_code rc = source_of.read(opened->reader, &opened->batch, &place->err);
    if (position > 9) {
        assert_code(place, WH_END, rc);
        return;
    }
    assert_ok(place, rc);
    for (size_t i = 0; i < WH_COUNT_OF(numbers); i++)
        if (numbers[i] >= position)
            assert_int_equal(opened->batch.positions[count++].offset, numbers[i]);
    assert_int_equal(opened->batch.row_count, count);
}

static void a_reader_goes_on_at_any_row_number(void **state)
{
    static const int columns[] = {1, 126, 127, 200}; /* a function takes 127 values of SQLite's */
    struct place *place = *state;
    for (size_t i = 0; i < WH_COUNT_OF(columns); i++) {
        uint64_t whole;
        uint64_t until[12];
        make_table_with_gaps(place, columns[i]);
        struct opened opened = read_first(place, "t");
        struct wh_str chunk = opened.chunks[0].text;
        assert_int_equal(opened.batch.row_count, 4);
        assert_ok(place, source_of.digest(opened.reader, &whole, &place->err));
        for (uint64_t position = 0; position < WH_COUNT_OF(until); position++) {
            uint64_t digest;
            assert_ok(place, source_of.seek(opened.reader, chunk, position, &place->err));
            assert_ok(place, source_of.digest_until(opened.reader, chunk, position,
                                                    &until[position], &place->err));
            assert_ok(place, source_of.digest(opened.reader, &digest, &place->err));
            assert_int_equal(digest, until[position]);
            assert_read_from(place, &opened, position);
            assert_ok(place, source_of.digest(opened.reader, &digest, &place->err));
            assert_int_equal(digest, whole);
            bool is_behind_row = position == 3 || position == 6 || position == 7 || position == 10;
            if (position > 0)
                assert_int_equal(until[position] != until[position - 1], is_behind_row);
        }
        close_opened(&opened);
    }
}

static void places_name_the_row_number_where_it_can_be_one(void **state)
{
    struct place *place = *state;
    sqlite_run(place, "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER);"
                      "INSERT INTO t VALUES (-5, 1), (70, 'x')");
    struct opened opened = read_first(place, "t");
    assert_place(place, &opened, &opened.batch.positions[0], "t row 1");
    assert_bad(place, &opened, 0, "t row 2", "column 'a'");
    close_opened(&opened);
}

static void text_that_is_no_chunk_is_refused(void **state)
{
    static const char *const bad[] = {"",           "all",          "rowid",       "rowid 1",
                                      "rowid 1 2",  "rowid 2 1 0",  "rowid a b 0", "rowid 1 2 -1",
                                      "key 0 1 i1", "rowid 1 2 0 3"};
    static const char *const bad_keys[] = {"key 0 1",          "key 0 1 ",
                                           "key 0 1 i1 i1 i1", "key 0 1 i1",
                                           "key 0 1 x00 i1",   "key 0 1 t6 i1",
                                           "key 0 1 t6G i1",   "key 0 1 r00 i1",
                                           "key 0 1 ix i1",    "key 0 18446744073709551615 i1 i1",
                                           "rowid 1 2 0"};
    struct place *place = *state;
    sqlite_run(place, many_rows);
    struct opened opened = read_first(place, "gaps");
    for (size_t i = 0; i < WH_COUNT_OF(bad); i++)
        assert_code(place, WH_CORRUPT,
                    source_of.seek(opened.reader, wh_str_from(bad[i]), 0, &place->err));
    close_opened(&opened);
    opened = read_first(place, "keyed");
    for (size_t i = 0; i < WH_COUNT_OF(bad_keys); i++)
        assert_code(place, WH_CORRUPT,
                    source_of.seek(opened.reader, wh_str_from(bad_keys[i]), 0, &place->err));
    close_opened(&opened);
}

/* ---- changes --------------------------------------------------------------------------------- */

static void a_reader_sees_one_state_and_the_next_one_is_told_of_a_change(void **state)
{
    struct place *place = *state;
    sqlite_run(place, "CREATE TABLE t (a INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2)");
    struct opened opened = read_first(place, "t");
    struct wh_source_identity before;
    struct wh_source_identity after;
    struct wh_reader *late = NULL;
    assert_ok(place, source_of.reader_open(opened.source, &late, &place->err));
    source_of.reader_close(late);
    late = NULL;
    assert_ok(place, source_of.identity(opened.source, &place->arena, &before, &place->err));
    sqlite_run(place, "INSERT INTO t VALUES (3)");
    assert_code(place, WH_END, source_of.read(opened.reader, &opened.batch, &place->err));
    assert_ok(place, source_of.seek(opened.reader, opened.chunks[0].text, 0, &place->err));
    assert_ok(place, source_of.read(opened.reader, &opened.batch, &place->err));
    assert_int_equal(opened.batch.row_count, 2);
    assert_code(place, WH_CONFLICT, source_of.reader_open(opened.source, &late, &place->err));
    assert_non_null(strstr(place->err.message, "was changed while it was being read"));
    close_opened(&opened);
    opened = read_first(place, "t");
    assert_int_equal(opened.batch.row_count, 3);
    assert_ok(place, source_of.identity(opened.source, &place->arena, &after, &place->err));
    assert_false(wh_str_equal(before.text, after.text));
    close_opened(&opened);
}

enum { NOBODY = 65534 };

/** Closes the writer's connection and takes the right to write to the folder away. */
static void lock_folder(struct place *place, bool is_root)
{
    sqlite.close(place->destination);
    place->destination = NULL;
    if (is_root) {
        assert_int_equal(chown(place->folder, NOBODY, NOBODY), 0);
        assert_int_equal(chown(place->path, NOBODY, NOBODY), 0);
        assert_int_equal(seteuid(NOBODY), 0);
    }
    assert_int_equal(chmod(place->folder, 0555), 0);
}

static void unlock_folder(struct place *place, bool is_root)
{
    assert_int_equal(chmod(place->folder, 0755), 0);
    if (is_root)
        assert_int_equal(seteuid(0), 0);
}

static void a_write_ahead_log_in_a_read_only_folder_needs_none(void **state)
{
    struct place *place = *state;
    bool is_root = geteuid() == 0; /* root may write everywhere */
    struct wh_str explained;
    sqlite_run(place, "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2)");
    lock_folder(place, is_root);
    struct opened opened = read_first(place, "t");
    assert_int_equal(opened.batch.row_count, 2);
    assert_ok(place, source_of.explain(opened.source, &place->arena, &explained, &place->err));
    assert_non_null(strstr(explained.ptr, "without locks"));
    /* Somebody with more rights writes: what is read from then on may be of two states. */
    unlock_folder(place, is_root);
    assert_ok(place, sqlite_try_open(place, place->url, false));
    sqlite_run(place, "INSERT INTO t VALUES (3)");
    assert_code(place, WH_CONFLICT, source_of.read(opened.reader, &opened.batch, &place->err));
    close_opened(&opened);
}

static void a_log_that_cannot_be_read_is_no_source(void **state)
{
    struct place *place = *state;
    bool is_root = geteuid() == 0;
    char log[300];
    sqlite_run(place, "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)");
    lock_folder(place, is_root);
    unlock_folder(place, is_root);
    (void)snprintf(log, sizeof(log), "%s-wal", place->path);
    sqlite_write_file(log, "what a crash left", 17);
    assert_int_equal(chmod(log, 0644), 0);
    lock_folder(place, is_root);
    assert_refused(place, "t", WH_UNREACHABLE, "holds changes that cannot be read");
    unlock_folder(place, is_root);
}

#define SOURCE_TEST(function)                                                                      \
    cmocka_unit_test_setup_teardown(function, sqlite_make_open_place, sqlite_remove_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SOURCE_TEST(columns_have_the_types_that_are_declared_without_bounds),
        SOURCE_TEST(nothing_is_written_beside_a_database_with_a_rollback_journal),
        SOURCE_TEST(a_query_may_be_any_single_select),
        SOURCE_TEST(what_is_not_there_is_named_with_what_is_near),
        SOURCE_TEST(a_value_that_its_type_cannot_hold_is_refused_with_place_and_bytes),
        SOURCE_TEST(numbers_are_carried_to_the_digit),
        SOURCE_TEST(texts_of_any_length_are_carried),
        SOURCE_TEST(time_strings_are_carried_where_nothing_is_lost),
        SOURCE_TEST(text_of_a_utf16_database_is_carried_or_refused),
        SOURCE_TEST(values_above_the_limit_are_refused),
        SOURCE_TEST(every_source_holds_what_sources_hold),
        SOURCE_TEST(tables_are_cut_and_statements_are_not),
        SOURCE_TEST(only_close_row_numbers_of_a_column_are_cut_unread),
        SOURCE_TEST(a_digest_tells_what_is_stored_from_all_else),
        SOURCE_TEST(the_last_of_many_columns_is_in_the_digest),
        SOURCE_TEST(a_reader_goes_on_at_any_row_number),
        SOURCE_TEST(places_name_the_row_number_where_it_can_be_one),
        SOURCE_TEST(text_that_is_no_chunk_is_refused),
        SOURCE_TEST(a_reader_sees_one_state_and_the_next_one_is_told_of_a_change),
        SOURCE_TEST(a_write_ahead_log_in_a_read_only_folder_needs_none),
        SOURCE_TEST(a_log_that_cannot_be_read_is_no_source),
    };
    return cmocka_run_group_tests_name("connect/sqlite source", tests, NULL, NULL);
}
