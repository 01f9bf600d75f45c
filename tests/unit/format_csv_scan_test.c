/* SPDX-License-Identifier: Apache-2.0 */
/** The scanners: what a record is, and that all ways of scanning agree on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/csv_machine.h"
#include "format/csv_scan.h"
#include "format_random.h"
#include "trials.h"

#define MAX_CELLS 16
#define ROUNDS 20000

static struct wh_csv_dialect comma(void)
{
    return wh_csv_dialect_plain(',', '"');
}

/* The scanners that this machine can run; NULL ends them. */
static void list_scanners(const struct wh_csv_functions *list[4])
{
    size_t count = 0;
    list[count++] = &wh_csv_scalar_functions;
#if defined(__x86_64__)
    list[count++] = &wh_csv_sse2_functions;
    if (wh_csv_has_avx2())
        list[count++] = &wh_csv_avx2_functions;
#endif
    list[count] = NULL;
}

/* A copy in memory of exactly its size: a byte read too far is seen by a sanitizer. */
static char *exact_copy(const char *bytes, size_t len)
{
    char *copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    return copy;
}

struct found {
    enum wh_csv_found kind;
    struct wh_csv_record record;
    uint32_t ends[MAX_CELLS + WH_CSV_ENDS_SLACK];
};

static struct found find(const struct wh_csv_functions *functions, const char *text)
{
    struct found found = {0};
    struct wh_csv_scanner scanner = {comma(), functions};
    struct wh_csv_scan scan;
    wh_csv_scan_start(&scan, &scanner, wh_str_from(text), true, 0);
    found.kind = functions->next(&scan, found.ends, MAX_CELLS, &found.record);
    return found;
}

static void assert_found(const char *text, enum wh_csv_found kind, size_t cells, size_t end)
{
    const struct wh_csv_functions *scanners[4];
    list_scanners(scanners);
    for (size_t i = 0; scanners[i] != NULL; i++) {
        struct found found = find(scanners[i], text);
        if (found.kind != kind)
            fail_msg("%s finds %d in '%s'", scanners[i]->name, (int)found.kind, text);
        if (kind != WH_CSV_RECORD)
            continue;
        assert_int_equal(found.record.cells, cells);
        assert_int_equal(found.record.end, end);
        assert_int_equal(found.ends[cells - 1], end);
    }
}

static void finds_the_cells_of_plain_records(void **state)
{
    (void)state;
    assert_found("a,b,c\nd", WH_CSV_RECORD, 3, 5);
    assert_found("a,b,c", WH_CSV_RECORD, 3, 5);
    assert_found(",\n", WH_CSV_RECORD, 2, 1);
    assert_found(",", WH_CSV_RECORD, 2, 1);
    assert_found("\n", WH_CSV_RECORD, 1, 0);
    assert_found("a\r\n", WH_CSV_RECORD, 1, 2);
    assert_found("a\rb\n", WH_CSV_RECORD, 1, 3);
    assert_found("", WH_CSV_NOTHING, 0, 0);
}

static void finds_the_cells_of_quoted_records(void **state)
{
    (void)state;
    assert_found("\"a\",b\n", WH_CSV_RECORD, 2, 5);
    assert_found("\"a,b\n,c\"\n", WH_CSV_RECORD, 1, 8);
    assert_found("\"\"\n", WH_CSV_RECORD, 1, 2);
    assert_found("\"\"\"\"\n", WH_CSV_RECORD, 1, 4);
    assert_found("\"a\"\"b\",c\n", WH_CSV_RECORD, 2, 8);
    assert_found("\"a\"\r\n", WH_CSV_RECORD, 1, 4);
    assert_found("\"a\"", WH_CSV_RECORD, 1, 3);
    assert_found("\"\"", WH_CSV_RECORD, 1, 2);
}

static void calls_broken_quoting_malformed(void **state)
{
    (void)state;
    assert_found("a\"b\n", WH_CSV_MALFORMED, 0, 0);
    assert_found("a,b\"\n", WH_CSV_MALFORMED, 0, 0);
    assert_found("\"a\"b\n", WH_CSV_MALFORMED, 0, 0);
    assert_found("\"a\" ,b\n", WH_CSV_MALFORMED, 0, 0);
    assert_found("\"a\"\rb\n", WH_CSV_MALFORMED, 0, 0);
    assert_found("\"a\"\r,b\n", WH_CSV_MALFORMED, 0, 0);
    assert_found("\"a\"\r\"b\n", WH_CSV_MALFORMED, 0, 0);
    assert_found("\"a\"\r", WH_CSV_MALFORMED, 0, 0);
    assert_found("\"a\n", WH_CSV_MALFORMED, 0, 0);
    assert_found("\"", WH_CSV_MALFORMED, 0, 0);
    assert_found("\"\"\"", WH_CSV_MALFORMED, 0, 0);
    assert_found("a,\"b\n\" c\n", WH_CSV_MALFORMED, 0, 0);
    assert_found(" \"a\"\n", WH_CSV_MALFORMED, 0, 0);
}

/* Every sign of a short text in turn at every place around the border of two blocks. */
static void agrees_at_block_borders(void **state)
{
    (void)state;
    static const char *const ends[] = {"\"a\"\r\n",   "\"a\"\rb\n", "\"a\"\"b\"\n", "\"\"\n",
                                       "\"a\"b\n",    "a\"\n",      "\"a\n\"\n",    "\"a,\",b\r\n",
                                       "\"a\"",       "\"a\"\r",    "\"a",          "a\r\n\n",
                                       "\"\"\"\"\"\n"};
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        for (size_t before = 50; before < 70; before++) {
            char text[128];
            memset(text, 'x', before);
            text[before - 1] = ',';
            memcpy(text + before, ends[i], strlen(ends[i]) + 1);
            struct found scalar = find(&wh_csv_scalar_functions, text);
            assert_found(text, scalar.kind, scalar.record.cells, scalar.record.end);
        }
    }
}

/* The cells with more than the two quotes around them, as wh_csv_record.may_double has them. */
static uint64_t doubled_cells(const struct wh_csv_scan *scan, const struct found *found)
{
    uint64_t cells = 0;
    size_t start = found->record.start;
    for (size_t i = 0; i < found->record.cells && i < MAX_CELLS; i++) {
        size_t quotes = 0;
        for (size_t at = start; at < found->ends[i]; at++)
            quotes += scan->text[at] == scan->dialect.quote;
        if (quotes > 2 && scan->dialect.has_quote)
            cells |= (uint64_t)1 << WH_MIN(i, (size_t)63);
        start = found->ends[i] + (size_t)1;
    }
    return cells;
}

/* Compares one step of two scans; false where they are at an end. */
static bool step_both(struct wh_csv_scan *scalar, struct wh_csv_scan *other,
                      const struct wh_csv_functions *functions)
{
    struct found a = {0};
    struct found b = {0};
    a.kind = wh_csv_scalar_functions.next(scalar, a.ends, MAX_CELLS, &a.record);
    b.kind = functions->next(other, b.ends, MAX_CELLS, &b.record);
    assert_int_equal(a.kind, b.kind);
    assert_int_equal(scalar->start, other->start);
    if (a.kind != WH_CSV_RECORD)
        return false;
    assert_int_equal(a.record.start, b.record.start);
    assert_int_equal(a.record.end, b.record.end);
    assert_int_equal(a.record.next, b.record.next);
    assert_int_equal(a.record.cells, b.record.cells);
    assert_true(b.record.may_span_lines || !a.record.may_span_lines);
    for (size_t i = 0; i < a.record.cells && i < MAX_CELLS; i++)
        assert_int_equal(a.ends[i], b.ends[i]);
    if (a.record.cells <= MAX_CELLS) {
        assert_int_equal(b.record.may_double, doubled_cells(other, &b));
        assert_int_equal(b.record.may_double & ~a.record.may_double, 0);
    }
    return true;
}

/* Records of many cells, one of them with doubled quotes: each in turn. */
static void tells_which_cells_have_doubled_quotes(void **state)
{
    (void)state;
    const struct wh_csv_functions *scanners[4];
    list_scanners(scanners);
    for (size_t doubled = 0; doubled < 80; doubled++) {
        char text[600];
        size_t len = (size_t)snprintf(text, sizeof(text), "\"\"\"\",\"x\"\n");
        for (size_t i = 0; i < 80; i++) {
            const char *cell = i == doubled ? "\"a\"\"b\"\"\"" : i % 3 == 0 ? "\"\"" : "c";
            len +=
                (size_t)snprintf(text + len, sizeof(text) - len, "%s%c", cell, i < 79 ? ',' : '\n');
        }
        for (size_t i = 0; scanners[i] != NULL; i++) {
            struct wh_csv_scanner scanner = {comma(), scanners[i]};
            struct wh_csv_scan scan;
            wh_csv_scan_start(&scan, &scanner, wh_str_make(text, len), true, 0);
            uint32_t ends[80 + WH_CSV_ENDS_SLACK];
            struct wh_csv_record record;
            for (size_t k = 0; k < 2; k++) {
                assert_int_equal(scanners[i]->next(&scan, ends, 80, &record), WH_CSV_RECORD);
                uint64_t cell = k == 0 ? 0 : WH_MIN(doubled, (size_t)63);
                uint64_t expected = i == 0 ? UINT64_MAX : (uint64_t)1 << cell;
                assert_int_equal(record.may_double, expected);
            }
        }
    }
}

/* Steps through @p text, starting anew behind the first line of what is malformed. */
static void compare_scans(const struct wh_csv_dialect *dialect, struct wh_str text, bool is_last,
                          const struct wh_csv_functions *functions)
{
    struct wh_csv_scanner scanner = {*dialect, functions};
    for (size_t start = 0; start < text.len;) {
        struct wh_csv_scan scalar;
        struct wh_csv_scan other;
        wh_csv_scan_start(&scalar, &scanner, text, is_last, start);
        wh_csv_scan_start(&other, &scanner, text, is_last, start);
        while (step_both(&scalar, &other, functions))
            ;
        const char *newline = memchr(text.ptr + scalar.start, '\n', text.len - scalar.start);
        if (newline == NULL)
            return;
        start = (size_t)(newline - text.ptr) + 1;
    }
}

static void agrees_on_random_text(void **state)
{
    (void)state;
    const struct wh_csv_functions *scanners[4];
    list_scanners(scanners);
    struct trials trials = trials_make(ROUNDS);
    for (uint64_t seed = trials.first; seed < trials.end; seed++) {
        char bytes[700];
        uint64_t random = seed;
        size_t len = format_random_csv(&random, bytes, sizeof(bytes));
        struct wh_csv_dialect dialect = comma();
        dialect.has_quote = seed % 4 != 0;
        char *copy = exact_copy(bytes, len);
        for (size_t i = 1; scanners[i] != NULL; i++) {
            compare_scans(&dialect, wh_str_make(copy, len), true, scanners[i]);
            compare_scans(&dialect, wh_str_make(copy, len), false, scanners[i]);
        }
        free(copy);
    }
}

/* Counts what a splitter would: count() where it can, next() for the rest. */
static size_t count_until(const struct wh_csv_scanner *used, struct wh_str text, size_t stop,
                          struct wh_csv_count *count)
{
    const struct wh_csv_functions *functions = used->functions;
    struct wh_csv_scanner scanner = *used;
    struct wh_csv_scan scan;
    wh_csv_scan_start(&scan, &scanner, text, true, 0);
    while (scan.start < stop) {
        uint32_t none[WH_CSV_ENDS_SLACK];
        struct wh_csv_record record;
        functions->count(&scan, stop, count);
        assert_true(scan.start <= stop);
        size_t start = scan.start;
        if (start >= stop)
            break;
        size_t next = start;
        if (functions->next(&scan, none, 0, &record) == WH_CSV_RECORD) {
            count->cells += record.cells;
            count->blank += wh_csv_record_is_blank(&scan.dialect, text.ptr, &record);
            next = record.next;
        } else {
            const char *newline = memchr(text.ptr + start, '\n', text.len - start);
            next = newline != NULL ? (size_t)(newline - text.ptr) + 1 : text.len;
        }
        count->records++;
        count->lines += wh_csv_count_lines(wh_str_make(text.ptr + start, next - start));
        wh_csv_scan_start(&scan, &scanner, text, true, next);
    }
    return scan.start;
}

static void counts_the_same_on_random_text(void **state)
{
    (void)state;
    const struct wh_csv_functions *scanners[4];
    list_scanners(scanners);
    static char bytes[5000];
    struct trials trials = trials_make(ROUNDS / 4);
    for (uint64_t seed = trials.first; seed < trials.end; seed++) {
        uint64_t random = seed;
        size_t len = format_random_csv(&random, bytes, sizeof(bytes));
        size_t stop = format_random_below(&random, len + 1);
        char *copy = exact_copy(bytes, len);
        struct wh_csv_count expected = {0};
        struct wh_csv_scanner scanner = {comma(), &wh_csv_scalar_functions};
        scanner.dialect.has_quote = seed % 4 != 0;
        size_t end = count_until(&scanner, wh_str_make(copy, len), stop, &expected);
        for (size_t i = 1; scanners[i] != NULL; i++) {
            struct wh_csv_count count = {0};
            scanner.functions = scanners[i];
            assert_int_equal(count_until(&scanner, wh_str_make(copy, len), stop, &count), end);
            assert_memory_equal(&count, &expected, sizeof(count));
        }
        free(copy);
    }
}

static void takes_other_delimiters_and_quotes(void **state)
{
    (void)state;
    const struct wh_csv_functions *scanners[4];
    list_scanners(scanners);
    struct wh_str text = WH_STR("a;'b;''c\n';\"d\n");
    for (size_t i = 0; scanners[i] != NULL; i++) {
        struct wh_csv_scanner scanner = {wh_csv_dialect_plain(';', '\''), scanners[i]};
        struct wh_csv_scan scan;
        struct found found = {0};
        wh_csv_scan_start(&scan, &scanner, text, true, 0);
        found.kind = scanners[i]->next(&scan, found.ends, MAX_CELLS, &found.record);
        assert_int_equal(found.kind, WH_CSV_RECORD);
        assert_int_equal(found.record.cells, 3);
        assert_int_equal(found.record.end, text.len - 1);
        assert_true(found.record.may_span_lines);
    }
}

/* A record with more cells than there is room for is counted in full. */
static void counts_cells_beyond_the_room_for_ends(void **state)
{
    (void)state;
    const struct wh_csv_functions *scanners[4];
    list_scanners(scanners);
    char text[1000];
    memset(text, ',', sizeof(text));
    for (size_t i = 0; scanners[i] != NULL; i++) {
        struct wh_csv_scanner scanner = {comma(), scanners[i]};
        struct wh_csv_scan scan;
        struct found found = {0};
        wh_csv_scan_start(&scan, &scanner, wh_str_make(text, sizeof(text)), true, 0);
        assert_int_equal(scanners[i]->next(&scan, found.ends, MAX_CELLS, &found.record),
                         WH_CSV_RECORD);
        assert_int_equal(found.record.cells, sizeof(text) + 1);
    }
}

/* The machine gives one verdict however a record is cut. */
static void judge_in_pieces(const struct wh_csv_dialect *dialect, struct wh_str text,
                            uint64_t *random)
{
    uint64_t limit = 1 + format_random_below(random, 400);
    struct wh_csv_machine whole;
    struct wh_csv_machine cut;
    wh_csv_machine_init(&whole, dialect, limit, 10);
    wh_csv_machine_init(&cut, dialect, limit, 10);
    size_t used;
    enum wh_csv_found expected = wh_csv_machine_run(&whole, text, NULL, 0, &used);
    enum wh_csv_found found = WH_CSV_PARTIAL;
    for (size_t at = 0; at < text.len && found == WH_CSV_PARTIAL;) {
        size_t piece = 1 + format_random_below(random, 20);
        piece = piece < text.len - at ? piece : text.len - at;
        found = wh_csv_machine_run(&cut, wh_str_make(text.ptr + at, piece), NULL, 0, &used);
        at += used;
    }
    assert_int_equal(found, expected);
    assert_int_equal(cut.fault, whole.fault);
    assert_int_equal(cut.fault_cell, whole.fault_cell);
    assert_int_equal(cut.fault_byte, whole.fault_byte);
    assert_int_equal(cut.size, whole.size);
    assert_int_equal(cut.cells, whole.cells);
    assert_int_equal(cut.lines, whole.lines);
    assert_int_equal(cut.record_end, whole.record_end);
    assert_int_equal(cut.has_large_cell, whole.has_large_cell);
}

static void judges_a_record_in_pieces(void **state)
{
    (void)state;
    struct trials trials = trials_make(ROUNDS / 2);
    for (uint64_t seed = trials.first; seed < trials.end; seed++) {
        char bytes[300];
        uint64_t random = seed;
        struct wh_format_options options;
        struct wh_csv_form form;
        wh_format_options_init(&options);
        format_random_options(&random, &options);
        if (wh_csv_form_make(&options, &form, NULL) != WH_OK)
            continue;
        size_t len = format_random_text(&random, &form.dialect, bytes, sizeof(bytes));
        judge_in_pieces(&form.dialect, wh_str_make(bytes, len), &random);
    }
}

static void counts_lines(void **state)
{
    (void)state;
    char text[2000];
    memset(text, '\n', sizeof(text));
    assert_int_equal(wh_csv_count_lines(wh_str_make(text, sizeof(text))), sizeof(text));
    memset(text, 'a', sizeof(text));
    assert_int_equal(wh_csv_count_lines(wh_str_make(text, sizeof(text))), 0);
    assert_int_equal(wh_csv_count_lines(WH_STR("")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_cells_of_plain_records),
        cmocka_unit_test(finds_the_cells_of_quoted_records),
        cmocka_unit_test(calls_broken_quoting_malformed),
        cmocka_unit_test(agrees_at_block_borders),
        cmocka_unit_test(tells_which_cells_have_doubled_quotes),
        cmocka_unit_test(agrees_on_random_text),
        cmocka_unit_test(counts_the_same_on_random_text),
        cmocka_unit_test(takes_other_delimiters_and_quotes),
        cmocka_unit_test(counts_cells_beyond_the_room_for_ends),
        cmocka_unit_test(judges_a_record_in_pieces),
        cmocka_unit_test(counts_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
