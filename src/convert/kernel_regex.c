/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/kernel_regex.h"

#include "base/error.h"
#include "convert/kernel_list.h"
#include "convert/kernel_text.h"
#include "convert/prepare_regex.h"
#include "convert/regex.h"
#include "data/text.h"

/* ---- for each row ---------------------------------------------------------------------------- */

typedef void use_row(struct wh_call *call, size_t row, struct wh_regex_matcher *matcher);

static wh_code new_matcher(struct wh_call *call, struct wh_regex_matcher **ret)
{
    const struct wh_regex_prepared *prepared = call->node->state;
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

/* Where the search goes on behind a match: one of no width is left by a character. */
static size_t next_start(struct wh_str text, struct wh_regex_span match)
{
    if (match.end > match.start)
        return match.end;
    return match.end < text.len ? match.end + wh_character_bytes(text.ptr[match.end])
                                : text.len + 1;
}

/* What the arguments of a row say. */
struct asked {
    size_t from; /* a byte of the text; beyond its end where nothing can be found */
    int64_t occurrence;
    bool is_end;
    int64_t group;
};

static int64_t argument(const struct wh_call *call, size_t row, size_t place, int64_t otherwise)
{
    return place != 0 ? wh_int_at(&call->inputs[place], row) : otherwise;
}

static size_t start_offset(struct wh_str text, int64_t start)
{
    size_t before = (size_t)start - 1;
    if (before == 0)
        return 0;
    size_t offset = before <= text.len ? wh_utf8_offset(text, before) : text.len;
    bool is_beyond = offset == text.len && before > wh_utf8_length(text);
    return is_beyond ? text.len + 1 : offset;
}

static enum wh_fault read_asked(const struct wh_call *call, size_t row, int64_t least_occurrence,
                                struct asked *ret)
{
    const struct wh_regex_prepared *prepared = call->node->state;
    const struct wh_regex_places *places = &prepared->places;
    int64_t start = argument(call, row, places->start, 1);
    int64_t end = argument(call, row, places->end, 0);
    ret->occurrence = argument(call, row, places->occurrence, 1);
    ret->group = argument(call, row, places->group, (int64_t)prepared->group);
    ret->is_end = end == 1;
    if (start < 1 || end < 0 || end > 1 || ret->occurrence < least_occurrence || ret->group < 0)
        return WH_FAULT_ARGUMENT;
    ret->from = start_offset(wh_text_at(&call->inputs[0], row), start);
    return WH_FAULT_NONE;
}

static enum wh_fault find_occurrence(struct wh_regex_matcher *matcher, struct wh_str text,
                                     const struct asked *asked, struct wh_regex_span *spans,
                                     bool *ret_found)
{
    int64_t count = 0;
    *ret_found = false;
    for (size_t at = asked->from; at <= text.len; at = next_start(text, spans[0])) {
        enum wh_fault fault = wh_regex_find(matcher, at, spans, ret_found);
        if (fault != WH_FAULT_NONE || !*ret_found || ++count == asked->occurrence)
            return fault;
        *ret_found = false;
    }
    return WH_FAULT_NONE;
}

/* The part of the match that the row asks for; its start is SIZE_MAX where there is none. */
static enum wh_fault find_part(struct wh_call *call, size_t row, struct wh_regex_matcher *matcher,
                               struct asked *asked, struct wh_regex_span *ret)
{
    const struct wh_regex_prepared *prepared = call->node->state;
    struct wh_regex_span spans[WH_REGEX_GROUPS];
    bool found = false;
    *ret = (struct wh_regex_span){.start = SIZE_MAX};
    enum wh_fault fault = read_asked(call, row, 1, asked);
    if (fault == WH_FAULT_NONE)
        fault = find_occurrence(matcher, wh_text_at(&call->inputs[0], row), asked, spans, &found);
    int64_t groups = wh_regex_captures(prepared->regex);
    if (groups == 0 && asked->group == 1)
        asked->group = 0; /* the one group of a pattern without any is the match */
    bool has_group = asked->group <= groups;
    if (fault == WH_FAULT_NONE && found && has_group && !prepared->never_matches)
        *ret = spans[asked->group];
    return fault;
}

static void take_part(struct wh_call *call, size_t row, struct wh_regex_matcher *matcher)
{
    struct asked asked;
    struct wh_regex_span part;
    enum wh_fault fault = find_part(call, row, matcher, &asked, &part);
    if (fault != WH_FAULT_NONE)
        wh_call_fault(call, row, fault);
    else if (part.start == SIZE_MAX)
        wh_call_set_null(call, row);
    else
        wh_call_set_text(call, row, wh_text_at(&call->inputs[0], row).ptr + part.start,
                         part.end - part.start);
}

wh_code wh_regex_part(struct wh_call *call)
{
    return each_row(call, take_part);
}

static void find_position(struct wh_call *call, size_t row, struct wh_regex_matcher *matcher)
{
    struct asked asked;
    struct wh_regex_span part;
    wh_call_check(call, row, find_part(call, row, matcher, &asked, &part));
    struct wh_str before = wh_text_at(&call->inputs[0], row);
    bool found = part.start != SIZE_MAX;
    before.len = !found ? 0 : asked.is_end ? part.end : part.start;
    call->result->values.ints[row] = found ? (int64_t)wh_utf8_length(before) + 1 : 0;
}

wh_code wh_regex_position(struct wh_call *call)
{
    return each_row(call, find_position);
}

static void count_matches(struct wh_call *call, size_t row, struct wh_regex_matcher *matcher)
{
    struct wh_str text = wh_text_at(&call->inputs[0], row);
    struct wh_regex_span spans[WH_REGEX_GROUPS];
    struct asked asked = {.from = SIZE_MAX};
    int64_t count = 0;
    wh_call_check(call, row, read_asked(call, row, 1, &asked));
    for (size_t at = asked.from; at <= text.len; at = next_start(text, spans[0])) {
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

/* ---- regexp_replace() ------------------------------------------------------------------------ */

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

/* Returns whether anything was replaced. */
static bool replace_matches(struct replacing *replacing, struct wh_regex_matcher *matcher,
                            const struct asked *asked)
{
    const struct wh_regex_prepared *prepared = replacing->call->node->state;
    uint32_t groups = wh_regex_captures(prepared->regex);
    struct wh_regex_span spans[WH_REGEX_GROUPS];
    struct wh_str text = replacing->text;
    int64_t count = 0;
    size_t copied = 0;
    bool has_replaced = false;
    for (size_t at = asked->from; at <= text.len; at = next_start(text, spans[0])) {
        bool found = false;
        enum wh_fault fault = wh_regex_find(matcher, at, spans, &found);
        if (fault != WH_FAULT_NONE)
            replacing->fault = fault;
        if (!found || replacing->fault != WH_FAULT_NONE)
            break;
        if (++count < asked->occurrence)
            continue;
        put(replacing, text.ptr + copied, spans[0].start - copied);
        put_replacement(replacing, spans, groups);
        copied = spans[0].end;
        has_replaced = true;
        if (asked->occurrence > 0)
            break;
    }
    put(replacing, text.ptr + copied, text.len - copied);
    return has_replaced;
}

static void replace_row(struct replacing *replacing, size_t row, struct wh_regex_matcher *matcher)
{
    struct wh_call *call = replacing->call;
    const struct wh_regex_prepared *prepared = call->node->state;
    struct asked asked;
    wh_buf_reset(&replacing->out);
    replacing->fault = read_asked(call, row, 0, &asked);
    replacing->text = wh_text_at(&call->inputs[0], row);
    replacing->with = wh_text_at(&call->inputs[2], row);
    if (prepared->places.occurrence == 0 && prepared->is_global)
        asked.occurrence = 0;
    bool has_replaced =
        replacing->fault == WH_FAULT_NONE && replace_matches(replacing, matcher, &asked);
    char *room = NULL;
    if (replacing->fault != WH_FAULT_NONE)
        wh_call_fault(call, row, replacing->fault);
    else if (!has_replaced)
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

/* ---- regexp_split_to_array() ----------------------------------------------------------------- */

static wh_code put_item(struct wh_json_work *work, struct wh_str text, size_t start, size_t end)
{
    struct wh_list_item item = {.text = wh_str_make(text.ptr + start, end - start)};
    WH_TRY(wh_buf_append_byte(&work->out, work->out.len > 0 ? ',' : '{', work->call->err));
    return wh_list_print_item(&item, &work->out, work->call->err);
}

/* A match of no width separates nothing at the start, at the end and right behind another match. */
static enum wh_fault split_text(struct wh_json_work *work, struct wh_str text,
                                struct wh_regex_matcher *matcher)
{
    struct wh_regex_span spans[WH_REGEX_GROUPS] = {{.start = 0}};
    size_t behind = 0; /* the end of the match before this one */
    size_t copied = 0;
    wh_code rc = WH_OK;
    for (size_t at = 0; at <= text.len && rc == WH_OK; at = next_start(text, spans[0])) {
        bool found = false;
        enum wh_fault fault = wh_regex_find(matcher, at, spans, &found);
        if (fault != WH_FAULT_NONE)
            return fault;
        if (!found)
            break;
        if (spans[0].start < text.len && spans[0].end > behind) {
            rc = put_item(work, text, copied, spans[0].start);
            copied = spans[0].end;
        }
        behind = spans[0].end;
    }
    if (rc == WH_OK)
        rc = put_item(work, text, copied, text.len);
    if (rc == WH_OK)
        rc = wh_buf_append_byte(&work->out, '}', work->call->err);
    return wh_json_put_fault(rc);
}

wh_code wh_regex_split(struct wh_call *call)
{
    struct wh_json_work work = {.call = call};
    struct wh_regex_matcher *matcher;
    if (call->selection.count == 0)
        return WH_OK;
    WH_TRY(new_matcher(call, &matcher));
    wh_buf_init(&work.out, WH_TEXT_MAX_BYTES);
    WH_EACH_DEAR_ROW(call, row)
    {
        struct wh_str text = wh_text_at(&call->inputs[0], row);
        wh_buf_reset(&work.out);
        wh_regex_matcher_begin(matcher, text);
        enum wh_fault fault = split_text(&work, text, matcher);
        if (fault == WH_FAULT_NONE)
            wh_json_give(&work, row, wh_buf_str(&work.out));
        else
            wh_call_fault(call, row, fault);
    }
    wh_buf_release(&work.out);
    return WH_OK;
}
