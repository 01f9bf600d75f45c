/* SPDX-License-Identifier: Apache-2.0 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "convert/regex.h"

#include <pcre2.h>

#include "base/clock.h"
#include "convert/regex_tree.h"

struct wh_regex {
    pcre2_code *search;
    pcre2_code *divide; /* the same, which asks whether a match may end where it does */
    uint32_t captures;
    bool search_captures; /* and `divide` is not needed */
    bool has_one_span;
    bool is_shortest;
};

enum {
    MAX_PATTERN = 1 << 18, /* bytes, as PCRE2 is given it */
    WORKSPACE = 8192,
    HEAP_KIB = 65536,
    FEWEST_STEPS = 1000000,
    STEPS_PER_BYTE = 16,
    FIRST_WINDOW = 256,
    STARTS_PER_LOOK = 16 /* at the clock */
};

/* Places that callouts stand at: where a match that is divided ends, and where any match starts. */
enum { CALLOUT_END = 1, CALLOUT_START };

/* Bytes that the other algorithm may look at for one text: about a second's worth. */
#define SCAN_BUDGET ((size_t)1 << 25)

/* Processor time for one text. PCRE2 counts its steps anew at each start, and a repetition of one
 * character is one step, however long. */
#define MOST_SECONDS 1.0

/* ---- memory --------------------------------------------------------------------------------- */

static void *take_memory(size_t size, void *arena)
{
    return wh_arena_alloc(arena, size);
}

/* The arena frees it. */
static void leave_memory(void *memory, void *arena)
{
    (void)memory;
    (void)arena;
}

static pcre2_general_context *new_context(struct wh_arena *arena)
{
    return pcre2_general_context_create(take_memory, leave_memory, arena);
}

/* ---- compiling ------------------------------------------------------------------------------ */

enum purpose { TO_SEARCH, TO_SEARCH_AND_CAPTURE, TO_DIVIDE };

/* What makes a repetition keep all that it took would hide the shortest match. */
static wh_code compile_tree(const struct wh_regex_node *tree, enum purpose purpose,
                            struct wh_arena *arena, pcre2_code **ret, struct wh_error *err)
{
    bool divides = purpose == TO_DIVIDE;
    uint32_t options = PCRE2_UTF | PCRE2_DOTALL | PCRE2_NO_UTF_CHECK | PCRE2_NEVER_BACKSLASH_C |
                       (divides || wh_regex_is_shortest(tree) ? PCRE2_NO_AUTO_POSSESS : 0);
    WH_CLEANUP(wh_buf_release) struct wh_buf pattern;
    int code = 0;
    size_t offset = 0;
    wh_buf_init(&pattern, MAX_PATTERN);
    if (!divides)
        WH_TRY(wh_buf_printf(&pattern, err, "(?C%d)(?:", CALLOUT_START));
    WH_TRY(wh_regex_print(tree, purpose != TO_SEARCH, &pattern, err));
    WH_TRY(divides ? wh_buf_printf(&pattern, err, "(?C%d)", CALLOUT_END)
                   : wh_buf_append_byte(&pattern, ')', err));
    pcre2_general_context *general = new_context(arena);
    pcre2_compile_context *context = general != NULL ? pcre2_compile_context_create(general) : NULL;
    if (context == NULL)
        return wh_error_no_memory(err, pattern.len);
    *ret = pcre2_compile((PCRE2_SPTR)(pattern.len > 0 ? pattern.ptr : ""), pattern.len, options,
                         &code, &offset, context);
    if (*ret == NULL && code == PCRE2_ERROR_NOMEMORY)
        return wh_error_no_memory(err, pattern.len);
    return *ret != NULL ? WH_OK : WH_LIMIT;
}

static wh_code refuse(const char *why, const char **ret_refusal)
{
    *ret_refusal = why;
    return WH_UNSUPPORTED;
}

wh_code wh_regex_compile(struct wh_str pattern, struct wh_regex_options options,
                         struct wh_arena *arena, const struct wh_regex **ret,
                         const char **ret_refusal, struct wh_error *err)
{
    struct wh_regex_parse parse = {
        .text = pattern, .folds_case = options.folds_case, .arena = arena};
    struct wh_regex *regex = WH_ARENA_NEW(arena, struct wh_regex);
    const struct wh_regex_node *tree = regex != NULL ? wh_regex_parse(&parse) : NULL;
    if (tree == NULL && parse.refusal == NULL)
        return wh_error_no_memory(err, sizeof(*regex));
    if (tree == NULL)
        return refuse(parse.refusal, ret_refusal);
    if (wh_regex_is_large(tree))
        return refuse(
            "its repetitions come to more than 40,000 characters, which PostgreSQL may find "
            "too complex",
            ret_refusal);
    regex->captures = parse.captures;
    regex->has_one_span = wh_regex_has_one_span(tree);
    regex->is_shortest = wh_regex_is_shortest(tree);
    bool divides = options.needs_captures && parse.captures > 0;
    if (divides && !wh_regex_has_one_division(tree))
        return refuse("what the groups of this pattern capture could differ from PostgreSQL's: let "
                      "each group, and what stands between two, have one quantifier, and repeat no "
                      "group",
                      ret_refusal);
    regex->search_captures = divides && wh_regex_has_one_way(tree);
    enum purpose search = regex->search_captures ? TO_SEARCH_AND_CAPTURE : TO_SEARCH;
    wh_code rc = compile_tree(tree, search, arena, &regex->search, err);
    if (rc == WH_OK && divides && !regex->search_captures)
        rc = compile_tree(tree, TO_DIVIDE, arena, &regex->divide, err);
    *ret = regex;
    return rc == WH_LIMIT ? refuse("the pattern is too large", ret_refusal) : rc;
}

uint32_t wh_regex_captures(const struct wh_regex *regex)
{
    return regex->captures;
}

/* ---- matching ------------------------------------------------------------------------------- */

struct wh_regex_matcher {
    const struct wh_regex *regex;
    pcre2_match_context *context;
    pcre2_match_data *data;
    pcre2_match_data *end_data;
    int *workspace;
    struct wh_str text;
    size_t budget;
    size_t starts; /* that were tried in this text */
    double since;  /* when the clock was looked at first; 0: not yet */
    size_t end;    /* where a match that is divided has to end */
};

static int count_start(struct wh_regex_matcher *matcher)
{
    if (++matcher->starts % STARTS_PER_LOOK != 0)
        return 0;
    double now = wh_clock_thread_seconds();
    if (matcher->since <= 0)
        matcher->since = now;
    return now - matcher->since > MOST_SECONDS ? PCRE2_ERROR_CALLOUT : 0;
}

static int call_out(pcre2_callout_block *block, void *context)
{
    struct wh_regex_matcher *matcher = context;
    if (block->callout_number == CALLOUT_START)
        return count_start(matcher);
    return block->current_position == matcher->end ? 0 : 1;
}

struct wh_regex_matcher *wh_regex_matcher_new(const struct wh_regex *regex, struct wh_arena *arena)
{
    struct wh_regex_matcher *matcher = WH_ARENA_NEW(arena, struct wh_regex_matcher);
    pcre2_general_context *general = matcher != NULL ? new_context(arena) : NULL;
    if (general == NULL)
        return NULL;
    matcher->regex = regex;
    matcher->context = pcre2_match_context_create(general);
    matcher->data = pcre2_match_data_create(WH_REGEX_GROUPS, general);
    matcher->end_data = pcre2_match_data_create(1, general);
    matcher->workspace =
        regex->has_one_span ? NULL : wh_arena_alloc(arena, WORKSPACE * sizeof(int));
    if (matcher->context == NULL || matcher->data == NULL || matcher->end_data == NULL ||
        (matcher->workspace == NULL && !regex->has_one_span))
        return NULL;
    pcre2_set_heap_limit(matcher->context, HEAP_KIB);
    pcre2_set_callout(matcher->context, call_out, matcher);
    return matcher;
}

void wh_regex_matcher_begin(struct wh_regex_matcher *matcher, struct wh_str text)
{
    size_t steps = FEWEST_STEPS + STEPS_PER_BYTE * WH_MIN(text.len, (size_t)UINT32_MAX / 32);
    matcher->text = text.len > 0 ? text : WH_STR("");
    matcher->budget = SCAN_BUDGET;
    matcher->starts = 0;
    matcher->since = 0;
    pcre2_set_match_limit(matcher->context, (uint32_t)steps);
}

static enum wh_fault fault_of(int code)
{
    return code == PCRE2_ERROR_NOMEMORY ? WH_FAULT_NO_MEMORY : WH_FAULT_LIMIT;
}

static enum wh_fault match(struct wh_regex_matcher *matcher, const pcre2_code *pattern, size_t from,
                           uint32_t options, bool *ret_found)
{
    int code = pcre2_match(pattern, (PCRE2_SPTR)matcher->text.ptr, matcher->text.len, from,
                           options | PCRE2_NO_UTF_CHECK, matcher->data, matcher->context);
    *ret_found = code >= 0;
    return code >= 0 || code == PCRE2_ERROR_NOMATCH ? WH_FAULT_NONE : fault_of(code);
}

/* Where @p size bytes from @p start end, or the character there does. */
static size_t window_end(struct wh_str text, size_t start, size_t size)
{
    size_t end = size < text.len - start ? start + size : text.len;
    while (end < text.len && ((unsigned char)text.ptr[end] & 0xc0) == 0x80)
        end++;
    return end;
}

/* The longest or the shortest match that begins at @p start, where there is one. It is looked for
 * in a part of the text that grows for as long as what follows could make a difference. */
static enum wh_fault find_end(struct wh_regex_matcher *matcher, size_t start, size_t *ret_end)
{
    uint32_t options = PCRE2_ANCHORED | PCRE2_NO_UTF_CHECK |
                       (matcher->regex->is_shortest ? PCRE2_DFA_SHORTEST : 0);
    int code = PCRE2_ERROR_PARTIAL;
    for (size_t size = FIRST_WINDOW; code == PCRE2_ERROR_PARTIAL; size *= 4) {
        size_t end = window_end(matcher->text, start, size);
        if (end - start > matcher->budget)
            return WH_FAULT_LIMIT;
        matcher->budget -= end - start;
        code = pcre2_dfa_match(matcher->regex->search, (PCRE2_SPTR)matcher->text.ptr, end, start,
                               options | (end < matcher->text.len ? PCRE2_PARTIAL_HARD : 0),
                               matcher->end_data, matcher->context, matcher->workspace, WORKSPACE);
    }
    if (code < 0)
        return fault_of(code);
    *ret_end = pcre2_get_ovector_pointer(matcher->end_data)[1];
    return WH_FAULT_NONE;
}

/* What the groups of the match just found captured. */
static void take_captures(const struct wh_regex_matcher *matcher, bool found,
                          struct wh_regex_span spans[WH_REGEX_GROUPS])
{
    const size_t *places = pcre2_get_ovector_pointer(matcher->data);
    for (uint32_t i = 1; i <= matcher->regex->captures; i++)
        spans[i] = found ? (struct wh_regex_span){places[2 * i], places[2 * i + 1]}
                         : (struct wh_regex_span){SIZE_MAX, SIZE_MAX};
}

static enum wh_fault find_captures(struct wh_regex_matcher *matcher,
                                   struct wh_regex_span spans[WH_REGEX_GROUPS])
{
    bool found;
    matcher->end = spans[0].end;
    enum wh_fault fault =
        match(matcher, matcher->regex->divide, spans[0].start, PCRE2_ANCHORED, &found);
    if (fault == WH_FAULT_NONE)
        take_captures(matcher, found, spans);
    return fault;
}

enum wh_fault wh_regex_find(struct wh_regex_matcher *matcher, size_t from,
                            struct wh_regex_span spans[WH_REGEX_GROUPS], bool *ret_found)
{
    const struct wh_regex *regex = matcher->regex;
    enum wh_fault fault = match(matcher, regex->search, from, 0, ret_found);
    if (fault != WH_FAULT_NONE || !*ret_found)
        return fault;
    const size_t *places = pcre2_get_ovector_pointer(matcher->data);
    spans[0] = (struct wh_regex_span){places[0], places[1]};
    if (!regex->has_one_span)
        fault = find_end(matcher, spans[0].start, &spans[0].end);
    if (regex->search_captures)
        take_captures(matcher, true, spans);
    if (fault == WH_FAULT_NONE && regex->divide != NULL)
        fault = find_captures(matcher, spans);
    return fault;
}

enum wh_fault wh_regex_test(struct wh_regex_matcher *matcher, bool *ret_found)
{
    return match(matcher, matcher->regex->search, 0, 0, ret_found);
}
