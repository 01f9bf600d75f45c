/* SPDX-License-Identifier: Apache-2.0 */
/* The migration file: what good ones say, and what is told about bad ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "plan/migration.h"

/* ---- reading a text as a file ---------------------------------------------------------------- */

static const char *environment(void *ctx, const char *name)
{
    static const char *const values[][2] = {
        {"FOLDER", "exports"},
        {"EMPTY", ""},
        {"PASSWORD", "hunter2"},
        {"TRICKY", "a: b\nc: [d, \"e\"] # {x}"},
        {"DATABASE", "sqlite:new.db"},
        {"BAD_UTF8", "caf\xE9"},
        {"MODE", "insert"},
        {"NESTED", "${FOLDER}"},
        {"NULLISH", "null"},
        {"SECRET_MODE", "s3cr3t"},
    };
    (void)ctx;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        if (strcmp(values[i][0], name) == 0)
            return values[i][1];
    return NULL;
}

static wh_code read_bytes(const char *bytes, size_t len, struct wh_migration **ret,
                          struct wh_error *err)
{
    char path[] = "/tmp/wherry-plan-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, bytes, len), (ssize_t)len);
    close(file);
    struct wh_migration_request request = {.path = path, .environment = environment};
    wh_code rc = wh_migration_read(&request, ret, err);
    unlink(path);
    return rc;
}

static wh_code read_text(const char *text, struct wh_migration **ret, struct wh_error *err)
{
    return read_bytes(text, strlen(text), ret, err);
}

static struct wh_migration *read_good(const char *text)
{
    struct wh_migration *migration = NULL;
    struct wh_error err = WH_ERROR_NONE;
    if (read_text(text, &migration, &err) != WH_OK)
        fail_msg("line %u column %u: %s", err.line, err.column, err.message);
    return migration;
}

static void assert_text(struct wh_str text, const char *expected)
{
    if (!wh_str_is(text, expected))
        fail_msg("'%.*s' is not '%s'", WH_FMT(text), expected);
}

static void assert_place(struct wh_expr_text text, const char *expected, uint32_t line,
                         uint32_t column)
{
    assert_text(text.text, expected);
    assert_int_equal(text.line, line);
    assert_int_equal(text.column, column);
}

#define HEAD                                                                                       \
    "wherry: 1\n"                                                                                  \
    "name: shop\n"                                                                                 \
    "source: old\n"                                                                                \
    "destination: sqlite:new.db\n"
#define ITEM                                                                                       \
    HEAD "items:\n"                                                                                \
         "  customer:\n"                                                                           \
         "    from: customers.csv\n"                                                               \
         "    key: id\n"                                                                           \
         "    into: customers\n"
#define MAPPED ITEM "    map: { id: id }\n"

/* ---- good files ------------------------------------------------------------------------------ */

static void reads_the_smallest_file_with_defaults(void **state)
{
    (void)state;
    struct wh_migration *migration = read_good(MAPPED);
    assert_text(migration->name, "shop");
    assert_place(migration->source, "old", 3, 9);
    assert_place(migration->destination, "sqlite:new.db", 4, 14);
    assert_text(migration->ledger.text, "destination");
    assert_int_equal(migration->zone_offset, 0);
    assert_false(migration->limits.failures.is_set);
    assert_true(migration->limits.deletes.is_percent);
    assert_true(migration->limits.memory == UINT64_C(512) << 20);
    assert_true(migration->limits.group == 0);
    assert_int_equal(migration->item_count, 1);
    const struct wh_item_definition *item = &migration->items[0];
    assert_text(item->name, "customer");
    assert_int_equal(item->line, 6);
    assert_int_equal(item->column, 3);
    assert_place(item->from, "customers.csv", 7, 11);
    assert_int_equal(item->key_count, 1);
    assert_place(item->key[0], "id", 8, 10);
    assert_place(item->into, "customers", 9, 11);
    assert_null(item->where.text.ptr);
    assert_int_equal(item->match_count, 0);
    assert_int_equal(item->mode, WH_MODE_UPSERT);
    assert_int_equal(item->drift, WH_DRIFT_FAIL);
    assert_int_equal(item->missing, WH_MISSING_KEEP);
    assert_int_equal(item->log, WH_LOG_IMAGES);
    assert_false(item->create);
    assert_false(item->maps_same);
    assert_int_equal(item->map_count, 1);
    assert_null(item->format.delimiter.ptr);
    assert_true(item->format.cell == UINT64_C(64) << 20);
    wh_migration_free(migration);
}

static const char whole_file[] =
    "# everything at once\n"
    "wherry: 1\n"
    "name: shop\n"
    "source: ${FOLDER}\n"
    "destination: ${DATABASE:-sqlite:other.db}\n"
    "ledger: destination\n"
    "timezone: UTC\n"
    "limits: { failures: 2.5%, deletes: 10, memory: 64MiB, group: 1, cell: 1MiB }\n"
    "items:\n"
    "  customer:\n"
    "    from: \"tbl_*.csv\"\n"
    "    format: { delimiter: \";\", quote: \"'\", header: false, columns: [a, b], nulls: [\"\", "
    "'\\N'] }\n"
    "    where: deleted = 0\n"
    "    key: [ cust_id, tenant ]\n"
    "    into: customers\n"
    "    match: [id, tenant]\n"
    "    mode: insert\n"
    "    drift: overwrite\n"
    "    missing: report\n"
    "    create: true\n"
    "    log: rows\n"
    "    redact: [ssn]\n"
    "    clean:\n"
    "      - name: unknown phones are null\n"
    "        when: trim(phone) IN ('', '-')\n"
    "        set: { phone: null, fax: { value: null }, kind: { value: EU } }\n"
    "      - when: email NOT LIKE '%@%'\n"
    "        reject: e-mail without @\n"
    "      - when: test\n"
    "        skip: tests\n"
    "      - duplicates: [ lower(email), tenant ]\n"
    "        keep: max(coalesce(updated_at, ')'))\n"
    "      - duplicates: phone\n"
    "    map:\n"
    "      \"*\": same\n"
    "      id: cust_id\n"
    "      full_name: |\n"
    "        trim(first)\n"
    "          || trim(last)\n"
    "      region: { value: EU }\n"
    "      none: { value: null }\n"
    "      word: { value: 'null' }\n"
    "      created_at: { insert: now() }\n"
    "      flag: true\n"
    "      nothing: null\n"
    "      number: 1.50\n"
    "    expect:\n"
    "      - not_null: [email, full_name]\n"
    "      - unique: [ email, tenant ]\n"
    "        message: twice\n"
    "      - accepted_values: { status: [active, 1], kind: [true] }\n"
    "      - check: balance >= 0\n"
    "        severity: warn\n"
    "      - name: positive\n"
    "        check: balance > 0\n"
    "        severity: error\n"
    "      - name: there\n"
    "        not_null: [a, b]\n";

static void reads_every_key(void **state)
{
    (void)state;
    struct wh_migration *migration = read_good(whole_file);
    assert_text(migration->source.text, "exports");
    assert_text(migration->destination.text, "sqlite:new.db");
    assert_int_equal(migration->zone_offset, 0);
    assert_true(migration->limits.failures.is_percent);
    assert_true(migration->limits.failures.amount > 2.49 &&
                migration->limits.failures.amount < 2.51);
    assert_false(migration->limits.deletes.is_percent);
    assert_true(migration->limits.memory == UINT64_C(64) << 20);
    assert_true(migration->limits.group == 1);
    const struct wh_item_definition *item = &migration->items[0];
    assert_true(wh_str_is(item->format.delimiter, ";"));
    assert_true(wh_str_is(item->format.quote, "'"));
    assert_true(wh_str_is(item->format.header, "false"));
    assert_int_equal(item->format.columns.count, 2);
    assert_int_equal(item->format.nulls.count, 2);
    assert_text(item->format.nulls.items[1], "\\N");
    assert_true(item->format.cell == UINT64_C(1) << 20);
    assert_place(item->where, "deleted = 0", 13, 12);
    assert_int_equal(item->key_count, 2);
    assert_place(item->key[1], "tenant", 14, 21);
    assert_int_equal(item->match_count, 2);
    assert_int_equal(item->mode, WH_MODE_INSERT);
    assert_int_equal(item->drift, WH_DRIFT_OVERWRITE);
    assert_int_equal(item->missing, WH_MISSING_REPORT);
    assert_int_equal(item->log, WH_LOG_ROWS);
    assert_true(item->create);
    assert_int_equal(item->redact_count, 1);
    assert_place(item->redact[0], "ssn", 22, 14);
    wh_migration_free(migration);
}

static void reads_clean_rules(void **state)
{
    (void)state;
    struct wh_migration *migration = read_good(whole_file);
    const struct wh_item_definition *item = &migration->items[0];
    assert_int_equal(item->clean_count, 5);
    const struct wh_clean_definition *rule = &item->clean[0];
    assert_text(rule->name, "unknown phones are null");
    assert_int_equal(rule->action, WH_CLEAN_SET);
    assert_place(rule->when, "trim(phone) IN ('', '-')", 25, 15);
    assert_int_equal(rule->set_count, 3);
    assert_int_equal(rule->sets[0].source, WH_VALUE_EXPRESSION);
    assert_text(rule->sets[0].value.text, "null");
    assert_int_equal(rule->sets[1].source, WH_VALUE_NULL);
    assert_int_equal(rule->sets[2].source, WH_VALUE_LITERAL);
    assert_text(rule->sets[2].value.text, "EU");
    rule = &item->clean[1];
    assert_text(rule->name, "clean 2");
    assert_int_equal(rule->action, WH_CLEAN_REJECT);
    assert_text(rule->reason, "e-mail without @");
    assert_int_equal(item->clean[2].action, WH_CLEAN_SKIP);
    rule = &item->clean[3];
    assert_int_equal(rule->action, WH_CLEAN_DUPLICATES);
    assert_int_equal(rule->duplicate_count, 2);
    assert_int_equal(rule->keep, WH_SURVIVOR_MAX);
    assert_place(rule->keep_value, "coalesce(updated_at, ')')", 32, 19);
    assert_int_equal(item->clean[4].keep, WH_SURVIVOR_FIRST);
    wh_migration_free(migration);
}

static void reads_a_map(void **state)
{
    (void)state;
    struct wh_migration *migration = read_good(whole_file);
    const struct wh_item_definition *item = &migration->items[0];
    static const struct {
        const char *column;
        enum wh_value_source source;
        const char *value;
    } expected[] = {
        {"id", WH_VALUE_EXPRESSION, "cust_id"},
        {"full_name", WH_VALUE_EXPRESSION, "trim(first)\n  || trim(last)\n"},
        {"region", WH_VALUE_LITERAL, "EU"},
        {"none", WH_VALUE_NULL, "null"},
        {"word", WH_VALUE_LITERAL, "null"},
        {"created_at", WH_VALUE_INSERT, "now()"},
        {"flag", WH_VALUE_EXPRESSION, "true"},
        {"nothing", WH_VALUE_EXPRESSION, "null"},
        {"number", WH_VALUE_EXPRESSION, "1.50"},
    };
    assert_true(item->maps_same);
    assert_int_equal(item->map_count, 9);
    for (size_t i = 0; i < item->map_count; i++) {
        assert_text(item->map[i].column.text, expected[i].column);
        assert_int_equal(item->map[i].source, expected[i].source);
        assert_text(item->map[i].value.text, expected[i].value);
    }
    assert_place(item->map[0].column, "id", 36, 7);
    /* A block's text starts in the line below its header. */
    assert_int_equal(item->map[1].value.line, 38);
    assert_int_equal(item->map[1].value.column, 9);
    wh_migration_free(migration);
}

static void reads_checks_and_takes_lists_apart(void **state)
{
    (void)state;
    struct wh_migration *migration = read_good(whole_file);
    const struct wh_item_definition *item = &migration->items[0];
    static const char *const names[] = {
        "email not null",
        "full_name not null",
        "email, tenant unique",
        "status accepted values",
        "kind accepted values",
        "balance >= 0",
        "positive",
        "there: a",
        "there: b",
    };
    assert_int_equal(item->expect_count, 9);
    for (size_t i = 0; i < item->expect_count; i++)
        assert_text(item->expect[i].name, names[i]);
    assert_int_equal(item->expect[2].kind, WH_EXPECT_UNIQUE);
    assert_int_equal(item->expect[2].column_count, 2);
    assert_text(item->expect[2].message, "twice");
    assert_null(item->expect[0].message.ptr);
    assert_int_equal(item->expect[3].value_count, 2);
    assert_text(item->expect[3].values[1], "1");
    assert_text(item->expect[4].values[0], "true");
    assert_true(item->expect[5].is_warning);
    assert_false(item->expect[6].is_warning);
    wh_migration_free(migration);
}

static void keeps_the_text_before_substitution(void **state)
{
    (void)state;
    static const char text[] =
        "wherry: 1\nname: ${FOLDER}\nsource: postgresql://u:${PASSWORD}@h/d\n"
        "destination: sqlite:x.db\nitems:\n  a:  # note\n    from: ${FOLDER}.csv\n"
        "    key: id\n    into: t\n    map: { id: id }\n\n# end\n"
        "  b: { from: b, key: k, into: t, map: { id: \"k\" } }  # more\n";
    struct wh_migration *migration = read_good(text);
    assert_text(migration->text, text);
    assert_text(migration->name, "exports");
    assert_text(migration->source.text, "postgresql://u:hunter2@h/d");
    assert_text(migration->items[0].text, "a:  # note\n    from: ${FOLDER}.csv\n    key: id\n"
                                          "    into: t\n    map: { id: id }");
    assert_text(migration->items[1].text, "b: { from: b, key: k, into: t, map: { id: \"k\" } }");
    assert_text(migration->items[0].from.text, "exports.csv");
    wh_migration_free(migration);
}

static void a_value_from_the_environment_stays_a_value(void **state)
{
    (void)state;
    struct wh_migration *migration =
        read_good(ITEM "    map:\n"
                       "      id: id\n"
                       "      note: { value: \"${TRICKY}\" }\n"
                       "      plain:\n"
                       "        value: ${NULLISH}\n"
                       "      dollar:\n"
                       "        value: $${FOLDER} $x $$ ${UNSET:-a${b} ${EMPTY:-e}${EMPTY}\n"
                       "      nested:\n"
                       "        value: ${NESTED}\n"
                       "    mode: ${MODE}\n");
    const struct wh_item_definition *item = &migration->items[0];
    assert_int_equal(item->map_count, 5);
    assert_int_equal(item->mode, WH_MODE_INSERT);
    assert_text(item->map[1].value.text, "a: b\nc: [d, \"e\"] # {x}");
    assert_int_equal(item->map[2].source, WH_VALUE_LITERAL);
    assert_text(item->map[2].value.text, "null");
    assert_text(item->map[3].value.text, "${FOLDER} $x $$ a${b e");
    assert_text(item->map[4].value.text, "${FOLDER}");
    wh_migration_free(migration);
}

static void shares_values_through_aliases(void **state)
{
    (void)state;
    struct wh_migration *migration = read_good(
        HEAD "items:\n"
             "  a: { from: a.csv, key: &key id, into: t, map: &map { id: id, b: { value: x } },\n"
             "       format: &format { delimiter: \";\" } }\n"
             "  b: { from: b.csv, key: *key, into: u, map: *map, format: *format }\n");
    assert_int_equal(migration->items[1].map_count, 2);
    assert_text(migration->items[1].key[0].text, "id");
    assert_true(wh_str_is(migration->items[1].format.delimiter, ";"));
    wh_migration_free(migration);
}

static uint64_t text_hash(const char *text)
{
    struct wh_migration *migration = read_good(text);
    uint64_t hash = migration->items[0].text_hash;
    wh_migration_free(migration);
    return hash;
}

static void hashes_what_an_item_states_and_not_how(void **state)
{
    (void)state;
    uint64_t hash = text_hash(MAPPED);
    assert_true(hash == text_hash(ITEM "    # a comment\n    map:\n      id: \"id\"\n"));
    assert_true(hash != text_hash(ITEM "    map: { id: id2 }\n"));
    assert_true(hash != text_hash(ITEM "    map: { id: id }\n    mode: insert\n"));
    assert_true(text_hash(ITEM "    map: { id: { value: null } }\n") !=
                text_hash(ITEM "    map: { id: { value: 'null' } }\n"));
    assert_true(text_hash(ITEM "    map: { id: \"${FOLDER}\" }\n") ==
                text_hash(ITEM "    map: { id: exports }\n"));
    assert_true(text_hash(ITEM "    map: { id: ab, c: d }\n") !=
                text_hash(ITEM "    map: { id: a, bc: d }\n"));
}

static void takes_a_byte_order_mark_and_crlf(void **state)
{
    (void)state;
    struct wh_migration *migration =
        read_good("\xEF\xBB\xBFwherry: 1\r\nname: shop\r\nsource: old\r\ndestination: sqlite:x\r\n"
                  "items:\r\n  a:\r\n    from: f\r\n    key: k\r\n    into: t\r\n    map:\r\n"
                  "      id: >-\r\n        a +\r\n        b\r\n      c: \"x\"\r\n");
    assert_text(migration->items[0].map[0].value.text, "a + b");
    assert_place(migration->items[0].map[1].value, "x", 14, 11);
    assert_int_equal(migration->text.ptr[0], 'w');
    wh_migration_free(migration);
}

static void counts_columns_in_characters(void **state)
{
    (void)state;
    struct wh_migration *migration = read_good(ITEM "    map: { \"ä€𝄞\": a, id: b }\n");
    assert_place(migration->items[0].map[0].column, "ä€𝄞", 10, 13);
    assert_place(migration->items[0].map[1].column, "id", 10, 22);
    wh_migration_free(migration);
}

static void finds_the_folder_of_the_file(void **state)
{
    (void)state;
    struct wh_migration *migration = read_good(MAPPED);
    assert_text(migration->folder, "/tmp");
    wh_migration_free(migration);
}

/* ---- bad files ------------------------------------------------------------------------------- */

struct bad_file {
    const char *text;
    uint32_t line;
    uint32_t column;
    const char *message; /* its beginning */
    wh_code code;        /* 0: WH_INVALID */
};

#define LATER WH_UNSUPPORTED

static const struct bad_file bad_files[] = {
    /* not YAML */
    {"", 0, 0, "the file is empty; a migration file begins with 'wherry: 1'", 0},
    {"# nothing\n\n", 0, 0, "the file is empty", 0},
    {"---\n...\n", 0, 0, "the file is empty", 0},
    {"wherry: [1\n", 0, 0, "the file is not YAML: ", 0},
    {"wherry:\n\tname: x\n", 2, 1, "the file is not YAML: a tab stands here", 0},
    {"wherry: 1\nname: x\n\tsource: .\n", 3, 1, "the file is not YAML: a tab stands here", 0},
    {"wherry: 1\nname: x\n  goes on\n\n \t \n \tsource: .\n", 6, 2,
     "the file is not YAML: a tab stands here", 0},
    {"wherry: 1\nitems:\n  a:\n    from: é\n    \tkey: id\n", 5, 5,
     "the file is not YAML: a tab stands here", 0},
    {"wherry: 1\nitems:\n  a:\n    clean:\n    \t- tidy\n", 5, 5,
     "the file is not YAML: a tab stands here", 0},
    {"wherry: 1\nname: x\n source: .\n\tmore\n", 2, 7, "the file is not YAML: invalid", 0},
    {"wherry: 1\nname: @x\n", 2, 7, "the file is not YAML: ", 0},
    {"wherry: 1\nname: \"x\n", 0, 0, "the file is not YAML: ", 0},
    {"wherry: 1\nname: caf\xE9\n", 2, 10, "a byte here is not UTF-8; save the file as UTF-8", 0},
    {"\xFF\xFEw\0h", 0, 0, "the file is UTF-16; save it as UTF-8", 0},
    {"- wherry\n", 1, 1, "the file is a list, not a mapping of keys and values", 0},
    {"wherry\n", 1, 1, "the file is a text, not a mapping", 0},
    {"wherry: 1\n---\nwherry: 1\n", 2, 1, "a second YAML document starts here", 0},
    {"wherry: 1\nname: \"a\\0b\"\n", 2, 8, "a text holds a NUL character", 0},
    {"%YAML 1.2\n---\nwherry: 1\n", 1, 1,
     "YAML directives are not supported; leave the '%' line out", 0},
    {"wherry: 1\n...\n%d:,", 3, 1, "YAML directives are not supported", 0},
    /* structure */
    {MAPPED "name: again\n", 11, 1, "key 'name' stands here twice, first in line 2", 0},
    {ITEM "    map: { id: id, \"id\": b }\n", 10, 21,
     "key 'id' stands here twice, first in line 10", 0},
    {HEAD "items: &a\n  b: *a\n", 6, 7, "alias '*a' stands inside what it is an alias of", 0},
    {HEAD "items: *b\n", 5, 9, "alias '*b' has no anchor '&b' before it", 0},
    {HEAD "items:\n  a: &a { from: x }\n  b:\n    <<: *a\n", 8, 5,
     "merge keys ('<<') are not supported", 0},
    {"wherry: 1\n*a : x\n", 2, 2, "alias '*a' stands for a key; write the key out", 0},
    {"wherry: 1\n? [a, b]\n: c\n", 2, 3, "a key must be a text, not a list", 0},
    {"wherry: 1\n? {a: b}\n: c\n", 2, 3, "a key must be a text, not a mapping", 0},
    {"wherry: 1\n: c\n", 0, 0, "a key must be a text, not nothing", 0},
    {"wherry: 1\n\"\": c\n", 2, 2, "a key is empty", 0},
    {"wherry: 1\n\"${FOLDER}\": c\n", 2, 2,
     "'${FOLDER}': variables are replaced in values, not in keys", 0},
    {"wherry: !!int 1\n", 1, 15, "tags are not supported; leave out the '!…'", 0},
    {"wherry: 1\na: "
     "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n",
     2, 35, "more than 32 mappings and lists stand inside each other", 0},
    /* the top */
    {"name: x\n", 1, 1, "key 'wherry' is missing; a migration file begins with 'wherry: 1'", 0},
    {"wherry: 2\nfuture: x\n", 1, 9,
     "'wherry: 2' is no version of migration files that this wherry", LATER},
    {"wherry:\n", 1, 1, "'wherry' has no value", 0},
    {"wherry: [1]\n", 1, 9, "'wherry' must be a text, not a list", 0},
    {"wherry: 1\nsource: a\ndestination: b\nitems: {}\n", 4, 8, "'items' is empty", 0},
    {"wherry: 1\nname: a\nsource: a\ndestination: b\n", 1, 1,
     "key 'items' is missing in the migration: the item types", 0},
    {"wherry: 1\nname: a\ndestination: b\nitems: { a: { from: a.csv, key: id, into: a, map: { id: "
     "id } } }\n",
     1, 1,
     "key 'source' is missing in the migration: what data leaves: a folder or file, relative to "
     "this file, sqlite:old.db or postgresql://…",
     0},
    {"wherry: 1\nname: a\nsource: a\nitems: { a: { from: a.csv, key: id, into: a, map: { id: id } "
     "} }\n",
     1, 1,
     "key 'destination' is missing in the migration: what data reaches: sqlite:file.db, "
     "postgresql://…, or a folder of files, relative to this file",
     0},
    {HEAD "itmes: {}\n", 5, 1, "unknown key 'itmes' in the migration; did you mean 'items'?", 0},
    {HEAD "nonsense_beyond_repair: {}\n", 5, 1,
     "unknown key 'nonsense_beyond_repair' in the migration", 0},
    {HEAD "items: [a]\n", 5, 8, "'items' must be a mapping, not a list", 0},
    {HEAD "items:\n", 5, 1, "'items' has no value", 0},
    {"wherry: 1\nname: \"  \"\n", 2, 8, "'name' is empty", 0},
    {"wherry: 1\nname: null\n", 2, 7, "'name' must be a text, not null", 0},
    {"wherry: 1\nname: \"a\\tb\"\n", 2, 8, "'name' holds a control character", 0},
    {"wherry: 1\nsource: { mysql: x }\n", 2, 9, "'source' must be a text, not a mapping", 0},
    {"wherry: 1\nledger: mysql://h\n", 2, 9,
     "'ledger' is 'destination' or, for files, an SQLite database", LATER},
    {"wherry: 1\ntimezone: Europe/Berlin\n", 2, 11,
     "'timezone: Europe/Berlin' is not supported by this version; write UTC, and say in the map",
     LATER},
    {"wherry: 1\ntimezone: +02:00\n", 2, 11, "'timezone: +02:00' is not supported", LATER},
    {"wherry: 1\nlookups: { a: b }\n", 2, 1,
     "'lookups' is not supported by this version; write CASE", LATER},
    {"wherry: 1\ndefaults: { a: b }\n", 2, 13, "unknown key 'a' in 'defaults'", 0},
    /* limits */
    {"wherry: 1\nlimits: 5\n", 2, 9, "'limits' must be a mapping of keys and values, not a text",
     0},
    {"wherry: 1\nlimits: { failure: 5 }\n", 2, 11,
     "unknown key 'failure' in 'limits'; did you mean 'failures'?", 0},
    {"wherry: 1\nlimits: { rate: 0/s }\n", 2, 17,
     "'rate' must be a number of items a second like 5000/s, not '0/s'", 0},
    {"wherry: 1\nlimits: { rate: 5/m }\n", 2, 17, "'rate' must be a number of items a second", 0},
    {"wherry: 1\nguard: { query: SELECT 1 }\n", 2, 8, "key 'above' is missing in 'guard'", 0},
    {"wherry: 1\nguard: { query: a, above: x }\n", 2, 27, "'above' must be a number, not 'x'", 0},
    {"wherry: 1\nanalyze: perhaps\n", 2, 10, "'analyze' must be true or false", 0},
    {"wherry: 1\nlimits: { failures: -1 }\n", 2, 21,
     "'failures' must be a number of items like 100 or a part of them like 1%, not '-1'", 0},
    {"wherry: 1\nlimits: { failures: 101% }\n", 2, 21, "'failures' must be a number", 0},
    {"wherry: 1\nlimits: { failures: 1.5 }\n", 2, 21, "'failures' must be a number", 0},
    {"wherry: 1\nlimits: { memory: lots }\n", 2, 19,
     "'memory' must be a size like 64MiB or 10kB, not 'lots'", 0},
    {"wherry: 1\nlimits: { group: 0 }\n", 2, 18, "'group' must be a whole number from 1, not '0'",
     0},
    {MAPPED "limits: { memory: 1kB }\n", 11, 19, "'memory' must be at least 16MiB", 0},
    {MAPPED "limits: { group: 2000000 }\n", 11, 18, "'group' must be at most 1000000", 0},
    {MAPPED "limits: { cell: 3GiB }\n", 11, 9, "a record of ", 0},
    /* items */
    {HEAD "items: { a: }\n", 5, 10, "item 'a' is empty", 0},
    {HEAD "items: { a: x }\n", 5, 13, "item 'a' must be a mapping of keys and values, not a text",
     0},
    {HEAD "items: { a: { from: x } }\n", 5, 13,
     "key 'key' is missing in item 'a': the source column", 0},
    {HEAD "items: { a: { from: x, key: k, into: t } }\n", 5, 13, "key 'map' is missing in item 'a'",
     0},
    {ITEM "    mapp: { id: id }\n", 10, 5,
     "unknown key 'mapp' in item 'customer'; did you mean 'map'?", 0},
    {ITEM "    Map: { id: id }\n", 10, 5,
     "unknown key 'Map' in item 'customer'; did you mean 'map'?", 0},
    {ITEM "    children:\n      addresses: { from: x }\n", 10, 5,
     "'children' is not supported by this version; migrate 'addresses' as an item type of its own",
     LATER},
    {ITEM "    children: []\n", 10, 5,
     "'children' is not supported by this version; migrate children as", LATER},
    {MAPPED "    query: SELECT 1\n", 11, 12,
     "item 'customer' has both 'from' and 'query'; leave one of them out", 0},
    {HEAD "items: { a: { key: k, into: t, map: { b: c } } }\n", 5, 13,
     "key 'from' is missing in item 'a': what is read, below 'source' (or 'query')", 0},
    {ITEM "    map_values: {}\n", 10, 5,
     "'map_values' is not supported by this version; write it as a rule of 'clean'", LATER},
    {ITEM "    format: { delimeter: \";\" }\n", 10, 15,
     "unknown key 'delimeter' in 'format'; did you mean 'delimiter'?", 0},
    {ITEM "    format: { delimiter: [a] }\n", 10, 26, "'delimiter' must be a text, not a list", 0},
    {ITEM "    format: { nulls: x }\n", 10, 22, "'nulls' must be a list, not a text", 0},
    {ITEM "    format: { columns: [[a]] }\n", 10, 25,
     "'columns' must be a list of texts, not of a list", 0},
    {ITEM "    format: csv\n", 10, 13, "'format' must be a mapping, not a text", 0},
    {MAPPED "    format: { encoding: latin99 }\n", 11, 13, "there is no encoding 'latin99'; ",
     LATER},
    {MAPPED "    format: { delimiter: \"\\\"\" }\n", 11, 13, "delimiter and quote are both", 0},
    {ITEM "    key: []\n", 10, 5, "key 'key' stands here twice", 0},
    {HEAD "items: { a: { key: [] } }\n", 5, 20, "'key' is an empty list", 0},
    {HEAD "items: { a: { key: [a, null] } }\n", 5, 24, "'key' must be a text, not null", 0},
    {HEAD "items: { a: { key: { a: b } } }\n", 5, 20, "'key' must be a text, not a mapping", 0},
    {ITEM "    mode: upsrt\n", 10, 11,
     "'mode' must be one of upsert, insert, not 'upsrt'; did you mean 'upsert'?", 0},
    {ITEM "    drift: maybe\n", 10, 12, "'drift' must be one of fail, keep, overwrite, not 'maybe'",
     0},
    {ITEM "    missing: drop\n", 10, 14,
     "'missing' must be one of keep, delete, report, not 'drop'", 0},
    {ITEM "    log: all\n", 10, 10, "'log' must be one of images, keys, rows, not 'all'", 0},
    {ITEM "    create: yes\n", 10, 13, "'create' must be true or false, not 'yes'", 0},
    {ITEM "    where: [a]\n", 10, 12, "'where' must be a text, not a list", 0},
    {ITEM "    where:\n", 10, 5, "'where' has no value", 0},
    /* map */
    {ITEM "    map: same\n", 10, 10, "'map' must be a mapping, not a text", 0},
    {ITEM "    map: {}\n", 10, 10, "'map' is empty", 0},
    {ITEM "    map: { \"*\": all }\n", 10, 17,
     "\"*\" stands for all other columns and can only be 'same'", 0},
    {ITEM "    map: { a: [b] }\n", 10, 15,
     "column 'a' must be an expression or { value: … }, not a list", 0},
    {ITEM "    map: { a: }\n", 10, 12,
     "column 'a' has no expression; write null or { value: \"\" }", 0},
    {ITEM "    map: { a: \"\" }\n", 10, 12, "column 'a' has no expression", 0},
    {ITEM "    map: { a: { valeu: x } }\n", 10, 17,
     "unknown key 'valeu' in column 'a'; did you mean 'value'?", 0},
    {ITEM "    map: { a: {} }\n", 10, 15, "column 'a' must have one of 'value' and 'insert'", 0},
    {ITEM "    map: { a: { value: x, insert: y } }\n", 10, 15,
     "column 'a' must have one of 'value' and 'insert'", 0},
    {ITEM "    map: { a: { value: [x] } }\n", 10, 24,
     "'value' must be a text, a number or null, not a list", 0},
    /* clean */
    {ITEM "    clean: { when: x }\n", 10, 12, "'clean' must be a list, not a mapping", 0},
    {ITEM "    clean: []\n", 10, 12, "'clean' is an empty list", 0},
    {ITEM "    clean: [a]\n", 10, 13,
     "rule 1 of 'clean' must be a mapping of keys and values, not a text", 0},
    {ITEM "    clean: [{ wen: x }]\n", 10, 15,
     "unknown key 'wen' in rule 1 of 'clean'; did you mean 'when'?", 0},
    {ITEM "    clean: [{ when: x }]\n", 10, 13,
     "a clean rule must have one of 'set', 'tidy', 'map_values', 'reject', 'skip' and "
     "'duplicates', not none of them",
     0},
    {ITEM "    clean: [{ when: x, reject: a, skip: b }]\n", 10, 13,
     "a clean rule must have one of 'set', 'tidy', 'map_values', 'reject', 'skip' and "
     "'duplicates', not several of them",
     0},
    {ITEM "    clean: [{ reject: a }]\n", 10, 13,
     "the rule would reject every record; say which ones with 'when'", 0},
    {ITEM "    clean: [{ duplicates: a, keep: newest }]\n", 10, 36,
     "'keep' must be first, last, most complete, min(expression) or max(expression), not 'newest'",
     0},
    {ITEM "    clean: [{ duplicates: a, keep: max(a) + min(b) }]\n", 10, 36, "'keep' must be first",
     0},
    {ITEM "    clean: [{ duplicates: a, keep: max() }]\n", 10, 36, "'keep' must be first", 0},
    {ITEM "    clean: [{ when: a, skip: b, keep: last }]\n", 10, 39,
     "'keep' belongs to 'duplicates', which this rule has not", 0},
    {ITEM "    clean: [{ set: { a: { insert: now() } } }]\n", 10, 27,
     "'insert' is not supported by this version; a clean rule changes source records", LATER},
    {MAPPED
     "    clean:\n      - { name: n, when: a, skip: b }\n      - { name: n, when: a, skip: b }\n",
     6, 3, "two rules or checks are named 'n'; the log tells them apart by name", 0},
    /* expect */
    {ITEM "    expect: { check: x }\n", 10, 13, "'expect' must be a list, not a mapping", 0},
    {ITEM "    expect: [{ chek: x }]\n", 10, 16,
     "unknown key 'chek' in check 1 of 'expect'; did you mean 'check'?", 0},
    {ITEM "    expect: [{ message: x }]\n", 10, 14,
     "a check must have one of 'not_null', 'unique', 'accepted_values' and 'check', not none of "
     "them",
     0},
    {ITEM "    expect: [{ check: x, unique: y }]\n", 10, 14,
     "a check must have one of 'not_null', 'unique', 'accepted_values' and 'check', not several of "
     "them",
     0},
    {ITEM "    expect: [{ accepted_values: [a] }]\n", 10, 33,
     "'accepted_values' must be a mapping, not a list", 0},
    {ITEM "    expect: [{ accepted_values: { a: b } }]\n", 10, 35,
     "'accepted_values' of 'a' must be a list of values", 0},
    {ITEM "    expect: [{ accepted_values: { a: [null] } }]\n", 10, 39,
     "null is always accepted; leave it out", 0},
    {ITEM "    expect: [{ accepted_values: { a: [[b]] } }]\n", 10, 39,
     "an accepted value must be a text or a number, not a list", 0},
    {ITEM "    expect: [{ check: x, severity: fatal }]\n", 10, 36,
     "'severity' must be one of error, warn, not 'fatal'", 0},
    /* variables */
    {"wherry: 1\nname: ${MISSING}\n", 2, 7,
     "'${MISSING}' is not set in the environment; set it, or write ${MISSING:-default}", 0},
    {"wherry: 1\nname: a ${MISSING\n", 2, 7, "'${MISSING' has no closing '}'", 0},
    {"wherry: 1\nname: ${}\n", 2, 7, "'${}' is not a variable; write ${NAME} or ${NAME:-default}",
     0},
    {"wherry: 1\nname: ${1A}\n", 2, 7, "'${1A}' is not a variable", 0},
    {"wherry: 1\nname: ${A-b}\n", 2, 7, "'${A-b}' is not a variable", 0},
    {"wherry: 1\nname: ${BAD_UTF8}\n", 2, 7, "the value of '${BAD_UTF8}' is not UTF-8", 0},
    {ITEM "    mode: ${SECRET_MODE}\n", 10, 11,
     "'mode' must be one of upsert, insert, not '${SECRET_MODE}'", 0},
};

/* False, and what was told, where it is not what was expected. */
static bool check_bad_file(const struct bad_file *bad)
{
    struct wh_migration *migration = NULL;
    struct wh_error err = WH_ERROR_NONE;
    wh_code rc = read_text(bad->text, &migration, &err);
    wh_code expected = bad->code != WH_OK ? bad->code : WH_INVALID;
    bool is_right = rc == expected && strncmp(err.message, bad->message, strlen(bad->message)) == 0;
    if (bad->line != 0)
        is_right = is_right && err.line == bad->line && err.column == bad->column;
    if (!is_right)
        print_error("\n%s\n  gave  %d at %u:%u: %s\n  not   %d at %u:%u: %s\n", bad->text, (int)rc,
                    err.line, err.column, err.message, (int)expected, bad->line, bad->column,
                    bad->message);
    assert_int_equal(err.code, rc);
    assert_null(migration);
    return is_right;
}

static void tells_what_is_wrong_and_where(void **state)
{
    (void)state;
    int wrong = 0;
    for (size_t i = 0; i < sizeof(bad_files) / sizeof(bad_files[0]); i++)
        wrong += !check_bad_file(&bad_files[i]);
    assert_int_equal(wrong, 0);
}

static void refuses_a_nul_byte(void **state)
{
    (void)state;
    static const char text[] = "wherry: 1\nname: a\0b\n";
    struct wh_migration *migration = NULL;
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(read_bytes(text, sizeof(text) - 1, &migration, &err), WH_INVALID);
    assert_string_equal(err.message, "a NUL byte stands here; save the file as UTF-8");
    assert_int_equal(err.line, 2);
    assert_int_equal(err.column, 8);
}

static void says_which_file_cannot_be_read(void **state)
{
    (void)state;
    struct wh_migration *migration = NULL;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_migration_request request = {.path = "no/such/file.yaml"};
    assert_int_equal(wh_migration_read(&request, &migration, &err), WH_INVALID);
    assert_non_null(strstr(err.message, "cannot read migration file 'no/such/file.yaml': "));
    request.path = "/";
    assert_int_equal(wh_migration_read(&request, &migration, &err), WH_INVALID);
    assert_string_equal(err.message, "'/' is a directory; name the migration file in it");
    assert_null(migration);
}

/* The error for a text that is made, not written. */
static struct wh_error error_of(struct wh_buf *text, wh_code expected)
{
    struct wh_migration *migration = NULL;
    struct wh_error err = WH_ERROR_NONE;
    wh_code rc = read_bytes(text->ptr, text->len, &migration, &err);
    wh_buf_release(text);
    wh_migration_free(migration);
    if (rc != expected)
        fail_msg("%d: %s", (int)rc, err.message);
    return err;
}

static void append(struct wh_buf *text, const char *piece)
{
    assert_int_equal(wh_buf_append_str(text, wh_str_from(piece), NULL), WH_OK);
}

static void refuses_a_file_that_is_too_large(void **state)
{
    (void)state;
    struct wh_buf text;
    wh_buf_init(&text, (size_t)64 << 20);
    append(&text, MAPPED "#");
    while (text.len <= (size_t)16 << 20)
        append(&text, "################################################################");
    struct wh_error err = error_of(&text, WH_INVALID);
    assert_non_null(strstr(err.message, "is larger than 16777216 bytes"));
}

static void refuses_aliases_that_multiply(void **state)
{
    (void)state;
    struct wh_buf text;
    wh_buf_init(&text, 1 << 20);
    append(&text, "wherry: 1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 20; i++)
        assert_int_equal(wh_buf_printf(&text, NULL,
                                       "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i,
                                       i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1),
                         WH_OK);
    struct wh_error err = error_of(&text, WH_INVALID);
    assert_string_equal(err.message, "the file has more than 500000 values, aliases expanded");
    assert_int_equal(err.line, 7);
}

static void refuses_too_many_values(void **state)
{
    (void)state;
    struct wh_buf text;
    wh_buf_init(&text, (size_t)16 << 20);
    append(&text, "wherry: 1\na: [");
    for (int i = 0; i < 510000; i++)
        append(&text, "x,");
    append(&text, "]\n");
    struct wh_error err = error_of(&text, WH_INVALID);
    assert_string_equal(err.message, "the file has more than 500000 values, aliases expanded");
}

static void refuses_too_many_anchors(void **state)
{
    (void)state;
    struct wh_buf text;
    wh_buf_init(&text, 1 << 20);
    append(&text, "wherry: 1\na: [");
    for (int i = 0; i < 1001; i++)
        assert_int_equal(wh_buf_printf(&text, NULL, "&a%d x, ", i), WH_OK);
    append(&text, "]\n");
    struct wh_error err = error_of(&text, WH_INVALID);
    assert_string_equal(err.message, "the file has more than 1000 anchors");
}

static const char *long_value(void *ctx, const char *name)
{
    (void)name;
    return ctx;
}

static void bounds_what_variables_become(void **state)
{
    (void)state;
    char *value = malloc((1 << 20) + 1);
    assert_non_null(value);
    memset(value, 'x', 1 << 20);
    value[1 << 20] = '\0';
    char path[] = "/tmp/wherry-plan-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    struct wh_migration_request request = {
        .path = path, .environment = long_value, .environment_ctx = value};
    struct wh_migration *migration = NULL;
    struct wh_error err = WH_ERROR_NONE;
    static const char two[] = "wherry: 1\nname: ${A}${B}\n";
    assert_int_equal(write(file, two, sizeof(two) - 1), (ssize_t)sizeof(two) - 1);
    assert_int_equal(wh_migration_read(&request, &migration, &err), WH_INVALID);
    assert_non_null(strstr(err.message, "a value is longer than 1048576 bytes"));
    assert_int_equal(err.line, 2);
    for (int i = 0; i < 70; i++)
        dprintf(file, "n%d: ${A}\n", i);
    assert_int_equal(pwrite(file, "wherry: 1\nname: ${A}    ", 24, 0), 24);
    assert_int_equal(wh_migration_read(&request, &migration, &err), WH_INVALID);
    assert_non_null(strstr(err.message, "the file has more than 67108864 bytes"));
    close(file);
    unlink(path);
    free(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_smallest_file_with_defaults),
        cmocka_unit_test(reads_every_key),
        cmocka_unit_test(reads_clean_rules),
        cmocka_unit_test(reads_a_map),
        cmocka_unit_test(reads_checks_and_takes_lists_apart),
        cmocka_unit_test(keeps_the_text_before_substitution),
        cmocka_unit_test(a_value_from_the_environment_stays_a_value),
        cmocka_unit_test(shares_values_through_aliases),
        cmocka_unit_test(hashes_what_an_item_states_and_not_how),
        cmocka_unit_test(takes_a_byte_order_mark_and_crlf),
        cmocka_unit_test(counts_columns_in_characters),
        cmocka_unit_test(finds_the_folder_of_the_file),
        cmocka_unit_test(tells_what_is_wrong_and_where),
        cmocka_unit_test(refuses_a_nul_byte),
        cmocka_unit_test(says_which_file_cannot_be_read),
        cmocka_unit_test(refuses_a_file_that_is_too_large),
        cmocka_unit_test(refuses_aliases_that_multiply),
        cmocka_unit_test(refuses_too_many_values),
        cmocka_unit_test(refuses_too_many_anchors),
        cmocka_unit_test(bounds_what_variables_become),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
