/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/sqlite/update.h"

#include "base/error.h"
#include "connect/sqlite/writer_sql.h"

/* ---- which columns --------------------------------------------------------------------------- */

static bool is_same_value(const struct wh_column *a, const struct wh_column *b, size_t row)
{
    enum wh_kind kind = a->type.kind;
    if (kind == WH_KIND_TEXT || kind == WH_KIND_BYTES)
        return wh_str_equal(a->values.texts[row], b->values.texts[row]);
    if (kind == WH_KIND_NUMERIC)
        return wh_numeric_compare(&a->values.numerics[row], &b->values.numerics[row]) == 0;
    /* The rest has a value in one form only. */
    size_t size = wh_kind_size(kind);
    return memcmp((const char *)a->values.any + row * size,
                  (const char *)b->values.any + row * size, size) == 0;
}

static bool is_changed(const struct wh_write_request *request, size_t column, size_t row)
{
    const struct wh_found found = {.odd = request->odd, .odd_count = request->odd_count};
    const struct wh_column *after = &request->columns[column];
    const struct wh_column *before = &request->before[column];
    if (wh_found_odd(&found, row, column) != NULL)
        return true;
    bool is_null = wh_column_is_null(after, row);
    if (is_null || wh_column_is_null(before, row))
        return is_null != wh_column_is_null(before, row);
    return !is_same_value(after, before, row);
}

/** Fills writer->changed. */
static void find_changes(struct wh_writer *writer, const struct wh_write_request *request,
                         size_t row)
{
    bool any = false;
    for (size_t i = 0; i < writer->column_count; i++) {
        bool is_set = !writer->is_insert_only[i] && is_changed(request, i, row);
        writer->changed[i] = is_set;
        any = any || is_set;
    }
    for (size_t i = 0; !any && i < writer->column_count; i++)
        writer->changed[i] = !writer->is_insert_only[i] || writer->is_match[i];
}

const bool *wh_sqlite_update_changes(struct wh_writer *writer,
                                     const struct wh_write_request *request, size_t row)
{
    find_changes(writer, request, row);
    return writer->changed;
}

/* ---- which statement ------------------------------------------------------------------------- */

/** The kept update of these columns, or the place where one may be put. */
static struct wh_sqlite_update *find_place(struct wh_writer *writer)
{
    struct wh_sqlite_update *place = &writer->updates[0];
    for (size_t i = 0; i < WH_SQLITE_UPDATES; i++) {
        struct wh_sqlite_update *update = &writer->updates[i];
        if (update->statement != NULL &&
            memcmp(update->is_set, writer->changed, writer->column_count) == 0)
            return update;
        if (update->last_used < place->last_used)
            place = update;
    }
    sqlite3_finalize(place->statement);
    place->statement = NULL;
    return place;
}

wh_code wh_sqlite_update_for(struct wh_writer *writer, const struct wh_write_request *request,
                             size_t row, const struct wh_sqlite_update **ret, struct wh_error *err)
{
    find_changes(writer, request, row);
    struct wh_sqlite_update *update = find_place(writer);
    if (update->statement == NULL) {
        memcpy(update->is_set, writer->changed, writer->column_count);
        WH_TRY(wh_sqlite_writer_compile_update(writer, update->is_set, &update->statement, err));
    }
    update->last_used = ++writer->uses;
    *ret = update;
    return WH_OK;
}
