/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger's statements, run locks, interruption. */
#include "connect_conformance_bench.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- the ledger's statements ----------------------------------------------------------------- */

static struct wh_statement *prepare(struct bench *bench, const char *sql)
{
    struct wh_statement *statement = NULL;
    assert_ok(bench, bench->functions->prepare(bench->destination, sql, &statement, &bench->err));
    return statement;
}

static void make_note(struct bench *bench)
{
    struct wh_statement *make =
        prepare(bench, "CREATE TABLE wherry.note (id bigint, t text, b text)");
    assert_ok(bench, bench->functions->execute(make, NULL, 0, &bench->err));
    bench->functions->statement_free(make);
}

static void statements_bind_and_read_numbers_text_bytes_and_null(void **state)
{
    struct bench *bench = *state;
    const struct wh_destination_functions *f = bench->functions;
    struct wh_param row[3];
    make_note(bench);
    struct wh_statement *insert =
        prepare(bench, "INSERT INTO wherry.note (id, t, b) VALUES ($1, $2, $3)");
    struct wh_statement *select =
        prepare(bench, "SELECT id, t, b FROM wherry.note WHERE t IS NOT NULL OR id > $1 "
                       "ORDER BY id");
    const struct wh_param params[2][3] = {
        {wh_param_int(INT64_MIN), wh_param_text(WH_STR("")), wh_param_text(WH_STR("wherry.x $1"))},
        {wh_param_int(7), wh_param_text(WH_STR_NONE), wh_param_text(WH_STR("Zoë"))},
    };
    for (size_t i = 0; i < 2; i++)
        assert_ok(bench, f->execute(insert, params[i], 3, &bench->err));
    for (int i = 0; i < 2; i++) {
        const struct wh_param above = wh_param_int(0);
        assert_ok(bench, f->execute(select, &above, 1, &bench->err));
        assert_ok(bench, f->next(select, row, 3, &bench->err));
        assert_int_equal(row[0].number, INT64_MIN);
        assert_int_equal(row[1].kind, WH_PARAM_TEXT);
        assert_true(row[1].bytes.len == 0 && wh_str_is(row[2].bytes, "wherry.x $1"));
        assert_ok(bench, f->next(select, row, 3, &bench->err));
        assert_int_equal(row[1].kind, WH_PARAM_NULL);
        assert_true(wh_str_is(row[2].bytes, "Zoë"));
        assert_code(bench, WH_END, f->next(select, row, 3, &bench->err));
        assert_code(bench, WH_END, f->next(select, row, 3, &bench->err));
    }
    f->statement_free(insert);
    f->statement_free(select);
}

static void a_conditional_update_says_whether_it_found_its_row(void **state)
{
    struct bench *bench = *state;
    const struct wh_destination_functions *f = bench->functions;
    struct wh_param row;
    make_note(bench);
    assert_ok(bench, f->begin(bench->destination, &bench->err));
    struct wh_statement *insert = prepare(bench, "INSERT INTO wherry.note (id) VALUES ($1)");
    struct wh_statement *move =
        prepare(bench, "UPDATE wherry.note SET id = $1 WHERE id = $2 RETURNING id");
    const struct wh_param first = wh_param_int(1);
    const struct wh_param params[] = {wh_param_int(2), wh_param_int(1)};
    assert_ok(bench, f->execute(insert, &first, 1, &bench->err));
    assert_ok(bench, f->execute(move, params, 2, &bench->err));
    assert_ok(bench, f->next(move, &row, 1, &bench->err));
    assert_int_equal(row.number, 2);
    assert_ok(bench, f->execute(move, params, 2, &bench->err));
    assert_code(bench, WH_END, f->next(move, &row, 1, &bench->err));
    assert_ok(bench, f->commit(bench->destination, &bench->err));
    f->statement_free(insert);
    f->statement_free(move);
}

static void a_statement_that_is_wrong_is_refused_when_prepared(void **state)
{
    struct bench *bench = *state;
    struct wh_statement *statement = NULL;
    assert_int_not_equal(bench->functions->prepare(bench->destination,
                                                   "SELECT x FROM wherry.missing", &statement,
                                                   &bench->err),
                         WH_OK);
    assert_null(statement);
}

static int64_t count_all_notes(struct bench *bench, struct wh_statement *count)
{
    struct wh_param row = {.kind = WH_PARAM_NULL};
    assert_ok(bench, bench->functions->execute(count, NULL, 0, &bench->err));
    assert_ok(bench, bench->functions->next(count, &row, 1, &bench->err));
    return row.number;
}

static void add_note(struct bench *bench, struct wh_destination *destination)
{
    struct wh_statement *insert = NULL;
    const struct wh_destination_functions *f = bench->functions;
    assert_ok(bench, f->begin(destination, &bench->err));
    assert_ok(bench, f->prepare(destination, "INSERT INTO wherry.note (id) VALUES (1)", &insert,
                                &bench->err));
    assert_ok(bench, f->execute(insert, NULL, 0, &bench->err));
    f->statement_free(insert);
    assert_ok(bench, f->commit(destination, &bench->err));
}

static void what_a_reading_transaction_sees_is_of_one_moment(void **state)
{
    struct bench *bench = *state;
    const struct wh_destination_functions *f = bench->functions;
    make_note(bench);
    struct wh_destination *other = conformance_open_at(bench, bench->url, false);
    struct wh_statement *count = prepare(bench, "SELECT count(*) FROM wherry.note");
    struct wh_statement *again = prepare(bench, "SELECT count(id) FROM wherry.note");
    assert_int_equal(count_all_notes(bench, count), 0);
    assert_ok(bench, f->begin_reading(bench->destination, &bench->err));
    assert_int_equal(count_all_notes(bench, count), 0);
    add_note(bench, other);
    assert_int_equal(count_all_notes(bench, again), 0);
    assert_int_equal(count_all_notes(bench, count), 0);
    assert_ok(bench, f->rollback(bench->destination, &bench->err));
    assert_int_equal(count_all_notes(bench, count), 1);
    assert_ok(bench, f->begin_reading(bench->destination, &bench->err));
    assert_int_equal(count_all_notes(bench, again), 1);
    assert_ok(bench, f->rollback(bench->destination, &bench->err));
    f->statement_free(count);
    f->statement_free(again);
    f->close(other);
}

/* ---- many rows ------------------------------------------------------------------------------- */

enum { APPENDED = 600, APPENDED_SIZE = 5000 };

/* Numbers, texts and NULLs in turn: some 3 MB, more than goes to a system at once. */
static void append_notes(struct bench *bench, struct wh_append *append)
{
    char text[APPENDED_SIZE];
    memset(text, 'x', sizeof(text));
    for (int64_t i = 0; i < APPENDED; i++) {
        const struct wh_param row[] = {
            wh_param_int(i - 2),
            wh_param_text(i % 3 == 0 ? WH_STR_NONE : wh_str_make(text, (size_t)i)),
            wh_param_text(wh_str_make(text, sizeof(text)))};
        assert_ok(bench, bench->functions->append_row(append, row, 3, &bench->err));
    }
}

static int64_t count_notes(struct bench *bench)
{
    struct wh_param row = {.kind = WH_PARAM_NULL};
    struct wh_statement *select =
        prepare(bench, "SELECT count(*) FROM wherry.note WHERE length(b) = 5000 AND "
                       "((id % 3 IN (1, -2) AND t IS NULL) OR length(t) = id + 2)");
    assert_ok(bench, bench->functions->execute(select, NULL, 0, &bench->err));
    assert_ok(bench, bench->functions->next(select, &row, 1, &bench->err));
    int64_t count = row.number;
    bench->functions->statement_free(select);
    return count;
}

static struct wh_append *open_append(struct bench *bench, const char *table)
{
    struct wh_append *append = NULL;
    assert_ok(bench, bench->functions->begin(bench->destination, &bench->err));
    assert_ok(bench,
              bench->functions->append_open(bench->destination, table, &append, &bench->err));
    return append;
}

static void many_rows_are_appended_or_none(void **state)
{
    struct bench *bench = *state;
    const struct wh_destination_functions *f = bench->functions;
    struct wh_append *append = NULL;
    if (f->append_open == NULL)
        skip();
    make_note(bench);
    append = open_append(bench, "wherry.note (id, t, b)");
    append_notes(bench, append);
    assert_ok(bench, f->append_close(append, true, &bench->err));
    assert_ok(bench, f->commit(bench->destination, &bench->err));
    assert_int_equal(count_notes(bench), APPENDED);

    append = open_append(bench, "wherry.note (id, t, b)");
    append_notes(bench, append);
    assert_int_not_equal(f->append_close(append, false, NULL), WH_OK);
    assert_ok(bench, f->rollback(bench->destination, &bench->err));

    /* What is refused is told when it is closed, and the connection goes on. */
    append = open_append(bench, "wherry.note (id)");
    append_notes(bench, append);
    assert_int_not_equal(f->append_close(append, true, &bench->err), WH_OK);
    assert_ok(bench, f->rollback(bench->destination, &bench->err));

    assert_ok(bench, f->begin(bench->destination, &bench->err));
    assert_int_not_equal(
        f->append_open(bench->destination, "wherry.missing (id)", &append, &bench->err), WH_OK);
    assert_ok(bench, f->rollback(bench->destination, &bench->err));
    assert_int_equal(count_notes(bench), APPENDED);
}

/* ---- locks ----------------------------------------------------------------------------------- */

static void a_lock_excludes_others_by_name_until_it_is_given_back(void **state)
{
    struct bench *bench = *state;
    const struct wh_destination_functions *f = bench->functions;
    char pid[32];
    struct wh_destination *other = conformance_open_at(bench, bench->url, false);
    assert_ok(bench, f->lock(bench->destination, WH_STR("shop"), &bench->err));
    assert_code(bench, WH_BUSY, f->lock(other, WH_STR("shop"), &bench->err));
    snprintf(pid, sizeof(pid), "%ld", (long)getpid());
    assert_non_null(strstr(bench->err.message, pid));
    assert_ok(bench, f->lock(other, WH_STR("another"), &bench->err));
    assert_ok(bench, f->unlock(bench->destination, WH_STR("shop"), &bench->err));
    assert_ok(bench, f->lock(other, WH_STR("shop"), &bench->err));
    f->close(other);
    assert_ok(bench, f->lock(bench->destination, WH_STR("shop"), &bench->err));
    assert_ok(bench, f->lock(bench->destination, WH_STR("another"), &bench->err));
}

/** In a child process: takes the lock, says so, and sleeps until it is killed. */
static void hold_lock(struct bench *bench, int said)
{
    struct wh_destination *own = NULL;
    char byte = '!';
    if (conformance_try_open(bench, bench->url, false, &own) == WH_OK &&
        bench->functions->lock(own, WH_STR("shop"), &bench->err) == WH_OK)
        byte = '.';
    if (write(said, &byte, 1) == 1)
        for (;;)
            pause();
    _exit(1);
}

static void who_holds_a_lock_can_be_seen(void **state)
{
    struct bench *bench = *state;
    const struct wh_destination_functions *f = bench->functions;
    struct wh_str holder;
    char pid[32];
    struct wh_destination *other = conformance_open_at(bench, bench->url, true);
    assert_ok(bench, f->holder(other, WH_STR("shop"), &bench->arena, &holder, &bench->err));
    assert_null(holder.ptr);
    assert_ok(bench, f->lock(bench->destination, WH_STR("shop"), &bench->err));
    assert_ok(bench, f->holder(other, WH_STR("shop"), &bench->arena, &holder, &bench->err));
    snprintf(pid, sizeof(pid), "process %ld ", (long)getpid());
    assert_true(wh_str_starts_with(holder, wh_str_from(pid)));
    assert_ok(bench, f->holder(other, WH_STR("another"), &bench->arena, &holder, &bench->err));
    assert_null(holder.ptr);
    f->close(other);
}

static void a_lock_dies_with_its_process(void **state)
{
    struct bench *bench = *state;
    const struct wh_destination_functions *f = bench->functions;
    int ends[2];
    char byte = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0)
        hold_lock(bench, ends[1]);
    assert_true(child > 0);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    assert_int_equal(byte, '.');
    assert_code(bench, WH_BUSY, f->lock(bench->destination, WH_STR("shop"), &bench->err));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_ok(bench, f->lock(bench->destination, WH_STR("shop"), &bench->err));
    close(ends[0]);
    close(ends[1]);
}

/* ---- interrupting ---------------------------------------------------------------------------- */

/** In a thread: interrupts again and again, for the statement may not have begun yet. */
struct interrupter {
    struct bench *bench;
    atomic_bool is_done;
};

static void *interrupt_until_done(void *context)
{
    struct interrupter *interrupter = context;
    while (!atomic_load(&interrupter->is_done)) {
        usleep(5000);
        interrupter->bench->functions->interrupt(interrupter->bench->destination);
    }
    return NULL;
}

static void a_running_statement_can_be_interrupted(void **state)
{
    struct bench *bench = *state;
    const struct wh_destination_functions *f = bench->functions;
    struct interrupter interrupter = {.bench = bench};
    pthread_t thread;
    struct wh_param row;
    struct wh_statement *endless = prepare(bench, bench->fixture->endless_query);
    assert_int_equal(pthread_create(&thread, NULL, interrupt_until_done, &interrupter), 0);
    wh_code rc = f->execute(endless, NULL, 0, &bench->err);
    if (rc == WH_OK)
        rc = f->next(endless, &row, 1, &bench->err);
    atomic_store(&interrupter.is_done, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(rc, WH_CANCELLED);
    f->statement_free(endless);
    struct wh_statement *quick = prepare(bench, "SELECT 1");
    assert_ok(bench, f->execute(quick, NULL, 0, &bench->err));
    assert_ok(bench, f->next(quick, &row, 1, &bench->err));
    f->statement_free(quick);
}

static const struct CMUnitTest tests[] = {
    CONFORMANCE_TEST(statements_bind_and_read_numbers_text_bytes_and_null),
    CONFORMANCE_TEST(a_conditional_update_says_whether_it_found_its_row),
    CONFORMANCE_TEST(a_statement_that_is_wrong_is_refused_when_prepared),
    CONFORMANCE_TEST(what_a_reading_transaction_sees_is_of_one_moment),
    CONFORMANCE_TEST(many_rows_are_appended_or_none),
    CONFORMANCE_TEST(a_lock_excludes_others_by_name_until_it_is_given_back),
    CONFORMANCE_TEST(who_holds_a_lock_can_be_seen),
    CONFORMANCE_TEST(a_lock_dies_with_its_process),
    CONFORMANCE_TEST(a_running_statement_can_be_interrupted),
};

const struct conformance_part conformance_ledger = {.tests = tests, .count = WH_COUNT_OF(tests)};
