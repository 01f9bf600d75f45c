/* SPDX-License-Identifier: Apache-2.0 */
/* The statements that read a source. */
#include "base/error.h"
#include "connect/postgres/source/chunk.h"
#include "sql/create_table.h"
#include "sql/quote.h"

static wh_code append(struct wh_buf *sql, const char *text, struct wh_error *err)
{
    return wh_buf_append_str(sql, wh_str_from(text), err);
}

/* ---- what is read ---------------------------------------------------------------------------- */

wh_code wh_postgres_source_append_text(const struct wh_postgres_source *source, size_t column,
                                       struct wh_str value, struct wh_buf *sql,
                                       struct wh_error *err)
{
    /* A cast to text may be another function than the one that prints values:
     * inet has such a one. */
    WH_TRY(
        wh_buf_printf(sql, err, "pg_catalog.textin(%.*s(", WH_FMT(source->kinds[column].output)));
    WH_TRY(wh_buf_append_str(sql, value, err));
    return append(sql, "))", err);
}

static wh_code append_column(const struct wh_postgres_source *source, size_t column,
                             struct wh_buf *sql, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf name;
    wh_buf_init(&name, WH_POSTGRES_MAX_SQL);
    WH_TRY(wh_sql_append_name(&name, source->columns[column].name, err));
    if (source->kinds[column].is_readable)
        return wh_buf_append_str(sql, wh_buf_str(&name), err);
    return wh_postgres_source_append_text(source, column, wh_buf_str(&name), sql, err);
}

/** The query stands on lines of its own: it may end in a comment. */
static wh_code append_from(const struct wh_postgres_source *source, struct wh_buf *sql,
                           struct wh_error *err)
{
    WH_TRY(append(sql, " FROM ", err));
    if (source->query.ptr == NULL)
        return wh_buf_append_str(sql, source->relation.sql_name, err);
    WH_TRY(append(sql, "(\n", err));
    WH_TRY(wh_buf_append_str(sql, source->query, err));
    return append(sql, "\n) AS q", err);
}

wh_code wh_postgres_source_append_count(const struct wh_postgres_source *source, struct wh_buf *sql,
                                        struct wh_error *err)
{
    WH_TRY(append(sql, "SELECT pg_catalog.count(*)", err));
    return append_from(source, sql, err);
}

wh_code wh_postgres_source_make_body(struct wh_postgres_source *source, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    wh_buf_init(&sql, WH_POSTGRES_MAX_SQL);
    for (size_t i = 0; i < source->info.column_count; i++) {
        WH_TRY(append(&sql, i == 0 ? "SELECT " : ", ", err));
        WH_TRY(append_column(source, i, &sql, err));
    }
    if (source->order == WH_POSTGRES_BY_CTID)
        WH_TRY(append(&sql, ", ctid", err));
    WH_TRY(append_from(source, &sql, err));
    return wh_arena_copy(&source->arena, wh_buf_str(&sql), &source->body, err);
}

/* ---- a chunk of it --------------------------------------------------------------------------- */

/** A value of the key's first column, or a place in the table. */
static wh_code append_end(const struct wh_postgres_source *source, struct wh_str end,
                          struct wh_buf *sql, struct wh_error *err)
{
    if (source->order == WH_POSTGRES_BY_NUMBER)
        return wh_buf_append_str(sql, end, err);
    if (source->order == WH_POSTGRES_BY_CTID)
        return wh_buf_printf(sql, err, "'(%.*s,0)'::pg_catalog.tid", WH_FMT(end));
    WH_TRY(wh_sql_append_text(sql, end, err));
    return wh_buf_printf(sql, err, "::%.*s", WH_FMT(source->kinds[source->info.order[0]].sql_type));
}

static wh_code append_subject(const struct wh_postgres_source *source, struct wh_buf *sql,
                              struct wh_error *err)
{
    if (source->order == WH_POSTGRES_BY_CTID)
        return append(sql, "ctid", err);
    return wh_sql_append_name(sql, source->columns[source->info.order[0]].name, err);
}

/** Of texts those that are the same to the byte: a collation may take others for equal. */
static wh_code append_same(const struct wh_postgres_source *source,
                           const struct wh_postgres_chunk *chunk, struct wh_buf *sql,
                           struct wh_error *err)
{
    for (size_t i = 0; i < chunk->same_count; i++) {
        WH_CLEANUP(wh_buf_release) struct wh_buf name;
        size_t column = source->info.order[i];
        bool is_number = source->types[column].kind == WH_KIND_INT;
        wh_buf_init(&name, WH_POSTGRES_MAX_SQL);
        WH_TRY(wh_sql_append_name(&name, source->columns[column].name, err));
        struct wh_str quoted = wh_buf_str(&name);
        WH_TRY(wh_buf_printf(sql, err, "%s%.*s = ", i == 0 ? " WHERE " : " AND ", WH_FMT(quoted)));
        if (is_number) {
            WH_TRY(wh_buf_append_str(sql, chunk->same[i], err));
            continue;
        }
        WH_TRY(wh_sql_append_text(sql, chunk->same[i], err));
        if (source->kinds[column].reading.form == WH_FORM_UUID) {
            WH_TRY(append(sql, "::pg_catalog.uuid", err));
            continue;
        }
        WH_TRY(wh_buf_printf(
            sql, err, " AND %.*s::pg_catalog.text COLLATE pg_catalog.\"C\" = ", WH_FMT(quoted)));
        WH_TRY(wh_sql_append_text(sql, chunk->same[i], err));
    }
    return WH_OK;
}

static wh_code append_condition(const struct wh_postgres_source *source,
                                const struct wh_postgres_chunk *chunk, struct wh_buf *sql,
                                struct wh_error *err)
{
    const char *word = " WHERE ";
    if (chunk->same_count > 0)
        return append_same(source, chunk, sql, err);
    if (chunk->first.ptr != NULL) {
        WH_TRY(append(sql, word, err));
        WH_TRY(append_subject(source, sql, err));
        WH_TRY(append(sql, " >= ", err));
        WH_TRY(append_end(source, chunk->first, sql, err));
        word = " AND ";
    }
    if (chunk->last.ptr == NULL)
        return WH_OK;
    WH_TRY(append(sql, word, err));
    WH_TRY(append_subject(source, sql, err));
    WH_TRY(append(sql, " < ", err));
    return append_end(source, chunk->last, sql, err);
}

bool wh_postgres_source_takes(const struct wh_postgres_source *source, struct wh_str text)
{
    const char *encoding = PQparameterStatus(source->connection->conn, "server_encoding");
    bool takes_all = encoding != NULL && strcmp(encoding, "UTF8") == 0;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '\0' || (!takes_all && (unsigned char)text.ptr[i] >= 0x80))
            return false;
    return true;
}

/** A collation may take other texts for equal, too: what comes is looked at again. */
static wh_code append_comparison(const struct wh_postgres_source *source,
                                 const struct wh_record_condition *condition, struct wh_buf *sql,
                                 struct wh_error *err)
{
    const struct wh_postgres_column *kind = &source->kinds[condition->column];
    bool is_number = kind->is_readable && kind->reading.type.kind == WH_KIND_INT;
    bool is_text = kind->is_readable && strcmp(condition->operator_name, "=") == 0 &&
                   (kind->type.oid == WH_OID_TEXT || kind->type.oid == WH_OID_VARCHAR) &&
                   wh_postgres_source_takes(source, condition->value);
    if (!is_number && !is_text)
        return WH_OK;
    WH_TRY(append(sql, sql->len > 0 ? " AND " : "", err));
    WH_TRY(wh_sql_append_name(sql, source->columns[condition->column].name, err));
    WH_TRY(wh_buf_printf(sql, err, " %s ", condition->operator_name));
    return is_number ? wh_buf_append_str(sql, condition->value, err)
                     : wh_sql_append_text(sql, condition->value, err);
}

wh_code wh_postgres_source_leave_out(struct wh_source *opened,
                                     const struct wh_record_condition *conditions, size_t count,
                                     struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    struct wh_postgres_source *source = wh_postgres_source_from(opened);
    wh_buf_init(&sql, WH_POSTGRES_MAX_SQL);
    for (size_t i = 0; i < count; i++)
        WH_TRY(append_comparison(source, &conditions[i], &sql, err));
    return wh_arena_copy(&source->arena, wh_buf_str(&sql), &source->condition, err);
}

wh_code wh_postgres_source_copy(const struct wh_postgres_source *source,
                                const struct wh_postgres_chunk *chunk, struct wh_buf *sql,
                                struct wh_error *err)
{
    WH_TRY(append(sql, "COPY (", err));
    WH_TRY(wh_buf_append_str(sql, source->body, err));
    size_t before = sql->len;
    WH_TRY(append_condition(source, chunk, sql, err));
    if (source->condition.len > 0) {
        WH_TRY(append(sql, sql->len > before ? " AND " : " WHERE ", err));
        WH_TRY(wh_buf_append_str(sql, source->condition, err));
    }
    /* Rows in a range of ctids come in their order without being asked: there is no other way to
     * them. */
    if (source->order == WH_POSTGRES_BY_NUMBER || source->order == WH_POSTGRES_BY_KEY) {
        WH_TRY(append(sql, " ORDER BY ", err));
        WH_TRY(wh_sql_append_columns(sql, &source->info, source->info.order,
                                     source->info.order_count, err));
    }
    return append(sql, ") TO STDOUT (FORMAT binary)", err);
}
