/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The strict scanner. The file that includes this says how a string is passed over:
 *
 *   WH_JSON_FUNCTIONS, WH_JSON_NAME   the functions it defines, and their name for people
 *   find_special(at, end)             the first quote, backslash or control character; end: none
 *
 * Values inside values are passed over in a loop with a bit for each that is open, so no text,
 * however deep, uses the stack; only the path of a column is followed by calls.
 */
#include <string.h>

#include "format/json_row.h"
#include "format/json_scan.h"

#define WH_JSON_INLINE static inline __attribute__((always_inline))

WH_JSON_INLINE bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Most files have none or one space where white space may stand. */
WH_JSON_INLINE void skip_space(struct wh_json_scan *scan)
{
    const char *at = scan->at;
    if (at < scan->end && (unsigned char)*at > ' ')
        return;
    scan->at = wh_json_skip_space(at, scan->end);
}

/* ---- strings, numbers, words ----------------------------------------------------------------- */

/* Goes on at the first special byte of a string. */
static bool scan_special(struct wh_json_scan *scan, const char *at, struct wh_json_string *ret)
{
    for (;;) {
        scan->at = at;
        if (at == scan->end)
            return wh_json_fail(scan, WH_JSON_FAULT_END, at);
        if (*at == '"')
            break;
        if (*at != '\\')
            return wh_json_fail(scan, WH_JSON_FAULT_CONTROL, at);
        uint32_t unit = 0;
        if (!wh_json_scan_escape(scan, &unit))
            return false;
        ret->has_escape = true;
        ret->has_nul |= unit == 0;
        at = find_special(scan->at, scan->end);
    }
    ret->raw.len = (size_t)(at - ret->raw.ptr);
    scan->at = at + 1;
    return true;
}

WH_JSON_INLINE bool scan_string(struct wh_json_scan *scan, struct wh_json_string *ret)
{
    const char *start = scan->at + 1;
    const char *at = find_special(start, scan->end);
    *ret = (struct wh_json_string){.raw = {start, (size_t)(at - start)}};
    if (WH_UNLIKELY(at == scan->end || *at != '"'))
        return scan_special(scan, at, ret);
    scan->at = at + 1;
    return true;
}

static bool value_string(struct wh_json_scan *scan, struct wh_json_string *ret)
{
    return scan_string(scan, ret);
}

WH_JSON_INLINE const char *skip_digits(const char *at, const char *end)
{
    while (at < end && is_digit(*at))
        at++;
    return at;
}

/* Digits, at least one; moves @p at behind them. */
WH_JSON_INLINE bool take_digits(struct wh_json_scan *scan, const char **at)
{
    const char *start = *at;
    *at = skip_digits(start, scan->end);
    return *at > start;
}

static bool fail_number(struct wh_json_scan *scan, const char *at)
{
    return wh_json_fail(scan, at == scan->end ? WH_JSON_FAULT_END : WH_JSON_FAULT_NUMBER, at);
}

/* Fraction and exponent. */
static bool scan_number_end(struct wh_json_scan *scan, const char *at)
{
    if (at < scan->end && *at == '.') {
        at++;
        if (!take_digits(scan, &at))
            return fail_number(scan, at);
    }
    if (at < scan->end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < scan->end && (*at == '+' || *at == '-'))
            at++;
        if (!take_digits(scan, &at))
            return fail_number(scan, at);
    }
    scan->at = at;
    return true;
}

WH_JSON_INLINE bool scan_number(struct wh_json_scan *scan)
{
    const char *at = scan->at;
    if (*at == '-')
        at++;
    const char *digits = at;
    if (!take_digits(scan, &at))
        return fail_number(scan, at);
    if (*digits == '0' && at - digits > 1)
        return wh_json_fail(scan, WH_JSON_FAULT_NUMBER, digits + 1);
    scan->at = at;
    if (at < scan->end && (*at == '.' || *at == 'e' || *at == 'E'))
        return scan_number_end(scan, at);
    return true;
}

static bool scan_word(struct wh_json_scan *scan, struct wh_str word)
{
    size_t left = (size_t)(scan->end - scan->at);
    if (left >= word.len && memcmp(scan->at, word.ptr, word.len) == 0) {
        scan->at += word.len;
        return true;
    }
    return wh_json_fail(scan, WH_JSON_FAULT_WORD, scan->at);
}

WH_JSON_INLINE bool scan_scalar(struct wh_json_scan *scan)
{
    struct wh_json_string unused;
    switch (*scan->at) {
    case '"':
        return scan_string(scan, &unused);
    case 't':
        return scan_word(scan, WH_STR("true"));
    case 'f':
        return scan_word(scan, WH_STR("false"));
    case 'n':
        return scan_word(scan, WH_STR("null"));
    case '-':
        return scan_number(scan);
    default:
        if (is_digit(*scan->at))
            return scan_number(scan);
        return wh_json_fail(scan, WH_JSON_FAULT_VALUE, scan->at);
    }
}

/* ---- values inside values -------------------------------------------------------------------- */

/* What is open: a bit each, set for an object. */
struct open {
    uint64_t objects[WH_JSON_MAX_DEPTH / 64];
    size_t depth;
    size_t first_name[WH_JSON_MAX_DEPTH]; /* of each object, in scan->names */
};

WH_JSON_INLINE bool is_in_object(const struct open *open)
{
    size_t top = open->depth - 1;
    return (open->objects[top / 64] >> top % 64 & 1) != 0;
}

static bool push(struct wh_json_scan *scan, struct open *open, bool is_object)
{
    if (scan->depth + open->depth == WH_JSON_MAX_DEPTH)
        return wh_json_fail(scan, WH_JSON_FAULT_DEPTH, scan->at);
    size_t top = open->depth++;
    uint64_t bit = (uint64_t)1 << top % 64;
    open->objects[top / 64] = (open->objects[top / 64] & ~bit) | (is_object ? bit : 0);
    open->first_name[top] = scan->names->count;
    scan->at++;
    return true;
}

static bool pop(struct wh_json_scan *scan, struct open *open)
{
    scan->at++;
    bool is_object = is_in_object(open);
    open->depth--;
    return !is_object || wh_json_names_close(scan, open->first_name[open->depth]);
}

/* The colon behind a name, and the white space around it. */
WH_JSON_INLINE bool scan_colon(struct wh_json_scan *scan)
{
    skip_space(scan);
    if (scan->at == scan->end)
        return wh_json_fail(scan, WH_JSON_FAULT_END, scan->at);
    if (*scan->at != ':')
        return wh_json_fail(scan, WH_JSON_FAULT_COLON, scan->at);
    scan->at++;
    skip_space(scan);
    return scan->at < scan->end || wh_json_fail(scan, WH_JSON_FAULT_END, scan->at);
}

/* A name up to its value. */
static bool scan_name(struct wh_json_scan *scan)
{
    if (scan->at == scan->end)
        return wh_json_fail(scan, WH_JSON_FAULT_END, scan->at);
    if (*scan->at != '"')
        return wh_json_fail(scan, WH_JSON_FAULT_NAME, scan->at);
    struct wh_json_string name;
    return scan_string(scan, &name) && wh_json_names_add(scan, &name) && scan_colon(scan);
}

/* Opens the object or array at scan->at and moves to its first value; an empty one is closed. */
static bool scan_opening(struct wh_json_scan *scan, struct open *open, bool *ret_is_empty)
{
    bool is_object = *scan->at == '{';
    if (!push(scan, open, is_object))
        return false;
    skip_space(scan);
    *ret_is_empty = scan->at < scan->end && *scan->at == (is_object ? '}' : ']');
    if (*ret_is_empty)
        return pop(scan, open);
    return is_object ? scan_name(scan) : true;
}

/* Behind a value: closes what ends here and moves to the next value, if something is open. */
static bool scan_behind_value(struct wh_json_scan *scan, struct open *open)
{
    while (open->depth > 0) {
        skip_space(scan);
        if (scan->at == scan->end)
            return wh_json_fail(scan, WH_JSON_FAULT_END, scan->at);
        bool is_object = is_in_object(open);
        if (*scan->at == ',') {
            scan->at++;
            skip_space(scan);
            return is_object ? scan_name(scan) : true;
        }
        if (*scan->at != (is_object ? '}' : ']'))
            return wh_json_fail(scan, is_object ? WH_JSON_FAULT_MEMBER : WH_JSON_FAULT_ELEMENT,
                                scan->at);
        if (!pop(scan, open))
            return false;
    }
    return true;
}

static bool scan_nested(struct wh_json_scan *scan)
{
    struct open open;
    open.depth = 0;
    do {
        if (scan->at == scan->end)
            return wh_json_fail(scan, WH_JSON_FAULT_END, scan->at);
        bool is_whole = true;
        bool is_fine = *scan->at == '{' || *scan->at == '[' ? scan_opening(scan, &open, &is_whole)
                                                            : scan_scalar(scan);
        if (!is_fine || (is_whole && !scan_behind_value(scan, &open)))
            return false;
    } while (open.depth > 0);
    return true;
}

static bool scan_value(struct wh_json_scan *scan)
{
    if (scan->at == scan->end)
        return wh_json_fail(scan, WH_JSON_FAULT_END, scan->at);
    if (*scan->at == '{' || *scan->at == '[')
        return scan_nested(scan);
    return scan_scalar(scan);
}

/* ---- records --------------------------------------------------------------------------------- */

static bool read_members(struct wh_json_scan *scan, struct wh_json_row *row, uint32_t parent,
                         bool is_kept);

/* Puts @p text into the column. */
WH_JSON_INLINE void put_text(struct wh_json_row *row, uint32_t index, struct wh_str text)
{
    struct wh_column *column = &row->columns[index];
    column->values.texts[row->row] = text;
    if (column->validity != NULL)
        wh_column_set_valid(column, row->row);
    row->met_columns++;
}

static bool put_escaped(struct wh_json_scan *scan, struct wh_json_row *row, uint32_t column,
                        const struct wh_json_string *string)
{
    if (string->has_nul)
        return wh_json_fail(scan, WH_JSON_FAULT_NUL, string->raw.ptr);
    struct wh_str text = wh_json_unescape(string, row->arena);
    if (text.ptr == NULL)
        return wh_json_fail(scan, WH_JSON_FAULT_MEMORY, scan->at);
    put_text(row, column, text);
    return true;
}

/* The value at scan->at becomes the column's. */
WH_JSON_INLINE bool take_value(struct wh_json_scan *scan, struct wh_json_row *row, uint32_t column)
{
    if (*scan->at == '"') {
        struct wh_json_string string;
        if (!scan_string(scan, &string))
            return false;
        if (WH_UNLIKELY(string.has_escape))
            return put_escaped(scan, row, column, &string);
        put_text(row, column, string.raw);
        return true;
    }
    if (*scan->at == 'n')
        return scan_word(scan, WH_STR("null")) && wh_json_row_put_null(scan, row, column);
    const char *start = scan->at;
    if (!scan_value(scan))
        return false;
    put_text(row, column, wh_str_make(start, (size_t)(scan->at - start)));
    return true;
}

/* The value at scan->at has columns inside. */
static bool take_parent(struct wh_json_scan *scan, struct wh_json_row *row, uint32_t index,
                        bool is_kept)
{
    uint32_t column = row->shape->nodes[index].column;
    bool has_column = column != WH_JSON_NO_NODE;
    const char *start = scan->at;
    if (*start == 'n')
        return scan_word(scan, WH_STR("null")) && wh_json_row_null_below(scan, row, index) &&
               (!has_column || wh_json_row_put_null(scan, row, column));
    if (*start != '{')
        return has_column ? take_value(scan, row, column)
                          : wh_json_fail(scan, WH_JSON_FAULT_NOT_OBJECT, start);
    size_t mark = 0;
    bool has_rest = row->rest != NULL && !has_column && !is_kept;
    if (has_rest && !wh_json_row_open_rest(scan, row, index, &mark))
        return false;
    scan->depth++;
    if (!read_members(scan, row, index, is_kept || has_column))
        return false;
    scan->depth--;
    if (has_column)
        put_text(row, column, wh_str_make(start, (size_t)(scan->at - start)));
    return !has_rest || wh_json_row_close_rest(scan, row, mark);
}

/* True, behind the name, where it is that of the node @p index as most files have it. */
WH_JSON_INLINE bool is_expected(struct wh_json_scan *scan, const struct wh_json_row *row,
                                uint32_t index)
{
    if (index == WH_JSON_NO_NODE)
        return false;
    const struct wh_json_node *node = &row->shape->nodes[index];
    size_t len = node->quoted.len;
    if (len == 0 || (size_t)(scan->end - scan->at) < len ||
        memcmp(scan->at, node->quoted.ptr, len) != 0)
        return false;
    scan->at += len;
    return true;
}

/* The node of the name at scan->at, which is not the expected one; NO_NODE in *@p ret: unknown. */
static bool find_name(struct wh_json_scan *scan, const struct wh_json_row *row, uint32_t parent,
                      struct wh_json_string *ret_name, uint32_t *ret)
{
    if (scan->at == scan->end)
        return wh_json_fail(scan, WH_JSON_FAULT_END, scan->at);
    if (*scan->at != '"')
        return wh_json_fail(scan, WH_JSON_FAULT_NAME, scan->at);
    if (!scan_string(scan, ret_name))
        return false;
    struct wh_str plain = wh_json_unescape(ret_name, scan->scratch);
    if (plain.ptr == NULL)
        return wh_json_fail(scan, WH_JSON_FAULT_MEMORY, scan->at);
    *ret = wh_json_shape_find(row->shape, parent, plain);
    return *ret != WH_JSON_NO_NODE || wh_json_names_add(scan, ret_name);
}

static bool take_unknown(struct wh_json_scan *scan, struct wh_json_row *row,
                         const struct wh_json_string *name, bool is_kept)
{
    row->member = WH_JSON_NO_NODE;
    if (!scan_value(scan))
        return false;
    return is_kept || wh_json_row_take_unknown(scan, row, name, name->raw.ptr - 1);
}

/* The member at scan->at; @p expected is the node that it probably is. */
WH_JSON_INLINE bool read_member(struct wh_json_scan *scan, struct wh_json_row *row, uint32_t parent,
                                uint32_t *expected, bool is_kept)
{
    const char *start = scan->at;
    uint32_t index = *expected;
    struct wh_json_string name;
    if (WH_UNLIKELY(!is_expected(scan, row, index)) && !find_name(scan, row, parent, &name, &index))
        return false;
    if (!scan_colon(scan))
        return false;
    if (index == WH_JSON_NO_NODE)
        return take_unknown(scan, row, &name, is_kept);

    const struct wh_json_node *node = &row->shape->nodes[index];
    *expected = node->next;
    row->member = index;
    if (row->met[index] == row->record)
        return wh_json_fail(scan, WH_JSON_FAULT_REPEATED, start);
    row->met[index] = row->record;
    if (node->first_child != WH_JSON_NO_NODE)
        return take_parent(scan, row, index, is_kept);
    return take_value(scan, row, node->column);
}

/* The members of the object at scan->at; with @p is_kept unknown ones are part of a column. */
static bool read_members(struct wh_json_scan *scan, struct wh_json_row *row, uint32_t parent,
                         bool is_kept)
{
    size_t first_name = scan->names->count;
    uint32_t expected = row->shape->nodes[parent].first_child;
    scan->at++;
    skip_space(scan);
    if (scan->at < scan->end && *scan->at == '}') {
        scan->at++;
        return true;
    }
    for (;;) {
        if (!read_member(scan, row, parent, &expected, is_kept))
            return false;
        skip_space(scan);
        if (scan->at == scan->end)
            return wh_json_fail(scan, WH_JSON_FAULT_END, scan->at);
        if (*scan->at != ',')
            break;
        scan->at++;
        skip_space(scan);
    }
    if (*scan->at != '}')
        return wh_json_fail(scan, WH_JSON_FAULT_MEMBER, scan->at);
    scan->at++;
    return wh_json_names_close(scan, first_name);
}

static bool value_record(struct wh_json_scan *scan, struct wh_json_row *row)
{
    row->member = WH_JSON_NO_NODE;
    row->met_columns = 0;
    if (scan->at == scan->end)
        return wh_json_fail(scan, WH_JSON_FAULT_END, scan->at);
    scan->depth = *scan->at == '{';
    if (*scan->at == '{')
        return read_members(scan, row, 0, false);
    const char *start = scan->at;
    return scan_value(scan) && wh_json_fail(scan, WH_JSON_FAULT_NOT_OBJECT, start);
}

const struct wh_json_functions WH_JSON_FUNCTIONS = {
    .name = WH_JSON_NAME, .value = scan_value, .string = value_string, .record = value_record};
