/* SPDX-License-Identifier: Apache-2.0 */
/* `items:`: the item types, each a mapping under its name. */
#include "base/error.h"
#include "data/hash.h"
#include "plan/read.h"

enum { MAX_NAME = 128, MAX_KEY_COLUMNS = 32 };

#define ITEM(field) offsetof(struct wh_item_definition, field)

static const struct wh_choice modes[] = {
    {"upsert", WH_MODE_UPSERT}, {"insert", WH_MODE_INSERT}, {NULL, 0}};

static const struct wh_choice drifts[] = {
    {"fail", WH_DRIFT_FAIL}, {"keep", WH_DRIFT_KEEP}, {"overwrite", WH_DRIFT_OVERWRITE}, {NULL, 0}};

static const struct wh_choice missings[] = {{"keep", WH_MISSING_KEEP},
                                            {"delete", WH_MISSING_DELETE},
                                            {"report", WH_MISSING_REPORT},
                                            {NULL, 0}};

static const struct wh_choice log_details[] = {
    {"images", WH_LOG_IMAGES}, {"keys", WH_LOG_KEYS}, {"rows", WH_LOG_ROWS}, {NULL, 0}};

/* ---- a key that needs a reader of its own ---------------------------------------------------- */

static wh_code read_children(const struct wh_key *key, const struct wh_yaml_node *value,
                             void *object, struct wh_arena *arena, struct wh_error *err)
{
    (void)key;
    (void)object;
    (void)arena;
    if (value->kind == WH_YAML_MAPPING && value->count > 0)
        return wh_error_set(err, WH_UNSUPPORTED,
                            "'children' is not supported by this version; migrate '%.*s' as an "
                            "item type of its own",
                            WH_FMT(value->pairs[0].key->text));
    return wh_error_set(err, WH_UNSUPPORTED,
                        "'children' is not supported by this version; migrate children as item "
                        "types of their own");
}

static const struct wh_form form_children = {.read = read_children, .schema = NULL};

/* ---- the table ------------------------------------------------------------------------------- */

static const struct wh_key item_keys[] = {
    {.name = "from",
     .form = &wh_form_place,
     .offset = ITEM(from),
     .help = "what is read, below 'source': a file, a folder, a pattern of files, - for standard "
             "input, a table or view"},
    {.name = "query",
     .form = &wh_form_place,
     .offset = ITEM(query),
     .help = "instead of 'from': a SELECT of the source database's own, which reads it"},
    {.name = "format",
     .form = &wh_form_options,
     .offset = ITEM(format),
     .detail = wh_format_option_table,
     .help = "how the files are written; what is not stated has its default"},
    {.name = "where",
     .form = &wh_form_expression,
     .offset = ITEM(where),
     .help = "a condition over the source's columns; records without it count as skipped"},
    {.name = "key",
     .form = &wh_form_names,
     .is_required = true,
     .offset = ITEM(key),
     .count_offset = ITEM(key_count),
     .help = "the source column, or columns, by which an item is known"},
    {.name = "into",
     .form = &wh_form_place,
     .is_required = true,
     .offset = ITEM(into),
     .help = "the table that is written, or the file"},
    {.name = "into_format",
     .form = &wh_form_options,
     .offset = ITEM(output),
     .detail = wh_write_option_table,
     .help = "how a file is written; what is not stated has its default"},
    {.name = "match",
     .form = &wh_form_names,
     .offset = ITEM(match),
     .count_offset = ITEM(match_count),
     .help = "destination columns that identify the row (default: its primary key)"},
    {.name = "mode",
     .form = &wh_form_choice,
     .offset = ITEM(mode),
     .detail = modes,
     .help = "upsert (default), or insert: a row of somebody else's there is a failure"},
    {.name = "drift",
     .form = &wh_form_choice,
     .offset = ITEM(drift),
     .detail = drifts,
     .help = "rows that somebody edited since: fail (default), keep, overwrite"},
    {.name = "missing",
     .form = &wh_form_choice,
     .offset = ITEM(missing),
     .detail = missings,
     .help = "rows of items that are no longer in the source: keep (default), report, delete"},
    {.name = "create",
     .form = &wh_form_flag,
     .offset = ITEM(create),
     .help = "true: makes the table where it is missing (default: that is an error)"},
    {.name = "log",
     .form = &wh_form_choice,
     .offset = ITEM(log),
     .detail = log_details,
     .help = "what the ledger keeps: images (default), keys, or rows: a plain row for every item"},
    {.name = "redact",
     .form = &wh_form_names,
     .offset = ITEM(redact),
     .count_offset = ITEM(redact_count),
     .help = "source or destination columns whose values never reach the ledger"},
    {.name = "clean",
     .form = &wh_form_clean,
     .help = "rules that mend, reject or skip source records, in order, before the map"},
    {.name = "map",
     .form = &wh_form_map,
     .is_required = true,
     .help = "destination columns and what they get: SQL expressions over source columns; "
             "\"*\": same maps all that have the same name"},
    {.name = "expect",
     .form = &wh_form_expect,
     .help = "checks on mapped values; an item that breaks one is rejected"},
    {.name = "children", .form = &form_children, .help = ""},
    {.name = "map_values",
     .form = &wh_form_later,
     .detail = "write it as a rule of 'clean'",
     .help = ""},
    {.name = "defaults",
     .form = &wh_form_later,
     .detail = "write coalesce(column, default) in 'map'",
     .help = ""},
    {.name = NULL},
};

/* ---- item types ------------------------------------------------------------------------------ */

/* A number for all that a node states, whatever its layout and comments: what the item type's
 * fingerprint is made of. Aliases count as what they stand for, variables as their values. */
static uint64_t hash_node(const struct wh_yaml_node *node, uint64_t seed)
{
    char head[2] = {(char)('0' + (int)node->kind), wh_yaml_is_null(node) ? 'n' : 'v'};
    uint64_t hash = wh_hash_bytes(wh_str_make(head, sizeof(head)), seed);
    size_t sizes[2] = {node->count, node->text.len};
    hash = wh_hash_bytes(wh_str_make((const char *)sizes, sizeof(sizes)), hash);
    if (node->kind == WH_YAML_SCALAR)
        return wh_hash_bytes(node->text, hash);
    for (size_t i = 0; i < node->count; i++) {
        if (node->kind == WH_YAML_LIST) {
            hash = hash_node(node->elements[i], hash);
            continue;
        }
        hash = hash_node(node->pairs[i].key, hash);
        hash = hash_node(node->pairs[i].value, hash);
    }
    return hash;
}

static wh_code check_name(const struct wh_yaml_node *name, struct wh_error *err)
{
    if (name->text.len > MAX_NAME)
        return wh_yaml_error(name, err, "the name of an item type is longer than %d bytes",
                             (int)MAX_NAME);
    for (size_t i = 0; i < name->text.len; i++)
        if ((unsigned char)name->text.ptr[i] < 0x20)
            return wh_yaml_error(name, err, "the name of an item type holds a control character");
    return WH_OK;
}

static wh_code check_key_columns(const struct wh_item_definition *item,
                                 const struct wh_yaml_node *node, struct wh_error *err)
{
    if (item->key_count > MAX_KEY_COLUMNS || item->match_count > MAX_KEY_COLUMNS)
        return wh_yaml_error(node, err, "'%s' has more than %d columns",
                             item->key_count > MAX_KEY_COLUMNS ? "key" : "match",
                             (int)MAX_KEY_COLUMNS);
    return WH_OK;
}

/* One of the two says what is read. */
static wh_code check_from(const struct wh_item_definition *item, const struct wh_yaml_node *mapping,
                          struct wh_error *err)
{
    if (item->from.text.ptr == NULL && item->query.text.ptr == NULL)
        return wh_yaml_error(mapping, err,
                             "key 'from' is missing in item '%.*s': what is read, below 'source' "
                             "(or 'query')",
                             WH_FMT(item->name));
    if (item->from.text.ptr != NULL && item->query.text.ptr != NULL)
        return wh_yaml_error(wh_yaml_find(mapping, "query"), err,
                             "item '%.*s' has both 'from' and 'query'; leave one of them out",
                             WH_FMT(item->name));
    return WH_OK;
}

static wh_code twice(struct wh_str name, const struct wh_yaml_node *node, struct wh_error *err)
{
    return wh_yaml_error(node, err,
                         "two rules or checks are named '%.*s'; the log tells them apart by name",
                         WH_FMT(name));
}

static wh_code check_rule_names(const struct wh_item_definition *item,
                                const struct wh_yaml_node *node, struct wh_arena *arena,
                                struct wh_error *err)
{
    size_t count = item->clean_count + item->expect_count;
    struct wh_str *names = wh_arena_array(arena, WH_MAX(count, 1), sizeof(*names));
    if (names == NULL)
        return wh_error_no_memory(err, count * sizeof(*names));
    for (size_t i = 0; i < count; i++)
        names[i] =
            i < item->clean_count ? item->clean[i].name : item->expect[i - item->clean_count].name;
    qsort(names, count, sizeof(*names), wh_str_order);
    for (size_t i = 1; i < count; i++)
        if (wh_str_equal(names[i - 1], names[i]))
            return twice(names[i], node, err);
    return WH_OK;
}

static wh_code read_item(const struct wh_yaml_pair *pair, struct wh_arena *arena,
                         struct wh_item_definition *item, struct wh_error *err)
{
    WH_TRY(check_name(pair->key, err));
    if (pair->value->is_absent)
        return wh_yaml_error(pair->key, err, "item '%.*s' is empty", WH_FMT(pair->key->text));
    item->name = pair->key->text;
    item->line = pair->key->line;
    item->column = pair->key->column;
    item->text_hash = hash_node(pair->value, 0);
    wh_format_options_init(&item->format);
    wh_write_options_init(&item->output);
    struct wh_level level = {.keys = item_keys, .object = item};
    WH_TRY(wh_arena_format(arena, &level.label, err, "item '%.*s'", WH_FMT(item->name)));
    WH_TRY(wh_keys_read(&level, pair->value, arena, err));
    item->states_format = wh_yaml_find(pair->value, "format") != NULL;
    item->states_output = wh_yaml_find(pair->value, "into_format") != NULL;
    WH_TRY(check_from(item, pair->value, err));
    WH_TRY(check_key_columns(item, pair->key, err));
    return check_rule_names(item, pair->key, arena, err);
}

static wh_code read_items(const struct wh_key *key, const struct wh_yaml_node *value, void *object,
                          struct wh_arena *arena, struct wh_error *err)
{
    struct wh_migration *migration = object;
    WH_TRY(wh_require_mapping(key->name, value, err));
    migration->items = wh_arena_array(arena, value->count, sizeof(*migration->items));
    if (migration->items == NULL)
        return wh_error_no_memory(err, value->count * sizeof(*migration->items));
    for (size_t i = 0; i < value->count; i++) {
        const struct wh_yaml_pair *pair = &value->pairs[i];
        struct wh_item_definition *item = &migration->items[i];
        WH_TRY(read_item(pair, arena, item, err));
        size_t end = WH_MIN(WH_MAX(pair->value->end, pair->key->end), migration->text.len);
        item->text = wh_str_trim(wh_str_make(migration->text.ptr + pair->key->start,
                                             end - WH_MIN(pair->key->start, end)));
    }
    migration->item_count = value->count;
    return WH_OK;
}

static json_t *items_schema(const struct wh_key *key)
{
    (void)key;
    json_t *schema = wh_keys_schema(item_keys);
    json_t *from_or_query = json_pack("[{s:s, s:[s]}, {s:s, s:[s]}]", "type", "object", "required",
                                      "from", "type", "object", "required", "query");
    if (schema == NULL || json_object_set_new(schema, "anyOf", from_or_query) != 0) {
        json_decref(schema);
        return NULL;
    }
    return wh_schema_mapping_of(schema);
}

const struct wh_form wh_form_items = {.read = read_items, .schema = items_schema};
