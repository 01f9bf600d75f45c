/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/connector.h"

size_t wh_table_find_column(const struct wh_table_info *table, struct wh_str name)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (wh_str_equal(table->columns[i].name, name))
            return i;
    }
    return SIZE_MAX;
}
