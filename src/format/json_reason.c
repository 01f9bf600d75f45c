/* SPDX-License-Identifier: Apache-2.0 */
/** Why a record is rejected, in words. */
#include <inttypes.h>

#include "base/error.h"
#include "format/json_internal.h"

#define MAX_SHOWN_NAME 200

static const char *const fault_texts[] = {
    [WH_JSON_FAULT_END] = "the record ends inside a value",
    [WH_JSON_FAULT_VALUE] = "a value is expected",
    [WH_JSON_FAULT_NAME] = "a name in double quotes is expected",
    [WH_JSON_FAULT_COLON] = "a colon is expected behind the name",
    [WH_JSON_FAULT_MEMBER] = "a comma or } is expected behind the value",
    [WH_JSON_FAULT_ELEMENT] = "a comma or ] is expected behind the value",
    [WH_JSON_FAULT_NUMBER] = "JSON has no such number",
    [WH_JSON_FAULT_WORD] = "JSON has no such word; true, false and null are all",
    [WH_JSON_FAULT_CONTROL] = "a control character inside a string",
    [WH_JSON_FAULT_ESCAPE] = "JSON has no such escape",
    [WH_JSON_FAULT_SURROGATE] = "half of a surrogate pair is no character",
    [WH_JSON_FAULT_DEPTH] = "nested deeper than 1024 levels",
    [WH_JSON_FAULT_REPEATED] = "the name stands twice in its object",
    [WH_JSON_FAULT_NAMES] = "more than 1048576 names in objects that are open",
    [WH_JSON_FAULT_NOT_OBJECT] = "an object is expected",
    [WH_JSON_FAULT_UNKNOWN] = "no column is for this member; see 'rest' and 'unknown'",
    [WH_JSON_FAULT_NUL] = "a \\u0000, which text cannot hold",
    [WH_JSON_FAULT_BEHIND] = "text behind the record",
};

static const char *const break_texts[] = {
    [WH_JSON_BREAK_BRACKET] = "the bracket closes one of the other kind",
    [WH_JSON_BREAK_STRING] = "the string is not closed in its line",
    [WH_JSON_BREAK_NAME] = "a { stands where a name is expected: is a } missing?",
    [WH_JSON_BREAK_DEPTH] = "nested deeper than 1024 levels",
    [WH_JSON_BREAK_OPEN] = "the element is not closed",
    [WH_JSON_BREAK_ARRAY] = "the file ends, and the array is not closed: is the file cut?",
    [WH_JSON_BREAK_COMMA] = "no value before or behind a comma",
    [WH_JSON_BREAK_BEHIND] = "text behind the end of the array",
};

/* "member 'user.name': ", or nothing; in @p room. */
static const char *name_member(const struct wh_json_scan *scan, const struct wh_json_row *row,
                               char *room, size_t size)
{
    struct wh_str name = scan->fault_name;
    if (name.ptr == NULL && row->member != WH_JSON_NO_NODE)
        name = row->shape->nodes[row->member].name;
    room[0] = '\0';
    name.len = wh_str_utf8_cut(name, MAX_SHOWN_NAME);
    if (name.ptr != NULL)
        (void)snprintf(room, size, "member '%.*s': ", WH_FMT(name));
    return room;
}

/* ", at byte 12", or ", at byte 120 (line 45)"; in @p room. */
static const char *name_place(struct wh_json_place place, char *room, size_t size)
{
    if (place.line == 0)
        (void)snprintf(room, size, ", at byte %" PRIu64, place.byte);
    else
        (void)snprintf(room, size, ", at byte %" PRIu64 " (line %" PRIu64 ")", place.byte,
                       place.line);
    return room;
}

wh_code wh_json_fault_reason(const struct wh_json_scan *scan, const struct wh_json_row *row,
                             struct wh_json_place place, struct wh_arena *arena, struct wh_str *ret,
                             struct wh_error *err)
{
    if (scan->fault == WH_JSON_FAULT_MEMORY)
        return wh_error_no_memory(err, 0);
    WH_ASSERT(fault_texts[scan->fault] != NULL, err);
    char member[MAX_SHOWN_NAME + 32];
    char where[64];
    return wh_arena_format(arena, ret, err, "%s%s%s",
                           name_member(scan, row, member, sizeof(member)), fault_texts[scan->fault],
                           name_place(place, where, sizeof(where)));
}

wh_code wh_json_break_reason(enum wh_json_break cause, struct wh_json_place place,
                             uint64_t record_limit, struct wh_arena *arena, struct wh_str *ret,
                             struct wh_error *err)
{
    if (cause == WH_JSON_BREAK_SIZE)
        return wh_arena_format(arena, ret, err,
                               "the record is longer than one may be (%" PRIu64
                               " bytes; format option 'record')",
                               record_limit);
    WH_ASSERT(break_texts[cause] != NULL, err);
    char where[64];
    return wh_arena_format(arena, ret, err, "%s%s", break_texts[cause],
                           name_place(place, where, sizeof(where)));
}
