/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite checks a unique key row by row, also within one statement. So the rows give up their
 * unique values first (NULL, or something that no row has, stands there for a moment), and are then
 * placed one by one. Where one cannot be placed, all is taken back and done again without it: it
 * keeps its old values, which some other row may have wanted.
 */
#include "connect/sqlite/exchange.h"

#include "base/error.h"
#include "connect/claims.h"
#include "connect/sqlite/attempt.h"
#include "connect/sqlite/failure.h"
#include "connect/sqlite/update.h"
#include "connect/sqlite/writer_sql.h"
#include "data/hash.h"

/* Each pass leaves out the rows that the last one could not place. */
#define MAX_PASSES 256

struct exchange {
    struct wh_writer *writer;
    struct wh_write_request *requests;
    size_t count;
    struct wh_error *err;
    bool *placed_columns;  /* those that are bound to place a row */
    bool is_refused;       /* a row of this pass cannot be written */
    struct wh_error *kept; /* why a row could not be set aside */
    struct wh_claims claims;
};

/* Unique columns, and whether a foreign key refers to them: whatever hangs on their values must not
 * see them change twice. An index over expressions names no column. */
static const char unique_sql[] =
    "SELECT DISTINCT i.name, EXISTS (SELECT 1 FROM sqlite_schema AS m, "
    "pragma_foreign_key_list(m.name, 'main') AS f WHERE m.type = 'table' AND f.\"table\" = ?1 "
    "COLLATE NOCASE AND coalesce(f.\"to\", (SELECT t.name FROM pragma_table_info(?1, 'main') AS t "
    "WHERE t.pk = f.seq + 1)) = i.name COLLATE NOCASE) FROM pragma_index_list(?1, 'main') AS l, "
    "pragma_index_info(l.name, 'main') AS i WHERE l.\"unique\" AND i.name IS NOT NULL";

/* ---- which columns --------------------------------------------------------------------------- */

static size_t find_column(const struct wh_writer *writer, const char *name)
{
    for (size_t i = 0; i < writer->column_count; i++)
        if (wh_str_equal_ascii_fold(writer->table.info.columns[writer->columns[i]].name,
                                    wh_str_from(name)))
            return i;
    return SIZE_MAX;
}

static void note_unique(struct wh_writer *writer, sqlite3_stmt *query)
{
    const char *name = (const char *)sqlite3_column_text(query, 0);
    size_t column = find_column(writer, name != NULL ? name : "");
    if (column == SIZE_MAX || writer->is_match[column] || writer->is_insert_only[column])
        return;
    writer->set_aside[column] = sqlite3_column_int(query, 1) == 0;
    writer->is_referred_to[column] = !writer->set_aside[column];
}

static wh_code need_columns(struct wh_writer *writer, struct wh_error *err)
{
    sqlite3_stmt *query WH_CLEANUP(wh_sqlite_statement_release) = NULL;
    if (writer->set_aside != NULL)
        return WH_OK;
    writer->is_referred_to = wh_arena_array(&writer->arena, writer->column_count, sizeof(bool));
    writer->set_aside = wh_arena_array(&writer->arena, writer->column_count, sizeof(bool));
    if (writer->set_aside == NULL || writer->is_referred_to == NULL)
        return wh_error_no_memory(err, writer->column_count);
    WH_TRY(wh_sqlite_compile_with(writer->destination, unique_sql, writer->table.info.name, &query,
                                  err));
    int rc;
    while ((rc = sqlite3_step(query)) == SQLITE_ROW)
        note_unique(writer, query);
    return rc == SQLITE_DONE
               ? WH_OK
               : wh_sqlite_failure(writer->destination->db, rc, err, "unique keys of '%.*s'",
                                   WH_FMT(writer->table.info.name));
}

static bool any_column(const struct wh_writer *writer)
{
    for (size_t i = 0; i < writer->column_count; i++)
        if (writer->set_aside[i])
            return true;
    return false;
}

/* ---- rows ------------------------------------------------------------------------------------ */

typedef wh_code row_function(struct exchange *exchange, struct wh_sqlite_attempt *attempt);

/** Calls @p function for each row that is still to be written. */
static wh_code each_row(struct exchange *exchange, row_function *function)
{
    for (size_t i = 0; i < exchange->count; i++) {
        const struct wh_write_request *request = &exchange->requests[i];
        for (size_t at = 0; at < request->selection->count; at++) {
            struct wh_sqlite_attempt attempt = {.writer = exchange->writer,
                                                .request = request,
                                                .row = request->selection->rows[at],
                                                .err = exchange->err};
            if (request->results[attempt.row] == WH_ROW_WRITTEN)
                WH_TRY(function(exchange, &attempt));
        }
    }
    return WH_OK;
}

static void set_results(const struct exchange *exchange, enum wh_row_result result)
{
    for (size_t i = 0; i < exchange->count; i++)
        for (size_t at = 0; at < exchange->requests[i].selection->count; at++)
            exchange->requests[i].results[exchange->requests[i].selection->rows[at]] =
                (uint8_t)result;
}

/** A row that has to stay as it is, for a reason of its own. */
static void leave_out(struct exchange *exchange, const struct wh_sqlite_attempt *attempt)
{
    attempt->request->results[attempt->row] = WH_ROW_NOT_TRIED;
    *exchange->kept = *exchange->err;
    exchange->is_refused = true;
    wh_error_reset(exchange->err);
}

static wh_code look_at_references(struct exchange *exchange, struct wh_sqlite_attempt *attempt)
{
    const struct wh_writer *writer = exchange->writer;
    const bool *changed =
        wh_sqlite_update_changes(exchange->writer, attempt->request, attempt->row);
    for (size_t i = 0; i < writer->column_count; i++) {
        if (!changed[i] || !writer->is_referred_to[i])
            continue;
        wh_error_set(exchange->err, WH_REFUSED, "foreign keys refer to '%.*s'",
                     WH_FMT(writer->table.info.columns[writer->columns[i]].name));
        leave_out(exchange, attempt);
        return WH_OK;
    }
    return WH_OK;
}

/** Steps the statement, bound, for the row; false in *ret where it was refused, or not there. */
static wh_code step(const struct wh_sqlite_attempt *attempt, bool *ret)
{
    int rc = sqlite3_step(attempt->stmt);
    wh_code code = rc == SQLITE_DONE ? WH_OK : wh_sqlite_attempt_failed(attempt, rc);
    *ret = code == WH_OK && sqlite3_changes(attempt->writer->destination->db) > 0;
    sqlite3_reset(attempt->stmt);
    return code == WH_REFUSED ? WH_OK : code;
}

static wh_code set_row_aside(struct exchange *exchange, struct wh_sqlite_attempt *attempt)
{
    struct wh_writer *writer = exchange->writer;
    bool is_set = false;
    const bool *changed = wh_sqlite_update_changes(writer, attempt->request, attempt->row);
    attempt->stmt = writer->put_aside;
    for (size_t i = 0; i < writer->column_count; i++)
        if (writer->set_aside[i])
            sqlite3_bind_int(attempt->stmt, (int)i + 1, changed[i]);
    wh_code rc = wh_sqlite_attempt_bind_before(attempt);
    if (rc == WH_OK) {
        wh_error_reset(exchange->err);
        rc = step(attempt, &is_set);
    }
    if (rc != WH_OK && rc != WH_REFUSED)
        return rc;
    if (is_set)
        return WH_OK;
    if (exchange->err->code == WH_OK)
        wh_error_set(exchange->err, WH_REFUSED, "the row changed while it was written");
    leave_out(exchange, attempt);
    return WH_OK;
}

static wh_code place_row(struct exchange *exchange, struct wh_sqlite_attempt *attempt)
{
    bool is_placed = false;
    attempt->stmt = exchange->writer->place;
    wh_code rc = wh_sqlite_attempt_bind_new(attempt, exchange->placed_columns);
    if (rc == WH_OK)
        rc = step(attempt, &is_placed);
    if (rc != WH_OK && rc != WH_REFUSED)
        return rc;
    wh_error_reset(exchange->err);
    if (is_placed)
        return WH_OK;
    attempt->request->results[attempt->row] = WH_ROW_REFUSED;
    exchange->is_refused = true;
    return WH_OK;
}

/* ---- passes ---------------------------------------------------------------------------------- */

static wh_code try_pass(struct exchange *exchange)
{
    struct wh_destination *destination = exchange->writer->destination;
    exchange->is_refused = false;
    WH_TRY(wh_sqlite_run(destination, "SAVEPOINT wherry_exchange", exchange->err));
    WH_TRY(each_row(exchange, set_row_aside));
    if (!exchange->is_refused)
        WH_TRY(each_row(exchange, place_row));
    return wh_sqlite_run(destination,
                         exchange->is_refused
                             ? "ROLLBACK TO wherry_exchange; RELEASE wherry_exchange"
                             : "RELEASE wherry_exchange",
                         exchange->err);
}

static wh_code prepare(struct exchange *exchange)
{
    struct wh_writer *writer = exchange->writer;
    WH_TRY(wh_sqlite_writer_need(writer, WH_SQLITE_SET_ASIDE, &writer->put_aside, exchange->err));
    WH_TRY(wh_sqlite_writer_need(writer, WH_SQLITE_PLACE, &writer->place, exchange->err));
    for (size_t i = 0; i < writer->column_count; i++)
        exchange->placed_columns[i] = !writer->is_insert_only[i] || writer->is_match[i];
    return WH_OK;
}

static wh_code refuse_row(struct exchange *exchange, struct wh_sqlite_attempt *attempt)
{
    (void)exchange;
    attempt->request->results[attempt->row] = WH_ROW_REFUSED;
    return WH_OK;
}

/* ---- claims ---------------------------------------------------------------------------------- */

#define CLAIM_SEED UINT64_C(0x77686572727903)

/* A unique key, as wh_claim_hash() needs it. */
struct unique_key {
    const struct wh_writer *writer;
    const struct wh_key_info *info;
};

/** Equal hashes are equal values to SQLite; some that it takes for equal, as a collation has it,
 *  hash apart. */
static uint64_t hash_value(const struct wh_column *column, uint16_t row, uint64_t seed)
{
    enum wh_kind kind = column->type.kind;
    if (kind == WH_KIND_TEXT || kind == WH_KIND_BYTES)
        return wh_hash_bytes(column->values.texts[row], seed);
    if (kind == WH_KIND_NUMERIC) {
        const struct wh_numeric *number = &column->values.numerics[row];
        wh_int128 digits = number->form == WH_NUMERIC_SMALL ? number->value.coefficient : 0;
        struct wh_str bytes = wh_str_make((const char *)&digits, sizeof(digits));
        return number->form == WH_NUMERIC_SMALL ? wh_hash_bytes(bytes, seed + number->scale) : 0;
    }
    size_t size = wh_kind_size(kind);
    return wh_hash_bytes(wh_str_make((const char *)column->values.any + row * size, size), seed);
}

static uint64_t hash_key(const void *key, const struct wh_column *columns, uint16_t row)
{
    const struct unique_key *unique = key;
    uint64_t hash = CLAIM_SEED;
    for (size_t i = 0; i < unique->info->column_count && hash != 0; i++) {
        size_t column = wh_sqlite_writer_column(unique->writer, unique->info->columns[i]);
        bool is_told = column != SIZE_MAX && !wh_column_is_null(&columns[column], row);
        hash = is_told ? hash_value(&columns[column], row, hash) : 0;
    }
    return hash;
}

static void settle_claims(void *ctx, void (*settle)(struct wh_claims *claims))
{
    struct exchange *exchange = ctx;
    struct unique_key key = {.writer = exchange->writer};
    const struct wh_table_info *info = &exchange->writer->table.info;
    for (size_t i = 0; i < info->key_count; i++) {
        key.info = &info->keys[i];
        wh_claims_look(&exchange->claims, hash_key, &key);
        settle(&exchange->claims);
    }
}

static wh_code run_passes(struct exchange *exchange)
{
    set_results(exchange, WH_ROW_WRITTEN);
    WH_TRY(each_row(exchange, look_at_references));
    if (!any_column(exchange->writer))
        return each_row(exchange, refuse_row);
    WH_TRY(prepare(exchange));
    exchange->is_refused = true;
    for (int pass = 0; exchange->is_refused && pass < MAX_PASSES; pass++) {
        WH_TRY(wh_grace_check(exchange->requests[0].grace, WH_CANCEL_AFTER_GROUP, exchange->err));
        WH_TRY(try_pass(exchange));
        if (exchange->is_refused)
            wh_claims_settle(&exchange->claims, settle_claims, exchange);
    }
    return exchange->is_refused ? each_row(exchange, refuse_row) : WH_OK;
}

wh_code wh_sqlite_exchange(struct wh_writer *writer, struct wh_write_request *requests,
                           size_t count, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    struct wh_error error = WH_ERROR_NONE;
    struct wh_error kept = WH_ERROR_NONE;
    struct exchange exchange = {
        .writer = writer, .requests = requests, .count = count, .err = &error, .kept = &kept};
    wh_arena_init(&scratch);
    WH_ASSERT(wh_sqlite_is_in_transaction(writer->destination), err);
    WH_TRY(need_columns(writer, err));
    set_results(&exchange, WH_ROW_NOT_TRIED);
    if (writer->table.info.has_triggers)
        return wh_error_set(err, WH_REFUSED, "the table has triggers");
    exchange.placed_columns = wh_arena_array(&scratch, writer->column_count, sizeof(bool));
    if (exchange.placed_columns == NULL)
        return wh_error_no_memory(err, writer->column_count);
    WH_TRY(wh_claims_init(&exchange.claims, requests, count, writer->is_insert_only,
                          writer->column_count, &scratch, err));
    wh_code rc = run_passes(&exchange);
    const struct wh_error *told = rc != WH_OK ? &error : &kept;
    if (err != NULL && told->code != WH_OK)
        *err = *told;
    return rc != WH_OK ? rc : kept.code;
}
