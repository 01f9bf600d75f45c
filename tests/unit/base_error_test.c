/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/crash.h"
#include "base/error.h"
#include "data/text.h"

static void says_what_failed_and_returns_its_code(void **state)
{
    (void)state;
    struct wh_error err = {.code = WH_OK, .line = 7, .retry = WH_RETRY_AGAIN, .sqlstate = "XX000"};
    assert_int_equal(wh_error_set(&err, WH_INVALID, "'%s' is wrong", "x"), WH_INVALID);
    assert_string_equal(err.message, "'x' is wrong");
    assert_int_equal(err.line, 0);
    assert_int_equal(err.retry, WH_RETRY_NEVER);
    assert_string_equal(err.sqlstate, "");
    assert_int_equal(wh_error_prefix(&err, WH_INVALID, "item '%d'", 3), WH_INVALID);
    assert_string_equal(err.message, "item '3': 'x' is wrong");
    assert_int_equal(wh_error_at(&err, WH_INVALID, 4, 5), WH_INVALID);
    assert_int_equal(wh_error_at(&err, WH_INVALID, 9, 9), WH_INVALID);
    assert_int_equal(err.line, 4);
    assert_int_equal(err.column, 5);
}

static void works_without_a_record(void **state)
{
    (void)state;
    assert_int_equal(wh_error_set(NULL, WH_IO, "x"), WH_IO);
    assert_int_equal(wh_error_system(NULL, WH_IO, ENOENT, "x"), WH_IO);
    assert_int_equal(wh_error_prefix(NULL, WH_IO, "x"), WH_IO);
    assert_int_equal(wh_error_at(NULL, WH_IO, 1, 1), WH_IO);
    assert_int_equal(wh_error_no_memory(NULL, 1), WH_NO_MEMORY);
    wh_error_reset(NULL);
}

static void keeps_names_of_what_refused_a_row_as_far_as_there_is_room(void **state)
{
    (void)state;
    struct wh_error err = WH_ERROR_NONE;
    char name[2 * WH_ERROR_NAME_SIZE];
    for (size_t i = 0; i < sizeof(name); i += 2)
        memcpy(&name[i], "\xc3\xbc", 2);
    wh_error_set(&err, WH_REFUSED, "x");
    wh_error_blame(&err, wh_str_make(name, sizeof(name)), WH_STR("id"));
    assert_int_equal(strlen(err.constraint), WH_ERROR_NAME_SIZE - 2);
    assert_true(wh_utf8_is_valid(wh_str_from(err.constraint)));
    assert_string_equal(err.refused_column, "id");
    wh_error_blame(NULL, WH_STR(""), WH_STR(""));
    wh_error_set(&err, WH_IO, "y");
    assert_string_equal(err.constraint, "");
    assert_string_equal(err.refused_column, "");
}

static void adds_the_systems_words(void **state)
{
    (void)state;
    struct wh_error err = WH_ERROR_NONE;
    wh_error_system(&err, WH_IO, ENOENT, "'%s' cannot be opened", "f");
    assert_string_equal(err.message, "'f' cannot be opened: No such file or directory");
    assert_int_equal(err.vendor_code, ENOENT);
    wh_error_system(&err, WH_IO, 123456, "'f'");
    assert_string_equal(err.message, "'f': unknown system error");
}

static void cuts_long_messages_where_a_character_ends(void **state)
{
    (void)state;
    char text[WH_ERROR_MESSAGE_SIZE * 2];
    for (size_t shift = 0; shift < 3; shift++) {
        memset(text, 'a', shift);
        for (size_t i = shift; i + 3 < sizeof(text); i += 3)
            memcpy(text + i, "\xE6\x97\xA5", 4);
        struct wh_error err = WH_ERROR_NONE;
        wh_error_set(&err, WH_IO, "%s", text);
        size_t length = strlen(err.message);
        assert_true(length > WH_ERROR_MESSAGE_SIZE - 5 && length < WH_ERROR_MESSAGE_SIZE);
        assert_true(wh_utf8_is_valid(wh_str_from(err.message)));
        wh_error_prefix(&err, WH_IO, "a%s", text);
        assert_true(wh_utf8_is_valid(wh_str_from(err.message)));
    }
}

static void cancelling_only_rises(void **state)
{
    (void)state;
    struct wh_cancel cancel = {WH_CANCEL_NONE};
    assert_false(wh_cancel_asked(&cancel, WH_CANCEL_AFTER_GROUP));
    wh_cancel_raise(&cancel, WH_CANCEL_NOW);
    wh_cancel_raise(&cancel, WH_CANCEL_AFTER_GROUP);
    assert_true(wh_cancel_asked(&cancel, WH_CANCEL_NOW));
    assert_true(wh_cancel_asked(&cancel, WH_CANCEL_AFTER_GROUP));
    assert_false(wh_cancel_asked(NULL, WH_CANCEL_AFTER_GROUP));
}

static void the_stopwatch_does_not_go_back(void **state)
{
    (void)state;
    double before = wh_clock_seconds();
    assert_true(wh_clock_seconds() >= before);
    /* Later than 2024 and earlier than 2200: in microseconds since 2000. */
    assert_true(wh_clock_now() > INT64_C(757382400) * 1000000);
    assert_true(wh_clock_now() < INT64_C(6311433600) * 1000000);
}

#if defined(WH_CRASH_POINTS)
/* The number of times that a child came past the point before it was killed; -1: it lived. */
static int passes_before_kill(const char *wanted)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        setenv("WHERRY_CRASH_AT", wanted, 1);
        for (int i = 0; i < 5; i++) {
            WH_CRASH_POINT("before_commit");
            WH_CRASH_POINT("before_commit_of_log");
            if (write(ends[1], "x", 1) != 1)
                break;
        }
        _exit(0);
    }
    close(ends[1]);
    char bytes[16];
    int count = 0;
    while (read(ends[0], bytes, 1) == 1)
        count++;
    close(ends[0]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? count : -1;
}

static void a_named_crash_point_kills_at_the_count_asked_for(void **state)
{
    (void)state;
    assert_int_equal(passes_before_kill("before_commit"), 0);
    assert_int_equal(passes_before_kill("before_commit:1"), 0);
    assert_int_equal(passes_before_kill("before_commit:4"), 3);
    assert_int_equal(passes_before_kill("before_commit_of_log:2"), 1);
    assert_int_equal(passes_before_kill("before_commit:6"), -1);
    assert_int_equal(passes_before_kill("before"), -1);
    assert_int_equal(passes_before_kill(""), -1);
}
#else
static void a_named_crash_point_kills_at_the_count_asked_for(void **state)
{
    (void)state;
    skip(); /* this build has no crash points */
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_failed_and_returns_its_code),
        cmocka_unit_test(works_without_a_record),
        cmocka_unit_test(keeps_names_of_what_refused_a_row_as_far_as_there_is_room),
        cmocka_unit_test(adds_the_systems_words),
        cmocka_unit_test(cuts_long_messages_where_a_character_ends),
        cmocka_unit_test(cancelling_only_rises),
        cmocka_unit_test(the_stopwatch_does_not_go_back),
        cmocka_unit_test(a_named_crash_point_kills_at_the_count_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
