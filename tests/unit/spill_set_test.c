/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "base/crew.h"
#include "data/hash.h"
#include "spill/set.h"

struct record {
    uint64_t hash;
    uint64_t number;
    uint64_t check; /* of the two others */
};

static int compare_records(const void *a, const void *b)
{
    const struct record *x = a;
    const struct record *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

static int compare_hashes(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;
    return (*x > *y) - (*x < *y);
}

static uint64_t mix(uint64_t value, uint64_t seed)
{
    return wh_hash_bytes(wh_str_make((const char *)&value, sizeof(value)), seed);
}

static struct record make_record(uint64_t number, uint64_t distinct)
{
    struct record record = {.hash = mix(number % distinct, 1), .number = number};
    record.check = mix(record.hash ^ number, 2);
    return record;
}

static struct wh_spill_set *new_set(struct wh_budget *budget, const char *folder)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_spill_set *set = NULL;
    struct wh_spill_options options = {
        .record_size = sizeof(struct record), .budget = budget, .folder = folder};
    assert_int_equal(wh_spill_set_new(&options, &set, &err), WH_OK);
    return set;
}

struct filling {
    struct wh_spill_set *set;
    uint64_t each;
    uint64_t distinct;
};

static wh_code fill(void *ctx, unsigned worker, struct wh_error *err)
{
    const struct filling *filling = ctx;
    struct wh_spill_filler *filler = NULL;
    wh_code rc = wh_spill_filler_open(filling->set, &filler, err);
    if (rc != WH_OK)
        return rc;
    for (uint64_t i = 0; rc == WH_OK && i < filling->each; i++) {
        struct record record = make_record(worker * filling->each + i, filling->distinct);
        rc = wh_spill_filler_add(filler, &record, 1, err);
    }
    struct wh_error later = WH_ERROR_NONE;
    wh_code closed = wh_spill_filler_close(filler, rc == WH_OK ? err : &later);
    return rc == WH_OK ? closed : rc;
}

/* Every record is there once, and partitions and records stand in their order. */
static void check_set(struct wh_spill_set *set, uint64_t total, uint64_t distinct)
{
    struct wh_error err = WH_ERROR_NONE;
    bool *seen = calloc(total + 1, sizeof(*seen));
    assert_non_null(seen);
    struct record before = {.hash = 0};
    uint64_t count = 0;
    for (size_t i = 0; i < wh_spill_partition_count(set); i++) {
        void *loaded = NULL;
        size_t loaded_count = 0;
        assert_int_equal(
            wh_spill_partition_load(set, i, compare_records, &loaded, &loaded_count, &err), WH_OK);
        for (size_t j = 0; j < loaded_count; j++) {
            struct record record = ((struct record *)loaded)[j];
            struct record expected = make_record(record.number, distinct);
            assert_memory_equal(&record, &expected, sizeof(record));
            assert_false(seen[record.number]);
            seen[record.number] = true;
            assert_true(count == 0 || compare_records(&before, &record) < 0);
            before = record;
            count++;
        }
    }
    assert_int_equal(count, total);
    assert_int_equal(wh_spill_set_count(set), total);
    free(seen);
}

static void fill_and_check(size_t limit, unsigned workers, uint64_t each, uint64_t distinct)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_budget budget;
    wh_budget_init(&budget, limit);
    struct filling filling = {.set = new_set(&budget, NULL), .each = each, .distinct = distinct};
    assert_int_equal(wh_crew_run(workers, fill, &filling, &err), WH_OK);
    check_set(filling.set, workers * each, distinct);
    /* Again: loading takes nothing away. */
    check_set(filling.set, workers * each, distinct);
    wh_spill_set_free(filling.set);
    assert_int_equal(atomic_load(&budget.used), 0);
}

static void sorts_what_fits_in_memory(void **state)
{
    (void)state;
    fill_and_check(0, 1, 100000, UINT64_MAX);
}

static void spills_what_the_budget_refuses(void **state)
{
    (void)state;
    fill_and_check(1, 1, 100000, UINT64_MAX);
    fill_and_check(1 << 20, 1, 200000, UINT64_MAX);
}

static void spills_above_its_own_limit_whatever_the_budget_has(void **state)
{
    (void)state;
    enum { MEMORY = 1 << 20, RECORDS = 200000 };
    struct wh_error err = WH_ERROR_NONE;
    struct wh_budget budget;
    wh_budget_init(&budget, 0);
    struct filling filling = {.each = RECORDS, .distinct = UINT64_MAX};
    struct wh_spill_options options = {
        .record_size = sizeof(struct record), .budget = &budget, .memory = MEMORY};
    assert_int_equal(wh_spill_set_new(&options, &filling.set, &err), WH_OK);
    assert_int_equal(wh_crew_run(1, fill, &filling, &err), WH_OK);
    assert_in_range(atomic_load(&budget.used), MEMORY / 2, MEMORY);
    check_set(filling.set, RECORDS, UINT64_MAX);
    wh_spill_set_free(filling.set);
    assert_int_equal(atomic_load(&budget.used), 0);
}

static void equal_hashes_stay_together(void **state)
{
    (void)state;
    fill_and_check(1 << 20, 2, 50000, 1);
    fill_and_check(0, 1, 50000, 700);
}

static void an_empty_set_has_empty_partitions(void **state)
{
    (void)state;
    fill_and_check(0, 1, 0, 1);
}

static void a_record_may_be_a_hash_alone(void **state)
{
    (void)state;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_budget budget;
    wh_budget_init(&budget, 1);
    struct wh_spill_set *set = NULL;
    struct wh_spill_filler *filler = NULL;
    struct wh_spill_options options = {.record_size = sizeof(uint64_t), .budget = &budget};
    assert_int_equal(wh_spill_set_new(&options, &set, &err), WH_OK);
    assert_int_equal(wh_spill_filler_open(set, &filler, &err), WH_OK);
    uint64_t hashes[3] = {UINT64_MAX, 0, UINT64_MAX};
    assert_int_equal(wh_spill_filler_add(filler, hashes, 3, &err), WH_OK);
    assert_int_equal(wh_spill_filler_close(filler, &err), WH_OK);
    void *loaded = NULL;
    size_t count = 0;
    size_t last = wh_spill_partition_count(set) - 1;
    assert_int_equal(wh_spill_partition_load(set, last, compare_hashes, &loaded, &count, &err),
                     WH_OK);
    assert_int_equal(count, 2);
    assert_int_equal(wh_spill_partition_load(set, 0, compare_hashes, &loaded, &count, &err), WH_OK);
    assert_int_equal(count, 1);
    assert_int_equal(*(uint64_t *)loaded, 0);
    wh_spill_set_free(set);
}

static void a_folder_that_is_missing_is_named(void **state)
{
    (void)state;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_budget budget;
    wh_budget_init(&budget, 1);
    struct filling filling = {
        .set = new_set(&budget, "/nonexistent/folder"), .each = 100000, .distinct = UINT64_MAX};
    assert_int_equal(wh_crew_run(1, fill, &filling, &err), WH_IO);
    assert_non_null(strstr(err.message, "/nonexistent/folder"));
    assert_non_null(strstr(err.message, "TMPDIR"));
    wh_spill_set_free(filling.set);
    assert_int_equal(atomic_load(&budget.used), 0);
}

static void a_full_disk_is_an_error_that_says_so(void **state)
{
    (void)state;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_budget budget;
    wh_budget_init(&budget, 1);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit small = {.rlim_cur = 300000, .rlim_max = before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    struct filling filling = {
        .set = new_set(&budget, NULL), .each = 200000, .distinct = UINT64_MAX};
    assert_int_equal(wh_crew_run(1, fill, &filling, &err), WH_IO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, handler);
    assert_non_null(strstr(err.message, "cannot grow"));
    wh_spill_set_free(filling.set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts_what_fits_in_memory),
        cmocka_unit_test(spills_what_the_budget_refuses),
        cmocka_unit_test(spills_above_its_own_limit_whatever_the_budget_has),
        cmocka_unit_test(equal_hashes_stay_together),
        cmocka_unit_test(an_empty_set_has_empty_partitions),
        cmocka_unit_test(a_record_may_be_a_hash_alone),
        cmocka_unit_test(a_folder_that_is_missing_is_named),
        cmocka_unit_test(a_full_disk_is_an_error_that_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
