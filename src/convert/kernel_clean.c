/* SPDX-License-Identifier: Apache-2.0 */
/* wherry's own functions: what people and old programs wrote, made clean.
 * PostgreSQL has none of them. */
#include "convert/kernel_text.h"
#include "data/datetime.h"
#include "data/numeric.h"

/* ---- strip_control() ------------------------------------------------------------------------ */

/* Control characters (Unicode's Cc), but tab and line breaks;
 * in UTF-8 the C1 ones are C2 80 to C2 9F. */
static size_t control_bytes(struct wh_str text, size_t at)
{
    unsigned char c = (unsigned char)text.ptr[at];
    if (c < 0x20)
        return c != '\t' && c != '\n' && c != '\r';
    if (c == 0x7f)
        return 1;
    return c == 0xc2 && (unsigned char)text.ptr[at + 1] < 0xa0 ? 2 : 0;
}

static size_t find_control(struct wh_str text, size_t from)
{
    while (from < text.len && control_bytes(text, from) == 0)
        from++;
    return from;
}

static void strip_row(struct wh_call *call, size_t row)
{
    struct wh_str text = wh_text_at(&call->inputs[0], row);
    size_t control = find_control(text, 0);
    call->result->values.texts[row] = text;
    if (control == text.len)
        return;
    char *room = wh_call_room(call, row, text.len);
    size_t len = 0;
    if (room == NULL)
        return;
    for (size_t at = 0; at < text.len;) {
        memcpy(room + len, text.ptr + at, control - at);
        len += control - at;
        at = control < text.len ? control + control_bytes(text, control) : control;
        control = find_control(text, at);
    }
    wh_call_set_text(call, row, room, len);
}

wh_code wh_text_strip_control(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    strip_row(call, row);
    return WH_OK;
}

/* ---- parse_number() ------------------------------------------------------------------------- */

/** A number as it is written in some country. */
struct notation {
    struct wh_str decimal;
    struct wh_str group; /* empty: digits are not grouped */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits_at(struct wh_str text, size_t at)
{
    size_t count = 0;
    while (at + count < text.len && is_digit(text.ptr[at + count]))
        count++;
    return count;
}

static bool has_mark(struct wh_str text, size_t at, struct wh_str mark)
{
    return mark.len > 0 && text.len - at >= mark.len &&
           memcmp(text.ptr + at, mark.ptr, mark.len) == 0;
}

/* Whole digits to @p out, groups of three checked; false where a mark stands elsewhere. */
static bool read_whole(struct wh_str text, size_t *at, const struct notation *notation, char *out,
                       size_t *len)
{
    size_t digits = digits_at(text, *at);
    memcpy(out + *len, text.ptr + *at, digits);
    *len += digits;
    *at += digits;
    if (!has_mark(text, *at, notation->group))
        return true;
    if (digits == 0 || digits > 3)
        return false;
    while (has_mark(text, *at, notation->group)) {
        *at += notation->group.len;
        if (digits_at(text, *at) != 3)
            return false;
        memcpy(out + *len, text.ptr + *at, 3);
        *len += 3;
        *at += 3;
    }
    return true;
}

/* The sign stands before the number or, as old programs print it, behind it. */
static bool take_sign(struct wh_str *text)
{
    if (text->len > 0 && (text->ptr[0] == '-' || text->ptr[0] == '+')) {
        bool is_negative = text->ptr[0] == '-';
        *text = wh_str_make(text->ptr + 1, text->len - 1);
        return is_negative;
    }
    bool is_negative = text->len > 0 && text->ptr[text->len - 1] == '-';
    text->len -= is_negative;
    return is_negative;
}

/* Writes the number as PostgreSQL does; @p out has room for the text and a sign. */
static enum wh_fault read_number(struct wh_str text, const struct notation *notation, char *out,
                                 size_t *ret_len)
{
    size_t at = 0;
    size_t len = 0;
    text = wh_str_trim(text);
    if (text.len == 0)
        return WH_FAULT_EMPTY;
    if (take_sign(&text))
        out[len++] = '-';
    size_t first = len;
    if (!read_whole(text, &at, notation, out, &len))
        return WH_FAULT_SYNTAX;
    size_t whole = len - first;
    size_t fraction = 0;
    if (has_mark(text, at, notation->decimal)) {
        at += notation->decimal.len;
        fraction = digits_at(text, at);
        out[len++] = '.';
        memcpy(out + len, text.ptr + at, fraction);
        len += fraction;
        at += fraction;
    }
    *ret_len = len;
    return at == text.len && whole + fraction > 0 ? WH_FAULT_NONE : WH_FAULT_SYNTAX;
}

static bool is_notation(const struct notation *notation)
{
    const struct wh_str marks[] = {notation->decimal, notation->group};
    for (size_t i = 0; i < WH_COUNT_OF(marks); i++) {
        for (size_t k = 0; k < marks[i].len; k++) {
            if (is_digit(marks[i].ptr[k]) || marks[i].ptr[k] == '-' || marks[i].ptr[k] == '+')
                return false;
        }
    }
    return notation->decimal.len > 0 && !wh_str_equal(notation->decimal, notation->group);
}

static enum wh_fault parse_row(struct wh_call *call, size_t row)
{
    struct wh_str text = wh_text_at(&call->inputs[0], row);
    struct notation notation = {.decimal = wh_text_at(&call->inputs[1], row),
                                .group = wh_text_at(&call->inputs[2], row)};
    size_t len = 0;
    if (!is_notation(&notation))
        return WH_FAULT_ARGUMENT;
    char *room = wh_arena_bytes(call->scratch, text.len + 1);
    if (room == NULL)
        return WH_FAULT_NO_MEMORY;
    enum wh_fault fault = read_number(text, &notation, room, &len);
    if (fault != WH_FAULT_NONE)
        return fault;
    return wh_numeric_parse(wh_str_make(room, len), call->arena,
                            &call->result->values.numerics[row]);
}

wh_code wh_text_parse_number(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    wh_call_check(call, row, parse_row(call, row));
    return WH_OK;
}

/* ---- parse_date() --------------------------------------------------------------------------- */

/* The date by the formats that fit; AMBIGUOUS where two of them read two dates. Where none fits,
 * the fault is the first one's. */
static enum wh_fault read_date(struct wh_str text, const struct wh_date_format *const *formats,
                               size_t count, int32_t *ret)
{
    enum wh_fault first = WH_FAULT_NONE;
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        int32_t date;
        enum wh_fault fault = wh_date_format_read_date(formats[i], text, &date);
        if (i == 0)
            first = fault;
        if (fault != WH_FAULT_NONE)
            continue;
        if (found && date != *ret)
            return WH_FAULT_AMBIGUOUS;
        *ret = date;
        found = true;
    }
    return found ? WH_FAULT_NONE : first;
}

wh_code wh_text_parse_date(struct wh_call *call)
{
    size_t count = call->node->input_count - 1;
    WH_EACH_ROW(call, row)
    wh_call_check(call, row,
                  read_date(wh_str_trim(wh_text_at(&call->inputs[0], row)), call->node->state,
                            count, &call->result->values.dates[row]));
    return WH_OK;
}
