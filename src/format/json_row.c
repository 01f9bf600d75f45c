/* SPDX-License-Identifier: Apache-2.0 */
/** The rare cases of filling a row: NULL, and members that no column is for. */
#include "format/json_row.h"

#include "base/error.h"
#include "data/json_text.h"

static bool fail_memory(struct wh_json_scan *scan)
{
    return wh_json_fail(scan, WH_JSON_FAULT_MEMORY, scan->at);
}

bool wh_json_row_put_null(struct wh_json_scan *scan, struct wh_json_row *row, uint32_t column)
{
    struct wh_column *values = &row->columns[column];
    if (wh_column_need_validity(values, row->arena, NULL) != WH_OK)
        return fail_memory(scan);
    wh_column_set_null(values, row->row);
    row->met_columns++;
    return true;
}

/* The next node in a walk over all below @p root, parents first. */
static uint32_t next_below(const struct wh_json_shape *shape, uint32_t index, uint32_t root)
{
    if (shape->nodes[index].first_child != WH_JSON_NO_NODE)
        return shape->nodes[index].first_child;
    while (index != root && shape->nodes[index].next == WH_JSON_NO_NODE)
        index = shape->nodes[index].parent;
    return index == root ? WH_JSON_NO_NODE : shape->nodes[index].next;
}

bool wh_json_row_null_below(struct wh_json_scan *scan, struct wh_json_row *row, uint32_t parent)
{
    for (uint32_t index = next_below(row->shape, parent, parent); index != WH_JSON_NO_NODE;
         index = next_below(row->shape, index, parent)) {
        row->met[index] = row->record;
        uint32_t column = row->shape->nodes[index].column;
        if (column != WH_JSON_NO_NODE && !wh_json_row_put_null(scan, row, column))
            return false;
    }
    return true;
}

static wh_code append_member(struct wh_buf *rest, struct wh_str member)
{
    if (rest->ptr[rest->len - 1] != '{')
        WH_TRY(wh_buf_append_byte(rest, ',', NULL));
    return wh_buf_append_str(rest, member, NULL);
}

bool wh_json_row_take_unknown(struct wh_json_scan *scan, struct wh_json_row *row,
                              const struct wh_json_string *name, const char *start)
{
    if (row->rest != NULL) {
        struct wh_str member = wh_str_make(start, (size_t)(scan->at - start));
        return append_member(row->rest, member) == WH_OK || fail_memory(scan);
    }
    if (row->ignores_unknown) {
        row->ignored++;
        return true;
    }
    struct wh_str plain = wh_json_unescape(name, scan->scratch);
    if (plain.ptr == NULL)
        return fail_memory(scan);
    scan->fault_name = plain;
    return wh_json_fail(scan, WH_JSON_FAULT_UNKNOWN, start);
}

bool wh_json_row_open_rest(struct wh_json_scan *scan, struct wh_json_row *row, uint32_t index,
                           size_t *ret_mark)
{
    *ret_mark = row->rest->len;
    bool is_open = append_member(row->rest, WH_STR_NONE) == WH_OK &&
                   wh_json_append_text(row->rest, row->shape->nodes[index].name, NULL) == WH_OK &&
                   wh_buf_append_str(row->rest, WH_STR(":{"), NULL) == WH_OK;
    return is_open || fail_memory(scan);
}

bool wh_json_row_close_rest(struct wh_json_scan *scan, struct wh_json_row *row, size_t mark)
{
    if (row->rest->ptr[row->rest->len - 1] == '{') {
        row->rest->len = mark;
        return true;
    }
    return wh_buf_append_byte(row->rest, '}', NULL) == WH_OK || fail_memory(scan);
}
