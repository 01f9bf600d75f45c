/* SPDX-License-Identifier: Apache-2.0 */
/** What the files of the parser share: PostgreSQL's tree on its way to wherry's own. */
#ifndef WH_CONVERT_PARSE_H
#define WH_CONVERT_PARSE_H

#include <protobuf-c/protobuf-c.h>

#include <pg_query/pg_query.pb-c.h>

#include "convert/ast.h"

/** What stands before the expression in the text that PostgreSQL's parser is given. */
#define WH_PARSE_PREFIX "SELECT "

/** One parse. */
struct wh_parse {
    const struct wh_expr_text *text;
    struct wh_arena *arena;
    struct wh_error *err;
    size_t depth; /* of the term at hand */
};

/** A place in PostgreSQL's text as an offset in the expression; 0 where it has none. */
static inline uint32_t wh_parse_offset(const struct wh_parse *parse, int32_t location)
{
    int32_t prefix = (int32_t)sizeof(WH_PARSE_PREFIX) - 1;
    if (location < prefix || (size_t)(location - prefix) > parse->text->text.len)
        return 0;
    return (uint32_t)(location - prefix);
}

/** Converts one term with all that is below it. */
WH_MUST_CHECK wh_code wh_parse_term(struct wh_parse *parse, const PgQuery__Node *term,
                                    struct wh_ast **ret);

/** The same for what PostgreSQL's grammar takes for an operator (parse_operator.c). */
WH_MUST_CHECK wh_code wh_parse_operator(struct wh_parse *parse, const PgQuery__Node *node,
                                        struct wh_ast **ret);

/** A term without items, for what stands at @p location … */
WH_MUST_CHECK wh_code wh_parse_new_term(struct wh_parse *parse, enum wh_ast_kind kind,
                                        int32_t location, struct wh_ast **ret);

/** … room for its items, which the caller converts … */
WH_MUST_CHECK wh_code wh_parse_new_items(struct wh_parse *parse, struct wh_ast *term, size_t count);

/** … or for @p terms, converted. */
WH_MUST_CHECK wh_code wh_parse_items(struct wh_parse *parse, PgQuery__Node *const *terms,
                                     size_t count, struct wh_ast *term);

/** Converts @p terms into @p ret, which has room for them. */
WH_MUST_CHECK wh_code wh_parse_list(struct wh_parse *parse, PgQuery__Node *const *terms,
                                    size_t count, struct wh_ast **ret);

/** WH_UNSUPPORTED at @p location. */
wh_code wh_parse_refuse(const struct wh_parse *parse, int32_t location, const char *what);

/** The type that a cast names; WH_UNSUPPORTED for types that wherry has not. */
WH_MUST_CHECK wh_code wh_parse_type(struct wh_parse *parse, const PgQuery__TypeName *name,
                                    struct wh_type *ret);

/** The last string of a qualified name, and whether what stands before it is
 *  nothing or pg_catalog. */
bool wh_parse_name(PgQuery__Node *const *parts, size_t count, struct wh_str *ret);

#endif
