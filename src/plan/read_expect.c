/* SPDX-License-Identifier: Apache-2.0 */
/* `expect:`: a list of checks. One entry may name several columns: it becomes a check for each. */
#include "base/buf.h"
#include "base/error.h"
#include "plan/read.h"

enum { MAX_UNIQUE_COLUMNS = 32 }; /* PostgreSQL's limit for an index */

/* The values that one column may have. */
struct accepted {
    struct wh_expr_text column;
    struct wh_str *values;
    size_t value_count;
};

/* What stands under one entry of the list. */
struct draft {
    struct wh_str name;
    struct wh_str message;
    int is_warning;
    struct wh_expr_text *not_null;
    size_t not_null_count;
    struct wh_expr_text *unique;
    size_t unique_count;
    struct accepted *accepted;
    size_t accepted_count;
    struct wh_expr_text check;
};

/* ---- accepted values ------------------------------------------------------------------------- */

static wh_code read_values(const struct wh_yaml_pair *pair, struct wh_arena *arena,
                           struct accepted *ret, struct wh_error *err)
{
    const struct wh_yaml_node *list = pair->value;
    if (list->kind != WH_YAML_LIST || list->count == 0)
        return wh_yaml_error(pair->key, err, "'accepted_values' of '%.*s' must be a list of values",
                             WH_FMT(pair->key->text));
    ret->column = wh_placed_text(pair->key);
    ret->values = wh_arena_array(arena, list->count, sizeof(*ret->values));
    if (ret->values == NULL)
        return wh_error_no_memory(err, list->count * sizeof(*ret->values));
    for (size_t i = 0; i < list->count; i++) {
        const struct wh_yaml_node *value = list->elements[i];
        if (value->kind != WH_YAML_SCALAR || value->is_absent)
            return wh_yaml_error(value, err, "an accepted value must be a text or a number, not %s",
                                 wh_yaml_kind_name(value));
        if (wh_yaml_is_null(value))
            return wh_yaml_error(value, err,
                                 "null is always accepted; leave it out, and refuse it "
                                 "with 'not_null' where it should not be");
        ret->values[i] = value->text;
    }
    ret->value_count = list->count;
    return WH_OK;
}

static wh_code read_accepted(const struct wh_key *key, const struct wh_yaml_node *value,
                             void *object, struct wh_arena *arena, struct wh_error *err)
{
    struct draft *draft = object;
    WH_TRY(wh_require_mapping(key->name, value, err));
    draft->accepted = wh_arena_array(arena, value->count, sizeof(*draft->accepted));
    if (draft->accepted == NULL)
        return wh_error_no_memory(err, value->count * sizeof(*draft->accepted));
    for (size_t i = 0; i < value->count; i++)
        WH_TRY(read_values(&value->pairs[i], arena, &draft->accepted[i], err));
    draft->accepted_count = value->count;
    return WH_OK;
}

static json_t *accepted_schema(const struct wh_key *key)
{
    (void)key;
    return wh_schema_mapping_of(wh_schema_list(wh_schema_scalar(false)));
}

static const struct wh_form form_accepted = {.read = read_accepted, .schema = accepted_schema};

/* ---- an entry -------------------------------------------------------------------------------- */

static const struct wh_choice severities[] = {{"error", 0}, {"warn", 1}, {NULL, 0}};

static const struct wh_key expect_keys[] = {
    {.name = "name",
     .form = &wh_form_text,
     .offset = offsetof(struct draft, name),
     .help = "what logs and reports call the check (default: made of what it checks)"},
    {.name = "not_null",
     .form = &wh_form_names,
     .offset = offsetof(struct draft, not_null),
     .count_offset = offsetof(struct draft, not_null_count),
     .help = "destination columns that must have a value"},
    {.name = "unique",
     .form = &wh_form_names,
     .offset = offsetof(struct draft, unique),
     .count_offset = offsetof(struct draft, unique_count),
     .help = "destination columns whose values, together, no two items may share"},
    {.name = "accepted_values",
     .form = &form_accepted,
     .help = "destination columns and the values that they may have"},
    {.name = "check",
     .form = &wh_form_expression,
     .offset = offsetof(struct draft, check),
     .help = "a condition over the destination's columns; one that is null holds"},
    {.name = "message",
     .form = &wh_form_text,
     .offset = offsetof(struct draft, message),
     .help = "the reason that the log shows"},
    {.name = "severity",
     .form = &wh_form_choice,
     .offset = offsetof(struct draft, is_warning),
     .detail = severities,
     .help = "error (default): the item is rejected; warn: counted, and the item goes on"},
    {.name = NULL},
};

static wh_code require_one_kind(const struct wh_yaml_node *node, const struct draft *draft,
                                struct wh_error *err)
{
    int kinds = (draft->not_null_count > 0) + (draft->unique_count > 0) +
                (draft->accepted_count > 0) + (draft->check.text.ptr != NULL);
    if (draft->unique_count > MAX_UNIQUE_COLUMNS)
        return wh_yaml_error(node, err, "'unique' has more than %d columns",
                             (int)MAX_UNIQUE_COLUMNS);
    if (kinds == 1)
        return WH_OK;
    return wh_yaml_error(node, err,
                         "a check must have one of 'not_null', 'unique', 'accepted_values' and "
                         "'check', not %s of them",
                         kinds == 0 ? "none" : "several");
}

/* ---- from entries to checks ------------------------------------------------------------------ */

/* Where the checks of an item type are collected. */
struct collection {
    struct wh_buf checks; /* struct wh_expect_definition */
    struct wh_arena *arena;
};

static wh_code join_names(const struct wh_expr_text *columns, size_t count, struct wh_arena *arena,
                          struct wh_str *ret, struct wh_error *err)
{
    *ret = columns[0].text;
    for (size_t i = 1; i < count; i++)
        WH_TRY(
            wh_arena_format(arena, ret, err, "%.*s, %.*s", WH_FMT(*ret), WH_FMT(columns[i].text)));
    return WH_OK;
}

/* Names the check, given or made of its columns, and adds it. @p is_one: the entry is one check. */
static wh_code add_check(struct collection *collection, const struct draft *draft, bool is_one,
                         struct wh_expect_definition *check, struct wh_error *err)
{
    static const char *const kind_names[] = {[WH_EXPECT_NOT_NULL] = "not null",
                                             [WH_EXPECT_UNIQUE] = "unique",
                                             [WH_EXPECT_ACCEPTED_VALUES] = "accepted values"};
    struct wh_str columns = WH_STR_NONE;
    check->message = draft->message;
    check->is_warning = draft->is_warning != 0;
    check->name = draft->name.ptr != NULL ? draft->name : check->check.text;
    if (check->column_count > 0)
        WH_TRY(join_names(check->columns, check->column_count, collection->arena, &columns, err));
    if (draft->name.ptr == NULL && check->kind != WH_EXPECT_CHECK)
        WH_TRY(wh_arena_format(collection->arena, &check->name, err, "%.*s %s", WH_FMT(columns),
                               kind_names[check->kind]));
    else if (!is_one)
        WH_TRY(wh_arena_format(collection->arena, &check->name, err, "%.*s: %.*s",
                               WH_FMT(draft->name), WH_FMT(columns)));
    return wh_buf_append(&collection->checks, check, sizeof(*check), err);
}

static wh_code add_not_null(struct collection *collection, const struct draft *draft,
                            struct wh_error *err)
{
    for (size_t i = 0; i < draft->not_null_count; i++) {
        struct wh_expect_definition check = {
            .kind = WH_EXPECT_NOT_NULL, .columns = &draft->not_null[i], .column_count = 1};
        WH_TRY(add_check(collection, draft, draft->not_null_count == 1, &check, err));
    }
    return WH_OK;
}

static wh_code add_accepted(struct collection *collection, const struct draft *draft,
                            struct wh_error *err)
{
    for (size_t i = 0; i < draft->accepted_count; i++) {
        struct accepted *accepted = &draft->accepted[i];
        struct wh_expect_definition check = {.kind = WH_EXPECT_ACCEPTED_VALUES,
                                             .columns = &accepted->column,
                                             .column_count = 1,
                                             .values = accepted->values,
                                             .value_count = accepted->value_count};
        WH_TRY(add_check(collection, draft, draft->accepted_count == 1, &check, err));
    }
    return WH_OK;
}

static wh_code add_entry(struct collection *collection, const struct draft *draft,
                         struct wh_error *err)
{
    if (draft->not_null_count > 0)
        return add_not_null(collection, draft, err);
    if (draft->accepted_count > 0)
        return add_accepted(collection, draft, err);
    struct wh_expect_definition check = {.kind = WH_EXPECT_CHECK, .check = draft->check};
    if (draft->unique_count > 0)
        check = (struct wh_expect_definition){.kind = WH_EXPECT_UNIQUE,
                                              .columns = draft->unique,
                                              .column_count = draft->unique_count};
    return add_check(collection, draft, true, &check, err);
}

static wh_code read_entry(const struct wh_yaml_node *node, size_t index,
                          struct collection *collection, struct wh_error *err)
{
    struct draft draft = {.is_warning = 0};
    struct wh_level level = {.keys = expect_keys, .object = &draft};
    WH_TRY(
        wh_arena_format(collection->arena, &level.label, err, "check %zu of 'expect'", index + 1));
    WH_TRY(wh_keys_read(&level, node, collection->arena, err));
    WH_TRY(require_one_kind(node, &draft, err));
    return add_entry(collection, &draft, err);
}

static wh_code read_entries(const struct wh_yaml_node *list, struct collection *collection,
                            struct wh_item_definition *item, struct wh_error *err)
{
    for (size_t i = 0; i < list->count; i++)
        WH_TRY(read_entry(list->elements[i], i, collection, err));
    size_t size = collection->checks.len;
    item->expect_count = size / sizeof(*item->expect);
    item->expect = wh_arena_alloc(collection->arena, size);
    if (item->expect == NULL)
        return wh_error_no_memory(err, size);
    if (size > 0)
        memcpy(item->expect, collection->checks.ptr, size);
    if (item->expect_count > UINT16_MAX)
        return wh_yaml_error(list, err, "'expect' has more than %d checks", (int)UINT16_MAX);
    return WH_OK;
}

static wh_code read_expect(const struct wh_key *key, const struct wh_yaml_node *value, void *object,
                           struct wh_arena *arena, struct wh_error *err)
{
    WH_TRY(wh_require_list(key->name, value, err));
    struct collection collection = {.arena = arena};
    wh_buf_init(&collection.checks, SIZE_MAX);
    wh_code rc = read_entries(value, &collection, object, err);
    wh_buf_release(&collection.checks);
    return rc;
}

static json_t *expect_schema(const struct wh_key *key)
{
    (void)key;
    return wh_schema_list(wh_keys_schema(expect_keys));
}

const struct wh_form wh_form_expect = {.read = read_expect, .schema = expect_schema};
