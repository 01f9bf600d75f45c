/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading rows by their match. Row numbers that lie close together are read by one scan over their
 * range, merged with the sorted keys; all others are looked up, some in one step.
 */
#include <stdlib.h>

#include "base/error.h"
#include "connect/sqlite/failure.h"
#include "connect/sqlite/writer_sql.h"
#include "connect/wanted.h"
#include "data/datetime.h"

struct fetching {
    struct wh_writer *writer;
    const struct wh_column *keys;
    const struct wh_selection *selection;
    struct wh_arena *arena;
    struct wh_found *found;
    struct wh_odd_value *odd; /* found->odd, not yet const */
    size_t odd_capacity;
    struct wh_error *err;
};

/* ---- one row --------------------------------------------------------------------------------- */

static wh_code no_memory(const struct fetching *fetching, size_t size)
{
    return wh_error_no_memory(fetching->err, size);
}

static size_t value_size(const struct wh_sqlite_result *result)
{
    return result->bytes.len;
}

static wh_code grow_odd(struct fetching *fetching)
{
    size_t capacity = fetching->odd_capacity == 0 ? 64 : fetching->odd_capacity * 2;
    struct wh_odd_value *grown = wh_arena_array(fetching->arena, capacity, sizeof(*grown));
    if (grown == NULL)
        return no_memory(fetching, capacity * sizeof(*grown));
    if (fetching->found->odd_count > 0)
        memcpy(grown, fetching->odd, fetching->found->odd_count * sizeof(*grown));
    fetching->odd = grown;
    fetching->found->odd = grown;
    fetching->odd_capacity = capacity;
    return WH_OK;
}

static wh_code add_odd(struct fetching *fetching, const struct wh_sqlite_result *result, size_t row)
{
    struct wh_found *found = fetching->found;
    if (found->odd_count == fetching->odd_capacity)
        WH_TRY(grow_odd(fetching));
    struct wh_odd_value *odd = &fetching->odd[found->odd_count];
    *odd = (struct wh_odd_value){.row = (uint16_t)row, .column = (uint16_t)result->index};
    if (!wh_sqlite_read_odd(result, odd))
        return no_memory(fetching, value_size(result));
    found->odd_count++;
    found->is_there[row] = WH_FOUND_ODD_ROW;
    return WH_OK;
}

static wh_code set_null(struct fetching *fetching, size_t column, size_t row)
{
    struct wh_column *values = &fetching->found->columns[column];
    WH_TRY(wh_column_need_validity(values, fetching->arena, fetching->err));
    wh_column_set_null(values, row);
    return WH_OK;
}

/** Reads the row that @p stmt stands on into @p row of the batch. */
static wh_code read_row(struct fetching *fetching, sqlite3_stmt *stmt, size_t row)
{
    struct wh_writer *writer = fetching->writer;
    struct wh_found *found = fetching->found;
    found->is_there[row] = WH_FOUND_ROW;
    for (size_t i = 0; i < writer->column_count; i++) {
        struct wh_sqlite_result result;
        wh_sqlite_result_set(&result, sqlite3_column_value(stmt, (int)i), (int)i, fetching->arena);
        enum wh_sqlite_reading reading =
            wh_sqlite_read(&writer->storages[i], &result, &found->columns[i], row);
        if (WH_LIKELY(reading == WH_SQLITE_VALUE))
            continue;
        if (reading == WH_SQLITE_NO_MEMORY)
            return no_memory(fetching, value_size(&result));
        WH_TRY(set_null(fetching, i, row));
        if (reading == WH_SQLITE_ODD)
            WH_TRY(add_odd(fetching, &result, row));
    }
    return WH_OK;
}

/** WH_OK with a row, WH_END without. */
static wh_code step(const struct fetching *fetching, sqlite3_stmt *stmt)
{
    struct wh_writer *writer = fetching->writer;
    int rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        return WH_OK;
    if (rc == SQLITE_DONE)
        return WH_END;
    return wh_sqlite_failure(writer->destination->db, rc, fetching->err, "table '%.*s'",
                             WH_FMT(writer->table.info.name));
}

/* ---- by lookups ------------------------------------------------------------------------------ */

/** Binds the match of @p row to @p slot. What cannot be stored is not there: it finds nothing, as
 *  NULL does. */
static wh_code bind_slot(const struct fetching *fetching, size_t slot, size_t row)
{
    struct wh_writer *writer = fetching->writer;
    for (size_t i = 0; i < writer->match_count; i++) {
        size_t place = slot * writer->match_count + i;
        size_t column = writer->match[i];
        struct wh_sqlite_parameter parameter = {.stmt = writer->lookup,
                                                .index = (int)place + 1,
                                                .room = writer->lookup_rooms +
                                                        place * WH_DATETIME_SIZE};
        int rc =
            wh_sqlite_bind(&writer->storages[column], &parameter, &fetching->keys[column], row);
        if (rc == WH_SQLITE_INEXACT)
            rc = sqlite3_bind_null(writer->lookup, parameter.index);
        if (rc != SQLITE_OK)
            return wh_sqlite_failure(writer->destination->db, rc, fetching->err, "%s", "");
    }
    return WH_OK;
}

/** Reads all rows that the bound slots find; slot i is row @p rows[i]. */
static wh_code read_slots(struct fetching *fetching, const uint16_t *rows)
{
    sqlite3_stmt *lookup = fetching->writer->lookup;
    int slot = (int)fetching->writer->column_count;
    wh_code rc;
    while ((rc = step(fetching, lookup)) == WH_OK)
        WH_TRY(read_row(fetching, lookup, rows[sqlite3_column_int(lookup, slot)]));
    return rc == WH_END ? WH_OK : rc;
}

static wh_code look_up(struct fetching *fetching, const uint16_t *rows, size_t count)
{
    struct wh_writer *writer = fetching->writer;
    WH_TRY(wh_sqlite_writer_need(writer, WH_SQLITE_LOOKUP, &writer->lookup, fetching->err));
    wh_code rc = WH_OK;
    for (size_t at = 0; at < count && rc == WH_OK; at += WH_SQLITE_LOOKUP_SLOTS) {
        size_t slots = WH_MIN(count - at, WH_SQLITE_LOOKUP_SLOTS);
        if (slots < WH_SQLITE_LOOKUP_SLOTS)
            sqlite3_clear_bindings(writer->lookup); /* all NULL */
        for (size_t slot = 0; slot < slots && rc == WH_OK; slot++)
            rc = bind_slot(fetching, slot, rows[at + slot]);
        if (rc == WH_OK)
            rc = read_slots(fetching, rows + at);
        /* The result repeats the step's. */
        sqlite3_reset(writer->lookup);
    }
    return rc;
}

/* ---- by a scan ------------------------------------------------------------------------------- */

/** Merges the rows of the scan with the numbers that are asked for. */
static wh_code merge(struct fetching *fetching, const struct wh_wanted_list *wanted)
{
    sqlite3_stmt *scan = fetching->writer->scan;
    int key = (int)fetching->writer->match[0];
    const struct wh_wanted *next = wanted->items;
    const struct wh_wanted *end = next + wanted->count;
    while (next < end) {
        wh_code rc = step(fetching, scan);
        if (rc != WH_OK)
            return rc == WH_END ? WH_OK : rc;
        int64_t number = sqlite3_column_int64(scan, key);
        while (next < end && next->number < number)
            next++;
        for (; next < end && next->number == number; next++)
            WH_TRY(read_row(fetching, scan, next->row));
    }
    return WH_OK;
}

static wh_code scan_range(struct fetching *fetching, const struct wh_wanted_list *wanted)
{
    struct wh_writer *writer = fetching->writer;
    WH_TRY(wh_sqlite_writer_need(writer, WH_SQLITE_SCAN, &writer->scan, fetching->err));
    int rc = sqlite3_bind_int64(writer->scan, 1, wanted->items[0].number);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_int64(writer->scan, 2, wanted->items[wanted->count - 1].number);
    if (rc != SQLITE_OK)
        return wh_sqlite_failure(writer->destination->db, rc, fetching->err, "%s", "");
    wh_code code = merge(fetching, wanted);
    sqlite3_reset(writer->scan);
    return code;
}

/** In the order of the table, so that pages are come by once. */
static wh_code look_up_sorted(struct fetching *fetching, const struct wh_wanted_list *wanted)
{
    uint16_t rows[WH_BATCH_ROWS];
    for (size_t i = 0; i < wanted->count; i++)
        rows[i] = wanted->items[i].row;
    return look_up(fetching, rows, wanted->count);
}

static wh_code read_by_number(struct fetching *fetching)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    const struct wh_column *keys = &fetching->keys[fetching->writer->match[0]];
    struct wh_wanted_list wanted;
    wh_arena_init(&scratch);
    WH_TRY(wh_wanted_list_make(keys, fetching->selection, &scratch, &wanted, fetching->err));
    if (wanted.count == 0)
        return WH_OK;
    return wh_wanted_list_is_dense(&wanted) ? scan_range(fetching, &wanted)
                                            : look_up_sorted(fetching, &wanted);
}

/* ---- all rows -------------------------------------------------------------------------------- */

/** Room for every row up to the last one selected. */
static wh_code make_room(struct fetching *fetching)
{
    struct wh_writer *writer = fetching->writer;
    const struct wh_selection *selection = fetching->selection;
    struct wh_found *found = fetching->found;
    size_t rows = selection->count > 0 ? (size_t)selection->rows[selection->count - 1] + 1 : 0;
    *found = (struct wh_found){.odd = NULL};
    found->is_there = wh_arena_array(fetching->arena, rows, sizeof(*found->is_there));
    found->columns = wh_arena_array(fetching->arena, writer->column_count, sizeof(*found->columns));
    if (found->is_there == NULL || found->columns == NULL)
        return no_memory(fetching, rows + writer->column_count * sizeof(*found->columns));
    for (size_t i = 0; i < writer->column_count; i++)
        WH_TRY(wh_column_init(&found->columns[i], writer->storages[i].type, rows, fetching->arena,
                              fetching->err));
    return WH_OK;
}

static int compare_odd(const void *a, const void *b)
{
    const struct wh_odd_value *left = a;
    const struct wh_odd_value *right = b;
    if (left->row != right->row)
        return left->row < right->row ? -1 : 1;
    return left->column < right->column ? -1 : left->column > right->column;
}

static wh_code read_all(struct fetching *fetching)
{
    const struct wh_selection *selection = fetching->selection;
    wh_code rc = fetching->writer->is_row_number
                     ? read_by_number(fetching)
                     : look_up(fetching, selection->rows, selection->count);
    if (fetching->found->odd_count > 0)
        qsort(fetching->odd, fetching->found->odd_count, sizeof(*fetching->odd), compare_odd);
    return rc;
}

wh_code wh_sqlite_fetch(struct wh_writer *writer, const struct wh_column *columns,
                        const struct wh_selection *selection, struct wh_arena *arena,
                        struct wh_found *found, struct wh_error *err)
{
    WH_ASSERT(selection->count <= WH_BATCH_ROWS, err);
    struct fetching fetching = {.writer = writer,
                                .keys = columns,
                                .selection = selection,
                                .arena = arena,
                                .found = found,
                                .err = err};
    WH_TRY(make_room(&fetching));
    if (selection->count == 0)
        return WH_OK;
    if (wh_sqlite_is_in_transaction(writer->destination))
        return read_all(&fetching);
    /* All rows as of one moment, and the file locked and unlocked once. */
    WH_TRY(wh_sqlite_run(writer->destination, "BEGIN", err));
    wh_code rc = read_all(&fetching);
    wh_code end = wh_sqlite_run(writer->destination, "COMMIT", rc == WH_OK ? err : NULL);
    return rc != WH_OK ? rc : end;
}
