/* SPDX-License-Identifier: Apache-2.0 */
/** The reference scanner: the state machine over one record after another. */
#include "format/csv_machine.h"
#include "format/csv_scan.h"

static enum wh_csv_found scalar_next(struct wh_csv_scan *scan, uint32_t *ends, size_t capacity,
                                     struct wh_csv_record *ret)
{
    struct wh_csv_machine machine;
    wh_csv_machine_init(&machine, &scan->dialect, UINT64_MAX, UINT64_MAX);
    struct wh_str rest = wh_str_make(scan->text + scan->start, scan->len - scan->start);
    if (rest.len == 0)
        return WH_CSV_NOTHING;

    size_t used;
    enum wh_csv_found found = wh_csv_machine_run(&machine, rest, ends, capacity, &used);
    if (found == WH_CSV_PARTIAL && scan->is_last) {
        found = wh_csv_machine_finish(&machine);
        if (found == WH_CSV_RECORD && machine.cells <= capacity)
            ends[machine.cells - 1] = (uint32_t)machine.record_end;
    }
    if (found != WH_CSV_RECORD)
        return found;

    for (size_t i = 0; i < machine.cells && i < capacity; i++)
        ends[i] += (uint32_t)scan->start;
    bool has_line_end = used > machine.record_end;
    *ret = (struct wh_csv_record){.start = scan->start,
                                  .end = scan->start + (size_t)machine.record_end,
                                  .next = scan->start + used,
                                  .cells = (size_t)machine.cells,
                                  .may_span_lines = machine.lines > has_line_end,
                                  .may_double = scan->dialect.has_quote ? UINT64_MAX : 0,
                                  .is_comment = machine.is_comment};
    scan->start = ret->next;
    return WH_CSV_RECORD;
}

static void scalar_count(struct wh_csv_scan *scan, size_t stop, struct wh_csv_count *count)
{
    struct wh_csv_record record;
    uint32_t none[WH_CSV_ENDS_SLACK];
    while (scan->start < stop && scalar_next(scan, none, 0, &record) == WH_CSV_RECORD) {
        if (record.end >= stop || record.next == record.end) {
            scan->start = record.start; /* not before `stop`, or without a line end: next()'s */
            return;
        }
        count->records += !record.is_comment;
        count->comments += record.is_comment;
        count->cells += record.is_comment ? 0 : record.cells;
        count->blank += wh_csv_record_is_blank(&scan->dialect, scan->text, &record);
        count->lines += wh_csv_record_lines(&scan->dialect, scan->text, &record);
    }
}

const struct wh_csv_functions wh_csv_scalar_functions = {
    .name = "scalar", .next = scalar_next, .count = scalar_count};
