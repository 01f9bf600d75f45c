/* SPDX-License-Identifier: Apache-2.0 */
/* Which columns identify the row, and which the item. */
#include "plan/make.h"

/* ---- match: the row -------------------------------------------------------------------------- */

static bool has_column(const struct wh_key_info *key, size_t column)
{
    for (size_t i = 0; i < key->column_count; i++)
        if (key->columns[i] == column)
            return true;
    return false;
}

/* "(id), (email, tenant)": all keys of the table, "none" where it has none. */
static wh_code list_keys(const struct wh_item_plan *item, struct wh_arena *arena,
                         struct wh_str *ret, struct wh_error *err)
{
    *ret = WH_STR("");
    for (size_t i = 0; i < item->table.key_count; i++) {
        const struct wh_key_info *key = &item->table.keys[i];
        struct wh_str columns;
        WH_TRY(
            wh_join_columns(&item->table, key->columns, key->column_count, arena, &columns, err));
        WH_TRY(wh_arena_format(arena, ret, err, "%.*s%s(%.*s)", WH_FMT(*ret), i > 0 ? ", " : "",
                               WH_FMT(columns)));
    }
    if (item->table.key_count == 0)
        *ret = WH_STR("none");
    return WH_OK;
}

/* The key of exactly these columns, in any order; NULL: none. */
static const struct wh_key_info *find_key(const struct wh_table_info *table, const size_t *columns,
                                          size_t count)
{
    for (size_t i = 0; i < table->key_count; i++) {
        const struct wh_key_info *key = &table->keys[i];
        size_t found = 0;
        for (size_t j = 0; j < count; j++)
            found += has_column(key, columns[j]);
        if (found == count && key->column_count == count)
            return key;
    }
    return NULL;
}

static wh_code find_named(struct wh_making *making, size_t *columns, struct wh_error *err)
{
    const struct wh_item_plan *item = making->item;
    const struct wh_item_definition *definition = item->definition;
    struct wh_str owner;
    WH_TRY(wh_arena_format(making->arena, &owner, err, "table '%.*s'", WH_FMT(item->table.name)));
    for (size_t i = 0; i < definition->match_count; i++) {
        struct wh_expr_text name = definition->match[i];
        WH_TRY(wh_find_column(&item->table, name, owner, &columns[i], err));
        for (size_t j = 0; j < i; j++)
            if (columns[j] == columns[i])
                return wh_place_error(name, err, "'match' names column '%.*s' twice",
                                      WH_FMT(name.text));
    }
    if (find_key(&item->table, columns, definition->match_count) != NULL)
        return WH_OK;
    struct wh_str names;
    struct wh_str keys;
    WH_TRY(wh_join_columns(&item->table, columns, definition->match_count, making->arena, &names,
                           err));
    WH_TRY(list_keys(item, making->arena, &keys, err));
    return wh_place_error(definition->match[0], err,
                          "'match' must be the columns of the primary key or of a unique key of "
                          "'%.*s', and (%.*s) is not; its keys: %.*s",
                          WH_FMT(item->table.name), WH_FMT(names), WH_FMT(keys));
}

static const struct wh_key_info *find_primary(const struct wh_table_info *table)
{
    for (size_t i = 0; i < table->key_count; i++)
        if (table->keys[i].is_primary)
            return &table->keys[i];
    return NULL;
}

static wh_code refuse_without_key(struct wh_making *making, struct wh_error *err)
{
    const struct wh_item_plan *item = making->item;
    struct wh_expr_text into = item->definition->into;
    struct wh_str keys;
    WH_TRY(list_keys(item, making->arena, &keys, err));
    if (item->table.key_count > 0)
        return wh_place_error(into, err,
                              "table '%.*s' has no primary key; name the columns of a unique key "
                              "under 'match': %.*s",
                              WH_FMT(item->table.name), WH_FMT(keys));
    return wh_place_error(into, err,
                          "table '%.*s' has neither a primary key nor a unique one, so a row could "
                          "not be found again; add one to the table",
                          WH_FMT(item->table.name));
}

/* Columns of the table that identify the row: those named, or the primary key, which is there. */
static wh_code choose_match(struct wh_making *making, size_t **ret, size_t *ret_count,
                            struct wh_error *err)
{
    const struct wh_item_plan *item = making->item;
    const struct wh_key_info *primary = find_primary(&item->table);
    bool is_named = item->definition->match_count > 0;
    *ret_count = is_named ? item->definition->match_count : primary->column_count;
    *ret = wh_arena_array(making->arena, *ret_count, sizeof(**ret));
    if (*ret == NULL)
        return wh_error_no_memory(err, *ret_count * sizeof(**ret));
    if (is_named)
        return find_named(making, *ret, err);
    memcpy(*ret, primary->columns, *ret_count * sizeof(**ret));
    return WH_OK;
}

/* The target that writes a column, which must be there and be compared. */
static wh_code find_target(const struct wh_item_plan *item, size_t table_column, size_t *ret,
                           struct wh_error *err)
{
    struct wh_str name = item->table.columns[table_column].name;
    for (size_t i = 0; i < item->target_count; i++) {
        const struct wh_target *target = &item->targets[i];
        struct wh_expr_text place = {.line = target->line, .column = target->column};
        if (target->table_column != table_column)
            continue;
        if (target->insert_only)
            return wh_place_error(place, err,
                                  "column '%.*s' identifies the row and cannot be set on insert "
                                  "only",
                                  WH_FMT(name));
        *ret = i;
        return WH_OK;
    }
    return wh_place_error(wh_item_place(item), err,
                          "column '%.*s' identifies the rows of '%.*s' and is not mapped; map it, "
                          "or name another unique key under 'match'",
                          WH_FMT(name), WH_FMT(item->table.name));
}

wh_code wh_make_match(struct wh_making *making, struct wh_error *err)
{
    struct wh_item_plan *item = making->item;
    size_t *columns = NULL;
    if (item->definition->match_count == 0 && find_primary(&item->table) == NULL)
        return refuse_without_key(making, err);
    WH_TRY(choose_match(making, &columns, &item->match_count, err));
    /* Indexes of targets take the place of indexes of columns. */
    item->match = columns;
    for (size_t i = 0; i < item->match_count; i++)
        WH_TRY(find_target(item, columns[i], &item->match[i], err));
    return WH_OK;
}

/* ---- key: the item --------------------------------------------------------------------------- */

/* The match target that holds a source column and nothing else. */
static size_t find_part_target(const struct wh_item_plan *item, size_t source_column)
{
    for (size_t i = 0; i < item->match_count; i++) {
        size_t input;
        if (wh_program_is_cast_of(item->targets[item->match[i]].program, &input) &&
            input == source_column)
            return item->match[i];
    }
    return SIZE_MAX;
}

/* True where equal values of the type have equal canonical texts: 1.0 and 1.00 have not. */
static bool has_one_text(struct wh_type type)
{
    switch (type.kind) {
    case WH_KIND_BOOL:
    case WH_KIND_INT:
    case WH_KIND_DATE:
    case WH_KIND_TIME:
    case WH_KIND_TIMESTAMP:
    case WH_KIND_TIMESTAMPTZ:
    case WH_KIND_BYTES:
        return true;
    case WH_KIND_NUMERIC:
        return type.has_scale;
    case WH_KIND_TEXT:
        /* Of char(n) all have n characters. */
        return !type.is_padded || type.length > 0;
    case WH_KIND_NULL:
    case WH_KIND_FLOAT:
    case WH_KIND_INTERVAL:
        break;
    }
    return false;
}

static bool is_key_part(const struct wh_item_plan *item, size_t target)
{
    for (size_t i = 0; i < item->key_count; i++)
        if (item->key[i].target == target)
            return true;
    return false;
}

/* One row, one key: each part is held by one match column, and each match column holds one. */
static bool is_key_match(const struct wh_item_plan *item)
{
    for (size_t i = 0; i < item->key_count; i++)
        if (item->key[i].target == SIZE_MAX)
            return false;
    for (size_t i = 0; i < item->match_count; i++)
        if (!is_key_part(item, item->match[i]) || !has_one_text(item->targets[item->match[i]].type))
            return false;
    return true;
}

static wh_code make_part(struct wh_item_plan *item, size_t index, struct wh_error *err)
{
    struct wh_expr_text name = item->definition->key[index];
    struct wh_key_part *part = &item->key[index];
    WH_TRY(
        wh_find_column(&item->source_table, name, WH_STR("the source"), &part->source_column, err));
    for (size_t i = 0; i < index; i++)
        if (item->key[i].source_column == part->source_column)
            return wh_place_error(name, err, "'key' names column '%.*s' twice", WH_FMT(name.text));
    part->name = item->source_table.columns[part->source_column].name;
    part->target = find_part_target(item, part->source_column);
    return WH_OK;
}

wh_code wh_make_key(struct wh_making *making, struct wh_error *err)
{
    struct wh_item_plan *item = making->item;
    size_t count = item->definition->key_count;
    item->key = wh_arena_array(making->arena, count, sizeof(*item->key));
    if (item->key == NULL)
        return wh_error_no_memory(err, count * sizeof(*item->key));
    for (size_t i = 0; i < count; i++)
        WH_TRY(make_part(item, i, err));
    item->key_count = count;
    item->key_is_match = is_key_match(item);
    return WH_OK;
}
