/* SPDX-License-Identifier: Apache-2.0 */
/* Compiles templates of numbers; the rules of what goes together are NUMDesc_prepare()'s in
 * PostgreSQL's formatting.c. */
#include <string.h>

#include "data/number_pieces.h"

static const struct {
    const char *name;
    enum wh_number_key key;
} keywords[] = {
    {"EEEE", WH_NUMBER_EEEE}, {"FM", WH_NUMBER_FM},   {"MI", WH_NUMBER_MI},
    {"PL", WH_NUMBER_PL},     {"PR", WH_NUMBER_PR},   {"RN", WH_NUMBER_ROMAN},
    {"SG", WH_NUMBER_SG},     {"TH", WH_NUMBER_TH},   {",", WH_NUMBER_GROUP},
    {".", WH_NUMBER_POINT},   {"0", WH_NUMBER_0},     {"9", WH_NUMBER_9},
    {"D", WH_NUMBER_POINT},   {"G", WH_NUMBER_GROUP}, {"L", WH_NUMBER_CURRENCY},
    {"S", WH_NUMBER_S},       {"V", WH_NUMBER_V},
};

/* PostgreSQL knows them and prints nothing for them. */
static const char *const refused[] = {"SP", "B", "C"};

struct compiler {
    struct wh_str rest;
    struct wh_number_piece *pieces;
    size_t count;
    struct wh_number_plan plan;
};

/* True where @p text begins with @p word, all in capitals or all in small letters. */
static bool begins(struct wh_str text, const char *word)
{
    struct wh_str upper = wh_str_from(word);
    if (wh_str_starts_with(text, upper))
        return true;
    if (text.len < upper.len)
        return false;
    for (size_t i = 0; i < upper.len; i++) {
        bool is_letter = word[i] >= 'A' && word[i] <= 'Z';
        if (text.ptr[i] != (is_letter ? (char)(word[i] - 'A' + 'a') : word[i]))
            return false;
    }
    return true;
}

static void advance(struct compiler *compiler, size_t length)
{
    compiler->rest.ptr += length;
    compiler->rest.len -= length;
}

/* ---- what goes together ---------------------------------------------------------------------- */

static bool plan_digit(struct wh_number_plan *plan, bool is_zero)
{
    if (plan->has_brackets)
        return false;
    if (!is_zero && plan->is_shifted) {
        plan->shift++;
        return true;
    }
    if (is_zero && !plan->has_zero && !plan->has_point) {
        plan->has_zero = true;
        plan->zero_start = plan->before;
    }
    if (plan->has_point)
        plan->behind++;
    else
        plan->before++;
    if (is_zero)
        plan->zero_end = plan->before + plan->behind;
    return true;
}

static bool plan_sign(struct wh_number_plan *plan)
{
    if (plan->has_sign || plan->has_plus || plan->has_minus || plan->has_brackets)
        return false;
    plan->has_sign = true;
    plan->sign_place = plan->has_point ? WH_SIGN_BEHIND : WH_SIGN_BEFORE;
    plan->digits_before_sign = plan->has_point ? 0 : plan->before;
    return true;
}

static bool plan_exponent(struct wh_number_plan *plan)
{
    if (plan->is_filled || plan->has_sign || plan->has_brackets || plan->has_minus ||
        plan->has_plus || plan->is_roman || plan->is_shifted)
        return false;
    plan->is_scientific = true;
    return true;
}

/* Sets *flag, where neither of the others is set. */
static bool plan_flag(bool *flag, bool is_excluded)
{
    *flag = true;
    return !is_excluded;
}

/* False where the pattern cannot stand behind those before it. */
static bool plan_key(struct wh_number_plan *plan, enum wh_number_key key)
{
    if (plan->is_scientific)
        return key == WH_NUMBER_LITERAL;
    switch (key) {
    case WH_NUMBER_9:
    case WH_NUMBER_0:
        return plan_digit(plan, key == WH_NUMBER_0);
    case WH_NUMBER_POINT:
        return plan_flag(&plan->has_point, plan->has_point || plan->is_shifted);
    case WH_NUMBER_FM:
        return plan_flag(&plan->is_filled, false);
    case WH_NUMBER_S:
        return plan_sign(plan);
    case WH_NUMBER_SG:
        plan->has_plus = true;
        return plan_flag(&plan->has_minus, plan->has_sign);
    case WH_NUMBER_MI:
        return plan_flag(&plan->has_minus, plan->has_sign);
    case WH_NUMBER_PL:
        return plan_flag(&plan->has_plus, plan->has_sign);
    case WH_NUMBER_PR:
        return plan_flag(&plan->has_brackets, plan->has_sign || plan->has_plus || plan->has_minus);
    case WH_NUMBER_ROMAN:
        return plan_flag(&plan->is_roman, false);
    case WH_NUMBER_V:
        return plan_flag(&plan->is_shifted, plan->has_point);
    case WH_NUMBER_EEEE:
        return plan_exponent(plan);
    case WH_NUMBER_LITERAL:
    case WH_NUMBER_GROUP:
    case WH_NUMBER_CURRENCY:
    case WH_NUMBER_TH:
        break;
    }
    return true;
}

/* ---- compiling ------------------------------------------------------------------------------- */

static void add_character(struct compiler *compiler)
{
    size_t length = 1;
    while (length < compiler->rest.len &&
           ((unsigned char)compiler->rest.ptr[length] & 0xC0) == 0x80)
        length++;
    compiler->pieces[compiler->count++] = (struct wh_number_piece){
        .key = WH_NUMBER_LITERAL, .text = wh_str_make(compiler->rest.ptr, length)};
    advance(compiler, length);
}

/* Behind an opening quote, up to the closing one or the end. */
static void add_quoted(struct compiler *compiler)
{
    advance(compiler, 1);
    while (compiler->rest.len > 0 && compiler->rest.ptr[0] != '"') {
        if (compiler->rest.ptr[0] == '\\' && compiler->rest.len > 1)
            advance(compiler, 1);
        add_character(compiler);
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
    add_character(compiler);
}

static bool is_refused(struct compiler *compiler, struct wh_str *ret_bad)
{
    for (size_t i = 0; i < WH_COUNT_OF(refused); i++) {
        if (!begins(compiler->rest, refused[i]))
            continue;
        *ret_bad = wh_str_make(compiler->rest.ptr, strlen(refused[i]));
        return true;
    }
    return false;
}

/* One piece; false and the part at fault where it cannot be had. */
static bool compile_piece(struct compiler *compiler, struct wh_str *ret_bad)
{
    if (is_refused(compiler, ret_bad))
        return false;
    for (size_t i = 0; i < WH_COUNT_OF(keywords); i++) {
        if (!begins(compiler->rest, keywords[i].name))
            continue;
        size_t length = strlen(keywords[i].name);
        char first = compiler->rest.ptr[0];
        *ret_bad = wh_str_make(compiler->rest.ptr, length);
        compiler->pieces[compiler->count++] = (struct wh_number_piece){
            .key = keywords[i].key, .is_lower = first >= 'a' && first <= 'z'};
        advance(compiler, length);
        return plan_key(&compiler->plan, keywords[i].key);
    }
    add_literal(compiler);
    return true;
}

const struct wh_number_format *
wh_number_format_compile(struct wh_str format, struct wh_arena *arena, struct wh_str *ret_bad)
{
    struct wh_number_format *compiled = WH_ARENA_NEW(arena, struct wh_number_format);
    char *copy = wh_arena_bytes(arena, format.len);
    struct wh_number_piece *pieces = wh_arena_array(arena, format.len + 1, sizeof(*pieces));
    *ret_bad = WH_STR_NONE;
    if (compiled == NULL || copy == NULL || pieces == NULL)
        return NULL;
    memcpy(copy, format.len > 0 ? format.ptr : "", format.len);
    struct compiler compiler = {.rest = wh_str_make(copy, format.len), .pieces = pieces};
    while (compiler.rest.len > 0) {
        if (!compile_piece(&compiler, ret_bad))
            return NULL;
    }
    *compiled = (struct wh_number_format){
        .pieces = pieces, .count = compiler.count, .size = format.len, .plan = compiler.plan};
    return compiled;
}

bool wh_number_format_reads(const struct wh_number_format *format)
{
    return !format->plan.is_roman && !format->plan.is_scientific;
}
