/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a kernel is given and how it gives back: one call of an operation over a batch.
 *
 * A kernel reads its inputs at the selection's rows and writes the result there. A constant input
 * has one value: `row & mask` is its index at every row, so kernels need no second version. Unless
 * the operation sees NULL, no input is NULL at a row of the selection.
 */
#ifndef WH_CONVERT_KERNEL_H
#define WH_CONVERT_KERNEL_H

#include <string.h>

#include "base/cancel.h"
#include "base/error.h"
#include "convert/node.h"

/** A column, or one constant value for all rows. */
struct wh_operand {
    struct wh_column column;
    size_t mask; /* row & mask is the index of the row's value: all ones, or 0 for a constant */
};

struct wh_call {
    const struct wh_node *node;
    const struct wh_operand *inputs;
    struct wh_selection selection;
    struct wh_column *result;
    uint64_t *bitmap;         /* the result's validity, once it needs one */
    struct wh_arena *arena;   /* for what the result's values point to */
    struct wh_arena *scratch; /* gone when the evaluation is through */
    struct wh_faults *faults;
    const struct wh_cancel *cancel; /* may be NULL */
    int64_t now;
    size_t made; /* bytes of text made in this call, for the limit */
    struct wh_error *err;
};

/** At most so many bytes in one text that a function makes, and in all of them in one batch. */
#define WH_TEXT_MAX_BYTES ((size_t)64 << 20)
#define WH_TEXT_MAX_BATCH_BYTES ((size_t)256 << 20)

static inline bool wh_operand_is_null(const struct wh_operand *operand, size_t row)
{
    return wh_column_is_null(&operand->column, row & operand->mask);
}

static inline bool wh_bool_at(const struct wh_operand *operand, size_t row)
{
    return operand->column.values.bools[row & operand->mask] != 0;
}

static inline int64_t wh_int_at(const struct wh_operand *operand, size_t row)
{
    return operand->column.values.ints[row & operand->mask];
}

static inline double wh_float_at(const struct wh_operand *operand, size_t row)
{
    return operand->column.values.floats[row & operand->mask];
}

static inline int32_t wh_date_at(const struct wh_operand *operand, size_t row)
{
    return operand->column.values.dates[row & operand->mask];
}

static inline const struct wh_numeric *wh_numeric_at(const struct wh_operand *operand, size_t row)
{
    return &operand->column.values.numerics[row & operand->mask];
}

static inline const struct wh_interval *wh_interval_at(const struct wh_operand *operand, size_t row)
{
    return &operand->column.values.intervals[row & operand->mask];
}

static inline struct wh_str wh_text_at(const struct wh_operand *operand, size_t row)
{
    return operand->column.values.texts[row & operand->mask];
}

/** Without the trailing spaces, which are no part of a char(n)'s value. */
static inline struct wh_str wh_unpadded(struct wh_str text)
{
    while (text.len > 0 && text.ptr[text.len - 1] == ' ')
        text.len--;
    return text;
}

/** Makes the result NULL at @p row. */
static inline void wh_call_set_null(struct wh_call *call, size_t row)
{
    if (call->result->validity == NULL) {
        memset(call->bitmap, 0xff, WH_BATCH_ROWS / 8);
        call->result->validity = call->bitmap;
    }
    wh_column_set_null(call->result, row);
}

/** Records what is wrong with @p row, which becomes NULL; the first fault of a row stays. */
void wh_call_fault(struct wh_call *call, size_t row, enum wh_fault fault);

/** wh_call_fault() where @p fault is one. */
static inline void wh_call_check(struct wh_call *call, size_t row, enum wh_fault fault)
{
    if (WH_UNLIKELY(fault != WH_FAULT_NONE))
        wh_call_fault(call, row, fault);
}

/** Runs the body for each row of the selection, as `row`. */
#define WH_EACH_ROW(call, row)                                                                     \
    for (size_t wh_at_ = 0, row;                                                                   \
         wh_at_ < (call)->selection.count && (row = (call)->selection.rows[wh_at_], true);         \
         wh_at_++)

/** The same where one value may take long: it ends, and with it the evaluation,
 *  once that is asked. */
#define WH_EACH_DEAR_ROW(call, row)                                                                \
    for (size_t wh_at_ = 0, row; wh_at_ < (call)->selection.count &&                               \
                                 !wh_cancel_asked((call)->cancel, WH_CANCEL_AFTER_GROUP) &&        \
                                 (row = (call)->selection.rows[wh_at_], true);                     \
         wh_at_++)

/** Reserves @p size bytes for the result's texts. */
WH_MUST_CHECK wh_code wh_call_bytes(struct wh_call *call, size_t size, char **ret);

/** Room for one text of @p size bytes; NULL, with a fault at @p row, above the limits. */
char *wh_call_room(struct wh_call *call, size_t row, size_t size);

#endif
