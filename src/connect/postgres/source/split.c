/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cutting a source into chunks without reading it: by blocks, evenly by numbers that have no
 * gaps, or by values of the key's first column that a sample of the table's blocks spreads
 * evenly. The first chunk is open to the left and the last to the right, so that they cover rows
 * that another snapshot may have.
 */
#include <inttypes.h>

#include "base/error.h"
#include "connect/postgres/source/chunk.h"
#include "sql/quote.h"

#define SAMPLE_BLOCKS 300
#define BLOCK_SIZE 8192 /* about: what it is on nearly all servers */

/* Of so many chunks so many are small. */
enum { LEAST_CHUNKS = 8, SMALL_CHUNKS = 3 };

struct split {
    const struct wh_postgres_source *source;
    uint64_t wanted; /* chunks */
    struct wh_arena *arena;
    struct wh_str *bounds; /* between chunks */
    size_t bound_count;
};

static wh_code make_bounds(struct split *split, size_t count, struct wh_error *err)
{
    split->bounds = wh_arena_array(split->arena, count, sizeof(*split->bounds));
    return split->bounds != NULL ? WH_OK : wh_error_no_memory(err, count * sizeof(*split->bounds));
}

/* ---- by key ---------------------------------------------------------------------------------- */

/** The values of the key's first column that stand at equal distances in a sample. Where there are
 *  few blocks the sample is all of them. */
static wh_code append_sample(const struct split *split, struct wh_buf *sql, struct wh_error *err)
{
    const struct wh_postgres_source *source = split->source;
    uint64_t blocks = WH_MAX(source->bytes / BLOCK_SIZE, (uint64_t)SAMPLE_BLOCKS);
    WH_TRY(wh_buf_append_str(sql, WH_STR("SELECT "), err));
    WH_TRY(wh_postgres_source_append_text(source, source->info.order[0], WH_STR("k"), sql, err));
    WH_TRY(wh_buf_append_str(sql, WH_STR(" FROM (SELECT "), err));
    WH_TRY(wh_sql_append_name(sql, source->columns[source->info.order[0]].name, err));
    WH_TRY(wh_buf_append_str(sql, WH_STR(" AS k, pg_catalog.row_number() OVER (ORDER BY "), err));
    WH_TRY(wh_sql_append_name(sql, source->columns[source->info.order[0]].name, err));
    WH_TRY(wh_buf_printf(sql, err,
                         ") - 1 AS r, pg_catalog.count(*) OVER () AS n FROM %.*s "
                         "TABLESAMPLE SYSTEM (%d.0 / %" PRIu64 ") REPEATABLE (0)) AS s",
                         WH_FMT(source->relation.sql_name), SAMPLE_BLOCKS * 100, blocks));
    return wh_buf_printf(
        sql, err, " WHERE r > 0 AND r * %" PRIu64 " / n > (r - 1) * %" PRIu64 " / n ORDER BY k",
        split->wanted, split->wanted);
}

static wh_code add_bound(struct split *split, struct wh_str bound, struct wh_error *err)
{
    if (split->bound_count > 0 && wh_str_equal(split->bounds[split->bound_count - 1], bound))
        return WH_OK;
    return wh_arena_copy(split->arena, bound, &split->bounds[split->bound_count++], err);
}

static wh_code bound_by_key(struct split *split, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf sql;
    PGresult *rows WH_CLEANUP(wh_postgres_result_release) = NULL;
    wh_buf_init(&sql, WH_POSTGRES_MAX_SQL);
    WH_TRY(append_sample(split, &sql, err));
    const char *text = wh_buf_cstr(&sql);
    if (text == NULL)
        return wh_error_no_memory(err, sql.len);
    WH_TRY(wh_postgres_query(split->source->connection, text, NULL, 0, &rows, err));
    int count = PQntuples(rows);
    WH_ASSERT(count < WH_POSTGRES_MAX_CHUNKS, err);
    WH_TRY(make_bounds(split, (size_t)count, err));
    for (int i = 0; i < count; i++)
        WH_TRY(add_bound(split, wh_postgres_text_at(rows, i, 0), err));
    return WH_OK;
}

/* ---- evenly ---------------------------------------------------------------------------------- */

/** True where hardly a number is missing between the least and the greatest key. */
static bool is_dense(const struct wh_postgres_source *source)
{
    return source->order == WH_POSTGRES_BY_NUMBER && source->rows != UINT64_MAX &&
           source->greatest > source->least &&
           source->greatest - source->least <= source->rows + source->rows / 8;
}

/** A destination waits for the first chunk: of many the first ones are smaller,
 *  the first of all the smallest. */
static uint64_t size_of_next(const struct split *split, uint64_t size)
{
    bool has_small = split->wanted >= LEAST_CHUNKS && split->bound_count < SMALL_CHUNKS;
    return has_small ? WH_MAX(size >> (SMALL_CHUNKS - split->bound_count), (uint64_t)1) : size;
}

/** Chunks of numbers without gaps, from @p least to @p greatest,
 *  are of one size but for the first ones. */
static wh_code bound_evenly(struct split *split, uint64_t least, uint64_t greatest,
                            struct wh_error *err)
{
    uint64_t size = (greatest - least) / split->wanted + 1;
    WH_TRY(make_bounds(split, split->wanted + SMALL_CHUNKS, err));
    for (uint64_t at = least + size_of_next(split, size); at <= greatest;
         at += size_of_next(split, size))
        WH_TRY(wh_arena_format(split->arena, &split->bounds[split->bound_count++], err, "%" PRIu64,
                               at));
    return WH_OK;
}

/* ---- the split ------------------------------------------------------------------------------- */

static wh_code find_bounds(struct split *split, struct wh_error *err)
{
    const struct wh_postgres_source *source = split->source;
    if (split->wanted <= 1)
        return WH_OK;
    switch (source->order) {
    case WH_POSTGRES_BY_NUMBER:
    case WH_POSTGRES_BY_KEY:
        return is_dense(source) ? bound_evenly(split, source->least, source->greatest, err)
                                : bound_by_key(split, err);
    case WH_POSTGRES_BY_CTID:
        return bound_evenly(split, 0, source->bytes / BLOCK_SIZE - 1, err);
    case WH_POSTGRES_AS_GIVEN:
        break;
    }
    return WH_OK;
}

static wh_code make_specs(const struct split *split, struct wh_chunk_spec *specs,
                          struct wh_error *err)
{
    size_t count = split->bound_count + 1;
    uint64_t expected = split->source->rows != UINT64_MAX ? split->source->rows / count : 0;
    for (size_t i = 0; i < count; i++) {
        struct wh_postgres_chunk chunk = {.ordinal = i};
        if (i > 0)
            chunk.first = split->bounds[i - 1];
        if (i + 1 < count)
            chunk.last = split->bounds[i];
        specs[i] = (struct wh_chunk_spec){
            .records = UINT64_MAX, .expected = expected, .size = split->source->bytes / count};
        WH_TRY(wh_postgres_chunk_print(split->source, &chunk, split->arena, &specs[i].text, err));
    }
    return WH_OK;
}

wh_code wh_postgres_source_split(struct wh_source *opened, uint64_t target, struct wh_arena *arena,
                                 struct wh_chunk_spec **ret, size_t *ret_count,
                                 struct wh_error *err)
{
    const struct wh_postgres_source *source = wh_postgres_source_from(opened);
    uint64_t wanted = source->bytes / WH_MAX(target, (uint64_t)BLOCK_SIZE);
    struct split split = {.source = source,
                          .wanted = WH_MIN(wanted, (uint64_t)WH_POSTGRES_MAX_CHUNKS - SMALL_CHUNKS),
                          .arena = arena};
    wh_code rc = find_bounds(&split, err);
    if (rc != WH_OK)
        return wh_postgres_source_failure(source, rc, err);
    *ret_count = split.bound_count + 1;
    *ret = wh_arena_array(arena, *ret_count, sizeof(**ret));
    if (*ret == NULL)
        return wh_error_no_memory(err, *ret_count * sizeof(**ret));
    return make_specs(&split, *ret, err);
}
