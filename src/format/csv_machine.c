/* SPDX-License-Identifier: Apache-2.0 */
#include "format/csv_machine.h"

/* What one byte does. */
enum step { STEP_INSIDE, STEP_CELL, STEP_RECORD, STEP_MALFORMED };

void wh_csv_machine_init(struct wh_csv_machine *machine, struct wh_csv_dialect dialect,
                         uint64_t record_limit, uint64_t cell_limit)
{
    *machine = (struct wh_csv_machine){
        .dialect = dialect, .record_limit = record_limit, .cell_limit = cell_limit};
}

/*
 * A record that breaks down behind its first line did so because quotes were open at the end of
 * that line. That is what it is rejected for, whatever came later: so its reason depends on its
 * first line alone, and a chunk that ends behind that line gives the same one.
 */
static enum step break_down(struct wh_csv_machine *machine, enum wh_csv_fault fault, uint64_t byte)
{
    bool is_in_first_line = machine->inner_lines == 0;
    machine->fault = is_in_first_line ? fault : WH_CSV_FAULT_UNCLOSED;
    machine->fault_cell = is_in_first_line ? machine->cells : machine->first_line_cell;
    machine->fault_byte = is_in_first_line ? byte : 0;
    return STEP_MALFORMED;
}

/* Ends the cell in hand; the CR of a CR LF is not part of it. */
static void end_cell(struct wh_csv_machine *machine, bool is_at_newline)
{
    uint64_t size = machine->size - machine->cell_start;
    if (is_at_newline && size > 0 && machine->previous == '\r')
        size--;
    if (size > machine->cell_limit && !machine->has_large_cell) {
        machine->has_large_cell = true;
        machine->large_cell = machine->cells;
        machine->large_cell_size = size;
    }
    machine->cells++;
    machine->cell_start = machine->size + 1;
}

static enum step end_or_break(struct wh_csv_machine *machine, char byte)
{
    if (byte == machine->dialect.delimiter)
        return STEP_CELL;
    if (byte == '\n')
        return STEP_RECORD;
    return STEP_MALFORMED;
}

static enum step step_quoted(struct wh_csv_machine *machine, char byte)
{
    if (byte == machine->dialect.quote) {
        machine->state = WH_CSV_QUOTE_SEEN;
    } else if (byte == '\n') {
        if (machine->inner_lines == 0)
            machine->first_line_cell = machine->cells;
        machine->inner_lines++;
    }
    return STEP_INSIDE;
}

static enum step step_behind_quote(struct wh_csv_machine *machine, char byte)
{
    if (machine->state == WH_CSV_RETURN_SEEN)
        return byte == '\n' ? STEP_RECORD : STEP_MALFORMED;
    if (byte == machine->dialect.quote) {
        machine->state = WH_CSV_QUOTED;
        return STEP_INSIDE;
    }
    if (byte == '\r') {
        machine->state = WH_CSV_RETURN_SEEN;
        return STEP_INSIDE;
    }
    return end_or_break(machine, byte);
}

static enum step step_unquoted(struct wh_csv_machine *machine, char byte)
{
    if (byte == machine->dialect.quote) {
        if (machine->state == WH_CSV_UNQUOTED)
            return STEP_MALFORMED;
        machine->state = WH_CSV_QUOTED;
        return STEP_INSIDE;
    }
    machine->state = WH_CSV_UNQUOTED;
    enum step step = end_or_break(machine, byte);
    return step == STEP_MALFORMED ? STEP_INSIDE : step;
}

/* What is wrong where step_unquoted() and step_behind_quote() say MALFORMED. The offending byte of
 * text behind a quote is the one behind it, a CR, too. */
static enum step break_at_byte(struct wh_csv_machine *machine)
{
    uint64_t byte = machine->size - machine->cell_start + 1;
    if (machine->state == WH_CSV_UNQUOTED)
        return break_down(machine, WH_CSV_FAULT_STRAY_QUOTE, byte);
    if (machine->state == WH_CSV_RETURN_SEEN)
        byte--;
    return break_down(machine, WH_CSV_FAULT_BEHIND_QUOTE, byte);
}

static enum step take(struct wh_csv_machine *machine, char byte)
{
    enum step step;
    if (machine->state == WH_CSV_QUOTED)
        step = step_quoted(machine, byte);
    else if (machine->state == WH_CSV_QUOTE_SEEN || machine->state == WH_CSV_RETURN_SEEN)
        step = step_behind_quote(machine, byte);
    else
        step = step_unquoted(machine, byte);

    if (step != STEP_RECORD && machine->size >= machine->record_limit)
        return break_down(machine, WH_CSV_FAULT_RECORD_SIZE, 0);
    if (step == STEP_MALFORMED)
        return break_at_byte(machine);
    if (step != STEP_INSIDE) {
        end_cell(machine, step == STEP_RECORD);
        machine->state = WH_CSV_CELL_START;
    }
    machine->previous = byte;
    machine->size++;
    return step;
}

enum wh_csv_found wh_csv_machine_run(struct wh_csv_machine *machine, struct wh_str text,
                                     uint32_t *ends, size_t capacity, size_t *ret_used)
{
    for (size_t i = 0; i < text.len; i++) {
        uint64_t cell = machine->cells;
        enum step step = take(machine, text.ptr[i]);
        if (step == STEP_INSIDE)
            continue;
        *ret_used = i + 1;
        if (step == STEP_MALFORMED)
            return WH_CSV_MALFORMED;
        if (cell < capacity)
            ends[cell] = (uint32_t)i;
        if (step == STEP_RECORD)
            return WH_CSV_RECORD;
    }
    *ret_used = text.len;
    return WH_CSV_PARTIAL;
}

enum wh_csv_found wh_csv_machine_finish(struct wh_csv_machine *machine)
{
    if (machine->size == 0)
        return WH_CSV_NOTHING;
    if (machine->state == WH_CSV_QUOTED || machine->state == WH_CSV_RETURN_SEEN) {
        if (machine->state == WH_CSV_QUOTED)
            break_down(machine, WH_CSV_FAULT_UNCLOSED, 0);
        else
            break_at_byte(machine);
        return WH_CSV_MALFORMED;
    }
    end_cell(machine, false);
    return WH_CSV_RECORD;
}
