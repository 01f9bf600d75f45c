/* SPDX-License-Identifier: Apache-2.0 */
/**
 * PostgreSQL's regular expressions, matched by PCRE2. The answer is PostgreSQL's: where
 * backtracking would find another match than the longest, the match's end is found by PCRE2's
 * other algorithm; where captures could differ, the pattern is refused. What takes too long is a
 * fault of the value (LIMIT).
 */
#ifndef WH_CONVERT_REGEX_H
#define WH_CONVERT_REGEX_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "data/fault.h"

enum { WH_REGEX_GROUPS = 10 }; /* the whole match, and up to nine captures */

/** A compiled pattern, immutable. */
struct wh_regex;

struct wh_regex_options {
    bool folds_case;
    bool needs_captures; /* otherwise groups give nothing, and more patterns are supported */
};

/** Compiles @p pattern into @p arena. WH_UNSUPPORTED with *ret_refusal where the pattern is. */
WH_MUST_CHECK wh_code wh_regex_compile(struct wh_str pattern, struct wh_regex_options options,
                                       struct wh_arena *arena, const struct wh_regex **ret,
                                       const char **ret_refusal, struct wh_error *err);

/** What SIMILAR TO is given; without an escape character, escape is empty. */
struct wh_similar {
    struct wh_str pattern;
    struct wh_str escape;
};

/** The regular expression that matches where a text is SIMILAR TO the pattern, in @p arena;
 *  *ret_refusal where the pattern is none. (regex_similar.c) */
WH_MUST_CHECK wh_code wh_similar_to_regex(const struct wh_similar *similar, struct wh_arena *arena,
                                          struct wh_str *ret, const char **ret_refusal,
                                          struct wh_error *err);

/** Capturing groups of the pattern. */
uint32_t wh_regex_captures(const struct wh_regex *regex);

/** What one thread matches with; lives in an arena. */
struct wh_regex_matcher;

/** NULL where memory is out. */
struct wh_regex_matcher *wh_regex_matcher_new(const struct wh_regex *regex, struct wh_arena *arena);

/** Begins with another text: what it may cost is counted anew. */
void wh_regex_matcher_begin(struct wh_regex_matcher *matcher, struct wh_str text);

/** Bytes from start up to, not including, end; start SIZE_MAX: the group took no part. */
struct wh_regex_span {
    size_t start;
    size_t end;
};

/** The first match at or behind byte @p from of the text. */
enum wh_fault wh_regex_find(struct wh_regex_matcher *matcher, size_t from,
                            struct wh_regex_span spans[WH_REGEX_GROUPS], bool *ret_found);

/** Whether there is one, which is sooner known than where it ends. */
enum wh_fault wh_regex_test(struct wh_regex_matcher *matcher, bool *ret_found);

#endif
