/* SPDX-License-Identifier: Apache-2.0 */
/** Strings as slices: pointer and length, by value, never assumed NUL-terminated. */
#ifndef WH_BASE_STR_H
#define WH_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/macros.h"

/** Borrowed bytes; who owns them is said where the slice is handed out.
 *  ptr may be NULL if len is 0. */
struct wh_str {
    const char *ptr;
    size_t len;
};

/** The arguments for "%.*s"; precision is an int, so what is longer than a message is cut. */
#define WH_FMT(s) ((s).len > 4096 ? 4096 : (int)(s).len), ((s).len > 0 ? (s).ptr : "")

/** A slice of a string literal. */
#define WH_STR(literal) ((struct wh_str){.ptr = "" literal, .len = sizeof(literal) - 1})

#define WH_STR_NONE ((struct wh_str){.ptr = NULL, .len = 0})

static inline struct wh_str wh_str_make(const char *ptr, size_t len)
{
    return (struct wh_str){.ptr = ptr, .len = len};
}

/** A slice of a NUL-terminated string; NULL gives the empty slice. */
static inline struct wh_str wh_str_from(const char *cstr)
{
    return (struct wh_str){.ptr = cstr, .len = cstr != NULL ? strlen(cstr) : 0};
}

static inline bool wh_str_equal(struct wh_str a, struct wh_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/** The same for texts that may be NULL (ptr NULL), which equals NULL alone. */
static inline bool wh_str_equal_or_null(struct wh_str a, struct wh_str b)
{
    return (a.ptr == NULL) == (b.ptr == NULL) && wh_str_equal(a, b);
}

static inline bool wh_str_is(struct wh_str a, const char *cstr)
{
    return wh_str_equal(a, wh_str_from(cstr));
}

/** Byte order; a prefix sorts first. Negative, zero or positive. */
int wh_str_compare(struct wh_str a, struct wh_str b);

/** The same of two struct wh_str, for qsort() and bsearch(). */
int wh_str_order(const void *a, const void *b);

/** Equal when ASCII letters are folded to lower case; other bytes must be the same. */
bool wh_str_equal_ascii_fold(struct wh_str a, struct wh_str b);

bool wh_str_starts_with(struct wh_str s, struct wh_str prefix);
bool wh_str_ends_with(struct wh_str s, struct wh_str suffix);

/** Without leading and trailing ASCII white space (space, \t, \n, \v, \f, \r); a slice of @p s. */
struct wh_str wh_str_trim(struct wh_str s);

/** Cuts @p s at the first @p separator: returns what is before it and moves @p s behind it. With no
 *  separator left the whole rest is returned and @p s becomes empty with ptr NULL. */
struct wh_str wh_str_split(struct wh_str *s, char separator);

/** Edit distance (insert, delete, replace, swap of neighbours: the restricted Damerau-Levenshtein
 *  distance) of two names of at most 64 bytes; longer ones are SIZE_MAX apart. */
size_t wh_str_distance(struct wh_str a, struct wh_str b);

/** The largest length not above @p limit at which cutting @p s splits no UTF-8 sequence. */
size_t wh_str_utf8_cut(struct wh_str s, size_t limit);

#endif
