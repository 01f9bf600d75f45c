/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The catalog: what expressions may be made of, for people. An entry is what documentation, the
 * command `functions` and messages show of a function, an operator, a cast or a form, with an
 * example that the tests run and, where it is PostgreSQL's, ask a server for. What it can be called
 * with comes from the tables that calls are resolved by.
 */
#ifndef WH_CONVERT_CATALOG_H
#define WH_CONVERT_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum wh_catalog_kind {
    WH_CATALOG_FUNCTION = 0,
    WH_CATALOG_OPERATOR,
    WH_CATALOG_CAST,
    WH_CATALOG_FORM /* has a grammar of its own: CASE, trim(both …) */
};

struct wh_catalog_entry {
    const char *name; /* "lower", "||", "integer", "case" */
    const char *signature;
    const char *help;
    const char *example; /* an expression that reads no column */
    const char *type;    /* of its answer, as wh_letter_name() has it */
    const char *answer;  /* as PostgreSQL prints it; NULL: NULL */
    bool is_own;         /* wherry's, not PostgreSQL's */
};

/** Entries of one subject; one without a name ends them. */
struct wh_catalog_subject {
    const char *title;
    const struct wh_catalog_entry *entries;
};

/** All subjects, in the order in which they are shown; one without a title ends them. */
const struct wh_catalog_subject *wh_catalog(void);

enum wh_catalog_kind wh_catalog_kind(const struct wh_catalog_subject *subject,
                                     const struct wh_catalog_entry *entry);

/** One set of types that an entry can be called with. */
#define WH_SIGNATURE_MAX_ARGUMENTS 8
struct wh_signature {
    const char *arguments[WH_SIGNATURE_MAX_ARGUMENTS]; /* types by name; "any": each */
    size_t count;
    bool repeats_last; /* the last argument may come again and again */
    uint32_t literals; /* bit i: argument i has to be a literal */
    const char *result;
    bool is_volatile;   /* only in { insert: … } */
    bool is_implicit;   /* a cast that need not be written */
    bool is_assignment; /* a cast that need not be written where a column is assigned to */
};

/** Calls @p visit for each signature of @p entry; forms have none. */
typedef void wh_signature_visit(void *ctx, const struct wh_signature *signature);
void wh_catalog_signatures(const struct wh_catalog_subject *subject,
                           const struct wh_catalog_entry *entry, wh_signature_visit *visit,
                           void *ctx);

/** Whether @p entry is what @p wanted asks for: a name in any letter case, a pattern of names with
 *  * and ?, or a word between slashes that stands in anything that is shown. A name that is one is
 *  no pattern: see @p is_name, which wh_catalog_has() tells. */
struct wh_catalog_filter {
    struct wh_str wanted; /* ptr NULL: everything */
    bool is_name;
};
bool wh_catalog_matches(const struct wh_catalog_filter *filter,
                        const struct wh_catalog_subject *subject,
                        const struct wh_catalog_entry *entry);

/** Whether an entry has this name, in any letter case. */
bool wh_catalog_has(struct wh_str name);

/** Whether @p wanted asks for a word: it stands between slashes. */
bool wh_catalog_is_word(struct wh_str wanted);

#endif
