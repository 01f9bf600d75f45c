/* SPDX-License-Identifier: Apache-2.0 */
/*
 * INSERT, UPDATE and DELETE of a writer. Rows are written together, under a savepoint, until the
 * server refuses some; then those before the one that it names, or half of them, are tried, and so
 * on until the first bad row is alone. Rows of an insert that are likely to be refused are put off
 * until the others are written.
 */
#include "base/error.h"
#include "connect/postgres/failure.h"
#include "connect/postgres/wire.h"
#include "connect/postgres/writer/altered.h"
#include "connect/postgres/writer/around.h"
#include "connect/postgres/writer/attempt.h"
#include "connect/postgres/writer/copy.h"
#include "connect/postgres/writer/doubt.h"
#include "connect/postgres/writer/refusal.h"
#include "connect/postgres/writer/sql.h"
#include "connect/postgres/writer/unchanged.h"

/* So many rows of one insert that were there already say that there are more. */
#define MISSES_BEFORE_PROBE 4

/* ---- savepoints ------------------------------------------------------------------------------ */

/** Says what is still to be said of the savepoint. Keeps the error that led here. */
static wh_code settle_savepoint(const struct wh_attempt *attempt)
{
    struct wh_writer *writer = attempt->writer;
    struct wh_error later = WH_ERROR_NONE;
    if (writer->savepoint == WH_POSTGRES_SETTLED)
        return WH_OK;
    const char *sql = wh_postgres_savepoint_sql(writer->savepoint);
    writer->savepoint = WH_POSTGRES_SETTLED;
    wh_code rc = wh_postgres_run(writer->destination, sql, &later);
    if (rc != WH_OK)
        *attempt->err = later;
    return rc;
}

/* ---- keys that are there --------------------------------------------------------------------- */

/** Runs a statement whose arrays stand ready; each row of *ret begins with a place in them,
 *  from 1. */
static wh_code run_for_places(const struct wh_attempt *attempt,
                              enum wh_postgres_writer_statement which, PGresult **ret)
{
    struct wh_writer *writer = attempt->writer;
    struct wh_postgres_params params = wh_postgres_arrays_params(&writer->arrays);
    return wh_postgres_run_prepared(writer->destination, writer->names[which], &params, ret,
                                    attempt->err);
}

static wh_code read_place(const struct wh_attempt *attempt, const PGresult *rows, int at,
                          size_t *ret)
{
    int64_t place = 0;
    WH_TRY(
        wh_postgres_read_int(WH_OID_INT8, wh_postgres_text_at(rows, at, 0), &place, attempt->err));
    WH_ASSERT(place >= 1 && attempt->at + (size_t)place <= wh_attempt_row_count(attempt),
              attempt->err);
    *ret = attempt->at + (size_t)place - 1;
    return WH_OK;
}

/** Marks which of the rows to be tried have a row with their key in the table. */
static wh_code probe(const struct wh_attempt *attempt)
{
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    struct wh_writer *writer = attempt->writer;
    struct wh_selection tried = wh_attempt_rows(attempt);
    WH_TRY(wh_postgres_writer_need(writer, WH_POSTGRES_PROBE, attempt->err));
    wh_postgres_arrays_reset(&writer->arrays);
    for (size_t i = 0; i < writer->column_count; i++)
        if (writer->is_match[i])
            WH_TRY(
                wh_postgres_add_array(writer, attempt->request->columns, i, &tried, attempt->err));
    WH_TRY(run_for_places(attempt, WH_POSTGRES_PROBE, &rows));
    for (int i = 0; i < PQntuples(rows); i++) {
        size_t place = 0;
        WH_TRY(read_place(attempt, rows, i, &place));
        if (writer->places[place] == WH_POSTGRES_SENT)
            writer->places[place] = WH_POSTGRES_THERE;
    }
    return WH_OK;
}

/** Once some rows were there already, all that are left are asked for together. */
static wh_code note_miss(struct wh_attempt *attempt)
{
    if (++attempt->misses != MISSES_BEFORE_PROBE)
        return WH_OK;
    attempt->end = wh_attempt_row_count(attempt);
    return probe(attempt);
}

/* ---- trying ---------------------------------------------------------------------------------- */

/** A trigger may alter a row, or leave it out: the log would hold what the table does not. */
static wh_code expect_as_written(struct wh_attempt *attempt)
{
    struct wh_writer *writer = attempt->writer;
    struct wh_selection tried = wh_attempt_rows(attempt);
    if (!writer->table.info.has_triggers)
        return WH_OK;
    WH_TRY(wh_postgres_find_as(writer, attempt->request->columns, &tried, writer->is_as,
                               attempt->err));
    for (size_t place = attempt->at; place < attempt->end; place++) {
        if (writer->is_as[place - attempt->at] ||
            *wh_attempt_result(attempt, place) != WH_ROW_WRITTEN)
            continue;
        attempt->bad_place = place;
        return wh_postgres_refuse_altered(writer, attempt->request->columns,
                                          tried.rows[place - attempt->at], attempt->err);
    }
    return WH_OK;
}

/** A row that was missed though it is as it was: looking again would find the same for ever. */
static wh_code expect_done(struct wh_attempt *attempt)
{
    struct wh_writer *writer = attempt->writer;
    struct wh_selection tried = wh_attempt_rows(attempt);
    size_t missed = 0;
    for (size_t place = attempt->at; place < attempt->end; place++)
        missed += *wh_attempt_result(attempt, place) == WH_ROW_MISSED;
    if (missed == 0 || !writer->table.info.has_triggers)
        return WH_OK;
    WH_TRY(
        wh_postgres_find_as(writer, attempt->request->before, &tried, writer->is_as, attempt->err));
    for (size_t place = attempt->at; place < attempt->end; place++) {
        if (!writer->is_as[place - attempt->at] ||
            *wh_attempt_result(attempt, place) != WH_ROW_MISSED)
            continue;
        attempt->bad_place = place;
        return wh_postgres_refuse_ignored(writer, attempt->err);
    }
    return WH_OK;
}

/** By place, once what was sent is written. */
static const uint8_t outcomes[] = {[WH_POSTGRES_SENT] = WH_ROW_WRITTEN,
                                   [WH_POSTGRES_THERE] = WH_ROW_MISSED,
                                   [WH_POSTGRES_PUT_OFF] = WH_ROW_PUT_OFF,
                                   [WH_POSTGRES_WAITS] = WH_ROW_WAITS};

/** What was written is to be taken back. */
static void forget_results(const struct wh_attempt *attempt)
{
    for (size_t place = attempt->at; place < attempt->end; place++)
        if (attempt->writer->places[place] < WH_POSTGRES_PUT_OFF)
            *wh_attempt_result(attempt, place) = WH_ROW_NOT_TRIED;
}

/** What was sent is written now. */
static void take_outcome(const struct wh_attempt *attempt)
{
    for (size_t place = attempt->at; place < attempt->end; place++)
        *wh_attempt_result(attempt, place) = outcomes[attempt->writer->places[place]];
}

static wh_code try_insert(struct wh_attempt *attempt)
{
    struct wh_writer *writer = attempt->writer;
    struct wh_postgres_copy_outcome outcome;
    uint64_t sent = 0;
    for (size_t place = attempt->at; place < attempt->end; place++)
        sent += writer->places[place] == WH_POSTGRES_SENT;
    wh_code rc = WH_OK;
    if (sent > 0) {
        rc = wh_postgres_copy(writer, attempt->at, attempt->end, &outcome, attempt->err);
        attempt->bad_place = outcome.bad_place;
        if (rc == WH_OK && outcome.rows != sent)
            rc = wh_postgres_refuse_ignored(writer, attempt->err);
        writer->savepoint = WH_POSTGRES_TO_TAKE_BACK;
    }
    if (rc == WH_OK)
        take_outcome(attempt);
    if (rc == WH_OK && sent > 0)
        rc = expect_as_written(attempt);
    if (rc == WH_OK && sent > 0)
        writer->savepoint = WH_POSTGRES_TO_RELEASE;
    if (rc != WH_OK)
        forget_results(attempt);
    return rc;
}

static bool puts_off(const struct wh_attempt *attempt)
{
    return wh_attempt_is_insert(attempt) &&
           wh_postgres_puts_off(attempt->writer, wh_attempt_row_count(attempt));
}

static bool goes_around(const struct wh_attempt *attempt)
{
    return puts_off(attempt) && attempt->writer->goes_around;
}

/** The insert as one statement that leaves out what is in the way. */
static wh_code try_around(struct wh_attempt *attempt)
{
    struct wh_writer *writer = attempt->writer;
    size_t left = 0;
    attempt->bad_place = SIZE_MAX;
    WH_TRY(settle_savepoint(attempt));
    WH_TRY(probe(attempt));
    WH_TRY(wh_postgres_run(writer->destination, "SAVEPOINT wherry_row", attempt->err));
    writer->savepoint = WH_POSTGRES_TO_TAKE_BACK;
    if (attempt->end == wh_attempt_row_count(attempt))
        wh_postgres_tell_most_sent(writer);
    WH_TRY(wh_postgres_write_around(writer, attempt->at, attempt->end, &left, attempt->err));
    writer->savepoint = WH_POSTGRES_TO_RELEASE;
    attempt->unforeseen += left;
    take_outcome(attempt);
    return WH_OK;
}

static wh_code add_arrays(const struct wh_attempt *attempt, const struct wh_column *columns,
                          bool (*is_wanted)(const struct wh_writer *writer, size_t column))
{
    struct wh_writer *writer = attempt->writer;
    struct wh_selection tried = wh_attempt_rows(attempt);
    for (size_t i = 0; i < writer->column_count; i++)
        if (is_wanted(writer, i))
            WH_TRY(wh_postgres_add_array(writer, columns, i, &tried, attempt->err));
    return WH_OK;
}

static wh_code add_versions(const struct wh_attempt *attempt)
{
    struct wh_selection tried = wh_attempt_rows(attempt);
    struct wh_column versions = {.type = {.kind = WH_KIND_INT},
                                 .values = {.ints = attempt->request->versions}};
    struct wh_postgres_array array = {.type = WH_OID_XID,
                                      .form = WH_FORM_INT4,
                                      .column = &versions,
                                      .rows = tried.rows,
                                      .count = tried.count};
    return wh_postgres_arrays_add(&attempt->writer->arrays, &array, attempt->err);
}

static wh_code take_places(const struct wh_attempt *attempt, const PGresult *rows)
{
    for (size_t place = attempt->at; place < attempt->end; place++)
        *wh_attempt_result(attempt, place) = WH_ROW_MISSED;
    for (int i = 0; i < PQntuples(rows); i++) {
        size_t place = 0;
        WH_TRY(read_place(attempt, rows, i, &place));
        *wh_attempt_result(attempt, place) = WH_ROW_WRITTEN;
    }
    return WH_OK;
}

/** UPDATE, DELETE: the statement; where the versions that were read are known
 *  they are the condition. */
static enum wh_postgres_writer_statement change_statement(const struct wh_write_request *request)
{
    if (request->kind == WH_WRITE_DELETE)
        return WH_POSTGRES_DELETE;
    return request->versions != NULL ? WH_POSTGRES_CHANGE : WH_POSTGRES_UPDATE;
}

static wh_code fill_arrays(const struct wh_attempt *attempt)
{
    wh_postgres_arrays_reset(&attempt->writer->arrays);
    if (attempt->request->versions != NULL) {
        WH_TRY(add_arrays(attempt, attempt->request->columns, wh_postgres_is_changed));
        WH_TRY(add_arrays(attempt, attempt->request->before, wh_postgres_is_match));
        return add_versions(attempt);
    }
    if (attempt->request->kind == WH_WRITE_UPDATE)
        WH_TRY(add_arrays(attempt, attempt->request->columns, wh_postgres_is_set));
    return add_arrays(attempt, attempt->request->before, wh_postgres_is_compared);
}

/** A CHECK may raise what is otherwise a statement's fault, and the server does not say then that
 *  it looked at a row. What is wrong with the statement itself is so without any row. */
static wh_code blame_row(const struct wh_attempt *attempt, wh_code rc)
{
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    struct wh_error refusal = *attempt->err;
    struct wh_attempt nobody = *attempt;
    if (!wh_postgres_may_be_a_rows(rc, refusal.sqlstate))
        return rc;
    nobody.end = nobody.at;
    WH_TRY(settle_savepoint(attempt));
    WH_TRY(fill_arrays(&nobody));
    WH_TRY(run_for_places(&nobody, change_statement(attempt->request), &rows));
    *attempt->err = refusal;
    attempt->err->code = WH_REFUSED;
    attempt->err->retry = WH_RETRY_ITEM;
    return WH_REFUSED;
}

static wh_code try_change(struct wh_attempt *attempt)
{
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    bool is_update = attempt->request->kind == WH_WRITE_UPDATE;
    attempt->bad_place = SIZE_MAX;
    WH_TRY(fill_arrays(attempt));
    WH_TRY(wh_postgres_run(attempt->writer->destination, "SAVEPOINT wherry_row", attempt->err));
    attempt->writer->savepoint = WH_POSTGRES_TO_TAKE_BACK;
    wh_code rc = run_for_places(attempt, change_statement(attempt->request), &rows);
    if (rc != WH_OK)
        return blame_row(attempt, rc);
    WH_TRY(take_places(attempt, rows));
    WH_TRY(expect_done(attempt));
    if (is_update)
        WH_TRY(expect_as_written(attempt));
    attempt->writer->savepoint = WH_POSTGRES_TO_RELEASE;
    return settle_savepoint(attempt);
}

/* ---- deciding -------------------------------------------------------------------------------- */

/** The row that was refused alone: missed where its key is there, refused otherwise. */
static wh_code settle_one(struct wh_attempt *attempt)
{
    struct wh_error refusal = *attempt->err;
    bool may_be_there = wh_attempt_is_insert(attempt) && strcmp(refusal.sqlstate, "23505") == 0;
    if (may_be_there) {
        WH_TRY(settle_savepoint(attempt));
        WH_TRY(probe(attempt));
    }
    *attempt->err = refusal;
    if (!may_be_there || attempt->writer->places[attempt->at] != WH_POSTGRES_THERE) {
        *wh_attempt_result(attempt, attempt->at++) = WH_ROW_REFUSED;
        return WH_REFUSED;
    }
    *wh_attempt_result(attempt, attempt->at++) = WH_ROW_MISSED;
    wh_error_reset(attempt->err);
    return WH_OK;
}

/* ---- putting off ----------------------------------------------------------------------------- */

/** Puts off rows from `at` on that are known to break something. */
static wh_code put_off_doubtful(struct wh_attempt *attempt)
{
    struct wh_writer *writer = attempt->writer;
    WH_TRY(wh_postgres_doubt(writer, attempt->at, wh_attempt_row_count(attempt), attempt->err));
    for (size_t place = attempt->at; place < wh_attempt_row_count(attempt); place++)
        if (writer->places[place] >= WH_POSTGRES_PUT_OFF)
            *wh_attempt_result(attempt, place) = outcomes[writer->places[place]];
    return WH_OK;
}

/** After a refusal: true in *ret_is_news where the rows to come are looked at for what
 *  was broken from now on. */
static wh_code learn_constraint(struct wh_attempt *attempt, bool *ret_is_news)
{
    struct wh_writer *writer = attempt->writer;
    *ret_is_news = false;
    if (!puts_off(attempt) || !wh_postgres_is_new(writer))
        return WH_OK;
    struct wh_error refusal = *attempt->err;
    WH_TRY(settle_savepoint(attempt));
    WH_TRY(wh_postgres_learn(writer, ret_is_news, attempt->err));
    if (*ret_is_news)
        WH_TRY(put_off_doubtful(attempt));
    *attempt->err = refusal;
    return WH_OK;
}

/** After a refusal that no question foresaw: where they become many the rows to come go around what
 *  stands against them. */
static void note_unforeseen(struct wh_attempt *attempt)
{
    struct wh_writer *writer = attempt->writer;
    const char *state = writer->destination->broken.sqlstate;
    if (!wh_attempt_is_insert(attempt))
        return;
    bool is_index = strcmp(state, "23505") == 0 || strcmp(state, "23P01") == 0;
    attempt->unforeseen += is_index;
    writer->goes_around = puts_off(attempt) && attempt->unforeseen > WH_POSTGRES_UNFORESEEN &&
                          !writer->cannot_go_around;
}

/** The same for an UPDATE: rows that want what others have are not searched for one by one. In
 *  tables with triggers they cannot be exchanged. */
static wh_code part_updates(struct wh_attempt *attempt)
{
    struct wh_writer *writer = attempt->writer;
    bool may = attempt->request->puts_off && !attempt->is_asked && !writer->table.info.has_triggers;
    bool is_news = false;
    if (wh_attempt_is_insert(attempt) || !may || strcmp(attempt->err->sqlstate, "23505") != 0)
        return WH_OK;
    struct wh_error refusal = *attempt->err;
    attempt->is_asked = true;
    if (wh_postgres_is_new(writer))
        WH_TRY(wh_postgres_learn(writer, &is_news, attempt->err));
    WH_TRY(wh_postgres_doubt_updates(writer, attempt->request, attempt->at, &attempt->is_parted,
                                     attempt->err));
    *attempt->err = refusal;
    return WH_OK;
}

/** The row that was refused alone, which may not be told before those that are
 *  put off in front of it. */
static wh_code put_off_refused(struct wh_attempt *attempt, wh_code rc)
{
    if (rc != WH_REFUSED || !puts_off(attempt))
        return rc;
    attempt->writer->places[attempt->at - 1] = WH_POSTGRES_PUT_OFF;
    *wh_attempt_result(attempt, attempt->at - 1) = WH_ROW_PUT_OFF;
    wh_error_reset(attempt->err);
    return WH_OK;
}

/** What an earlier write began is not begun again: it left rows that it had put off,
 *  and no others. */
static wh_code begin_insert(struct wh_attempt *attempt)
{
    struct wh_writer *writer = attempt->writer;
    bool goes_on = false;
    for (size_t place = 0; place < wh_attempt_row_count(attempt); place++)
        goes_on |= *wh_attempt_result(attempt, place) != WH_ROW_NOT_TRIED;
    wh_postgres_copy_begin(writer, attempt->request);
    attempt->is_new = !goes_on;
    if (!goes_on)
        return puts_off(attempt) ? put_off_doubtful(attempt) : WH_OK;
    memset(writer->places, WH_POSTGRES_PUT_OFF, wh_attempt_row_count(attempt));
    attempt->at = wh_attempt_row_count(attempt);
    return WH_OK;
}

/** Behind all others, each alone. WH_REFUSED: the row before `at` is the bad one. */
static wh_code try_put_off(struct wh_attempt *attempt)
{
    struct wh_writer *writer = attempt->writer;
    for (size_t place = 0; place < wh_attempt_row_count(attempt); place++) {
        if (*wh_attempt_result(attempt, place) != WH_ROW_PUT_OFF)
            continue;
        WH_TRY(wh_grace_check(attempt->request->grace, WH_CANCEL_AFTER_GROUP, attempt->err));
        attempt->at = place;
        attempt->end = place + 1;
        writer->places[place] = WH_POSTGRES_SENT;
        wh_postgres_copy_again(writer, place);
        wh_code rc = try_insert(attempt);
        if (rc == WH_OK || rc == WH_REFUSED)
            wh_postgres_doubt_was(writer, rc == WH_REFUSED);
        if (rc == WH_REFUSED)
            rc = settle_one(attempt);
        if (rc != WH_OK)
            return rc;
    }
    attempt->at = wh_attempt_row_count(attempt);
    return WH_OK;
}

/* ---- steps ----------------------------------------------------------------------------------- */

/** Of rows that were refused together none is known to be bad: they are parted, or fewer are tried.
 *  WH_REFUSED: the row before `at` is the bad one. */
static wh_code take_refusal(struct wh_attempt *attempt, size_t tried)
{
    bool is_news = false;
    /* The next COPY says it; other statements do not. */
    if (!wh_attempt_is_insert(attempt))
        WH_TRY(settle_savepoint(attempt));
    if (tried > 1)
        WH_TRY(part_updates(attempt));
    if (attempt->is_parted)
        return WH_OK;
    WH_TRY(learn_constraint(attempt, &is_news));
    if (!is_news)
        note_unforeseen(attempt);
    /* Rows that refer to each other have to go together. */
    if (is_news && attempt->writer->table.refers_to_itself)
        attempt->writer->together = WH_INSERT_ROWS;
    if (tried > 1 && !is_news) {
        wh_attempt_shorten(attempt);
        return WH_OK;
    }
    attempt->bad_place = SIZE_MAX;
    wh_code rc = WH_OK;
    if (tried == 1)
        rc = settle_one(attempt);
    if (tried == 1 && rc == WH_OK)
        rc = note_miss(attempt);
    wh_attempt_begin(attempt);
    return put_off_refused(attempt, rc);
}

static wh_code try_rows(struct wh_attempt *attempt)
{
    if (!wh_attempt_is_insert(attempt))
        return try_change(attempt);
    return goes_around(attempt) ? try_around(attempt) : try_insert(attempt);
}

/** The same rows go by COPY, which tells of one of them what it is refused for. */
static wh_code take_refused_around(struct wh_attempt *attempt)
{
    struct wh_writer *writer = attempt->writer;
    bool is_news = false;
    WH_TRY(learn_constraint(attempt, &is_news));
    writer->goes_around = is_news;
    writer->cannot_go_around |= !is_news;
    wh_attempt_begin(attempt);
    wh_error_reset(attempt->err);
    return WH_OK;
}

/** One try and what follows from it; WH_REFUSED as above. */
static wh_code step(struct wh_attempt *attempt)
{
    WH_TRY(wh_grace_check(attempt->request->grace,
                          attempt->was_refused ? WH_CANCEL_AFTER_GROUP : WH_CANCEL_NOW,
                          attempt->err));
    if (goes_around(attempt))
        attempt->end =
            attempt->at + WH_MIN(wh_attempt_row_count(attempt) - attempt->at, WH_BATCH_ROWS);
    wh_attempt_cut(attempt);
    size_t tried = attempt->end - attempt->at;
    size_t named = attempt->bad_place; /* it may be the first of those to come */
    bool is_around = goes_around(attempt);
    wh_code rc = try_rows(attempt);
    attempt->was_refused = rc == WH_REFUSED;
    if (rc != WH_OK && rc != WH_REFUSED)
        return rc;
    if (rc == WH_REFUSED && is_around)
        return take_refused_around(attempt);
    if (!is_around)
        wh_attempt_learn(attempt, tried, attempt->was_refused);
    if (rc == WH_REFUSED)
        return take_refusal(attempt, tried);
    attempt->at = attempt->end;
    attempt->bad_place = named;
    wh_attempt_lengthen(attempt, tried);
    return WH_OK;
}

/* ---- a table that somebody altered ----------------------------------------------------------- */

/** Once all is decided; and where values are refused that were looked at before (class 22), or take
 *  another number of bytes than they did (08P01). */
static bool may_be_altered(const struct wh_attempt *attempt, wh_code rc)
{
    const char *sqlstate = attempt->err->sqlstate;
    if (rc == WH_OK || rc == WH_REFUSED)
        return attempt->at == wh_attempt_row_count(attempt) || strncmp(sqlstate, "22", 2) == 0;
    return strcmp(sqlstate, "08P01") == 0;
}

/** WH_INVALID where the table was altered; otherwise @p rc, with the error as it was. */
static wh_code look_at_table(struct wh_attempt *attempt, wh_code rc)
{
    struct wh_error said = *attempt->err;
    if (!may_be_altered(attempt, rc))
        return rc;
    wh_code now = settle_savepoint(attempt);
    if (now == WH_OK)
        now = wh_postgres_expect_unchanged(attempt->writer, attempt->err);
    if (now != WH_OK && (now == WH_INVALID || rc == WH_OK || rc == WH_REFUSED))
        return now;
    *attempt->err = said;
    return rc;
}

wh_code wh_postgres_write(struct wh_writer *writer, struct wh_write_request *request,
                          struct wh_error *err)
{
    struct wh_error unused = WH_ERROR_NONE;
    struct wh_attempt attempt = {.writer = writer,
                                 .request = request,
                                 .bad_place = SIZE_MAX,
                                 .err = err != NULL ? err : &unused};
    request->stopped_at = 0;
    WH_ASSERT(wh_postgres_is_in_transaction(writer->destination), err);
    WH_ASSERT(wh_attempt_row_count(&attempt) <=
                  (wh_attempt_is_insert(&attempt) ? WH_INSERT_ROWS : WH_BATCH_ROWS),
              err);
    if (wh_cancel_asked(writer->destination->cancel, WH_CANCEL_NOW))
        return wh_error_cancelled(err);
    if (wh_attempt_is_insert(&attempt))
        WH_TRY(begin_insert(&attempt));
    else if (change_statement(request) == WH_POSTGRES_CHANGE)
        WH_TRY(wh_postgres_writer_need_change(writer, request->differing, attempt.err));
    else
        WH_TRY(wh_postgres_writer_need(writer, change_statement(request), attempt.err));
    wh_code rc = WH_OK;
    writer->savepoint = WH_POSTGRES_SETTLED;
    wh_attempt_begin(&attempt);
    while (rc == WH_OK && attempt.at < wh_attempt_row_count(&attempt) && !attempt.is_parted)
        rc = step(&attempt);
    if (rc == WH_OK && attempt.is_new)
        writer->goes_around &= attempt.unforeseen > WH_POSTGRES_UNFORESEEN;
    if (rc == WH_OK && wh_attempt_is_insert(&attempt))
        rc = try_put_off(&attempt);
    if (rc == WH_OK || rc == WH_REFUSED) {
        wh_code settled = settle_savepoint(&attempt);
        rc = settled == WH_OK ? rc : settled;
    }
    rc = look_at_table(&attempt, rc);
    request->stopped_at = attempt.at;
    if (rc == WH_OK)
        wh_error_reset(attempt.err);
    return rc;
}
