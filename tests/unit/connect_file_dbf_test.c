/* SPDX-License-Identifier: Apache-2.0 */
/**
 * DBF files of every family, written byte by byte from the published descriptions, which
 * format/dbf_header.h names, and by no function that could share a mistake with the reader.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "connect_file_folder.h"
#include "connect_file_table.h"
#include "dbf_file.h"

/* ---- byte by byte ---------------------------------------------------------------------------- */

/* clang-format off */

#define BYTES_OF(array) wh_str_make((array), sizeof(array) - 1)

#define Z2 "\0\0"
#define Z4 "\0\0\0\0"
#define Z8 Z4 Z4
#define Z16 Z8 Z8
#define Z32 Z16 Z16
#define Z64 Z32 Z32

/* Bytes 0 to 31: version, date, number of records, sizes of header and record, then 12 to 28. */
#define HEAD(version, count, header, record, driver)                                               \
    version "\x5F\x07\x1A" count header record Z16 "\0" driver Z2

/* A name of 11 bytes, the type, 4 bytes of an address, length, decimals, 14 more. */
#define FIELD(name, type, length, decimals) name type Z4 length decimals Z8 Z4 Z2

static const char dbase_3[] =
    HEAD("\x03", "\x03\0\0\0", "\xC1\x00", "\x1B\0", "\0")
    FIELD("ID\0\0\0\0\0\0\0\0\0", "N", "\x04", "\0")
    FIELD("NAME\0\0\0\0\0\0\0", "C", "\x06", "\0")
    FIELD("PRICE\0\0\0\0\0\0", "N", "\x07", "\x02")
    FIELD("DAY\0\0\0\0\0\0\0\0", "D", "\x08", "\0")
    FIELD("PAID\0\0\0\0\0\0\0", "L", "\x01", "\0")
    "\x0D"
    " " "   1" "Ann   " "  12.50" "20200229" "T"
    " " "   2" "Bob x " "  -0.05" "        " "?"
    "*" "   3" "      " "       " "        " "F"
    "\x1A";

static void dbase_3_is_read(void **state)
{
    test_folder_write(*state, "dbase3.dbf", BYTES_OF(dbase_3));
    assert_table(*state, "dbase3.dbf", NULL,
                 "ID bigint, NAME text, PRICE numeric, DAY date, PAID boolean\n"
                 "1: 1|Ann|12.50|2020-02-29|t\n"
                 "2: 2|Bob x|-0.05|-|-\n"
                 "3: left out\n");
}

/* Version, number of records, month, day, year, size of a record; 32 descriptors of 16
 * bytes: a name of 11, type, length, 2 bytes of an address, decimals. 0x0D where they are
 * fewer. 521 bytes in all. */
#define FIELD_2(name, type, length, decimals) name type length Z2 decimals

static const char dbase_2[] =
    "\x02" "\x02\0" "\x07\x1A\x53" "\x0D\0"
    FIELD_2("ID\0\0\0\0\0\0\0\0\0", "N", "\x03", "\0")
    FIELD_2("NAME\0\0\0\0\0\0\0", "C", "\x05", "\0")
    FIELD_2("AMOUNT\0\0\0\0\0", "N", "\x04", "\x01")
    "\x0D"
    Z64 Z64 Z64 Z64 Z64 Z64 Z64 Z16
    " " "  1" "Ann  " " 1.5"
    " " "  2" "     " "    "
    "\x1A";

static void dbase_2_is_read(void **state)
{
    _Static_assert(sizeof(dbase_2) - 1 - 2 * 13 - 1 == 521, "the header has 521 bytes");
    test_folder_write(*state, "dbase2.dbf", BYTES_OF(dbase_2));
    assert_table(*state, "dbase2.dbf", NULL,
                 "ID bigint, NAME text, AMOUNT numeric\n"
                 "1: 1|Ann|1.5\n"
                 "2: 2|-|-\n");
}

/* Field flags at byte 18: 1 hidden, 2 nullable, 4 binary. */
#define FOX_FIELD(name, type, length, decimals, flags)                                             \
    name type Z4 length decimals flags Z8 Z4 "\0"
#define BACKLINK Z64 Z64 Z64 Z64 Z4 Z2 "\0"

/* 32 + 9 * 32 + 1 + 263 = 584 = 0x248; 1 + 4 + 8 + 8 + 8 + 5 + 4 + 6 + 4 + 1 = 49 = 0x31.
 * Bits of _NullFlags: 0 V's length, 1 V's NULL, 2 Q's length, 3 I2's NULL. */
static const char visual_foxpro[] =
    HEAD("\x32", "\x03\0\0\0", "\x48\x02", "\x31\0", "\x03")
    FOX_FIELD("ID\0\0\0\0\0\0\0\0\0", "I", "\x04", "\0", "\0")
    FOX_FIELD("MONEY\0\0\0\0\0\0", "Y", "\x08", "\x04", "\0")
    FOX_FIELD("SIZE\0\0\0\0\0\0\0", "B", "\x08", "\x02", "\0")
    FOX_FIELD("AT\0\0\0\0\0\0\0\0\0", "T", "\x08", "\0", "\0")
    FOX_FIELD("V\0\0\0\0\0\0\0\0\0\0", "V", "\x05", "\0", "\x02")
    FOX_FIELD("Q\0\0\0\0\0\0\0\0\0\0", "Q", "\x04", "\0", "\x04")
    FOX_FIELD("NAME\0\0\0\0\0\0\0", "C", "\x06", "\0", "\0")
    FOX_FIELD("I2\0\0\0\0\0\0\0\0\0", "I", "\x04", "\0", "\x02")
    FOX_FIELD("_NullFlags\0", "0", "\x01", "\0", "\x05")
    "\x0D" BACKLINK
    /* 1; 12.3450; 1.5 = 0x3FF8…; 2020-02-29 is the Julian day 2458909 = 0x25851D, 12:34:56.789 =
     * 45296789 ms = 0x02B32C95 */
    " " "\x01\0\0\0" "\x3A\xE2\x01\0\0\0\0\0" "\0\0\0\0\0\0\xF8\x3F" "\x1D\x85\x25\0\x95\x2C\xB3\x02"
    "ab \0\x03" "\x00\xFF\0\x02" "Zo\xEB   " "\x07\0\0\0" "\x05"
    /* -1; -0.0001; -0.1; no time; V is full, Q too, I2 is NULL */
    " " "\xFF\xFF\xFF\xFF" "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF" "\x9A\x99\x99\x99\x99\x99\xB9\xBF" Z8
    "abcd " "\x01\x02\x03\x04" "\x80     " "\x07\0\0\0" "\x08"
    /* the largest of each; V is NULL */
    " " "\xFF\xFF\xFF\x7F" "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F" "\xFF\xFF\xFF\xFF\xFF\xFF\xEF\x7F"
    "\x2C\xFE\x51\0\xFF\x5B\x26\x05" "\0\0\0\0\0" "\0\0\0\0" "      " "\0\0\0\x80" "\x07"
    "\x1A";

static void visual_foxpro_is_read(void **state)
{
    test_folder_write(*state, "fox.dbf", BYTES_OF(visual_foxpro));
    assert_table(*state, "fox.dbf", NULL,
                 "ID bigint, MONEY numeric, SIZE double precision, AT timestamp, V text, Q bytea, "
                 "NAME text, I2 bigint\n"
                 "1: 1|12.3450|1.5|2020-02-29 12:34:56.789|ab |\\x00ff|Zo\xC3\xAB|7\n"
                 "2: -1|-0.0001|-0.1|-|abcd |\\x01020304|\xE2\x82\xAC|-\n"
                 "3: 2147483647|922337203685477.5807|1.7976931348623157e+308|"
                 "9999-12-31 23:59:59.999|-|-|-|-2147483648\n");
}

/* A header of 68 bytes, with the driver's name from 32 on; descriptors of 48: a name of
 * 32 bytes, type, length, decimals, 13 more. 68 + 5 * 48 + 1 = 309 = 0x135; 1 + 4 + 4 +
 * 8 + 8 + 4 = 29 = 0x1D. */
#define FIELD_7(name, zeros, type, length) name zeros type length "\0" Z8 Z4 "\0"

static const char dbase_7[] =
    HEAD("\x04", "\x03\0\0\0", "\x35\x01", "\x1D\0", "\0")
    "DB850US0" Z16 Z8 Z4
    FIELD_7("ID\0\0", Z16 Z8 Z4, "+", "\x04")
    FIELD_7("NUM\0", Z16 Z8 Z4, "I", "\x04")
    FIELD_7("SIZE", Z16 Z8 Z4, "O", "\x08")
    FIELD_7("AT\0\0", Z16 Z8 Z4, "@", "\x08")
    FIELD_7("A name of 18 chars", Z8 Z4 Z2, "C", "\x04")
    "\x0D"
    /* High byte first, the sign turned round. 1.5 is 3F F8…; the moment 2020-02-29 12:34:56 is day
     * 737484 from 0001-01-01 = 1 on, so 737484 * 86400000 + 45296000 = 63718662896000 ms, as a
     * double 42 CC F9 D4 22 3C C0 00 */
    " " "\x80\0\0\x01" "\x80\0\0\x2A" "\xBF\xF8\0\0\0\0\0\0" "\x42\xCC\xF9\xD4\x22\x3C\xC0\0" "\x81 x "
    /* -1, -1.5: all bits turned round */
    " " "\x80\0\0\x02" "\x7F\xFF\xFF\xFF" "\x40\x07\xFF\xFF\xFF\xFF\xFF\xFF" Z8 "    "
    " " "\x80\0\0\x03" Z4 Z8 "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF" "a   "
    "\x1A";

static void dbase_7_is_read(void **state)
{
    test_folder_write(*state, "dbase7.dbf", BYTES_OF(dbase_7));
    assert_table(*state, "dbase7.dbf", NULL,
                 "ID bigint, NUM bigint, SIZE double precision, AT timestamp, "
                 "A name of 18 chars text\n"
                 "1: 1|42|1.5|2020-02-29 12:34:56|\xC3\xBC x\n"
                 "2: 2|-1|-1.5|-|-\n"
                 "3: bad: field 'AT' holds '........', which is no date and time <"
                 " \x80>\n");
}

/* ---- memos, byte by byte --------------------------------------------------------------------- */

/* 32 + 2 * 32 + 1 = 97 = 0x61; 1 + 2 + 10 = 13. */
#define MEMO_TABLE(version, count, records)                                                        \
    HEAD(version, count, "\x61\0", "\x0D\0", "\0")                                                 \
    FIELD("ID\0\0\0\0\0\0\0\0\0", "N", "\x02", "\0")                                               \
    FIELD("NOTE\0\0\0\0\0\0\0", "M", "\x0A", "\0") "\x0D" records "\x1A"

#define Z512 Z64 Z64 Z64 Z64 Z64 Z64 Z64 Z64
#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X512 X64 X64 X64 X64 X64 X64 X64 X64

static void memos_of_dbase_3_end_at_their_mark(void **state)
{
    /* Block 0: the next free one; 1: a memo; 2 and 3: a longer one; 4:
     * one that the file ends in. */
    char blocks[4 * 512 + 4] = "\x05";
    memcpy(blocks + 512, "Zo\xC3\xAB\r\nline 2\x1A\x1A junk", 20);
    memcpy(blocks + 1024, X512 "end\x1A", 516);
    memcpy(blocks + 2048, "open", 4);
    test_folder_write(*state, "memo3.dbf",
                      BYTES(MEMO_TABLE("\x83", "\x04\0\0\0",
                                       "  1         1" "  2          " "  3         2" "  4         4")));
    test_folder_write(*state, "memo3.dbt", wh_str_make(blocks, sizeof(blocks)));
    assert_table(*state, "memo3.dbf", NULL,
                 "ID bigint, NOTE text\n"
                 "1: 1|Zo\xC3\xAB\r\nline 2\n"
                 "2: 2|-\n"
                 "3: 3|" X512 "end\n"
                 "4: 4|open\n");
}

static void memos_of_dbase_4_have_a_length(void **state)
{
    /* Blocks of 1024 bytes, by the header's bytes 20 and 21;
     * a length counts its own eight bytes. */
    char blocks[3 * 1024] = "\x03";
    memcpy(blocks + 20, "\0\x04", 2);
    memcpy(blocks + 1024, "\xFF\xFF\x08\0\x0D\0\0\0" "a\x1A" "b\r\n", 13);
    memcpy(blocks + 2048, "\xFF\xFF\x08\0\x07\0\0\0", 8);
    test_folder_write(*state, "memo4.dbf",
                      BYTES(MEMO_TABLE("\x8B", "\x03\0\0\0",
                                       "  1         1" "  2         2" "  3         3")));
    test_folder_write(*state, "memo4.dbt", wh_str_make(blocks, sizeof(blocks)));
    assert_table(*state, "memo4.dbf", NULL,
                 "ID bigint, NOTE text\n"
                 "1: 1|a\x1A" "b\r\n\n"
                 "2: bad: field 'NOTE': memo 2 of 'memo4.dbt' has a length that no memo has "
                 "<  2         2>\n"
                 "3: bad: field 'NOTE': memo 3 of 'memo4.dbt' would begin behind the end of the "
                 "file <  3         3>\n");
}

static void memos_of_foxpro_have_their_high_byte_first(void **state)
{
    /* Blocks of 64 bytes by the header's bytes 6 and 7: block 8 begins behind the header of 512. */
    char blocks[512 + 3 * 64] = "\0\0\0\x0B\0\0\0\x40";
    memcpy(blocks + 512, "\0\0\0\x01\0\0\0\x03" "abc", 11);
    memcpy(blocks + 576, "\0\0\0\0\0\0\0\0", 8);
    memcpy(blocks + 640, "\0\0\0\x01\0\0\0\x39", 8);
    test_folder_write(*state, "memof.dbf",
                      BYTES(MEMO_TABLE("\xF5", "\x04\0\0\0",
                                       "  1         8" "  2         9" "  3        10"
                                       "  4         7")));
    test_folder_write(*state, "memof.fpt", wh_str_make(blocks, sizeof(blocks)));
    assert_table(*state, "memof.dbf", NULL,
                 "ID bigint, NOTE text\n"
                 "1: 1|abc\n"
                 "2: 2|-\n"
                 "3: bad: field 'NOTE': memo 10 of 'memof.fpt' goes on behind the end of the file "
                 "<  3        10>\n"
                 "4: bad: field 'NOTE': memo 7 of 'memof.fpt' would begin inside the header of the "
                 "file <  4         7>\n");
}

/* clang-format on */

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dbase_2_is_read),
        cmocka_unit_test(dbase_3_is_read),
        cmocka_unit_test(visual_foxpro_is_read),
        cmocka_unit_test(dbase_7_is_read),
        cmocka_unit_test(memos_of_dbase_3_end_at_their_mark),
        cmocka_unit_test(memos_of_dbase_4_have_a_length),
        cmocka_unit_test(memos_of_foxpro_have_their_high_byte_first),
    };
    return cmocka_run_group_tests_name("connect/file dbf", tests, test_folder_setup,
                                       test_folder_teardown);
}
