/* SPDX-License-Identifier: Apache-2.0 */
/* Tables that are written whole: groups, crashes, what stands under the name,
 * and what reads back. */
#include "connect_conformance_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "connect_source_conformance.h"
#include "data/text.h"

#define MAX_ROWS 150
#define MAX_PRINTED ((size_t)1 << 20)

/** One table on its way: a number and a value of some type in each row. */
struct whole {
    struct wh_str name;
    struct wh_column_info infos[2];
    struct wh_table_info info;
    struct wh_column columns[2];
    struct wh_writer *writer;
};

/** A table of @p count rows numbered from 0, with values of @p type (NULL: NULL). */
static void make_whole(struct bench *bench, struct whole *whole, struct wh_type type,
                       const char *const *texts, size_t count)
{
    const char *numbers[MAX_ROWS];
    assert_true(count <= MAX_ROWS);
    for (size_t i = 0; i < count; i++) {
        struct wh_str number;
        assert_ok(bench, wh_arena_format(&bench->arena, &number, &bench->err, "%zu", i));
        numbers[i] = number.ptr;
    }
    assert_ok(bench, wh_arena_format(&bench->arena, &whole->name, &bench->err, "t%s",
                                     bench->fixture->ending));
    whole->infos[0] = (struct wh_column_info){.name = WH_STR("id"), .type = conformance_int_type};
    whole->infos[1] = (struct wh_column_info){.name = WH_STR("value"), .type = type};
    whole->info =
        (struct wh_table_info){.name = whole->name, .columns = whole->infos, .column_count = 2};
    whole->columns[0] = conformance_make_column(bench, conformance_int_type, numbers, count);
    whole->columns[1] = conformance_make_column(bench, type, texts, count);
}

/** A table of @p count rows of the same text. */
static void make_texts(struct bench *bench, struct whole *whole, size_t count)
{
    const char *texts[MAX_ROWS];
    for (size_t i = 0; i < count; i++)
        texts[i] = "it's \"text\"";
    make_whole(bench, whole, conformance_text_type, texts, count);
}

static struct wh_whole_request request_of(const struct whole *whole, int64_t run)
{
    return (struct wh_whole_request){.table = &whole->info, .run = run};
}

static void begin(struct bench *bench, struct whole *whole, const struct wh_whole_request *request)
{
    assert_ok(bench, bench->functions->whole_begin(bench->destination, request, &bench->err));
    whole->writer = conformance_open_writer(bench, bench->destination, whole->name.ptr, 2, 1);
}

/** Writes rows first to end - 1 in the transaction that is open. */
static void write_some(struct bench *bench, struct whole *whole, size_t first, size_t end)
{
    struct rows rows = {.selection = {.count = 0}};
    struct wh_write_request request = {.columns = whole->columns};
    conformance_select_rows(&rows, first, end);
    assert_ok(bench,
              conformance_write_rows(bench, whole->writer, WH_WRITE_INSERT, &request, &rows));
    for (size_t i = first; i < end; i++)
        assert_int_equal(rows.results[i], WH_ROW_WRITTEN);
    assert_int_equal(request.stopped_at, end - first);
}

static void write_group(struct bench *bench, struct whole *whole, size_t first, size_t end)
{
    assert_ok(bench, bench->functions->begin(bench->destination, &bench->err));
    write_some(bench, whole, first, end);
    assert_ok(bench, bench->functions->commit(bench->destination, &bench->err));
}

static void end(struct bench *bench, struct whole *whole)
{
    bench->functions->writer_close(whole->writer);
    assert_ok(bench, bench->functions->whole_end(bench->destination, whole->name, &bench->err));
}

/** Begins, writes and ends a table in one group, as run @p run. */
static void write_whole(struct bench *bench, struct whole *whole, int64_t run, size_t count)
{
    struct wh_whole_request request = request_of(whole, run);
    begin(bench, whole, &request);
    write_group(bench, whole, 0, count);
    end(bench, whole);
}

static void open_anew(struct bench *bench)
{
    bench->functions->close(bench->destination);
    bench->destination = conformance_open_at(bench, bench->url, false);
}

/* ---- what is there --------------------------------------------------------------------------- */

static struct wh_source_request source_of(const struct bench *bench, const struct whole *whole)
{
    return (struct wh_source_request){
        .url = wh_str_from(bench->url), .from = whole->name, .format = bench->fixture->format};
}

static void print_batch(struct bench *bench, struct wh_batch *batch, struct wh_buf *out)
{
    assert_int_equal(batch->bad_count, 0);
    assert_int_equal(batch->column_count, 2);
    for (size_t row = 0; row < batch->row_count; row++)
        for (size_t i = 0; i < 2; i++) {
            struct wh_str text = WH_STR("-");
            bool is_null = wh_column_is_null(&batch->columns[i], row);
            if (!is_null)
                assert_int_equal(wh_value_print(&batch->columns[i], row, &batch->arena, &text),
                                 WH_FAULT_NONE);
            assert_ok(bench, wh_buf_printf(out, &bench->err, "%s%.*s%s", is_null ? "" : "<",
                                           WH_FMT(text), is_null ? "" : ">"));
            assert_ok(bench, wh_buf_append_byte(out, i == 0 ? ' ' : '\n', &bench->err));
        }
}

/** The rows that a source finds: "<0> <a>\n<1> -\n". */
static void print_source(struct bench *bench, struct wh_source *source, struct wh_buf *out)
{
    const struct wh_source_functions *f = bench->fixture->connector->source;
    struct wh_reader *reader;
    struct wh_chunk_spec *chunks;
    size_t count;
    struct wh_batch batch;
    wh_code rc;
    wh_batch_init(&batch);
    assert_ok(bench, f->split(source, UINT64_MAX, &bench->arena, &chunks, &count, &bench->err));
    assert_ok(bench, f->reader_open(source, &reader, &bench->err));
    for (size_t i = 0; i < count; i++) {
        assert_ok(bench, f->seek(reader, chunks[i].text, 0, &bench->err));
        while ((rc = f->read(reader, &batch, &bench->err)) == WH_OK)
            print_batch(bench, &batch, out);
        assert_code(bench, WH_END, rc);
    }
    f->reader_close(reader);
    wh_batch_release(&batch);
}

/** What a source finds in the place of a value. */
static struct wh_str read_as(const struct conformance_fixture *fixture, struct wh_type type,
                             struct wh_str text)
{
    for (const struct conformance_rewording *one = fixture->rewordings; one->text != NULL; one++)
        if (wh_type_equal(one->type, type) && wh_str_is(text, one->text))
            return wh_str_from(one->reads_as);
    return text;
}

/** What stands under the table's name reads as rows @p count, of the values that were written or
 *  what the fixture says of them. */
static void assert_there(struct bench *bench, const struct whole *whole, size_t count)
{
    struct wh_source_request request = source_of(bench, whole);
    struct wh_source *source;
    struct wh_buf found;
    struct wh_buf wanted;
    wh_buf_init(&found, MAX_PRINTED);
    wh_buf_init(&wanted, MAX_PRINTED);
    assert_ok(bench, bench->fixture->connector->source->open(&request, &source, &bench->err));
    print_source(bench, source, &found);
    bench->fixture->connector->source->close(source);
    for (size_t i = 0; i < count; i++) {
        struct wh_str text;
        if (wh_column_is_null(&whole->columns[1], i)) {
            assert_ok(bench, wh_buf_printf(&wanted, &bench->err, "<%zu> -\n", i));
            continue;
        }
        assert_int_equal(wh_value_print(&whole->columns[1], i, &bench->arena, &text),
                         WH_FAULT_NONE);
        text = read_as(bench->fixture, whole->infos[1].type, text);
        assert_ok(bench, wh_buf_printf(&wanted, &bench->err, "<%zu> <%.*s>\n", i, WH_FMT(text)));
    }
    if (!wh_str_equal(wh_buf_str(&found), wh_buf_str(&wanted)))
        fail_msg("found\n%.*s\nnot\n%.*s", WH_FMT(wh_buf_str(&found)), WH_FMT(wh_buf_str(&wanted)));
    wh_buf_release(&found);
    wh_buf_release(&wanted);
}

static void assert_nothing_there(struct bench *bench, const struct whole *whole)
{
    struct wh_source_request request = source_of(bench, whole);
    struct wh_source *source;
    assert_code(bench, WH_UNREACHABLE,
                bench->fixture->connector->source->open(&request, &source, &bench->err));
}

static char *path_of(const struct bench *bench, const struct whole *whole, char *room)
{
    snprintf(room, URL_SIZE + 64, "%s/%.*s", bench->url, WH_FMT(whole->name));
    return room;
}

/* ---- the tests ------------------------------------------------------------------------------- */

static void has_the_functions_of_what_is_written_whole(void **state)
{
    struct bench *bench = *state;
    const struct wh_destination_functions *f = bench->functions;
    assert_int_equal(f->commit_kind, WH_COMMIT_WHOLE);
    assert_true(f->open && f->close && f->identity && f->describe && f->create && f->begin &&
                f->commit && f->rollback && f->savepoint && f->release && f->rollback_to &&
                f->lock && f->unlock && f->holder && f->prepare && f->execute && f->next &&
                f->statement_free && f->script && f->whole_begin && f->whole_end &&
                f->writer_open && f->writer_close && f->is_empty && f->fetch && f->write &&
                f->check && f->delete_reaches && f->count && f->interrupt);
    assert_true(bench->fixture->connector->accepts(wh_str_from(bench->url)));
    assert_non_null(bench->fixture->connector->source);
}

static void values_of_every_kind_read_back_as_they_were(void **state)
{
    struct bench *bench = *state;
    for (size_t i = 0; conformance_value_sets[i].texts[0] != NULL; i++) {
        const struct value_set *set = &conformance_value_sets[i];
        struct whole whole;
        size_t count = 0;
        while (set->texts[count] != NULL)
            count++;
        make_whole(bench, &whole, set->type, set->texts, count + 1); /* NULL is the last */
        write_whole(bench, &whole, (int64_t)i + 1, count + 1);
        assert_there(bench, &whole, count + 1);
    }
}

static void what_was_written_is_a_source_like_any_other(void **state)
{
    struct bench *bench = *state;
    struct whole whole;
    make_texts(bench, &whole, MAX_ROWS);
    write_whole(bench, &whole, 1, MAX_ROWS);
    struct wh_source_request request = source_of(bench, &whole);
    assert_int_equal(source_conformance(bench->fixture->connector, &request), MAX_ROWS);
}

static void nothing_stands_under_the_name_before_the_end(void **state)
{
    struct bench *bench = *state;
    struct whole whole;
    uint64_t count = 1;
    make_texts(bench, &whole, 4);
    struct wh_whole_request request = request_of(&whole, 1);
    begin(bench, &whole, &request);
    write_group(bench, &whole, 0, 4);
    assert_nothing_there(bench, &whole);
    bool is_empty = true;
    assert_ok(bench, bench->functions->is_empty(whole.writer, &is_empty, &bench->err));
    assert_false(is_empty);
    end(bench, &whole);
    assert_there(bench, &whole, 4);
    assert_ok(bench, bench->functions->whole_end(bench->destination, whole.name, &bench->err));
    assert_there(bench, &whole, 4);
    assert_ok(bench, bench->functions->count(bench->destination, whole.name, UINT64_MAX, &count,
                                             &bench->err));
    assert_int_equal(count, 4);
}

static void a_group_that_was_taken_back_leaves_nothing(void **state)
{
    struct bench *bench = *state;
    struct whole whole;
    make_texts(bench, &whole, 6);
    struct wh_whole_request request = request_of(&whole, 1);
    begin(bench, &whole, &request);
    assert_ok(bench, bench->functions->begin(bench->destination, &bench->err));
    write_some(bench, &whole, 3, 6); /* nothing is committed yet */
    assert_ok(bench, bench->functions->rollback(bench->destination, &bench->err));
    write_group(bench, &whole, 0, 2);
    assert_ok(bench, bench->functions->begin(bench->destination, &bench->err));
    write_some(bench, &whole, 3, 6);
    assert_ok(bench, bench->functions->rollback(bench->destination, &bench->err));
    write_group(bench, &whole, 2, 4);
    end(bench, &whole);
    assert_there(bench, &whole, 4);
}

/** Whatever was committed when the connection died stays, and nothing else. */
static void a_run_goes_on_behind_its_last_commit(void **state)
{
    struct bench *bench = *state;
    struct whole whole;
    make_texts(bench, &whole, 9);
    struct wh_whole_request request = request_of(&whole, 1);
    for (size_t committed = 0; committed < 9; committed += 3) {
        begin(bench, &whole, &request);
        if (committed > 0)
            write_group(bench, &whole, committed - 3, committed);
        assert_ok(bench, bench->functions->begin(bench->destination, &bench->err));
        write_some(bench, &whole, 5, 9);
        bench->functions->writer_close(whole.writer);
        open_anew(bench);
        assert_nothing_there(bench, &whole);
        request.was_started = committed > 0;
    }
    begin(bench, &whole, &request);
    write_group(bench, &whole, 6, 9);
    end(bench, &whole);
    assert_there(bench, &whole, 9);
    /* Of a run that came to its end there is nothing left to be done. */
    open_anew(bench);
    assert_ok(bench, bench->functions->whole_begin(bench->destination, &request, &bench->err));
    assert_ok(bench, bench->functions->whole_end(bench->destination, whole.name, &bench->err));
    assert_there(bench, &whole, 9);
}

static void a_run_does_not_go_on_with_what_another_began(void **state)
{
    struct bench *bench = *state;
    struct whole whole;
    make_texts(bench, &whole, 4);
    struct wh_whole_request request = request_of(&whole, 1);
    begin(bench, &whole, &request);
    write_group(bench, &whole, 0, 2);
    bench->functions->writer_close(whole.writer);
    open_anew(bench);
    request.run = 2;
    begin(bench, &whole, &request);
    write_group(bench, &whole, 0, 3);
    bench->functions->writer_close(whole.writer);
    open_anew(bench);
    request.run = 1;
    request.was_started = true;
    assert_code(bench, WH_CONFLICT,
                bench->functions->whole_begin(bench->destination, &request, &bench->err));
}

static void what_stands_there_is_replaced_at_one_stroke(void **state)
{
    struct bench *bench = *state;
    struct whole whole;
    make_texts(bench, &whole, 8);
    write_whole(bench, &whole, 1, 8);
    struct wh_whole_request request = request_of(&whole, 2);
    begin(bench, &whole, &request);
    write_group(bench, &whole, 0, 3);
    assert_there(bench, &whole, 8);
    end(bench, &whole);
    assert_there(bench, &whole, 3);
}

static void what_somebody_else_put_there_is_not_replaced(void **state)
{
    struct bench *bench = *state;
    struct whole whole;
    char path[URL_SIZE + 64];
    make_texts(bench, &whole, 2);
    FILE *file = fopen(path_of(bench, &whole, path), "w");
    assert_non_null(file);
    assert_true(fputs("mine\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    struct wh_whole_request request = request_of(&whole, 1);
    assert_code(bench, WH_INVALID,
                bench->functions->whole_begin(bench->destination, &request, &bench->err));
    assert_non_null(strstr(bench->err.message, "is there already"));
    open_anew(bench);
    request.overwrites = true;
    begin(bench, &whole, &request);
    write_group(bench, &whole, 0, 2);
    end(bench, &whole);
    assert_there(bench, &whole, 2);
}

static void a_part_does_not_replace_the_whole(void **state)
{
    struct bench *bench = *state;
    struct whole whole;
    make_texts(bench, &whole, 3);
    struct wh_whole_request request = request_of(&whole, 1);
    request.is_partial = true;
    begin(bench, &whole, &request);
    write_group(bench, &whole, 0, 1);
    end(bench, &whole);
    assert_there(bench, &whole, 1);
    open_anew(bench);
    request.run = 2;
    assert_code(bench, WH_INVALID,
                bench->functions->whole_begin(bench->destination, &request, &bench->err));
    assert_there(bench, &whole, 1);
}

static void a_rehearsal_leaves_everything_as_it_was(void **state)
{
    struct bench *bench = *state;
    struct whole whole;
    make_texts(bench, &whole, 3);
    for (int64_t run = 1; run <= 2; run++) {
        struct wh_whole_request request = request_of(&whole, run);
        request.is_rehearsal = true;
        assert_ok(bench, bench->functions->begin(bench->destination, &bench->err));
        begin(bench, &whole, &request);
        write_some(bench, &whole, 0, 2);
        end(bench, &whole);
        assert_ok(bench, bench->functions->rollback(bench->destination, &bench->err));
        open_anew(bench);
        if (run == 2) {
            assert_there(bench, &whole, 3);
            return;
        }
        assert_nothing_there(bench, &whole);
        write_whole(bench, &whole, 1, 3);
    }
}

static void every_row_is_new_and_every_value_is_held(void **state)
{
    struct bench *bench = *state;
    struct whole whole;
    struct rows rows = {.selection = {.count = 0}};
    uint8_t faults[3] = {0};
    make_texts(bench, &whole, 3);
    struct wh_whole_request request = request_of(&whole, 1);
    begin(bench, &whole, &request);
    write_group(bench, &whole, 0, 2);
    struct wh_found found = conformance_fetch(bench, whole.writer, whole.columns, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(found.is_there[i], WH_FOUND_NOTHING);
    conformance_select_rows(&rows, 0, 3);
    assert_ok(bench, bench->functions->check(whole.writer, 1, &whole.columns[1], &rows.selection,
                                             faults, &bench->err));
    assert_memory_equal(faults, ((const uint8_t[]){0, 0, 0}), 3);
    end(bench, &whole);
}

static const struct CMUnitTest tests[] = {
    CONFORMANCE_TEST(has_the_functions_of_what_is_written_whole),
    CONFORMANCE_TEST(values_of_every_kind_read_back_as_they_were),
    CONFORMANCE_TEST(what_was_written_is_a_source_like_any_other),
    CONFORMANCE_TEST(nothing_stands_under_the_name_before_the_end),
    CONFORMANCE_TEST(a_group_that_was_taken_back_leaves_nothing),
    CONFORMANCE_TEST(a_run_goes_on_behind_its_last_commit),
    CONFORMANCE_TEST(a_run_does_not_go_on_with_what_another_began),
    CONFORMANCE_TEST(what_stands_there_is_replaced_at_one_stroke),
    CONFORMANCE_TEST(what_somebody_else_put_there_is_not_replaced),
    CONFORMANCE_TEST(a_part_does_not_replace_the_whole),
    CONFORMANCE_TEST(a_rehearsal_leaves_everything_as_it_was),
    CONFORMANCE_TEST(every_row_is_new_and_every_value_is_held),
};

const struct conformance_part conformance_whole = {.tests = tests, .count = WH_COUNT_OF(tests)};
