/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A unique index is checked row by row. So the rows give up their unique values first (NULL, or
 * something that no row has, stands there for a moment), and are then written as any update. Where
 * one cannot be written, all is taken back and done again without it: it keeps its old values,
 * which some other row may have wanted.
 */
#include "connect/postgres/writer/exchange.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/buf.h"
#include "base/error.h"
#include "connect/claims.h"
#include "connect/postgres/writer/doubt.h"
#include "sql/create_table.h"

/* Each pass leaves out the rows that the last one could not write. */
#define MAX_PASSES 64

#define MAX_SQL (1u << 20)

/* What stands in the place of a text that no row has: random hexadecimal digits, as many at
 * least. */
#define LEAST_DIGITS 12
#define MOST_DIGITS 32

/** What stands in a unique column for a moment. */
enum stopgap {
    STOPGAP_NONE = 0, /* the column keeps its value */
    STOPGAP_NULL,
    STOPGAP_NUMBER, /* below the least in the table, and of those that rows are to get */
    STOPGAP_DIGITS,
    STOPGAP_UUID
};

struct exchange {
    struct wh_writer *writer;
    struct wh_write_request *requests;
    size_t count;
    uint8_t *stopgaps; /* enum stopgap, one a writer column */
    int64_t *numbers;  /* likewise: the next one below */
    struct wh_column *
        *bare; /* by request: the writer's columns, as rows are when they have given theirs up */
    uint8_t *results; /* of one write */
    struct wh_claims claims;
    struct wh_arena arena;
    bool is_refused;      /* a row of this pass cannot be written */
    struct wh_error kept; /* why a row could not give its values up */
    struct wh_error *err;
};

/* ---- which columns --------------------------------------------------------------------------- */

/* Unique columns that no foreign key refers to: whatever hangs on their values must not see them
 * change twice. Servers before 15 know no NULLs that are equal. */
static const char unique_sql[] =
    "SELECT a.attname, NOT a.attnotnull AND NOT "
    "pg_catalog.bool_or(coalesce((pg_catalog.to_jsonb(i) "
    "->> 'indnullsnotdistinct')::pg_catalog.bool, false)) FROM pg_catalog.pg_index i "
    "JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY "
    "((i.indkey::pg_catalog.int2[])[0:i.indnkeyatts - 1]) WHERE i.indrelid = $1::pg_catalog.oid "
    "AND i.indisunique AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint k "
    "WHERE k.contype = 'f' AND k.confrelid = i.indrelid AND a.attnum = ANY (k.confkey)) "
    "GROUP BY a.attname, a.attnotnull";

static size_t find_column(const struct wh_writer *writer, struct wh_str name)
{
    for (size_t i = 0; i < writer->column_count; i++)
        if (wh_str_equal(writer->table.info.columns[writer->columns[i]].name, name))
            return i;
    return SIZE_MAX;
}

static enum stopgap choose_stopgap(const struct wh_postgres_column *kind, bool takes_null)
{
    struct wh_type type = kind->reading.type;
    if (takes_null)
        return STOPGAP_NULL;
    if (!kind->is_readable)
        return STOPGAP_NONE;
    if (type.kind == WH_KIND_INT)
        return STOPGAP_NUMBER;
    if (kind->reading.form == WH_FORM_UUID)
        return STOPGAP_UUID;
    bool is_text = kind->type.oid == WH_OID_TEXT || kind->type.oid == WH_OID_VARCHAR;
    return is_text && (type.length == 0 || type.length >= LEAST_DIGITS) ? STOPGAP_DIGITS
                                                                        : STOPGAP_NONE;
}

static int64_t least_of(Oid type)
{
    return type == WH_OID_INT2 ? INT16_MIN : type == WH_OID_INT4 ? INT32_MIN : INT64_MIN;
}

/** The least number that a row is to get. */
static int64_t least_wanted(const struct exchange *exchange, size_t column)
{
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < exchange->count; i++) {
        const struct wh_write_request *request = &exchange->requests[i];
        const struct wh_column *values = &request->columns[column];
        for (size_t at = 0; at < request->selection->count; at++)
            if (!wh_column_is_null(values, request->selection->rows[at]))
                least = WH_MIN(least, values->values.ints[request->selection->rows[at]]);
    }
    return least;
}

/** Numbers below those in the table and those that are wanted; where there are too few, the column
 *  keeps its values. */
static wh_code find_numbers(struct exchange *exchange, size_t column)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    const struct wh_writer *writer = exchange->writer;
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    size_t most = exchange->count * (size_t)WH_BATCH_ROWS;
    wh_buf_init(&sql, MAX_SQL);
    WH_TRY(wh_buf_append_str(&sql, WH_STR("SELECT pg_catalog.min("), exchange->err));
    WH_TRY(wh_sql_append_columns(&sql, &writer->table.info, &writer->columns[column], 1,
                                 exchange->err));
    WH_TRY(wh_buf_printf(&sql, exchange->err, ") FROM %.*s", WH_FMT(writer->table.sql_name)));
    const char *text = wh_buf_cstr(&sql);
    if (text == NULL)
        return wh_error_no_memory(exchange->err, sql.len);
    WH_TRY(wh_postgres_query(writer->destination, text, NULL, 0, &rows, exchange->err));
    exchange->numbers[column] =
        WH_MIN(wh_postgres_number_at(rows, 0, 0), least_wanted(exchange, column));
    if (exchange->numbers[column] < least_of(writer->kinds[column]->type.oid) + (int64_t)most)
        exchange->stopgaps[column] = STOPGAP_NONE;
    return WH_OK;
}

static wh_code choose_columns(struct exchange *exchange, bool *ret_any)
{
    const struct wh_writer *writer = exchange->writer;
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    WH_TRY(wh_postgres_query_about(writer->destination, unique_sql, writer->table.oid, &rows,
                                   exchange->err));
    *ret_any = false;
    for (int i = 0; i < PQntuples(rows); i++) {
        size_t column = find_column(writer, wh_postgres_text_at(rows, i, 0));
        if (column == SIZE_MAX || writer->is_match[column] || writer->is_insert_only[column])
            continue;
        exchange->stopgaps[column] =
            (uint8_t)choose_stopgap(writer->kinds[column], wh_postgres_is_true_at(rows, i, 1));
        if (exchange->stopgaps[column] == STOPGAP_NUMBER)
            WH_TRY(find_numbers(exchange, column));
        *ret_any |= exchange->stopgaps[column] != STOPGAP_NONE;
    }
    return WH_OK;
}

/* ---- what stands there for a moment ---------------------------------------------------------- */

static wh_code make_text(struct exchange *exchange, size_t column, struct wh_str *ret)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t random[MOST_DIGITS];
    char text[MOST_DIGITS + 1];
    bool is_uuid = exchange->stopgaps[column] == STOPGAP_UUID;
    int32_t stated = exchange->writer->kinds[column]->reading.type.length;
    size_t length = stated > 0 ? WH_MIN((size_t)stated, (size_t)MOST_DIGITS) : MOST_DIGITS;
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return wh_error_set(exchange->err, WH_IO, "no random bytes from the system");
    for (size_t i = 0; i < sizeof(random); i++)
        text[i] = digits[random[i] & 15];
    text[MOST_DIGITS] = '\0';
    if (is_uuid)
        return wh_arena_format(&exchange->arena, ret, exchange->err, "%.8s-%.4s-%.4s-%.4s-%.12s",
                               text, text + 8, text + 12, text + 16, text + 20);
    return wh_arena_copy(&exchange->arena, wh_str_make(text, length), ret, exchange->err);
}

static wh_code fill_stopgap(struct exchange *exchange, size_t column, uint16_t row,
                            struct wh_column *bare)
{
    switch ((enum stopgap)exchange->stopgaps[column]) {
    case STOPGAP_NULL:
        wh_column_set_null(bare, row);
        return WH_OK;
    case STOPGAP_NUMBER:
        bare->values.ints[row] = --exchange->numbers[column];
        return WH_OK;
    case STOPGAP_DIGITS:
    case STOPGAP_UUID:
        return make_text(exchange, column, &bare->values.texts[row]);
    case STOPGAP_NONE:
        break;
    }
    return WH_OK;
}

/** The columns of a request's rows when they have given up what is unique. */
static wh_code make_bare(struct exchange *exchange, size_t index)
{
    const struct wh_write_request *request = &exchange->requests[index];
    size_t count = exchange->writer->column_count;
    struct wh_column *bare = wh_arena_array(&exchange->arena, count, sizeof(*bare));
    if (bare == NULL)
        return wh_error_no_memory(exchange->err, count * sizeof(*bare));
    memcpy(bare, request->before, count * sizeof(*bare));
    for (size_t i = 0; i < count; i++) {
        if (exchange->stopgaps[i] == STOPGAP_NONE)
            continue;
        WH_TRY(wh_column_init(&bare[i], request->before[i].type, WH_BATCH_ROWS, &exchange->arena,
                              exchange->err));
        WH_TRY(wh_column_need_validity(&bare[i], &exchange->arena, exchange->err));
        for (size_t at = 0; at < request->selection->count; at++)
            WH_TRY(fill_stopgap(exchange, i, request->selection->rows[at], &bare[i]));
    }
    exchange->bare[index] = bare;
    return WH_OK;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static void set_results(const struct exchange *exchange, enum wh_row_result result)
{
    for (size_t i = 0; i < exchange->count; i++)
        for (size_t at = 0; at < exchange->requests[i].selection->count; at++)
            exchange->requests[i].results[exchange->requests[i].selection->rows[at]] =
                (uint8_t)result;
}

/** The request's rows that are still to be written, in @p rows. */
static struct wh_selection wanted_rows(const struct wh_write_request *request, uint16_t *rows)
{
    struct wh_selection wanted = {.rows = rows};
    for (size_t at = 0; at < request->selection->count; at++) {
        uint16_t row = request->selection->rows[at];
        if (request->results[row] == WH_ROW_WRITTEN)
            wanted.rows[wanted.count++] = row;
    }
    return wanted;
}

/** What became of the rows that a step tried. */
static void note_results(struct exchange *exchange, const struct wh_write_request *request,
                         const struct wh_write_request *step, enum wh_row_result fate,
                         struct wh_error *refused)
{
    for (size_t at = 0; at < step->stopped_at; at++) {
        uint16_t row = step->selection->rows[at];
        if (exchange->results[row] == WH_ROW_WRITTEN)
            continue;
        request->results[row] = (uint8_t)fate;
        exchange->is_refused = true;
        if (refused->code == WH_OK)
            wh_error_set(refused, WH_REFUSED, "the row changed while it was written");
    }
    if (fate == WH_ROW_NOT_TRIED && refused->code != WH_OK)
        exchange->kept = *refused;
}

/** Rows that a write put off want what others have, or what rows before them may get: they wait
 *  @p aside. */
static void set_aside(const struct exchange *exchange, size_t stopped_at, struct wh_selection *rest,
                      struct wh_selection *aside)
{
    size_t kept = 0;
    for (size_t at = stopped_at; at < rest->count; at++) {
        uint16_t row = rest->rows[at];
        if (exchange->results[row] == WH_ROW_PUT_OFF)
            aside->rows[aside->count++] = row;
        else
            rest->rows[kept++] = row;
        exchange->results[row] = WH_ROW_NOT_TRIED;
    }
    rest->count = kept;
}

static void refuse_rows(struct exchange *exchange, const struct wh_write_request *request,
                        const struct wh_selection *rows)
{
    for (size_t at = 0; at < rows->count; at++)
        request->results[rows->rows[at]] = WH_ROW_REFUSED;
    exchange->is_refused |= rows->count > 0;
}

/** One step of one request: from @p before to @p columns. A row that cannot take it is left as
 *  @p fate says. Rows that are put off are asked about again behind the others, as one that stood
 *  before them may have been refused. */
static wh_code take_step(struct exchange *exchange, const struct wh_write_request *request,
                         const struct wh_column *columns, const struct wh_column *before,
                         enum wh_row_result fate)
{
    uint16_t rows[2][WH_BATCH_ROWS];
    struct wh_selection rest = wanted_rows(request, rows[0]);
    struct wh_selection aside = {.rows = rows[1]};
    bool is_any_tried = false;
    memset(exchange->results, WH_ROW_NOT_TRIED, WH_BATCH_ROWS);
    while (rest.count > 0) {
        WH_TRY(wh_grace_check(request->grace, WH_CANCEL_AFTER_GROUP, exchange->err));
        struct wh_error refused = WH_ERROR_NONE;
        struct wh_write_request step = {.kind = WH_WRITE_UPDATE,
                                        .columns = columns,
                                        .before = before,
                                        .selection = &rest,
                                        .results = exchange->results,
                                        .puts_off = fate == WH_ROW_REFUSED,
                                        .grace = request->grace};
        wh_code rc = wh_postgres_write(exchange->writer, &step, &refused);
        if (rc != WH_OK && (rc != WH_REFUSED || step.stopped_at == 0)) {
            *exchange->err = refused;
            return rc;
        }
        note_results(exchange, request, &step, fate, &refused);
        set_aside(exchange, step.stopped_at, &rest, &aside);
        is_any_tried |= step.stopped_at > 0;
        if (rest.count == 0 && is_any_tried) {
            struct wh_selection again = aside;
            aside = rest;
            rest = again;
            is_any_tried = false;
        }
    }
    refuse_rows(exchange, request, &aside);
    return WH_OK;
}

static wh_code try_pass(struct exchange *exchange)
{
    struct wh_destination *destination = exchange->writer->destination;
    exchange->is_refused = false;
    WH_TRY(wh_postgres_run(destination, "SAVEPOINT wherry_exchange", exchange->err));
    for (size_t i = 0; i < exchange->count; i++)
        WH_TRY(take_step(exchange, &exchange->requests[i], exchange->bare[i],
                         exchange->requests[i].before, WH_ROW_NOT_TRIED));
    bool all_gave_up = !exchange->is_refused;
    for (size_t i = 0; i < exchange->count && all_gave_up; i++)
        WH_TRY(take_step(exchange, &exchange->requests[i], exchange->claims.columns[i],
                         exchange->bare[i], WH_ROW_REFUSED));
    return wh_postgres_run(destination,
                           exchange->is_refused
                               ? "ROLLBACK TO wherry_exchange; RELEASE wherry_exchange"
                               : "RELEASE wherry_exchange",
                           exchange->err);
}

/* ---- what a refused row keeps ---------------------------------------------------------------- */

/* A unique constraint, as wh_claim_hash() needs it. */
struct unique_key {
    const struct wh_writer *writer;
    const struct wh_postgres_constraint *constraint;
};

static uint64_t hash_key(const void *key, const struct wh_column *columns, uint16_t row)
{
    const struct unique_key *unique = key;
    return wh_postgres_constraint_hash(unique->writer, unique->constraint->columns,
                                       unique->constraint->column_count, columns, row);
}

/** What @p settle decides of the claims on the values of each unique constraint that was learnt. */
static void settle_claims(void *ctx, void (*settle)(struct wh_claims *claims))
{
    struct exchange *exchange = ctx;
    struct unique_key key = {.writer = exchange->writer};
    for (size_t nth = 0;
         (key.constraint = wh_postgres_learnt_unique(exchange->writer, nth)) != NULL; nth++) {
        wh_claims_look(&exchange->claims, hash_key, &key);
        settle(&exchange->claims);
    }
}

static wh_code run_passes(struct exchange *exchange)
{
    bool any = false;
    WH_TRY(choose_columns(exchange, &any));
    set_results(exchange, any ? WH_ROW_WRITTEN : WH_ROW_REFUSED);
    if (!any)
        return WH_OK;
    WH_TRY(wh_claims_init(&exchange->claims, exchange->requests, exchange->count,
                          exchange->writer->is_insert_only, exchange->writer->column_count,
                          &exchange->arena, exchange->err));
    if (exchange->requests[0].puts_off) {
        exchange->claims.rounds_left = 0; /* rows are tried once more anyway */
        settle_claims(exchange, wh_claims_refuse_later);
    }
    settle_claims(exchange, wh_claims_spread);
    for (size_t i = 0; i < exchange->count; i++)
        WH_TRY(make_bare(exchange, i));
    exchange->is_refused = true;
    for (int pass = 0; exchange->is_refused && pass < MAX_PASSES; pass++) {
        WH_TRY(try_pass(exchange));
        if (exchange->is_refused)
            wh_claims_settle(&exchange->claims, settle_claims, exchange);
    }
    if (exchange->is_refused)
        set_results(exchange, WH_ROW_REFUSED);
    return WH_OK;
}

static wh_code prepare(struct exchange *exchange)
{
    size_t columns = exchange->writer->column_count;
    exchange->stopgaps = wh_arena_array(&exchange->arena, columns, sizeof(*exchange->stopgaps));
    exchange->numbers = wh_arena_array(&exchange->arena, columns, sizeof(*exchange->numbers));
    exchange->bare = wh_arena_array(&exchange->arena, exchange->count, sizeof(*exchange->bare));
    exchange->results = wh_arena_array(&exchange->arena, WH_BATCH_ROWS, 1);
    if (exchange->stopgaps == NULL || exchange->numbers == NULL || exchange->bare == NULL ||
        exchange->results == NULL)
        return wh_error_no_memory(exchange->err, WH_BATCH_ROWS + columns * sizeof(int64_t));
    return run_passes(exchange);
}

wh_code wh_postgres_exchange(struct wh_writer *writer, struct wh_write_request *requests,
                             size_t count, struct wh_error *err)
{
    struct wh_error unused = WH_ERROR_NONE;
    struct exchange exchange = {.writer = writer,
                                .requests = requests,
                                .count = count,
                                .kept = WH_ERROR_NONE,
                                .err = err != NULL ? err : &unused};
    WH_ASSERT(wh_postgres_is_in_transaction(writer->destination), err);
    set_results(&exchange, WH_ROW_NOT_TRIED);
    if (writer->table.info.has_triggers)
        return wh_error_set(err, WH_REFUSED, "the table has triggers");
    wh_arena_init(&exchange.arena);
    wh_code rc = prepare(&exchange);
    wh_arena_release(&exchange.arena);
    if (rc != WH_OK || exchange.kept.code == WH_OK)
        return rc;
    *exchange.err = exchange.kept;
    return WH_REFUSED;
}
