/* SPDX-License-Identifier: Apache-2.0 */
/* `map:` and `set:`: columns and what they get. */
#include "base/error.h"
#include "plan/read.h"

/* What a column gets in long form: { value: EU } or { insert: now() }. */
struct long_form {
    const struct wh_yaml_node *value;
    struct wh_expr_text insert;
};

/* Kept as a node: only there one sees whether null or 'null' was meant. */
static wh_code read_literal(const struct wh_key *key, const struct wh_yaml_node *value,
                            void *object, struct wh_arena *arena, struct wh_error *err)
{
    (void)arena;
    if (value->kind != WH_YAML_SCALAR)
        return wh_yaml_error(value, err, "'%s' must be a text, a number or null, not %s", key->name,
                             wh_yaml_kind_name(value));
    ((struct long_form *)object)->value = value;
    return WH_OK;
}

static json_t *literal_schema(const struct wh_key *key)
{
    (void)key;
    return wh_schema_scalar(true);
}

static const struct wh_form form_literal = {.read = read_literal, .schema = literal_schema};

static const struct wh_key set_keys[] = {
    {.name = "value", .form = &form_literal, .help = "a literal, taken as it stands; null is NULL"},
    {.name = "insert",
     .form = &wh_form_later,
     .detail = "a clean rule changes source records; write 'insert' in 'map'",
     .help = ""},
    {.name = NULL},
};

static const struct wh_key map_keys[] = {
    {.name = "value", .form = &form_literal, .help = "a literal, taken as it stands; null is NULL"},
    {.name = "insert",
     .form = &wh_form_expression,
     .offset = offsetof(struct long_form, insert),
     .help = "an expression for new rows only: set on insert, never compared; now() is allowed"},
    {.name = NULL},
};

static wh_code read_long_form(const struct wh_key *keys, const struct wh_yaml_pair *pair,
                              struct wh_arena *arena, struct wh_assignment_definition *ret,
                              struct wh_error *err)
{
    struct long_form form = {.value = NULL};
    struct wh_level level = {.keys = keys, .object = &form};
    WH_TRY(wh_arena_format(arena, &level.label, err, "column '%.*s'", WH_FMT(pair->key->text)));
    WH_TRY(wh_keys_read(&level, pair->value, arena, err));
    bool has_insert = form.insert.text.ptr != NULL;
    if (has_insert == (form.value != NULL))
        return wh_yaml_error(pair->value, err,
                             "column '%.*s' must have one of 'value' and 'insert'",
                             WH_FMT(pair->key->text));
    if (has_insert) {
        ret->source = WH_VALUE_INSERT;
        ret->value = form.insert;
        return WH_OK;
    }
    ret->source = wh_yaml_is_null(form.value) ? WH_VALUE_NULL : WH_VALUE_LITERAL;
    ret->value = wh_placed_text(form.value);
    return WH_OK;
}

static wh_code read_assignment(const struct wh_key *keys, const struct wh_yaml_pair *pair,
                               struct wh_arena *arena, struct wh_assignment_definition *ret,
                               struct wh_error *err)
{
    ret->column = wh_placed_text(pair->key);
    if (pair->value->kind == WH_YAML_MAPPING)
        return read_long_form(keys, pair, arena, ret, err);
    if (pair->value->kind == WH_YAML_LIST)
        return wh_yaml_error(pair->value, err,
                             "column '%.*s' must be an expression or { value: … }, not a list",
                             WH_FMT(pair->key->text));
    if (pair->value->is_absent || wh_str_trim(pair->value->text).len == 0)
        return wh_yaml_error(pair->key, err,
                             "column '%.*s' has no expression; write null or { value: \"\" } where "
                             "that is meant",
                             WH_FMT(pair->key->text));
    ret->source = WH_VALUE_EXPRESSION;
    ret->value = wh_placed_text(pair->value);
    return WH_OK;
}

static json_t *assignment_schema(const struct wh_key *keys)
{
    json_t *value = wh_keys_schema(keys);
    return value == NULL ? NULL : json_pack("{s:[o,o]}", "anyOf", wh_schema_scalar(true), value);
}

/* ---- map ------------------------------------------------------------------------------------- */

static wh_code read_same(const struct wh_yaml_pair *pair, struct wh_item_definition *item,
                         struct wh_error *err)
{
    if (pair->value->kind != WH_YAML_SCALAR || !wh_str_is(pair->value->text, "same"))
        return wh_yaml_error(pair->value, err,
                             "\"*\" stands for all other columns and can only be 'same'");
    item->maps_same = true;
    return WH_OK;
}

static wh_code read_map(const struct wh_key *key, const struct wh_yaml_node *value, void *object,
                        struct wh_arena *arena, struct wh_error *err)
{
    struct wh_item_definition *item = object;
    WH_TRY(wh_require_mapping(key->name, value, err));
    item->map = wh_arena_array(arena, value->count, sizeof(*item->map));
    if (item->map == NULL)
        return wh_error_no_memory(err, value->count * sizeof(*item->map));
    for (size_t i = 0; i < value->count; i++) {
        const struct wh_yaml_pair *pair = &value->pairs[i];
        if (wh_str_is(pair->key->text, "*")) {
            WH_TRY(read_same(pair, item, err));
            continue;
        }
        WH_TRY(read_assignment(map_keys, pair, arena, &item->map[item->map_count], err));
        item->map_count++;
    }
    return WH_OK;
}

static json_t *map_schema(const struct wh_key *key)
{
    (void)key;
    json_t *schema = wh_schema_mapping_of(assignment_schema(map_keys));
    if (schema == NULL || json_object_set_new(schema, "properties",
                                              json_pack("{s:{s:s}}", "*", "const", "same")) != 0) {
        json_decref(schema);
        return NULL;
    }
    return schema;
}

const struct wh_form wh_form_map = {.read = read_map, .schema = map_schema};

/* ---- set ------------------------------------------------------------------------------------- */

static wh_code read_set(const struct wh_key *key, const struct wh_yaml_node *value, void *object,
                        struct wh_arena *arena, struct wh_error *err)
{
    struct wh_clean_definition *rule = object;
    WH_TRY(wh_require_mapping(key->name, value, err));
    rule->sets = wh_arena_array(arena, value->count, sizeof(*rule->sets));
    if (rule->sets == NULL)
        return wh_error_no_memory(err, value->count * sizeof(*rule->sets));
    for (size_t i = 0; i < value->count; i++)
        WH_TRY(read_assignment(set_keys, &value->pairs[i], arena, &rule->sets[i], err));
    rule->set_count = value->count;
    return WH_OK;
}

static json_t *set_schema(const struct wh_key *key)
{
    (void)key;
    return wh_schema_mapping_of(assignment_schema(set_keys));
}

const struct wh_form wh_form_set = {.read = read_set, .schema = set_schema};
