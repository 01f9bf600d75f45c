/* SPDX-License-Identifier: Apache-2.0 */
/**
 * YAML as a tree of nodes with their places: libfyaml's events, put together under limits.
 *
 * Aliases are resolved: a node may stand in several places of the tree, so nodes are never changed.
 * Refused by name: cyclic aliases, merge keys, tags, keys that are not plain text, duplicate keys,
 * several documents. ${NAME} is replaced in every scalar that is a value, after parsing: what comes
 * from the environment cannot become structure.
 */
#ifndef WH_PLAN_YAML_H
#define WH_PLAN_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/arena.h"
#include "base/str.h"
#include "plan/substitute.h"

enum { WH_YAML_MAX_DEPTH = 32 };           /* mappings and lists inside each other */
#define WH_YAML_MAX_NODES ((size_t)500000) /* with every alias counted as what it stands for */
#define WH_YAML_MAX_SIZE ((size_t)16 << 20)

enum wh_yaml_kind { WH_YAML_SCALAR = 0, WH_YAML_LIST, WH_YAML_MAPPING };

struct wh_yaml_node;

struct wh_yaml_pair {
    const struct wh_yaml_node *key; /* a scalar */
    const struct wh_yaml_node *value;
};

struct wh_yaml_node {
    enum wh_yaml_kind kind;
    uint32_t line, column; /* where its content starts: inside quotes, below a block's header */
    size_t start, end;     /* its bytes in the file; an alias's are those of what it stands for */
    bool is_plain;         /* a scalar without quotes and not a block: null may be meant */
    bool is_quoted;        /* a scalar in quotes */
    bool is_absent;        /* nothing stands there at all: `key:` */
    struct wh_str written; /* a scalar as in the file, for messages: never holds a secret */
    struct wh_str text;    /* a scalar with ${NAME} replaced */
    const struct wh_yaml_node *const *elements; /* of a list */
    const struct wh_yaml_pair *pairs;           /* of a mapping, in the file's order */
    size_t count;                               /* of elements or pairs */
    size_t size;                                /* nodes in this tree */
};

/** Parses @p text, one document, into @p arena. Slices of @p text are borrowed. An empty document
 *  is an error. */
WH_MUST_CHECK wh_code wh_yaml_parse(struct wh_str text, const struct wh_substitution *substitution,
                                    struct wh_arena *arena, const struct wh_yaml_node **ret,
                                    struct wh_error *err);

/** True for null, Null, NULL and ~ without quotes: YAML's core schema. */
bool wh_yaml_is_null(const struct wh_yaml_node *node);

/** "a mapping", "a list", "a text": for messages. */
const char *wh_yaml_kind_name(const struct wh_yaml_node *node);

/** The value of @p key in a mapping, NULL where it has none. */
const struct wh_yaml_node *wh_yaml_find(const struct wh_yaml_node *mapping, const char *key);

/** Gives an error the place of @p node and returns @p code. */
wh_code wh_yaml_error(const struct wh_yaml_node *node, struct wh_error *err, const char *format,
                      ...) WH_PRINTF(3, 4);

/** The same with WH_UNSUPPORTED: what the design has and this version has not. */
wh_code wh_yaml_unsupported(const struct wh_yaml_node *node, struct wh_error *err,
                            const char *format, ...) WH_PRINTF(3, 4);

#endif
