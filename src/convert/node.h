/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A compiled expression: a tree of typed nodes whose inputs are nodes.
 *
 * Most nodes are calls: a kernel that computes a column from columns. A few forms decide which rows
 * their inputs are evaluated for (AND, CASE, COALESCE …) and so need code of their own. Nodes that
 * compute have a register of struct wh_eval, given out when the program is finished: a register is
 * used again as soon as the node that read it is through.
 */
#ifndef WH_CONVERT_NODE_H
#define WH_CONVERT_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "convert/ast.h"
#include "convert/expr.h"
#include "data/column.h"

struct wh_call;
struct wh_compile;

/** Computes call->result for the rows of call->selection. Fails only for memory. */
typedef wh_code wh_kernel(struct wh_call *call);

/** How an operation is written; for messages and traces. */
enum wh_style {
    WH_STYLE_FUNCTION = 0, /* name(a, b) */
    WH_STYLE_INFIX,        /* a name b */
    WH_STYLE_PREFIX,       /* name a */
    WH_STYLE_POSTFIX,      /* a name */
    WH_STYLE_LIST,         /* a name (b, c) */
    WH_STYLE_CAST,         /* a::type */
    WH_STYLE_ASSIGN        /* a, assigned to a column of the node's type */
};

/** What a call does; static and const. */
struct wh_operation {
    const char *name;
    wh_kernel *kernel;
    enum wh_style style;
    bool sees_null;   /* otherwise NULL in gives NULL out, and the kernel is not asked */
    bool is_volatile; /* another value in every run: never folded */
    bool is_cast;     /* the same value as another type */
    /* PostgreSQL makes an array of its last inputs: none of them is NULL at once. */
    bool is_variadic;
};

enum wh_node_form {
    WH_NODE_COLUMN = 0, /* input column `index` */
    WH_NODE_CONSTANT,   /* `value`, one row */
    WH_NODE_CALL,       /* `operation` */
    WH_NODE_RETYPE,     /* inputs[0], stored alike, with another type */
    WH_NODE_AND,        /* inputs until one is false */
    WH_NODE_OR,         /* inputs until one is true */
    WH_NODE_CASE,       /* condition and result in turn; at last, if their number is odd, ELSE */
    WH_NODE_COALESCE,   /* inputs until one is not NULL */
    WH_NODE_TRY,        /* inputs[0], NULL where it faults */
    WH_NODE_LET,        /* inputs[1], in which SHARED of the same `index` is inputs[0] */
    WH_NODE_SHARED      /* a value that is computed once and used several times */
};

#define WH_NODE_FORM_COUNT (WH_NODE_SHARED + 1)
#define WH_NO_SLOT UINT16_MAX

struct wh_node {
    enum wh_node_form form;
    const struct wh_operation *operation;
    struct wh_type type;
    struct wh_node **inputs;
    size_t input_count;
    const void *state;      /* what the operation prepared from constant arguments, or NULL */
    struct wh_column value; /* CONSTANT */
    size_t index;           /* COLUMN, LET, SHARED */
    struct wh_str name;     /* COLUMN: as the scope has it; CONSTANT of no type: its text */
    uint32_t offset;        /* in the expression's text */
    bool is_unknown;        /* CONSTANT: a literal that has no type yet, or NULL */
    bool is_faulty;         /* CALL: constants in it fault whenever it is evaluated */
    bool has_ascii_case;    /* its collation is C in PostgreSQL: only ASCII letters have case */

    /* Set when the program is finished. */
    uint16_t number;
    uint16_t slot;    /* its register; WH_NO_SLOT where it has none */
    bool is_kept;     /* its values are the result's and outlive the evaluation */
    bool keeps_bytes; /* what its values point to does */
};

struct wh_program {
    struct wh_node *root;
    size_t node_count;
    size_t slot_count;
    size_t shared_count;
    size_t *columns; /* of the scope, those that are read, ascending */
    size_t column_count;
};

/** Everything about one compilation. */
struct wh_compile {
    const struct wh_expr_text *text; /* for the place of errors */
    const struct wh_scope *scope;
    struct wh_arena *arena;
    struct wh_eval *eval; /* for folding constants */
    struct wh_error *err;
    size_t shared_count;
    enum wh_fault fold_fault; /* why the last constant call was not folded */
};

/** Most nodes and registers of a program. */
#define WH_PROGRAM_MAX_NODES 60000
#define WH_PROGRAM_MAX_SLOTS 512

/** A node with room for @p input_count inputs, which the caller fills in. */
WH_MUST_CHECK wh_code wh_node_new(struct wh_compile *compile, enum wh_node_form form,
                                  size_t input_count, struct wh_node **ret);

/** A call of @p operation; constant where all inputs are. @p like gives the place. */
struct wh_call_parts {
    const struct wh_operation *operation;
    struct wh_type type;
    struct wh_node **inputs;
    size_t input_count;
    const void *state;
    uint32_t offset;
    bool has_ascii_case; /* whatever the inputs have */
};
WH_MUST_CHECK wh_code wh_node_call(struct wh_compile *compile, const struct wh_call_parts *parts,
                                   struct wh_node **ret);

/** A call whose only input is @p node: what it becomes as @p type. */
WH_MUST_CHECK wh_code wh_node_convert(struct wh_compile *compile,
                                      const struct wh_operation *operation, struct wh_node *node,
                                      struct wh_type type, struct wh_node **ret);

/** A constant NULL of @p type. */
WH_MUST_CHECK wh_code wh_node_null(struct wh_compile *compile, struct wh_type type, uint32_t offset,
                                   struct wh_node **ret);

/** A constant of @p type with one value, uninitialised: the caller fills node->value. */
WH_MUST_CHECK wh_code wh_node_constant(struct wh_compile *compile, struct wh_type type,
                                       uint32_t offset, struct wh_node **ret);

/** A text constant that shares @p text. */
WH_MUST_CHECK wh_code wh_node_text(struct wh_compile *compile, struct wh_str text, uint32_t offset,
                                   struct wh_node **ret);

/** Replaces *node by a constant where all that it reads is constant and
 *  evaluating it faults not. */
WH_MUST_CHECK wh_code wh_node_fold(struct wh_compile *compile, struct wh_node **node);

bool wh_node_is_null_constant(const struct wh_node *node);

/** True, and its one value in *ret, where @p node is a text constant that is not NULL. */
bool wh_node_constant_text(const struct wh_node *node, struct wh_str *ret);

/** Refuses @p what of a text whose letters PostgreSQL folds in ASCII only,
 *  be it any of the inputs. */
WH_MUST_CHECK wh_code wh_node_check_case(struct wh_compile *compile, struct wh_node *const *inputs,
                                         size_t count, const char *what);

/** Numbers the nodes, gives out registers and makes the program of @p root. */
WH_MUST_CHECK wh_code wh_program_finish(struct wh_compile *compile, struct wh_node *root,
                                        struct wh_program **ret);

/** A copy of @p program's tree that a new program may be made of. */
WH_MUST_CHECK wh_code wh_program_copy_tree(struct wh_compile *compile,
                                           const struct wh_program *program, struct wh_node **ret);

/** Refuses the expression at @p node's place. */
#define WH_REFUSE(compile, at, code, ...)                                                          \
    wh_expr_refuse((compile)->text, (at), (compile)->err, (code), __VA_ARGS__)

/** Appends how the node is written, at most @p limit bytes of it. */
struct wh_buf;
WH_MUST_CHECK wh_code wh_node_print(const struct wh_node *node, size_t limit, struct wh_buf *out,
                                    struct wh_error *err);

#endif
