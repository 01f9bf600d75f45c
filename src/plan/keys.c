/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/keys.h"

#include "base/error.h"
#include "plan/nearest.h"

static const struct wh_key *find_key(const struct wh_key *table, struct wh_str name)
{
    for (const struct wh_key *key = table; key->name != NULL; key++)
        if (wh_str_is(name, key->name))
            return key;
    return NULL;
}

static wh_code unknown_key(const struct wh_level *level, const struct wh_yaml_node *node,
                           struct wh_error *err)
{
    struct wh_nearest search = wh_nearest_to(node->text);
    for (const struct wh_key *key = level->keys; key->name != NULL; key++)
        wh_nearest_offer(&search, wh_str_from(key->name));
    return wh_yaml_error(node, err, "unknown key '%.*s' in %.*s" WH_NEAREST_FORMAT,
                         WH_FMT(node->text), WH_FMT(level->label), WH_NEAREST(search));
}

static wh_code check_required(const struct wh_level *level, const struct wh_yaml_node *mapping,
                              struct wh_error *err)
{
    for (const struct wh_key *key = level->keys; key->name != NULL; key++)
        if (key->is_required && wh_yaml_find(mapping, key->name) == NULL)
            return wh_yaml_error(mapping, err, "key '%s' is missing in %.*s: %s", key->name,
                                 WH_FMT(level->label), key->help);
    return WH_OK;
}

wh_code wh_keys_read(const struct wh_level *level, const struct wh_yaml_node *mapping,
                     struct wh_arena *arena, struct wh_error *err)
{
    if (mapping->kind != WH_YAML_MAPPING)
        return wh_yaml_error(mapping, err, "%.*s must be a mapping of keys and values, not %s",
                             WH_FMT(level->label), wh_yaml_kind_name(mapping));
    for (size_t i = 0; i < mapping->count; i++) {
        const struct wh_yaml_pair *pair = &mapping->pairs[i];
        const struct wh_key *key = find_key(level->keys, pair->key->text);
        if (key == NULL)
            return unknown_key(level, pair->key, err);
        /* What is not there, and what is refused by name, is best told at the key. */
        if (pair->value->is_absent)
            return wh_yaml_error(pair->key, err, "'%s' has no value", key->name);
        wh_code rc = key->form->read(key, pair->value, level->object, arena, err);
        if (rc != WH_OK)
            return wh_error_at(err, rc, pair->key->line, pair->key->column);
    }
    return check_required(level, mapping, err);
}

wh_code wh_require_mapping(const char *name, const struct wh_yaml_node *value, struct wh_error *err)
{
    if (value->kind != WH_YAML_MAPPING)
        return wh_yaml_error(value, err, "'%s' must be a mapping, not %s", name,
                             wh_yaml_kind_name(value));
    if (value->count == 0)
        return wh_yaml_error(value, err, "'%s' is empty", name);
    return WH_OK;
}

wh_code wh_require_list(const char *name, const struct wh_yaml_node *value, struct wh_error *err)
{
    if (value->kind != WH_YAML_LIST)
        return wh_yaml_error(value, err, "'%s' must be a list, not %s", name,
                             wh_yaml_kind_name(value));
    if (value->count == 0)
        return wh_yaml_error(value, err, "'%s' is an empty list", name);
    return WH_OK;
}

wh_code wh_require_text(const char *name, const struct wh_yaml_node *value, bool takes_null,
                        struct wh_error *err)
{
    if (value->kind != WH_YAML_SCALAR)
        return wh_yaml_error(value, err, "'%s' must be a text, not %s", name,
                             wh_yaml_kind_name(value));
    if (value->is_absent)
        return wh_yaml_error(value, err, "'%s' has no value", name);
    if (wh_str_trim(value->text).len == 0)
        return wh_yaml_error(value, err, "'%s' is empty", name);
    if (!takes_null && wh_yaml_is_null(value))
        return wh_yaml_error(value, err, "'%s' must be a text, not null", name);
    return WH_OK;
}

struct wh_expr_text wh_placed_text(const struct wh_yaml_node *node)
{
    return (struct wh_expr_text){.text = node->text,
                                 .line = node->line,
                                 .column = node->column,
                                 .is_quoted = node->is_quoted};
}

/* ---- schema ---------------------------------------------------------------------------------- */

static int add_property(json_t *properties, json_t *required, const struct wh_key *key)
{
    if (key->form->schema == NULL)
        return 0;
    json_t *schema = key->form->schema(key);
    if (schema == NULL || json_object_set_new(schema, "description", json_string(key->help)) != 0) {
        json_decref(schema);
        return -1;
    }
    if (json_object_set_new(properties, key->name, schema) != 0)
        return -1;
    return key->is_required ? json_array_append_new(required, json_string(key->name)) : 0;
}

json_t *wh_keys_schema(const struct wh_key *table)
{
    json_t *properties = json_object();
    json_t *required = json_array();
    for (const struct wh_key *key = table; key->name != NULL; key++) {
        if (add_property(properties, required, key) != 0) {
            json_decref(properties);
            json_decref(required);
            return NULL;
        }
    }
    return json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties", properties, "required",
                     required, "additionalProperties", 0);
}

json_t *wh_schema_scalar(bool takes_null)
{
    if (takes_null)
        return json_pack("{s:[s,s,s,s]}", "type", "string", "number", "boolean", "null");
    return json_pack("{s:[s,s,s]}", "type", "string", "number", "boolean");
}

json_t *wh_schema_list(json_t *items)
{
    return items == NULL
               ? NULL
               : json_pack("{s:s, s:o, s:i}", "type", "array", "items", items, "minItems", 1);
}

json_t *wh_schema_one_or_list(json_t *schema)
{
    json_t *list = wh_schema_list(json_incref(schema));
    return list == NULL ? NULL : json_pack("{s:[o,o]}", "anyOf", schema, list);
}

json_t *wh_schema_mapping_of(json_t *values)
{
    return values == NULL ? NULL
                          : json_pack("{s:s, s:o, s:i}", "type", "object", "additionalProperties",
                                      values, "minProperties", 1);
}
