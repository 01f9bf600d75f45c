/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/writer/around.h"

#include "base/error.h"
#include "connect/postgres/failure.h"
#include "connect/postgres/wire.h"
#include "connect/postgres/writer/sql.h"

#define WRITTEN UINT16_MAX /* in the place of a place: WH_INSERT_ROWS is less */

/** Rows of an insert, and their places in its selection. */
struct sent {
    uint16_t rows[WH_BATCH_ROWS];
    uint16_t places[WH_BATCH_ROWS];
    size_t count;
};

static wh_code collect(const struct wh_writer *writer, size_t first, size_t end, struct sent *sent,
                       struct wh_error *err)
{
    WH_ASSERT(end - first <= WH_BATCH_ROWS, err);
    for (size_t place = first; place < end; place++) {
        if (writer->places[place] != WH_POSTGRES_SENT)
            continue;
        sent->rows[sent->count] = writer->inserts->rows[place];
        sent->places[sent->count++] = (uint16_t)place;
    }
    return WH_OK;
}

static wh_code insert(struct wh_writer *writer, struct sent *sent, PGresult **ret,
                      struct wh_error *err)
{
    WH_TRY(wh_postgres_writer_need(writer, WH_POSTGRES_AROUND, err));
    struct wh_selection rows = {.rows = sent->rows, .count = sent->count};
    wh_postgres_arrays_reset(&writer->arrays);
    for (size_t i = 0; i < writer->column_count; i++)
        WH_TRY(wh_postgres_add_array(writer, writer->values, i, &rows, err));
    struct wh_postgres_params params = wh_postgres_arrays_params(&writer->arrays);
    return wh_postgres_run_prepared(writer->destination, writer->names[WH_POSTGRES_AROUND], &params,
                                    ret, err);
}

/** Values that are not in the table as they were sent are found by no match. */
static wh_code refuse_untold(struct wh_error *err)
{
    return wh_error_set(err, WH_REFUSED, "the server does not tell which rows it wrote");
}

static wh_code read_number(const PGresult *outcomes, int at, int column, int64_t *ret,
                           struct wh_error *err)
{
    return wh_postgres_read_int(WH_OID_INT8, wh_postgres_text_at(outcomes, at, column), ret, err);
}

/** Marks the places of those that were written, each of which is told by one row alone. */
static wh_code mark_written(const PGresult *outcomes, struct sent *sent, struct wh_error *err)
{
    int64_t written = 0;
    int64_t told = 0;
    for (int i = 0; i < PQntuples(outcomes); i++) {
        int64_t n = 0;
        int64_t number = 0;
        if (PQgetisnull(outcomes, i, 0))
            return refuse_untold(err);
        if (PQgetisnull(outcomes, i, 1))
            continue;
        WH_TRY(read_number(outcomes, i, 0, &n, err));
        WH_TRY(read_number(outcomes, i, 1, &number, err));
        WH_ASSERT(n >= 1 && (size_t)n <= sent->count, err);
        if (sent->places[n - 1] == WRITTEN)
            return refuse_untold(err);
        sent->places[n - 1] = WRITTEN;
        written = WH_MAX(written, number);
        told++;
    }
    return written == told ? WH_OK : refuse_untold(err);
}

/** COPY may do what this statement cannot. */
static wh_code as_refusal(wh_code rc, struct wh_error *err)
{
    if (!wh_postgres_may_be_a_rows(rc, err->sqlstate))
        return rc;
    err->code = WH_REFUSED;
    err->retry = WH_RETRY_ITEM;
    return WH_REFUSED;
}

wh_code wh_postgres_write_around(struct wh_writer *writer, size_t first, size_t end,
                                 size_t *ret_left, struct wh_error *err)
{
    PGresult *outcomes WH_CLEANUP(wh_postgres_result_release) = NULL;
    struct sent sent = {.count = 0};
    *ret_left = 0;
    WH_TRY(collect(writer, first, end, &sent, err));
    if (sent.count == 0)
        return WH_OK;
    struct wh_error own = WH_ERROR_NONE;
    struct wh_error *told = err != NULL ? err : &own; /* what the server said of it counts */
    wh_code rc = insert(writer, &sent, &outcomes, told);
    if (rc != WH_OK)
        return as_refusal(rc, told);
    WH_TRY(mark_written(outcomes, &sent, err));
    for (size_t i = 0; i < sent.count; i++) {
        if (sent.places[i] == WRITTEN)
            continue;
        writer->places[sent.places[i]] = WH_POSTGRES_PUT_OFF;
        ++*ret_left;
    }
    return WH_OK;
}
