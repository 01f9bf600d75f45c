/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A regular expression of PostgreSQL's (its "advanced" ones, ARE) as a tree, and what is known of
 * it. What is not supported, and what another library would understand otherwise, is refused by
 * name. Syntax: https://www.postgresql.org/docs/15/functions-matching.html#POSIX-SYNTAX-DETAILS
 */
#ifndef WH_CONVERT_REGEX_TREE_H
#define WH_CONVERT_REGEX_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

struct wh_char_range {
    uint32_t first;
    uint32_t last;
};

enum { WH_CHARSET_RANGES = 64 };

/** A set of characters: ASCII as bits, the others as ranges. */
struct wh_charset {
    uint64_t ascii[2];
    struct wh_char_range ranges[WH_CHARSET_RANGES]; /* none below 0x80 */
    size_t range_count;
    bool has_letters; /* all letters and digits beyond ASCII */
    bool is_negated;
};

enum wh_regex_kind {
    WH_REGEX_EMPTY = 0,
    WH_REGEX_SET,      /* one character of `set` */
    WH_REGEX_SEQUENCE, /* children in turn */
    WH_REGEX_BRANCHES, /* one of the children */
    WH_REGEX_GROUP,    /* child; `capture` is its number, or 0 */
    WH_REGEX_REPEAT,   /* child, min to max times */
    WH_REGEX_START,
    WH_REGEX_END,
    WH_REGEX_WORD_START,
    WH_REGEX_WORD_END,
    WH_REGEX_WORD_EDGE,
    WH_REGEX_NO_WORD_EDGE,
    WH_REGEX_AHEAD, /* child matches what follows */
    WH_REGEX_NOT_AHEAD
};

#define WH_REGEX_UNBOUNDED UINT32_MAX

struct wh_regex_node {
    enum wh_regex_kind kind;
    struct wh_charset *set;
    struct wh_regex_node *child; /* the first */
    struct wh_regex_node *next;  /* of the same parent */
    uint32_t capture;
    uint32_t min;
    uint32_t max;
    bool is_lazy; /* REPEAT: as few as possible */
    bool prefers; /* REPEAT: all but {m}, which is as greedy as its child; {m,m} does */
};

struct wh_regex_parse {
    struct wh_str text;
    size_t at;
    bool folds_case;
    struct wh_arena *arena;
    uint32_t captures;
    uint32_t depth;
    const char *refusal; /* why there is no tree; NULL where memory is out */
};

/** The tree of parse->text; NULL where there is none, and parse->refusal says why. */
struct wh_regex_node *wh_regex_parse(struct wh_regex_parse *parse);

/** Reads a bracket expression behind its '[' (regex_set.c). */
struct wh_charset *wh_charset_parse(struct wh_regex_parse *parse);

/** Reads an escape behind its backslash into *set: one character, or a class. False: refused. */
bool wh_charset_parse_escape(struct wh_regex_parse *parse, struct wh_charset *set,
                             uint32_t *ret_character);

/** Adds characters; with their counterparts in the other case where @p parse folds. */
bool wh_charset_add(struct wh_regex_parse *parse, struct wh_charset *set,
                    struct wh_char_range range);

/** Appends what PCRE2 calls the set. */
WH_MUST_CHECK wh_code wh_charset_print(const struct wh_charset *set, struct wh_buf *out,
                                       struct wh_error *err);

/** Whether wh_charset_print() writes one item, which a quantifier may follow. */
bool wh_charset_is_simple(const struct wh_charset *set);

/** Appends the pattern that PCRE2 is given; groups capture where @p captures. (regex_print.c) */
WH_MUST_CHECK wh_code wh_regex_print(const struct wh_regex_node *node, bool captures,
                                     struct wh_buf *out, struct wh_error *err);

/* ---- what is known of a tree (regex_know.c) ------------------------------------------------- */

/** Whether the pattern, with its repetitions written out, is of a size at which PostgreSQL may find
 *  it too complex: it takes 200 times 200 characters, and refuses 255 times 255. */
bool wh_regex_is_large(const struct wh_regex_node *node);

/** Whether PostgreSQL takes the shortest match; otherwise it takes the longest. */
bool wh_regex_is_shortest(const struct wh_regex_node *node);

/** Whether all matches that begin at one place end at one place, or backtracking finds first the
 *  one that PostgreSQL takes. */
bool wh_regex_has_one_span(const struct wh_regex_node *node);

/** Whether what begins at one place can be divided in one way only: each part that may be
 *  longer or shorter ends where a character follows that it cannot take. Then
 *  backtracking does nothing else. */
bool wh_regex_has_one_way(const struct wh_regex_node *node);

/** Whether backtracking, where the end is given, captures what PostgreSQL captures. */
bool wh_regex_has_one_division(const struct wh_regex_node *node);

#endif
