/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading rows by their match. Whole numbers that lie close together are read by one scan over
 * their range, merged with the sorted keys; all others are joined with the table as an array.
 */
#include <stdlib.h>

#include "base/error.h"
#include "connect/postgres/copy_out.h"
#include "connect/postgres/wire.h"
#include "connect/postgres/writer/sql.h"
#include "connect/wanted.h"

/* The rows that are read between two looks at what has arrived. */
#define ROWS_A_LOOK 512

struct fetching {
    struct wh_writer *writer;
    const struct wh_column *keys;
    const struct wh_selection *selection;
    struct wh_arena *arena;
    struct wh_arena scratch;
    bool only_versions;
    int64_t from_block; /* rows before it are not looked at */
    bool is_ahead;      /* the statement is sent, its rows are not asked for … */
    unsigned number;    /* … out: its number */
    struct wh_found *found;
    PGresult *result;           /* of the statement that joins */
    struct wh_postgres_row row; /* in hand: the writer's columns and the version */
    bool has_columns;           /* found->columns have room */
    struct wh_error *err;
};

static void release(struct fetching *fetching)
{
    PQclear(fetching->result);
    wh_arena_release(&fetching->scratch);
}

/** For every row up to the last one selected. */
static size_t count_rows(const struct wh_selection *selection)
{
    return selection->count > 0 ? (size_t)selection->rows[selection->count - 1] + 1 : 0;
}

static wh_code make_room(struct fetching *fetching)
{
    struct wh_writer *writer = fetching->writer;
    struct wh_found *found = fetching->found;
    size_t rows = count_rows(fetching->selection);
    *found = (struct wh_found){.tells_same = found->tells_same,
                               .only_versions = found->only_versions,
                               .are_newest = found->are_newest};
    found->is_there = wh_arena_array(fetching->arena, rows, sizeof(*found->is_there));
    if (!found->only_versions)
        found->columns =
            wh_arena_array(fetching->arena, writer->column_count, sizeof(*found->columns));
    fetching->row.fields =
        wh_arena_array(&fetching->scratch, writer->column_count + 1, sizeof(struct wh_str));
    if (found->is_there == NULL || (found->columns == NULL && !found->only_versions) ||
        fetching->row.fields == NULL)
        return wh_error_no_memory(fetching->err, rows);
    if (!writer->table.tells_versions)
        return WH_OK;
    found->versions = wh_arena_array(fetching->arena, rows, sizeof(*found->versions));
    if (found->versions == NULL)
        return wh_error_no_memory(fetching->err, rows * sizeof(*found->versions));
    return WH_OK;
}

/** Where all rows are the same as they are to be, nobody looks at columns. */
static wh_code need_columns(struct fetching *fetching)
{
    struct wh_writer *writer = fetching->writer;
    if (fetching->has_columns)
        return WH_OK;
    for (size_t i = 0; i < writer->column_count; i++)
        WH_TRY(wh_column_init(&fetching->found->columns[i], writer->kinds[i]->reading.type,
                              count_rows(fetching->selection), fetching->arena, fetching->err));
    fetching->has_columns = true;
    return WH_OK;
}

/* ---- what is found --------------------------------------------------------------------------- */

static wh_code read_value(struct fetching *fetching, size_t column, uint16_t row)
{
    struct wh_column *values = &fetching->found->columns[column];
    struct wh_str field = fetching->row.fields[column];
    enum wh_postgres_form form = fetching->writer->kinds[column]->reading.form;
    if (field.ptr != NULL)
        return wh_postgres_read_field(form, field, fetching->arena, values, row, fetching->err);
    WH_TRY(wh_column_need_validity(values, fetching->arena, fetching->err));
    wh_column_set_null(values, row);
    return WH_OK;
}

/** True where the row in hand is, byte by byte, what @p row of the batch would be written as. */
static bool is_same(const struct fetching *fetching, uint16_t row)
{
    const struct wh_writer *writer = fetching->writer;
    for (size_t i = 0; i < writer->column_count; i++)
        if (!wh_postgres_field_is(writer->kinds[i]->reading.form, &fetching->keys[i], row,
                                  fetching->row.fields[i]))
            return false;
    return true;
}

static wh_code read_version(struct fetching *fetching, uint16_t row)
{
    if (fetching->found->versions == NULL)
        return WH_OK;
    struct wh_str version = fetching->row.fields[fetching->row.count - 1];
    WH_ASSERT(version.len == 4, fetching->err);
    fetching->found->versions[row] = wh_wire_get32(version.ptr);
    return WH_OK;
}

/** The row in hand into @p row of the batch. */
static wh_code read_row(struct fetching *fetching, uint16_t row)
{
    struct wh_found *found = fetching->found;
    WH_TRY(read_version(fetching, row));
    found->is_there[row] = WH_FOUND_ROW;
    if (found->only_versions)
        return WH_OK;
    if (found->tells_same && is_same(fetching, row)) {
        found->is_there[row] = WH_FOUND_SAME;
        return WH_OK;
    }
    WH_TRY(need_columns(fetching));
    for (size_t i = 0; i < fetching->writer->column_count; i++)
        WH_TRY(read_value(fetching, i, row));
    return WH_OK;
}

/** Meanwhile the rows of the next batch arrive. */
static void count_row(struct fetching *fetching, size_t rows)
{
    if (rows % ROWS_A_LOOK == 0)
        wh_postgres_let_come(fetching->writer->destination);
}

/** The fields of a row of which @p keys come beside the version where that alone is wanted. */
static size_t count_fields(const struct fetching *fetching, size_t keys)
{
    const struct wh_writer *writer = fetching->writer;
    size_t columns = fetching->only_versions ? keys : writer->column_count;
    return columns + (writer->table.tells_versions ? 1 : 0);
}

/* ---- asking ---------------------------------------------------------------------------------- */

static struct wh_postgres_asked_rows asked_rows(const struct fetching *fetching)
{
    return (struct wh_postgres_asked_rows){.columns = fetching->keys,
                                           .rows = fetching->selection->rows,
                                           .count = fetching->selection->count,
                                           .number = fetching->number,
                                           .session = fetching->writer->destination->session};
}

/** The number of the statement that was sent ahead for the same rows; 0: there is none. Inside a
 *  transaction rows are read as they are now. */
static unsigned take_number(const struct fetching *fetching)
{
    struct wh_writer *writer = fetching->writer;
    struct wh_postgres_asked_rows wanted = asked_rows(fetching);
    unsigned number = 0;
    if (fetching->only_versions)
        return 0;
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

/* ---- by arrays ------------------------------------------------------------------------------- */

static enum wh_postgres_writer_statement joining(const struct fetching *fetching)
{
    return fetching->only_versions ? WH_POSTGRES_VERSIONS : WH_POSTGRES_FETCH;
}

static wh_code ask_joined(struct fetching *fetching)
{
    struct wh_writer *writer = fetching->writer;
    const char *name = writer->names[joining(fetching)];
    struct wh_postgres_params params = wh_postgres_arrays_params(&writer->arrays);
    if (fetching->is_ahead) {
        fetching->number = wh_postgres_send_ahead(writer->destination, name, &params);
        return WH_OK;
    }
    fetching->result = wh_postgres_take_ahead(writer->destination, take_number(fetching));
    if (fetching->result != NULL)
        return WH_OK;
    return wh_postgres_run_prepared(writer->destination, name, &params, &fetching->result,
                                    fetching->err);
}

/** Each row of the result begins with its key's place in the arrays, from 1. */
static wh_code read_joined(struct fetching *fetching)
{
    for (int i = 0; i < PQntuples(fetching->result); i++) {
        int64_t place = 0;
        WH_TRY(wh_postgres_read_int(WH_OID_INT8, wh_postgres_text_at(fetching->result, i, 0),
                                    &place, fetching->err));
        WH_ASSERT(place >= 1 && (size_t)place <= fetching->selection->count, fetching->err);
        for (size_t j = 0; j < fetching->row.count; j++)
            fetching->row.fields[j] = wh_postgres_text_at(fetching->result, i, (int)j + 1);
        WH_TRY(read_row(fetching, fetching->selection->rows[place - 1]));
        count_row(fetching, (size_t)i);
    }
    return WH_OK;
}

static wh_code join(struct fetching *fetching)
{
    struct wh_writer *writer = fetching->writer;
    fetching->row.count = count_fields(fetching, 0);
    WH_TRY(wh_postgres_writer_need(writer, joining(fetching), fetching->err));
    wh_postgres_arrays_reset(&writer->arrays);
    for (size_t i = 0; i < writer->column_count; i++)
        if (writer->is_match[i])
            WH_TRY(wh_postgres_add_array(writer, fetching->keys, i, fetching->selection,
                                         fetching->err));
    WH_TRY(ask_joined(fetching));
    return fetching->is_ahead ? WH_OK : read_joined(fetching);
}

/* ---- by a scan ------------------------------------------------------------------------------- */

/** All rows of the range, as COPY gives them. */
static wh_code ask_range(struct fetching *fetching, const struct wh_postgres_range *range)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    PGresult *begun WH_CLEANUP(wh_postgres_result_release) = NULL;
    struct wh_destination *destination = fetching->writer->destination;
    wh_buf_init(&sql, WH_POSTGRES_MAX_WRITER_SQL);
    WH_TRY(wh_postgres_append_scan(fetching->writer, fetching->only_versions, range, &sql,
                                   fetching->err));
    const char *text = wh_buf_cstr(&sql);
    if (text == NULL)
        return wh_error_no_memory(fetching->err, sql.len);
    if (fetching->is_ahead) {
        fetching->number = wh_postgres_send_copy_ahead(destination, text);
        return WH_OK;
    }
    begun = wh_postgres_take_ahead(destination, take_number(fetching));
    if (begun != NULL)
        return WH_OK;
    WH_TRY(wh_postgres_exec(destination, text, &begun, fetching->err));
    return wh_postgres_copy_out_take(destination, fetching->err);
}

/** Merges the rows of the range with the keys that are asked for. */
static wh_code merge(struct fetching *fetching, struct wh_str rows,
                     const struct wh_wanted_list *wanted)
{
    struct wh_postgres_row *row = &fetching->row;
    size_t match = fetching->writer->match[0];
    Oid type = fetching->writer->kinds[match]->type.oid;
    size_t key = fetching->only_versions ? 0 : match;
    const struct wh_wanted *next = wanted->items;
    const struct wh_wanted *end = next + wanted->count;
    wh_code rc;
    row->count = count_fields(fetching, 1);
    WH_TRY(wh_postgres_copy_out_begin(&rows, fetching->err));
    for (size_t i = 0; (rc = wh_postgres_copy_out_cut(&rows, row, fetching->err)) == WH_OK; i++) {
        int64_t number = 0;
        WH_TRY(wh_postgres_read_int(type, row->fields[key], &number, fetching->err));
        while (next < end && next->number < number)
            next++;
        for (; next < end && next->number == number; next++)
            WH_TRY(read_row(fetching, next->row));
        count_row(fetching, i);
    }
    return rc == WH_END ? WH_OK : rc;
}

static wh_code scan(struct fetching *fetching, const struct wh_wanted_list *wanted)
{
    struct wh_postgres_range range = {.first = wanted->items[0].number,
                                      .last = wanted->items[wanted->count - 1].number,
                                      .from_block = fetching->from_block};
    WH_TRY(ask_range(fetching, &range));
    if (fetching->is_ahead)
        return WH_OK;
    return merge(fetching, wh_buf_str(&fetching->writer->destination->copied_out), wanted);
}

static bool is_number(const struct wh_writer *writer)
{
    return writer->match_count == 1 &&
           writer->kinds[writer->match[0]]->reading.type.kind == WH_KIND_INT;
}

static wh_code find_by_number(struct fetching *fetching)
{
    const struct wh_column *keys = &fetching->keys[fetching->writer->match[0]];
    struct wh_wanted_list wanted;
    WH_TRY(
        wh_wanted_list_make(keys, fetching->selection, &fetching->scratch, &wanted, fetching->err));
    if (wanted.count == 0)
        return WH_OK;
    return wh_wanted_list_is_dense(&wanted) ? scan(fetching, &wanted) : join(fetching);
}

/* ---- the newest ------------------------------------------------------------------------------ */

/* So near to a table's end stands what was inserted last, also where a server makes blocks ahead. */
#define BLOCKS_AT_END 128

static wh_code ask_blocks(struct wh_writer *writer, int64_t *ret, struct wh_error *err)
{
    static const char sql[] = "SELECT pg_catalog.pg_relation_size($1::oid::pg_catalog.regclass) / "
                              "pg_catalog.current_setting('block_size')::pg_catalog.int8";
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    WH_TRY(wh_postgres_ask_about(writer->destination, WH_POSTGRES_SIZE, sql, writer->table.oid,
                                 &rows, err));
    *ret = wh_postgres_number_at(rows, 0, 0);
    return WH_OK;
}

static bool was_found(const struct fetching *fetching)
{
    return fetching->found->is_there[fetching->selection->rows[0]] != WH_FOUND_NOTHING;
}

/** While the key is aside there is no index to find a row by: a row that was just inserted is
 *  looked for at the table's end; where other workers inserted since, behind all that was there
 *  when this was last asked. */
static wh_code find_newest(struct fetching *fetching)
{
    struct wh_writer *writer = fetching->writer;
    int64_t blocks = 0;
    WH_TRY(ask_blocks(writer, &blocks, fetching->err));
    int64_t end = WH_MAX(blocks - BLOCKS_AT_END, INT64_C(0));
    fetching->from_block = WH_MAX(end, writer->newest_from);
    WH_TRY(find_by_number(fetching));
    if (!was_found(fetching) && fetching->from_block > writer->newest_from) {
        fetching->from_block = writer->newest_from;
        WH_TRY(find_by_number(fetching));
    }
    writer->newest_from = end;
    return WH_OK;
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
                                .only_versions = found->only_versions,
                                .found = found,
                                .err = err};
    wh_arena_init(&fetching.scratch);
    WH_ASSERT(selection->count <= WH_BATCH_ROWS, err);
    WH_TRY(make_room(&fetching));
    if (selection->count == 0)
        return WH_OK;
    if (!is_number(writer))
        return join(&fetching);
    bool is_without_index = writer->table.info.key_is_aside && found->are_newest;
    return is_without_index ? find_newest(&fetching) : find_by_number(&fetching);
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
