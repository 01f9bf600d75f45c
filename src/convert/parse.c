/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/parse.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <pg_query.h>

#include "base/error.h"
#include "data/text.h"

#define DEEP_STACK_BYTES ((size_t)64 << 20)

/* ---- a deep stack --------------------------------------------------------------------------- */

struct deep_call {
    wh_code (*function)(void *ctx);
    void *ctx;
    wh_code code;
};

static void *deep_thread(void *argument)
{
    struct deep_call *call = argument;
    call->code = call->function(call->ctx);
    return NULL;
}

wh_code wh_deep_call(wh_code (*function)(void *ctx), void *ctx, struct wh_error *err)
{
    struct deep_call call = {.function = function, .ctx = ctx, .code = WH_OK};
    pthread_attr_t attributes;
    pthread_t thread;
    int failed = pthread_attr_init(&attributes);
    if (failed != 0)
        return wh_error_system(err, WH_NO_MEMORY, failed, "cannot start a thread to parse on");
    failed = pthread_attr_setstacksize(&attributes, DEEP_STACK_BYTES);
    if (failed == 0)
        failed = pthread_create(&thread, &attributes, deep_thread, &call);
    (void)pthread_attr_destroy(&attributes);
    if (failed == 0)
        failed = pthread_join(thread, NULL);
    if (failed != 0)
        return wh_error_system(err, WH_NO_MEMORY, failed, "cannot start a thread to parse on");
    return call.code;
}

/* ---- errors with a place -------------------------------------------------------------------- */

wh_code wh_expr_refuse(const struct wh_expr_text *text, size_t offset, struct wh_error *err,
                       wh_code code, const char *format, ...)
{
    char message[WH_ERROR_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);

    uint32_t line = 0;
    size_t line_start = 0;
    size_t end = WH_MIN(offset, text->text.len);
    for (size_t i = 0; i < end; i++) {
        if (text->text.ptr[i] == '\n') {
            line++;
            line_start = i + 1;
        }
    }
    uint32_t before =
        (uint32_t)wh_utf8_length(wh_str_make(text->text.ptr + line_start, end - line_start));
    if (text->line == 0 && line == 0)
        return wh_error_set(err, code, "%s (at character %u)", message, before + 1);
    if (text->line == 0)
        return wh_error_set(err, code, "%s (in line %u, at character %u)", message, line + 1,
                            before + 1);
    wh_error_set(err, code, "%s", message);
    /* The lines of a YAML block are indented like its first one. */
    return wh_error_at(err, code, text->line + line, WH_MAX(text->column, 1) + before);
}

/* The byte offset of character number @p position (from 1) of the text with its prefix. */
static size_t offset_of_character(const struct wh_expr_text *text, int position)
{
    size_t prefix = sizeof(WH_PARSE_PREFIX) - 1;
    if (position <= 0 || (size_t)position <= prefix)
        return 0;
    return wh_utf8_offset(text->text, (size_t)position - 1 - prefix);
}

/* ---- the statement around the expression ---------------------------------------------------- */

/* The name of a clause that has no place in an expression; NULL where there is none. */
static const char *foreign_clause(const PgQuery__SelectStmt *select)
{
    if (select->n_from_clause > 0)
        return "FROM";
    if (select->where_clause != NULL)
        return "WHERE";
    if (select->n_group_clause > 0 || select->having_clause != NULL)
        return "GROUP BY";
    if (select->n_sort_clause > 0)
        return "ORDER BY";
    if (select->limit_count != NULL || select->limit_offset != NULL)
        return "LIMIT";
    if (select->n_distinct_clause > 0)
        return "DISTINCT";
    if (select->into_clause != NULL)
        return "INTO";
    if (select->n_window_clause > 0)
        return "WINDOW";
    if (select->n_locking_clause > 0)
        return "FOR UPDATE";
    if (select->n_values_lists > 0 || select->with_clause != NULL || select->larg != NULL)
        return "UNION";
    return NULL;
}

static wh_code find_target(struct wh_parse *parse, const PgQuery__ParseResult *tree,
                           const PgQuery__Node **ret)
{
    const struct wh_expr_text *text = parse->text;
    if (tree->n_stmts != 1 || tree->stmts[0]->stmt == NULL ||
        tree->stmts[0]->stmt->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
        return wh_expr_refuse(text, 0, parse->err, WH_INVALID,
                              "an expression is one term, without ';'");
    const PgQuery__SelectStmt *select = tree->stmts[0]->stmt->select_stmt;
    const char *clause = foreign_clause(select);
    if (clause != NULL)
        return wh_expr_refuse(text, 0, parse->err, WH_INVALID,
                              "'%s' has no place in an expression, which gives one value a record",
                              clause);
    if (select->n_target_list == 0)
        return wh_expr_refuse(text, 0, parse->err, WH_INVALID, "the expression is empty");
    const PgQuery__ResTarget *target = select->target_list[0]->res_target;
    if (select->n_target_list > 1)
        return wh_expr_refuse(
            text, wh_parse_offset(parse, select->target_list[1]->res_target->location), parse->err,
            WH_INVALID, "an expression gives one value, and this is a list");
    if (target->name != NULL && target->name[0] != '\0')
        return wh_expr_refuse(text, wh_parse_offset(parse, target->location), parse->err,
                              WH_INVALID,
                              "'%s' is left over behind the expression: an operator or comma is "
                              "missing, or a name was given, which it cannot have",
                              target->name);
    *ret = target->val;
    return WH_OK;
}

static wh_code convert_tree(struct wh_parse *parse, const PgQuery__ParseResult *tree,
                            struct wh_ast **ret)
{
    const PgQuery__Node *target = NULL;
    WH_TRY(find_target(parse, tree, &target));
    return wh_parse_term(parse, target, ret);
}

static wh_code convert_result(struct wh_parse *parse, const PgQueryProtobufParseResult *result,
                              struct wh_ast **ret)
{
    /* The grammar's own stack is a little deeper than what is taken of it. */
    if (result->error != NULL && strncmp(result->error->message, "memory exhausted", 16) == 0)
        return wh_expr_refuse(parse->text, 0, parse->err, WH_LIMIT,
                              "the expression is nested more than %d deep", WH_EXPR_MAX_DEPTH);
    if (result->error != NULL)
        return wh_expr_refuse(parse->text,
                              offset_of_character(parse->text, result->error->cursorpos),
                              parse->err, WH_INVALID, "%s", result->error->message);
    PgQuery__ParseResult *tree = pg_query__parse_result__unpack(
        NULL, result->parse_tree.len, (const uint8_t *)result->parse_tree.data);
    if (tree == NULL)
        return wh_error_no_memory(parse->err, result->parse_tree.len);
    wh_code rc = convert_tree(parse, tree, ret);
    pg_query__parse_result__free_unpacked(tree, NULL);
    return rc;
}

static wh_code check_text(const struct wh_expr_text *text, struct wh_error *err)
{
    if (text->text.len > WH_EXPR_MAX_BYTES)
        return wh_expr_refuse(text, 0, err, WH_LIMIT,
                              "an expression has at most %zu bytes, and this has %zu",
                              WH_EXPR_MAX_BYTES, text->text.len);
    size_t bad_len;
    size_t bad = wh_utf8_find_bad(text->text, &bad_len);
    if (bad < text->text.len)
        return wh_expr_refuse(text, bad, err, WH_INVALID,
                              "the expression is not valid UTF-8, or has a NUL byte in it");
    return WH_OK;
}

wh_code wh_ast_parse(const struct wh_expr_text *text, struct wh_arena *arena, struct wh_ast **ret,
                     struct wh_error *err)
{
    WH_TRY(check_text(text, err));
    struct wh_parse parse = {.text = text, .arena = arena, .err = err};
    static const char prefix[] = WH_PARSE_PREFIX;
    size_t prefix_len = sizeof(prefix) - 1;
    size_t len = text->text.len;
    char *statement = wh_arena_bytes(arena, prefix_len + len + 1);
    if (statement == NULL)
        return wh_error_no_memory(err, prefix_len + len + 1);
    memcpy(statement, prefix, prefix_len);
    if (len > 0)
        memcpy(statement + prefix_len, text->text.ptr, len);
    statement[prefix_len + len] = '\0';

    PgQueryProtobufParseResult result = pg_query_parse_protobuf(statement);
    wh_code rc = convert_result(&parse, &result, ret);
    pg_query_free_protobuf_parse_result(result);
    return rc;
}
