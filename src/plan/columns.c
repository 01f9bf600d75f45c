/* SPDX-License-Identifier: Apache-2.0 */
/* Names of columns: which one is meant, and lists of them for people. */
#include <stdarg.h>
#include <stdio.h>

#include "plan/make.h"
#include "plan/nearest.h"

enum { SHOWN_NAMES = 12, LISTED_NAME = 48, LISTED_BYTES = SHOWN_NAMES * (LISTED_NAME + 4) + 40 };

size_t wh_match_column(const struct wh_table_info *table, struct wh_str name)
{
    size_t exact = wh_table_find_column(table, name);
    if (exact != SIZE_MAX)
        return exact;
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < table->column_count; i++) {
        if (!wh_str_equal_ascii_fold(table->columns[i].name, name))
            continue;
        if (found != SIZE_MAX)
            return SIZE_MAX;
        found = i;
    }
    return found;
}

/* The first columns of a table: a header that was split at the wrong delimiter shows. */
static void list_names(const struct wh_table_info *table, char room[LISTED_BYTES])
{
    size_t used = 0;
    size_t shown = WH_MIN(table->column_count, (size_t)SHOWN_NAMES);
    room[0] = '\0';
    for (size_t i = 0; i < shown; i++) {
        struct wh_str name = table->columns[i].name;
        name.len = wh_str_utf8_cut(name, LISTED_NAME);
        used += (size_t)snprintf(room + used, LISTED_BYTES - used, "%s'%.*s'", i > 0 ? ", " : "",
                                 WH_FMT(name));
    }
    if (shown < table->column_count)
        snprintf(room + used, LISTED_BYTES - used, " and %zu more", table->column_count - shown);
}

wh_code wh_find_column(const struct wh_table_info *table, struct wh_expr_text name,
                       struct wh_str owner, size_t *ret, struct wh_error *err)
{
    *ret = wh_match_column(table, name.text);
    if (*ret != SIZE_MAX)
        return WH_OK;
    struct wh_nearest search = wh_nearest_to(name.text);
    for (size_t i = 0; i < table->column_count; i++)
        wh_nearest_offer(&search, table->columns[i].name);
    if (search.best.ptr != NULL)
        return wh_place_error(name, err, "%.*s has no column '%.*s'" WH_NEAREST_FORMAT,
                              WH_FMT(owner), WH_FMT(name.text), WH_NEAREST(search));
    char names[LISTED_BYTES];
    list_names(table, names);
    return wh_place_error(name, err, "%.*s has no column '%.*s'; it has %s", WH_FMT(owner),
                          WH_FMT(name.text), names);
}

wh_code wh_place_error(struct wh_expr_text place, struct wh_error *err, const char *format, ...)
{
    char message[WH_ERROR_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    wh_error_set(err, WH_INVALID, "%s", message);
    return wh_error_at(err, WH_INVALID, place.line, place.column);
}

struct wh_expr_text wh_item_place(const struct wh_item_plan *item)
{
    return (struct wh_expr_text){.text = item->definition->name,
                                 .line = item->definition->line,
                                 .column = item->definition->column};
}

wh_code wh_name_list_add(struct wh_name_list *list, struct wh_str name, struct wh_arena *arena,
                         struct wh_error *err)
{
    if (list->count++ >= SHOWN_NAMES)
        return WH_OK;
    return wh_arena_format(arena, &list->text, err, "%.*s%s'%.*s'", WH_FMT(list->text),
                           list->text.len > 0 ? ", " : "", WH_FMT(name));
}

wh_code wh_name_list_end(struct wh_name_list *list, struct wh_arena *arena, struct wh_error *err)
{
    if (list->count <= SHOWN_NAMES)
        return WH_OK;
    return wh_arena_format(arena, &list->text, err, "%.*s and %zu more", WH_FMT(list->text),
                           list->count - SHOWN_NAMES);
}

wh_code wh_join_columns(const struct wh_table_info *table, const size_t *columns, size_t count,
                        struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    *ret = WH_STR("");
    for (size_t i = 0; i < count; i++)
        WH_TRY(wh_arena_format(arena, ret, err, "%.*s%s%.*s", WH_FMT(*ret), i > 0 ? ", " : "",
                               WH_FMT(table->columns[columns[i]].name)));
    return WH_OK;
}

wh_code wh_source_scope(const struct wh_item_plan *item, struct wh_arena *arena,
                        struct wh_scope *ret, struct wh_error *err)
{
    const struct wh_table_info *table = &item->source_table;
    struct wh_input_column *columns =
        wh_arena_array(arena, WH_MAX(table->column_count, 1), sizeof(*columns));
    if (columns == NULL)
        return wh_error_no_memory(err, table->column_count * sizeof(*columns));
    for (size_t i = 0; i < table->column_count; i++)
        columns[i] = (struct wh_input_column){.name = table->columns[i].name,
                                              .type = table->columns[i].type};
    *ret = (struct wh_scope){.columns = columns, .column_count = table->column_count};
    return WH_OK;
}
