/* SPDX-License-Identifier: Apache-2.0 */
#include "write/compare.h"

#include <math.h>

/* The loop of one kind: `same` is an expression over row. */
#define MARK_DIFFERENT(same)                                                                       \
    for (size_t i = 0; i < selection->count; i++) {                                                \
        uint16_t row = selection->rows[i];                                                         \
        bool a_null = wh_column_is_null(a, row);                                                   \
        bool b_null = wh_column_is_null(b, row);                                                   \
        uint8_t differ = a_null != b_null || (!a_null && !(same));                                 \
        differs[row] |= differ;                                                                    \
        any |= differ;                                                                             \
    }

static bool same_double(double a, double b)
{
    return a == b || (a != a && b != b);
}

static bool same_interval(const struct wh_interval *a, const struct wh_interval *b)
{
    return a->months == b->months && a->days == b->days && a->microseconds == b->microseconds;
}

static bool same_numeric(const struct wh_numeric *a, const struct wh_numeric *b)
{
    if (a->form == WH_NUMERIC_SMALL && b->form == WH_NUMERIC_SMALL && a->scale == b->scale)
        return a->value.coefficient == b->value.coefficient;
    return wh_numeric_compare(a, b) == 0;
}

bool wh_columns_differ(const struct wh_column *a, const struct wh_column *b,
                       const struct wh_selection *selection, uint8_t *differs)
{
    uint8_t any = 0;
    switch (a->type.kind) {
    case WH_KIND_NULL:
        break;
    case WH_KIND_BOOL:
        MARK_DIFFERENT(a->values.bools[row] == b->values.bools[row])
        break;
    case WH_KIND_INT:
    case WH_KIND_TIME:
    case WH_KIND_TIMESTAMP:
    case WH_KIND_TIMESTAMPTZ:
        MARK_DIFFERENT(a->values.ints[row] == b->values.ints[row])
        break;
    case WH_KIND_FLOAT:
        MARK_DIFFERENT(same_double(a->values.floats[row], b->values.floats[row]))
        break;
    case WH_KIND_DATE:
        MARK_DIFFERENT(a->values.dates[row] == b->values.dates[row])
        break;
    case WH_KIND_NUMERIC:
        MARK_DIFFERENT(same_numeric(&a->values.numerics[row], &b->values.numerics[row]))
        break;
    case WH_KIND_INTERVAL:
        MARK_DIFFERENT(same_interval(&a->values.intervals[row], &b->values.intervals[row]))
        break;
    case WH_KIND_TEXT:
    case WH_KIND_BYTES:
        MARK_DIFFERENT(wh_str_equal(a->values.texts[row], b->values.texts[row]))
        break;
    }
    return any != 0;
}

static bool same_double_text(double a, double b)
{
    return same_double(a, b) && (a != a || signbit(a) == signbit(b));
}

static bool same_numeric_text(const struct wh_numeric *a, const struct wh_numeric *b)
{
    return same_numeric(a, b) && a->scale == b->scale;
}

bool wh_columns_read_differently(const struct wh_column *a, const struct wh_column *b,
                                 const struct wh_selection *selection, uint8_t *differs)
{
    uint8_t any = 0;
    if (a->type.kind == WH_KIND_FLOAT)
        MARK_DIFFERENT(same_double_text(a->values.floats[row], b->values.floats[row]))
    else if (a->type.kind == WH_KIND_NUMERIC)
        MARK_DIFFERENT(same_numeric_text(&a->values.numerics[row], &b->values.numerics[row]))
    else
        return wh_columns_differ(a, b, selection, differs);
    return any != 0;
}
