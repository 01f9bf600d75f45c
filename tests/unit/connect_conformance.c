/* SPDX-License-Identifier: Apache-2.0 */
#include "connect_conformance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "connect_conformance_bench.h"

#define MAX_TESTS 100

static int run_parts(const char *name, const struct conformance_fixture *fixture,
                     const struct conformance_part *const *parts, size_t part_count)
{
    struct CMUnitTest tests[MAX_TESTS];
    size_t count = 0;
    for (size_t i = 0; i < part_count; i++)
        for (size_t j = 0; j < parts[i]->count && count < MAX_TESTS; j++)
            tests[count++] = parts[i]->tests[j];
    /* cmocka hands a test's initial state on as void *; the suite only reads it. */
    for (size_t i = 0; i < count; i++)
        memcpy(&tests[i].initial_state, &fixture, sizeof(fixture));
    return _cmocka_run_group_tests(name, tests, count, NULL, NULL);
}

int conformance_run(const char *name, const struct conformance_fixture *fixture)
{
    static const struct conformance_part *const parts[] = {
        &conformance_values, &conformance_writing, &conformance_reading, &conformance_ledger};
    return run_parts(name, fixture, parts, WH_COUNT_OF(parts));
}

int conformance_run_whole(const char *name, const struct conformance_fixture *fixture)
{
    static const struct conformance_part *const parts[] = {&conformance_whole, &conformance_ledger};
    bool has_ledger_tests = fixture->endless_query != NULL;
    return run_parts(name, fixture, parts, has_ledger_tests ? 2 : 1);
}
