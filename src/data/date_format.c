/* SPDX-License-Identifier: Apache-2.0 */
/* Compiles templates as parse_format() in PostgreSQL's formatting.c does. */
#include "data/date_format.h"

#include <string.h>

#include "base/arena.h"
#include "base/macros.h"
#include "data/digits.h"

const char *const wh_month_names[12] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
const char *const wh_weekday_names[7] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                         "Thursday", "Friday", "Saturday"};

/* Which calendar a field belongs to; fields of both cannot stand in one template. */
enum convention { ANY, GREGORIAN, ISO_WEEK };

struct keyword {
    const char *name; /* in capitals; longer ones before those that they begin with */
    enum wh_date_key key;
    uint8_t length;
    bool is_digits;
    enum convention convention;
};

static const struct keyword keywords[] = {
    {"A.D.", WH_KEY_B_C, 4, false, ANY},
    {"A.M.", WH_KEY_A_M, 4, false, ANY},
    {"AD", WH_KEY_BC, 2, false, ANY},
    {"AM", WH_KEY_AM, 2, false, ANY},
    {"B.C.", WH_KEY_B_C, 4, false, ANY},
    {"BC", WH_KEY_BC, 2, false, ANY},
    {"CC", WH_KEY_CC, 2, true, ANY},
    {"DAY", WH_KEY_DAY, 3, false, ANY},
    {"DDD", WH_KEY_DDD, 3, true, GREGORIAN},
    {"DD", WH_KEY_DD, 2, true, GREGORIAN},
    {"DY", WH_KEY_DY, 2, false, ANY},
    {"D", WH_KEY_D, 1, true, GREGORIAN},
    {"FF1", WH_KEY_FF, 1, true, ANY},
    {"FF2", WH_KEY_FF, 2, true, ANY},
    {"FF3", WH_KEY_FF, 3, true, ANY},
    {"FF4", WH_KEY_FF, 4, true, ANY},
    {"FF5", WH_KEY_FF, 5, true, ANY},
    {"FF6", WH_KEY_FF, 6, true, ANY},
    {"FX", WH_KEY_FX, 2, false, ANY},
    {"HH24", WH_KEY_HH24, 2, true, ANY},
    {"HH12", WH_KEY_HH12, 2, true, ANY},
    {"HH", WH_KEY_HH12, 2, true, ANY},
    {"IDDD", WH_KEY_IDDD, 3, true, ISO_WEEK},
    {"ID", WH_KEY_ID, 1, true, ISO_WEEK},
    {"IW", WH_KEY_IW, 2, true, ISO_WEEK},
    {"IYYY", WH_KEY_IY, 4, true, ISO_WEEK},
    {"IYY", WH_KEY_IY, 3, true, ISO_WEEK},
    {"IY", WH_KEY_IY, 2, true, ISO_WEEK},
    {"I", WH_KEY_IY, 1, true, ISO_WEEK},
    {"J", WH_KEY_J, 1, true, ANY},
    {"MI", WH_KEY_MI, 2, true, ANY},
    {"MM", WH_KEY_MM, 2, true, GREGORIAN},
    {"MONTH", WH_KEY_MONTH, 5, false, GREGORIAN},
    {"MON", WH_KEY_MON, 3, false, GREGORIAN},
    {"MS", WH_KEY_MS, 3, true, ANY},
    {"P.M.", WH_KEY_A_M, 4, false, ANY},
    {"PM", WH_KEY_AM, 2, false, ANY},
    {"Q", WH_KEY_Q, 1, true, ANY},
    {"SSSSS", WH_KEY_SSSS, 5, true, ANY},
    {"SSSS", WH_KEY_SSSS, 4, true, ANY},
    {"SS", WH_KEY_SS, 2, true, ANY},
    {"TZH", WH_KEY_TZH, 2, false, ANY},
    {"TZM", WH_KEY_TZM, 2, true, ANY},
    {"US", WH_KEY_US, 6, true, ANY},
    {"WW", WH_KEY_WW, 2, true, GREGORIAN},
    {"W", WH_KEY_W, 1, true, GREGORIAN},
    {"Y,YYY", WH_KEY_Y_YYY, 5, true, GREGORIAN},
    {"YYYY", WH_KEY_Y, 4, true, GREGORIAN},
    {"YYY", WH_KEY_Y, 3, true, GREGORIAN},
    {"YY", WH_KEY_Y, 2, true, GREGORIAN},
    {"Y", WH_KEY_Y, 1, true, GREGORIAN},
};

/* What PostgreSQL has and wherry has not: names of zones, names in the server's language, Roman
 * months, spelled numbers. */
static const char *const refused[] = {"TZ", "OF", "RM", "TM", "SP"};

static char upper(char byte)
{
    return byte >= 'a' && byte <= 'z' ? (char)(byte - 'a' + 'A') : byte;
}

static bool is_lower(char byte)
{
    return byte >= 'a' && byte <= 'z';
}

/* True where @p text begins with @p word, all in capitals or all in small letters. */
static bool begins(struct wh_str text, struct wh_str word)
{
    if (wh_str_starts_with(text, word))
        return true;
    if (text.len < word.len)
        return false;
    for (size_t i = 0; i < word.len; i++) {
        bool is_letter = word.ptr[i] >= 'A' && word.ptr[i] <= 'Z';
        if (text.ptr[i] != (is_letter ? (char)(word.ptr[i] - 'A' + 'a') : word.ptr[i]))
            return false;
    }
    return true;
}

/* Names of months and days have a third form, with one capital. */
static bool begins_title(struct wh_str text, struct wh_str word)
{
    if (text.len < word.len || word.len < 2 || text.ptr[0] != word.ptr[0])
        return false;
    for (size_t i = 1; i < word.len; i++)
        if (!is_lower(text.ptr[i]) || upper(text.ptr[i]) != word.ptr[i])
            return false;
    return true;
}

static bool is_name(enum wh_date_key key)
{
    return key == WH_KEY_DAY || key == WH_KEY_DY || key == WH_KEY_MON || key == WH_KEY_MONTH;
}

static const struct keyword *find_keyword(struct wh_str text, enum wh_letter_case *ret_case)
{
    for (size_t i = 0; i < WH_COUNT_OF(keywords); i++) {
        struct wh_str name = wh_str_from(keywords[i].name);
        if (begins(text, name)) {
            *ret_case = is_lower(text.ptr[0]) ? WH_CASE_LOWER : WH_CASE_UPPER;
            return &keywords[i];
        }
        if (is_name(keywords[i].key) && begins_title(text, name)) {
            *ret_case = WH_CASE_TITLE;
            return &keywords[i];
        }
    }
    return NULL;
}

/* ---- compiling ------------------------------------------------------------------------------- */

struct compiler {
    struct wh_str rest;
    struct wh_date_node *nodes;
    size_t count;
    enum convention convention;
    bool is_mixed;
};

static void advance(struct compiler *compiler, size_t length)
{
    compiler->rest.ptr += length;
    compiler->rest.len -= length;
}

/* The refused word that the rest begins with. */
static bool find_refused(const struct compiler *compiler, struct wh_str *ret)
{
    for (size_t i = 0; i < WH_COUNT_OF(refused); i++) {
        struct wh_str word = wh_str_from(refused[i]);
        if (!begins(compiler->rest, word))
            continue;
        *ret = wh_str_make(compiler->rest.ptr, word.len);
        return true;
    }
    return false;
}

/* An ordinal's ending; only numbers have one. */
static bool take_ordinal(struct compiler *compiler, const struct keyword *keyword,
                         struct wh_date_node *node)
{
    if (!begins(compiler->rest, WH_STR("TH")))
        return true;
    node->is_ordinal = true;
    node->ordinal_case = is_lower(compiler->rest.ptr[0]) ? WH_CASE_LOWER : WH_CASE_UPPER;
    advance(compiler, 2);
    return keyword->is_digits && keyword->key != WH_KEY_TZM;
}

/* False where the field does not go together with its ending. */
static bool add_field(struct compiler *compiler, const struct keyword *keyword,
                      enum wh_letter_case letter_case, bool is_fill_mode)
{
    if (keyword->convention != ANY) {
        compiler->is_mixed |=
            compiler->convention != ANY && compiler->convention != keyword->convention;
        compiler->convention = keyword->convention;
    }
    struct wh_date_node *node = &compiler->nodes[compiler->count++];
    *node = (struct wh_date_node){.type = WH_NODE_FIELD,
                                  .key = keyword->key,
                                  .letter_case = letter_case,
                                  .length = keyword->length,
                                  .is_fill_mode = is_fill_mode};
    advance(compiler, strlen(keyword->name));
    return take_ordinal(compiler, keyword, node);
}

static size_t character_length(struct wh_str text)
{
    size_t length = 1;
    while (length < text.len && ((unsigned char)text.ptr[length] & 0xC0) == 0x80)
        length++;
    return length;
}

static enum wh_date_node_type type_of(char byte)
{
    if (wh_is_space(byte))
        return WH_NODE_SPACE;
    bool is_printed = byte > 0x20 && byte < 0x7F;
    bool is_letter = upper(byte) >= 'A' && upper(byte) <= 'Z';
    return is_printed && !is_letter && !wh_is_digit(byte) ? WH_NODE_SEPARATOR : WH_NODE_TEXT;
}

static void add_character(struct compiler *compiler, enum wh_date_node_type type)
{
    size_t length = character_length(compiler->rest);
    compiler->nodes[compiler->count++] =
        (struct wh_date_node){.type = type, .text = wh_str_make(compiler->rest.ptr, length)};
    advance(compiler, length);
}

/* Behind an opening quote, up to the closing one or the end. */
static void add_quoted(struct compiler *compiler)
{
    advance(compiler, 1);
    while (compiler->rest.len > 0 && compiler->rest.ptr[0] != '"') {
        if (compiler->rest.ptr[0] == '\\' && compiler->rest.len > 1)
            advance(compiler, 1);
        add_character(compiler, WH_NODE_TEXT);
    }
    if (compiler->rest.len > 0)
        advance(compiler, 1);
}

static void add_literal(struct compiler *compiler)
{
    if (compiler->rest.ptr[0] == '"') {
        add_quoted(compiler);
        return;
    }
    if (compiler->rest.len > 1 && compiler->rest.ptr[0] == '\\' && compiler->rest.ptr[1] == '"')
        advance(compiler, 1);
    add_character(compiler, type_of(compiler->rest.ptr[0]));
}

static bool take_fill_mode(struct compiler *compiler)
{
    if (!begins(compiler->rest, WH_STR("FM")))
        return false;
    advance(compiler, 2);
    return true;
}

/* One piece; false and the part at fault where it cannot be had. */
static bool compile_piece(struct compiler *compiler, struct wh_str *ret_bad)
{
    bool is_fill_mode = take_fill_mode(compiler);
    if (compiler->rest.len == 0)
        return true;
    enum wh_letter_case letter_case;
    const struct keyword *keyword = find_keyword(compiler->rest, &letter_case);
    if (keyword != NULL) {
        *ret_bad = wh_str_make(compiler->rest.ptr, strlen(keyword->name));
        return add_field(compiler, keyword, letter_case, is_fill_mode);
    }
    if (find_refused(compiler, ret_bad))
        return false;
    add_literal(compiler);
    return true;
}

static bool begins_with_digit(const struct wh_date_node *node)
{
    if (node->type != WH_NODE_FIELD)
        return node->text.len == 1 && wh_is_digit(node->text.ptr[0]);
    for (size_t i = 0; i < WH_COUNT_OF(keywords); i++)
        if (keywords[i].key == node->key)
            return keywords[i].is_digits;
    return false;
}

bool wh_date_format_reads(const struct wh_date_format *format)
{
    return !format->is_mixed;
}

static enum wh_date_shape shape_of(struct wh_str format)
{
    if (wh_str_is(format, "DD/MM/YYYY"))
        return WH_SHAPE_DD_MM_YYYY;
    return wh_str_is(format, "YYYY-MM-DD") ? WH_SHAPE_YYYY_MM_DD : WH_SHAPE_ANY;
}

const struct wh_date_format *wh_date_format_compile(struct wh_str format, struct wh_arena *arena,
                                                    struct wh_str *ret_bad)
{
    struct wh_date_format *compiled = WH_ARENA_NEW(arena, struct wh_date_format);
    char *copy = wh_arena_bytes(arena, format.len);
    struct wh_date_node *nodes = wh_arena_array(arena, format.len + 1, sizeof(*nodes));
    *ret_bad = format;
    if (compiled == NULL || copy == NULL || nodes == NULL)
        return NULL;
    if (format.len > 0)
        memcpy(copy, format.ptr, format.len);
    struct compiler compiler = {.rest = wh_str_make(copy, format.len), .nodes = nodes};
    while (compiler.rest.len > 0) {
        if (compile_piece(&compiler, ret_bad))
            continue;
        ret_bad->ptr = format.ptr + (ret_bad->ptr - copy);
        return NULL;
    }
    for (size_t i = 0; i + 1 < compiler.count; i++)
        nodes[i].is_before_digits = begins_with_digit(&nodes[i + 1]);
    *compiled = (struct wh_date_format){.nodes = nodes,
                                        .count = compiler.count,
                                        .shape = shape_of(format),
                                        .is_iso_week = compiler.convention == ISO_WEEK,
                                        .is_mixed = compiler.is_mixed};
    *ret_bad = WH_STR_NONE;
    return compiled;
}
