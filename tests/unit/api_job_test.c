/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <wherry/wherry.h>

static int swallow(void *ctx, const char *bytes, size_t size)
{
    (void)bytes;
    *(size_t *)ctx += size;
    return 0;
}

static struct wherry_job *new_job(const char *verb)
{
    struct wherry_job *job = NULL;
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(wherry_job_new(verb, &job, &err), WH_OK);
    assert_non_null(job);
    return job;
}

static void assert_refused(struct wherry_job *job, const char *name, const char *value,
                           wh_code code, const char *part)
{
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(wherry_job_set(job, name, value, &err), code);
    assert_int_equal(err.code, code);
    if (strstr(err.message, part) == NULL)
        fail_msg("\"%s\" is not in: %s", part, err.message);
}

static void assert_taken(struct wherry_job *job, const char *name, const char *value)
{
    struct wh_error err = WH_ERROR_NONE;
    if (wherry_job_set(job, name, value, &err) != WH_OK)
        fail_msg("%s=%s: %s", name, value, err.message);
}

static void every_verb_and_option_has_help(void **state)
{
    (void)state;
    for (const struct wherry_verb *verb = wherry_verbs(); verb->name != NULL; verb++) {
        assert_true(strlen(verb->summary) > 0);
        assert_true(strlen(verb->example) > 0);
        for (const struct wherry_option *option = verb->options; option->name != NULL; option++) {
            assert_true(strlen(option->help) > 0);
            assert_int_equal(option->argument == NULL, option->value == WHERRY_VALUE_SWITCH);
        }
        wherry_job_free(new_job(verb->name));
    }
}

static void an_unknown_verb_names_the_nearest(void **state)
{
    (void)state;
    struct wherry_job *job = NULL;
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(wherry_job_new("statsu", &job, &err), WH_INVALID);
    assert_non_null(strstr(err.message, "'status'"));
    assert_null(job);
}

static void verbs_of_later_versions_are_refused_by_name(void **state)
{
    (void)state;
    const char *const names[] = {"audit", "init",    "verify", "undo",
                                 "copy",  "monitor", "report", "serve"};
    for (size_t at = 0; at < sizeof names / sizeof names[0]; at++) {
        struct wherry_job *job = NULL;
        struct wh_error err = WH_ERROR_NONE;
        assert_int_equal(wherry_job_new(names[at], &job, &err), WH_UNSUPPORTED);
        assert_non_null(strstr(err.message, names[at]));
        assert_non_null(strstr(err.message, "is not part of this version"));
        assert_int_equal(wherry_exit_code(err.code), WHERRY_EXIT_USAGE);
    }
}

static void values_are_checked_when_they_are_set(void **state)
{
    (void)state;
    struct wherry_job *job = new_job("run");
    assert_refused(job, "limt", "1", WH_INVALID, "'limit'");
    assert_refused(job, "limit", "1e3", WH_INVALID, "whole number");
    assert_refused(job, "limit", "-1", WH_INVALID, "whole number");
    assert_refused(job, "limit", "18446744073709551616", WH_INVALID, "whole number");
    assert_refused(job, "only", "bad", WH_INVALID, "failed|rejected");
    assert_refused(job, "only", "failed|rejected", WH_INVALID, "failed|rejected");
    assert_refused(job, "only", "", WH_INVALID, "failed|rejected");
    assert_refused(job, "dry-run", "yes", WH_INVALID, "takes no value");
    const char *const bounds[] = {"", "%", "x", "1.5", "101%", "-1%", "1.%", "1..2%", "1%%", "1e2"};
    for (size_t at = 0; at < sizeof bounds / sizeof bounds[0]; at++)
        assert_refused(job, "max-failures", bounds[at], WH_INVALID, "percentage");
    assert_taken(job, "max-failures", "0.5%");
    wherry_job_free(job);
}

static void only_repeatable_options_are_repeated(void **state)
{
    (void)state;
    struct wherry_job *job = new_job("run");
    for (int times = 0; times < 100; times++)
        assert_taken(job, "id", "1");
    assert_taken(job, "limit", "1");
    assert_refused(job, "limit", "2", WH_INVALID, "given twice");
    wherry_job_free(job);
}

static void a_job_without_its_file_is_refused(void **state)
{
    (void)state;
    size_t size = 0;
    const struct wherry_io io = {.write = swallow, .ctx = &size};
    struct wherry_job *job = new_job("run");
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(wherry_job_exit_code(job), WHERRY_EXIT_BUG);
    assert_int_equal(wherry_job_run(job, &io, &err), WH_INVALID);
    assert_int_equal(wherry_job_exit_code(job), WHERRY_EXIT_USAGE);
    assert_int_equal(size, 0);
    assert_int_equal(wherry_job_run(job, &io, &err), WH_INVALID);
    assert_non_null(strstr(err.message, "once"));
    wherry_job_free(job);
}

static void a_reader_of_json_gets_a_document_whatever_fails(void **state)
{
    (void)state;
    size_t size = 0;
    const struct wherry_io io = {.write = swallow, .ctx = &size, .format = WHERRY_JSON};
    struct wherry_job *job = new_job("plan");
    struct wh_error err = WH_ERROR_NONE;
    assert_taken(job, "file", "/nonexistent/shop.yaml");
    assert_int_equal(wherry_job_run(job, &io, &err), WH_INVALID);
    assert_int_equal(wherry_job_exit_code(job), WHERRY_EXIT_USAGE);
    assert_true(size > 0);
    wherry_job_free(job);
}

static void options_that_contradict_each_other_are_refused(void **state)
{
    (void)state;
    const char *const pairs[][4] = {{"dry-run", "true", "rehearse", "true"},
                                    {"trace", "true", "limit", "1"},
                                    {"workers", "0", "limit", "1"},
                                    {"workers", "1000", "limit", "1"}};
    for (size_t at = 0; at < sizeof pairs / sizeof pairs[0]; at++) {
        size_t size = 0;
        const struct wherry_io io = {.write = swallow, .ctx = &size};
        struct wherry_job *job = new_job("run");
        struct wh_error err = WH_ERROR_NONE;
        assert_taken(job, "file", "/nonexistent/shop.yaml");
        assert_taken(job, pairs[at][0], pairs[at][1]);
        assert_taken(job, pairs[at][2], pairs[at][3]);
        assert_int_equal(wherry_job_run(job, &io, &err), WH_INVALID);
        wherry_job_free(job);
    }
}

static void every_code_has_an_exit_code(void **state)
{
    (void)state;
    assert_int_equal(wherry_exit_code(WH_OK), 0);
    assert_int_equal(wherry_exit_code(WH_INVALID), 2);
    assert_int_equal(wherry_exit_code(WH_UNSUPPORTED), 2);
    assert_int_equal(wherry_exit_code(WH_UNREACHABLE), 3);
    assert_int_equal(wherry_exit_code(WH_BUSY), 3);
    assert_int_equal(wherry_exit_code(WH_STOPPED), 4);
    assert_int_equal(wherry_exit_code(WH_DIFFERENT), 5);
    assert_int_equal(wherry_exit_code(WH_CANCELLED), 6);
    assert_int_equal(wherry_exit_code(WH_BUG), 70);
}

static void freeing_nothing_is_allowed(void **state)
{
    (void)state;
    wherry_job_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_verb_and_option_has_help),
        cmocka_unit_test(an_unknown_verb_names_the_nearest),
        cmocka_unit_test(verbs_of_later_versions_are_refused_by_name),
        cmocka_unit_test(values_are_checked_when_they_are_set),
        cmocka_unit_test(only_repeatable_options_are_repeated),
        cmocka_unit_test(a_job_without_its_file_is_refused),
        cmocka_unit_test(a_reader_of_json_gets_a_document_whatever_fails),
        cmocka_unit_test(options_that_contradict_each_other_are_refused),
        cmocka_unit_test(every_code_has_an_exit_code),
        cmocka_unit_test(freeing_nothing_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
