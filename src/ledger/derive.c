/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/derive.h"

#include <string.h>

/* Longer values are stored: comparing them with what a transform gives takes room on the stack. */
enum { LONGEST_DERIVED = 256 };

#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/* ---- letters --------------------------------------------------------------------------------- */

/* Adds or takes 32 in the bytes of @p word, all below 128,
 * that lie between @p first and @p last. */
static inline uint64_t change_case(uint64_t word, unsigned char first, unsigned char last)
{
    uint64_t from_first = word + EACH_BYTE(128u - first);
    uint64_t behind_last = word + EACH_BYTE(127u - last);
    return word ^ ((from_first & ~behind_last & EACH_BYTE(0x80u)) >> 2);
}

/* The small letter of a character of two bytes; itself where the rows below have none:
 * Latin-1 (À to Þ), Latin Extended-A, Cyrillic (Ѐ to Я). */
static unsigned small_letter(unsigned c)
{
    if (c >= 0xc0 && c <= 0xde && c != 0xd7)
        return c + 0x20;
    if ((c >= 0x100 && c <= 0x12f) || (c >= 0x132 && c <= 0x137) || (c >= 0x14a && c <= 0x177))
        return c | 1;
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e))
        return c + (c & 1);
    if (c >= 0x410 && c <= 0x42f)
        return c + 0x20;
    return c >= 0x400 && c <= 0x40f ? c + 0x50 : c;
}

/* Makes small letters in place, byte by byte. */
static void lower_slowly(char *text, size_t len)
{
    unsigned char *bytes = (unsigned char *)text;
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] >= 'A' && bytes[i] <= 'Z')
            bytes[i] += 32;
        if (bytes[i] < 0xc3 || bytes[i] > 0xd3 || i + 1 == len || (bytes[i + 1] & 0xc0) != 0x80)
            continue;
        unsigned small = small_letter((unsigned)(bytes[i] & 0x1f) << 6 | (bytes[i + 1] & 0x3f));
        bytes[i] = (unsigned char)(0xc0 | small >> 6);
        bytes[++i] = (unsigned char)(0x80 | (small & 0x3f));
    }
}

static void upper_slowly(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] >= 'a' && text[i] <= 'z')
            text[i] = (char)(text[i] - 32);
}

/* Changes letters in place: whole words while they are ASCII, then byte by byte. */
static void change_letters(char *text, size_t len, bool to_lower)
{
    size_t done = 0;
    for (; done + 8 <= len; done += 8) {
        uint64_t word;
        memcpy(&word, text + done, 8);
        if ((word & EACH_BYTE(0x80u)) != 0)
            break;
        word = to_lower ? change_case(word, 'A', 'Z') : change_case(word, 'a', 'z');
        memcpy(text + done, &word, 8);
    }
    if (to_lower)
        lower_slowly(text + done, len - done);
    else
        upper_slowly(text + done, len - done);
}

static struct wh_str trim(struct wh_str text)
{
    while (text.len > 0 && text.ptr[text.len - 1] == ' ')
        text.len--;
    while (text.len > 0 && text.ptr[0] == ' ')
        text = wh_str_make(text.ptr + 1, text.len - 1);
    return text;
}

/* ---- deriving -------------------------------------------------------------------------------- */

bool wh_derivation_is_valid(const struct wh_derivation *derivation)
{
    const struct wh_template *template = &derivation->template;
    if (derivation->transform != WH_TRANSFORM_TEMPLATE)
        return derivation->transform <= (WH_TRANSFORM_UPPER | WH_TRANSFORM_TRIM);
    if (template->source_len > WH_TEMPLATE_SIZE || template->target_len > WH_TEMPLATE_SIZE)
        return false;
    for (size_t i = 0; i < template->target_len; i++)
        if (template->steps[i] < 128 && template->steps[i] >= template->source_len)
            return false;
    return true;
}

size_t wh_derived_size(const struct wh_derivation *derivation, struct wh_str from)
{
    return derivation->transform == WH_TRANSFORM_TEMPLATE ? WH_TEMPLATE_SIZE : from.len;
}

static size_t fill_template(const struct wh_template *template, struct wh_str from, char *room)
{
    if (from.len != template->source_len)
        return SIZE_MAX;
    for (size_t i = 0; i < template->target_len; i++) {
        uint8_t step = template->steps[i];
        room[i] = step < 128 ? from.ptr[step] : (char)(step - 128);
    }
    return template->target_len;
}

size_t wh_derive(const struct wh_derivation *derivation, struct wh_str from, char *room)
{
    if (derivation->transform == WH_TRANSFORM_TEMPLATE)
        return fill_template(&derivation->template, from, room);
    if ((derivation->transform & WH_TRANSFORM_TRIM) != 0)
        from = trim(from);
    if (from.len > 0)
        memcpy(room, from.ptr, from.len);
    if ((derivation->transform & (WH_TRANSFORM_LOWER | WH_TRANSFORM_UPPER)) != 0)
        change_letters(room, from.len, (derivation->transform & WH_TRANSFORM_LOWER) != 0);
    return from.len;
}

bool wh_derives(const struct wh_derivation *derivation, struct wh_str from, struct wh_str to)
{
    char room[LONGEST_DERIVED];
    if (derivation->transform == WH_TRANSFORM_NONE)
        return from.len == to.len && (from.ptr == to.ptr || memcmp(from.ptr, to.ptr, to.len) == 0);
    if (from.len > sizeof(room) || to.len > sizeof(room))
        return false;
    size_t len = wh_derive(derivation, from, room);
    return len == to.len && memcmp(room, to.ptr, len) == 0;
}

/* ---- finding --------------------------------------------------------------------------------- */

/* Rows looked at, and how many of them a template is made of at least: fewer agree by chance. */
enum { LOOKED_AT = 24, LEAST_FOR_TEMPLATE = 6 };

/* Values of both columns, where neither is NULL. */
struct pairs {
    struct wh_str from[LOOKED_AT];
    struct wh_str to[LOOKED_AT];
    size_t count;
};

static void choose_pairs(const struct wh_column *from, const struct wh_column *to,
                         const struct wh_derive_sample *sample, struct pairs *ret)
{
    size_t step = WH_MAX(sample->count / LOOKED_AT, 1);
    ret->count = 0;
    for (size_t i = 0; i < sample->count && ret->count < LOOKED_AT; i += step) {
        uint16_t row = sample->rows[i];
        if (wh_column_is_null(from, row) || wh_column_is_null(to, row))
            continue;
        ret->from[ret->count] = from->values.texts[row];
        ret->to[ret->count++] = to->values.texts[row];
    }
}

static bool holds(const struct wh_derivation *derivation, const struct pairs *pairs)
{
    size_t right = 0;
    for (size_t i = 0; i < pairs->count; i++)
        right += wh_derives(derivation, pairs->from[i], pairs->to[i]);
    return right > 0 && right * 2 >= pairs->count;
}

/* The step that gives byte @p at of all targets of the template's lengths; false: there is none. */
static bool find_step(const struct pairs *pairs, const struct wh_template *template, size_t at,
                      uint8_t *ret)
{
    uint64_t places = template->source_len > 0 ? UINT64_MAX : 0;
    char constant = pairs->to[0].ptr[at];
    bool is_constant = (unsigned char)constant < 128;
    for (size_t i = 0; i < pairs->count; i++) {
        if (pairs->from[i].len != template->source_len || pairs->to[i].len != template->target_len)
            continue;
        uint64_t equal = 0;
        for (size_t place = 0; place < template->source_len; place++)
            equal |= (uint64_t)(pairs->from[i].ptr[place] == pairs->to[i].ptr[at]) << place;
        places &= equal;
        is_constant = is_constant && pairs->to[i].ptr[at] == constant;
    }
    /* A place rather than a constant: years begin with 20 until one begins with 19. */
    if (places != 0)
        *ret = (uint8_t)__builtin_ctzll(places);
    else
        *ret = (uint8_t)(128 + (is_constant ? constant : 0));
    return places != 0 || is_constant;
}

static bool find_template(const struct pairs *pairs, struct wh_derivation *ret)
{
    *ret = (struct wh_derivation){.transform = WH_TRANSFORM_TEMPLATE};
    if (pairs->count < LEAST_FOR_TEMPLATE || pairs->from[0].len > WH_TEMPLATE_SIZE ||
        pairs->to[0].len > WH_TEMPLATE_SIZE)
        return false;
    ret->template.source_len = (uint8_t)pairs->from[0].len;
    ret->template.target_len = (uint8_t)pairs->to[0].len;
    for (size_t i = 0; i < ret->template.target_len; i++)
        if (!find_step(pairs, &ret->template, i, &ret->template.steps[i]))
            return false;
    return holds(ret, pairs);
}

bool wh_find_derivation(const struct wh_column *from, const struct wh_column *to,
                        const struct wh_derive_sample *sample, struct wh_derivation *ret)
{
    static const uint8_t transforms[] = {
        WH_TRANSFORM_NONE,  WH_TRANSFORM_TRIM,
        WH_TRANSFORM_LOWER, WH_TRANSFORM_LOWER | WH_TRANSFORM_TRIM,
        WH_TRANSFORM_UPPER, WH_TRANSFORM_UPPER | WH_TRANSFORM_TRIM,
    };
    struct pairs pairs;
    choose_pairs(from, to, sample, &pairs);
    for (size_t i = 0; i < WH_COUNT_OF(transforms); i++) {
        *ret = (struct wh_derivation){.transform = transforms[i]};
        if (holds(ret, &pairs))
            return true;
    }
    return find_template(&pairs, ret);
}
