/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON Schema says of a migration file what the parser says of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/error.h"
#include "plan/migration.h"
#include "plan/yaml.h"

/* ---- YAML as JSON, by the core schema: what an editor sees ----------------------------------- */

static json_t *scalar_to_json(const struct wh_yaml_node *node)
{
    uint64_t number;
    if (wh_yaml_is_null(node) || node->is_absent)
        return json_null();
    if (node->is_plain && (wh_str_is(node->text, "true") || wh_str_is(node->text, "false")))
        return json_boolean(wh_str_is(node->text, "true"));
    if (node->is_plain && wh_count_parse(node->text, &number, NULL) == WH_OK)
        return json_integer((json_int_t)number);
    return json_stringn(node->text.ptr, node->text.len);
}

static json_t *to_json(const struct wh_yaml_node *node)
{
    if (node->kind == WH_YAML_SCALAR)
        return scalar_to_json(node);
    json_t *json = node->kind == WH_YAML_LIST ? json_array() : json_object();
    for (size_t i = 0; i < node->count; i++) {
        if (node->kind == WH_YAML_LIST)
            json_array_append_new(json, to_json(node->elements[i]));
        else
            json_object_set_new(json, node->pairs[i].key->text.ptr, to_json(node->pairs[i].value));
    }
    return json;
}

/* ---- a validator for the words of JSON Schema that the schema uses --------------------------- */

static bool is_valid(json_t *schema, json_t *value);

static bool has_type(const char *type, json_t *value)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "object",   [JSON_ARRAY] = "array", [JSON_STRING] = "string",
        [JSON_INTEGER] = "integer", [JSON_REAL] = "number", [JSON_TRUE] = "boolean",
        [JSON_FALSE] = "boolean",   [JSON_NULL] = "null",
    };
    if (strcmp(type, "number") == 0 && json_is_integer(value))
        return true;
    return strcmp(type, names[json_typeof(value)]) == 0;
}

static bool check_type(json_t *type, json_t *value)
{
    if (json_is_string(type))
        return has_type(json_string_value(type), value);
    size_t index;
    json_t *one;
    json_array_foreach(type, index, one)
    {
        if (has_type(json_string_value(one), value))
            return true;
    }
    return false;
}

static bool check_any(json_t *schemas, json_t *value)
{
    size_t index;
    json_t *one;
    json_array_foreach(schemas, index, one)
    {
        if (is_valid(one, value))
            return true;
    }
    return false;
}

static bool check_enum(json_t *values, json_t *value)
{
    size_t index;
    json_t *one;
    json_array_foreach(values, index, one)
    {
        if (json_equal(one, value))
            return true;
    }
    return false;
}

static bool check_object(json_t *schema, json_t *value)
{
    json_t *properties = json_object_get(schema, "properties");
    json_t *others = json_object_get(schema, "additionalProperties");
    const char *key;
    json_t *inner;
    size_t index;
    json_array_foreach(json_object_get(schema, "required"), index, inner)
    {
        if (json_object_get(value, json_string_value(inner)) == NULL)
            return false;
    }
    json_object_foreach(value, key, inner)
    {
        json_t *property = json_object_get(properties, key);
        if (property == NULL ? json_is_false(others) || (others != NULL && !is_valid(others, inner))
                             : !is_valid(property, inner))
            return false;
    }
    return json_object_size(value) >=
           (size_t)json_integer_value(json_object_get(schema, "minProperties"));
}

static bool check_array(json_t *schema, json_t *value)
{
    json_t *items = json_object_get(schema, "items");
    size_t index;
    json_t *element;
    json_array_foreach(value, index, element)
    {
        if (!is_valid(items, element))
            return false;
    }
    return json_array_size(value) >=
           (size_t)json_integer_value(json_object_get(schema, "minItems"));
}

static bool is_valid(json_t *schema, json_t *value)
{
    json_t *type = json_object_get(schema, "type");
    json_t *any = json_object_get(schema, "anyOf");
    json_t *values = json_object_get(schema, "enum");
    json_t *constant = json_object_get(schema, "const");
    if (type != NULL && !check_type(type, value))
        return false;
    if (any != NULL && !check_any(any, value))
        return false;
    if (values != NULL && !check_enum(values, value))
        return false;
    if (constant != NULL && !json_equal(constant, value))
        return false;
    if (json_is_object(value) && json_object_get(schema, "type") != NULL)
        return check_object(schema, value);
    return !json_is_array(value) || json_object_get(schema, "items") == NULL ||
           check_array(schema, value);
}

/* ---- tests ----------------------------------------------------------------------------------- */

static json_t *load_schema(void)
{
    struct wh_buf text;
    wh_buf_init(&text, 1 << 20);
    assert_int_equal(wh_migration_schema(&text, NULL), WH_OK);
    json_error_t error;
    json_t *schema = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, &error);
    if (schema == NULL)
        fail_msg("line %d: %s", error.line, error.text);
    wh_buf_release(&text);
    return schema;
}

static const char *no_environment(void *ctx, const char *name)
{
    (void)ctx;
    (void)name;
    return NULL;
}

static bool schema_accepts(json_t *schema, const char *text)
{
    struct wh_arena arena;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_substitution substitution = {.environment = no_environment};
    const struct wh_yaml_node *root;
    wh_arena_init(&arena);
    if (wh_yaml_parse(wh_str_from(text), &substitution, &arena, &root, &err) != WH_OK)
        fail_msg("%s", err.message);
    json_t *json = to_json(root);
    bool accepts = is_valid(schema, json);
    json_decref(json);
    wh_arena_release(&arena);
    return accepts;
}

static bool parser_accepts(const char *text)
{
    char path[] = "/tmp/wherry-plan-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
    close(file);
    struct wh_migration_request request = {.path = path, .environment = no_environment};
    struct wh_migration *migration = NULL;
    struct wh_error err = WH_ERROR_NONE;
    wh_code rc = wh_migration_read(&request, &migration, &err);
    wh_migration_free(migration);
    unlink(path);
    return rc == WH_OK;
}

#define TOP "wherry: 1\nname: a\nsource: b\ndestination: c\n"
#define ITEM(more) TOP "items: { x: { from: f, key: k, into: t, map: { a: b }, " more " } }\n"

static const struct {
    const char *text;
    bool is_good;
} files[] = {
    {ITEM(""), true},
    {ITEM("") "limits: { failures: 5, deletes: 1.5%, memory: 64MiB, group: 10, cell: 1024 }\n",
     true},
    {ITEM("") "timezone: UTC\nledger: destination\n", true},
    {ITEM("format: { delimiter: \";\", header: false, columns: [a, 1], nulls: [], record: 1GB }"),
     true},
    {ITEM("match: [a, b], redact: c, mode: insert, drift: keep, missing: report, log: keys"), true},
    {ITEM("where: true, create: true"), true},
    {ITEM("clean: [{ when: a, reject: b }, { duplicates: [a, b], keep: max(c) }]"), true},
    {ITEM("clean: [{ set: { a: null, b: { value: 5 } } }]"), true},
    {ITEM("expect: [{ not_null: a }, { unique: [a, b], name: u, message: m }]"), true},
    {ITEM("expect: [{ accepted_values: { a: [1, x] } }, { check: a, severity: warn }]"), true},
    {TOP "items: { x: { from: f, key: k, into: t, map: { \"*\": same, a: { insert: now() } } } }\n",
     true},
    {"wherry: 2\nname: a\nsource: b\ndestination: c\nitems: {}\n", false},
    {TOP, false},
    {TOP "items: {}\n", false},
    {TOP "items: { x: { from: f, key: k, into: t } }\n", false},
    {TOP "items: { x: { query: SELECT 1, key: k, into: t, map: { a: b } } }\n", true},
    {TOP "items: { x: { key: k, into: t, map: { a: b } } }\n", false},
    {ITEM("nonsense: 1"), false},
    {ITEM("children: { a: b }"), false},
    {ITEM("mode: replace"), false},
    {ITEM("create: perhaps"), false},
    {ITEM("match: []"), false},
    {ITEM("format: { delimeter: x }"), false},
    {ITEM("format: { nulls: x }"), false},
    {ITEM("clean: []"), false},
    {ITEM("clean: [{ wen: a }]"), false},
    {ITEM("clean: [{ set: {} }]"), false},
    {ITEM("expect: [{ accepted_values: { a: [] } }]"), false},
    {ITEM("expect: [{ check: a, severity: fatal }]"), false},
    {TOP "items: { x: { from: f, key: k, into: t, map: { a: [b] } } }\n", false},
    {TOP "items: { x: { from: f, key: k, into: t, map: { a: { valeu: b } } } }\n", false},
    {ITEM("") "lookups: { a: b }\n", false},
    {ITEM("") "limits: { rate: 5 }\nanalyze: true\n", true},
    {ITEM("") "limits: { rate: 5000/s }\n", true},
    {ITEM("") "guard: { query: SELECT 1, above: 2 }\n", true},
    {ITEM("") "guard: { query: SELECT 1 }\n", false},
    {ITEM("") "timezone: +02:00\n", false},
};

static void schema_and_parser_agree(void **state)
{
    (void)state;
    json_t *schema = load_schema();
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        bool by_schema = schema_accepts(schema, files[i].text);
        bool by_parser = parser_accepts(files[i].text);
        if (by_schema != files[i].is_good || by_parser != files[i].is_good)
            fail_msg("schema %d, parser %d, expected %d:\n%s", by_schema, by_parser,
                     files[i].is_good, files[i].text);
    }
    json_decref(schema);
}

static void every_key_of_the_schema_is_explained(void **state)
{
    (void)state;
    json_t *schema = load_schema();
    json_t *properties = json_object_get(schema, "properties");
    const char *key;
    json_t *property;
    assert_true(json_object_size(properties) >= 7);
    assert_string_equal(json_string_value(json_object_get(schema, "$schema")),
                        "https://json-schema.org/draft/2020-12/schema");
    json_object_foreach(properties, key, property)
    {
        const char *help = json_string_value(json_object_get(property, "description"));
        if (help == NULL || help[0] == '\0')
            fail_msg("'%s' is not explained", key);
    }
    json_decref(schema);
}

/* Every property name below @p schema that the text does not name in backquotes. */
static int count_undocumented(json_t *schema, const char *text)
{
    int missing = 0;
    const char *key;
    json_t *inner;
    size_t index;
    json_object_foreach(json_object_get(schema, "properties"), key, inner)
    {
        char quoted[64];
        snprintf(quoted, sizeof(quoted), "`%s`", key);
        bool is_there = strstr(text, quoted) != NULL || strcmp(key, "*") == 0 ||
                        strcmp(key, "value") == 0 || strcmp(key, "insert") == 0;
        if (!is_there)
            print_error("'%s' is not documented\n", key);
        missing += !is_there + count_undocumented(inner, text);
    }
    json_array_foreach(json_object_get(schema, "anyOf"), index, inner)
    {
        missing += count_undocumented(inner, text);
    }
    inner = json_object_get(schema, "items");
    missing += json_is_object(inner) ? count_undocumented(inner, text) : 0;
    inner = json_object_get(schema, "additionalProperties");
    return missing + (json_is_object(inner) ? count_undocumented(inner, text) : 0);
}

static void every_key_stands_in_the_documentation(void **state)
{
    (void)state;
    FILE *file = fopen("docs/migration-file.md", "r");
    if (file == NULL) {
        print_message("docs/migration-file.md is not below the working folder\n");
        skip();
    }
    static char text[1 << 17];
    size_t len = fread(text, 1, sizeof(text) - 1, file);
    text[len] = '\0';
    (void)fclose(file);
    json_t *schema = load_schema();
    int missing = count_undocumented(schema, text);
    json_decref(schema);
    assert_int_equal(missing, 0);
}

/* The first YAML block of the documentation is a whole file: it must be a good one. */
static void the_documented_example_is_read(void **state)
{
    (void)state;
    FILE *file = fopen("docs/migration-file.md", "r");
    if (file == NULL)
        skip();
    static char text[1 << 17];
    size_t len = fread(text, 1, sizeof(text) - 1, file);
    text[len] = '\0';
    (void)fclose(file);
    char *start = strstr(text, "```yaml\n");
    assert_non_null(start);
    start += strlen("```yaml\n");
    char *end = strstr(start, "```");
    assert_non_null(end);
    *end = '\0';
    json_t *schema = load_schema();
    bool by_schema = schema_accepts(schema, start);
    json_decref(schema);
    assert_true(by_schema);
    assert_true(parser_accepts(start));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schema_and_parser_agree),
        cmocka_unit_test(every_key_of_the_schema_is_explained),
        cmocka_unit_test(every_key_stands_in_the_documentation),
        cmocka_unit_test(the_documented_example_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
