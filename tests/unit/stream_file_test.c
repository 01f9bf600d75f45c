/* SPDX-License-Identifier: Apache-2.0 */
/** Paths, files and patterns of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "connect_file_folder.h"
#include "stream/file.h"
#include "stream/pattern.h"

static void assert_joined(const char *folder, const char *path, const char *expected)
{
    struct wh_error err;
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_str joined;
    assert_int_equal(wh_path_join(wh_str_from(folder), wh_str_from(path), &arena, &joined, &err),
                     WH_OK);
    assert_string_equal(joined.ptr, expected); /* with its NUL */
    assert_int_equal(joined.len, strlen(expected));
    wh_arena_release(&arena);
}

static void joins_paths(void **state)
{
    (void)state;
    assert_joined("a", "b", "a/b");
    assert_joined("a/", "b", "a/b");
    assert_joined("/", "b", "/b");
    assert_joined("a", "/b", "/b");
    assert_joined("", "b", "b");
    assert_joined("a", "../b", "a/../b");
    assert_joined("a", "", "a/");
    assert_joined("", "", "");
}

static void cuts_paths(void **state)
{
    (void)state;
    struct wh_str folder;
    struct wh_str name;
    wh_path_cut(WH_STR("a/b/c.csv"), &folder, &name);
    assert_true(wh_str_is(folder, "a/b/"));
    assert_true(wh_str_is(name, "c.csv"));
    wh_path_cut(WH_STR("c.csv"), &folder, &name);
    assert_true(wh_str_is(folder, ""));
    assert_true(wh_str_is(name, "c.csv"));
    wh_path_cut(WH_STR(""), &folder, &name);
    assert_int_equal(folder.len + name.len, 0);
}

static void reads_from_any_place_and_less_at_the_end(void **state)
{
    struct wh_error err = WH_ERROR_NONE;
    char path[512];
    test_folder_write(*state, "a", WH_STR("0123456789"));
    struct wh_file file;
    assert_int_equal(wh_file_open(&file, test_folder_path(*state, "a", path), &err), WH_OK);
    assert_int_equal(file.stamp.size, 10);
    char room[20];
    size_t got;
    assert_int_equal(wh_file_read_at(&file, 3, room, 4, &got, &err), WH_OK);
    assert_int_equal(got, 4);
    assert_memory_equal(room, "3456", 4);
    assert_int_equal(wh_file_read_at(&file, 8, room, 20, &got, &err), WH_OK);
    assert_int_equal(got, 2);
    assert_int_equal(wh_file_read_at(&file, 99, room, 20, &got, &err), WH_OK);
    assert_int_equal(got, 0);
    wh_file_close(&file);
    wh_file_close(&file);
}

static void an_ended_write_changes_the_stamp(void **state)
{
    struct wh_error err = WH_ERROR_NONE;
    char path[512];
    test_folder_write(*state, "a", WH_STR("0123456789"));
    struct wh_file file;
    assert_int_equal(wh_file_open(&file, test_folder_path(*state, "a", path), &err), WH_OK);
    assert_int_equal(wh_file_expect(&file, file.stamp, &err), WH_OK);
    test_folder_write(*state, "a", WH_STR("01234567890"));
    assert_int_equal(wh_file_expect(&file, file.stamp, &err), WH_CONFLICT);
    wh_file_close(&file);
}

static void knows_patterns(void **state)
{
    (void)state;
    assert_true(wh_pattern_is_one(WH_STR("*.csv")));
    assert_true(wh_pattern_is_one(WH_STR("a?")));
    assert_true(wh_pattern_is_one(WH_STR("a[1-3]")));
    assert_false(wh_pattern_is_one(WH_STR("a.csv")));
    assert_false(wh_pattern_is_one(WH_STR("")));
}

/* Finds @p text in @p folder; the number of files. */
static size_t find(const char *folder, const char *text, struct wh_arena *arena,
                   struct wh_str **ret)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_pattern pattern;
    size_t count;
    assert_int_equal(wh_pattern_parse(wh_str_from(text), arena, &pattern, &err), WH_OK);
    assert_int_equal(wh_pattern_find(folder, &pattern, arena, ret, &count, &err), WH_OK);
    return count;
}

static void a_pattern_finds_files_in_byte_order(void **state)
{
    const struct test_folder *folder = *state;
    static const char *const names[] = {"b.csv",        "a.csv",  "B.csv",
                                        "\xC3\xA9.csv", ".h.csv", "a.txt"};
    for (size_t i = 0; i < WH_COUNT_OF(names); i++)
        test_folder_write(folder, names[i], WH_STR("x"));
    test_folder_make_inner(folder, "c.csv");
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_str *found;
    assert_int_equal(find(folder->path, "*.csv", &arena, &found), 4);
    assert_true(wh_str_is(found[0], "B.csv"));
    assert_true(wh_str_is(found[1], "a.csv"));
    assert_true(wh_str_is(found[2], "b.csv"));
    assert_true(wh_str_is(found[3], "\xC3\xA9.csv"));
    assert_int_equal(find(folder->path, ".*.csv", &arena, &found), 1);
    assert_int_equal(find(folder->path, "*.tsv", &arena, &found), 0);
    struct wh_error err = WH_ERROR_NONE;
    struct wh_pattern any = {.parts = {"*"}, .count = 1};
    size_t count;
    assert_int_equal(wh_pattern_find("/nowhere", &any, &arena, &found, &count, &err),
                     WH_UNREACHABLE);
}

static void a_pattern_matches_paths_part_by_part(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        const char *path;
        bool matches;
    } cases[] = {
        {"*.csv", "a.csv", true},
        {"*.csv", "x/a.csv", false},
        {"x/*.csv", "x/a.csv", true},
        {"x//*.csv", "x/a.csv", true},
        {"**", "a", true},
        {"**", "x/y/a", true},
        {"**", "x/.y/a", false},
        {"**", "x/.a", false},
        {"**/.*", "x/.a", true},
        {"x/**/a", "x/a", true},
        {"x/**/a", "x/y/z/a", true},
        {"x/**/a", "y/x/a", false},
        {"x/**/a", "x/a/b", false},
        {"**/x/**/a", "1/x/x/a", true},
        {"**/x/**/x/a", "x/1/a", false},
        {"**/**/**/a", "a", true},
        {"a**b", "axb", true},
        {"a**b", "a/b", false},
    };
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        WH_CLEANUP(wh_arena_release) struct wh_arena arena;
        wh_arena_init(&arena);
        struct wh_error err = WH_ERROR_NONE;
        struct wh_pattern pattern;
        bool matches;
        assert_int_equal(wh_pattern_parse(wh_str_from(cases[i].pattern), &arena, &pattern, &err),
                         WH_OK);
        assert_int_equal(
            wh_pattern_matches(&pattern, wh_str_from(cases[i].path), &arena, &matches, &err),
            WH_OK);
        if (matches != cases[i].matches)
            fail_msg("%s against %s", cases[i].path, cases[i].pattern);
    }
}

static void patterns_and_folders_have_limits(void **state)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    WH_CLEANUP(wh_buf_release) struct wh_buf text;
    wh_arena_init(&arena);
    wh_buf_init(&text, 4096);
    struct wh_error err = WH_ERROR_NONE;
    struct wh_pattern pattern;
    for (int i = 0; i < WH_PATTERN_MAX_PARTS; i++)
        assert_int_equal(wh_buf_printf(&text, &err, "*/"), WH_OK);
    assert_int_equal(wh_pattern_parse(wh_buf_str(&text), &arena, &pattern, &err), WH_INVALID);
    assert_int_equal(wh_buf_printf(&text, &err, "*"), WH_OK);
    assert_int_equal(wh_pattern_parse(wh_buf_str(&text), &arena, &pattern, &err), WH_LIMIT);
    assert_int_equal(wh_pattern_parse(WH_STR(""), &arena, &pattern, &err), WH_INVALID);

    char path[512];
    char folder[512];
    (void)snprintf(path, sizeof(path), "%s", test_folder_path(*state, "d", folder));
    for (int i = 0; i <= WH_PATTERN_MAX_DEPTH; i++) {
        assert_int_equal(mkdir(path, 0700), 0);
        (void)snprintf(path + strlen(path), sizeof(path) - strlen(path), "/d");
    }
    struct wh_str *found;
    size_t count;
    assert_int_equal(wh_pattern_parse(WH_STR("**"), &arena, &pattern, &err), WH_OK);
    assert_int_equal(wh_pattern_find(((const struct test_folder *)*state)->path, &pattern, &arena,
                                     &found, &count, &err),
                     WH_LIMIT);
}

#define FOLDER_TEST(test)                                                                          \
    cmocka_unit_test_setup_teardown(test, test_folder_setup, test_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins_paths),
        cmocka_unit_test(cuts_paths),
        FOLDER_TEST(reads_from_any_place_and_less_at_the_end),
        FOLDER_TEST(an_ended_write_changes_the_stamp),
        cmocka_unit_test(knows_patterns),
        FOLDER_TEST(a_pattern_finds_files_in_byte_order),
        cmocka_unit_test(a_pattern_matches_paths_part_by_part),
        FOLDER_TEST(patterns_and_folders_have_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
