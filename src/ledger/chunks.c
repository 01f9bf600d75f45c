/* SPDX-License-Identifier: Apache-2.0 */
/* Chunks: parts of an item type's source, and how far their owner came. */
#include "base/error.h"
#include "ledger/statements.h"

/* What is to be added where @p before was counted already. */
static void fill_counts(const struct wh_counts *before, const struct wh_counts *now,
                        struct wh_param params[WH_COUNT_COLUMNS])
{
    const uint64_t values[WH_COUNT_COLUMNS] = {
        now->read - before->read,       now->inserted - before->inserted,
        now->updated - before->updated, now->unchanged - before->unchanged,
        now->skipped - before->skipped, now->rejected - before->rejected,
        now->failed - before->failed,   now->deleted - before->deleted,
    };
    for (size_t i = 0; i < WH_COUNT_COLUMNS; i++)
        params[i] = wh_param_int((int64_t)values[i]);
}

/* Chunks on their way into the ledger. */
struct adding {
    struct wh_ledger *ledger;
    const struct wh_chunk_record *chunks;
    size_t count;
};

/* In their order: into @p append, or by a statement for each where it is NULL. */
static wh_code add_each(void *ctx, struct wh_append *append, struct wh_error *err)
{
    const struct adding *adding = ctx;
    struct wh_ledger *ledger = adding->ledger;
    for (size_t i = 0; i < adding->count; i++) {
        const struct wh_chunk_record *chunk = &adding->chunks[i];
        struct wh_str spec = chunk->spec.text.ptr != NULL ? chunk->spec.text : WH_STR("");
        struct wh_param params[] = {
            wh_param_int(chunk->run),
            wh_param_text(chunk->item),
            wh_param_blob(spec),
            wh_param_count(chunk->spec.records),
            wh_param_int((int64_t)chunk->spec.size),
        };
        WH_TRY(
            append != NULL
                ? ledger->connection.functions->append_row(append, params, WH_COUNT_OF(params), err)
                : wh_ledger_execute(ledger, WH_SQL_ADD_CHUNK, params, WH_COUNT_OF(params), err));
    }
    return WH_OK;
}

wh_code wh_ledger_add_chunks(struct wh_ledger *ledger, const struct wh_chunk_record *chunks,
                             size_t count, struct wh_error *err)
{
    struct adding adding = {.ledger = ledger, .chunks = chunks, .count = count};
    if (count < WH_LEAST_APPENDED || !wh_ledger_appends(ledger))
        return add_each(&adding, NULL, err);
    return wh_ledger_append(ledger, "wherry.chunk (" WH_CHUNK_FIELDS ")", add_each, &adding, err);
}

static wh_code read_chunk(const struct wh_param *row, struct wh_arena *arena,
                          struct wh_chunk_record *ret, struct wh_error *err)
{
    ret->id = row[0].number;
    WH_TRY(wh_copy_bytes_of(&row[1], arena, &ret->spec.text, err));
    ret->spec.records = wh_count_of(&row[2]);
    ret->spec.size = (uint64_t)row[3].number;
    ret->is_started = row[4].number != 0;
    ret->position = (uint64_t)row[5].number;
    ret->digest = (uint64_t)row[6].number;
    ret->is_done = row[7].number != 0;
    ret->counts = wh_counts_of(&row[8]);
    return WH_OK;
}

wh_code wh_ledger_chunks(struct wh_ledger *ledger, int64_t run, struct wh_str item,
                         struct wh_arena *arena, struct wh_chunk_record **ret, size_t *ret_count,
                         struct wh_error *err)
{
    struct wh_param params[] = {wh_param_int(run), wh_param_text(item)};
    struct wh_param row[8 + WH_COUNT_COLUMNS];
    struct wh_chunk_record *chunks = NULL;
    struct wh_str name;
    size_t count = 0;
    WH_TRY(wh_arena_copy(arena, item, &name, err));
    WH_TRY(wh_ledger_execute(ledger, WH_SQL_CHUNKS, params, WH_COUNT_OF(params), err));
    wh_code rc;
    while ((rc = wh_ledger_next(ledger, WH_SQL_CHUNKS, row, WH_COUNT_OF(row), err)) == WH_OK) {
        chunks = wh_grow_array(arena, chunks, count, sizeof(*chunks));
        if (chunks == NULL)
            return wh_error_no_memory(err, count * sizeof(*chunks));
        chunks[count].run = run;
        chunks[count].item = name;
        WH_TRY(read_chunk(row, arena, &chunks[count++], err));
    }
    *ret = chunks;
    *ret_count = count;
    return rc == WH_END ? WH_OK : rc;
}

wh_code wh_ledger_own_chunks(struct wh_ledger *ledger, int64_t run, struct wh_str owner,
                             struct wh_error *err)
{
    struct wh_param params[] = {wh_param_int(run), wh_param_text(owner)};
    return wh_ledger_execute(ledger, WH_SQL_OWN_CHUNKS, params, WH_COUNT_OF(params), err);
}

wh_code wh_ledger_claim(struct wh_ledger *ledger, int64_t chunk, struct wh_str owner,
                        struct wh_chunk_claim *ret, struct wh_error *err)
{
    struct wh_param params[] = {wh_param_int(chunk), wh_param_text(owner)};
    struct wh_param row[5];
    struct wh_param unused[5];
    WH_TRY(wh_ledger_execute(ledger, WH_SQL_CLAIM, params, WH_COUNT_OF(params), err));
    wh_code rc = wh_ledger_next(ledger, WH_SQL_CLAIM, row, WH_COUNT_OF(row), err);
    if (rc == WH_END)
        return wh_error_set(err, WH_CONFLICT, "chunk %lld is no longer in the ledger",
                            (long long)chunk);
    if (rc != WH_OK)
        return rc;
    *ret = (struct wh_chunk_claim){.is_mine = row[0].number != 0,
                                   .is_started = row[1].number != 0,
                                   .position = (uint64_t)row[2].number,
                                   .digest = (uint64_t)row[3].number,
                                   .is_done = row[4].number != 0};
    /* To its end, or the statement would hold its locks until it is used again. */
    rc = wh_ledger_next(ledger, WH_SQL_CLAIM, unused, WH_COUNT_OF(unused), err);
    return rc == WH_END ? WH_OK : rc;
}

wh_code wh_ledger_move_chunk(struct wh_ledger *ledger, const struct wh_chunk_move *move,
                             struct wh_error *err)
{
    struct wh_param params[7 + WH_COUNT_COLUMNS] = {
        wh_param_int(move->chunk),       wh_param_text(move->owner),
        wh_param_int(move->was_started), wh_param_int((int64_t)move->from),
        wh_param_int((int64_t)move->to), wh_param_int((int64_t)move->digest),
        wh_param_int(move->is_done),
    };
    const struct wh_counts none = {.read = 0};
    fill_counts(&none, &move->counts, &params[7]);
    int64_t moved;
    wh_code rc = wh_ledger_ask(ledger, WH_SQL_MOVE_CHUNK, params, WH_COUNT_OF(params), &moved, err);
    if (rc == WH_END)
        return wh_error_set(err, WH_CONFLICT,
                            "chunk %lld is no longer where '%.*s' left it: another process took "
                            "it over",
                            (long long)move->chunk, WH_FMT(move->owner));
    return rc;
}

wh_code wh_ledger_hold_chunk(struct wh_ledger *ledger, int64_t chunk, struct wh_str owner,
                             struct wh_error *err)
{
    struct wh_param params[] = {wh_param_int(chunk), wh_param_text(owner)};
    int64_t held;
    wh_code rc = wh_ledger_ask(ledger, WH_SQL_HOLD_CHUNK, params, WH_COUNT_OF(params), &held, err);
    if (rc == WH_END)
        return wh_error_set(err, WH_CONFLICT,
                            "chunk %lld is no longer of '%.*s': another process took it over",
                            (long long)chunk, WH_FMT(owner));
    return rc;
}

wh_code wh_ledger_change_counts(struct wh_ledger *ledger, int64_t chunk,
                                const struct wh_counts *before, const struct wh_counts *now,
                                struct wh_error *err)
{
    struct wh_param params[1 + WH_COUNT_COLUMNS] = {wh_param_int(chunk)};
    fill_counts(before, now, &params[1]);
    return wh_ledger_execute(ledger, WH_SQL_CHANGE_COUNTS, params, WH_COUNT_OF(params), err);
}
