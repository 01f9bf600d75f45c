/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/rows.h"

#include "base/error.h"

/* A column that was dropped since moves those behind it: values would go into the wrong ones. */
static bool is_as_planned(const struct wh_writer_request *request,
                          const struct wh_table_info *table, size_t index)
{
    if (index >= table->column_count)
        return false;
    const struct wh_column_info *now = &table->columns[index];
    const struct wh_column_info *before =
        request->planned != NULL ? &request->planned->columns[index] : now;
    return wh_str_equal(now->name, before->name) && now->type.kind == before->type.kind;
}

wh_code wh_writer_check_columns(const struct wh_writer_request *request,
                                const struct wh_table_info *table, struct wh_error *err)
{
    for (size_t i = 0; i < request->column_count; i++) {
        if (!is_as_planned(request, table, request->columns[i]))
            return wh_error_set(err, WH_INVALID,
                                "the columns of '%.*s' are not what they were when the run was "
                                "planned",
                                WH_FMT(table->name));
        const struct wh_column_info *column = &table->columns[request->columns[i]];
        if (column->is_generated)
            return wh_error_set(err, WH_INVALID,
                                "column '%.*s' of '%.*s' is generated and cannot be written",
                                WH_FMT(column->name), WH_FMT(table->name));
    }
    for (size_t i = 0; i < request->match_count; i++)
        WH_ASSERT(request->match[i] < request->column_count, err);
    return WH_OK;
}

static bool matches(const struct wh_writer_request *request, size_t column)
{
    for (size_t i = 0; i < request->match_count; i++)
        if (request->columns[request->match[i]] == column)
            return true;
    return false;
}

static bool matches_all(const struct wh_writer_request *request, const struct wh_key_info *key)
{
    for (size_t i = 0; i < key->column_count; i++)
        if (!matches(request, key->columns[i]))
            return false;
    return key->column_count == request->match_count;
}

bool wh_writer_matches_key(const struct wh_writer_request *request,
                           const struct wh_table_info *table)
{
    for (size_t i = 0; i < table->key_count; i++)
        if (matches_all(request, &table->keys[i]))
            return true;
    return false;
}

static bool is_before(const struct wh_odd_value *odd, size_t row, size_t column)
{
    return odd->row < row || (odd->row == row && odd->column < column);
}

const struct wh_odd_value *wh_found_odd(const struct wh_found *found, size_t row, size_t column)
{
    size_t low = 0;
    size_t high = found->odd_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (is_before(&found->odd[middle], row, column))
            low = middle + 1;
        else
            high = middle;
    }
    if (low == found->odd_count)
        return NULL;
    const struct wh_odd_value *odd = &found->odd[low];
    return odd->row == row && odd->column == column ? odd : NULL;
}
