/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/writer/attempt.h"

#include "connect/postgres/writer/refusal.h"

/* Where rows are refused, what is tried together becomes fewer, down to this. */
#define LEAST_TOGETHER ((size_t)16)

/** A trigger may alter each row; and each of an UPDATE's rows may want what another one has. */
static size_t least_together(const struct wh_attempt *attempt)
{
    bool may_all_be_bad =
        attempt->writer->table.info.has_triggers || !wh_attempt_is_insert(attempt);
    return may_all_be_bad ? 1 : LEAST_TOGETHER;
}

void wh_attempt_shorten(struct wh_attempt *attempt)
{
    size_t bad = attempt->bad_place;
    if (bad == attempt->at)
        attempt->end = attempt->at + 1;
    else if (bad < attempt->end)
        attempt->end = bad;
    else
        attempt->end = attempt->at + (attempt->end - attempt->at) / 2;
}

void wh_attempt_begin(struct wh_attempt *attempt)
{
    size_t *together = &attempt->writer->together;
    *together = WH_MAX(*together, least_together(attempt));
    attempt->end = attempt->at + WH_MIN(wh_attempt_row_count(attempt) - attempt->at, *together);
}

void wh_attempt_lengthen(struct wh_attempt *attempt, size_t tried)
{
    size_t left = wh_attempt_row_count(attempt) - attempt->at;
    if (attempt->bad_place == attempt->at)
        attempt->end = attempt->at + 1;
    else if (attempt->is_cut)
        wh_attempt_begin(attempt);
    else
        attempt->end = attempt->at + WH_MIN(left, WH_MIN(tried * 2, attempt->writer->together));
}

void wh_attempt_learn(const struct wh_attempt *attempt, size_t tried, bool was_refused)
{
    size_t *together = &attempt->writer->together;
    size_t *passed = &attempt->writer->passed;
    if (was_refused && tried > 1) {
        *together = WH_MAX(WH_MIN(*together, tried) / 4, least_together(attempt));
        *passed = 0;
    } else if (!was_refused && (tried == *together || attempt->is_cut)) {
        *passed += tried;
    }
    if (*passed >= *together) {
        *together = WH_MIN(*together * 2, (size_t)WH_INSERT_ROWS);
        *passed = 0;
    }
}

void wh_attempt_cut(struct wh_attempt *attempt)
{
    attempt->is_cut = false;
    if (!wh_attempt_is_insert(attempt))
        return;
    size_t first = wh_postgres_first_absent(attempt->writer, attempt->at, attempt->end);
    attempt->is_cut = first < attempt->end;
    attempt->end = WH_MAX(WH_MIN(first, attempt->end), attempt->at + 1);
}
