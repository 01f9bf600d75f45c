/* SPDX-License-Identifier: Apache-2.0 */
/** The accepted set is exactly RFC 8259's, for both scanners. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "format/json_scan.h"

/* A text with its length, so that it may hold NUL. */
#define TEXT(literal)                                                                              \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }

static const struct wh_str accepted[] = {
    TEXT("[[]   ]"),
    TEXT("[\"\"]"),
    TEXT("[]"),
    TEXT("[\"a\"]"),
    TEXT("[false]"),
    TEXT("[null, 1, \"1\", {}]"),
    TEXT("[null]"),
    TEXT("[1\n]"),
    TEXT(" [1]"),
    TEXT("[1,null,null,null,2]"),
    TEXT("[2] "),
    TEXT("[123e65]"),
    TEXT("[0e+1]"),
    TEXT("[0e1]"),
    TEXT("[ 4]"),
    TEXT("[-0.000000000000000000000000000000000000000000000000000000000000000000000000000001]"),
    TEXT("[20e1]"),
    TEXT("[-0]"),
    TEXT("[-123]"),
    TEXT("[-1]"),
    TEXT("[-0]"),
    TEXT("[1E22]"),
    TEXT("[1E-2]"),
    TEXT("[1E+2]"),
    TEXT("[123e45]"),
    TEXT("[123.456e78]"),
    TEXT("[1e-2]"),
    TEXT("[1e+2]"),
    TEXT("[123.456789]"),
    TEXT("[0.4e00669999999999999999999999999999999999999999999999999999999999999999999999]"),
    TEXT("[123123e100000]"),
    TEXT("[340282366920938463463374607431768211455]"),
    TEXT("{\"asd\":\"sdf\", \"dfg\":\"fgh\"}"),
    TEXT("{\"asd\":\"sdf\"}"),
    TEXT("{}"),
    TEXT("{\"\":0}"),
    TEXT("{\"foo\\u0000bar\": 42}"),
    TEXT("{ \"min\": -1.0e+28, \"max\": 1.0e+28 }"),
    TEXT("{\"x\":[{\"id\": \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}], \"id\": \"x\"}"),
    TEXT("{\"a\":[]}"),
    TEXT("{\"title\":\"\\u041f\\u043e\\u043b\\u0442\\u043e\\u0440\\u0430\" }"),
    TEXT("{\n\"a\": \"b\"\n}"),
    TEXT("[\"\\u0060\\u012a\\u12AB\"]"),
    TEXT("[\"\\uD801\\udc37\"]"),
    TEXT("[\"\\ud83d\\ude39\\ud83d\\udc8d\"]"),
    TEXT("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]"),
    TEXT("[\"\\\\u0000\"]"),
    TEXT("[\"\\\"\"]"),
    TEXT("[\"a/*b*/c/*d//e\"]"),
    TEXT("[\"\\\\a\"]"),
    TEXT("[\"\\\\n\"]"),
    TEXT("[\"\\u0012\"]"),
    TEXT("[\"\\uFFFF\"]"),
    TEXT("[\"asd\"]"),
    TEXT("[ \"asd\"]"),
    TEXT("[\"\\uDBFF\\uDFFF\"]"),
    TEXT("[\"new\\u00A0line\"]"),
    TEXT("[\"\xF4\x8F\xBF\xBF\"]"),
    TEXT("[\"\xEF\xBF\xBF\"]"),
    TEXT("[\"\\u0000\"]"),
    TEXT("[\"\\u002c\"]"),
    TEXT("[\"\xCF\x80\"]"),
    TEXT("[\"\xF0\x9B\xBF\xBF\"]"),
    TEXT("[\"asd \"]"),
    TEXT("\" \""),
    TEXT("[\"\\uD834\\uDd1e\"]"),
    TEXT("[\"\xE2\x80\xA8\"]"),
    TEXT("[\"\xE2\x80\xA9\"]"),
    TEXT("[\"\\u200B\"]"),
    TEXT("[\"\\u0022\"]"),
    TEXT("[\"\\uA66D\"]"),
    TEXT("[\"\xE2\x8D\x82\xE3\x88\xB4\xE2\x8D\x82\"]"),
    TEXT("[\"a\x7f"
         "a\"]"),
    TEXT("false"),
    TEXT("42"),
    TEXT("-0.1"),
    TEXT("null"),
    TEXT("\"asd\""),
    TEXT("true"),
    TEXT("\"\""),
    TEXT("[\"a\"]\n"),
    TEXT("[true]"),
    TEXT("\r\n\t [] \r\n\t "),
    TEXT("{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":1}]}"),
};

static const struct wh_str refused[] = {
    TEXT(""),
    TEXT(" "),
    TEXT("[1 true]"),
    TEXT("[a\xE5]"),
    TEXT("[\"\": 1]"),
    TEXT("[\"\"],"),
    TEXT("[,1]"),
    TEXT("[1,,2]"),
    TEXT("[\"x\",,]"),
    TEXT("[\"x\"]]"),
    TEXT("[\"\",]"),
    TEXT("[\"x\""),
    TEXT("[x"),
    TEXT("[3[4]]"),
    TEXT("[\xFF]"),
    TEXT("[1:2]"),
    TEXT("[,]"),
    TEXT("[-]"),
    TEXT("[   , \"\"]"),
    TEXT("[\"a\",\n4\n,1,"),
    TEXT("[1,]"),
    TEXT("[\"\va\"\\f]"),
    TEXT("[*]"),
    TEXT("[1,\n1\n,1"),
    TEXT("[{}"),
    TEXT("[fals]"),
    TEXT("[nul]"),
    TEXT("[tru]"),
    TEXT("[True]"),
    TEXT("123\0"),
    TEXT("[++1234]"),
    TEXT("[+1]"),
    TEXT("[+Inf]"),
    TEXT("[-01]"),
    TEXT("[-1.0.]"),
    TEXT("[-2.]"),
    TEXT("[-NaN]"),
    TEXT("[.-1]"),
    TEXT("[.2e-3]"),
    TEXT("[0.1.2]"),
    TEXT("[0.3e+]"),
    TEXT("[0.3e]"),
    TEXT("[0.e1]"),
    TEXT("[0E+]"),
    TEXT("[0E]"),
    TEXT("[0e+]"),
    TEXT("[0e]"),
    TEXT("[1.0e+]"),
    TEXT("[1.0e-]"),
    TEXT("[1.0e]"),
    TEXT("[1 000.0]"),
    TEXT("[1eE2]"),
    TEXT("[2.e+3]"),
    TEXT("[2.e-3]"),
    TEXT("[2.e3]"),
    TEXT("[9.e+]"),
    TEXT("[Inf]"),
    TEXT("[NaN]"),
    TEXT("[\xEF\xBC\x91]"),
    TEXT("[1+2]"),
    TEXT("[0x1]"),
    TEXT("[0x42]"),
    TEXT("[Infinity]"),
    TEXT("[0e+-1]"),
    TEXT("[-123.123foo]"),
    TEXT("[123\xE5]"),
    TEXT("[1e1\xE5]"),
    TEXT("[0\xE5]\n"),
    TEXT("[-Infinity]"),
    TEXT("[-foo]"),
    TEXT("[- 1]"),
    TEXT("[-012]"),
    TEXT("[-.123]"),
    TEXT("[-1x]"),
    TEXT("[1ea]"),
    TEXT("[1.]"),
    TEXT("[.123]"),
    TEXT("[1.2a-3]"),
    TEXT("[1.8011670033376514H-308]"),
    TEXT("[012]"),
    TEXT("[00]"),
    TEXT("[\"x\", truth]"),
    TEXT("{[: \"x\"}\n"),
    TEXT("{\"x\", null}"),
    TEXT("{\"x\"::\"b\"}"),
    TEXT("{\xF0\x9F\x87\xA8\xF0\x9F\x87\xAD}"),
    TEXT("{\"a\":\"a\" 123}"),
    TEXT("{key: 'value'}"),
    TEXT("{\"\xB9\":\"0\",}"),
    TEXT("{\"a\" b}"),
    TEXT("{:\"b\"}"),
    TEXT("{\"a\" \"b\"}"),
    TEXT("{\"a\":"),
    TEXT("{\"a\""),
    TEXT("{1:1}"),
    TEXT("{9999E9999:1}"),
    TEXT("{null:null,null:null}"),
    TEXT("{\"id\":0,,,,,}"),
    TEXT("{'a':0}"),
    TEXT("{\"id\":0,}"),
    TEXT("{\"a\":\"b\"}/**/"),
    TEXT("{\"a\":\"b\"}/**//"),
    TEXT("{\"a\":\"b\"}//"),
    TEXT("{\"a\":\"b\",,\"c\":\"d\"}"),
    TEXT("{a: \"b\"}"),
    TEXT("{\"a\":\"a"),
    TEXT("{ \"foo\" : \"bar\", \"a\" }"),
    TEXT("{\"a\":\"b\"}#"),
    TEXT("{\"a\":1 \"b\":2}"),
    TEXT("[\"\\uD800\\\"]"),
    TEXT("[\"\\uD800\\u\"]"),
    TEXT("[\"\\uD800\\u1\"]"),
    TEXT("[\"\\uD800\\u1x\"]"),
    TEXT("[\xC3\xA9]"),
    TEXT("[\"\\x00\"]"),
    TEXT("[\"\\\\\\\"]"),
    TEXT("[\"\\\t\"]"),
    TEXT("[\"\\\xF0\x9F\x8C\x80\"]"),
    TEXT("[\"\\\"]"),
    TEXT("[\"\\u00A\"]"),
    TEXT("[\"\\uD834\\uDd\"]"),
    TEXT("[\"\\uD800\\uD800\\x\"]"),
    TEXT("[\"\\u\xE5\"]"),
    TEXT("[\"\\a\"]"),
    TEXT("[\"\\uqqqq\"]"),
    TEXT("[\"\\\xE5\"]"),
    TEXT("[\\u0020\"asd\"]"),
    TEXT("[\\n]"),
    TEXT("\""),
    TEXT("['single quote']"),
    TEXT("abc"),
    TEXT("[\"\\"),
    TEXT("[\"a\0a\"]"),
    TEXT("[\"new\nline\"]"),
    TEXT("[\"\t\"]"),
    TEXT("[\"\x1F\"]"),
    TEXT("\"\\UA66D\""),
    TEXT("\"\"x"),
    TEXT("[\xE2\x81\xA0]"),
    TEXT("\xEF\xBB\xBF"),
    TEXT("<.>"),
    TEXT("[<null>]"),
    TEXT("[1]x"),
    TEXT("[1]]"),
    TEXT("[\"asd]"),
    TEXT("a\xC3\xA5"),
    TEXT("[True]"),
    TEXT("1]"),
    TEXT("{\"x\": true,"),
    TEXT("[][]"),
    TEXT("]"),
    TEXT("\xEF\xBB{}"),
    TEXT("\xE5"),
    TEXT("["),
    TEXT("[\0]"),
    TEXT("2@"),
    TEXT("{}}"),
    TEXT("{\"\":"),
    TEXT("{\"a\":/*comment*/\"b\"}"),
    TEXT("{\"a\": true} \"x\""),
    TEXT("['"),
    TEXT("[,"),
    TEXT("[{"),
    TEXT("[\"a"),
    TEXT("[\"a\""),
    TEXT("{"),
    TEXT("{]"),
    TEXT("{,"),
    TEXT("{["),
    TEXT("{\"a"),
    TEXT("{'a'"),
    TEXT("[\"\\{[\"\\{[\"\\{[\"\\{"),
    TEXT("*"),
    TEXT("{\"a\":\"b\"}#{}"),
    TEXT("[\\u000A\"\"]"),
    TEXT("[1"),
    TEXT("[ false, nul"),
    TEXT("[ true, fals"),
    TEXT("[ false, tru"),
    TEXT("{\"asd\":\"asd\""),
    TEXT("\xC3\xA5"),
    TEXT("[\f]"),
    TEXT("[\v]"),
    TEXT("[\xE2\x80\x8B]"),
    TEXT("[\xC2\xA0 1]"),
};

/* What the RFC leaves open, and wherry refuses. */
static const struct wh_str refused_by_choice[] = {
    TEXT("{\"a\":\"b\",\"a\":\"c\"}"),
    TEXT("{\"a\":\"b\",\"a\":\"b\"}"),
    TEXT("{\"a\":1,\"\\u0061\":2}"),
    TEXT("[{\"a\":1,\"b\":{},\"a\":2}]"),
    TEXT("[\"\\uDADA\"]"),
    TEXT("[\"\\uD888\\u1234\"]"),
    TEXT("[\"\\uD800\\n\"]"),
    TEXT("[\"\\uDd1ea\"]"),
    TEXT("[\"\\uD800\\uD800\\n\"]"),
    TEXT("[\"\\ud800\"]"),
    TEXT("[\"\\ud800abc\"]"),
    TEXT("[\"\\uDd1e\\uD834\"]"),
    TEXT("[\"\\uDFAA\"]"),
    /* not UTF-8 */
    TEXT("[\"\xFF\"]"),
    TEXT("[\"\xE6\x97\xA5\xD1\x88\xFA\"]"),
    TEXT("[\"\xED\xA0\x80\"]"),
    TEXT("[\"\xC0\xAF\"]"),
    TEXT("[\"\xF4\xBF\xBF\xBF\"]"),
    TEXT("[\"\x81\"]"),
    TEXT("\xFF\xFE[\0\"\0\xE9\0\"\0]\0"),
    /* a mark that is not at the file's start */
    TEXT("\xEF\xBB\xBF{}"),
};

static void each_scanner(void (*check)(const struct wh_json_functions *functions))
{
    check(&wh_json_scalar_functions);
    check(wh_json_functions_choose());
}

/* A copy without a byte behind it, so that a sanitizer sees any that is read. */
static bool is_valid(struct wh_str text, const struct wh_json_functions *functions)
{
    char *copy = malloc(text.len > 0 ? text.len : 1);
    assert_non_null(copy);
    memcpy(copy, text.ptr, text.len);
    bool valid = wh_json_is_valid(wh_str_make(copy, text.len), functions);
    free(copy);
    return valid;
}

static void check_accepted(const struct wh_json_functions *functions)
{
    for (size_t i = 0; i < WH_COUNT_OF(accepted); i++)
        if (!is_valid(accepted[i], functions))
            fail_msg("%s refuses '%.*s'", functions->name, WH_FMT(accepted[i]));
}

static void check_refused(const struct wh_json_functions *functions)
{
    for (size_t i = 0; i < WH_COUNT_OF(refused); i++)
        if (is_valid(refused[i], functions))
            fail_msg("%s accepts '%.*s'", functions->name, WH_FMT(refused[i]));
    for (size_t i = 0; i < WH_COUNT_OF(refused_by_choice); i++)
        if (is_valid(refused_by_choice[i], functions))
            fail_msg("%s accepts '%.*s'", functions->name, WH_FMT(refused_by_choice[i]));
}

static void accepts_what_the_rfc_does(void **state)
{
    (void)state;
    each_scanner(check_accepted);
}

static void refuses_what_the_rfc_does(void **state)
{
    (void)state;
    each_scanner(check_refused);
}

/* Every text, cut short, is none, unless it is a number. */
static void check_cut(const struct wh_json_functions *functions)
{
    for (size_t i = 0; i < WH_COUNT_OF(accepted); i++) {
        struct wh_str text = wh_str_trim(accepted[i]);
        if (text.ptr[0] != '[' && text.ptr[0] != '{')
            continue;
        for (size_t len = 0; len < text.len; len++)
            if (is_valid(wh_str_make(text.ptr, len), functions))
                fail_msg("%s accepts '%.*s'", functions->name, (int)len, text.ptr);
    }
}

static void refuses_a_text_that_is_cut(void **state)
{
    (void)state;
    each_scanner(check_cut);
}

static char *nested(size_t depth, const char *open, const char *close)
{
    size_t open_len = strlen(open);
    size_t close_len = strlen(close);
    char *text = malloc(depth * (open_len + close_len) + 1);
    assert_non_null(text);
    for (size_t i = 0; i < depth; i++) {
        memcpy(text + i * open_len, open, open_len);
        memcpy(text + depth * open_len + i * close_len, close, close_len);
    }
    text[depth * (open_len + close_len)] = '\0';
    return text;
}

static void check_depth(const struct wh_json_functions *functions)
{
    static const struct {
        const char *open;
        const char *close;
    } kinds[] = {{"[", "]"}, {"{\"a\":[", "]}"}};
    for (size_t i = 0; i < WH_COUNT_OF(kinds); i++) {
        size_t most = WH_JSON_MAX_DEPTH / (i + 1);
        char *deepest = nested(most, kinds[i].open, kinds[i].close);
        char *deeper = nested(most + 1, kinds[i].open, kinds[i].close);
        char *deep = nested(100000, kinds[i].open, kinds[i].close);
        assert_true(wh_json_is_valid(wh_str_from(deepest), functions));
        assert_false(wh_json_is_valid(wh_str_from(deeper), functions));
        assert_false(wh_json_is_valid(wh_str_from(deep), functions));
        free(deepest);
        free(deeper);
        free(deep);
    }
}

static void refuses_what_is_nested_too_deep_without_using_the_stack(void **state)
{
    (void)state;
    each_scanner(check_depth);
}

/* A special byte at every place of a string of every length is found. */
static void check_places(const struct wh_json_functions *functions)
{
    static const struct {
        const char *bytes;
        bool is_fine;
    } specials[] = {{"\\n", true}, {"\x01", false}, {"\\x", false}, {"\x7F", true}};
    char text[160];
    for (size_t len = 0; len < 100; len++) {
        for (size_t at = 0; at < len; at++) {
            for (size_t i = 0; i < WH_COUNT_OF(specials); i++) {
                size_t size = strlen(specials[i].bytes);
                memset(text, 'a', sizeof(text));
                text[0] = '"';
                memcpy(text + 1 + at, specials[i].bytes, size);
                text[1 + len + size] = '"';
                assert_int_equal(is_valid(wh_str_make(text, len + size + 2), functions),
                                 specials[i].is_fine);
            }
        }
    }
}

static void finds_a_special_byte_anywhere_in_a_string(void **state)
{
    (void)state;
    each_scanner(check_places);
}

static void finds_a_repeated_name_among_thousands(void **state)
{
    (void)state;
    enum { NAMES = 5000 };
    char *text = malloc((size_t)NAMES * 16);
    assert_non_null(text);
    size_t len = 0;
    for (int i = 0; i < NAMES; i++)
        len += (size_t)snprintf(text + len, 16, "%c\"n%d\":%d", i == 0 ? '{' : ',', i, i);
    text[len++] = '}';
    assert_true(wh_json_is_valid(wh_str_make(text, len), wh_json_functions_choose()));
    char *last = memmem(text, len, "\"n4999\"", 7);
    assert_non_null(last);
    memcpy(last, "\"n1234\"", 7);
    assert_false(wh_json_is_valid(wh_str_make(text, len), wh_json_functions_choose()));
    free(text);
}

static void undoes_escapes(void **state)
{
    (void)state;
    struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_json_names names = {0};
    struct wh_str text =
        WH_STR("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20AC\\uD83D\\uDE00\\u0000z\"");
    struct wh_json_scan scan = wh_json_scan_make(text, &names, &arena);
    struct wh_json_string string;
    assert_true(wh_json_functions_choose()->string(&scan, &string));
    assert_true(string.has_escape);
    assert_true(string.has_nul);
    struct wh_str plain = wh_json_unescape(&string, &arena);
    struct wh_str expected = WH_STR("a\"\\/\b\f\n\r\tA\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\0z");
    assert_true(wh_str_equal(plain, expected));
    wh_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_what_the_rfc_does),
        cmocka_unit_test(refuses_what_the_rfc_does),
        cmocka_unit_test(refuses_a_text_that_is_cut),
        cmocka_unit_test(refuses_what_is_nested_too_deep_without_using_the_stack),
        cmocka_unit_test(finds_a_special_byte_anywhere_in_a_string),
        cmocka_unit_test(finds_a_repeated_name_among_thousands),
        cmocka_unit_test(undoes_escapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
