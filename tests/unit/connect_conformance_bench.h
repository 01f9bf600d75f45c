/* SPDX-License-Identifier: Apache-2.0 */
/** What the parts of the conformance suite share: a place of each test's own, tables, rows. */
#ifndef WH_TESTS_CONNECT_CONFORMANCE_BENCH_H
#define WH_TESTS_CONNECT_CONFORMANCE_BENCH_H

#include "base/macros.h"
#include "connect_conformance.h"

#define URL_SIZE 512

/** One test's places and connection; made anew for each. */
struct bench {
    const struct conformance_fixture *fixture;
    const struct wh_destination_functions *functions;
    char folder[64];
    char url[URL_SIZE];
    struct wh_destination *destination; /* opened on url */
    struct wh_arena arena;
    struct wh_error err;
};

#define assert_code(bench, expected, call)                                                         \
    do {                                                                                           \
        wh_code assert_rc_ = (call);                                                               \
        if (assert_rc_ != (expected))                                                              \
            fail_msg("%s gave %d, not %d: %s", #call, (int)assert_rc_, (int)(expected),            \
                     (bench)->err.message);                                                        \
    } while (0)
#define assert_ok(bench, call) assert_code(bench, WH_OK, call)

/** All rows of a batch. */
struct rows {
    uint16_t numbers[WH_BATCH_ROWS];
    uint8_t results[WH_BATCH_ROWS];
    struct wh_selection selection;
};

extern const struct wh_type conformance_int_type; /* 64 bits */
extern const struct wh_type conformance_text_type;

#define MAX_VALUES 16

/** Values of one type, as canonical texts. */
struct value_set {
    struct wh_type type;
    const char *texts[MAX_VALUES]; /* ends with NULL */
};

/** Of every kind; ends with a set without texts. */
extern const struct value_set conformance_value_sets[];

/** Opens the destination at @p url, with the ledger that the fixture has for it. */
wh_code conformance_try_open(struct bench *bench, const char *url, bool read_only,
                             struct wh_destination **ret);

/** The same, where it must succeed. */
struct wh_destination *conformance_open_at(struct bench *bench, const char *url, bool read_only);

int conformance_set_up(void **state);

int conformance_tear_down(void **state);

/** Makes a table of columns c0, c1 … whose first @p key_count columns are its primary key. */
void conformance_make_table(struct bench *bench, const char *name, const struct wh_type *types,
                            size_t count, size_t key_count);

/** A writer of the first @p count columns, matched by the first @p match_count of them. */
struct wh_writer *conformance_open_writer(struct bench *bench, struct wh_destination *destination,
                                          const char *table, size_t count, size_t match_count);

/** A column from canonical texts; NULL is NULL. */
struct wh_column conformance_make_column(struct bench *bench, struct wh_type type,
                                         const char *const *texts, size_t count);

void conformance_assert_value(struct bench *bench, const struct wh_column *column, size_t row,
                              const char *expected);

void conformance_select_rows(struct rows *rows, size_t first, size_t end);

wh_code conformance_write_rows(struct bench *bench, struct wh_writer *writer,
                               enum wh_write_kind kind, struct wh_write_request *request,
                               struct rows *rows);

/** Inserts and commits rows 0 to @p count - 1 of @p columns; all must be written. */
void conformance_insert_all(struct bench *bench, struct wh_writer *writer,
                            const struct wh_column *columns, size_t count);

struct wh_found conformance_fetch(struct bench *bench, struct wh_writer *writer,
                                  const struct wh_column *keys, size_t count);

uint64_t conformance_count_rows(struct bench *bench, const char *table);

/** A table t (c0 bigint key, c1 text) with rows 1 'one', 2 'two', 3 'three', and its writer. */
struct wh_writer *conformance_make_three(struct bench *bench, struct wh_column *columns);

/** The tests of one part of the suite. */
struct conformance_part {
    const struct CMUnitTest *tests;
    size_t count;
};

extern const struct conformance_part conformance_values;
extern const struct conformance_part conformance_writing;
extern const struct conformance_part conformance_reading;
extern const struct conformance_part conformance_ledger;
extern const struct conformance_part conformance_whole;

#define CONFORMANCE_TEST(function)                                                                 \
    cmocka_unit_test_setup_teardown(function, conformance_set_up, conformance_tear_down)

#endif
