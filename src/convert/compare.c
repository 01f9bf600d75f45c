/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/compare.h"

#include <math.h>

#include "data/datetime.h"

/* ---- one pair of values --------------------------------------------------------------------- */

#define THREE_WAY(a, b) (((a) > (b)) - ((a) < (b)))

static int compare_bool(const struct wh_column *a, size_t a_row, const struct wh_column *b,
                        size_t b_row)
{
    return THREE_WAY(a->values.bools[a_row], b->values.bools[b_row]);
}

static int compare_int(const struct wh_column *a, size_t a_row, const struct wh_column *b,
                       size_t b_row)
{
    return THREE_WAY(a->values.ints[a_row], b->values.ints[b_row]);
}

static int compare_date(const struct wh_column *a, size_t a_row, const struct wh_column *b,
                        size_t b_row)
{
    return THREE_WAY(a->values.dates[a_row], b->values.dates[b_row]);
}

static int compare_float(const struct wh_column *a, size_t a_row, const struct wh_column *b,
                         size_t b_row)
{
    double left = a->values.floats[a_row];
    double right = b->values.floats[b_row];
    if (isnan(left) || isnan(right))
        return isnan(left) - isnan(right);
    return THREE_WAY(left, right);
}

static int compare_numeric(const struct wh_column *a, size_t a_row, const struct wh_column *b,
                           size_t b_row)
{
    return wh_numeric_compare(&a->values.numerics[a_row], &b->values.numerics[b_row]);
}

static wh_int128 interval_span(const struct wh_interval *interval)
{
    wh_int128 days = (wh_int128)interval->months * 30 + interval->days;
    return days * WH_USECS_PER_DAY + interval->microseconds;
}

static int compare_interval(const struct wh_column *a, size_t a_row, const struct wh_column *b,
                            size_t b_row)
{
    wh_int128 left = interval_span(&a->values.intervals[a_row]);
    wh_int128 right = interval_span(&b->values.intervals[b_row]);
    return THREE_WAY(left, right);
}

static int compare_text(const struct wh_column *a, size_t a_row, const struct wh_column *b,
                        size_t b_row)
{
    return wh_str_compare(a->values.texts[a_row], b->values.texts[b_row]);
}

static int compare_padded(const struct wh_column *a, size_t a_row, const struct wh_column *b,
                          size_t b_row)
{
    return wh_str_compare(wh_unpadded(a->values.texts[a_row]), wh_unpadded(b->values.texts[b_row]));
}

wh_compare *wh_comparison(struct wh_type type)
{
    static wh_compare *const comparisons[WH_KIND_COUNT] = {
        [WH_KIND_NULL] = compare_text,       [WH_KIND_BOOL] = compare_bool,
        [WH_KIND_INT] = compare_int,         [WH_KIND_FLOAT] = compare_float,
        [WH_KIND_NUMERIC] = compare_numeric, [WH_KIND_DATE] = compare_date,
        [WH_KIND_TIME] = compare_int,        [WH_KIND_TIMESTAMP] = compare_int,
        [WH_KIND_TIMESTAMPTZ] = compare_int, [WH_KIND_INTERVAL] = compare_interval,
        [WH_KIND_TEXT] = compare_text,       [WH_KIND_BYTES] = compare_text,
    };
    if (type.kind == WH_KIND_TEXT && type.is_padded)
        return compare_padded;
    return comparisons[type.kind];
}

static int compare_inputs(wh_compare *compare, const struct wh_operand *a,
                          const struct wh_operand *b, size_t row)
{
    return compare(&a->column, row & a->mask, &b->column, row & b->mask);
}

/* ---- operators ------------------------------------------------------------------------------ */

/* What an operator says of a smaller, an equal and a greater left side. */
struct answers {
    uint8_t of[3];
};

static struct answers answers_of(const struct wh_operation *operation)
{
    static const struct {
        const char *name;
        struct answers answers;
    } table[] = {
        {"=", {{0, 1, 0}}},  {"<>", {{1, 0, 1}}}, {"<", {{1, 0, 0}}},
        {"<=", {{1, 1, 0}}}, {">", {{0, 0, 1}}},  {">=", {{0, 1, 1}}},
    };
    size_t i = 0;
    while (i + 1 < WH_COUNT_OF(table) && strcmp(table[i].name, operation->name) != 0)
        i++;
    return table[i].answers;
}

static void compare_ints(struct wh_call *call, struct answers answers)
{
    const struct wh_operand *a = &call->inputs[0];
    const struct wh_operand *b = &call->inputs[1];
    uint8_t *result = call->result->values.bools;
    WH_EACH_ROW(call, row)
    {
        int64_t left = wh_int_at(a, row);
        int64_t right = wh_int_at(b, row);
        result[row] = answers.of[1 + THREE_WAY(left, right)];
    }
}

/* Equality asks for the lengths first: most texts that differ differ there. */
static void compare_equal_texts(struct wh_call *call, struct answers answers)
{
    const struct wh_operand *a = &call->inputs[0];
    const struct wh_operand *b = &call->inputs[1];
    uint8_t *result = call->result->values.bools;
    WH_EACH_ROW(call, row)
    {
        bool is_equal = wh_str_equal(wh_text_at(a, row), wh_text_at(b, row));
        result[row] = answers.of[is_equal];
    }
}

static bool is_order_blind(struct answers answers)
{
    return answers.of[0] == answers.of[2];
}

static wh_code compare_kernel(struct wh_call *call)
{
    struct wh_type type = call->inputs[0].column.type;
    struct answers answers = answers_of(call->node->operation);
    wh_compare *compare = wh_comparison(type);
    if (compare == compare_int) {
        compare_ints(call, answers);
        return WH_OK;
    }
    if (compare == compare_text && is_order_blind(answers)) {
        compare_equal_texts(call, answers);
        return WH_OK;
    }
    WH_EACH_ROW(call, row)
    {
        int order = compare_inputs(compare, &call->inputs[0], &call->inputs[1], row);
        call->result->values.bools[row] = answers.of[1 + THREE_WAY(order, 0)];
    }
    return WH_OK;
}

const struct wh_operation *wh_comparison_operation(struct wh_str name)
{
    static const struct wh_operation operations[] = {
        {.name = "=", .kernel = compare_kernel, .style = WH_STYLE_INFIX},
        {.name = "<>", .kernel = compare_kernel, .style = WH_STYLE_INFIX},
        {.name = "<", .kernel = compare_kernel, .style = WH_STYLE_INFIX},
        {.name = "<=", .kernel = compare_kernel, .style = WH_STYLE_INFIX},
        {.name = ">", .kernel = compare_kernel, .style = WH_STYLE_INFIX},
        {.name = ">=", .kernel = compare_kernel, .style = WH_STYLE_INFIX},
    };
    for (size_t i = 0; i < WH_COUNT_OF(operations); i++) {
        if (wh_str_is(name, operations[i].name))
            return &operations[i];
    }
    return NULL;
}

/* ---- IN ------------------------------------------------------------------------------------- */

/* Lists are short: a shell sort of indexes would be longer than this and no faster. */
void wh_in_list_sort(struct wh_in_list *list)
{
    wh_compare *compare = wh_comparison(list->values.type);
    size_t size = wh_kind_size(list->values.type.kind);
    char *values = list->values.values.any;
    _Alignas(16) char held[sizeof(struct wh_numeric)];
    struct wh_column one = list->values;
    one.values.any = held;
    for (size_t gap = list->count / 2; gap > 0; gap /= 2) {
        for (size_t i = gap; i < list->count; i++) {
            size_t at = i;
            memcpy(held, values + i * size, size);
            for (; at >= gap && compare(&list->values, at - gap, &one, 0) > 0; at -= gap)
                memcpy(values + at * size, values + (at - gap) * size, size);
            memcpy(values + at * size, held, size);
        }
    }
}

static bool is_listed(const struct wh_in_list *list, wh_compare *compare,
                      const struct wh_operand *operand, size_t row)
{
    size_t low = 0;
    size_t high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(&operand->column, row & operand->mask, &list->values, middle);
        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

enum { SHORT_LIST = 8 };

static bool is_in_short_list(const struct wh_in_list *list, struct wh_str text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (wh_str_equal(list->values.values.texts[i], text))
            return true;
    }
    return false;
}

/* What is not found may be equal to a NULL of the list: then the answer is NULL. */
static wh_code in_kernel(struct wh_call *call)
{
    const struct wh_in_list *list = call->node->state;
    const struct wh_operand *operand = &call->inputs[0];
    wh_compare *compare = wh_comparison(list->values.type);
    bool is_short = compare == compare_text && list->count <= SHORT_LIST;
    WH_EACH_ROW(call, row)
    {
        bool found = is_short ? is_in_short_list(list, wh_text_at(operand, row))
                              : is_listed(list, compare, operand, row);
        call->result->values.bools[row] = found;
        if (!found && list->has_null)
            wh_call_set_null(call, row);
    }
    return WH_OK;
}

const struct wh_operation wh_in_operation = {
    .name = "IN", .kernel = in_kernel, .style = WH_STYLE_LIST};

/* ---- values or NULL by comparison ----------------------------------------------------------- */

static void copy_value(struct wh_column *to, size_t row, const struct wh_operand *from)
{
    size_t size = wh_kind_size(to->type.kind);
    memcpy((char *)to->values.any + row * size,
           (const char *)from->column.values.any + (row & from->mask) * size, size);
}

static bool is_distinct(wh_compare *compare, const struct wh_operand *a, const struct wh_operand *b,
                        size_t row)
{
    bool a_is_null = wh_operand_is_null(a, row);
    bool b_is_null = wh_operand_is_null(b, row);
    if (a_is_null || b_is_null)
        return a_is_null != b_is_null;
    return compare_inputs(compare, a, b, row) != 0;
}

static wh_code nullif_texts(struct wh_call *call)
{
    const struct wh_operand *a = &call->inputs[0];
    const struct wh_operand *b = &call->inputs[1];
    struct wh_str *result = call->result->values.texts;
    WH_EACH_ROW(call, row)
    {
        result[row] = wh_text_at(a, row);
        if (wh_operand_is_null(a, row) ||
            (!wh_operand_is_null(b, row) && wh_str_equal(result[row], wh_text_at(b, row))))
            wh_call_set_null(call, row);
    }
    return WH_OK;
}

static wh_code nullif_kernel(struct wh_call *call)
{
    const struct wh_operand *a = &call->inputs[0];
    wh_compare *compare = wh_comparison(a->column.type);
    if (compare == compare_text)
        return nullif_texts(call);
    WH_EACH_ROW(call, row)
    {
        if (wh_operand_is_null(a, row) || !is_distinct(compare, a, &call->inputs[1], row))
            wh_call_set_null(call, row);
        else
            copy_value(call->result, row, a);
    }
    return WH_OK;
}

const struct wh_operation wh_nullif_operation = {
    .name = "nullif", .kernel = nullif_kernel, .sees_null = true};

static wh_code distinct_kernel(struct wh_call *call)
{
    wh_compare *compare = wh_comparison(call->inputs[0].column.type);
    bool is_negated = call->node->operation == &wh_not_distinct_operation;
    WH_EACH_ROW(call, row)
    call->result->values.bools[row] =
        is_distinct(compare, &call->inputs[0], &call->inputs[1], row) != is_negated;
    return WH_OK;
}

const struct wh_operation wh_distinct_operation = {.name = "IS DISTINCT FROM",
                                                   .kernel = distinct_kernel,
                                                   .style = WH_STYLE_INFIX,
                                                   .sees_null = true};
const struct wh_operation wh_not_distinct_operation = {.name = "IS NOT DISTINCT FROM",
                                                       .kernel = distinct_kernel,
                                                       .style = WH_STYLE_INFIX,
                                                       .sees_null = true};

/* The input with the winning value at @p row; NULL where all are NULL. */
static const struct wh_operand *winner(struct wh_call *call, wh_compare *compare, int sign,
                                       size_t row)
{
    const struct wh_operand *best = NULL;
    for (size_t i = 0; i < call->node->input_count; i++) {
        const struct wh_operand *input = &call->inputs[i];
        if (wh_operand_is_null(input, row))
            continue;
        if (best == NULL || compare_inputs(compare, input, best, row) * sign > 0)
            best = input;
    }
    return best;
}

static wh_code extreme_kernel(struct wh_call *call)
{
    wh_compare *compare = wh_comparison(call->inputs[0].column.type);
    int sign = call->node->operation == &wh_greatest_operation ? 1 : -1;
    WH_EACH_ROW(call, row)
    {
        const struct wh_operand *best = winner(call, compare, sign, row);
        if (best == NULL)
            wh_call_set_null(call, row);
        else
            copy_value(call->result, row, best);
    }
    return WH_OK;
}

const struct wh_operation wh_greatest_operation = {
    .name = "greatest", .kernel = extreme_kernel, .sees_null = true};
const struct wh_operation wh_least_operation = {
    .name = "least", .kernel = extreme_kernel, .sees_null = true};

/* ---- booleans and NULL ---------------------------------------------------------------------- */

static wh_code not_kernel(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    call->result->values.bools[row] = !wh_bool_at(&call->inputs[0], row);
    return WH_OK;
}

const struct wh_operation wh_not_operation = {
    .name = "NOT", .kernel = not_kernel, .style = WH_STYLE_PREFIX};

static wh_code is_null_kernel(struct wh_call *call)
{
    bool is_negated = call->node->operation == &wh_is_not_null_operation;
    WH_EACH_ROW(call, row)
    call->result->values.bools[row] = wh_operand_is_null(&call->inputs[0], row) != is_negated;
    return WH_OK;
}

const struct wh_operation wh_is_null_operation = {
    .name = "IS NULL", .kernel = is_null_kernel, .style = WH_STYLE_POSTFIX, .sees_null = true};
const struct wh_operation wh_is_not_null_operation = {
    .name = "IS NOT NULL", .kernel = is_null_kernel, .style = WH_STYLE_POSTFIX, .sees_null = true};

static wh_code bool_test_kernel(struct wh_call *call)
{
    static const uint8_t answers[][3] = {
        /* for false, true, NULL */
        [WH_IS_TRUE] = {0, 1, 0},    [WH_IS_NOT_TRUE] = {1, 0, 1},
        [WH_IS_FALSE] = {1, 0, 0},   [WH_IS_NOT_FALSE] = {0, 1, 1},
        [WH_IS_UNKNOWN] = {0, 0, 1}, [WH_IS_NOT_UNKNOWN] = {1, 1, 0},
    };
    size_t test = (size_t)(call->node->operation - wh_bool_test_operations);
    const struct wh_operand *input = &call->inputs[0];
    WH_EACH_ROW(call, row)
    {
        size_t value = wh_operand_is_null(input, row) ? 2 : wh_bool_at(input, row);
        call->result->values.bools[row] = answers[test][value];
    }
    return WH_OK;
}

#define BOOL_TEST(test_name)                                                                       \
    {                                                                                              \
        .name = (test_name), .kernel = bool_test_kernel, .style = WH_STYLE_POSTFIX,                \
        .sees_null = true                                                                          \
    }

const struct wh_operation wh_bool_test_operations[] = {
    [WH_IS_TRUE] = BOOL_TEST("IS TRUE"),       [WH_IS_NOT_TRUE] = BOOL_TEST("IS NOT TRUE"),
    [WH_IS_FALSE] = BOOL_TEST("IS FALSE"),     [WH_IS_NOT_FALSE] = BOOL_TEST("IS NOT FALSE"),
    [WH_IS_UNKNOWN] = BOOL_TEST("IS UNKNOWN"), [WH_IS_NOT_UNKNOWN] = BOOL_TEST("IS NOT UNKNOWN"),
};
