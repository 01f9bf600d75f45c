/* SPDX-License-Identifier: Apache-2.0 */
/* Values in PostgreSQL's binary formats: what is written is read back, and what is no value is
 * refused. That a server reads them the same way is the conformance suite's to show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/hex.h"
#include "connect/postgres/wire.h"
#include "connect/postgres/wire_numeric.h"
#include "data/text.h"

struct round {
    struct wh_arena arena;
    struct wh_column written;
    struct wh_column read;
    struct wh_error err;
};

static void begin_round(struct round *round, struct wh_type type, const char *text)
{
    *round = (struct round){.err = WH_ERROR_NONE};
    wh_arena_init(&round->arena);
    assert_int_equal(wh_column_init(&round->written, type, 1, &round->arena, &round->err), WH_OK);
    assert_int_equal(wh_column_init(&round->read, type, 1, &round->arena, &round->err), WH_OK);
    assert_int_equal(wh_value_parse(wh_str_from(text), &round->arena, &round->written, 0),
                     WH_FAULT_NONE);
}

/** The value is known by its very bytes; one that takes very many need not be. */
static void assert_same_bytes_only(struct round *round, enum wh_postgres_form form,
                                   struct wh_str bytes)
{
    char other[64];
    assert_false(wh_postgres_field_is(form, &round->written, 0, WH_STR_NONE));
    if (wh_postgres_field_size(form, &round->written, 0) <= sizeof(other))
        assert_true(wh_postgres_field_is(form, &round->written, 0, bytes));
    for (size_t i = 0; i < bytes.len && bytes.len <= sizeof(other); i++) {
        memcpy(other, bytes.ptr, bytes.len);
        other[i] ^= 1;
        assert_false(wh_postgres_field_is(form, &round->written, 0, wh_str_make(other, bytes.len)));
        assert_false(wh_postgres_field_is(form, &round->written, 0, wh_str_make(bytes.ptr, i)));
    }
}

/** Writes the field and reads it back; gives the bytes of the value, in the round's arena. */
static struct wh_str go_round(struct round *round, enum wh_postgres_form form, const char *text)
{
    size_t size = wh_postgres_field_size(form, &round->written, 0);
    char *field = malloc(size);
    assert_non_null(field);
    char *end = wh_postgres_put_field(form, &round->written, 0, field);
    assert_true(end <= field + size);
    struct wh_str value = wh_str_make(field + 4, (size_t)(end - field) - 4);
    assert_int_equal(wh_wire_get32(field), value.len);
    struct wh_str kept;
    struct wh_str printed;
    assert_int_equal(wh_arena_copy(&round->arena, value, &kept, &round->err), WH_OK);
    assert_int_equal(
        wh_postgres_read_field(form, value, &round->arena, &round->read, 0, &round->err), WH_OK);
    free(field);
    assert_same_bytes_only(round, form, kept);
    assert_int_equal(wh_value_print(&round->read, 0, &round->arena, &printed), WH_FAULT_NONE);
    if (!wh_str_is(printed, text))
        fail_msg("'%s' came back as '%.*s'", text, WH_FMT(printed));
    return kept;
}

static void assert_round(struct wh_type type, enum wh_postgres_form form, const char *text)
{
    struct round round;
    begin_round(&round, type, text);
    go_round(&round, form, text);
    wh_arena_release(&round.arena);
}

static void numerics_of_any_size_and_scale_come_back(void **state)
{
    static const char *const texts[] = {
        "0",
        "0.00",
        "1",
        "-1",
        "9999",
        "10000",
        "1.5",
        "-0.0001",
        "0.00010",
        "12345.6789",
        "100000000",
        "0.000000000001",
        "99999999",
        "1234.50000",
        "-45507.34",
        "999999999999999999",
        "1000000000000000000",
        "0.1234567890123456",
        "0.12345678901234567",
        "-0.000000000000000000000000000001",
        "12345678901234567890123456789012345678",
        "99999999999999999999999999999999999999",
        "123456789012345678901234567890123456789012345678901234567890.12345678901234567890123",
        "100000000000000000000000000000000000000000",
        "NaN",
        "Infinity",
        "-Infinity",
    };
    (void)state;
    for (size_t i = 0; i < WH_COUNT_OF(texts); i++)
        assert_round((struct wh_type){.kind = WH_KIND_NUMERIC}, WH_FORM_NUMERIC, texts[i]);
}

static void random_numerics_come_back(void **state)
{
    char text[128];
    unsigned seed = 7;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        size_t len = 0;
        int whole = rand_r(&seed) % 45 + 1;
        int fraction = rand_r(&seed) % 45;
        if (rand_r(&seed) % 2 == 0)
            text[len++] = '-';
        text[len++] = (char)('1' + rand_r(&seed) % 9);
        while (--whole > 0)
            text[len++] = (char)('0' + (rand_r(&seed) % 3 == 0 ? 0 : rand_r(&seed) % 10));
        if (fraction > 0)
            text[len++] = '.';
        while (fraction-- > 0)
            text[len++] = (char)('0' + (rand_r(&seed) % 3 == 0 ? 0 : rand_r(&seed) % 10));
        text[len] = '\0';
        assert_round((struct wh_type){.kind = WH_KIND_NUMERIC}, WH_FORM_NUMERIC, text);
    }
}

/* What numeric_send() of a server gives, in hexadecimal digits. */
static void a_numeric_is_what_the_server_sends(void **state)
{
    static const struct {
        const char *text;
        const char *sent;
    } cases[] = {
        {"-45507.34", "0003000140000002000415830d48"},
        {"0", "0000000000000000"},
        {"NaN", "00000000c0000000"},
        {"Infinity", "00000000d0000020"},
        {"-Infinity", "00000000f0000020"},
        {"0.00", "0000000000000002"},
        {"100.00", "00010000000000020064"},
        {"20000.00", "00010001000000020002"},
        {"100000000", "00010002000000000001"},
        {"1234.50000", "000200000000000504d21388"},
        {"12345.67890000", "0003000100000008000109291a85"},
        {"10000.0001", "0003000100000004000100000001"},
        {"0.00010", "0001ffff000000050001"},
        {"-0.00000001", "0001fffe400000080001"},
        {"0.00000000000000000001", "0001fffb000000140001"},
        {"1000000000000000000.00", "00010004000000020064"},
        {"100000000000000000000.0000000000000000000010000000",
         "000c00050000001c0001000000000000000000000000000000000000000003e8"},
    };
    (void)state;
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        struct round round;
        char digits[128];
        begin_round(&round, (struct wh_type){.kind = WH_KIND_NUMERIC}, cases[i].text);
        struct wh_str bytes = go_round(&round, WH_FORM_NUMERIC, cases[i].text);
        char *end = wh_put_hex(bytes.ptr, bytes.len, digits);
        *end = '\0';
        assert_string_equal(digits, cases[i].sent);
        wh_arena_release(&round.arena);
    }
}

static void values_of_fixed_size_come_back(void **state)
{
    (void)state;
    assert_round((struct wh_type){.kind = WH_KIND_INT, .bits = 16}, WH_FORM_INT2, "-32768");
    assert_round((struct wh_type){.kind = WH_KIND_INT, .bits = 32}, WH_FORM_INT4, "-2147483648");
    assert_round((struct wh_type){.kind = WH_KIND_INT, .bits = 64}, WH_FORM_INT8,
                 "-9223372036854775808");
    assert_round((struct wh_type){.kind = WH_KIND_FLOAT, .bits = 32}, WH_FORM_FLOAT4, "0.1");
    assert_round((struct wh_type){.kind = WH_KIND_FLOAT, .bits = 64}, WH_FORM_FLOAT8, "-0");
    assert_round((struct wh_type){.kind = WH_KIND_DATE}, WH_FORM_DATE, "-infinity");
    assert_round((struct wh_type){.kind = WH_KIND_INTERVAL}, WH_FORM_INTERVAL,
                 "-1 years +2 days 00:00:00.5");
    assert_round((struct wh_type){.kind = WH_KIND_TEXT}, WH_FORM_UUID,
                 "6f9619ff-8b86-d011-b42d-00c04fc964ff");
}

static void what_is_no_value_is_refused(void **state)
{
    static const struct {
        enum wh_postgres_form form;
        enum wh_kind kind;
        struct wh_str bytes;
    } bad[] = {
        {WH_FORM_INT8, WH_KIND_INT, {"\0\0\0\1", 4}},
        {WH_FORM_BOOL, WH_KIND_BOOL, {"", 0}},
        {WH_FORM_UUID, WH_KIND_TEXT, {"0123456789", 10}},
        {WH_FORM_INTERVAL, WH_KIND_INTERVAL, {"0123456789", 10}},
        {WH_FORM_NUMERIC, WH_KIND_NUMERIC, {"\0\1\0\0\0\0", 6}},
        {WH_FORM_NUMERIC, WH_KIND_NUMERIC, {"\0\2\0\0\0\0\0\0\0\1", 10}},
        {WH_FORM_NUMERIC, WH_KIND_NUMERIC, {"\0\1\0\0\0\0\0\0\x27\x10", 10}},
        {WH_FORM_NUMERIC, WH_KIND_NUMERIC, {"\0\0\0\0\x12\x34\0\0", 8}},
        {WH_FORM_NUMERIC, WH_KIND_NUMERIC, {"\0\0\0\0\0\0\x7f\xff", 8}},
    };
    (void)state;
    for (size_t i = 0; i < WH_COUNT_OF(bad); i++) {
        WH_CLEANUP(wh_arena_release) struct wh_arena arena;
        struct wh_error err = WH_ERROR_NONE;
        struct wh_column column;
        wh_arena_init(&arena);
        struct wh_type type = {.kind = bad[i].kind, .bits = 64};
        assert_int_equal(wh_column_init(&column, type, 1, &arena, &err), WH_OK);
        assert_int_equal(
            wh_postgres_read_field(bad[i].form, bad[i].bytes, &arena, &column, 0, &err),
            WH_CORRUPT);
    }
}

static void an_infinite_interval_is_known(void **state)
{
    (void)state;
    char most[16];
    char least[16];
    wh_wire_put64(most, INT64_MAX);
    wh_wire_put32(most + 8, INT32_MAX);
    wh_wire_put32(most + 12, INT32_MAX);
    wh_wire_put64(least, (uint64_t)INT64_MIN);
    wh_wire_put32(least + 8, (uint32_t)INT32_MIN);
    wh_wire_put32(least + 12, (uint32_t)INT32_MIN);
    assert_true(wh_postgres_is_infinite(WH_FORM_INTERVAL, wh_str_make(most, sizeof(most))));
    assert_true(wh_postgres_is_infinite(WH_FORM_INTERVAL, wh_str_make(least, sizeof(least))));
    wh_wire_put32(most + 12, INT32_MAX - 1);
    assert_false(wh_postgres_is_infinite(WH_FORM_INTERVAL, wh_str_make(most, sizeof(most))));
    assert_false(wh_postgres_is_infinite(WH_FORM_FLOAT8, wh_str_make(least, 8)));
}

static void only_what_the_server_prints_is_a_canonical_uuid(void **state)
{
    (void)state;
    assert_true(wh_postgres_uuid_is_canonical(WH_STR("6f9619ff-8b86-d011-b42d-00c04fc964ff")));
    assert_false(wh_postgres_uuid_is_canonical(WH_STR("6F9619FF-8b86-d011-b42d-00c04fc964ff")));
    assert_false(wh_postgres_uuid_is_canonical(WH_STR("6f9619ff8b86d011b42d00c04fc964ff")));
    assert_false(wh_postgres_uuid_is_canonical(WH_STR("6f9619ff-8b86-d011-b42d+00c04fc964ff")));
    assert_false(wh_postgres_uuid_is_canonical(WH_STR("")));
}

/** Short ones are moved in other ways than long ones, and nothing behind them is touched. */
static void texts_of_any_length_come_back(void **state)
{
    (void)state;
    char text[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (size_t len = sizeof(text) - 1; len > 0; len--) {
        struct round round;
        char field[128];
        text[len] = '\0';
        assert_round((struct wh_type){.kind = WH_KIND_TEXT}, WH_FORM_BYTES, text);
        begin_round(&round, (struct wh_type){.kind = WH_KIND_TEXT}, text);
        memset(field, '#', sizeof(field));
        char *end = wh_postgres_put_field(WH_FORM_BYTES, &round.written, 0, field);
        assert_int_equal(end - field, len + 4);
        for (const char *at = end; at < field + sizeof(field); at++)
            assert_int_equal(*at, '#');
        wh_arena_release(&round.arena);
    }
    assert_round((struct wh_type){.kind = WH_KIND_TEXT}, WH_FORM_BYTES, "");
}

/** What goes into a char(n) by COPY loses its padding, and nothing else. */
static void padding_stays_behind(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        const char *sent;
    } cases[] = {{"", ""},
                 {" ", ""},
                 {"        ", ""},
                 {"ab", "ab"},
                 {"  a  b", "  a  b"},
                 {"ab      ", "ab"},
                 {"ab               ", "ab"},
                 {"ab\t  ", "ab\t"},
                 {"12345678        ", "12345678"}};
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        struct round round;
        char field[64];
        begin_round(&round, (struct wh_type){.kind = WH_KIND_TEXT}, cases[i].value);
        assert_true(wh_postgres_field_size(WH_FORM_UNPADDED, &round.written, 0) <= sizeof(field));
        char *end = wh_postgres_put_field(WH_FORM_UNPADDED, &round.written, 0, field);
        struct wh_str sent = wh_str_make(field + 4, (size_t)(end - field) - 4);
        assert_int_equal(wh_wire_get32(field), sent.len);
        assert_true(wh_str_is(sent, cases[i].sent));
        wh_arena_release(&round.arena);
    }
}

/** Only where the server fills up what comes: not of bpchar without a length. */
static void only_columns_with_a_length_take_values_without_padding(void **state)
{
    (void)state;
    static const struct {
        Oid oid;
        int modifier;
        enum wh_postgres_form form;
    } cases[] = {{WH_OID_BPCHAR, 4 + 84, WH_FORM_UNPADDED},
                 {WH_OID_BPCHAR, -1, WH_FORM_BYTES},
                 {WH_OID_VARCHAR, 4 + 84, WH_FORM_BYTES},
                 {WH_OID_TEXT, -1, WH_FORM_BYTES},
                 {WH_OID_INT4, -1, WH_FORM_INT4}};
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        struct wh_postgres_type type = {
            .oid = cases[i].oid, .modifier = cases[i].modifier, .kind = 'b'};
        struct wh_postgres_reading reading;
        assert_true(wh_postgres_type_read(&type, &reading));
        assert_int_equal(wh_postgres_copy_in_form(&reading), cases[i].form);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numerics_of_any_size_and_scale_come_back),
        cmocka_unit_test(random_numerics_come_back),
        cmocka_unit_test(a_numeric_is_what_the_server_sends),
        cmocka_unit_test(values_of_fixed_size_come_back),
        cmocka_unit_test(what_is_no_value_is_refused),
        cmocka_unit_test(an_infinite_interval_is_known),
        cmocka_unit_test(only_what_the_server_prints_is_a_canonical_uuid),
        cmocka_unit_test(texts_of_any_length_come_back),
        cmocka_unit_test(padding_stays_behind),
        cmocka_unit_test(only_columns_with_a_length_take_values_without_padding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
