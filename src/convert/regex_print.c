/* SPDX-License-Identifier: Apache-2.0 */
/* The pattern that PCRE2 is given: nothing of the user's text gets into it as it was written. */
#include "base/error.h"
#include "convert/regex_tree.h"

static wh_code print_node(const struct wh_regex_node *node, bool captures, struct wh_buf *out,
                          struct wh_error *err);

static wh_code print_children(const struct wh_regex_node *node, bool captures,
                              const char *separator, struct wh_buf *out, struct wh_error *err)
{
    for (const struct wh_regex_node *child = node->child; child != NULL; child = child->next) {
        WH_TRY(print_node(child, captures, out, err));
        if (child->next != NULL)
            WH_TRY(wh_buf_append_str(out, wh_str_from(separator), err));
    }
    return WH_OK;
}

static wh_code print_wrapped(const struct wh_regex_node *node, bool captures, const char *open,
                             struct wh_buf *out, struct wh_error *err)
{
    WH_TRY(wh_buf_append_str(out, wh_str_from(open), err));
    WH_TRY(print_children(node, captures, "|", out, err));
    return wh_buf_append_byte(out, ')', err);
}

static wh_code print_repeat(const struct wh_regex_node *node, bool captures, struct wh_buf *out,
                            struct wh_error *err)
{
    bool is_plain = node->child->kind == WH_REGEX_SET && wh_charset_is_simple(node->child->set);
    if (is_plain)
        WH_TRY(wh_charset_print(node->child->set, out, err));
    else
        WH_TRY(print_wrapped(node, captures, "(?:", out, err));
    if (node->max == WH_REGEX_UNBOUNDED)
        WH_TRY(wh_buf_printf(out, err, "{%u,}", node->min));
    else
        WH_TRY(wh_buf_printf(out, err, "{%u,%u}", node->min, node->max));
    return node->is_lazy ? wh_buf_append_byte(out, '?', err) : WH_OK;
}

#define WORD "[0-9A-Z_a-z\\p{Alphabetic}\\p{Nd}]"

/* What has no children, as PCRE2 writes it. */
static const char *const assertions[] = {
    [WH_REGEX_START] = "\\A",
    [WH_REGEX_END] = "\\z",
    [WH_REGEX_WORD_START] = "(?<!" WORD ")(?=" WORD ")",
    [WH_REGEX_WORD_END] = "(?<=" WORD ")(?!" WORD ")",
    [WH_REGEX_WORD_EDGE] = "(?:(?<!" WORD ")(?=" WORD ")|(?<=" WORD ")(?!" WORD "))",
    [WH_REGEX_NO_WORD_EDGE] = "(?:(?<!" WORD ")(?!" WORD ")|(?<=" WORD ")(?=" WORD "))",
};

static wh_code print_node(const struct wh_regex_node *node, bool captures, struct wh_buf *out,
                          struct wh_error *err)
{
    switch (node->kind) {
    case WH_REGEX_EMPTY:
        return WH_OK;
    case WH_REGEX_SET:
        return wh_charset_print(node->set, out, err);
    case WH_REGEX_SEQUENCE:
        return print_children(node, captures, "", out, err);
    case WH_REGEX_BRANCHES:
        return print_wrapped(node, captures, "(?:", out, err);
    case WH_REGEX_GROUP:
        return print_wrapped(node, captures, captures && node->capture > 0 ? "(" : "(?:", out, err);
    case WH_REGEX_REPEAT:
        return print_repeat(node, captures, out, err);
    case WH_REGEX_AHEAD:
        return print_wrapped(node, captures, "(?=", out, err);
    case WH_REGEX_NOT_AHEAD:
        return print_wrapped(node, captures, "(?!", out, err);
    case WH_REGEX_START:
    case WH_REGEX_END:
    case WH_REGEX_WORD_START:
    case WH_REGEX_WORD_END:
    case WH_REGEX_WORD_EDGE:
    case WH_REGEX_NO_WORD_EDGE:
        break;
    }
    return wh_buf_append_str(out, wh_str_from(assertions[node->kind]), err);
}

wh_code wh_regex_print(const struct wh_regex_node *node, bool captures, struct wh_buf *out,
                       struct wh_error *err)
{
    return print_node(node, captures, out, err);
}
