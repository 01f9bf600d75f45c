/* SPDX-License-Identifier: Apache-2.0 */
#include "format/csv_machine.h"

/* What one byte does. */
enum step {
    STEP_INSIDE,
    STEP_CELL,
    STEP_RECORD,
    STEP_RETURN, /* a CR ends the record, and an LF behind it belongs to it */
    STEP_MALFORMED
};

void wh_csv_machine_init(struct wh_csv_machine *machine, const struct wh_csv_dialect *dialect,
                         uint64_t record_limit, uint64_t cell_limit)
{
    *machine = (struct wh_csv_machine){
        .dialect = *dialect, .record_limit = record_limit, .cell_limit = cell_limit};
}

/*
 * A record that breaks down behind its first line did so because quotes were open at the end of
 * that line. That is what it is rejected for, whatever came later: so its reason depends on its
 * first line alone, and a chunk that ends behind that line gives the same one. Where escapes join
 * lines there are no quotes, and a record is rejected whole.
 */
static enum step break_down(struct wh_csv_machine *machine, enum wh_csv_fault fault, uint64_t byte)
{
    bool is_in_first_line = machine->lines == 0 || !machine->dialect.has_quote;
    machine->fault = is_in_first_line ? fault : WH_CSV_FAULT_UNCLOSED;
    machine->fault_cell = is_in_first_line ? machine->cells : machine->first_line_cell;
    machine->fault_byte = is_in_first_line ? byte : 0;
    return STEP_MALFORMED;
}

/* Ends the cell in hand, @p mark_size - 1 bytes ago; the CR of a CR LF is not part of it. */
static void end_cell(struct wh_csv_machine *machine, bool is_at_newline, size_t mark_size)
{
    uint64_t size = machine->size - machine->cell_start - (mark_size - 1);
    if (is_at_newline && size > 0 && machine->previous == '\r' &&
        machine->dialect.line_end == WH_CSV_LINES_STANDARD)
        size--;
    if (size > machine->cell_limit && !machine->has_large_cell) {
        machine->has_large_cell = true;
        machine->large_cell = machine->cells;
        machine->large_cell_size = size;
    }
    machine->cells++;
    machine->cell_start = machine->size + 1;
    machine->matched = 0;
}

/* A line end may be that of a line inside the record; a CR LF is one. */
static void count_line(struct wh_csv_machine *machine, char byte)
{
    bool takes_return = machine->dialect.line_end == WH_CSV_LINES_ANY;
    if (byte == '\r' && !takes_return)
        return;
    if (byte == '\n' && takes_return && machine->size > 0 && machine->return_at == machine->size)
        return;
    if (byte == '\r')
        machine->return_at = machine->size + 1;
    if (machine->lines++ == 0)
        machine->first_line_cell = machine->cells;
}

static bool is_line_end(const struct wh_csv_machine *machine, char byte)
{
    return byte == '\n' || (byte == '\r' && machine->dialect.line_end == WH_CSV_LINES_ANY);
}

static bool is_space(const struct wh_csv_machine *machine, char byte)
{
    return machine->dialect.may_space_quotes &&
           (byte == ' ' || (byte == '\t' && machine->dialect.delimiter != '\t'));
}

/* ---- outside of quotes ----------------------------------------------------------------------- */

/* What a byte of an unquoted cell ends. */
static enum step end_unquoted(struct wh_csv_machine *machine, char byte)
{
    const struct wh_csv_dialect *dialect = &machine->dialect;
    if (is_line_end(machine, byte))
        return byte == '\n' ? STEP_RECORD : STEP_RETURN;
    if (dialect->delimiter_size == 1)
        return byte == dialect->delimiter ? STEP_CELL : STEP_INSIDE;
    while (machine->matched > 0 && byte != dialect->delimiter_bytes[machine->matched])
        machine->matched = dialect->fallback[machine->matched - 1];
    machine->matched =
        (uint8_t)(machine->matched + (byte == dialect->delimiter_bytes[machine->matched]));
    return machine->matched == dialect->delimiter_size ? STEP_CELL : STEP_INSIDE;
}

static enum step step_unquoted(struct wh_csv_machine *machine, char byte)
{
    const struct wh_csv_dialect *dialect = &machine->dialect;
    if (dialect->has_quote && byte == dialect->quote) {
        if (machine->state == WH_CSV_UNQUOTED)
            return STEP_MALFORMED;
        machine->state = WH_CSV_QUOTED;
        return STEP_INSIDE;
    }
    if (dialect->has_escape && byte == dialect->escape) {
        machine->state = WH_CSV_ESCAPE_SEEN;
        machine->matched = 0;
        return STEP_INSIDE;
    }
    if (machine->state != WH_CSV_UNQUOTED && is_space(machine, byte)) {
        machine->state = WH_CSV_SPACE_SEEN;
        return STEP_INSIDE;
    }
    machine->state = WH_CSV_UNQUOTED;
    return end_unquoted(machine, byte);
}

/* Where there are quotes a line end has its meaning whatever stands before it: so one that is not
 * in quotes ends the record. */
static enum step step_escaped(struct wh_csv_machine *machine, char byte)
{
    machine->state = WH_CSV_UNQUOTED;
    if (machine->dialect.has_quote && (byte == '\n' || byte == '\r'))
        return end_unquoted(machine, byte);
    return STEP_INSIDE;
}

/* ---- quotes ---------------------------------------------------------------------------------- */

static enum step step_quoted(struct wh_csv_machine *machine, char byte)
{
    if (machine->state == WH_CSV_QUOTED_ESCAPE_SEEN)
        machine->state = WH_CSV_QUOTED;
    else if (byte == machine->dialect.quote)
        machine->state = WH_CSV_QUOTE_SEEN;
    else if (machine->dialect.has_escape && byte == machine->dialect.escape)
        machine->state = WH_CSV_QUOTED_ESCAPE_SEEN;
    return STEP_INSIDE;
}

/* A delimiter of several bytes behind a closing quote. */
static enum step step_delimiter(struct wh_csv_machine *machine, char byte)
{
    if (byte != machine->dialect.delimiter_bytes[machine->matched])
        return STEP_MALFORMED;
    machine->matched++;
    machine->state = WH_CSV_DELIMITER_SEEN;
    return machine->matched == machine->dialect.delimiter_size ? STEP_CELL : STEP_INSIDE;
}

static enum step step_behind_quote(struct wh_csv_machine *machine, char byte)
{
    const struct wh_csv_dialect *dialect = &machine->dialect;
    if (machine->state == WH_CSV_RETURN_SEEN)
        return byte == '\n' ? STEP_RECORD : STEP_MALFORMED;
    if (machine->state == WH_CSV_DELIMITER_SEEN)
        return step_delimiter(machine, byte);
    if (byte == dialect->quote && machine->state == WH_CSV_QUOTE_SEEN) {
        machine->state = WH_CSV_QUOTED;
        return STEP_INSIDE;
    }
    if (is_line_end(machine, byte))
        return byte == '\n' ? STEP_RECORD : STEP_RETURN;
    if (byte == '\r' && dialect->line_end == WH_CSV_LINES_STANDARD) {
        machine->state = WH_CSV_RETURN_SEEN;
        return STEP_INSIDE;
    }
    if (is_space(machine, byte)) {
        machine->state = WH_CSV_SPACE_BEHIND;
        return STEP_INSIDE;
    }
    return step_delimiter(machine, byte);
}

/* ---- comments -------------------------------------------------------------------------------- */

static enum step step_mark(struct wh_csv_machine *machine, char byte)
{
    const struct wh_csv_dialect *dialect = &machine->dialect;
    if (byte == dialect->comment[machine->matched]) {
        machine->matched++;
        machine->is_comment = machine->matched == dialect->comment_size;
        machine->state = machine->is_comment ? WH_CSV_COMMENT : WH_CSV_MARK_SEEN;
        return STEP_INSIDE;
    }
    /* No byte of the mark means anything elsewhere: what was seen of it is text. */
    machine->state = machine->matched > 0 ? WH_CSV_UNQUOTED : WH_CSV_CELL_START;
    machine->matched = 0;
    return step_unquoted(machine, byte);
}

static enum step step_comment(const struct wh_csv_machine *machine, char byte)
{
    if (is_line_end(machine, byte))
        return byte == '\n' ? STEP_RECORD : STEP_RETURN;
    return STEP_INSIDE;
}

/* ---- the machine ----------------------------------------------------------------------------- */

static enum step step_by_state(struct wh_csv_machine *machine, char byte)
{
    switch (machine->state) {
    case WH_CSV_CELL_START:
        if (machine->size == 0 && machine->dialect.comment_size > 0)
            return step_mark(machine, byte);
        return step_unquoted(machine, byte);
    case WH_CSV_UNQUOTED:
    case WH_CSV_SPACE_SEEN:
        return step_unquoted(machine, byte);
    case WH_CSV_ESCAPE_SEEN:
        return step_escaped(machine, byte);
    case WH_CSV_QUOTED:
    case WH_CSV_QUOTED_ESCAPE_SEEN:
        return step_quoted(machine, byte);
    case WH_CSV_QUOTE_SEEN:
    case WH_CSV_SPACE_BEHIND:
    case WH_CSV_RETURN_SEEN:
    case WH_CSV_DELIMITER_SEEN:
        return step_behind_quote(machine, byte);
    case WH_CSV_MARK_SEEN:
        return step_mark(machine, byte);
    case WH_CSV_COMMENT:
        return step_comment(machine, byte);
    case WH_CSV_ENDED:
        break;
    }
    return STEP_MALFORMED;
}

/* What is wrong where a step says MALFORMED. The offending byte of text behind a quote is the one
 * behind it, a CR or the beginning of a delimiter, too. */
static enum step break_at_byte(struct wh_csv_machine *machine)
{
    uint64_t byte = machine->size - machine->cell_start + 1;
    if (machine->state == WH_CSV_UNQUOTED)
        return break_down(machine, WH_CSV_FAULT_STRAY_QUOTE, byte);
    if (machine->state == WH_CSV_RETURN_SEEN)
        byte--;
    if (machine->state == WH_CSV_DELIMITER_SEEN)
        byte -= machine->matched;
    return break_down(machine, WH_CSV_FAULT_BEHIND_QUOTE, byte);
}

/* The record is above its limit; where escapes join lines, its end is looked for all the same. */
static enum step break_at_limit(struct wh_csv_machine *machine, enum step step)
{
    if (!wh_csv_dialect_joins_lines(&machine->dialect))
        return break_down(machine, WH_CSV_FAULT_RECORD_SIZE, 0);
    machine->fault = WH_CSV_FAULT_RECORD_SIZE;
    return step;
}

static void end_record(struct wh_csv_machine *machine, enum step step)
{
    bool has_return = step == STEP_RECORD && machine->previous == '\r' &&
                      machine->dialect.line_end == WH_CSV_LINES_STANDARD;
    machine->is_comment |= machine->marker == 2 && machine->size - has_return == 2;
    machine->record_end = machine->size;
    end_cell(machine, step == STEP_RECORD, 1);
    machine->state = step == STEP_RETURN ? WH_CSV_ENDED : WH_CSV_CELL_START;
}

/* A line of \. and nothing else is an end marker. */
static void match_marker(struct wh_csv_machine *machine, char byte)
{
    machine->marker = (uint8_t)(machine->marker + (byte == "\\."[machine->size]));
}

static enum step take(struct wh_csv_machine *machine, char byte)
{
    if (machine->dialect.has_end_marker && machine->size < 2)
        match_marker(machine, byte);
    bool is_escaped = machine->state == WH_CSV_ESCAPE_SEEN && !machine->dialect.has_quote;
    enum step step = step_by_state(machine, byte);
    if ((byte == '\n' || byte == '\r') && step != STEP_MALFORMED)
        count_line(machine, byte);
    bool is_end = step == STEP_RECORD || step == STEP_RETURN;
    if (!is_end && machine->size >= machine->record_limit) {
        step = break_at_limit(machine, step);
        if (step == STEP_MALFORMED)
            return step;
    }
    if (step == STEP_MALFORMED)
        return break_at_byte(machine);
    if (step == STEP_CELL) {
        end_cell(machine, false, machine->dialect.delimiter_size);
        machine->state = WH_CSV_CELL_START;
    } else if (is_end) {
        end_record(machine, step);
    }
    machine->previous = is_escaped ? '\0' : byte;
    machine->size++;
    return step;
}

enum wh_csv_found wh_csv_machine_run(struct wh_csv_machine *machine, struct wh_str text,
                                     uint32_t *ends, size_t capacity, size_t *ret_used)
{
    if (machine->state == WH_CSV_ENDED && text.len > 0) {
        bool is_pair = text.ptr[0] == '\n';
        machine->size += is_pair;
        *ret_used = is_pair;
        return WH_CSV_RECORD;
    }
    for (size_t i = 0; i < text.len; i++) {
        uint64_t cell = machine->cells;
        enum step step = take(machine, text.ptr[i]);
        if (step == STEP_INSIDE)
            continue;
        *ret_used = i + 1;
        if (step == STEP_MALFORMED)
            return WH_CSV_MALFORMED;
        size_t mark = step == STEP_CELL ? machine->dialect.delimiter_size : 1;
        if (cell < capacity)
            ends[cell] = (uint32_t)(i - (mark - 1));
        if (step == STEP_RECORD)
            return WH_CSV_RECORD;
        if (step == STEP_RETURN && i + 1 < text.len) {
            bool is_pair = text.ptr[i + 1] == '\n';
            machine->size += is_pair;
            *ret_used += is_pair;
            return WH_CSV_RECORD;
        }
    }
    *ret_used = text.len;
    return WH_CSV_PARTIAL;
}

enum wh_csv_found wh_csv_machine_finish(struct wh_csv_machine *machine)
{
    if (machine->size == 0)
        return WH_CSV_NOTHING;
    switch (machine->state) {
    case WH_CSV_QUOTED:
    case WH_CSV_QUOTED_ESCAPE_SEEN:
        break_down(machine, WH_CSV_FAULT_UNCLOSED, 0);
        return WH_CSV_MALFORMED;
    case WH_CSV_RETURN_SEEN:
    case WH_CSV_DELIMITER_SEEN:
        break_at_byte(machine);
        return WH_CSV_MALFORMED;
    case WH_CSV_ESCAPE_SEEN:
        if (!machine->dialect.has_quote) {
            if (machine->fault == WH_CSV_FAULT_NONE)
                break_down(machine, WH_CSV_FAULT_ESCAPE, 0);
            return WH_CSV_MALFORMED;
        }
        break;
    case WH_CSV_ENDED:
        return WH_CSV_RECORD;
    case WH_CSV_CELL_START:
    case WH_CSV_UNQUOTED:
    case WH_CSV_SPACE_SEEN:
    case WH_CSV_QUOTE_SEEN:
    case WH_CSV_SPACE_BEHIND:
    case WH_CSV_MARK_SEEN:
    case WH_CSV_COMMENT:
        break;
    }
    end_record(machine, STEP_CELL);
    return WH_CSV_RECORD;
}
