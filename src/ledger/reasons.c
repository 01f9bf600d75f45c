/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/reasons.h"

#include <stdlib.h>

#include "base/error.h"
#include "ledger/names.h"
#include "ledger/statements.h"

enum { REASON_COLUMNS = 9 };

struct wh_str wh_reason_sqlstate(const struct wh_failure_record *failure)
{
    return wh_str_is(failure->stage, "write") ? failure->sqlstate : WH_STR_NONE;
}

static int compare_reasons(const void *a, const void *b)
{
    const struct wh_reason_count *x = a;
    const struct wh_reason_count *y = b;
    if (x->items != y->items)
        return x->items < y->items ? 1 : -1;
    int order = wh_str_compare(x->stage, y->stage);
    if (order == 0)
        order = wh_str_compare(x->column, y->column);
    if (order == 0)
        order = wh_str_compare(x->rule, y->rule);
    return order != 0 ? order : wh_str_compare(x->sqlstate, y->sqlstate);
}

void wh_reasons_sort(struct wh_reason_count *reasons, size_t count)
{
    if (count > 1)
        qsort(reasons, count, sizeof(*reasons), compare_reasons);
}

static wh_code read_reason(const struct wh_param row[REASON_COLUMNS], struct wh_arena *arena,
                           struct wh_reason_count *ret, struct wh_error *err)
{
    struct wh_str *const texts[REASON_COLUMNS - 2] = {
        &ret->stage,           &ret->rule,          &ret->column,     &ret->sqlstate,
        &ret->example_message, &ret->example_place, &ret->example_key};
    ret->status = wh_item_status_from(wh_bytes_of(&row[0]));
    ret->items = (uint64_t)row[1].number;
    for (size_t i = 0; i < WH_COUNT_OF(texts); i++)
        WH_TRY(wh_copy_bytes_of(&row[i + 2], arena, texts[i], err));
    return WH_OK;
}

wh_code wh_ledger_reasons(struct wh_ledger *ledger, int64_t run, struct wh_str item,
                          struct wh_arena *arena, struct wh_reason_count **ret, size_t *ret_count,
                          struct wh_error *err)
{
    struct wh_param params[] = {wh_param_int(run), wh_param_text(item)};
    struct wh_param row[REASON_COLUMNS];
    struct wh_reason_count *reasons = NULL;
    size_t count = 0;
    WH_TRY(wh_ledger_execute(ledger, WH_SQL_REASONS, params, WH_COUNT_OF(params), err));
    wh_code rc;
    while ((rc = wh_ledger_next(ledger, WH_SQL_REASONS, row, WH_COUNT_OF(row), err)) == WH_OK) {
        reasons = wh_grow_array(arena, reasons, count, sizeof(*reasons));
        if (reasons == NULL)
            return wh_error_no_memory(err, count * sizeof(*reasons));
        WH_TRY(read_reason(row, arena, &reasons[count++], err));
    }
    wh_reasons_sort(reasons, count);
    *ret = reasons;
    *ret_count = count;
    return rc == WH_END ? WH_OK : rc;
}
