/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a migration file states about cleaning and expecting, as parsed: texts with their places,
 * nothing compiled yet. All memory belongs to the migration's arena.
 */
#ifndef WH_RULES_DEFINITION_H
#define WH_RULES_DEFINITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "convert/expr.h"

enum wh_value_source {
    WH_VALUE_EXPRESSION = 0, /* col: lower(x) */
    WH_VALUE_LITERAL,        /* col: { value: EU } */
    WH_VALUE_NULL,           /* col: { value: null } */
    WH_VALUE_INSERT          /* col: { insert: now() } */
};

/** What one value becomes: of `map_values:`. */
struct wh_value_pair {
    struct wh_str from;
    struct wh_str to; /* ptr NULL: NULL */
    uint64_t line;    /* of the file that states it */
};

/** What becomes of values that `map_values` has no pair for. */
enum wh_unmatched { WH_UNMATCHED_KEEP = 0, WH_UNMATCHED_REJECT, WH_UNMATCHED_NULL };

/** `map_values` of one column: pairs, or a file that holds them. */
struct wh_mapping_definition {
    struct wh_value_pair *pairs;
    size_t pair_count;
    struct wh_expr_text file; /* text.ptr NULL: the pairs are stated */
    struct wh_str from_column;
    struct wh_str to_column;
};

struct wh_value_map;

/** A column and what it gets: of `set:`, `map:` and `map_values:`. */
struct wh_assignment_definition {
    struct wh_expr_text column; /* the name, with its place */
    enum wh_value_source source;
    struct wh_expr_text value;                   /* expression or literal text */
    const struct wh_mapping_definition *mapping; /* map_values; NULL otherwise. plan/tidy.h makes */
    const struct wh_value_map *map;              /* a map of it, or an expression */
};

enum wh_clean_action { WH_CLEAN_SET = 1, WH_CLEAN_REJECT, WH_CLEAN_SKIP, WH_CLEAN_DUPLICATES };

/** Which of several records with the same duplicate key goes on. */
enum wh_survivor {
    WH_SURVIVOR_FIRST = 0, /* in source order; also decides where min and max are equal */
    WH_SURVIVOR_LAST,
    WH_SURVIVOR_MIN,
    WH_SURVIVOR_MAX
};

/** One rule of `clean:`, in the file's order. */
struct wh_clean_definition {
    struct wh_str name;       /* given, or made: "clean 3" */
    struct wh_expr_text when; /* text.ptr NULL: always */
    enum wh_clean_action action;
    struct wh_assignment_definition *sets; /* SET */
    size_t set_count;
    /* SET: steps for `columns`; the sets are made of them by plan/tidy.h. */
    struct wh_expr_text *tidy;
    size_t tidy_count;
    struct wh_expr_text *columns; /* of tidy; none: all of text */
    size_t column_count;
    enum wh_unmatched unmatched; /* SET: of map_values */
    struct wh_str reason;        /* REJECT, SKIP: the message of the log */
    /* DUPLICATES: the expressions that make two records the same. */
    struct wh_expr_text *duplicates;
    size_t duplicate_count;
    enum wh_survivor keep;
    struct wh_expr_text keep_value; /* MIN, MAX */
    bool keeps_most_complete;       /* MAX: keep_value is made by plan/tidy.h */
};

enum wh_expect_kind {
    WH_EXPECT_NOT_NULL = 1,
    WH_EXPECT_UNIQUE,
    WH_EXPECT_ACCEPTED_VALUES,
    WH_EXPECT_CHECK
};

/** One check of `expect:` on one column (lists are taken apart), or one `check:`. */
struct wh_expect_definition {
    struct wh_str name; /* given, or made: "email not null" */
    enum wh_expect_kind kind;
    struct wh_expr_text *columns; /* destination columns; UNIQUE may have several */
    size_t column_count;
    struct wh_str *values; /* ACCEPTED_VALUES: canonical texts */
    size_t value_count;
    struct wh_expr_text check; /* CHECK */
    struct wh_str message;     /* given, or ptr NULL */
    bool is_warning;           /* severity: warn */
};

#endif
