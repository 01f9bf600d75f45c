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

int conformance_run(const char *name, const struct conformance_fixture *fixture)
{
    static const struct conformance_part *const parts[] = {
        &conformance_values, &conformance_writing, &conformance_reading, &conformance_ledger};
    struct CMUnitTest tests[MAX_TESTS];
    size_t count = 0;
    for (size_t i = 0; i < WH_COUNT_OF(parts); i++)
        for (size_t j = 0; j < parts[i]->count && count < MAX_TESTS; j++)
            tests[count++] = parts[i]->tests[j];
    /* cmocka hands a test's initial state on as void *; the suite only reads it. */
    for (size_t i = 0; i < count; i++)
        memcpy(&tests[i].initial_state, &fixture, sizeof(fixture));
    return _cmocka_run_group_tests(name, tests, count, NULL, NULL);
}
