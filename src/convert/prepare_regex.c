/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/prepare_regex.h"

#include "base/error.h"
#include "convert/kernel_regex.h"

struct wanted {
    bool folds_case;
    bool needs_captures;
    size_t flags; /* the argument that has them; 0: none */
    const char *known_flags;
    struct wh_regex_places places; /* of all that the function may be given */
};

static wh_code constant_text(struct wh_compile *compile, const struct wh_call_parts *parts,
                             size_t index, struct wh_str *ret)
{
    if (wh_node_constant_text(parts->inputs[index], ret))
        return WH_OK;
    return WH_REFUSE(compile, parts->inputs[index]->offset, WH_UNSUPPORTED,
                     "the %s of %s has to be a literal in wherry's expressions",
                     index == 1 ? "pattern" : "flags", parts->operation->name);
}

static wh_code read_flags(struct wh_compile *compile, const struct wh_call_parts *parts,
                          struct wanted *wanted, struct wh_regex_prepared *prepared)
{
    struct wh_str flags;
    if (wanted->flags == 0 || wanted->flags >= parts->input_count)
        return WH_OK;
    WH_TRY(constant_text(compile, parts, wanted->flags, &flags));
    for (size_t i = 0; i < flags.len; i++) {
        if (memchr(wanted->known_flags, flags.ptr[i], strlen(wanted->known_flags)) == NULL)
            return WH_REFUSE(compile, parts->inputs[wanted->flags]->offset, WH_UNSUPPORTED,
                             "of the flags of %s() there are: %s", parts->operation->name,
                             wanted->known_flags);
        prepared->is_global |= flags.ptr[i] == 'g';
        if (flags.ptr[i] == 'i' || flags.ptr[i] == 'c')
            wanted->folds_case = flags.ptr[i] == 'i';
    }
    return WH_OK;
}

static struct wh_regex_places given_places(struct wh_regex_places places, size_t input_count)
{
    uint8_t *each[] = {&places.start, &places.occurrence, &places.end, &places.group};
    for (size_t i = 0; i < WH_COUNT_OF(each); i++) {
        if (*each[i] >= input_count)
            *each[i] = 0;
    }
    return places;
}

static bool has_null(const struct wh_call_parts *parts)
{
    for (size_t i = 1; i < parts->input_count; i++) {
        if (wh_node_is_null_constant(parts->inputs[i]))
            return true;
    }
    return false;
}

/* Whether what the pattern matches hangs on which characters are letters or spaces,
 * or on their case. */
static bool asks_for_letters(struct wh_str pattern)
{
    for (size_t i = 0; i + 1 < pattern.len; i++) {
        char next = pattern.ptr[i + 1];
        if (pattern.ptr[i] == '\\' && strchr("wWsSmMyY", next) != NULL)
            return true;
        if (pattern.ptr[i] == '[' && next == ':')
            return true;
        if (pattern.ptr[i] == '(' && next == '?' && i + 2 < pattern.len &&
            strchr(":=!", pattern.ptr[i + 2]) == NULL)
            return true;
        i += pattern.ptr[i] == '\\';
    }
    return false;
}

static wh_code prepare(struct wh_compile *compile, struct wh_call_parts *parts,
                       struct wanted wanted, struct wh_regex_prepared **ret)
{
    struct wh_str pattern;
    const char *refusal = NULL;
    struct wh_regex_prepared *prepared = WH_ARENA_NEW(compile->arena, struct wh_regex_prepared);
    if (prepared == NULL)
        return wh_error_no_memory(compile->err, sizeof(*prepared));
    parts->state = *ret = prepared;
    prepared->places = given_places(wanted.places, parts->input_count);
    if (has_null(parts))
        return WH_OK; /* all is NULL */
    WH_TRY(constant_text(compile, parts, 1, &pattern));
    WH_TRY(read_flags(compile, parts, &wanted, prepared));
    if (wanted.folds_case || asks_for_letters(pattern))
        WH_TRY(wh_node_check_case(compile, parts->inputs, parts->input_count,
                                  "a match by letters, spaces, words or in any case"));
    struct wh_regex_options options = {.folds_case = wanted.folds_case,
                                       .needs_captures = wanted.needs_captures};
    wh_code rc = wh_regex_compile(pattern, options, compile->arena, &prepared->regex, &refusal,
                                  compile->err);
    if (refusal == NULL)
        return rc;
    return WH_REFUSE(compile, parts->inputs[1]->offset, WH_UNSUPPORTED,
                     "the regular expression '%.*s': %s", WH_FMT(pattern), refusal);
}

wh_code wh_prepare_pattern(struct wh_compile *compile, struct wh_call_parts *parts)
{
    struct wh_regex_prepared *ignored;
    return prepare(compile, parts, (struct wanted){.flags = 0}, &ignored);
}

wh_code wh_prepare_pattern_fold(struct wh_compile *compile, struct wh_call_parts *parts)
{
    struct wh_regex_prepared *ignored;
    return prepare(compile, parts, (struct wanted){.folds_case = true}, &ignored);
}

wh_code wh_prepare_regexp_like(struct wh_compile *compile, struct wh_call_parts *parts)
{
    struct wh_regex_prepared *ignored;
    return prepare(compile, parts, (struct wanted){.flags = 2, .known_flags = "ic"}, &ignored);
}

/* \1 to \9 stand in the replacement. One that is not constant may have them. */
static bool refers_to_groups(const struct wh_node *replacement)
{
    struct wh_str text;
    if (!wh_node_constant_text(replacement, &text))
        return true;
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.ptr[i] != '\\')
            continue;
        if (text.ptr[i + 1] >= '1' && text.ptr[i + 1] <= '9')
            return true;
        i += text.ptr[i + 1] == '\\';
    }
    return false;
}

/* Its replacement is arguments[2]. */
static wh_code prepare_replacing(struct wh_compile *compile, struct wh_call_parts *parts,
                                 struct wanted wanted)
{
    struct wh_regex_prepared *ignored;
    wanted.needs_captures = refers_to_groups(parts->inputs[2]);
    wanted.known_flags = "gic";
    return prepare(compile, parts, wanted, &ignored);
}

wh_code wh_prepare_regexp_replace(struct wh_compile *compile, struct wh_call_parts *parts)
{
    return prepare_replacing(compile, parts, (struct wanted){.flags = 3});
}

wh_code wh_prepare_regexp_replace_from(struct wh_compile *compile, struct wh_call_parts *parts)
{
    return prepare_replacing(compile, parts,
                             (struct wanted){.flags = 5, .places = {.start = 3, .occurrence = 4}});
}

wh_code wh_prepare_regexp_count(struct wh_compile *compile, struct wh_call_parts *parts)
{
    struct wh_regex_prepared *ignored;
    struct wanted wanted = {.flags = 3, .known_flags = "ic", .places = {.start = 2}};
    return prepare(compile, parts, wanted, &ignored);
}

/* Group 0, which is the whole match, asks for no captures. */
static wh_code prepare_group(struct wh_compile *compile, struct wh_call_parts *parts,
                             struct wanted wanted)
{
    struct wh_regex_prepared *ignored;
    size_t place = wanted.places.group;
    if (place < parts->input_count && !wh_node_is_null_constant(parts->inputs[place])) {
        const struct wh_node *group = parts->inputs[place];
        wanted.needs_captures = group->form != WH_NODE_CONSTANT || group->value.values.ints[0] != 0;
    }
    wanted.known_flags = "ic";
    return prepare(compile, parts, wanted, &ignored);
}

wh_code wh_prepare_regexp_substr(struct wh_compile *compile, struct wh_call_parts *parts)
{
    return prepare_group(
        compile, parts,
        (struct wanted){.flags = 4, .places = {.start = 2, .occurrence = 3, .group = 5}});
}

wh_code wh_prepare_regexp_instr(struct wh_compile *compile, struct wh_call_parts *parts)
{
    return prepare_group(
        compile, parts,
        (struct wanted){.flags = 5, .places = {.start = 2, .occurrence = 3, .end = 4, .group = 6}});
}

wh_code wh_prepare_regexp_part(struct wh_compile *compile, struct wh_call_parts *parts)
{
    struct wh_regex_prepared *prepared;
    WH_TRY(prepare(compile, parts, (struct wanted){.needs_captures = true}, &prepared));
    prepared->group = prepared->regex != NULL && wh_regex_captures(prepared->regex) > 0;
    return WH_OK;
}

/* (regexp_match(text, pattern [, flags]))[n]: n is the last argument. */
wh_code wh_prepare_regexp_match(struct wh_compile *compile, struct wh_call_parts *parts)
{
    struct wh_regex_prepared *prepared;
    size_t last = parts->input_count - 1;
    struct wanted wanted = {
        .needs_captures = true, .flags = last == 3 ? 2 : 0, .known_flags = "ic"};
    WH_TRY(prepare(compile, parts, wanted, &prepared));
    const struct wh_node *index = parts->inputs[last];
    if (index->form != WH_NODE_CONSTANT || prepared->regex == NULL)
        return WH_OK;
    int64_t group = index->value.values.ints[0];
    int64_t groups = wh_regex_captures(prepared->regex);
    prepared->never_matches = group < 1 || group > WH_MAX(groups, 1);
    prepared->group = groups > 0 ? (size_t)group : 0;
    return WH_OK;
}
