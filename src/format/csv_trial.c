/* SPDX-License-Identifier: Apache-2.0 */
#include "format/csv_trial.h"

#include "base/error.h"
#include "format/csv_internal.h"

/* A record that goes on for so many lines at the sample's end is one whose quote is not closed. */
#define MAX_OPEN_LINES 20

/* With more malformed records than these, and than others, the dialect is another one. */
#define MAX_MALFORMED 30

/* ---- what cells look like -------------------------------------------------------------------- */

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_alpha(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/* Bytes of numbers and of times that are no digits. */
static bool only_digits_and(struct wh_str cell, const char *others)
{
    for (size_t i = 0; i < cell.len; i++) {
        if (!is_digit(cell.ptr[i]) && (cell.ptr[i] == '\0' || strchr(others, cell.ptr[i]) == NULL))
            return false;
    }
    return true;
}

static size_t count_byte(struct wh_str cell, char byte)
{
    size_t count = 0;
    for (size_t i = 0; i < cell.len; i++)
        count += cell.ptr[i] == byte;
    return count;
}

static size_t count_digits(struct wh_str cell)
{
    size_t count = 0;
    for (size_t i = 0; i < cell.len; i++)
        count += is_digit(cell.ptr[i]);
    return count;
}

static bool looks_like_time(struct wh_str cell)
{
    if (count_digits(cell) < 3 || cell.len > 40 || !is_digit(cell.ptr[0]))
        return false;
    size_t marks = count_byte(cell, '-') + count_byte(cell, '/') + count_byte(cell, ':');
    return (marks >= 2 || count_byte(cell, ':') == 1 || count_byte(cell, '.') == 2) &&
           only_digits_and(cell, "-/:. TZ+,");
}

static bool looks_like_number(struct wh_str cell)
{
    struct wh_str rest = cell;
    if (rest.len > 0 && (rest.ptr[0] == '-' || rest.ptr[0] == '+'))
        rest = wh_str_make(rest.ptr + 1, rest.len - 1);
    if (rest.len > 0 && rest.ptr[rest.len - 1] == '%')
        rest.len--;
    size_t digits = count_digits(rest);
    if (digits == 0 || rest.len > 60 || !only_digits_and(rest, ".,eE+- '"))
        return false;
    size_t points = count_byte(rest, '.');
    size_t commas = count_byte(rest, ',');
    bool has_exponent = count_byte(rest, 'e') + count_byte(rest, 'E') <= 1;
    return has_exponent && (points <= 1 || commas <= 1) && count_byte(rest, '-') <= 1 &&
           count_byte(rest, ' ') <= 4 && is_digit(rest.ptr[rest.len - 1]) &&
           (is_digit(rest.ptr[0]) || rest.ptr[0] == '.');
}

enum wh_csv_look wh_csv_look_of(struct wh_str cell)
{
    struct wh_str trimmed = wh_str_trim(cell);
    if (trimmed.len == 0)
        return WH_CSV_LOOK_EMPTY;
    if (looks_like_time(trimmed))
        return WH_CSV_LOOK_TIME;
    return looks_like_number(trimmed) ? WH_CSV_LOOK_NUMBER : WH_CSV_LOOK_TEXT;
}

/* True where the cell has @p quote at both ends. */
static bool is_enclosed(struct wh_str cell, char quote)
{
    struct wh_str trimmed = wh_str_trim(cell);
    return trimmed.len >= 2 && trimmed.ptr[0] == quote && trimmed.ptr[trimmed.len - 1] == quote;
}

/* True where an unquoted cell looks as if another delimiter, quote or escape had a say in it. */
static bool is_clean(struct wh_str cell)
{
    if (wh_csv_look_of(cell) != WH_CSV_LOOK_TEXT)
        return true;
    struct wh_str trimmed = wh_str_trim(cell);
    char first = trimmed.ptr[0];
    char last = trimmed.ptr[trimmed.len - 1];
    if (first == '"' || first == '\'' || last == '"' || last == '\'' || last == '\\')
        return false;
    for (size_t i = 0; i < cell.len; i++) {
        char byte = cell.ptr[i];
        if (byte == ';' || byte == '\t' || byte == '|')
            return false;
        bool is_in_prose = i + 1 < cell.len && cell.ptr[i + 1] == ' ' && i > 0 &&
                           (is_alpha(cell.ptr[i - 1]) || is_digit(cell.ptr[i - 1]));
        if (byte == ',' && !is_in_prose)
            return false;
    }
    return true;
}

/* True for a text of letters, and of what @p others has. A byte order mark is none: at a file's
 * start it would be taken off. */
static bool is_made_of_letters(struct wh_str text, const char *others)
{
    if (wh_str_starts_with(text, WH_STR("\xEF\xBB\xBF")))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.ptr[i];
        bool is_letter = is_alpha(byte) || ((unsigned char)byte & 0x80) != 0;
        if (!is_letter && (byte == '\0' || strchr(others, byte) == NULL))
            return false;
    }
    return text.len > 0;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static void add_row(struct wh_csv_trial *trial, size_t start, uint64_t lines, size_t cells)
{
    trial->rows[trial->row_count++] =
        (struct wh_csv_trial_row){.start = start, .lines = lines, .cells = cells};
    trial->malformed += cells == 0;
}

static uint64_t lines_between(const struct wh_csv_trial *trial, size_t start, size_t end)
{
    struct wh_csv_lines lines = {0};
    wh_csv_lines_add(&lines, &trial->dialect, wh_str_make(trial->text.ptr + start, end - start));
    return lines.count;
}

/* Whether a record that is not whole is malformed, and not only cut by the sample's end. */
static bool is_open_for_long(const struct wh_csv_trial *trial, size_t start)
{
    return lines_between(trial, start, trial->text.len) > MAX_OPEN_LINES;
}

static bool is_hopeless(const struct wh_csv_trial *trial)
{
    return trial->row_count >= WH_CSV_TRIAL_RECORDS ||
           (trial->malformed > MAX_MALFORMED && trial->malformed * 2 > trial->row_count);
}

/* Takes the record at @p *start; false where there is none. */
static bool take_row(struct wh_csv_trial *trial, bool is_last, size_t *start, uint64_t *lines)
{
    struct wh_csv_scanner scanner = {trial->dialect, &wh_csv_scalar_functions};
    struct wh_csv_scan scan;
    struct wh_csv_record record = {.next = 0};
    uint32_t ends[WH_CSV_ENDS_SLACK];
    wh_csv_scan_start(&scan, &scanner, trial->text, is_last, *start);
    enum wh_csv_found found = wh_csv_scalar_functions.next(&scan, ends, 0, &record);
    size_t next = record.next;
    if (found == WH_CSV_NOTHING || (found == WH_CSV_PARTIAL && !is_open_for_long(trial, *start)))
        return false;
    if (found != WH_CSV_RECORD) {
        bool has_end;
        next = wh_csv_line_next(&trial->dialect, trial->text, *start, true, &has_end);
        add_row(trial, *start, *lines, 0);
    } else if (record.is_comment) {
        trial->comments++;
    } else if (!wh_csv_record_is_blank(&trial->dialect, trial->text.ptr, &record)) {
        add_row(trial, *start, *lines, record.cells);
    }
    *lines += lines_between(trial, *start, next);
    *start = next;
    return true;
}

/* The width of most rows; one cell alone is no sign of a table. */
static void find_width(struct wh_csv_trial *trial, uint32_t *counts)
{
    memset(counts, 0, (WH_FORMAT_MAX_COLUMNS + 1) * sizeof(*counts));
    for (size_t i = 0; i < trial->row_count; i++)
        counts[WH_MIN(trial->rows[i].cells, (size_t)WH_FORMAT_MAX_COLUMNS)]++;
    double best = 0;
    trial->width = 1;
    for (size_t width = 2; width <= WH_FORMAT_MAX_COLUMNS; width++) {
        double weight = (double)counts[width] * (double)(width - 1) / (double)width;
        if (weight > best) {
            best = weight;
            trial->width = width;
        }
    }
}

static size_t count_agreeing(const struct wh_csv_trial *trial, size_t from)
{
    size_t agreeing = 0;
    for (size_t i = from; i < trial->row_count; i++)
        agreeing += trial->rows[i].cells == trial->width;
    return agreeing;
}

/* A row that may stand before a table: much narrower. A record that is not whole is one of the
 * table's, read wrongly, where its first line has delimiters. */
static bool is_narrow_row(const struct wh_csv_trial *trial, size_t row)
{
    size_t start = trial->rows[row].start;
    size_t cells = trial->rows[row].cells;
    if (cells > 0)
        return cells == 1 || cells * 2 <= trial->width;
    bool has_end;
    size_t end = wh_csv_line_next(&trial->dialect, trial->text, start, true, &has_end);
    return memmem(trial->text.ptr + start, end - start, trial->dialect.delimiter_bytes,
                  trial->dialect.delimiter_size) == NULL;
}

/* Rows before the table: few, and much narrower. */
static void find_first(struct wh_csv_trial *trial)
{
    size_t first = 0;
    bool is_narrow = true;
    while (first < trial->row_count &&
           (trial->rows[first].cells != trial->width ||
            (first + 1 < trial->row_count && trial->rows[first + 1].cells != trial->width))) {
        is_narrow &= is_narrow_row(trial, first);
        first++;
    }
    size_t table = trial->row_count - first;
    bool is_table = trial->width > 1 && table >= 3 && table * 2 >= trial->row_count && is_narrow;
    trial->first = is_table ? first : 0;
    trial->agreeing = count_agreeing(trial, trial->first);
}

/* ---- cells ----------------------------------------------------------------------------------- */

/* True where the quotes around a cell protect something. */
static bool is_protected(const struct wh_csv_dialect *dialect, struct wh_str cell)
{
    struct wh_str trimmed = wh_str_trim(cell);
    if (trimmed.len < 3)
        return false;
    struct wh_str inner = wh_str_make(trimmed.ptr + 1, trimmed.len - 2);
    return memchr(inner.ptr, dialect->quote, inner.len) != NULL ||
           memchr(inner.ptr, '\n', inner.len) != NULL ||
           memmem(inner.ptr, inner.len, dialect->delimiter_bytes, dialect->delimiter_size) != NULL;
}

static void add_cell(struct wh_csv_trial *trial, struct wh_str cell)
{
    const struct wh_csv_dialect *dialect = &trial->dialect;
    bool is_quoted = wh_csv_cell_is_quoted(dialect, cell);
    bool is_odd = !is_quoted && (is_enclosed(cell, '"') || is_enclosed(cell, '\''));
    bool is_escaped = !is_quoted && !is_odd && dialect->has_escape && cell.len > 0 &&
                      memchr(cell.ptr, dialect->escape, cell.len) != NULL;
    trial->cells++;
    trial->quoted += is_quoted;
    trial->protecting += is_quoted && is_protected(dialect, cell);
    trial->escaped += is_escaped;
    trial->clean += is_quoted || is_escaped || is_clean(cell);
    trial->enclosed += is_odd;
    trial->opening += !is_quoted && cell.len > 0 && cell.ptr[0] == '"';
    trial->null_marks += wh_str_is(cell, "\\N");
}

/* Words of one column that stand in quotes without need, and others that do not: then the quotes
 * may be text. Writers quote where they must, or a whole column. */
static void add_words(struct wh_csv_trial *trial, size_t column, struct wh_str cell, bool is_first)
{
    struct wh_str trimmed = wh_str_trim(cell);
    bool is_quoted = wh_csv_cell_is_quoted(&trial->dialect, cell) && trimmed.len >= 2;
    if (is_quoted)
        trimmed = wh_str_make(trimmed.ptr + 1, trimmed.len - 2);
    /* Nothing in the one asks for quotes; the other says that its writer has none for texts. */
    if (!is_made_of_letters(trimmed, is_quoted ? "" : " .,;-'"))
        return;
    uint8_t how = is_quoted ? WH_CSV_WORDS_QUOTED : WH_CSV_WORDS_BARE;
    trial->words[column] |= (uint8_t)(is_first ? how << WH_CSV_WORDS_FIRST : how);
}

/* The cells of a row as they stand in the text, in @p cells; their number. */
static size_t raw_cells(const struct wh_csv_trial *trial, size_t row, struct wh_str *cells)
{
    uint32_t ends[WH_CSV_TRIAL_CELLS + WH_CSV_ENDS_SLACK];
    struct wh_csv_scanner scanner = {trial->dialect, &wh_csv_scalar_functions};
    struct wh_csv_scan scan;
    struct wh_csv_record record;
    wh_csv_scan_start(&scan, &scanner, trial->text, true, trial->rows[row].start);
    if (wh_csv_scalar_functions.next(&scan, ends, WH_CSV_TRIAL_CELLS, &record) != WH_CSV_RECORD)
        return 0;
    size_t count = WH_MIN(record.cells, (size_t)WH_CSV_TRIAL_CELLS);
    if (count == record.cells)
        ends[count - 1] =
            (uint32_t)wh_csv_record_text_end(&trial->dialect, trial->text.ptr, &record);
    size_t start = record.start;
    for (size_t i = 0; i < count; i++) {
        cells[i] = wh_str_make(trial->text.ptr + start, ends[i] - start);
        start = (size_t)ends[i] + trial->dialect.delimiter_size;
    }
    return count;
}

wh_code wh_csv_trial_cells(const struct wh_csv_trial *trial, size_t row, struct wh_arena *arena,
                           struct wh_str **ret, size_t *ret_count, struct wh_error *err)
{
    struct wh_str *cells = wh_arena_array(arena, WH_CSV_TRIAL_CELLS, sizeof(*cells));
    if (cells == NULL)
        return wh_error_no_memory(err, WH_CSV_TRIAL_CELLS * sizeof(*cells));
    *ret_count = raw_cells(trial, row, cells);
    for (size_t i = 0; i < *ret_count; i++) {
        size_t len = cells[i].len;
        cells[i] = wh_csv_cell_text(&trial->dialect, cells[i], arena);
        if (cells[i].ptr == NULL)
            return wh_error_no_memory(err, len);
    }
    *ret = cells;
    return WH_OK;
}

double wh_csv_trial_agreement(const struct wh_csv_trial *trial)
{
    size_t table = trial->row_count - trial->first;
    return table > 0 ? (double)trial->agreeing / (double)table : 0;
}

static void weigh(struct wh_csv_trial *trial, struct wh_str *cells)
{
    for (size_t i = trial->first; i < trial->row_count; i++) {
        if (trial->rows[i].cells != trial->width)
            continue;
        size_t count = raw_cells(trial, i, cells);
        for (size_t k = 0; k < count; k++)
            add_cell(trial, cells[k]);
        for (size_t k = 0; k < count; k++)
            add_words(trial, k, cells[k], i == trial->first);
    }
    double agreement = wh_csv_trial_agreement(trial);
    double clean = trial->cells > 0 ? (double)trial->clean / (double)trial->cells : 0;
    double spread = (double)(trial->width - 1) / (double)trial->width;
    trial->score = agreement * agreement * clean * clean * spread;
}

wh_code wh_csv_try(const struct wh_csv_dialect *dialect, struct wh_str text, bool is_last,
                   struct wh_arena *arena, struct wh_csv_trial *ret, struct wh_error *err)
{
    *ret = (struct wh_csv_trial){.dialect = *dialect, .text = text};
    ret->rows = wh_arena_array(arena, WH_CSV_TRIAL_RECORDS, sizeof(*ret->rows));
    struct wh_str *cells = wh_arena_array(arena, WH_CSV_TRIAL_CELLS, sizeof(*cells));
    ret->words = wh_arena_array(arena, WH_CSV_TRIAL_CELLS, sizeof(*ret->words));
    uint32_t *counts = wh_arena_array(arena, WH_FORMAT_MAX_COLUMNS + 1, sizeof(*counts));
    if (ret->rows == NULL || cells == NULL || ret->words == NULL || counts == NULL)
        return wh_error_no_memory(err, WH_CSV_TRIAL_RECORDS * sizeof(*ret->rows));
    memset(ret->words, 0, WH_CSV_TRIAL_CELLS * sizeof(*ret->words));
    size_t start = 0;
    uint64_t lines = 0;
    while (!is_hopeless(ret) && take_row(ret, is_last, &start, &lines))
        continue;
    find_width(ret, counts);
    find_first(ret);
    weigh(ret, cells);
    return WH_OK;
}

bool wh_csv_trial_quotes_without_need(const struct wh_csv_trial *trial, bool has_header)
{
    const unsigned both = WH_CSV_WORDS_QUOTED | WH_CSV_WORDS_BARE;
    for (size_t i = 0; i < WH_CSV_TRIAL_CELLS; i++) {
        unsigned words = trial->words[i];
        if (!has_header)
            words |= words >> WH_CSV_WORDS_FIRST;
        if ((words & both) == both)
            return true;
    }
    return false;
}
