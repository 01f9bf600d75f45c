/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Tables of keys: one static table for each kind of mapping in a migration file. It parses the
 * mapping, names the key that was meant where one is mistyped, and makes the JSON Schema.
 *
 * A form is what a value may be: how it is read into a field, and its schema. The forms that
 * several tables need are here; a form of one table only stands with its table.
 */
#ifndef WH_PLAN_KEYS_H
#define WH_PLAN_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/arena.h"
#include "plan/yaml.h"

struct wh_key;

struct wh_form {
    /** Reads @p value into the fields of @p object that @p key names. */
    wh_code (*read)(const struct wh_key *key, const struct wh_yaml_node *value, void *object,
                    struct wh_arena *arena, struct wh_error *err);
    /** The schema of the value, a new reference; NULL where memory is out, or where the key has no
     *  place in the schema (it is known and refused). */
    json_t *(*schema)(const struct wh_key *key);
};

/** One key of a mapping; a table ends with a NULL name. */
struct wh_key {
    const char *name;
    const struct wh_form *form;
    bool is_required;
    size_t offset;       /* of the field in the table's object */
    size_t count_offset; /* lists: of the field with their length */
    const void *detail;  /* the form's own: choices, a table of keys, what to do instead */
    const char *help;
};

/** A mapping to read: its table, what it is called in messages ("'format'", "item 'a'"), and the
 *  struct that its fields are in, which holds the defaults before. */
struct wh_level {
    const struct wh_key *keys;
    struct wh_str label;
    void *object;
};

/** Reads a mapping by its table: WH_INVALID for unknown and missing keys and wrong values. */
WH_MUST_CHECK wh_code wh_keys_read(const struct wh_level *level, const struct wh_yaml_node *mapping,
                                   struct wh_arena *arena, struct wh_error *err);

/** The schema of a mapping with the keys of @p table; NULL where memory is out. */
json_t *wh_keys_schema(const struct wh_key *table);

/** WH_INVALID unless @p value is a mapping, a list. */
WH_MUST_CHECK wh_code wh_require_mapping(const char *name, const struct wh_yaml_node *value,
                                         struct wh_error *err);
WH_MUST_CHECK wh_code wh_require_list(const char *name, const struct wh_yaml_node *value,
                                      struct wh_error *err);

/** A scalar with something in it; null only where @p takes_null. */
WH_MUST_CHECK wh_code wh_require_text(const char *name, const struct wh_yaml_node *value,
                                      bool takes_null, struct wh_error *err);

/** A node's text with its place. */
struct wh_expr_text wh_placed_text(const struct wh_yaml_node *node);

/* ---- forms ----------------------------------------------------------------------------------- */

/** A value of an enum by its name; a table ends with a NULL name. */
struct wh_choice {
    const char *name;
    int value;
};

extern const struct wh_form wh_form_text;        /* struct wh_str */
extern const struct wh_form wh_form_place;       /* struct wh_expr_text: a name or a URL */
extern const struct wh_form wh_form_expression;  /* struct wh_expr_text: null, true, 1 as text */
extern const struct wh_form wh_form_names;       /* one or a list: struct wh_expr_text *, size_t */
extern const struct wh_form wh_form_expressions; /* the same, of expressions */
extern const struct wh_form wh_form_flag;        /* bool */
extern const struct wh_form wh_form_choice;      /* an enum; detail: struct wh_choice[] */
extern const struct wh_form wh_form_size;        /* uint64_t bytes, at least 1 */
extern const struct wh_form wh_form_count;       /* uint64_t, at least 1 */
extern const struct wh_form wh_form_rate;        /* uint64_t a second, at least 1: 5000/s */
extern const struct wh_form wh_form_bound;       /* struct wh_bound */
extern const struct wh_form wh_form_level;       /* a struct; detail: its struct wh_key[] */
extern const struct wh_form wh_form_options;     /* a struct; detail: its struct wh_option[] */
extern const struct wh_form wh_form_later;       /* refused by name; detail: what to do instead */

/* ---- pieces of schemas ----------------------------------------------------------------------- */

/** {"type": [string, number, boolean]}: YAML's view of a text; with @p takes_null also null. */
json_t *wh_schema_scalar(bool takes_null);

/** {"anyOf": [schema, array of schema]}; takes the reference of @p schema, which may be NULL. */
json_t *wh_schema_one_or_list(json_t *schema);

/** {"type": "array", "items": schema, "minItems": 1}; takes the reference of @p items. */
json_t *wh_schema_list(json_t *items);

/** {"type": "object", "additionalProperties": schema, "minProperties": 1}; takes the reference. */
json_t *wh_schema_mapping_of(json_t *values);

#endif
