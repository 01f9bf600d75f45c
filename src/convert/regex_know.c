/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where PCRE2's backtracking and PostgreSQL agree. PostgreSQL takes the longest match (or, by the
 * first quantifier that prefers something, the shortest) and then divides it among the parts from
 * left to right, each part taking as much (or as little) as it can. Backtracking does the same
 * where no part has more than one thing in it whose width varies.
 */
#include "convert/regex_tree.h"

/* ---- size ------------------------------------------------------------------------------------ */

enum { LARGEST = 40000 };

/* Characters and places; at most one more than the largest. */
static uint32_t written_out(const struct wh_regex_node *node)
{
    if (node->kind == WH_REGEX_REPEAT) {
        uint32_t most = node->max == WH_REGEX_UNBOUNDED ? node->min : node->max;
        return WH_MIN(written_out(node->child) * WH_MAX(most, 1), LARGEST + 1);
    }
    uint32_t size = node->child == NULL ? 1 : 0;
    for (const struct wh_regex_node *child = node->child; child != NULL; child = child->next)
        size = WH_MIN(size + written_out(child), LARGEST + 1);
    return size;
}

bool wh_regex_is_large(const struct wh_regex_node *node)
{
    return written_out(node) > LARGEST;
}

/* ---- greediness ----------------------------------------------------------------------------- */

enum preference { NEITHER, LONGEST, SHORTEST };

static enum preference preference(const struct wh_regex_node *node)
{
    enum preference first = NEITHER;
    if (node->kind == WH_REGEX_BRANCHES)
        return LONGEST;
    if (node->kind == WH_REGEX_GROUP)
        return preference(node->child);
    if (node->kind == WH_REGEX_REPEAT && node->prefers)
        return node->is_lazy ? SHORTEST : LONGEST;
    if (node->kind == WH_REGEX_REPEAT)
        return preference(node->child);
    if (node->kind != WH_REGEX_SEQUENCE)
        return NEITHER;
    for (const struct wh_regex_node *child = node->child; child != NULL && first == NEITHER;
         child = child->next)
        first = preference(child);
    return first;
}

bool wh_regex_is_shortest(const struct wh_regex_node *node)
{
    return preference(node) == SHORTEST;
}

/* ---- widths --------------------------------------------------------------------------------- */

/* The characters that the node always takes; -1 where their number varies. */
static int64_t fixed_width(const struct wh_regex_node *node)
{
    int64_t width = node->kind == WH_REGEX_SET ? 1 : 0;
    if (node->kind >= WH_REGEX_START)
        return 0;
    if (node->kind == WH_REGEX_REPEAT) {
        int64_t once = fixed_width(node->child);
        return once > 0 && node->min == node->max && node->min < 1000000 ? once * node->min : -1;
    }
    if (node->kind == WH_REGEX_BRANCHES)
        width = fixed_width(node->child);
    for (const struct wh_regex_node *child = node->child; child != NULL; child = child->next) {
        int64_t own = fixed_width(child);
        bool is_branch = node->kind == WH_REGEX_BRANCHES;
        if (own < 0 || own > 1000000 || (is_branch && own != width))
            return -1;
        width += is_branch ? 0 : own;
    }
    return width;
}

/* At most one thing varies: something of fixed width that is repeated as it likes. */
static bool is_plain(const struct wh_regex_node *node, bool is_lazy)
{
    if (fixed_width(node) >= 0)
        return true;
    if (node->kind == WH_REGEX_GROUP)
        return is_plain(node->child, is_lazy);
    if (node->kind == WH_REGEX_REPEAT)
        return fixed_width(node->child) > 0 && node->is_lazy == is_lazy;
    if (node->kind != WH_REGEX_SEQUENCE)
        return false;
    size_t varying = 0;
    for (const struct wh_regex_node *child = node->child; child != NULL; child = child->next) {
        varying += fixed_width(child) < 0;
        if (!is_plain(child, is_lazy))
            return false;
    }
    return varying <= 1;
}

/* A match can only end where the text does. */
static bool ends_at_end(const struct wh_regex_node *node)
{
    if (node->kind == WH_REGEX_GROUP)
        return ends_at_end(node->child);
    if (node->kind == WH_REGEX_BRANCHES) {
        for (const struct wh_regex_node *child = node->child; child != NULL; child = child->next) {
            if (!ends_at_end(child))
                return false;
        }
        return true;
    }
    const struct wh_regex_node *last = node->kind == WH_REGEX_SEQUENCE ? node->child : NULL;
    while (last != NULL && last->next != NULL)
        last = last->next;
    return node->kind == WH_REGEX_END || (last != NULL && ends_at_end(last));
}

/* ---- one way -------------------------------------------------------------------------------- */

static bool has_more_than_ascii(const struct wh_charset *set)
{
    return set->is_negated || set->has_letters || set->range_count > 0;
}

static uint64_t ascii_of(const struct wh_charset *set, size_t half)
{
    return set->is_negated ? ~set->ascii[half] : set->ascii[half];
}

static bool are_disjoint(const struct wh_charset *a, const struct wh_charset *b)
{
    return (ascii_of(a, 0) & ascii_of(b, 0)) == 0 && (ascii_of(a, 1) & ascii_of(b, 1)) == 0 &&
           !(has_more_than_ascii(a) && has_more_than_ascii(b));
}

/* Takes the node's characters behind a repetition of *before, or behind nothing that varies (NULL);
 * leaves there what the node ends with. */
static bool follows_in_one_way(const struct wh_regex_node *node, const struct wh_charset **before)
{
    const struct wh_regex_node *taken = node->kind == WH_REGEX_REPEAT ? node->child : node;
    bool is_container = node->kind == WH_REGEX_SEQUENCE || node->kind == WH_REGEX_GROUP;
    if (node->kind == WH_REGEX_EMPTY || node->kind == WH_REGEX_END)
        return true;
    if (node->kind == WH_REGEX_START)
        return *before == NULL;
    for (const struct wh_regex_node *child = node->child; is_container && child != NULL;
         child = child->next)
        if (!follows_in_one_way(child, before))
            return false;
    if (is_container)
        return true;
    bool varies = node->kind == WH_REGEX_REPEAT && node->min != node->max;
    bool may_be_missing = node->kind == WH_REGEX_REPEAT && node->min == 0;
    if (taken->kind != WH_REGEX_SET || (varies && node->is_lazy) ||
        (*before != NULL && (may_be_missing || !are_disjoint(*before, taken->set))))
        return false;
    *before = varies ? taken->set : NULL;
    return true;
}

bool wh_regex_has_one_way(const struct wh_regex_node *node)
{
    const struct wh_charset *before = NULL;
    return !wh_regex_is_shortest(node) && follows_in_one_way(node, &before);
}

bool wh_regex_has_one_span(const struct wh_regex_node *node)
{
    return ends_at_end(node) || is_plain(node, wh_regex_is_shortest(node)) ||
           wh_regex_has_one_way(node);
}

/* ---- captures ------------------------------------------------------------------------------- */

static bool has_capture(const struct wh_regex_node *node)
{
    if (node->kind == WH_REGEX_GROUP && node->capture > 0)
        return true;
    for (const struct wh_regex_node *child = node->child; child != NULL; child = child->next) {
        if (has_capture(child))
            return true;
    }
    return false;
}

/* A capture that is repeated, or stands in one of several branches. */
static bool has_loose_capture(const struct wh_regex_node *node)
{
    if (node->kind == WH_REGEX_REPEAT || node->kind == WH_REGEX_BRANCHES)
        return has_capture(node);
    for (const struct wh_regex_node *child = node->child; child != NULL; child = child->next) {
        if (has_loose_capture(child))
            return true;
    }
    return false;
}

/* What varies in the node is as greedy as the node is for PostgreSQL. */
static bool is_plain_as_a_whole(const struct wh_regex_node *node)
{
    return is_plain(node, wh_regex_is_shortest(node));
}

static bool can_be_empty(const struct wh_regex_node *node)
{
    if (node->kind == WH_REGEX_SET)
        return false;
    if (node->kind == WH_REGEX_REPEAT && node->min == 0)
        return true;
    bool is_branches = node->kind == WH_REGEX_BRANCHES;
    if (node->kind > WH_REGEX_REPEAT)
        return true;
    for (const struct wh_regex_node *child = node->child; child != NULL; child = child->next) {
        if (can_be_empty(child) == is_branches)
            return is_branches;
    }
    return !is_branches;
}

/* A part of a sequence that has captures: where at most one thing in it varies, its own
 * span decides them all. An optional one is there where it can be; one that can match
 * nothing may be there or not. */
static bool is_forced(const struct wh_regex_node *node)
{
    bool is_optional = node->kind == WH_REGEX_REPEAT && node->min == 0 && node->max == 1;
    if (is_optional)
        return !node->is_lazy && !can_be_empty(node->child) && is_plain(node->child, false) &&
               is_plain_as_a_whole(node->child) && !has_loose_capture(node->child);
    return is_plain_as_a_whole(node) && !has_loose_capture(node);
}

/* What stands in one capturing group, or between two of them, is divided as a whole. */
static bool sequence_has_one_division(const struct wh_regex_node *node)
{
    size_t varying = 0;
    for (const struct wh_regex_node *child = node->child; child != NULL; child = child->next) {
        bool captures = has_capture(child);
        varying = captures ? 0 : varying + (fixed_width(child) < 0);
        if (varying > 1 || (captures ? !is_forced(child) : !is_plain_as_a_whole(child)))
            return false;
    }
    return true;
}

bool wh_regex_has_one_division(const struct wh_regex_node *node)
{
    if (!has_capture(node))
        return true;
    if (node->kind == WH_REGEX_SEQUENCE)
        return sequence_has_one_division(node);
    if (node->kind != WH_REGEX_BRANCHES)
        return is_forced(node);
    for (const struct wh_regex_node *child = node->child; child != NULL; child = child->next) {
        if (!wh_regex_has_one_division(child))
            return false;
    }
    return true;
}
