/* SPDX-License-Identifier: Apache-2.0 */
#include "connect_source_conformance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/macros.h"
#include "data/text.h"

#define MAX_TRANSCRIPT ((size_t)64 << 20)

/** One opening of the source. */
struct bench {
    const struct wh_source_functions *functions;
    struct wh_source *source;
    struct wh_reader *reader;
    struct wh_arena arena;
    struct wh_batch batch;
    struct wh_error err;
};

#define assert_code(bench, expected, call)                                                         \
    do {                                                                                           \
        wh_code assert_rc_ = (call);                                                               \
        if (assert_rc_ != (expected))                                                              \
            fail_msg("%s gave %d, not %d: %s", #call, (int)assert_rc_, (int)(expected),            \
                     (bench)->err.message);                                                        \
    } while (0)
#define assert_ok(bench, call) assert_code(bench, WH_OK, call)

static void open_bench(struct bench *bench, const struct wh_connector *connector,
                       const struct wh_source_request *request, size_t batch_rows)
{
    struct wh_source_request own = *request;
    own.batch_rows = batch_rows;
    *bench = (struct bench){.functions = connector->source};
    wh_arena_init(&bench->arena);
    wh_batch_init(&bench->batch);
    assert_ok(bench, bench->functions->open(&own, &bench->source, &bench->err));
    assert_ok(bench, bench->functions->reader_open(bench->source, &bench->reader, &bench->err));
}

static void close_bench(struct bench *bench)
{
    bench->functions->reader_close(bench->reader);
    bench->functions->close(bench->source);
    wh_batch_release(&bench->batch);
    wh_arena_release(&bench->arena);
}

/* ---- transcripts ----------------------------------------------------------------------------- */

static void print_place(struct bench *bench, const struct wh_position *position, struct wh_buf *out)
{
    struct wh_str place;
    assert_ok(bench, bench->functions->place(bench->source, position, &bench->batch.arena, &place,
                                             &bench->err));
    assert_ok(bench, wh_buf_printf(out, &bench->err, "%.*s", WH_FMT(place)));
}

static void print_row(struct bench *bench, size_t row, struct wh_buf *out)
{
    struct wh_batch *batch = &bench->batch;
    print_place(bench, &batch->positions[row], out);
    for (size_t i = 0; i < batch->column_count; i++) {
        struct wh_str text = WH_STR("-");
        if (!wh_column_is_null(&batch->columns[i], row))
            assert_int_equal(wh_value_print(&batch->columns[i], row, &batch->arena, &text),
                             WH_FAULT_NONE);
        assert_ok(bench, wh_buf_printf(out, &bench->err, "|%zu:", text.len));
        assert_ok(bench, wh_buf_append_str(out, text, &bench->err));
    }
    assert_ok(bench, wh_buf_append_byte(out, '\n', &bench->err));
}

static void print_bad(struct bench *bench, const struct wh_bad_record *bad, struct wh_buf *out)
{
    print_place(bench, &bad->position, out);
    assert_ok(bench, wh_buf_printf(out, &bench->err, " bad: %.*s <%.*s>\n", WH_FMT(bad->reason),
                                   WH_FMT(bad->raw)));
}

/** The batch's records in their order; the number of them. */
static uint64_t print_batch(struct bench *bench, struct wh_buf *out)
{
    const struct wh_batch *batch = &bench->batch;
    size_t bad = 0;
    uint64_t last = 0;
    for (size_t row = 0; row <= batch->row_count; row++) {
        for (; bad < batch->bad_count && batch->bad[bad].before_row <= row; bad++) {
            last = batch->bad[bad].position.offset;
            print_bad(bench, &batch->bad[bad], out);
        }
        if (row == batch->row_count)
            break;
        if (row > 0)
            assert_true(batch->positions[row].offset > batch->positions[row - 1].offset);
        last = WH_MAX(last, batch->positions[row].offset);
        print_row(bench, row, out);
    }
    assert_true(batch->end_offset > last);
    return batch->row_count + batch->bad_count;
}

/** Reads on to the end of the chunk. */
static uint64_t print_rest(struct bench *bench, struct wh_buf *out)
{
    uint64_t records = 0;
    wh_code rc;
    while ((rc = bench->functions->read(bench->reader, &bench->batch, &bench->err)) == WH_OK)
        records += print_batch(bench, out);
    assert_code(bench, WH_END, rc);
    return records;
}

static void split(struct bench *bench, uint64_t target, struct wh_chunk_spec **ret, size_t *count)
{
    assert_ok(bench, bench->functions->split(bench->source, target, &bench->arena, ret, count,
                                             &bench->err));
}

/** All chunks of about @p target bytes, one after another. */
static uint64_t print_all(struct bench *bench, uint64_t target, struct wh_buf *out)
{
    struct wh_chunk_spec *chunks = NULL;
    size_t count = 0;
    uint64_t records = 0;
    split(bench, target, &chunks, &count);
    for (size_t i = 0; i < count; i++) {
        assert_ok(bench, bench->functions->seek(bench->reader, chunks[i].text, 0, &bench->err));
        uint64_t own = print_rest(bench, out);
        if (chunks[i].records != UINT64_MAX)
            assert_int_equal(own, chunks[i].records);
        records += own;
    }
    return records;
}

static void assert_same(const struct wh_buf *a, const struct wh_buf *b)
{
    assert_int_equal(a->len, b->len);
    assert_true(a->len == 0 || memcmp(a->ptr, b->ptr, a->len) == 0);
}

/** What is told without reading is what is read. */
static void check_count(struct bench *bench, uint64_t records)
{
    uint64_t counted = 0;
    if (bench->functions->count == NULL)
        return;
    assert_ok(bench, bench->functions->count(bench->source, &counted, &bench->err));
    assert_int_equal(counted, records);
}

/* ---- going on -------------------------------------------------------------------------------- */

static uint64_t digest_of(struct bench *bench)
{
    uint64_t digest = 0;
    assert_ok(bench, bench->functions->digest(bench->reader, &digest, &bench->err));
    return digest;
}

/** What another opening of the source finds at @p position: digest, and all that stands behind. */
static uint64_t go_on(struct bench *other, struct wh_str chunk, uint64_t position,
                      struct wh_buf *out)
{
    uint64_t digest = 0;
    assert_ok(other,
              other->functions->digest_until(other->reader, chunk, position, &digest, &other->err));
    assert_ok(other, other->functions->seek(other->reader, chunk, position, &other->err));
    assert_int_equal(digest_of(other), digest);
    print_rest(other, out);
    return digest;
}

static void check_going_on(struct bench *bench, struct bench *other, struct wh_str chunk)
{
    struct wh_buf whole;
    struct wh_buf pieces;
    wh_buf_init(&whole, MAX_TRANSCRIPT);
    wh_buf_init(&pieces, MAX_TRANSCRIPT);
    assert_ok(bench, bench->functions->seek(bench->reader, chunk, 0, &bench->err));
    print_rest(bench, &whole);
    assert_ok(bench, bench->functions->seek(bench->reader, chunk, 0, &bench->err));
    wh_code rc;
    while ((rc = bench->functions->read(bench->reader, &bench->batch, &bench->err)) == WH_OK) {
        print_batch(bench, &pieces);
        size_t done = pieces.len;
        assert_int_equal(go_on(other, chunk, bench->batch.end_offset, &pieces), digest_of(bench));
        assert_same(&whole, &pieces);
        pieces.len = done;
    }
    assert_code(bench, WH_END, rc);
    wh_buf_release(&whole);
    wh_buf_release(&pieces);
}

uint64_t source_conformance(const struct wh_connector *connector,
                            const struct wh_source_request *request)
{
    static const uint64_t targets[] = {1, 100, 5000, 1 << 20};
    struct bench few;
    struct bench many;
    struct wh_buf whole;
    struct wh_buf cut;
    wh_buf_init(&whole, MAX_TRANSCRIPT);
    wh_buf_init(&cut, MAX_TRANSCRIPT);
    open_bench(&few, connector, request, 7);
    open_bench(&many, connector, request, 0);
    uint64_t records = print_all(&many, UINT64_C(1) << 40, &whole);
    check_count(&many, records);
    for (size_t i = 0; i < WH_COUNT_OF(targets); i++) {
        wh_buf_reset(&cut);
        assert_int_equal(print_all(i % 2 == 0 ? &few : &many, targets[i], &cut), records);
        assert_same(&whole, &cut);
    }
    struct wh_chunk_spec *chunks = NULL;
    size_t count = 0;
    split(&few, 2000, &chunks, &count);
    for (size_t i = 0; i < count && i < 5; i++)
        check_going_on(&few, &many, chunks[i].text);
    close_bench(&few);
    close_bench(&many);
    wh_buf_release(&whole);
    wh_buf_release(&cut);
    return records;
}
