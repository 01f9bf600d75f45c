/* SPDX-License-Identifier: Apache-2.0 */
#include "dbf_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static void say(struct wh_buf *out, const void *bytes, size_t len)
{
    assert_int_equal(wh_buf_append(out, bytes, len, NULL), WH_OK);
}

static void put_number(char *at, uint64_t number, size_t len)
{
    for (size_t i = 0; i < len; i++)
        at[i] = (char)(number >> 8 * i);
}

/* Appends the descriptor that @p text stands for; its length. */
static uint32_t add_field(struct wh_str text, struct wh_buf *out)
{
    char bytes[32] = {0};
    struct wh_str name = wh_str_split(&text, ' ');
    struct wh_str type = wh_str_split(&text, ' ');
    uint64_t numbers[3] = {0};
    for (size_t i = 0; i < 3 && text.ptr != NULL; i++)
        assert_int_equal(wh_count_parse(wh_str_split(&text, ' '), &numbers[i], NULL), WH_OK);
    name = wh_str_is(name, "-") ? WH_STR_NONE : name;
    assert_true(name.len <= 11 && type.len == 1);
    if (name.len > 0)
        memcpy(bytes, name.ptr, name.len);
    bytes[11] = type.ptr[0];
    bytes[16] = (char)numbers[0];
    bytes[17] = (char)(type.ptr[0] == 'C' && numbers[0] > 255 ? numbers[0] >> 8 : numbers[1]);
    bytes[18] = (char)numbers[2];
    say(out, bytes, sizeof(bytes));
    return (uint32_t)numbers[0];
}

void test_dbf_write(const struct test_folder *folder, const char *name, const struct test_dbf *file)
{
    char start[32] = {0};
    struct wh_buf out;
    struct wh_str rest = wh_str_from(file->fields);
    size_t size = 1;
    wh_buf_init(&out, 1 << 20);
    say(&out, start, sizeof(start));
    while (rest.ptr != NULL)
        size += add_field(wh_str_trim(wh_str_split(&rest, ',')), &out);
    say(&out, "\r", 1);
    if (file->version >= 0x30 && file->version <= 0x32)
        for (int i = 0; i < 263; i++)
            say(&out, "", 1);
    size = file->record_size != 0 ? (size_t)file->record_size : size;
    uint64_t count = file->count >= 0 ? (uint64_t)file->count : file->records.len / size;
    start[0] = (char)(file->version != 0 ? file->version : 0x03);
    memcpy(start + 1, "\x64\x0C\x1F", 3);
    put_number(start + 4, count, 4);
    put_number(start + 8, file->header_size != 0 ? (size_t)file->header_size : out.len, 2);
    put_number(start + 10, size, 2);
    start[15] = (char)file->encrypted;
    start[29] = (char)file->driver;
    memcpy(out.ptr, start, sizeof(start));
    say(&out, file->records.ptr, file->records.len);
    test_folder_write(folder, name, wh_buf_str(&out));
    wh_buf_release(&out);
}
