/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading rows by their match. Whole numbers that lie close together are read by one scan over their
 * range, merged with the sorted keys; all others are joined with the table as an array.
 */
#include <stdlib.h>

#include "base/error.h"
#include "connect/postgres/wire.h"
#include "connect/postgres/writer_sql.h"

/* A row that a scan passes over costs about a quarter of one that is looked up. */
#define SCAN_SPREAD 4

/** A key that is asked for, and who asks. */
struct wanted {
    int64_t number;
    uint16_t row;
};

/** A row of the result, and the row of the batch that it is for. */
struct hit {
    int result;
    uint16_t row;
};

struct fetching {
    struct wh_writer *writer;
    const struct wh_column *keys;
    const struct wh_selection *selection;
    struct wh_arena *arena;
    struct wh_arena scratch;
    bool is_ahead;   /* the statement is sent, its rows are not asked for … */
    unsigned number; /* … out: its number */
    struct wh_found *found;
    PGresult *rows;
    int first_field; /* of the result that is a column of the writer's */
    struct hit *hits;
    size_t hit_count;
    struct wh_error *err;
};

static void release(struct fetching *fetching)
{
    PQclear(fetching->rows);
    wh_arena_release(&fetching->scratch);
}

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
    fetching->hits = wh_arena_array(&fetching->scratch, selection->count, sizeof(struct hit));
    if (found->is_there == NULL || found->columns == NULL || fetching->hits == NULL)
        return wh_error_no_memory(fetching->err, rows);
    if (writer->table.tells_versions) {
        found->versions = wh_arena_array(fetching->arena, rows, sizeof(*found->versions));
        if (found->versions == NULL)
            return wh_error_no_memory(fetching->err, rows * sizeof(*found->versions));
    }
    for (size_t i = 0; i < writer->column_count; i++)
        WH_TRY(wh_column_init(&found->columns[i], writer->kinds[i]->reading.type, rows,
                              fetching->arena, fetching->err));
    return WH_OK;
}

/* ---- what is found -------------------------------------------------------------------------------- */

static wh_code read_column(struct fetching *fetching, size_t column)
{
    struct wh_column *values = &fetching->found->columns[column];
    enum wh_postgres_form form = fetching->writer->kinds[column]->reading.form;
    int field = fetching->first_field + (int)column;
    for (size_t i = 0; i < fetching->hit_count; i++) {
        const struct hit *hit = &fetching->hits[i];
        struct wh_str bytes = wh_postgres_text_at(fetching->rows, hit->result, field);
        if (bytes.ptr != NULL) {
            WH_TRY(wh_postgres_read_field(form, bytes, fetching->arena, values, hit->row,
                                          fetching->err));
            continue;
        }
        WH_TRY(wh_column_need_validity(values, fetching->arena, fetching->err));
        wh_column_set_null(values, hit->row);
    }
    return WH_OK;
}

static wh_code read_versions(struct fetching *fetching)
{
    int field = fetching->first_field + (int)fetching->writer->column_count;
    for (size_t i = 0; i < fetching->hit_count; i++) {
        const struct hit *hit = &fetching->hits[i];
        struct wh_str bytes = wh_postgres_text_at(fetching->rows, hit->result, field);
        WH_ASSERT(bytes.len == 4, fetching->err);
        fetching->found->versions[hit->row] = wh_wire_get32(bytes.ptr);
    }
    return WH_OK;
}

static wh_code read_hits(struct fetching *fetching)
{
    if (fetching->writer->table.tells_versions)
        WH_TRY(read_versions(fetching));
    for (size_t i = 0; i < fetching->hit_count; i++)
        fetching->found->is_there[fetching->hits[i].row] = WH_FOUND_ROW;
    for (size_t i = 0; i < fetching->writer->column_count; i++) {
        WH_TRY(read_column(fetching, i));
        wh_postgres_let_come(fetching->writer->destination);
    }
    return WH_OK;
}

static wh_code add_hit(struct fetching *fetching, int result, uint16_t row)
{
    WH_ASSERT(fetching->hit_count < fetching->selection->count, fetching->err);
    fetching->hits[fetching->hit_count++] = (struct hit){.result = result, .row = row};
    return WH_OK;
}

/* ---- asking --------------------------------------------------------------------------------------- */

static struct wh_postgres_asked_rows asked_rows(const struct fetching *fetching)
{
    return (struct wh_postgres_asked_rows){.columns = fetching->keys,
                                           .rows = fetching->selection->rows,
                                           .count = fetching->selection->count,
                                           .number = fetching->number,
                                           .session = fetching->writer->destination->session};
}

/** The number of the statement that was sent ahead for the same rows; 0: there is none. Inside a transaction
 *  rows are read as they are now. */
static unsigned take_number(const struct fetching *fetching)
{
    struct wh_writer *writer = fetching->writer;
    struct wh_postgres_asked_rows wanted = asked_rows(fetching);
    unsigned number = 0;
    for (size_t i = 0; i < WH_COUNT_OF(writer->asked); i++) {
        struct wh_postgres_asked_rows *asked = &writer->asked[i];
        if (asked->columns != wanted.columns)
            continue;
        if (asked->rows == wanted.rows && asked->count == wanted.count &&
            asked->session == wanted.session)
            number = asked->number;
        asked->columns = NULL;
    }
    return wh_postgres_is_in_transaction(writer->destination) ? 0 : number;
}

static wh_code ask(struct fetching *fetching, enum wh_postgres_writer_statement which,
                   const struct wh_postgres_params *params)
{
    struct wh_writer *writer = fetching->writer;
    if (fetching->is_ahead) {
        fetching->number =
            wh_postgres_send_ahead(writer->destination, writer->names[which], params);
        return WH_OK;
    }
    fetching->rows = wh_postgres_take_ahead(writer->destination, take_number(fetching));
    if (fetching->rows != NULL)
        return WH_OK;
    return wh_postgres_run_prepared(writer->destination, writer->names[which], params,
                                    &fetching->rows, fetching->err);
}

/* ---- by arrays ------------------------------------------------------------------------------------ */

/** Each row of the result begins with its key's place in the arrays, from 1. */
static wh_code match_places(struct fetching *fetching)
{
    fetching->first_field = 1;
    for (int i = 0; i < PQntuples(fetching->rows); i++) {
        int64_t place = 0;
        WH_TRY(wh_postgres_read_int(WH_OID_INT8, wh_postgres_text_at(fetching->rows, i, 0), &place,
                                    fetching->err));
        WH_ASSERT(place >= 1 && (size_t)place <= fetching->selection->count, fetching->err);
        WH_TRY(add_hit(fetching, i, fetching->selection->rows[place - 1]));
    }
    return WH_OK;
}

static wh_code join(struct fetching *fetching)
{
    struct wh_writer *writer = fetching->writer;
    WH_TRY(wh_postgres_writer_need(writer, WH_POSTGRES_FETCH, fetching->err));
    wh_postgres_arrays_reset(&writer->arrays);
    for (size_t i = 0; i < writer->column_count; i++)
        if (writer->is_match[i])
            WH_TRY(wh_postgres_add_array(writer, fetching->keys, i, fetching->selection,
                                         fetching->err));
    struct wh_postgres_params params = wh_postgres_arrays_params(&writer->arrays);
    WH_TRY(ask(fetching, WH_POSTGRES_FETCH, &params));
    return fetching->is_ahead ? WH_OK : match_places(fetching);
}

/* ---- by a scan ------------------------------------------------------------------------------------ */

static int compare_wanted(const void *a, const void *b)
{
    const struct wanted *left = a;
    const struct wanted *right = b;
    if (left->number != right->number)
        return left->number < right->number ? -1 : 1;
    return left->row < right->row ? -1 : left->row > right->row;
}

/** The keys that are asked for, ascending; NULL ones are left out. */
static wh_code list_wanted(struct fetching *fetching, struct wanted **ret, size_t *ret_count)
{
    const struct wh_selection *selection = fetching->selection;
    const struct wh_column *keys = &fetching->keys[fetching->writer->match[0]];
    struct wanted *wanted = wh_arena_array(&fetching->scratch, selection->count, sizeof(*wanted));
    if (wanted == NULL)
        return wh_error_no_memory(fetching->err, selection->count * sizeof(*wanted));
    size_t count = 0;
    bool is_sorted = true;
    for (size_t i = 0; i < selection->count; i++) {
        uint16_t row = selection->rows[i];
        if (wh_column_is_null(keys, row))
            continue;
        wanted[count] = (struct wanted){.number = keys->values.ints[row], .row = row};
        is_sorted = is_sorted && (count == 0 || wanted[count - 1].number <= wanted[count].number);
        count++;
    }
    if (!is_sorted)
        qsort(wanted, count, sizeof(*wanted), compare_wanted);
    *ret = wanted;
    *ret_count = count;
    return WH_OK;
}

/** Merges the rows of the scan with the keys that are asked for. */
static wh_code merge(struct fetching *fetching, const struct wanted *wanted, size_t count)
{
    size_t match = fetching->writer->match[0];
    Oid type = fetching->writer->kinds[match]->type.oid;
    size_t at = 0;
    for (int i = 0; i < PQntuples(fetching->rows) && at < count; i++) {
        int64_t number = 0;
        WH_TRY(wh_postgres_read_int(type, wh_postgres_text_at(fetching->rows, i, (int)match),
                                    &number, fetching->err));
        while (at < count && wanted[at].number < number)
            at++;
        for (; at < count && wanted[at].number == number; at++)
            WH_TRY(add_hit(fetching, i, wanted[at].row));
    }
    return WH_OK;
}

static wh_code scan(struct fetching *fetching, const struct wanted *wanted, size_t count)
{
    struct wh_writer *writer = fetching->writer;
    char bounds[2][8];
    wh_wire_put64(bounds[0], (uint64_t)wanted[0].number);
    wh_wire_put64(bounds[1], (uint64_t)wanted[count - 1].number);
    struct wh_postgres_params params = {.values = (const char *const[]){bounds[0], bounds[1]},
                                        .lengths = (const int[]){8, 8},
                                        .formats = (const int[]){1, 1},
                                        .count = 2};
    WH_TRY(wh_postgres_writer_need(writer, WH_POSTGRES_SCAN, fetching->err));
    WH_TRY(ask(fetching, WH_POSTGRES_SCAN, &params));
    return fetching->is_ahead ? WH_OK : merge(fetching, wanted, count);
}

/** True where the range holds at most so many numbers that scanning it is worth it. */
static bool is_dense(const struct wanted *wanted, size_t count)
{
    uint64_t span = (uint64_t)wanted[count - 1].number - (uint64_t)wanted[0].number;
    return span / SCAN_SPREAD < count;
}

static bool is_number(const struct wh_writer *writer)
{
    return writer->match_count == 1 &&
           writer->kinds[writer->match[0]]->reading.type.kind == WH_KIND_INT;
}

static wh_code find_by_number(struct fetching *fetching)
{
    struct wanted *wanted = NULL;
    size_t count = 0;
    WH_TRY(list_wanted(fetching, &wanted, &count));
    if (count == 0)
        return WH_OK;
    return is_dense(wanted, count) ? scan(fetching, wanted, count) : join(fetching);
}

wh_code wh_postgres_fetch(struct wh_writer *writer, const struct wh_column *columns,
                          const struct wh_selection *selection, struct wh_arena *arena,
                          struct wh_found *found, struct wh_error *err)
{
    WH_CLEANUP(release)
    struct fetching fetching = {.writer = writer,
                                .keys = columns,
                                .selection = selection,
                                .arena = arena,
                                .found = found,
                                .err = err};
    wh_arena_init(&fetching.scratch);
    WH_ASSERT(selection->count <= WH_BATCH_ROWS, err);
    WH_TRY(make_room(&fetching));
    if (selection->count == 0)
        return WH_OK;
    WH_TRY(is_number(writer) ? find_by_number(&fetching) : join(&fetching));
    return read_hits(&fetching);
}

void wh_postgres_fetch_ahead(struct wh_writer *writer, const struct wh_column *columns,
                             const struct wh_selection *selection)
{
    WH_CLEANUP(release)
    struct fetching fetching = {
        .writer = writer, .keys = columns, .selection = selection, .is_ahead = true};
    wh_arena_init(&fetching.scratch);
    for (size_t i = 0; i < WH_COUNT_OF(writer->asked); i++)
        if (writer->asked[i].columns == columns)
            writer->asked[i].columns = NULL;
    if (selection->count == 0 || wh_postgres_is_in_transaction(writer->destination))
        return;
    wh_code rc = is_number(writer) ? find_by_number(&fetching) : join(&fetching);
    if (rc != WH_OK || fetching.number == 0)
        return;
    writer->asked[1] = writer->asked[0];
    writer->asked[0] = asked_rows(&fetching);
}
