/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/append.h"

#include <stdlib.h>

#include "base/error.h"
#include "connect/postgres/copy_in.h"
#include "connect/postgres/wire.h"
#include "sql/ledger_sql.h"

#define MAX_SQL ((size_t)4096)
#define MAX_ROWS ((size_t)1 << 30)
#define ROWS_AT_ONCE ((size_t)128 << 10) /* bytes: the server is woken by each message */
#define KEPT_SIZE ((size_t)64 << 10)     /* of the memory that one row's references took */

#define COUNT_SIZE 2
#define LENGTH_SIZE 4
#define INT_SIZE 8

struct wh_append {
    struct wh_postgres_copy_in copy;
    struct wh_buf rows;    /* that are not sent yet */
    struct wh_arena arena; /* texts of one row that hold references */
};

static wh_code begin(struct wh_append *append, struct wh_destination *destination,
                     const char *table, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    wh_buf_init(&sql, MAX_SQL);
    WH_TRY(wh_buf_append_str(&sql, WH_STR("COPY "), err));
    WH_TRY(wh_sql_append_ledger(&sql, &wh_sql_postgres, table, err));
    WH_TRY(wh_buf_append_str(&sql, WH_STR(" FROM STDIN (FORMAT binary)"), err));
    const char *text = wh_buf_cstr(&sql);
    if (text == NULL)
        return wh_error_no_memory(err, sql.len);
    return wh_postgres_copy_in_begin(&append->copy, destination, text, err);
}

wh_code wh_postgres_append_open(struct wh_destination *destination, const char *table,
                                struct wh_append **ret, struct wh_error *err)
{
    struct wh_append *append = calloc(1, sizeof(*append));
    if (append == NULL)
        return wh_error_no_memory(err, sizeof(*append));
    wh_buf_init(&append->rows, MAX_ROWS);
    wh_arena_init(&append->arena);
    wh_code rc = begin(append, destination, table, err);
    if (rc == WH_OK)
        rc = wh_postgres_copy_in_header(&append->copy, err);
    if (rc != WH_OK) {
        WH_IGNORE(wh_postgres_append_close(append, false, NULL), "the first error counts");
        return rc;
    }
    *ret = append;
    return WH_OK;
}

static size_t field_size(const struct wh_param *field)
{
    if (field->kind == WH_PARAM_NULL)
        return LENGTH_SIZE;
    return LENGTH_SIZE + (field->kind == WH_PARAM_INT ? INT_SIZE : field->bytes.len);
}

static char *put_field(char *at, const struct wh_param *field)
{
    size_t size = field_size(field) - LENGTH_SIZE;
    if (field->kind == WH_PARAM_NULL)
        return wh_wire_put32(at, UINT32_MAX);
    at = wh_wire_put32(at, (uint32_t)size);
    if (field->kind == WH_PARAM_INT)
        return wh_wire_put64(at, (uint64_t)field->number);
    if (size > 0)
        memcpy(at, field->bytes.ptr, size);
    return at + size;
}

static wh_code send_rows(struct wh_append *append, struct wh_error *err)
{
    struct wh_str rows = wh_buf_str(&append->rows);
    wh_code rc = wh_postgres_copy_in_send(&append->copy, rows.ptr, rows.len, err);
    wh_buf_reset_huge(&append->rows);
    return rc;
}

static wh_code add_row(struct wh_append *append, const struct wh_param *row, size_t count,
                       struct wh_error *err)
{
    size_t size = COUNT_SIZE;
    for (size_t i = 0; i < count; i++)
        size += field_size(&row[i]);
    WH_TRY(wh_buf_reserve(&append->rows, size, err));
    char *at = wh_wire_put16(append->rows.ptr + append->rows.len, (uint16_t)count);
    for (size_t i = 0; i < count; i++)
        at = put_field(at, &row[i]);
    append->rows.len += size;
    return append->rows.len < ROWS_AT_ONCE ? WH_OK : send_rows(append, err);
}

/** A row of texts in which references stand for characters that the database lacks. */
static wh_code add_with_references(struct wh_append *append, const struct wh_param *row,
                                   size_t count, struct wh_error *err)
{
    wh_arena_reset(&append->arena, KEPT_SIZE);
    struct wh_param *written = wh_arena_array(&append->arena, count, sizeof(*written));
    if (written == NULL)
        return wh_error_no_memory(err, count * sizeof(*written));
    memcpy(written, row, count * sizeof(*written));
    for (size_t i = 0; i < count; i++)
        if (row[i].kind == WH_PARAM_TEXT)
            WH_TRY(wh_postgres_write_references(append->copy.destination->repertoire, row[i].bytes,
                                                &append->arena, &written[i].bytes, err));
    return add_row(append, written, count, err);
}

wh_code wh_postgres_append_row(struct wh_append *append, const struct wh_param *row, size_t count,
                               struct wh_error *err)
{
    return append->copy.destination->repertoire == NULL
               ? add_row(append, row, count, err)
               : add_with_references(append, row, count, err);
}

/** What becomes of the COPY; where the connection failed, nothing can be said any more. */
static wh_code finish(struct wh_append *append, bool is_whole, struct wh_error *err)
{
    struct wh_destination *destination = append->copy.destination;
    PGresult *result WH_CLEANUP(wh_postgres_result_release) = NULL;
    if (destination == NULL)
        return WH_OK;
    wh_code rc = is_whole ? send_rows(append, err) : WH_OK;
    if (rc == WH_OK && is_whole)
        rc = wh_postgres_copy_in_trailer(&append->copy, err);
    if (rc == WH_OK)
        rc = wh_postgres_copy_in_finish(&append->copy, is_whole ? NULL : "given up", err);
    wh_postgres_copy_in_close(&append->copy);
    return rc == WH_OK ? wh_postgres_await(destination, 1, &result, err) : rc;
}

wh_code wh_postgres_append_close(struct wh_append *append, bool is_whole, struct wh_error *err)
{
    wh_code rc = finish(append, is_whole, err);
    wh_arena_release(&append->arena);
    wh_buf_release(&append->rows);
    free(append);
    return rc;
}
