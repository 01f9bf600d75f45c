/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/writer/copy.h"

#include "base/error.h"
#include "connect/postgres/copy_in.h"
#include "connect/postgres/failure.h"
#include "connect/postgres/wire.h"
#include "connect/postgres/writer/refusal.h"
#include "connect/postgres/writer/sql.h"
#include "data/text.h"

#define PIECE_ROWS 256 /* what is encoded at once */
#define COUNT_SIZE 2
#define ROWS_AHEAD 8 /* whose memory is asked for */

/* ---- encoding -------------------------------------------------------------------------------- */

static wh_code encode_row_in_binary(struct wh_writer *writer, const struct wh_column *columns,
                                    size_t row, struct wh_error *err)
{
    struct wh_buf *rows = &writer->rows;
    size_t size = COUNT_SIZE;
    for (size_t i = 0; i < writer->column_count; i++)
        size += wh_postgres_field_size(writer->copy_in_forms[i], &columns[i], row);
    WH_TRY(wh_buf_reserve(rows, size, err));
    char *at = wh_wire_put16(rows->ptr + rows->len, (uint16_t)writer->column_count);
    for (size_t i = 0; i < writer->column_count; i++)
        at = wh_postgres_put_field(writer->copy_in_forms[i], &columns[i], row, at);
    rows->len = (size_t)(at - rows->ptr);
    return WH_OK;
}

/** The canonical text of a value, as COPY takes it: what it would read as its own is escaped. */
static wh_code encode_text(struct wh_buf *rows, struct wh_str text, struct wh_error *err)
{
    static const char marks[] = "\\\n\r\t";
    static const char names[] = "\\nrt";
    WH_TRY(wh_buf_reserve(rows, 2 * text.len + 1, err));
    char *at = rows->ptr + rows->len;
    for (size_t i = 0; i < text.len; i++) {
        const char *mark = memchr(marks, text.ptr[i], sizeof(marks) - 1);
        if (mark != NULL)
            *at++ = '\\';
        *at++ = mark != NULL ? names[mark - marks] : text.ptr[i];
    }
    rows->len = (size_t)(at - rows->ptr);
    return WH_OK;
}

static wh_code encode_row_in_text(struct wh_writer *writer, const struct wh_column *columns,
                                  size_t row, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    wh_arena_init(&scratch);
    for (size_t i = 0; i < writer->column_count; i++) {
        struct wh_str text = WH_STR("");
        if (i > 0)
            WH_TRY(wh_buf_append_byte(&writer->rows, '\t', err));
        if (wh_column_is_null(&columns[i], row)) {
            WH_TRY(wh_buf_append_str(&writer->rows, WH_STR("\\N"), err));
            continue;
        }
        if (wh_value_print(&columns[i], row, &scratch, &text) != WH_FAULT_NONE)
            return wh_error_no_memory(err, WH_DOUBLE_SIZE);
        WH_TRY(encode_text(&writer->rows, text, err));
    }
    return wh_buf_append_byte(&writer->rows, '\n', err);
}

static wh_code encode_row(struct wh_writer *writer, const struct wh_column *columns, size_t row,
                          struct wh_error *err)
{
    return writer->copies_text ? encode_row_in_text(writer, columns, row, err)
                               : encode_row_in_binary(writer, columns, row, err);
}

void wh_postgres_copy_begin(struct wh_writer *writer, const struct wh_write_request *insert)
{
    writer->insert = insert;
    writer->values = insert->columns;
    writer->inserts = insert->selection;
    writer->encoded = 0;
    writer->starts[0] = 0;
    wh_buf_reset_huge(&writer->rows);
    memset(writer->places, WH_POSTGRES_SENT, insert->selection->count);
}

void wh_postgres_copy_again(struct wh_writer *writer, size_t place)
{
    writer->encoded = place;
    writer->starts[place] = 0;
    wh_buf_reset(&writer->rows);
}

/** Rows that were brought into another order have their texts all over the group's memory. */
static void prefetch_texts(const struct wh_writer *writer, size_t place)
{
    if (place >= writer->inserts->count)
        return;
    size_t row = writer->inserts->rows[place];
    for (size_t i = 0; i < writer->column_count; i++)
        if (writer->kinds[i]->reading.form == WH_FORM_BYTES &&
            !wh_column_is_null(&writer->values[i], row))
            __builtin_prefetch(writer->values[i].values.texts[row].ptr);
}

/** What was sent before is kept: it may have to be sent again. */
static wh_code encode_until(struct wh_writer *writer, size_t end, struct wh_error *err)
{
    for (; writer->encoded < end; writer->encoded++) {
        prefetch_texts(writer, writer->encoded + ROWS_AHEAD);
        WH_TRY(encode_row(writer, writer->values, writer->inserts->rows[writer->encoded], err));
        writer->starts[writer->encoded + 1] = writer->rows.len;
    }
    return WH_OK;
}

/* ---- sending --------------------------------------------------------------------------------- */

/** Sends runs of the rows that are to be sent. */
static wh_code send_new(struct wh_writer *writer, struct wh_postgres_copy_in *copy, size_t first,
                        size_t end, struct wh_error *err)
{
    while (first < end) {
        size_t last = first;
        while (last < end && writer->places[last] == WH_POSTGRES_SENT)
            last++;
        size_t start = writer->starts[first];
        WH_TRY(wh_postgres_copy_in_send(copy, writer->rows.ptr + start,
                                        writer->starts[last] - start, err));
        for (first = last; first < end && writer->places[first] != WH_POSTGRES_SENT;)
            first++;
    }
    return WH_OK;
}

void wh_postgres_tell_most_sent(const struct wh_writer *writer)
{
    if (writer->insert->most_sent != NULL)
        writer->insert->most_sent(writer->insert->most_sent_ctx);
}

/** The server works on what was sent while the next rows are encoded. */
static wh_code send_rows(struct wh_writer *writer, struct wh_postgres_copy_in *copy, size_t first,
                         size_t end, struct wh_error *err)
{
    size_t most = end - (end - first) / 16;
    if (!writer->copies_text)
        WH_TRY(wh_postgres_copy_in_header(copy, err));
    for (size_t piece; first < end; first = piece) {
        piece = WH_MIN(end, first + PIECE_ROWS);
        WH_TRY(encode_until(writer, piece, err));
        WH_TRY(send_new(writer, copy, first, piece, err));
        if (piece >= most)
            wh_postgres_tell_most_sent(writer);
    }
    if (!writer->copies_text)
        WH_TRY(wh_postgres_copy_in_trailer(copy, err));
    return wh_postgres_copy_in_finish(copy, NULL, err);
}

/* ---- answers --------------------------------------------------------------------------------- */

/** Takes all results of the COPY of places @p first to before @p end;
 *  the first that failed is what it came to. */
static wh_code take_results(struct wh_writer *writer, size_t first, size_t end,
                            struct wh_postgres_copy_outcome *ret, struct wh_error *err)
{
    PGconn *conn = writer->destination->conn;
    wh_code rc = WH_OK;
    PGresult *next;
    for (;;) {
        PGresult *result WH_CLEANUP(wh_postgres_result_release) = NULL;
        wh_code came =
            wh_postgres_next_result(writer->destination, &next, rc == WH_OK ? err : NULL);
        if (came != WH_OK && rc == WH_OK)
            return came;
        if (next == NULL)
            break;
        if (rc != WH_OK) {
            PQclear(next);
            continue;
        }
        if (PQresultStatus(next) == PGRES_FATAL_ERROR)
            ret->bad_place = wh_postgres_refused_place(writer, next, first, end);
        rc = wh_postgres_take(writer->destination, next, &result, err);
        int64_t rows = 0;
        if (rc == WH_OK && wh_int_parse(wh_str_from(PQcmdTuples(result)), &rows) == WH_FAULT_NONE)
            ret->rows = (uint64_t)rows;
    }
    if (rc == WH_OK && PQstatus(conn) != CONNECTION_OK)
        return wh_postgres_connection_failure(conn, err);
    return rc;
}

wh_code wh_postgres_copy(struct wh_writer *writer, size_t first, size_t end,
                         struct wh_postgres_copy_outcome *ret, struct wh_error *err)
{
    struct wh_postgres_copy_in copy;
    *ret = (struct wh_postgres_copy_outcome){.bad_place = SIZE_MAX};
    WH_TRY(wh_postgres_writer_need_copy(writer, err));
    WH_TRY(wh_postgres_copy_in_begin(&copy, writer->destination,
                                     writer->copy[writer->savepoint].ptr, err));
    wh_code rc = send_rows(writer, &copy, first, end, err);
    wh_postgres_copy_in_close(&copy);
    return rc == WH_OK ? take_results(writer, first, end, ret, err) : rc;
}
