/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/crew.h"
#include "data/hash.h"
#include "spill/set.h"

enum { WORKERS = 4, EACH = 20000 };

struct record {
    uint64_t hash;
    uint64_t number;
};

static int compare_records(const void *a, const void *b)
{
    const struct record *x = a;
    const struct record *y = b;
    return (x->hash > y->hash) - (x->hash < y->hash);
}

static wh_code fill(void *ctx, unsigned worker, struct wh_error *err)
{
    struct wh_spill_set *set = ctx;
    struct wh_spill_filler *filler = NULL;
    wh_code rc = wh_spill_filler_open(set, &filler, err);
    for (uint64_t i = 0; rc == WH_OK && i < EACH; i++) {
        struct record record = {.number = worker * EACH + i};
        struct wh_str bytes = wh_str_make((const char *)&record.number, sizeof(record.number));
        record.hash = wh_hash_bytes(bytes, 1);
        rc = wh_spill_filler_add(filler, &record, 1, err);
    }
    wh_code closed = wh_spill_filler_close(filler, err);
    return rc == WH_OK ? closed : rc;
}

/* Four workers fill a set that hardly fits its budget; all of theirs is there, once. */
static void fill_within(size_t limit)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_budget budget;
    struct wh_spill_set *set = NULL;
    bool seen[WORKERS * EACH] = {false};
    wh_budget_init(&budget, limit);
    struct wh_spill_options options = {.record_size = sizeof(struct record), .budget = &budget};
    assert_int_equal(wh_spill_set_new(&options, &set, &err), WH_OK);
    assert_int_equal(wh_crew_run(WORKERS, fill, set, &err), WH_OK);
    assert_int_equal(wh_spill_set_count(set), WORKERS * EACH);
    for (size_t i = 0; i < wh_spill_partition_count(set); i++) {
        void *loaded = NULL;
        size_t count = 0;
        assert_int_equal(wh_spill_partition_load(set, i, compare_records, &loaded, &count, &err),
                         WH_OK);
        const struct record *records = loaded;
        for (size_t j = 0; j < count; j++) {
            assert_false(seen[records[j].number]);
            seen[records[j].number] = true;
        }
    }
    for (size_t i = 0; i < WORKERS * EACH; i++)
        assert_true(seen[i]);
    wh_spill_set_free(set);
    assert_int_equal(atomic_load(&budget.used), 0);
}

static void workers_fill_one_set_in_memory(void **state)
{
    (void)state;
    fill_within(0);
}

static void workers_fill_one_set_on_disk(void **state)
{
    (void)state;
    fill_within(1 << 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workers_fill_one_set_in_memory),
        cmocka_unit_test(workers_fill_one_set_on_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
