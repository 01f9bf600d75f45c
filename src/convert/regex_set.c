/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of characters. Classes mean what the C library's C.UTF-8 says, as PostgreSQL asks it: beyond
 * ASCII a digit is a letter, and a space that does not break is none.
 */
#include "base/error.h"
#include "base/hex.h"
#include "convert/kernel_text.h"
#include "convert/regex_tree.h"
#include "data/text.h"

enum { MOST_FOLDED = 1024, MAX_CHARACTER = 0x10ffff };

static bool refuse(struct wh_regex_parse *parse, const char *why)
{
    parse->refusal = why;
    return false;
}

static bool has_ascii(const struct wh_charset *set, uint32_t character)
{
    return (set->ascii[character >> 6] >> (character & 63) & 1) != 0;
}

static bool add_range(struct wh_regex_parse *parse, struct wh_charset *set,
                      struct wh_char_range range)
{
    for (; range.first < 0x80 && range.first <= range.last; range.first++)
        set->ascii[range.first >> 6] |= UINT64_C(1) << (range.first & 63);
    if (range.first > range.last)
        return true;
    if (set->range_count == WH_CHARSET_RANGES)
        return refuse(parse, "a bracket expression with so many parts is not supported");
    set->ranges[set->range_count++] = range;
    return true;
}

/* ---- letter case ---------------------------------------------------------------------------- */

static bool add_counterpart(struct wh_regex_parse *parse, struct wh_charset *set,
                            struct wh_str character, struct wh_str mapped)
{
    if (mapped.ptr == NULL || wh_str_equal(character, mapped))
        return mapped.ptr != NULL;
    uint32_t value = wh_character_value(mapped.ptr);
    return add_range(parse, set, (struct wh_char_range){value, value});
}

static bool add_folded(struct wh_regex_parse *parse, struct wh_charset *set, uint32_t value)
{
    char room[4];
    struct wh_str character = wh_str_make(room, wh_put_character(value, room));
    return add_counterpart(parse, set, character, wh_utf8_lower(character, parse->arena)) &&
           add_counterpart(parse, set, character, wh_utf8_upper(character, parse->arena));
}

bool wh_charset_add(struct wh_regex_parse *parse, struct wh_charset *set,
                    struct wh_char_range range)
{
    if (!add_range(parse, set, range))
        return false;
    if (!parse->folds_case)
        return true;
    if (range.last - range.first > MOST_FOLDED)
        return refuse(parse, "a range of so many characters is not supported without regard to "
                             "letter case");
    for (uint32_t value = range.first; value <= range.last; value++) {
        bool is_surrogate = value >= 0xd800 && value <= 0xdfff;
        if (!is_surrogate && !add_folded(parse, set, value))
            return false;
    }
    return true;
}

/* ---- classes -------------------------------------------------------------------------------- */

static const struct wh_char_range spaces[] = {
    {0x1680, 0x1680}, {0x2000, 0x2006}, {0x2008, 0x200a},
    {0x2028, 0x2029}, {0x205f, 0x205f}, {0x3000, 0x3000},
};

static const struct class
{
    const char *name;
    const char *ascii; /* pairs: first and last */
    bool has_letters;
    bool has_spaces;
} classes[] = {
    {"digit", "09", false, false},    {"alpha", "AZaz", true, false},
    {"alnum", "09AZaz", true, false}, {"xdigit", "09AFaf", false, false},
    {"space", "\t\r  ", false, true}, {"word", "09AZaz__", true, false},
};

static bool add_class(struct wh_regex_parse *parse, struct wh_charset *set, struct wh_str name)
{
    for (size_t i = 0; i < WH_COUNT_OF(classes); i++) {
        if (!wh_str_is(name, classes[i].name))
            continue;
        for (const char *pair = classes[i].ascii; *pair != '\0'; pair += 2)
            add_range(parse, set, (struct wh_char_range){(uint8_t)pair[0], (uint8_t)pair[1]});
        set->has_letters |= classes[i].has_letters;
        for (size_t k = 0; classes[i].has_spaces && k < WH_COUNT_OF(spaces); k++) {
            if (!add_range(parse, set, spaces[k]))
                return false;
        }
        return true;
    }
    return refuse(parse, "of the classes of characters there are alpha, alnum, digit, xdigit, "
                         "space and word: write others as ranges");
}

/* ---- escapes -------------------------------------------------------------------------------- */

#define NO_CHARACTER UINT32_MAX

/* At least @p least digits, and as many as there are up to @p most. */
static bool parse_hex(struct wh_regex_parse *parse, size_t least, size_t most, uint32_t *ret)
{
    uint32_t value = 0;
    size_t digits = 0;
    for (; digits < most && parse->at < parse->text.len && value <= MAX_CHARACTER;
         digits++, parse->at++) {
        int digit = wh_hex_digit(parse->text.ptr[parse->at]);
        if (digit < 0)
            break;
        value = value << 4 | (uint32_t)digit;
    }
    if (digits < least || value == 0 || value > MAX_CHARACTER ||
        (value >= 0xd800 && value <= 0xdfff))
        return refuse(parse, "an escape of a character's number is not valid");
    *ret = value;
    return true;
}

static bool parse_class_escape(struct wh_regex_parse *parse, char letter, struct wh_charset *set)
{
    const char *name = "space";
    if ((letter | 0x20) == 'd')
        name = "digit";
    else if ((letter | 0x20) == 'w')
        name = "word";
    set->is_negated = letter < 'a';
    return add_class(parse, set, wh_str_from(name));
}

bool wh_charset_parse_escape(struct wh_regex_parse *parse, struct wh_charset *set,
                             uint32_t *ret_character)
{
    static const char letters[] = "abefnrtvB";
    static const char meanings[] = "\a\b\033\f\n\r\t\v\\";
    *ret_character = NO_CHARACTER;
    if (parse->at >= parse->text.len)
        return refuse(parse, "the pattern ends in a backslash");
    char c = parse->text.ptr[parse->at];
    size_t len = wh_character_bytes(c);
    const char *known = strchr(letters, c);
    bool is_alphanumeric =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (!is_alphanumeric)
        *ret_character = wh_character_value(parse->text.ptr + parse->at);
    parse->at += len;
    if (!is_alphanumeric)
        return true;
    if (strchr("dswDSW", c) != NULL)
        return parse_class_escape(parse, c, set);
    if (c == 'x')
        return parse_hex(parse, 1, 255, ret_character);
    if (c == 'u' || c == 'U')
        return parse_hex(parse, c == 'u' ? 4 : 8, c == 'u' ? 4 : 8, ret_character);
    if (c >= '0' && c <= '9')
        return refuse(parse, "back references and octal escapes are not supported");
    if (known == NULL)
        return refuse(parse, "an escape that is not known stands in the pattern");
    *ret_character = (uint8_t)meanings[known - letters];
    return true;
}

/* ---- bracket expressions -------------------------------------------------------------------- */

static bool starts_with(const struct wh_regex_parse *parse, const char *what)
{
    struct wh_str rest = wh_str_make(parse->text.ptr + parse->at, parse->text.len - parse->at);
    return wh_str_starts_with(rest, wh_str_from(what));
}

/* [:name:] */
static bool parse_class(struct wh_regex_parse *parse, struct wh_charset *set)
{
    size_t start = parse->at + 2;
    const char *end = memmem(parse->text.ptr + start, parse->text.len - start, ":]", 2);
    if (end == NULL)
        return refuse(parse, "a class of characters does not end");
    struct wh_str name = wh_str_make(parse->text.ptr + start, 0);
    name.len = (size_t)(end - name.ptr);
    parse->at = start + name.len + 2;
    return add_class(parse, set, name);
}

/* One end of a range, or what stands alone; NO_CHARACTER where it was a class. */
static bool parse_item(struct wh_regex_parse *parse, struct wh_charset *set, uint32_t *ret)
{
    if (starts_with(parse, "[.") || starts_with(parse, "[="))
        return refuse(parse, "collating elements ([. .], [= =]) are not supported");
    if (starts_with(parse, "[:")) {
        *ret = NO_CHARACTER;
        return parse_class(parse, set);
    }
    if (starts_with(parse, "\\")) {
        struct wh_charset class = {.range_count = 0};
        parse->at++;
        if (!wh_charset_parse_escape(parse, &class, ret))
            return false;
        if (class.is_negated)
            return refuse(parse, "\\D, \\S and \\W are not supported within brackets");
        parse->at -= *ret == NO_CHARACTER ? 1 : 0;
        char letter = parse->text.ptr[parse->at];
        parse->at += *ret == NO_CHARACTER ? 1 : 0;
        return *ret != NO_CHARACTER || parse_class_escape(parse, letter, set);
    }
    *ret = wh_character_value(parse->text.ptr + parse->at);
    parse->at += wh_character_bytes(parse->text.ptr[parse->at]);
    return true;
}

static bool parse_part(struct wh_regex_parse *parse, struct wh_charset *set)
{
    struct wh_char_range range;
    if (!parse_item(parse, set, &range.first))
        return false;
    if (range.first == NO_CHARACTER)
        return true;
    range.last = range.first;
    bool is_range = starts_with(parse, "-") && !starts_with(parse, "-]");
    if (is_range) {
        parse->at++;
        if (parse->at >= parse->text.len)
            return refuse(parse, "a bracket expression does not end");
        if (!parse_item(parse, set, &range.last))
            return false;
    }
    if (range.last == NO_CHARACTER || range.last < range.first)
        return refuse(parse, "a range of characters ends before it begins");
    return wh_charset_add(parse, set, range);
}

struct wh_charset *wh_charset_parse(struct wh_regex_parse *parse)
{
    struct wh_charset *set = WH_ARENA_NEW(parse->arena, struct wh_charset);
    if (set == NULL)
        return NULL;
    if (starts_with(parse, "^")) {
        set->is_negated = true;
        parse->at++;
    }
    bool is_first = true;
    while (parse->at < parse->text.len && (is_first || !starts_with(parse, "]"))) {
        bool is_negated = set->is_negated;
        bool is_dash = starts_with(parse, "-") && !starts_with(parse, "-]");
        if (is_dash && !is_first) {
            parse->refusal = "'-' stands between a range or a class and something else: write it "
                             "first or last within the brackets";
            return NULL;
        }
        if (!parse_part(parse, set))
            return NULL;
        set->is_negated = is_negated;
        is_first = false;
    }
    if (parse->at >= parse->text.len) {
        parse->refusal = "a bracket expression does not end";
        return NULL;
    }
    parse->at++;
    return set;
}

/* ---- for PCRE2 ------------------------------------------------------------------------------ */

/* PCRE2's digits are those of ASCII, too: a set of letters alone has to leave those out. */
bool wh_charset_is_simple(const struct wh_charset *set)
{
    for (uint32_t digit = '0'; set->has_letters && digit <= '9'; digit++) {
        if (!has_ascii(set, digit))
            return false;
    }
    return true;
}

static bool has_any_ascii(const struct wh_charset *set)
{
    return (set->ascii[0] | set->ascii[1]) != 0;
}

static wh_code print_ascii(const struct wh_charset *set, struct wh_buf *out, struct wh_error *err)
{
    for (uint32_t first = 0; first < 0x80; first++) {
        uint32_t last = first;
        if (!has_ascii(set, first))
            continue;
        while (last + 1 < 0x80 && has_ascii(set, last + 1))
            last++;
        WH_TRY(wh_buf_printf(out, err, "\\x{%x}-\\x{%x}", first, last));
        first = last;
    }
    return WH_OK;
}

static wh_code print_others(const struct wh_charset *set, struct wh_buf *out, struct wh_error *err)
{
    for (size_t i = 0; i < set->range_count; i++)
        WH_TRY(
            wh_buf_printf(out, err, "\\x{%x}-\\x{%x}", set->ranges[i].first, set->ranges[i].last));
    return set->has_letters ? wh_buf_printf(out, err, "\\p{Alphabetic}\\p{Nd}") : WH_OK;
}

wh_code wh_charset_print(const struct wh_charset *set, struct wh_buf *out, struct wh_error *err)
{
    if (!has_any_ascii(set) && set->range_count == 0 && !set->has_letters)
        return wh_buf_printf(out, err, set->is_negated ? "." : "(?!)");
    if (wh_charset_is_simple(set)) {
        WH_TRY(wh_buf_printf(out, err, set->is_negated ? "[^" : "["));
        WH_TRY(print_ascii(set, out, err));
        WH_TRY(print_others(set, out, err));
        return wh_buf_printf(out, err, "]");
    }
    WH_TRY(wh_buf_printf(out, err, set->is_negated ? "(?:(?!" : "(?:(?:"));
    if (has_any_ascii(set)) {
        WH_TRY(wh_buf_printf(out, err, "["));
        WH_TRY(print_ascii(set, out, err));
        WH_TRY(wh_buf_printf(out, err, "]|"));
    }
    WH_TRY(wh_buf_printf(out, err, "(?![\\x00-\\x7f])["));
    WH_TRY(print_others(set, out, err));
    return wh_buf_printf(out, err, set->is_negated ? "]).)" : "]))");
}
