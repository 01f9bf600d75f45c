/* SPDX-License-Identifier: Apache-2.0 */
#include "format/xlsx_styles.h"

#include "base/error.h"
#include "format/xlsx_xml.h"

#define MAX_CODES 4096
#define MAX_STYLES 65536

/* ---- codes ----------------------------------------------------------------------------------- */

/* What a code was seen to show. */
struct seen {
    bool date;
    bool time;
    bool duration;
    bool months_or_minutes; /* an m of which is not yet known which */
    char last;              /* the letter before */
};

static char to_lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte + ('a' - 'A')) : byte;
}

static bool starts_fold(struct wh_str text, struct wh_str prefix)
{
    return text.len >= prefix.len &&
           wh_str_equal_ascii_fold(wh_str_make(text.ptr, prefix.len), prefix);
}

static size_t find_byte(struct wh_str text, char byte)
{
    const char *found = text.len > 1 ? memchr(text.ptr + 1, byte, text.len - 1) : NULL;
    return found != NULL ? (size_t)(found - text.ptr) : text.len;
}

/* [h], [mm], [ss] are durations; [red], [$-409], [>100] say nothing. */
static bool is_elapsed(struct wh_str inside)
{
    if (inside.len == 0)
        return false;
    char first = to_lower(inside.ptr[0]);
    for (size_t i = 0; i < inside.len; i++)
        if (to_lower(inside.ptr[i]) != first)
            return false;
    return first == 'h' || first == 'm' || first == 's';
}

/* An m is a minute behind an hour or before a second, and otherwise a month. */
static void take_letter(struct seen *seen, char letter)
{
    if (letter == seen->last)
        return;
    if (letter == 'm' && seen->last == 'h')
        seen->time = true;
    else if (letter == 'm')
        seen->months_or_minutes = true;
    if (letter == 's' && seen->last == 'm')
        seen->months_or_minutes = false;
    if (seen->last == 'm' && letter != 's' && seen->months_or_minutes) {
        seen->date = true;
        seen->months_or_minutes = false;
    }
    seen->date |= letter == 'y' || letter == 'd';
    seen->time |= letter == 'h' || letter == 's';
    seen->last = letter;
}

/* Takes the next sign of a code; the bytes it has. */
static size_t take_sign(struct seen *seen, struct wh_str code)
{
    char byte = to_lower(code.ptr[0]);
    if (byte == '"')
        return WH_MIN(find_byte(code, '"') + 1, code.len);
    if (byte == '\\' || byte == '_' || byte == '*')
        return WH_MIN(code.len, (size_t)2);
    if (byte == '[') {
        size_t end = find_byte(code, ']');
        bool is_closed = end < code.len;
        seen->duration |= is_closed && is_elapsed(wh_str_make(code.ptr + 1, end - 1));
        return WH_MIN(end + 1, code.len);
    }
    if (starts_fold(code, WH_STR("AM/PM")) || starts_fold(code, WH_STR("A/P"))) {
        seen->time = true;
        return byte == 'a' && to_lower(code.ptr[1]) == 'm' ? 5 : 3;
    }
    if (byte == 'y' || byte == 'm' || byte == 'd' || byte == 'h' || byte == 's')
        take_letter(seen, byte);
    return 1;
}

/* What numbers with the format code mean: "yyyy-mm-dd hh:mm" is a timestamp. Its first section
 * decides. ECMA-376, part 1, 18.8.31. */
static enum wh_xlsx_meaning meaning_of(struct wh_str code)
{
    struct seen seen = {0};
    if (starts_fold(code, WH_STR("General")))
        return WH_XLSX_NUMBER;
    while (code.len > 0 && code.ptr[0] != ';') {
        size_t size = take_sign(&seen, code);
        code = wh_str_make(code.ptr + size, code.len - size);
    }
    seen.date |= seen.months_or_minutes;
    if (seen.duration)
        return WH_XLSX_DURATION;
    if (seen.date)
        return seen.time ? WH_XLSX_TIMESTAMP : WH_XLSX_DATE;
    return seen.time ? WH_XLSX_TIME : WH_XLSX_NUMBER;
}

/* Codes that have a number instead of a text. */
static enum wh_xlsx_meaning built_in_meaning(uint64_t id)
{
    if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 58))
        return WH_XLSX_DATE;
    if ((id >= 18 && id <= 21) || id == 45 || id == 47)
        return WH_XLSX_TIME;
    if (id == 22)
        return WH_XLSX_TIMESTAMP;
    if (id == 46)
        return WH_XLSX_DURATION;
    return id >= 32 && id <= 35 ? WH_XLSX_DATE_OR_TIME : WH_XLSX_NUMBER;
}

/* ---- the part -------------------------------------------------------------------------------- */

struct code {
    uint64_t id;
    enum wh_xlsx_meaning meaning;
};

struct reading {
    struct wh_xlsx_styles *styles;
    struct code *codes;
    size_t code_count;
    bool is_in_cells; /* <cellXfs> */
};

static uint64_t number_of(const char *const *attributes, const char *name)
{
    uint64_t number = 0;
    const char *text = wh_xlsx_attribute(attributes, name);
    if (text == NULL || wh_count_parse(wh_str_from(text), &number, NULL) != WH_OK)
        return 0;
    return number;
}

static wh_code add_code(struct reading *reading, const char *const *attributes,
                        struct wh_error *err)
{
    if (reading->code_count == MAX_CODES)
        return wh_error_set(err, WH_LIMIT, "there are more than %d number formats", MAX_CODES);
    struct wh_str text = wh_str_from(wh_xlsx_attribute(attributes, "formatCode"));
    reading->codes[reading->code_count++] =
        (struct code){.id = number_of(attributes, "numFmtId"), .meaning = meaning_of(text)};
    return WH_OK;
}

static wh_code add_style(struct reading *reading, const char *const *attributes,
                         struct wh_error *err)
{
    struct wh_xlsx_styles *styles = reading->styles;
    if (styles->count == MAX_STYLES)
        return wh_error_set(err, WH_LIMIT, "there are more than %d styles of cells", MAX_STYLES);
    uint64_t id = number_of(attributes, "numFmtId");
    enum wh_xlsx_meaning meaning = built_in_meaning(id);
    for (size_t i = 0; i < reading->code_count; i++)
        if (reading->codes[i].id == id)
            meaning = reading->codes[i].meaning;
    styles->meanings[styles->count++] = (uint8_t)meaning;
    return WH_OK;
}

static wh_code start_element(void *ctx, const char *name, const char *const *attributes,
                             struct wh_error *err)
{
    struct reading *reading = ctx;
    if (strcmp(name, "numFmt") == 0)
        return add_code(reading, attributes, err);
    if (strcmp(name, "cellXfs") == 0)
        reading->is_in_cells = true;
    return reading->is_in_cells && strcmp(name, "xf") == 0 ? add_style(reading, attributes, err)
                                                           : WH_OK;
}

static wh_code end_element(void *ctx, const char *name, struct wh_error *err)
{
    struct reading *reading = ctx;
    (void)err;
    if (strcmp(name, "cellXfs") == 0)
        reading->is_in_cells = false;
    return WH_OK;
}

wh_code wh_xlsx_styles_read(const struct wh_parts *parts, struct wh_str part,
                            struct wh_arena *arena, struct wh_xlsx_styles *ret,
                            struct wh_error *err)
{
    static const struct wh_xlsx_handlers handlers = {.start = start_element, .end = end_element};
    struct reading reading = {.styles = ret};
    *ret = (struct wh_xlsx_styles){.meanings = wh_arena_array(arena, MAX_STYLES, 1)};
    reading.codes = wh_arena_array(arena, MAX_CODES, sizeof(*reading.codes));
    if (ret->meanings == NULL || reading.codes == NULL)
        return wh_error_no_memory(err, MAX_CODES * sizeof(*reading.codes));
    return wh_xlsx_read_part(parts, part, &handlers, &reading, err);
}
