/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/connector.h"

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
