/* SPDX-License-Identifier: Apache-2.0 */
/** From terms to typed nodes: names are found, types resolved, coercions put in,
 *  constants folded. */
#ifndef WH_CONVERT_RESOLVE_H
#define WH_CONVERT_RESOLVE_H

#include "convert/functions.h"
#include "convert/types.h"

typedef wh_code wh_resolve_form(struct wh_compile *compile, const struct wh_ast *term,
                                struct wh_node **ret);

/** Resolves a term with all that is below it. */
wh_resolve_form wh_resolve;

/* Calls and operators (resolve_call.c). */
wh_resolve_form wh_resolve_call;
wh_resolve_form wh_resolve_operator;

/* Terms with rules of their own (resolve_form.c). */
wh_resolve_form wh_resolve_case;
wh_resolve_form wh_resolve_coalesce;
wh_resolve_form wh_resolve_nullif;
wh_resolve_form wh_resolve_extreme;
wh_resolve_form wh_resolve_logic;
wh_resolve_form wh_resolve_not;
wh_resolve_form wh_resolve_is_null;
wh_resolve_form wh_resolve_is_bool;
wh_resolve_form wh_resolve_distinct;
wh_resolve_form wh_resolve_in;
wh_resolve_form wh_resolve_between;
wh_resolve_form wh_resolve_between_symmetric;

/* Arrays (resolve_list.c). */
wh_resolve_form wh_resolve_array;
wh_resolve_form wh_resolve_any;

/* Patterns (resolve_pattern.c). */
wh_resolve_form wh_resolve_like;
wh_resolve_form wh_resolve_similar;

/** Resolves @p count terms into @p ret. */
WH_MUST_CHECK wh_code wh_resolve_all(struct wh_compile *compile, struct wh_ast *const *terms,
                                     size_t count, struct wh_node **ret);

/** Room for @p count nodes. */
WH_MUST_CHECK wh_code wh_new_nodes(struct wh_compile *compile, size_t count, struct wh_node ***ret);

/** The function of @p table named @p name that a call with these arguments means, by PostgreSQL's
 *  rules; NULL where there is none or more than one. @p is_operator: the rules of operators. */
struct wh_overload {
    const struct wh_function *const *candidates;
    size_t candidate_count;
    const char *letters; /* of the arguments */
    size_t count;
    bool is_operator;
};
const struct wh_function *wh_choose(const struct wh_overload *overload);

/** The letter of argument @p index of @p function, which may repeat its last one. */
char wh_argument_letter(const struct wh_function *function, size_t index);

/** Resolves @p name over two nodes as a comparison. */
WH_MUST_CHECK wh_code wh_resolve_comparison(struct wh_compile *compile, const char *name,
                                            struct wh_node *left, struct wh_node *right,
                                            struct wh_node **ret);

/** The type that both sides of a comparison become; refused where there is none. */
WH_MUST_CHECK wh_code wh_comparison_letter(struct wh_compile *compile, const char *name,
                                           const struct wh_node *left, const struct wh_node *right,
                                           char *ret);

#endif
