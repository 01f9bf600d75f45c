/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/kernel_regex.h"

#include "base/error.h"
#include "convert/kernel_text.h"
#include "convert/regex.h"
#include "data/text.h"

struct prepared {
    const struct wh_regex *regex;
    bool is_global;
    bool never_matches;
    size_t group; /* what is given: 0 is the whole match */
};

/* ---- preparing ------------------------------------------------------------------------------ */

struct wanted {
    bool folds_case;
    bool needs_captures;
    size_t flags; /* the argument that has them; 0: none */
    const char *known_flags;
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
                          struct wanted *wanted, struct prepared *prepared)
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

static bool has_null(const struct wh_call_parts *parts)
{
    for (size_t i = 1; i < parts->input_count; i++) {
        if (wh_node_is_null_constant(parts->inputs[i]))
            return true;
    }
    return false;
}

/* Whether what the pattern matches hangs on which characters are letters or spaces, or on their case. */
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
                       struct wanted wanted, struct prepared **ret)
{
    struct wh_str pattern;
    const char *refusal = NULL;
    struct prepared *prepared = WH_ARENA_NEW(compile->arena, struct prepared);
    if (prepared == NULL)
        return wh_error_no_memory(compile->err, sizeof(*prepared));
    parts->state = *ret = prepared;
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
    struct prepared *ignored;
    return prepare(compile, parts, (struct wanted){.flags = 0}, &ignored);
}

wh_code wh_prepare_pattern_fold(struct wh_compile *compile, struct wh_call_parts *parts)
{
    struct prepared *ignored;
    return prepare(compile, parts, (struct wanted){.folds_case = true}, &ignored);
}

wh_code wh_prepare_regexp_like(struct wh_compile *compile, struct wh_call_parts *parts)
{
    struct prepared *ignored;
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

wh_code wh_prepare_regexp_replace(struct wh_compile *compile, struct wh_call_parts *parts)
{
    struct prepared *ignored;
    struct wanted wanted = {
        .needs_captures = refers_to_groups(parts->inputs[2]), .flags = 3, .known_flags = "gic"};
    return prepare(compile, parts, wanted, &ignored);
}

wh_code wh_prepare_regexp_substr(struct wh_compile *compile, struct wh_call_parts *parts)
{
    struct prepared *ignored;
    return prepare(compile, parts, (struct wanted){.flags = 0}, &ignored);
}

wh_code wh_prepare_regexp_part(struct wh_compile *compile, struct wh_call_parts *parts)
{
    struct prepared *prepared;
    WH_TRY(prepare(compile, parts, (struct wanted){.needs_captures = true}, &prepared));
    prepared->group = prepared->regex != NULL && wh_regex_captures(prepared->regex) > 0;
    return WH_OK;
}

/* (regexp_match(text, pattern [, flags]))[n]: n is the last argument. */
wh_code wh_prepare_regexp_match(struct wh_compile *compile, struct wh_call_parts *parts)
{
    struct prepared *prepared;
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

/* ---- for each row --------------------------------------------------------------------------- */

typedef void use_row(struct wh_call *call, size_t row, struct wh_regex_matcher *matcher);

static wh_code new_matcher(struct wh_call *call, struct wh_regex_matcher **ret)
{
    const struct prepared *prepared = call->node->state;
    *ret = wh_regex_matcher_new(prepared->regex, call->scratch);
    return *ret != NULL ? WH_OK : wh_error_no_memory(call->err, sizeof(void *));
}

static wh_code each_row(struct wh_call *call, use_row *use)
{
    struct wh_regex_matcher *matcher;
    if (call->selection.count == 0)
        return WH_OK;
    WH_TRY(new_matcher(call, &matcher));
    WH_EACH_DEAR_ROW(call, row)
    {
        wh_regex_matcher_begin(matcher, wh_text_at(&call->inputs[0], row));
        use(call, row, matcher);
    }
    return WH_OK;
}

static void test_row(struct wh_call *call, size_t row, struct wh_regex_matcher *matcher)
{
    bool found = false;
    wh_call_check(call, row, wh_regex_test(matcher, &found));
    call->result->values.bools[row] = found;
}

static void test_row_not(struct wh_call *call, size_t row, struct wh_regex_matcher *matcher)
{
    test_row(call, row, matcher);
    call->result->values.bools[row] ^= 1;
}

wh_code wh_regex_matches(struct wh_call *call)
{
    return each_row(call, test_row);
}

wh_code wh_regex_matches_not(struct wh_call *call)
{
    return each_row(call, test_row_not);
}

static void take_part(struct wh_call *call, size_t row, struct wh_regex_matcher *matcher)
{
    const struct prepared *prepared = call->node->state;
    struct wh_regex_span spans[WH_REGEX_GROUPS];
    bool found = false;
    enum wh_fault fault = wh_regex_find(matcher, 0, spans, &found);
    struct wh_str text = wh_text_at(&call->inputs[0], row);
    if (fault != WH_FAULT_NONE)
        wh_call_fault(call, row, fault);
    else if (!found || prepared->never_matches || spans[prepared->group].start == SIZE_MAX)
        wh_call_set_null(call, row);
    else
        wh_call_set_text(call, row, text.ptr + spans[prepared->group].start,
                         spans[prepared->group].end - spans[prepared->group].start);
}

wh_code wh_regex_part(struct wh_call *call)
{
    return each_row(call, take_part);
}

static void find_position(struct wh_call *call, size_t row, struct wh_regex_matcher *matcher)
{
    struct wh_regex_span spans[WH_REGEX_GROUPS];
    bool found = false;
    wh_call_check(call, row, wh_regex_find(matcher, 0, spans, &found));
    struct wh_str before = wh_text_at(&call->inputs[0], row);
    before.len = found ? spans[0].start : 0;
    call->result->values.ints[row] = found ? (int64_t)wh_utf8_length(before) + 1 : 0;
}

wh_code wh_regex_position(struct wh_call *call)
{
    return each_row(call, find_position);
}

/* Where the search goes on behind a match: one of no width is left by a character. */
static size_t next_start(struct wh_str text, struct wh_regex_span match)
{
    if (match.end > match.start)
        return match.end;
    return match.end < text.len ? match.end + wh_character_bytes(text.ptr[match.end])
                                : text.len + 1;
}

static void count_matches(struct wh_call *call, size_t row, struct wh_regex_matcher *matcher)
{
    struct wh_str text = wh_text_at(&call->inputs[0], row);
    struct wh_regex_span spans[WH_REGEX_GROUPS];
    int64_t count = 0;
    for (size_t at = 0; at <= text.len; at = next_start(text, spans[0])) {
        bool found = false;
        enum wh_fault fault = wh_regex_find(matcher, at, spans, &found);
        wh_call_check(call, row, fault);
        if (fault != WH_FAULT_NONE || !found)
            break;
        count++;
    }
    call->result->values.ints[row] = count;
}

wh_code wh_regex_count(struct wh_call *call)
{
    return each_row(call, count_matches);
}

/* ---- regexp_replace() ----------------------------------------------------------------------- */

struct replacing {
    struct wh_call *call;
    struct wh_str text;
    struct wh_str with;
    struct wh_buf out; /* grows */
    enum wh_fault fault;
};

static void put(struct replacing *replacing, const char *bytes, size_t len)
{
    if (len > 0 && replacing->fault == WH_FAULT_NONE &&
        wh_buf_append(&replacing->out, bytes, len, replacing->call->err) != WH_OK)
        replacing->fault =
            replacing->out.len + len > replacing->out.max ? WH_FAULT_LIMIT : WH_FAULT_NO_MEMORY;
}

static void put_group(struct replacing *replacing, struct wh_regex_span span)
{
    if (span.start != SIZE_MAX)
        put(replacing, replacing->text.ptr + span.start, span.end - span.start);
}

/* \1 to \9 are groups, \& the match, \\ a backslash; any other backslash is itself. */
static void put_replacement(struct replacing *replacing, const struct wh_regex_span *spans,
                            uint32_t groups)
{
    struct wh_str with = replacing->with;
    for (size_t i = 0; i < with.len; i++) {
        const char *escape = memchr(with.ptr + i, '\\', with.len - i);
        size_t plain = (escape != NULL ? (size_t)(escape - with.ptr) : with.len) - i;
        put(replacing, with.ptr + i, plain);
        i += plain;
        if (i + 1 >= with.len) {
            put(replacing, with.ptr + i, with.len - i);
            return;
        }
        char c = with.ptr[i + 1];
        bool is_group = c >= '1' && c <= '9';
        if (is_group && (uint32_t)(c - '0') <= groups)
            put_group(replacing, spans[c - '0']);
        else if (c == '&')
            put_group(replacing, spans[0]);
        else if (!is_group)
            put(replacing, "\\", 1);
        i += is_group || c == '&' || c == '\\';
    }
}

/* Returns how many matches were replaced. */
static size_t replace_all(struct replacing *replacing, struct wh_regex_matcher *matcher)
{
    const struct prepared *prepared = replacing->call->node->state;
    uint32_t groups = wh_regex_captures(prepared->regex);
    struct wh_regex_span spans[WH_REGEX_GROUPS];
    struct wh_str text = replacing->text;
    size_t count = 0;
    size_t copied = 0;
    for (size_t at = 0; at <= text.len; at = next_start(text, spans[0])) {
        bool found = false;
        enum wh_fault fault = wh_regex_find(matcher, at, spans, &found);
        if (fault != WH_FAULT_NONE)
            replacing->fault = fault;
        if (!found || replacing->fault != WH_FAULT_NONE)
            break;
        put(replacing, text.ptr + copied, spans[0].start - copied);
        put_replacement(replacing, spans, groups);
        copied = spans[0].end;
        count++;
        if (!prepared->is_global)
            break;
    }
    put(replacing, text.ptr + copied, text.len - copied);
    return count;
}

static void replace_row(struct replacing *replacing, size_t row, struct wh_regex_matcher *matcher)
{
    struct wh_call *call = replacing->call;
    wh_buf_reset(&replacing->out);
    replacing->fault = WH_FAULT_NONE;
    replacing->text = wh_text_at(&call->inputs[0], row);
    replacing->with = wh_text_at(&call->inputs[2], row);
    size_t count = replace_all(replacing, matcher);
    char *room = NULL;
    if (replacing->fault != WH_FAULT_NONE)
        wh_call_fault(call, row, replacing->fault);
    else if (count == 0)
        call->result->values.texts[row] = replacing->text;
    else if ((room = wh_call_room(call, row, replacing->out.len)) != NULL)
        wh_call_set_text(call, row, room, replacing->out.len);
    if (room != NULL && replacing->out.len > 0)
        memcpy(room, replacing->out.ptr, replacing->out.len);
}

wh_code wh_regex_replace(struct wh_call *call)
{
    struct replacing replacing = {.call = call};
    struct wh_regex_matcher *matcher;
    if (call->selection.count == 0)
        return WH_OK;
    WH_TRY(new_matcher(call, &matcher));
    wh_buf_init(&replacing.out, WH_TEXT_MAX_BYTES);
    WH_EACH_DEAR_ROW(call, row)
    {
        wh_regex_matcher_begin(matcher, wh_text_at(&call->inputs[0], row));
        replace_row(&replacing, row, matcher);
    }
    wh_buf_release(&replacing.out);
    return WH_OK;
}
