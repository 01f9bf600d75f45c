/* SPDX-License-Identifier: Apache-2.0 */
/** A window over a part of a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "connect_file_folder.h"
#include "stream/window.h"

struct fixture {
    struct test_folder folder;
    struct wh_stream file;
    struct wh_window window;
    char path[512];
};

static void open_fixture(struct fixture *fixture, size_t block_size, struct wh_str text)
{
    struct wh_error err = WH_ERROR_NONE;
    test_folder_make(&fixture->folder);
    test_folder_write(&fixture->folder, "a", text);
    test_folder_path(&fixture->folder, "a", fixture->path);
    assert_int_equal(
        wh_stream_open(&fixture->file, fixture->path, (struct wh_stream_form){0}, &err), WH_OK);
    assert_int_equal(wh_window_init(&fixture->window, block_size, true, &err), WH_OK);
}

static void close_fixture(struct fixture *fixture)
{
    wh_window_release(&fixture->window);
    wh_stream_close(&fixture->file);
    test_folder_remove(&fixture->folder);
}

static void fill(struct fixture *fixture, size_t at_least)
{
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(wh_window_fill(&fixture->window, at_least, &err), WH_OK);
}

static void assert_text(const struct fixture *fixture, const char *expected, uint64_t position)
{
    assert_true(wh_str_is(wh_window_text(&fixture->window), expected));
    assert_int_equal(wh_window_position(&fixture->window), position);
}

static void slides_over_its_part_and_no_further(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture, 4, WH_STR("0123456789"));
    wh_window_seek(&fixture.window, &fixture.file, 1, 9);
    assert_text(&fixture, "", 1);
    assert_false(wh_window_is_last(&fixture.window));
    fill(&fixture, 0);
    assert_text(&fixture, "1234", 1);
    assert_true(wh_window_is_full(&fixture.window));
    wh_window_take(&fixture.window, 3);
    assert_text(&fixture, "4", 4);
    assert_false(wh_window_is_full(&fixture.window));
    fill(&fixture, 0);
    assert_text(&fixture, "4567", 4);
    wh_window_take(&fixture.window, 1);
    fill(&fixture, 0);
    assert_text(&fixture, "5678", 5);
    assert_true(wh_window_is_last(&fixture.window));
    wh_window_take(&fixture.window, 4);
    fill(&fixture, 0);
    assert_text(&fixture, "", 9);
    close_fixture(&fixture);
}

static void grows_for_one_record_and_shrinks_again(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture, 2, WH_STR("0123456789"));
    wh_window_seek(&fixture.window, &fixture.file, 0, 10);
    fill(&fixture, 0);
    fill(&fixture, 6);
    assert_text(&fixture, "012345", 0);
    wh_window_take(&fixture.window, 6);
    fill(&fixture, 0);
    assert_text(&fixture, "67", 6);
    close_fixture(&fixture);
}

static void bytes_that_a_batch_holds_stay_as_they_are(void **state)
{
    (void)state;
    struct wh_error err = WH_ERROR_NONE;
    struct fixture fixture;
    struct wh_batch batch;
    wh_batch_init(&batch);
    open_fixture(&fixture, 4, WH_STR("0123456789"));
    wh_window_seek(&fixture.window, &fixture.file, 0, 10);
    fill(&fixture, 0);
    struct wh_str held = wh_window_text(&fixture.window);
    assert_int_equal(wh_window_share(&fixture.window, &batch, &err), WH_OK);
    wh_window_take(&fixture.window, 2);
    fill(&fixture, 0);
    assert_text(&fixture, "2345", 2);
    assert_true(wh_str_is(held, "0123"));
    wh_batch_release(&batch);
    close_fixture(&fixture);
}

static void the_digest_is_of_the_bytes_taken_however_they_were_cut(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture, 4, WH_STR("0123456789"));
    wh_window_seek(&fixture.window, &fixture.file, 0, 10);
    uint64_t of_nothing = wh_hash_stream_value(fixture.window.digest);
    fill(&fixture, 10);
    wh_window_take(&fixture.window, 7);
    uint64_t at_once = wh_hash_stream_value(fixture.window.digest);
    wh_window_seek(&fixture.window, &fixture.file, 0, 10);
    assert_true(wh_hash_stream_value(fixture.window.digest) == of_nothing);
    for (int i = 0; i < 7; i++) {
        fill(&fixture, 0);
        wh_window_take(&fixture.window, 1);
    }
    assert_true(wh_hash_stream_value(fixture.window.digest) == at_once);
    close_fixture(&fixture);
}

static void takes_more_bytes_than_its_buffer_holds(void **state)
{
    (void)state;
    struct wh_error err = WH_ERROR_NONE;
    struct fixture fixture;
    open_fixture(&fixture, 4, WH_STR("0123456789\nab\nc"));
    wh_window_seek(&fixture.window, &fixture.file, 0, 15);
    char room[6] = {0};
    assert_int_equal(wh_window_take_bytes(&fixture.window, 11, room, 5, &err), WH_OK);
    assert_int_equal(wh_window_position(&fixture.window), 11);
    assert_string_equal(room, "01234");
    assert_int_equal(wh_window_take_bytes(&fixture.window, 4, room, 0, &err), WH_OK);
    assert_int_equal(wh_window_position(&fixture.window), 15);
    close_fixture(&fixture);
}

static void a_file_that_became_shorter_is_an_error(void **state)
{
    (void)state;
    struct wh_error err = WH_ERROR_NONE;
    struct fixture fixture;
    open_fixture(&fixture, 4, WH_STR("012345"));
    wh_window_seek(&fixture.window, &fixture.file, 0, 7);
    fill(&fixture, 0);
    wh_window_take(&fixture.window, 1);
    assert_int_equal(wh_window_fill(&fixture.window, 0, &err), WH_OK);
    wh_window_take(&fixture.window, 1);
    assert_int_equal(wh_window_fill(&fixture.window, 0, &err), WH_OK);
    wh_window_take(&fixture.window, 1);
    assert_int_equal(wh_window_fill(&fixture.window, 0, &err), WH_IO);
    close_fixture(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slides_over_its_part_and_no_further),
        cmocka_unit_test(grows_for_one_record_and_shrinks_again),
        cmocka_unit_test(bytes_that_a_batch_holds_stay_as_they_are),
        cmocka_unit_test(the_digest_is_of_the_bytes_taken_however_they_were_cut),
        cmocka_unit_test(takes_more_bytes_than_its_buffer_holds),
        cmocka_unit_test(a_file_that_became_shorter_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
