/* SPDX-License-Identifier: Apache-2.0 */
/* `map_values:` of a clean rule: of each column pairs of texts, or a CSV file with two columns of
 * them: { status: { A: active }, country: [countries.csv, old, iso] }. */
#include "base/error.h"
#include "plan/read.h"

static wh_code read_pair(const struct wh_yaml_pair *pair, struct wh_value_pair *ret,
                         struct wh_error *err)
{
    if (pair->value->kind != WH_YAML_SCALAR || pair->value->is_absent)
        return wh_yaml_error(pair->key, err,
                             "the value for '%.*s' must be a text; write null or \"\" where that "
                             "is meant",
                             WH_FMT(pair->key->text));
    if (wh_yaml_is_null(pair->key))
        return wh_yaml_error(pair->key, err,
                             "null is no text to map: write \"%.*s\" for the text, or a rule with "
                             "'when: … IS NULL' and 'set'",
                             WH_FMT(pair->key->text));
    *ret =
        (struct wh_value_pair){.from = pair->key->text,
                               .to = wh_yaml_is_null(pair->value) ? WH_STR_NONE : pair->value->text,
                               .line = pair->key->line};
    return WH_OK;
}

static wh_code read_pairs(const struct wh_yaml_node *pairs, struct wh_arena *arena,
                          struct wh_mapping_definition *ret, struct wh_error *err)
{
    WH_TRY(wh_require_mapping("map_values", pairs, err));
    ret->pairs = wh_arena_array(arena, WH_MAX(pairs->count, 1), sizeof(*ret->pairs));
    if (ret->pairs == NULL)
        return wh_error_no_memory(err, pairs->count * sizeof(*ret->pairs));
    ret->pair_count = pairs->count;
    for (size_t i = 0; i < pairs->count; i++)
        WH_TRY(read_pair(&pairs->pairs[i], &ret->pairs[i], err));
    return WH_OK;
}

static wh_code read_file(const struct wh_yaml_node *list, struct wh_mapping_definition *ret,
                         struct wh_error *err)
{
    if (list->count != 3)
        return wh_yaml_error(list, err,
                             "'map_values' of a column takes from a file "
                             "[file, column of the old values, column of the new ones], not %zu "
                             "of them",
                             list->count);
    for (size_t i = 0; i < list->count; i++)
        WH_TRY(wh_require_text("map_values", list->elements[i], false, err));
    ret->file = wh_placed_text(list->elements[0]);
    ret->from_column = list->elements[1]->text;
    ret->to_column = list->elements[2]->text;
    return WH_OK;
}

static wh_code read_column(const struct wh_yaml_pair *pair, struct wh_arena *arena,
                           struct wh_assignment_definition *ret, struct wh_error *err)
{
    struct wh_mapping_definition *mapping = wh_arena_array(arena, 1, sizeof(*mapping));
    if (mapping == NULL)
        return wh_error_no_memory(err, sizeof(*mapping));
    ret->column = wh_placed_text(pair->key);
    ret->value = wh_placed_text(pair->key);
    ret->mapping = mapping;
    return pair->value->kind == WH_YAML_LIST ? read_file(pair->value, mapping, err)
                                             : read_pairs(pair->value, arena, mapping, err);
}

static wh_code read_map_values(const struct wh_key *key, const struct wh_yaml_node *value,
                               void *object, struct wh_arena *arena, struct wh_error *err)
{
    WH_TRY(wh_require_mapping(key->name, value, err));
    struct wh_assignment_definition *sets =
        wh_arena_array(arena, WH_MAX(value->count, 1), sizeof(*sets));
    if (sets == NULL)
        return wh_error_no_memory(err, value->count * sizeof(*sets));
    for (size_t i = 0; i < value->count; i++)
        WH_TRY(read_column(&value->pairs[i], arena, &sets[i], err));
    *(struct wh_assignment_definition **)((char *)object + key->offset) = sets;
    *(size_t *)((char *)object + key->count_offset) = value->count;
    return WH_OK;
}

static json_t *map_values_schema(const struct wh_key *key)
{
    (void)key;
    json_t *file = json_pack("{s:s, s:{s:s}, s:i, s:i}", "type", "array", "items", "type", "string",
                             "minItems", 3, "maxItems", 3);
    json_t *pairs = wh_schema_mapping_of(wh_schema_scalar(true));
    return wh_schema_mapping_of(json_pack("{s:[o,o]}", "anyOf", pairs, file));
}

const struct wh_form wh_form_map_values = {.read = read_map_values, .schema = map_values_schema};
