/* SPDX-License-Identifier: Apache-2.0 */
#include "format/xlsx_strings.h"

#include "base/error.h"
#include "base/hex.h"
#include "format/xlsx_xml.h"

#define MAX_BYTES ((size_t)1 << 40)
#define BUDGET_STEP ((size_t)1 << 20)

void wh_xlsx_strings_init(struct wh_xlsx_strings *strings, struct wh_budget *budget)
{
    *strings = (struct wh_xlsx_strings){.budget = budget};
    wh_buf_init(&strings->bytes, MAX_BYTES);
    wh_buf_init(&strings->ends, MAX_BYTES);
}

void wh_xlsx_strings_release(struct wh_xlsx_strings *strings)
{
    wh_buf_release(&strings->bytes);
    wh_buf_release(&strings->ends);
    wh_budget_give(strings->budget, strings->taken);
    strings->taken = 0;
}

bool wh_xlsx_strings_get(const struct wh_xlsx_strings *strings, uint64_t index, struct wh_str *ret)
{
    if (index >= strings->count)
        return false;
    const uint64_t *ends = (const uint64_t *)(const void *)strings->ends.ptr;
    uint64_t start = index == 0 ? 0 : ends[index - 1];
    *ret = wh_str_make(strings->bytes.ptr + start, (size_t)(ends[index] - start));
    return true;
}

/* ---- escapes --------------------------------------------------------------------------------- */

#define ESCAPE_SIZE 7 /* _x000D_ */

/* The character that an escape at @p text stands for; 0 where there is none or it is none. */
static unsigned escaped_character(const char *text, size_t len)
{
    unsigned code = 0;
    if (len < ESCAPE_SIZE || text[0] != '_' || text[1] != 'x' || text[6] != '_')
        return 0;
    for (size_t i = 2; i < 6; i++) {
        int digit = wh_hex_digit(text[i]);
        if (digit < 0)
            return 0;
        code = code * 16 + (unsigned)digit;
    }
    return code >= 0xD800 && code <= 0xDFFF ? 0 : code;
}

static size_t put_utf8(char *at, unsigned code)
{
    if (code < 0x80) {
        at[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        at[0] = (char)(0xC0 | code >> 6);
        at[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    at[0] = (char)(0xE0 | code >> 12);
    at[1] = (char)(0x80 | (code >> 6 & 0x3F));
    at[2] = (char)(0x80 | (code & 0x3F));
    return 3;
}

void wh_xlsx_unescape(struct wh_buf *text, size_t start)
{
    size_t to = start;
    for (size_t from = start; from < text->len;) {
        unsigned code =
            text->ptr[from] == '_' ? escaped_character(text->ptr + from, text->len - from) : 0;
        if (code == 0) {
            text->ptr[to++] = text->ptr[from++];
            continue;
        }
        to += put_utf8(text->ptr + to, code);
        from += ESCAPE_SIZE;
    }
    text->len = to;
}

/* ---- reading --------------------------------------------------------------------------------- */

struct reading {
    struct wh_xlsx_strings *strings;
    size_t start;     /* of the text in hand */
    bool is_in_item;  /* <si> */
    bool is_in_text;  /* <t> in it, but for those that say how it is spoken: */
    bool is_phonetic; /* <rPh> */
};

static wh_code start_element(void *ctx, const char *name, const char *const *attributes,
                             struct wh_error *err)
{
    struct reading *reading = ctx;
    (void)attributes;
    (void)err;
    if (strcmp(name, "si") == 0) {
        reading->is_in_item = true;
        reading->start = reading->strings->bytes.len;
    } else if (strcmp(name, "rPh") == 0) {
        reading->is_phonetic = true;
    } else if (strcmp(name, "t") == 0) {
        reading->is_in_text = reading->is_in_item && !reading->is_phonetic;
    }
    return WH_OK;
}

/* Memory is asked of the budget before it is used. */
static wh_code take_budget(struct wh_xlsx_strings *strings, size_t more, struct wh_error *err)
{
    size_t needed = strings->bytes.len + strings->ends.len + more;
    while (needed > strings->taken) {
        if (!wh_budget_take(strings->budget, BUDGET_STEP))
            return wh_error_set(err, WH_LIMIT,
                                "the workbook's texts need more memory than limits.memory leaves; "
                                "raise it, or save the sheet as CSV");
        strings->taken += BUDGET_STEP;
    }
    return WH_OK;
}

static wh_code end_item(struct reading *reading, struct wh_error *err)
{
    struct wh_xlsx_strings *strings = reading->strings;
    wh_xlsx_unescape(&strings->bytes, reading->start);
    uint64_t end = strings->bytes.len;
    WH_TRY(take_budget(strings, sizeof(end), err));
    WH_TRY(wh_buf_append(&strings->ends, &end, sizeof(end), err));
    strings->count++;
    reading->is_in_item = false;
    return WH_OK;
}

static wh_code end_element(void *ctx, const char *name, struct wh_error *err)
{
    struct reading *reading = ctx;
    if (strcmp(name, "t") == 0)
        reading->is_in_text = false;
    else if (strcmp(name, "rPh") == 0)
        reading->is_phonetic = false;
    return strcmp(name, "si") == 0 && reading->is_in_item ? end_item(reading, err) : WH_OK;
}

static wh_code take_text(void *ctx, struct wh_str text, struct wh_error *err)
{
    struct reading *reading = ctx;
    if (!reading->is_in_text)
        return WH_OK;
    WH_TRY(take_budget(reading->strings, text.len, err));
    return wh_buf_append_str(&reading->strings->bytes, text, err);
}

wh_code wh_xlsx_strings_read(struct wh_xlsx_strings *strings, const struct wh_parts *parts,
                             struct wh_str part, struct wh_error *err)
{
    static const struct wh_xlsx_handlers handlers = {
        .start = start_element, .end = end_element, .text = take_text};
    struct reading reading = {.strings = strings};
    return wh_xlsx_read_part(parts, part, &handlers, &reading, err);
}
