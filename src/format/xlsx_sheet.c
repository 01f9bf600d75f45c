/* SPDX-License-Identifier: Apache-2.0 */
#include "format/xlsx_sheet.h"

#include <inttypes.h>

#include "base/error.h"
#include "format/xlsx_xml.h"

enum cell_type {
    CELL_NUMBER = 0,
    CELL_SHARED, /* a text, by its number */
    CELL_TEXT,   /* a formula's */
    CELL_INLINE,
    CELL_BOOL,
    CELL_ERROR,
    CELL_MOMENT, /* a date in ISO 8601 */
    CELL_UNKNOWN
};

static const char *const type_names[] = {"n", "s", "str", "inlineStr", "b", "e", "d"};

struct reading {
    struct wh_xlsx_sheet *sheet;
    uint32_t last_row;    /* in hand, or before */
    uint32_t next_column; /* where the next cell may stand */
    bool is_in_data;
    bool is_in_row;
    bool is_in_cell;
    enum cell_type type;
    char type_name[16]; /* of an UNKNOWN one */
    uint64_t style;
    uint32_t column;
    bool has_value;
    bool has_formula;
    bool is_in_inline;   /* <is> */
    bool is_phonetic;    /* <rPh> in it */
    bool is_in_text;     /* <v>, or <t> in <is> */
    struct wh_buf value; /* up to the limit of a cell and a piece */
    uint64_t value_size; /* all of it */
    struct wh_arena scratch;
};

/* ---- places ---------------------------------------------------------------------------------- */

/* "B7" → 1, 7; false where no sheet has such a cell. */
static bool parse_cell(struct wh_str text, uint32_t *ret_column, uint32_t *ret_row)
{
    uint32_t column = 0;
    size_t at = 0;
    for (; at < text.len && at < 4 && text.ptr[at] >= 'A' && text.ptr[at] <= 'Z'; at++)
        column = column * 26 + (uint32_t)(text.ptr[at] - 'A') + 1;
    uint64_t row;
    if (wh_count_parse(wh_str_make(text.ptr + at, text.len - at), &row, NULL) != WH_OK)
        return false;
    *ret_column = column - 1;
    *ret_row = (uint32_t)row;
    return column > 0 && column <= WH_XLSX_MAX_COLUMNS && row > 0 && row <= WH_XLSX_MAX_ROWS;
}

static wh_code start_row(struct reading *reading, const char *const *attributes,
                         struct wh_error *err)
{
    const char *stated = wh_xlsx_attribute(attributes, "r");
    uint64_t row = (uint64_t)reading->last_row + 1;
    if (stated != NULL && wh_count_parse(wh_str_from(stated), &row, NULL) != WH_OK)
        row = 0;
    if (row <= reading->last_row || row > WH_XLSX_MAX_ROWS)
        return wh_error_set(err, WH_INVALID,
                            "row '%s' behind row %" PRIu32 ": rows stand in order, up to %d",
                            stated != NULL ? stated : "", reading->last_row, WH_XLSX_MAX_ROWS);
    reading->last_row = (uint32_t)row;
    reading->next_column = 0;
    reading->is_in_row = true;
    return wh_xlsx_rows_begin(reading->sheet->rows, reading->last_row, err);
}

static wh_code find_place(struct reading *reading, const char *stated, struct wh_error *err)
{
    uint32_t row = reading->last_row;
    reading->column = reading->next_column;
    bool is_cell = stated == NULL || parse_cell(wh_str_from(stated), &reading->column, &row);
    if (!is_cell || row != reading->last_row || reading->column < reading->next_column ||
        reading->column >= WH_XLSX_MAX_COLUMNS)
        return wh_error_set(err, WH_INVALID,
                            "cell '%s' in row %" PRIu32
                            ": cells stand in order, in their own row, up to column XFD",
                            stated != NULL ? stated : "", reading->last_row);
    reading->next_column = reading->column + 1;
    return WH_OK;
}

static wh_code start_cell(struct reading *reading, const char *const *attributes,
                          struct wh_error *err)
{
    const char *type = wh_xlsx_attribute(attributes, "t");
    const char *style = wh_xlsx_attribute(attributes, "s");
    WH_TRY(find_place(reading, wh_xlsx_attribute(attributes, "r"), err));
    reading->type = CELL_NUMBER;
    for (size_t i = 0; type != NULL && i <= WH_COUNT_OF(type_names); i++) {
        reading->type = (enum cell_type)i;
        if (i < WH_COUNT_OF(type_names) && strcmp(type_names[i], type) == 0)
            break;
    }
    (void)snprintf(reading->type_name, sizeof(reading->type_name), "%s", type != NULL ? type : "");
    if (style == NULL || wh_count_parse(wh_str_from(style), &reading->style, NULL) != WH_OK)
        reading->style = 0;
    reading->is_in_cell = true;
    reading->has_value = false;
    reading->has_formula = false;
    reading->value.len = 0;
    reading->value_size = 0;
    return WH_OK;
}

/* ---- values ---------------------------------------------------------------------------------- */

static wh_code reject(struct reading *reading, struct wh_str shown, const char *why,
                      struct wh_error *err)
{
    char room[WH_XLSX_LETTERS_SIZE];
    shown.len = wh_str_utf8_cut(shown, 200);
    return wh_xlsx_rows_reject(reading->sheet->rows, err, "cell %s%" PRIu32 " holds '%.*s', %s",
                               wh_xlsx_letters(reading->column, room), reading->last_row,
                               WH_FMT(shown), why);
}

static bool is_null(const struct wh_format_options *options, struct wh_str text)
{
    if (options->nulls.items == NULL)
        return text.len == 0;
    for (size_t i = 0; i < options->nulls.count; i++)
        if (wh_str_equal(options->nulls.items[i], text))
            return true;
    return false;
}

static wh_code add(struct reading *reading, enum wh_kind kind, struct wh_str text,
                   struct wh_error *err)
{
    struct wh_xlsx_value value = {.type = {.kind = kind}, .text = text};
    return wh_xlsx_rows_add(reading->sheet->rows, reading->column, &value, err);
}

static wh_code add_text(struct reading *reading, struct wh_str text, struct wh_error *err)
{
    return is_null(reading->sheet->options, text) ? WH_OK : add(reading, WH_KIND_TEXT, text, err);
}

static wh_code add_shared(struct reading *reading, struct wh_str stored, struct wh_error *err)
{
    uint64_t index;
    struct wh_str text;
    if (wh_count_parse(wh_str_trim(stored), &index, NULL) != WH_OK ||
        !wh_xlsx_strings_get(reading->sheet->strings, index, &text))
        return reject(reading, stored, "the number of a shared text that is not there", err);
    if (text.len > reading->sheet->options->cell) {
        reading->value_size = text.len;
        return WH_END;
    }
    return add_text(reading, text, err);
}

static enum wh_xlsx_meaning meaning_of(const struct reading *reading)
{
    const struct wh_xlsx_styles *styles = reading->sheet->styles;
    if (reading->style >= styles->count)
        return WH_XLSX_NUMBER;
    return (enum wh_xlsx_meaning)styles->meanings[reading->style];
}

/* Whether such a number is a date, nobody can tell. */
static wh_code reject_style(struct reading *reading, struct wh_str stored, struct wh_error *err)
{
    char room[WH_XLSX_LETTERS_SIZE];
    WH_TRY(wh_xlsx_rows_reject(
        reading->sheet->rows, err, "cell %s%" PRIu32 " has style %" PRIu64 ", which is not there",
        wh_xlsx_letters(reading->column, room), reading->last_row, reading->style));
    return add(reading, WH_KIND_TEXT, stored, err);
}

static wh_code add_number(struct reading *reading, struct wh_str stored, struct wh_error *err)
{
    struct wh_xlsx_value value;
    enum wh_xlsx_meaning meaning = meaning_of(reading);
    if (wh_str_trim(stored).len == 0)
        return WH_OK;
    bool has_style = reading->style == 0 || reading->style < reading->sheet->styles->count;
    if (reading->type == CELL_NUMBER && !has_style)
        return reject_style(reading, stored, err);
    bool is_one = reading->type == CELL_MOMENT
                      ? wh_xlsx_iso_moment(stored, &reading->scratch, &value)
                  : meaning == WH_XLSX_NUMBER
                      ? wh_xlsx_number(stored, &reading->scratch, &value)
                      : wh_xlsx_moment(stored, meaning, reading->sheet->counts_from_1904,
                                       &reading->scratch, &value);
    if (!is_one && value.is_without_room)
        return wh_error_no_memory(err, stored.len);
    if (is_one)
        return wh_xlsx_rows_add(reading->sheet->rows, reading->column, &value, err);
    WH_TRY(reject(reading, stored, value.wrong, err));
    return add(reading, WH_KIND_TEXT, stored, err);
}

static wh_code add_bool(struct reading *reading, struct wh_str stored, struct wh_error *err)
{
    struct wh_str text = wh_str_trim(stored);
    if (wh_str_is(text, "1") || wh_str_is(text, "true"))
        return add(reading, WH_KIND_BOOL, WH_STR("true"), err);
    if (wh_str_is(text, "0") || wh_str_is(text, "false"))
        return add(reading, WH_KIND_BOOL, WH_STR("false"), err);
    return text.len == 0 ? WH_OK : reject(reading, stored, "which is no boolean", err);
}

static wh_code add_error(struct reading *reading, struct wh_str stored, struct wh_error *err)
{
    if (is_null(reading->sheet->options, stored))
        return WH_OK;
    WH_TRY(reject(reading, stored,
                  "an error and no value; add it to 'nulls' where it means that there is none",
                  err));
    return add(reading, WH_KIND_TEXT, stored, err);
}

static wh_code add_value(struct reading *reading, struct wh_str stored, struct wh_error *err)
{
    switch (reading->type) {
    case CELL_NUMBER:
    case CELL_MOMENT:
        return add_number(reading, stored, err);
    case CELL_SHARED:
        return add_shared(reading, stored, err);
    case CELL_TEXT:
    case CELL_INLINE:
        return add_text(reading, stored, err);
    case CELL_BOOL:
        return add_bool(reading, stored, err);
    case CELL_ERROR:
        return add_error(reading, stored, err);
    case CELL_UNKNOWN:
        break;
    }
    char room[WH_XLSX_LETTERS_SIZE];
    return wh_xlsx_rows_reject(
        reading->sheet->rows, err, "cell %s%" PRIu32 " has the type '%s', which is not known",
        wh_xlsx_letters(reading->column, room), reading->last_row, reading->type_name);
}

static wh_code reject_large(struct reading *reading, struct wh_error *err)
{
    char room[WH_XLSX_LETTERS_SIZE];
    return wh_xlsx_rows_reject(reading->sheet->rows, err,
                               "cell %s%" PRIu32 " has %" PRIu64
                               " bytes, above the limit of %" PRIu64 " (limits.cell)",
                               wh_xlsx_letters(reading->column, room), reading->last_row,
                               reading->value_size, reading->sheet->options->cell);
}

static wh_code end_cell(struct reading *reading, struct wh_error *err)
{
    char room[WH_XLSX_LETTERS_SIZE];
    reading->is_in_cell = false;
    wh_arena_reset(&reading->scratch, (size_t)64 << 10);
    /* Programs that compute nothing write <v></v>; only as a text is that a value. */
    bool is_empty = !reading->has_value || (reading->type != CELL_TEXT && reading->value_size == 0);
    if (reading->has_formula && is_empty)
        return wh_xlsx_rows_reject(reading->sheet->rows, err,
                                   "cell %s%" PRIu32
                                   " holds a formula without its value; open the workbook in a "
                                   "spreadsheet program and save it",
                                   wh_xlsx_letters(reading->column, room), reading->last_row);
    if (!reading->has_value)
        return WH_OK;
    if (reading->type == CELL_TEXT || reading->type == CELL_INLINE)
        wh_xlsx_unescape(&reading->value, 0);
    wh_code rc = WH_END;
    if (reading->value_size <= reading->sheet->options->cell)
        rc = add_value(reading, wh_buf_str(&reading->value), err);
    return rc == WH_END ? reject_large(reading, err) : rc;
}

/* ---- elements -------------------------------------------------------------------------------- */

static void start_in_cell(struct reading *reading, const char *name)
{
    if (strcmp(name, "f") == 0) {
        reading->has_formula = true;
        reading->sheet->formula_count++;
    } else if (strcmp(name, "v") == 0) {
        reading->has_value = true;
        reading->is_in_text = true;
    } else if (strcmp(name, "is") == 0) {
        reading->has_value = true;
        reading->is_in_inline = true;
    } else if (strcmp(name, "rPh") == 0) {
        reading->is_phonetic = true;
    } else if (strcmp(name, "t") == 0) {
        reading->is_in_text = reading->is_in_inline && !reading->is_phonetic;
    }
}

static wh_code start_element(void *ctx, const char *name, const char *const *attributes,
                             struct wh_error *err)
{
    struct reading *reading = ctx;
    if (reading->is_in_cell) {
        start_in_cell(reading, name);
        return WH_OK;
    }
    if (reading->is_in_row)
        return strcmp(name, "c") == 0 ? start_cell(reading, attributes, err) : WH_OK;
    if (reading->is_in_data)
        return strcmp(name, "row") == 0 ? start_row(reading, attributes, err) : WH_OK;
    reading->is_in_data = strcmp(name, "sheetData") == 0;
    reading->sheet->merged_count += strcmp(name, "mergeCell") == 0;
    return WH_OK;
}

static wh_code end_element(void *ctx, const char *name, struct wh_error *err)
{
    struct reading *reading = ctx;
    if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0)
        reading->is_in_text = false;
    else if (strcmp(name, "rPh") == 0)
        reading->is_phonetic = false;
    else if (strcmp(name, "is") == 0)
        reading->is_in_inline = false;
    else if (strcmp(name, "c") == 0 && reading->is_in_cell)
        return end_cell(reading, err);
    else if (strcmp(name, "sheetData") == 0)
        reading->is_in_data = false;
    if (strcmp(name, "row") != 0 || !reading->is_in_row || reading->is_in_cell)
        return WH_OK;
    reading->is_in_row = false;
    return wh_xlsx_rows_end(reading->sheet->rows, err);
}

static wh_code take_text(void *ctx, struct wh_str text, struct wh_error *err)
{
    struct reading *reading = ctx;
    if (!reading->is_in_text)
        return WH_OK;
    reading->value_size += text.len;
    if (reading->value_size > reading->sheet->options->cell)
        return WH_OK;
    return wh_buf_append_str(&reading->value, text, err);
}

wh_code wh_xlsx_sheet_read(struct wh_xlsx_sheet *sheet, const struct wh_parts *parts,
                           struct wh_str part, struct wh_error *err)
{
    static const struct wh_xlsx_handlers handlers = {
        .start = start_element, .end = end_element, .text = take_text};
    struct reading reading = {.sheet = sheet};
    wh_buf_init(&reading.value, (size_t)sheet->options->cell);
    wh_arena_init(&reading.scratch);
    wh_code rc = wh_xlsx_read_part(parts, part, &handlers, &reading, err);
    wh_buf_release(&reading.value);
    wh_arena_release(&reading.scratch);
    return rc;
}
