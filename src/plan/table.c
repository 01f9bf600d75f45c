/* SPDX-License-Identifier: Apache-2.0 */
/* The destination's table: found, or to be made. */
#include <string.h>

#include "plan/make.h"
#include "sql/made_as.h"

/* The item type before this one that will make the same table, NULL: none. Letter case does not
 * tell tables apart: where a system would, two names that differ in nothing else are a mistake. */
static const struct wh_item_plan *find_maker(const struct wh_making *making)
{
    for (size_t i = 0; i < making->item->ordinal; i++) {
        const struct wh_item_plan *other = &making->plan->items[i];
        if (other->will_create &&
            wh_str_equal_ascii_fold(other->table.name, making->item->definition->into.text))
            return other;
    }
    return NULL;
}

static wh_code describe(struct wh_making *making, struct wh_error *err)
{
    const struct wh_plan *plan = making->plan;
    struct wh_expr_text into = making->item->definition->into;
    /* Planned without a database: none of its tables is there. */
    if (plan->destination == NULL)
        return wh_error_set(err, WH_INVALID, "there is no table '%.*s'", WH_FMT(into.text));
    wh_code rc = plan->destination_connector->destination->describe(
        plan->destination, into.text, making->arena, &making->item->table, err);
    return wh_at_connection(rc, plan->migration->destination, err);
}

/* What a database can do and a file, which is written whole, cannot. */
static wh_code check_file(const struct wh_item_plan *item, const struct wh_item_plan *maker,
                          struct wh_error *err)
{
    const struct wh_item_definition *definition = item->definition;
    if (maker != NULL)
        return wh_place_error(definition->into, err,
                              "items '%.*s' and '%.*s' would write the same file; give each one of "
                              "its own",
                              WH_FMT(maker->definition->name), WH_FMT(definition->name));
    if (definition->missing != WH_MISSING_KEEP)
        return wh_place_error(wh_item_place(item), err,
                              "a file is written whole, so what is gone from the source is gone "
                              "from it, too; leave 'missing' out");
    return WH_OK;
}

/* What is hidden from the role is in no way of a new table, which is made where the role may. */
static bool is_missing(wh_code rc, const struct wh_error *err)
{
    return rc == WH_INVALID ||
           (rc == WH_UNREACHABLE && strcmp(err->sqlstate, WH_TABLE_IS_HIDDEN) == 0);
}

wh_code wh_make_table(struct wh_making *making, bool *ret_found, struct wh_error *err)
{
    struct wh_item_plan *item = making->item;
    struct wh_expr_text into = item->definition->into;
    const struct wh_item_plan *maker = find_maker(making);
    bool writes_files = wh_plan_writes_files(making->plan);
    *ret_found = true;
    if (writes_files)
        WH_TRY(check_file(item, maker, err));
    else if (item->definition->states_output)
        return wh_place_error(wh_item_place(item), err,
                              "'into_format' says how a file is written, and the destination is "
                              "none; leave it out");
    if (maker != NULL) {
        item->table = maker->table;
        item->will_create = true;
        item->create_statement = maker->create_statement;
        return WH_OK;
    }
    wh_code rc = describe(making, err);
    if (rc == WH_OK)
        return WH_OK;
    if (is_missing(rc, err) && (item->definition->create || writes_files)) {
        wh_error_reset(err);
        *ret_found = false;
        return WH_OK;
    }
    if (rc != WH_INVALID)
        return wh_at(rc, into, err);
    struct wh_str why;
    WH_TRY(wh_arena_copy(making->arena, wh_str_from(err != NULL ? err->message : ""), &why, err));
    return wh_place_error(into, err, "%.*s; make the table, or write 'create: true'", WH_FMT(why));
}

/* ---- a table to be made ---------------------------------------------------------------------- */

/* Room for the targets of a table that the map alone decides: its entries and, for "*", the
 * source's columns. */
static wh_code make_room(struct wh_making *making, struct wh_column_info **ret,
                         struct wh_error *err)
{
    struct wh_item_plan *item = making->item;
    size_t most = item->definition->map_count;
    if (item->definition->maps_same)
        most += item->source_table.column_count;
    item->targets = wh_arena_array(making->arena, WH_MAX(most, 1), sizeof(*item->targets));
    *ret = wh_arena_array(making->arena, WH_MAX(most, 1), sizeof(**ret));
    if (item->targets == NULL || *ret == NULL)
        return wh_error_no_memory(err, most * (sizeof(*item->targets) + sizeof(**ret)));
    item->table = (struct wh_table_info){
        .name = item->definition->into.text, .columns = *ret, .output = &item->definition->output};
    return WH_OK;
}

/* True for one name in double quotes, with nothing behind it: a quote in it is doubled. */
static bool is_quoted_name(struct wh_str text)
{
    if (text.len < 2 || text.ptr[0] != '"' || text.ptr[text.len - 1] != '"')
        return false;
    size_t at = 1;
    while (at < text.len && (text.ptr[at] != '"' || (at + 1 < text.len && text.ptr[at + 1] == '"')))
        at += text.ptr[at] == '"' ? 2 : 1;
    return at == text.len - 1;
}

/* True where a source column is named and nothing else said: x::text asks for text, also where x is
 * read as that. */
static bool is_bare_name(struct wh_str value, struct wh_str name)
{
    value = wh_str_trim(value);
    return wh_str_equal_ascii_fold(value, name) || is_quoted_name(value);
}

/* A column that holds a source column's values, as they are, is made as that column is. */
static void make_like_source(const struct wh_making *making, const struct wh_target *target,
                             struct wh_column_info *column)
{
    size_t index = wh_program_plain_column(target->program);
    if (index == SIZE_MAX)
        return;
    const struct wh_column_info *source = &making->item->source_table.columns[index];
    struct wh_type type;
    if (target->assignment != NULL && !is_bare_name(target->assignment->value.text, source->name))
        return;
    column->made_as = source->made_as;
    column->made_of = source->made_of;
    struct wh_str words = source->made_of.ptr != NULL ? source->made_of : source->made_as;
    if (wh_sql_words_parse(words, &type) && type.kind == column->type.kind)
        column->type = type;
}

/* Adds a column and its target: of the type that the expression has. */
static wh_code add_column(struct wh_making *making, struct wh_column_info *columns,
                          struct wh_target target, struct wh_error *err)
{
    struct wh_item_plan *item = making->item;
    size_t index = item->target_count;
    struct wh_column_info *column = &columns[index];
    *column = (struct wh_column_info){.name = target.name, .type = wh_program_type(target.program)};
    /* What is always NULL may become anything; text holds it all. */
    if (column->type.kind == WH_KIND_NULL)
        column->type = (struct wh_type){.kind = WH_KIND_TEXT};
    make_like_source(making, &target, column);
    target.type = column->type;
    target.table_column = index;
    target.may_be_inexact = true;
    target.plain_source = SIZE_MAX;
    WH_TRY(wh_expr_assign(target.program, target.type, making->arena, &target.program, err));
    item->targets[index] = target;
    item->target_count++;
    item->table.column_count++;
    return WH_OK;
}

static wh_code add_mapped(struct wh_making *making, struct wh_column_info *columns,
                          const struct wh_assignment_definition *assignment, struct wh_error *err)
{
    struct wh_target target = {.name = assignment->column.text,
                               .assignment = assignment,
                               .insert_only = assignment->source == WH_VALUE_INSERT,
                               .line = assignment->column.line,
                               .column = assignment->column.column};
    if (wh_match_column(&making->item->table, target.name) != SIZE_MAX)
        return wh_place_error(assignment->column, err,
                              "column '%.*s' is mapped twice, in another letter case",
                              WH_FMT(target.name));
    WH_TRY(wh_compile_assignment(making, assignment, &target.program, err));
    return wh_at(add_column(making, columns, target, err), assignment->value, err);
}

static wh_code add_same(struct wh_making *making, struct wh_column_info *columns,
                        struct wh_error *err)
{
    const struct wh_table_info *source = &making->item->source_table;
    struct wh_expr_text place = wh_item_place(making->item);
    for (size_t i = 0; i < source->column_count; i++) {
        struct wh_target target = {
            .name = source->columns[i].name, .line = place.line, .column = place.column};
        if (wh_match_column(&making->item->table, target.name) != SIZE_MAX)
            continue;
        WH_TRY(wh_expr_column(i, &making->source, making->arena, &target.program, err));
        WH_TRY(add_column(making, columns, target, err));
    }
    return WH_OK;
}

/* The target that holds a key column's value, SIZE_MAX: none. */
static size_t find_cast_of(const struct wh_item_plan *item, size_t source_column)
{
    for (size_t i = 0; i < item->target_count; i++) {
        size_t input;
        if (!item->targets[i].insert_only &&
            wh_program_is_cast_of(item->targets[i].program, &input) && input == source_column)
            return i;
    }
    return SIZE_MAX;
}

/* One column of the new table's primary key: the one named under `match`, or the one that holds
 * the key column. */
static wh_code find_key_column(const struct wh_item_plan *item, size_t part, size_t *ret,
                               struct wh_error *err)
{
    const struct wh_item_definition *definition = item->definition;
    if (definition->match_count > 0)
        return wh_find_column(&item->table, definition->match[part], WH_STR("the map"), ret, err);
    struct wh_expr_text name = definition->key[part];
    size_t source_column;
    WH_TRY(wh_find_column(&item->source_table, name, WH_STR("the source"), &source_column, err));
    *ret = find_cast_of(item, source_column);
    if (*ret != SIZE_MAX)
        return WH_OK;
    return wh_place_error(name, err,
                          "no column of the new table '%.*s' holds key '%.*s'; map it to one, or "
                          "name the columns of the primary key under 'match'",
                          WH_FMT(item->table.name), WH_FMT(name.text));
}

static wh_code add_primary_key(struct wh_making *making, struct wh_column_info *columns,
                               struct wh_error *err)
{
    struct wh_item_plan *item = making->item;
    const struct wh_item_definition *definition = item->definition;
    size_t count = definition->match_count > 0 ? definition->match_count : definition->key_count;
    struct wh_key_info *key = WH_ARENA_NEW(making->arena, struct wh_key_info);
    size_t *indexes = wh_arena_array(making->arena, count, sizeof(*indexes));
    if (key == NULL || indexes == NULL)
        return wh_error_no_memory(err, count * sizeof(*indexes));
    for (size_t i = 0; i < count; i++) {
        WH_TRY(find_key_column(item, i, &indexes[i], err));
        columns[indexes[i]].is_not_null = true;
        item->targets[indexes[i]].is_not_null = true;
    }
    *key = (struct wh_key_info){.columns = indexes, .column_count = count, .is_primary = true};
    item->table.keys = key;
    item->table.key_count = 1;
    return WH_OK;
}

wh_code wh_make_new_table(struct wh_making *making, struct wh_error *err)
{
    struct wh_item_plan *item = making->item;
    struct wh_column_info *columns;
    WH_TRY(make_room(making, &columns, err));
    for (size_t i = 0; i < item->definition->map_count; i++)
        WH_TRY(add_mapped(making, columns, &item->definition->map[i], err));
    if (item->definition->maps_same)
        WH_TRY(add_same(making, columns, err));
    WH_TRY(add_primary_key(making, columns, err));
    item->will_create = true;
    const struct wh_plan *plan = making->plan;
    wh_code rc = plan->destination_connector->destination->create(
        plan->destination, &item->table, false, making->arena, &item->create_statement, err);
    rc = wh_at_connection(rc, plan->migration->destination, err);
    return wh_at(rc, item->definition->into, err);
}
