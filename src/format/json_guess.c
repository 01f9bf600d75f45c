/* SPDX-License-Identifier: Apache-2.0 */
/** Which format a text without a name has: JSON shows in its first bytes. */
#include "format/format.h"
#include "format/json_scan.h"

/* Where the object at @p at ends, NULL where it is none or the text does not hold it all. */
static const char *find_object_end(const char *at, const char *end, struct wh_arena *scratch)
{
    struct wh_json_names open = {0};
    struct wh_json_scan scan =
        wh_json_scan_make(wh_str_make(at, (size_t)(end - at)), &open, scratch);
    bool is_one = at < end && *at == '{' && wh_json_functions_choose()->value(&scan);
    wh_json_names_release(&open);
    return is_one ? scan.at : NULL;
}

/* An object that is all of its line. */
static bool begins_with_line(const char *at, const char *end, struct wh_arena *scratch)
{
    const char *behind = find_object_end(at, end, scratch);
    if (behind == NULL || memchr(at, '\n', (size_t)(behind - at)) != NULL)
        return false;
    while (behind < end && (*behind == ' ' || *behind == '\t' || *behind == '\r'))
        behind++;
    return behind == end || *behind == '\n';
}

static bool begins_with_array(const char *at, const char *end, struct wh_arena *scratch)
{
    at = wh_json_skip_space(at + 1, end);
    return at < end && (*at == ']' || find_object_end(at, end, scratch) != NULL);
}

const struct wh_format *wh_format_of_text(struct wh_str text, struct wh_arena *scratch,
                                          const char **ret_why)
{
    const char *end = text.ptr + text.len;
    const char *at = wh_json_skip_space(text.ptr, end);
    *ret_why = NULL;
    if (at == end || (*at != '{' && *at != '['))
        return &wh_csv_format;
    if (*at == '{' && begins_with_line(at, end, scratch)) {
        *ret_why = "its first line is a JSON object";
        return &wh_ndjson_format;
    }
    if (*at == '[' && begins_with_array(at, end, scratch)) {
        *ret_why = "it begins as an array of JSON objects does";
        return &wh_json_format;
    }
    return NULL;
}
