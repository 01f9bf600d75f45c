/* SPDX-License-Identifier: Apache-2.0 */
/** DBF files that are not as they should be: cut, miscounted, contradicting themselves,
 *  without their memos. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "connect_file_folder.h"
#include "connect_file_table.h"
#include "dbf_file.h"

/* ---- how many records ------------------------------------------------------------------------ */

#define THREE                                                                                      \
    " 1"                                                                                           \
    " 2"                                                                                           \
    " 3"

static void records_that_are_missing_are_told(void **state)
{
    struct test_dbf file = {.fields = "ID N 1", .records = BYTES(THREE "\x1A"), .count = 5};
    struct wh_format_options options = test_format_options();
    static const char missing[] =
        "ID bigint\n1: 1\n2: 2\n3: 3\n"
        "4: bad: the header counts 5 records, and the file ends behind 3 <>\n";
    test_dbf_write(*state, "count.dbf", &file);
    assert_table(*state, "count.dbf", NULL, missing);
    file.records = BYTES(THREE);
    test_dbf_write(*state, "count.dbf", &file);
    assert_table(*state, "count.dbf", NULL, missing);
    file.count = UINT32_MAX;
    test_dbf_write(*state, "count.dbf", &file);
    assert_table(*state, "count.dbf", NULL,
                 "ID bigint\n1: 1\n2: 2\n3: 3\n"
                 "4: bad: the header counts 4294967295 records, and the file ends behind 3 <>\n");
    options.records = WH_STR("file");
    assert_table(*state, "count.dbf", &options, "ID bigint\n1: 1\n2: 2\n3: 3\n");
    file.records = BYTES("");
    test_dbf_write(*state, "count.dbf", &file);
    assert_table(*state, "count.dbf", NULL,
                 "ID bigint\n"
                 "1: bad: the header counts 4294967295 records, and the file ends behind 0 <>\n");
}

static void records_that_are_not_counted_are_told(void **state)
{
    struct test_dbf file = {.fields = "ID N 1", .records = BYTES(THREE "*4\x1A"), .count = 2};
    struct wh_format_options options = test_format_options();
    test_dbf_write(*state, "more.dbf", &file);
    assert_table(*state, "more.dbf", NULL,
                 "ID bigint\n1: 1\n2: 2\n"
                 "3: bad: the record stands behind the 2 that the header counts; to have it read: "
                 "format: { records: file } < 3>\n"
                 "4: bad: the record stands behind the 2 that the header counts; to have it read: "
                 "format: { records: file } <*4>\n");
    options.records = WH_STR("file");
    assert_table(*state, "more.dbf", &options, "ID bigint\n1: 1\n2: 2\n3: 3\n4: left out\n");
    options.records = WH_STR("all");
    assert_table_refused(*state, "more.dbf", &options, WH_INVALID, "'records' is one of header");
    file.count = 4;
    file.records = BYTES(THREE "*4\x1A 5 6");
    test_dbf_write(*state, "more.dbf", &file);
    assert_table(*state, "more.dbf", NULL, "ID bigint\n1: 1\n2: 2\n3: 3\n4: left out\n");
    file.records = BYTES(THREE "*4\0\0\0\0\0");
    test_dbf_write(*state, "more.dbf", &file);
    assert_table(*state, "more.dbf", NULL, "ID bigint\n1: 1\n2: 2\n3: 3\n4: left out\n");
}

static void a_record_that_the_file_ends_in_is_rejected(void **state)
{
    struct test_dbf file = {.fields = "ID N 2, C C 3",
                            .records = BYTES("  1abc"
                                             "  2a"),
                            .count = 2};
    test_dbf_write(*state, "cut.dbf", &file);
    assert_table(*state, "cut.dbf", NULL,
                 "ID bigint, C text\n1: 1|abc\n"
                 "2: bad: the file ends inside the record: behind 4 of its 6 bytes <  2a>\n");
    file.count = 3;
    test_dbf_write(*state, "cut.dbf", &file);
    assert_table(*state, "cut.dbf", NULL,
                 "ID bigint, C text\n1: 1|abc\n"
                 "2: bad: the file ends inside the record: behind 4 of its 6 bytes <  2a>\n"
                 "3: bad: the header counts 3 records, and the file ends behind 2 <>\n");
    file.count = 1;
    test_dbf_write(*state, "cut.dbf", &file);
    assert_table(*state, "cut.dbf", NULL,
                 "ID bigint, C text\n1: 1|abc\n"
                 "2: bad: the file ends inside the record: behind 4 of its 6 bytes <  2a>\n");
}

static void a_record_without_a_flag_is_rejected(void **state)
{
    const struct test_dbf file = {.fields = "ID N 1",
                                  .records = BYTES(" 1"
                                                   "x2"
                                                   "\x1A"
                                                   "3"
                                                   " 4"
                                                   "\x1A"),
                                  .count = 4};
    test_dbf_write(*state, "flag.dbf", &file);
    assert_table(
        *state, "flag.dbf", NULL,
        "ID bigint\n1: 1\n"
        "2: bad: the record begins with 0x78, and not with a blank, or * where it is deleted "
        "<x2>\n"
        "3: bad: the record begins with 0x1A, and not with a blank, or * where it is deleted "
        "<\x1A"
        "3>\n4: 4\n");
}

/* ---- headers --------------------------------------------------------------------------------- */

static void headers_that_contradict_themselves_are_refused(void **state)
{
    static const struct {
        struct test_dbf file;
        wh_code code;
        const char *message;
    } cases[] = {
        {{.fields = "ID N 2", .record_size = 2},
         WH_INVALID,
         "field 1 ends at byte 3 of its record"},
        {{.fields = "ID N 1, C C 250", .record_size = 9}, WH_INVALID, "field 2 ends at byte 252"},
        {{.fields = "ID N 1", .record_size = 1}, WH_INVALID, "a record has 1 bytes, too few"},
        {{.fields = "ID N 1", .header_size = 20}, WH_INVALID, "it has 20 bytes, too few"},
        {{.fields = "ID N 1", .header_size = 33}, WH_INVALID, "the header describes no field"},
        {{.fields = "ID N 1", .header_size = 300},
         WH_INVALID,
         "the file ends inside its header: behind 65 of its 300 bytes"},
        {{.fields = "ID X 1"}, WH_UNSUPPORTED, "field 1 has the type 'X' (0x58) and a length of 1"},
        {{.fields = "ID N 0, C C 1"},
         WH_UNSUPPORTED,
         "field 1 has the type 'N' (0x4E) and a length of 0"},
        {{.fields = "ID D 4"}, WH_UNSUPPORTED, "field 1 has the type 'D' (0x44) and a length of 4"},
        {{.fields = "ID V 4"}, WH_UNSUPPORTED, "which is not known in dBASE III"},
        {{.fields = "ID \x01 4"}, WH_INVALID, "field 1 has the type '?' (0x01)"},
        {{.version = 0x30, .fields = "ID V 4"}, WH_INVALID, "1 bits in _NullFlags, which has 0"},
        {{.version = 0x30, .fields = "A 0 1 0 5, B 0 1 0 5"}, WH_INVALID, "field 2 is a second"},
        {{.version = 0x30, .fields = "A 0 1 0 5"},
         WH_INVALID,
         "no fields but those that are left out"},
        {{.version = 0xE5, .fields = "ID N 1"}, WH_UNSUPPORTED, "Clipper's SIX driver"},
        {{.version = 0x7F, .fields = "ID N 1"}, WH_INVALID, "it begins with 0x7F"},
        {{.fields = "ID N 1", .encrypted = 1}, WH_UNSUPPORTED, "the file is encrypted"},
        {{.fields = "\xE4 N 1"}, WH_INVALID, "the name of field 1 is no text in UTF-8"},
    };
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        test_dbf_write(*state, "no.dbf", &cases[i].file);
        assert_table_refused(*state, "no.dbf", NULL, cases[i].code, cases[i].message);
    }
    test_folder_write(*state, "no.dbf", WH_STR(""));
    assert_table_refused(*state, "no.dbf", NULL, WH_INVALID, "too short for a DBF file: 0 bytes");
    test_folder_write(*state, "no.dbf", BYTES("\x03"));
    assert_table_refused(*state, "no.dbf", NULL, WH_INVALID, "too short for a DBF file: 1 bytes");
    test_folder_write(*state, "no.dbf", BYTES("id,name\n1,Ann\n2,Bob\n"));
    assert_table_refused(*state, "no.dbf", NULL, WH_INVALID, "it begins with 0x69");
}

static void a_number_of_dbase_7_may_be_one_of_dbase_4(void **state)
{
    const struct test_dbf file = {
        .version = 0x04, .fields = "ID N 1, C C 1", .records = BYTES(" 1a"), .count = 1};
    test_dbf_write(*state, "four.dbf", &file);
    assert_table(*state, "four.dbf", NULL, "ID bigint, C text\n1: 1|a\n");
}

static void a_file_without_a_telling_name_is_known_by_its_head(void **state)
{
    const struct test_dbf file = {
        .version = 0x30, .fields = "ID N 1, C C 1", .records = BYTES(" 1a"), .count = 1};
    test_dbf_write(*state, "table.bak", &file);
    assert_table(*state, "table.bak", NULL, "ID bigint, C text\n1: 1|a\n");
    test_folder_write(*state, "text.bak", BYTES("0,1\n2,3\n"));
    assert_table_refused(*state, "*.bak", NULL, WH_INVALID, "'text.bak': the file");
}

/* ---- values whose bytes are odd -------------------------------------------------------------- */

static void times_that_are_none_are_rejected(void **state)
{
    /* Days 0 and 5373485 (10000-01-01); a day of 86400000 ms; before midnight. */
    const struct test_dbf file = {.version = 0x30,
                                  .fields = "T T 8",
                                  .records = BYTES(" \0\0\0\0\x01\0\0\0"
                                                   " \x2D\xFE\x51\0\0\0\0\0"
                                                   " \x1D\x85\x25\0\0\x5C\x26\x05"
                                                   " \x1D\x85\x25\0\xFF\xFF\xFF\xFF"
                                                   " \x1D\x85\x25\0\0\0\0\0"
                                                   "         "),
                                  .count = TEST_DBF_COUNT};
    test_dbf_write(*state, "times.dbf", &file);
    assert_table(*state, "times.dbf", NULL,
                 "T timestamp\n"
                 "1: bad: field 'T' holds '........', which is no date and time < >\n"
                 "2: bad: field 'T' holds '-.Q.....', which is no date and time < -\xFEQ>\n"
                 "3: bad: field 'T' holds '..%..\\&.', which is no date and time < \x1D\x85%>\n"
                 "4: bad: field 'T' holds '..%.....', which is no date and time < \x1D\x85%>\n"
                 "5: 2020-02-29 00:00:00\n"
                 "6: -\n");
}

static void a_varying_length_above_the_field_is_rejected(void **state)
{
    const struct test_dbf file = {.version = 0x32,
                                  .fields = "V V 3 0 0, F 0 1 0 5",
                                  .records = BYTES(" ab\x02\x01"
                                                   " ab\x03\x01"
                                                   " ab\0\x01"),
                                  .count = TEST_DBF_COUNT};
    test_dbf_write(*state, "varying.dbf", &file);
    assert_table(
        *state, "varying.dbf", NULL,
        "V text\n1: ab\n"
        "2: bad: field 'V' holds 'ab.', whose length is larger than its field < ab\x03\x01>\n"
        "3: -\n");
}

static void binary_texts_are_bytes(void **state)
{
    const struct test_dbf file = {.version = 0x30,
                                  .fields = "C C 3 0 4, N C 2 0 6, F 0 1 0 5",
                                  .records = BYTES(" a\xFF  b\0"
                                                   " abcde\x01"),
                                  .count = TEST_DBF_COUNT};
    test_dbf_write(*state, "binary.dbf", &file);
    assert_table(*state, "binary.dbf", NULL,
                 "C bytea, N bytea\n1: \\x61ff20|\\x2062\n2: \\x616263|-\n");
}

static void an_empty_value_is_one_where_a_bit_tells_null(void **state)
{
    const struct test_dbf file = {.version = 0x30,
                                  .fields = "A C 1, B C 1 0 2, F 0 1 0 5",
                                  .records = BYTES("   \0"
                                                   "   \x01"),
                                  .count = TEST_DBF_COUNT};
    test_dbf_write(*state, "nulls.dbf", &file);
    assert_table(*state, "nulls.dbf", NULL, "A text, B text\n1: -|\n2: -|-\n");
}

/* ---- memos ----------------------------------------------------------------------------------- */

#define MEMO_RECORDS                                                                               \
    " 1          "                                                                                 \
    " 2         1"                                                                                 \
    " 3        x1"                                                                                 \
    " 49999999999"                                                                                 \
    " 5         9"

static const struct test_dbf memo_table = {.version = 0x83,
                                           .fields = "ID N 1, M M 10",
                                           .records = {MEMO_RECORDS, sizeof(MEMO_RECORDS) - 1},
                                           .count = TEST_DBF_COUNT};

static void memos_that_are_missing_are_asked_for(void **state)
{
    struct wh_format_options options = test_format_options();
    test_dbf_write(*state, "alone.dbf", &memo_table);
    assert_table_refused(
        *state, "alone.dbf", NULL, WH_UNREACHABLE,
        "field 'M' of record 2 is in the memo file, which has the same name and the "
        "ending '.dbt'");
    options.memo = WH_STR("ignore");
    assert_table(*state, "alone.dbf", &options, "ID bigint\n1: 1\n2: 2\n3: 3\n4: 4\n5: 5\n");
    struct test_dbf empty = memo_table;
    empty.records = BYTES(" 1          "
                          " 2         0");
    test_dbf_write(*state, "empty.dbf", &empty);
    assert_table(*state, "empty.dbf", NULL, "ID bigint, M text\n1: 1|-\n2: 2|-\n");
}

static void memos_that_are_none_are_rejected(void **state)
{
    char blocks[1024] = {0};
    memcpy(blocks + 512, "a\x1A", 2);
    test_dbf_write(*state, "BAD.DBF", &memo_table);
    test_folder_write(*state, "BAD.DBT", wh_str_make(blocks, sizeof(blocks)));
    assert_table(
        *state, "BAD.DBF", NULL,
        "ID bigint, M text\n1: 1|-\n2: 2|a\n"
        "3: bad: field 'M' holds '        x1', which is no number of a memo < 3        x1>\n"
        "4: bad: field 'M' holds '9999999999', which is no number of a memo < 49999999999>\n"
        "5: bad: field 'M': memo 9 of 'BAD.DBT' would begin behind the end of the file "
        "< 5         9>\n");
    test_folder_write(*state, "BAD.DBT", BYTES("\x01\0\0\0"));
    assert_table_refused(*state, "BAD.DBF", NULL, WH_INVALID, "'BAD.DBT' ends inside its header");
}

static void values_above_the_limits_are_rejected(void **state)
{
    char blocks[2048];
    struct wh_format_options options = test_format_options();
    memset(blocks, 'x', sizeof(blocks));
    struct test_dbf file = memo_table;
    file.fields = "ID N 1, M M 10, C C 9";
    file.records = BYTES(" 1         1abc      "
                         " 2          abcdefghi"
                         " 3          abcdefg  ");
    test_dbf_write(*state, "large.dbf", &file);
    test_folder_write(*state, "large.dbt", wh_str_make(blocks, sizeof(blocks)));
    options.cell = 8;
    options.record = 2000;
    assert_table(*state, "large.dbf", &options,
                 "ID bigint, M text, C text\n"
                 "1: bad: field 'M': memo 1 of 'large.dbt' has 512 bytes, above the limit of 8 "
                 "(limits.cell) < 1         1abc      >\n"
                 "2: bad: field 'C' has 9 bytes, above the limit of 8 (limits.cell) "
                 "< 2          abcdefghi>\n"
                 "3: 3|-|abcdefg\n");
    options.cell = 1540;
    options.record = 1540;
    assert_table(
        *state, "large.dbf", &options,
        "ID bigint, M text, C text\n"
        "1: bad: the record is longer than one may be (1540 bytes; format option 'record') "
        "< 1         1abc      >\n"
        "2: 2|-|abcdefghi\n3: 3|-|abcdefg\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_that_are_missing_are_told),
        cmocka_unit_test(records_that_are_not_counted_are_told),
        cmocka_unit_test(a_record_that_the_file_ends_in_is_rejected),
        cmocka_unit_test(a_record_without_a_flag_is_rejected),
        cmocka_unit_test(headers_that_contradict_themselves_are_refused),
        cmocka_unit_test(a_number_of_dbase_7_may_be_one_of_dbase_4),
        cmocka_unit_test(a_file_without_a_telling_name_is_known_by_its_head),
        cmocka_unit_test(times_that_are_none_are_rejected),
        cmocka_unit_test(a_varying_length_above_the_field_is_rejected),
        cmocka_unit_test(binary_texts_are_bytes),
        cmocka_unit_test(an_empty_value_is_one_where_a_bit_tells_null),
        cmocka_unit_test(memos_that_are_missing_are_asked_for),
        cmocka_unit_test(memos_that_are_none_are_rejected),
        cmocka_unit_test(values_above_the_limits_are_rejected),
    };
    return cmocka_run_group_tests_name("connect/file dbf odd", tests, test_folder_setup,
                                       test_folder_teardown);
}
