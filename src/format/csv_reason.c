/* SPDX-License-Identifier: Apache-2.0 */
/** Why a record is rejected, in words. */
#include <inttypes.h>

#include "base/error.h"
#include "format/csv_internal.h"

#define MAX_SHOWN_NAME 200

/* "column 'name'", or "cell 12" behind the last column; in @p room. */
static const char *name_cell(const struct wh_csv *csv, uint64_t index, char *room, size_t size)
{
    if (index < csv->column_count) {
        struct wh_str name = csv->names[index];
        name.len = wh_str_utf8_cut(name, MAX_SHOWN_NAME);
        (void)snprintf(room, size, "column '%.*s'", WH_FMT(name));
    } else {
        (void)snprintf(room, size, "cell %" PRIu64, index + 1);
    }
    return room;
}

void wh_csv_judge_init(const struct wh_csv *csv, struct wh_csv_machine *machine)
{
    wh_csv_machine_init(machine, &csv->form.dialect, csv->form.record_limit, csv->form.cell_limit);
}

enum wh_csv_verdict wh_csv_judge(const struct wh_csv_machine *machine, enum wh_csv_found found)
{
    if (found == WH_CSV_PARTIAL)
        return WH_CSV_UNDECIDED;
    if (found == WH_CSV_MALFORMED)
        return wh_csv_dialect_joins_lines(&machine->dialect) ? WH_CSV_BAD_RECORD : WH_CSV_BAD_LINE;
    bool has_large_cell = machine->has_large_cell && !machine->is_comment;
    return has_large_cell || machine->fault != WH_CSV_FAULT_NONE ? WH_CSV_BAD_RECORD
                                                                 : WH_CSV_READABLE;
}

wh_code wh_csv_reason(const struct wh_csv *csv, const struct wh_csv_machine *machine,
                      struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    char room[MAX_SHOWN_NAME + 32];
    const char *cell = name_cell(csv, machine->fault_cell, room, sizeof(room));
    switch (machine->fault) {
    case WH_CSV_FAULT_STRAY_QUOTE:
        return wh_arena_format(arena, ret, err,
                               "%s: a quote inside an unquoted cell, at byte %" PRIu64, cell,
                               machine->fault_byte);
    case WH_CSV_FAULT_BEHIND_QUOTE:
        return wh_arena_format(arena, ret, err,
                               "%s: text behind the closing quote, at byte %" PRIu64, cell,
                               machine->fault_byte);
    case WH_CSV_FAULT_UNCLOSED:
        return wh_arena_format(arena, ret, err,
                               "%s: the quote is not closed in this line, nor rightly behind it",
                               cell);
    case WH_CSV_FAULT_RECORD_SIZE:
        return wh_arena_format(arena, ret, err,
                               "the %s is longer than a record may be (%" PRIu64
                               " bytes; format option 'record')",
                               machine->lines > 1 ? "record" : "line", machine->record_limit);
    case WH_CSV_FAULT_ESCAPE:
        return wh_arena_format(arena, ret, err, "%s: the file ends behind an escape", cell);
    case WH_CSV_FAULT_NONE:
        break;
    }
    WH_ASSERT(machine->has_large_cell, err);
    return wh_arena_format(arena, ret, err,
                           "%s: the cell has %" PRIu64 " bytes, above the limit of %" PRIu64
                           " (limits.cell)",
                           name_cell(csv, machine->large_cell, room, sizeof(room)),
                           machine->large_cell_size, csv->form.cell_limit);
}

wh_code wh_csv_utf8_reason(const struct wh_csv *csv, size_t index, struct wh_str cell,
                           struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    char room[MAX_SHOWN_NAME + 32];
    return wh_format_text_reason(name_cell(csv, index, room, sizeof(room)), cell,
                                 csv->form.encoding, arena, ret, err);
}
