/* SPDX-License-Identifier: Apache-2.0 */
#include "format_batch.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

void assert_cell(const struct wh_batch *batch, size_t row, size_t column, const char *text)
{
    assert_true(row < batch->row_count);
    const struct wh_column *cells = &batch->columns[column];
    bool is_null = wh_column_is_null(cells, row);
    if (is_null != (text == NULL))
        fail_msg("cell %zu of row %zu is %s NULL", column, row, is_null ? "" : "not");
    if (text != NULL && !wh_str_is(cells->values.texts[row], text))
        fail_msg("cell %zu of row %zu is '%.*s' and not '%s'", column, row,
                 WH_FMT(cells->values.texts[row]), text);
}

void assert_bad(const struct wh_batch *batch, size_t index, const char *reason, const char *raw,
                uint64_t line)
{
    assert_true(index < batch->bad_count);
    const struct wh_bad_record *bad = &batch->bad[index];
    if (!wh_str_is(bad->reason, reason))
        fail_msg("reason '%.*s' and not '%s'", WH_FMT(bad->reason), reason);
    if (raw != NULL && !wh_str_is(bad->raw, raw))
        fail_msg("raw '%.*s' and not '%s'", WH_FMT(bad->raw), raw);
    assert_int_equal(bad->position.line, line);
}
