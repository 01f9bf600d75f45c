/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Option tables: one static table of name, type, default and help parses, completes and documents
 * the options of a format, a connector or a command.
 */
#ifndef WH_BASE_OPTION_H
#define WH_BASE_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/str.h"

enum wh_option_type {
    WH_OPTION_BOOL,  /* true, false */
    WH_OPTION_COUNT, /* a number from 0 */
    WH_OPTION_SIZE,  /* bytes: 64MiB, 10kB, 512 */
    WH_OPTION_TEXT,
    WH_OPTION_CHAR, /* one byte, or \t */
    WH_OPTION_LIST  /* texts */
};

/** One entry of a table; a table ends with a NULL name. Fields are written at `offset` of the
 *  option struct: bool, uint64_t, uint64_t, struct wh_str, char, struct wh_option_list. */
struct wh_option {
    const char *name;
    enum wh_option_type type;
    const char *default_text; /* shown in help; the struct's initialiser sets it */
    const char *help;
    size_t offset;
};

struct wh_option_list {
    struct wh_str *items;
    size_t count;
};

/** Finds @p name; NULL where the table has no such option. */
const struct wh_option *wh_option_find(const struct wh_option *table, struct wh_str name);

/** The name in the table nearest to @p name, or NULL where none is near: for error messages. */
const char *wh_option_nearest(const struct wh_option *table, struct wh_str name);

/** Parses @p text as the option's type into @p target (the option struct). Text is borrowed and
 *  must live as long as the struct. Lists are not set through this function. */
WH_MUST_CHECK wh_code wh_option_set(const struct wh_option *option, void *target,
                                    struct wh_str text, struct wh_error *err);

/** True where the option has the same value in the option structs @p a and @p b. */
bool wh_option_is_equal(const struct wh_option *option, const void *a, const void *b);

/** Bytes with an optional unit: B, kB, MB, GB (1000) and KiB, MiB, GiB (1024). */
WH_MUST_CHECK wh_code wh_size_parse(struct wh_str text, uint64_t *ret, struct wh_error *err);

/** A whole number from 0, decimal digits only. */
WH_MUST_CHECK wh_code wh_count_parse(struct wh_str text, uint64_t *ret, struct wh_error *err);

#endif
