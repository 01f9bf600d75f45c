/* SPDX-License-Identifier: Apache-2.0 */
/* Tables, views and queries of PostgreSQL as sources. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/macros.h"
#include "connect/postgres/postgres.h"
#include "connect/postgres/source/steady.h"
#include "connect_postgres_server.h"
#include "connect_source_conformance.h"
#include "data/text.h"
#include "format/options.h"

#define source_of (*wh_postgres_connector.source)

static char url[200];

/** A source with one reader, and the chunk it stands in. */
struct opened {
    struct wh_source *source;
    struct wh_reader *reader;
    struct wh_batch batch;
    struct wh_chunk_spec *chunks;
    size_t chunk_count;
    struct wh_arena arena;
    struct wh_error err;
};

#define assert_code(opened, expected, call)                                                        \
    do {                                                                                           \
        wh_code assert_rc_ = (call);                                                               \
        if (assert_rc_ != (expected))                                                              \
            fail_msg("%s gave %d, not %d: %s", #call, (int)assert_rc_, (int)(expected),            \
                     (opened)->err.message);                                                       \
    } while (0)
#define assert_ok(opened, call) assert_code(opened, WH_OK, call)

static struct wh_source_request request_of(const char *from)
{
    bool is_query = strncmp(from, "SELECT", 6) == 0 || strncmp(from, "WITH", 4) == 0 ||
                    strncmp(from, "DELETE", 6) == 0 || strncmp(from, "SHOW", 4) == 0;
    return (struct wh_source_request){.url = wh_str_from(url),
                                      .from = is_query ? WH_STR_NONE : wh_str_from(from),
                                      .query = is_query ? wh_str_from(from) : WH_STR_NONE};
}

static void init_opened(struct opened *opened)
{
    *opened = (struct opened){.source = NULL};
    wh_batch_init(&opened->batch);
    wh_arena_init(&opened->arena);
}

/** Reads the first batch of the first chunk. */
static void read_first(struct opened *opened, const struct wh_source_request *request,
                       uint64_t target)
{
    init_opened(opened);
    assert_ok(opened, source_of.open(request, &opened->source, &opened->err));
    assert_ok(opened, source_of.split(opened->source, target, &opened->arena, &opened->chunks,
                                      &opened->chunk_count, &opened->err));
    assert_ok(opened, source_of.reader_open(opened->source, &opened->reader, &opened->err));
    assert_ok(opened, source_of.seek(opened->reader, opened->chunks[0].text, 0, &opened->err));
    assert_ok(opened, source_of.read(opened->reader, &opened->batch, &opened->err));
}

static void close_opened(struct opened *opened)
{
    source_of.reader_close(opened->reader);
    source_of.close(opened->source);
    wh_batch_release(&opened->batch);
    wh_arena_release(&opened->arena);
}

static void assert_refused(const char *from, wh_code code, const char *why)
{
    struct opened opened;
    struct wh_source_request request = request_of(from);
    init_opened(&opened);
    assert_code(&opened, code, source_of.open(&request, &opened.source, &opened.err));
    if (strstr(opened.err.message, why) == NULL)
        fail_msg("'%s' does not say '%s'", opened.err.message, why);
    close_opened(&opened);
}

/** Who does not want to hear why passes no error. */
static void assert_refused_unheard(const char *from, wh_code code)
{
    struct wh_source *source = NULL;
    struct wh_source_request request = request_of(from);
    assert_int_equal(source_of.open(&request, &source, NULL), code);
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

static void assert_place(struct opened *opened, const struct wh_position *position,
                         const char *expected)
{
    struct wh_str text;
    assert_ok(opened,
              source_of.place(opened->source, position, &opened->arena, &text, &opened->err));
    assert_string_equal(text.ptr, expected);
}

/* ---- what is read ---------------------------------------------------------------------------- */

static const char types[] =
    "CREATE TYPE mood AS ENUM ('sad', 'ok');"
    "CREATE TYPE pair AS (a int, b text);"
    "CREATE DOMAIN code AS varchar(4) CHECK (value <> '');"
    "CREATE TABLE typed (id int PRIMARY KEY, n numeric(10,2), tens numeric(4,-1), f4 float4,"
    " flag boolean, born date, at timestamptz, span interval year to month, zone timetz,"
    " name varchar(9), fixed char(4), raw bytea, u uuid, j jsonb, addr inet, tags text[],"
    " span2 int4range, feels mood, both_of pair, code code, bits bit varying(9), \"the \"\"x\" xml,"
    " twice int GENERATED ALWAYS AS (id * 2) STORED);"
    "INSERT INTO typed VALUES (1, 1.5, 1234, 0.1, true, '0044-03-15 BC', 'infinity',"
    " '1 year 2 months', '12:00:00+02', 'Zoë', 'ab', '\\x00ff',"
    " 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{\"b\": 1, \"a\": null}', '10.0.0.1',"
    " '{a,NULL,\"b c\"}', '[1,5)', 'ok', '(1,x)', 'c1', '1010', '<a>1</a>');"
    "INSERT INTO typed VALUES (2);";

static void every_column_has_a_value_of_its_type_or_its_text(void **state)
{
    static const char *const expected[] = {"1",
                                           "1.50",
                                           "1230",
                                           "0.1",
                                           "t",
                                           "0044-03-15 BC",
                                           "infinity",
                                           "1 year 2 mons",
                                           "12:00:00+02",
                                           "Zoë",
                                           "ab  ",
                                           "\\x00ff",
                                           "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
                                           "{\"a\": null, \"b\": 1}",
                                           "10.0.0.1",
                                           "{a,NULL,\"b c\"}",
                                           "[1,5)",
                                           "ok",
                                           "(1,x)",
                                           "c1",
                                           "1010",
                                           "<a>1</a>",
                                           "2"};
    struct opened opened;
    struct wh_table_info info;
    struct wh_source_request request = request_of("typed");
    (void)state;
    postgres_server_run("sources", types);
    read_first(&opened, &request, 1 << 20);
    assert_ok(&opened, source_of.describe(opened.source, &info, &opened.err));
    assert_int_equal(info.column_count, WH_COUNT_OF(expected));
    assert_int_equal(info.key_count, 1);
    for (size_t i = 0; i < WH_COUNT_OF(expected); i++)
        assert_text(&opened, i, 0, expected[i]);
    for (size_t i = 1; i + 1 < WH_COUNT_OF(expected); i++)
        assert_text(&opened, i, 1, NULL);
    assert_int_equal(info.columns[1].type.scale, 2);
    assert_false(info.columns[2].type.has_scale);
    assert_true(wh_str_is(info.columns[13].declared, "jsonb"));
    assert_place(&opened, &opened.batch.positions[1], "typed id 2");
    close_opened(&opened);
}

static void a_query_may_be_any_single_select(void **state)
{
    struct opened opened;
    struct wh_source_request request =
        request_of("WITH n AS (SELECT g AS a, 'x' || g AS b FROM generate_series(1, 3) g) "
                   "SELECT a, b, a / 4.0 AS quarter, ARRAY[a] AS l FROM n ORDER BY a DESC -- so; \n"
                   " ;; ");
    (void)state;
    read_first(&opened, &request, 1);
    assert_int_equal(opened.chunk_count, 1);
    assert_int_equal(opened.batch.row_count, 3);
    assert_text(&opened, 0, 0, "3");
    assert_text(&opened, 1, 2, "x1");
    assert_text(&opened, 2, 0, "0.75000000000000000000");
    assert_text(&opened, 3, 1, "{2}");
    assert_place(&opened, &opened.batch.positions[1], "the query row 2");
    close_opened(&opened);
    assert_refused("SELECT 1 AS a; SELECT 2 AS a", WH_INVALID, "multiple commands");
    assert_refused("SELECT 1) AS a, (SELECT 2", WH_INVALID, "syntax error");
    assert_refused("SELECT 1 AS a, 2 AS a", WH_INVALID, "two of its columns are named 'a'");
    assert_refused("SELECT $1::int AS a", WH_INVALID, "it has a parameter");
    assert_refused("DELETE FROM typed", WH_INVALID, "it reads no rows");
    assert_refused("WITH d AS (DELETE FROM typed RETURNING id) SELECT * FROM d", WH_UNSUPPORTED,
                   "top level");
    assert_refused("SHOW search_path", WH_INVALID, "the query cannot be used");
    assert_refused("typd", WH_INVALID, "did you mean 'typed'");
    assert_refused_unheard("typd", WH_INVALID);
}

static void values_above_the_limit_are_refused(void **state)
{
    struct wh_format_options format;
    struct opened opened;
    (void)state;
    wh_format_options_init(&format);
    format.cell = 1000;
    struct wh_source_request request = request_of(
        "SELECT n AS id, repeat('x', 1000 + n) AS t FROM generate_series(-1, 1) n ORDER BY 1");
    request.format = &format;
    read_first(&opened, &request, 1);
    assert_int_equal(opened.batch.row_count, 2);
    assert_int_equal(opened.batch.bad_count, 1);
    assert_place(&opened, &opened.batch.bad[0].position, "the query row 3");
    assert_non_null(
        strstr(opened.batch.bad[0].reason.ptr, "1001 bytes, more than limits.cell allows (1000)"));
    close_opened(&opened);
    postgres_server_run("sources", "CREATE TABLE large (a text PRIMARY KEY, b text);"
                                   "INSERT INTO large VALUES ('x', repeat('y', 1001)), ('z', '')");
    request.query = WH_STR_NONE;
    request.from = WH_STR("large");
    read_first(&opened, &request, 1);
    assert_int_equal(opened.batch.row_count, 1);
    assert_place(&opened, &opened.batch.bad[0].position, "a row of large");
    assert_non_null(strstr(opened.batch.bad[0].reason.ptr, ", in the row with a 'x'"));
    close_opened(&opened);
}

/* ---- order, chunks, going on ----------------------------------------------------------------- */

/* Rows of about 400 bytes: 20 to a block. */
static const char many_rows[] =
    "CREATE SCHEMA \"Änd're\";"
    "CREATE TABLE \"Änd're\".\"g a.ps\" (id bigint PRIMARY KEY, wide char(400));"
    "INSERT INTO \"Änd're\".\"g a.ps\" SELECT i * i, 'row ' || i FROM generate_series(0, 99) i;"
    "CREATE TABLE low (id int PRIMARY KEY, wide char(400));"
    "INSERT INTO low SELECT i - 50, repeat('name', i % 30) FROM generate_series(1, 100) i;"
    "CREATE TABLE keyed (a text, b numeric, c char(400), PRIMARY KEY (a, b));"
    "INSERT INTO keyed SELECT 'it''s \\' || i % 8, i / 8, i FROM generate_series(1, 100) i;"
    "INSERT INTO keyed VALUES ('', 'NaN', NULL), ('', 'Infinity', 'x');"
    "CREATE TABLE few (a boolean, b uuid DEFAULT gen_random_uuid(), c char(400) DEFAULT '',"
    " PRIMARY KEY (a, b));"
    "INSERT INTO few SELECT i % 2 = 0 FROM generate_series(1, 100) i;"
    "CREATE TABLE nullable (a int UNIQUE, wide char(400));"
    "INSERT INTO nullable SELECT nullif(i, 7), i FROM generate_series(1, 100) i;"
    "CREATE TABLE late (a int, wide char(400), c date NOT NULL, UNIQUE (c) DEFERRABLE);"
    "INSERT INTO late SELECT i, i, date '2020-01-01' + i FROM generate_series(1, 100) i;"
    "DELETE FROM late WHERE a % 3 = 0; UPDATE late SET a = -a WHERE a % 5 = 0;"
    "CREATE TABLE dated (at date PRIMARY KEY, wide char(400));"
    "INSERT INTO dated SELECT date '2020-01-01' + i, i FROM generate_series(1, 100) i;"
    "INSERT INTO dated VALUES ('infinity'), ('-infinity'), ('0001-01-01 BC');"
    "CREATE TABLE parted (id int, at date, wide char(400), PRIMARY KEY (id, at))"
    " PARTITION BY RANGE (at);"
    "CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (MINVALUE) TO ('2020-02-01');"
    "CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM ('2020-02-01') TO (MAXVALUE);"
    "INSERT INTO parted SELECT i, date '2020-01-01' + i, i FROM generate_series(1, 100) i;"
    "CREATE TABLE heap (a int, wide char(400)) PARTITION BY HASH (a);"
    "CREATE TABLE heap_0 PARTITION OF heap FOR VALUES WITH (MODULUS 2, REMAINDER 0);"
    "CREATE TABLE heap_1 PARTITION OF heap FOR VALUES WITH (MODULUS 2, REMAINDER 1);"
    "INSERT INTO heap SELECT i, i FROM generate_series(1, 50) i;"
    "CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child () INHERITS (parent);"
    "INSERT INTO parent SELECT generate_series(1, 20);"
    "INSERT INTO child SELECT generate_series(1, 20);"
    "CREATE VIEW seen AS SELECT id, wide FROM low ORDER BY wide, id;"
    "CREATE MATERIALIZED VIEW kept AS SELECT * FROM low;"
    "CREATE TABLE none_yet (a int PRIMARY KEY);"
    "CREATE TABLE dense (id int PRIMARY KEY); INSERT INTO dense SELECT generate_series(500, 3499);"
    "ANALYZE dense;";

static void assert_cut(const struct wh_source_request *request, bool is_cut)
{
    struct opened opened;
    init_opened(&opened);
    assert_ok(&opened, source_of.open(request, &opened.source, &opened.err));
    assert_ok(&opened, source_of.split(opened.source, 8192, &opened.arena, &opened.chunks,
                                       &opened.chunk_count, &opened.err));
    if ((opened.chunk_count > 1) != is_cut)
        fail_msg("'%.*s' has %zu chunks", WH_FMT(request->from), opened.chunk_count);
    close_opened(&opened);
}

static void every_source_holds_what_sources_hold(void **state)
{
    static const struct {
        const char *from;
        uint64_t records;
        bool is_cut;
    } cases[] = {
        {"Änd're.g a.ps", 100, true},
        {"low", 100, true},
        {"keyed", 102, true},
        {"few", 100, true},
        {"nullable", 100, true},
        {"late", 67, true},
        {"dated", 103, true},
        {"parted", 100, true},
        {"heap", 50, false},
        {"parent", 40, false},
        {"seen", 100, false},
        {"kept", 100, true},
        {"none_yet", 0, false},
        {"dense", 3000, true},
        {"SELECT * FROM low WHERE id % 2 = 0 ORDER BY wide, id", 50, false},
        {"SELECT 1 AS a WHERE false", 0, false},
    };
    (void)state;
    postgres_server_run("sources", many_rows);
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        struct wh_source_request request = request_of(cases[i].from);
        uint64_t records = source_conformance(&wh_postgres_connector, &request);
        if (records != cases[i].records)
            fail_msg("'%s' has %llu records", cases[i].from, (unsigned long long)records);
        assert_cut(&request, cases[i].is_cut);
    }
}

static size_t count_rows(struct opened *opened, const struct wh_chunk_spec *chunk)
{
    size_t rows = 0;
    wh_code rc;
    assert_ok(opened, source_of.seek(opened->reader, chunk->text, 0, &opened->err));
    while ((rc = source_of.read(opened->reader, &opened->batch, &opened->err)) == WH_OK)
        rows += opened->batch.row_count;
    assert_code(opened, WH_END, rc);
    return rows;
}

static void numbers_without_gaps_are_cut_evenly(void **state)
{
    struct opened opened;
    struct wh_source_request request = request_of("dense");
    (void)state;
    read_first(&opened, &request, 16384);
    size_t count = opened.chunk_count;
    assert_true(count > 3);
    for (size_t i = 0; i < count; i++) {
        size_t rows = 2999 / count + 1;
        assert_int_equal(opened.chunks[i].expected, 3000 / count);
        assert_int_equal(count_rows(&opened, &opened.chunks[i]),
                         i + 1 < count ? rows : 3000 - rows * i);
    }
    close_opened(&opened);
}

static void the_first_chunks_of_many_are_smaller(void **state)
{
    struct opened opened;
    struct wh_source_request request = request_of("dense");
    size_t rows = 0;
    (void)state;
    read_first(&opened, &request, 8192);
    assert_true(opened.chunk_count > 8);
    size_t whole = count_rows(&opened, &opened.chunks[3]);
    for (size_t i = 0; i < opened.chunk_count; i++) {
        size_t found = count_rows(&opened, &opened.chunks[i]);
        rows += found;
        if (i + 1 < opened.chunk_count)
            assert_int_equal(found, i < 3 ? whole >> (3 - i) : whole);
    }
    assert_int_equal(rows, 3000);
    close_opened(&opened);
}

static void places_say_what_people_can_look_up(void **state)
{
    struct opened opened;
    struct wh_source_request request = request_of("late");
    (void)state;
    read_first(&opened, &request, 1);
    assert_place(&opened, &opened.batch.positions[0], "late ctid (0,1)");
    assert_place(&opened, &opened.batch.positions[2], "late ctid (0,4)");
    close_opened(&opened);
    request = request_of("keyed");
    read_first(&opened, &request, 1);
    assert_place(&opened, &opened.batch.positions[0], "a row of keyed");
    close_opened(&opened);
}

static void text_that_is_no_chunk_is_refused(void **state)
{
    static const struct {
        const char *from;
        const char *chunk;
    } cases[] = {
        {"low", ""},
        {"low", "number 0 - -"},
        {"low", "key 0 -"},
        {"low", "key 0 - - -"},
        {"low", "key 70000 - -"},
        {"low", "key 0 5 -"},
        {"low", "key 0 \\x5 -"},
        {"low", "key 0 \\xff -"},
        {"low", "same 0"},
        {"low", "same 0 5"},
        {"low", "same 0 \\x31 \\x31 \\x31 \\x31"},
        {"Änd're.g a.ps", "same 0 \\x312920"}, /* 1)_ */
        {"Änd're.g a.ps", "number 0 1) -"},
        {"Änd're.g a.ps", "number 0 99999999999999999999 -"},
        {"late", "ctid 0 -1 -"},
        {"late", "ctid 0 4294967296 -"},
        {"SELECT 1 AS a", "all 0 1 -"},
        {"SELECT 1 AS a", "all"},
    };
    (void)state;
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        struct opened opened;
        struct wh_source_request request = request_of(cases[i].from);
        read_first(&opened, &request, 1 << 20);
        assert_code(&opened, WH_CORRUPT,
                    source_of.seek(opened.reader, wh_str_from(cases[i].chunk), 0, &opened.err));
        close_opened(&opened);
    }
}

/* ---- changes --------------------------------------------------------------------------------- */

static void readers_and_siblings_see_one_snapshot(void **state)
{
    struct opened first;
    struct opened second;
    struct wh_source_request request = request_of("live");
    (void)state;
    postgres_server_run("sources", "CREATE TABLE live (a int PRIMARY KEY);"
                                   "INSERT INTO live VALUES (1), (2)");
    read_first(&first, &request, 1 << 20);
    postgres_server_run("sources", "INSERT INTO live VALUES (3); DELETE FROM live WHERE a = 1");
    request.sibling = first.source;
    read_first(&second, &request, 1 << 20);
    assert_int_equal(second.batch.row_count, 2);
    assert_text(&second, 0, 0, "1");
    request.sibling = NULL;
    close_opened(&second);
    read_first(&second, &request, 1 << 20);
    assert_text(&second, 0, 0, "2");
    assert_text(&second, 0, 1, "3");
    close_opened(&second);
    close_opened(&first);
}

static void read_to_end(struct opened *opened, wh_code expected)
{
    wh_code rc;
    while ((rc = source_of.read(opened->reader, &opened->batch, &opened->err)) == WH_OK)
        ;
    assert_code(opened, expected, rc);
}

static void a_query_that_gives_other_rows_each_time_is_found_out(void **state)
{
    struct opened opened;
    struct wh_source_request request =
        request_of("SELECT g AS a, random() AS b FROM generate_series(1, 5) g");
    (void)state;
    read_first(&opened, &request, 1);
    read_to_end(&opened, WH_END);
    assert_ok(&opened, source_of.seek(opened.reader, opened.chunks[0].text, 0, &opened.err));
    read_to_end(&opened, WH_CONFLICT);
    assert_non_null(strstr(opened.err.message, "ORDER BY"));
    close_opened(&opened);
}

static void marks_of_passes_are_compared(void **state)
{
    struct wh_postgres_steady steady;
    struct wh_error err = WH_ERROR_NONE;
    (void)state;
#define CHECK(rows, digest, is_end)                                                                \
    wh_postgres_steady_check(&steady, (struct wh_postgres_steady_mark){rows, digest}, is_end, &err)
    wh_postgres_steady_init(&steady);
    assert_int_equal(CHECK(10, 1, false), WH_OK);
    assert_int_equal(CHECK(20, 2, false), WH_OK);
    assert_int_equal(CHECK(15, 9, false), WH_OK); /* nothing is known of it */
    assert_int_equal(CHECK(20, 3, false), WH_CONFLICT);
    assert_int_equal(CHECK(15, 5, true), WH_CONFLICT);
    assert_int_equal(CHECK(25, 4, true), WH_OK);
    assert_int_equal(CHECK(25, 4, true), WH_OK);
    assert_int_equal(CHECK(26, 4, false), WH_CONFLICT);
    assert_int_equal(CHECK(25, 5, true), WH_CONFLICT);
    assert_int_equal(CHECK(20, 2, true), WH_CONFLICT);
    wh_postgres_steady_release(&steady);
#undef CHECK
}

static void an_unfinished_chunk_is_left_for_another(void **state)
{
    struct opened opened;
    struct wh_source_request request =
        request_of("SELECT g AS a, repeat('x', 1000) AS t FROM generate_series(1, 100000) g");
    (void)state;
    read_first(&opened, &request, 1);
    assert_ok(&opened, source_of.seek(opened.reader, opened.chunks[0].text, 0, &opened.err));
    assert_ok(&opened, source_of.read(opened.reader, &opened.batch, &opened.err));
    assert_text(&opened, 0, 0, "1");
    close_opened(&opened);
}

static void waiting_for_rows_ends_when_that_is_asked_for(void **state)
{
    struct opened opened;
    struct wh_cancel cancel = {.level = WH_CANCEL_NONE};
    struct wh_source_request request =
        request_of("SELECT g AS a FROM generate_series(1, 10) g WHERE pg_sleep(g / 2) IS NOT NULL");
    (void)state;
    request.cancel = &cancel;
    read_first(&opened,
               &(struct wh_source_request){
                   .url = request.url, .query = WH_STR("SELECT 1 AS a"), .cancel = &cancel},
               1);
    close_opened(&opened);
    init_opened(&opened);
    assert_ok(&opened, source_of.open(&request, &opened.source, &opened.err));
    assert_ok(&opened, source_of.reader_open(opened.source, &opened.reader, &opened.err));
    wh_cancel_raise(&cancel, WH_CANCEL_AFTER_GROUP);
    /* What the server had begun to answer comes with the end of it. */
    assert_ok(&opened, source_of.seek(opened.reader, WH_STR("all 0 - -"), 0, &opened.err));
    assert_code(&opened, WH_CANCELLED, source_of.read(opened.reader, &opened.batch, &opened.err));
    close_opened(&opened);
}

/* ---- privileges ------------------------------------------------------------------------------ */

static void a_missing_privilege_is_named_with_its_grant(void **state)
{
    char as_owner[sizeof(url)];
    (void)state;
    postgres_server_run(
        "sources",
        "CREATE ROLE reader LOGIN; CREATE SCHEMA closed; CREATE TABLE closed.t (a int);"
        "CREATE TABLE hidden (a int, b int); CREATE TABLE partly (a int, b int);"
        "GRANT SELECT (a) ON partly TO reader; CREATE TABLE policed (a int);"
        "ALTER TABLE policed ENABLE ROW LEVEL SECURITY; GRANT SELECT ON policed TO reader;"
        "CREATE DATABASE shut; REVOKE CONNECT ON DATABASE shut FROM PUBLIC;"
        "ALTER ROLE reader SET search_path = public, closed;");
    memcpy(as_owner, url, sizeof(url));
    snprintf(url, sizeof(url), "postgresql:host=%s user=reader dbname=sources",
             postgres_server_host());
    assert_refused("closed.t", WH_UNREACHABLE, "GRANT USAGE ON SCHEMA closed TO reader");
    assert_refused("t", WH_UNREACHABLE, "GRANT USAGE ON SCHEMA closed TO reader");
    assert_refused_unheard("t", WH_UNREACHABLE);
    assert_refused("hidden", WH_UNREACHABLE, "GRANT SELECT ON public.hidden TO reader");
    assert_refused("partly", WH_UNREACHABLE, "may not read column b of public.partly");
    assert_refused("policed", WH_UNSUPPORTED, "row security");
    assert_refused("SELECT b FROM partly", WH_UNREACHABLE, "permission denied");
    struct opened opened;
    struct wh_source_request request = request_of("SELECT count(a) AS n FROM partly");
    read_first(&opened, &request, 1);
    close_opened(&opened);
    snprintf(url, sizeof(url), "postgresql:host=%s user=reader dbname=shut",
             postgres_server_host());
    assert_refused("t", WH_UNREACHABLE, "CONNECT");
    memcpy(url, as_owner, sizeof(url));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_column_has_a_value_of_its_type_or_its_text),
        cmocka_unit_test(a_query_may_be_any_single_select),
        cmocka_unit_test(values_above_the_limit_are_refused),
        cmocka_unit_test(every_source_holds_what_sources_hold),
        cmocka_unit_test(numbers_without_gaps_are_cut_evenly),
        cmocka_unit_test(the_first_chunks_of_many_are_smaller),
        cmocka_unit_test(places_say_what_people_can_look_up),
        cmocka_unit_test(text_that_is_no_chunk_is_refused),
        cmocka_unit_test(readers_and_siblings_see_one_snapshot),
        cmocka_unit_test(a_query_that_gives_other_rows_each_time_is_found_out),
        cmocka_unit_test(marks_of_passes_are_compared),
        cmocka_unit_test(an_unfinished_chunk_is_left_for_another),
        cmocka_unit_test(waiting_for_rows_ends_when_that_is_asked_for),
        cmocka_unit_test(a_missing_privilege_is_named_with_its_grant),
    };
    if (!postgres_server_start())
        return 77;
    postgres_server_run("postgres", "CREATE DATABASE sources");
    snprintf(url, sizeof(url), "postgresql:host=%s user=postgres dbname=sources",
             postgres_server_host());
    int failed = cmocka_run_group_tests_name("postgres source", tests, NULL, NULL);
    postgres_server_stop();
    return failed;
}
