/* SPDX-License-Identifier: Apache-2.0 */
#include "run/resume.h"

#include <stdio.h>
#include <unistd.h>

#include "base/crash.h"
#include "base/error.h"
#include "run/split.h"
#include "run/tell.h"
#include "run/transaction.h"

/* ---- may the last run be gone on with? ------------------------------------------------------- */

static bool is_unfinished(const struct wh_run_record *record)
{
    return record->state == WH_RUN_RUNNING || record->state == WH_RUN_INTERRUPTED ||
           record->state == WH_RUN_STOPPED || record->state == WH_RUN_FAILED;
}

/* The latest run that was not a partial one, if it did not come to its end. */
static wh_code find_unfinished(struct wh_run_context *run, struct wh_run_record **ret,
                               struct wh_error *err)
{
    struct wh_run_record *records = NULL;
    size_t count = 0;
    *ret = NULL;
    WH_TRY(wh_ledger_runs(run->ledger, run->request->migration->name, 0, run->arena, &records,
                          &count, err));
    for (size_t i = 0; i < count; i++) {
        if (records[i].is_partial)
            continue;
        if (is_unfinished(&records[i]))
            *ret = &records[i];
        return WH_OK;
    }
    return WH_OK;
}

/* Others may have added rows behind the last one of a chunk that was done:
 * nobody would read them. */
static wh_code is_at_end(const struct wh_item_plan *item, struct wh_reader *reader,
                         const struct wh_chunk_record *chunk, bool *ret, struct wh_error *err)
{
    uint64_t position = chunk->is_started ? chunk->position : 0;
    struct wh_batch batch;
    WH_TRY(item->source_functions->seek(reader, chunk->spec.text, position, err));
    wh_batch_init(&batch);
    wh_code rc = item->source_functions->read(reader, &batch, err);
    wh_batch_release(&batch);
    *ret = rc == WH_END;
    return rc == WH_END ? WH_OK : rc;
}

static wh_code chunk_is_same(const struct wh_item_plan *item, struct wh_reader *reader,
                             const struct wh_chunk_record *chunk, bool *ret, struct wh_error *err)
{
    uint64_t digest = chunk->digest;
    if (chunk->is_started)
        WH_TRY(item->source_functions->digest_until(reader, chunk->spec.text, chunk->position,
                                                    &digest, err));
    *ret = digest == chunk->digest;
    if (!*ret || !chunk->is_done || !item->source_functions->is_live)
        return WH_OK;
    return is_at_end(item, reader, chunk, ret, err);
}

/* Reads the finished parts of the source again: the same bytes must be there. */
static wh_code digests_match(const struct wh_item_plan *item, const struct wh_chunk_record *chunks,
                             size_t count, bool *ret, struct wh_error *err)
{
    struct wh_reader *reader = NULL;
    WH_TRY(item->source_functions->reader_open(item->source, &reader, err));
    wh_code rc = WH_OK;
    *ret = true;
    for (size_t i = 0; i < count && rc == WH_OK && *ret; i++)
        rc = chunk_is_same(item, reader, &chunks[i], ret, err);
    item->source_functions->reader_close(reader);
    return rc;
}

/* Which rows went on was decided by the survey of a moment that is gone: another survey may decide
 * otherwise about rows that were done and rows that were not. */
static bool mixes_surveys(const struct wh_item_plan *item, const struct wh_chunk_record *chunks,
                          size_t count)
{
    if (!item->source_functions->is_live ||
        item->duplicate_rule_count + item->unique_expectation_count == 0)
        return false;
    for (size_t i = 0; i < count; i++)
        if (chunks[i].is_started)
            return true;
    return false;
}

static wh_code what_was_done_is_unchanged(struct wh_run_context *run,
                                          const struct wh_item_plan *item, int64_t id,
                                          const char **ret_why, struct wh_error *err)
{
    struct wh_chunk_record *chunks = NULL;
    size_t count = 0;
    bool same = false;
    WH_TRY(wh_ledger_chunks(run->ledger, id, item->definition->name, run->arena, &chunks, &count,
                            err));
    if (mixes_surveys(item, chunks, count)) {
        *ret_why = "its duplicates are decided over the whole source, which others may have "
                   "changed";
        return WH_OK;
    }
    WH_TRY(digests_match(item, chunks, count, &same, err));
    if (!same)
        *ret_why = "the source changed in the part that was done";
    return WH_OK;
}

/* What the ledger says of the rows of a table. */
struct known_rows {
    uint64_t inserted;  /* by the run */
    uint64_t found;     /* by the run, which left or made them as they should be */
    uint64_t all;       /* whichever run wrote them */
    uint64_t since_run; /* of them, those that were written since the run began */
};

static wh_code count_state(struct wh_run_context *run, const struct wh_item_record *record,
                           struct known_rows *rows, struct wh_error *err)
{
    struct wh_state_options options = {.migration = run->request->migration->name,
                                       .item = record->name,
                                       .run = record->run,
                                       .budget = &run->budget};
    struct wh_state *state = NULL;
    wh_code rc = wh_state_load(run->ledger, &options, &state, err);
    if (rc != WH_OK)
        return wh_error_prefix(err, rc, "item type '%.*s'", WH_FMT(options.item));
    rows->all += wh_state_count(state, false);
    rows->since_run += wh_state_count_since_run(state);
    wh_state_free(state);
    return WH_OK;
}

/* What earlier runs wrote may have been gone before this one began. Where it has found nothing of
 * it, it has not come to any or fills an emptied table again: then only what was written since has
 * to be there. Rows that it has not come to must not stand in for those that it found. */
static uint64_t expected_rows(const struct known_rows *rows)
{
    return rows->found > 0 ? rows->all : WH_MAX(rows->inserted, rows->since_run);
}

static wh_code count_expected(struct wh_run_context *run, const struct wh_item_record *records,
                              struct wh_str table, uint64_t *ret, struct wh_error *err)
{
    struct known_rows rows = {.all = 0};
    for (size_t i = 0; i < run->item_count; i++) {
        const struct wh_counts *counts = &records[i].counts;
        if (!wh_str_equal(run->items[i]->table.name, table))
            continue;
        rows.inserted += counts->inserted;
        rows.found += counts->updated + counts->unchanged;
        WH_TRY(count_state(run, &records[i], &rows, err));
    }
    *ret = expected_rows(&rows);
    return WH_OK;
}

/* Rows that are to be there cannot be more than the table has. */
static wh_code rows_are_there(struct wh_run_context *run, const struct wh_item_record *records,
                              bool *ret, struct wh_error *err)
{
    *ret = true;
    for (size_t i = 0; i < run->item_count && *ret; i++) {
        struct wh_str table = run->items[i]->table.name;
        uint64_t expected = 0;
        uint64_t rows = 0;
        WH_TRY(count_expected(run, records, table, &expected, err));
        WH_TRY(run->connection.functions->count(run->connection.destination, table, UINT64_MAX,
                                                &rows, err));
        *ret = rows >= expected;
    }
    return WH_OK;
}

static wh_code item_is_unchanged(struct wh_run_context *run, const struct wh_item_plan *item,
                                 const struct wh_item_record *record, const char **ret_why,
                                 struct wh_error *err)
{
    struct wh_source_identity identity;
    WH_TRY(item->source_functions->identity(item->source, run->arena, &identity, err));
    if (!wh_str_equal(item->definition->name, record->name))
        *ret_why = "other item types were asked for";
    else if (item->fingerprint != record->fingerprint)
        *ret_why = "the migration, or a column's type, changed";
    else if (!wh_str_equal(identity.text, record->source_identity))
        *ret_why = "the source changed (size, time or content)";
    if (*ret_why != NULL)
        return WH_OK;
    return what_was_done_is_unchanged(run, item, record->run, ret_why, err);
}

/* Why the run cannot be gone on with, NULL where it can. */
static wh_code why_not(struct wh_run_context *run, const struct wh_run_record *record,
                       const char **ret, struct wh_error *err)
{
    *ret = NULL;
    if (run->options->restart && run->run == 0)
        *ret = "a restart was asked for";
    else if (!wh_str_equal(record->text, run->request->migration->text))
        *ret = "the migration file changed";
    if (*ret != NULL)
        return WH_OK;
    struct wh_item_record *items = NULL;
    size_t count = 0;
    WH_TRY(wh_ledger_items(run->ledger, record->id, run->arena, &items, &count, err));
    if (count != run->item_count)
        *ret = "other item types were asked for";
    for (size_t i = 0; i < count && *ret == NULL; i++)
        WH_TRY(item_is_unchanged(run, run->items[i], &items[i], ret, err));
    if (*ret != NULL)
        return WH_OK;
    bool was_put_back = false;
    bool are_there = true;
    WH_TRY(wh_ledger_was_put_back(run->ledger, record->id, &was_put_back, err));
    if (!was_put_back)
        WH_TRY(rows_are_there(run, items, &are_there, err));
    if (was_put_back)
        *ret = "the ledger was put back from a dump, and the destination may be newer";
    else if (!are_there)
        *ret = "rows that wherry wrote are gone from the destination";
    return WH_OK;
}

/* ---- beginning ------------------------------------------------------------------------------- */

static wh_code make_owner(struct wh_run_context *run, struct wh_str *ret_who, struct wh_error *err)
{
    char host[256] = "";
    if (gethostname(host, sizeof(host) - 1) != 0)
        host[0] = '\0';
    const char *user = getenv("USER");
    WH_TRY(wh_arena_format(run->arena, ret_who, err, "%s@%s, process %ld",
                           user != NULL ? user : "user", host[0] != '\0' ? host : "host",
                           (long)getpid()));
    return wh_arena_format(run->arena, &run->owner, err, "%s:%ld:%lld", host, (long)getpid(),
                           (long long)run->now);
}

static wh_code add_item(struct wh_run_context *run, const struct wh_item_plan *item,
                        struct wh_chunk_record *chunks, size_t chunk_count, struct wh_error *err)
{
    struct wh_source_identity identity;
    WH_TRY(item->source_functions->identity(item->source, run->arena, &identity, err));
    struct wh_item_record record = {.run = run->run,
                                    .name = item->definition->name,
                                    .into = item->table.name,
                                    .fingerprint = item->fingerprint,
                                    .source_identity = identity.text,
                                    .has_images = item->definition->log != WH_LOG_KEYS};
    for (size_t i = 0; i < chunk_count; i++) {
        chunks[i].run = run->run;
        if (chunks[i].spec.records == UINT64_MAX)
            record.records = UINT64_MAX;
        else if (record.records != UINT64_MAX)
            record.records += chunks[i].spec.records;
    }
    WH_TRY(wh_ledger_add_item(run->ledger, &record, err));
    return wh_ledger_add_chunks(run->ledger, chunks, chunk_count, err);
}

struct split_item {
    struct wh_chunk_record *chunks;
    size_t count;
};

static wh_code add_run(struct wh_run_context *run, struct wh_str who,
                       const struct split_item *splits, struct wh_error *err)
{
    struct wh_run_record record = {.migration = run->request->migration->name,
                                   .state = WH_RUN_RUNNING,
                                   .is_partial = run->is_partial,
                                   .options = run->options->as_json,
                                   .text = run->request->migration->text,
                                   .version = WH_STR(WH_VERSION),
                                   .who = who,
                                   .started_at = run->now};
    WH_TRY(wh_ledger_add_run(run->ledger, &record, err));
    run->run = record.id;
    for (size_t i = 0; i < run->item_count; i++)
        WH_TRY(add_item(run, run->items[i], splits[i].chunks, splits[i].count, err));
    return wh_ledger_own_chunks(run->ledger, run->run, run->owner, err);
}

static wh_code begin_new(struct wh_run_context *run, struct wh_str who, struct wh_error *err)
{
    struct split_item *splits = wh_arena_array(run->arena, run->item_count, sizeof(*splits));
    if (splits == NULL)
        return wh_error_no_memory(err, run->item_count * sizeof(*splits));
    for (size_t i = 0; i < run->item_count; i++)
        WH_TRY(wh_split_source(run, run->items[i], &splits[i].chunks, &splits[i].count, err));
    WH_TRY(wh_run_transaction_begin(run, err));
    WH_TRY(wh_run_transaction_end(run, add_run(run, who, splits, err), err));
    WH_CRASH_POINT("run.begun");
    return WH_OK;
}

static wh_code go_on(struct wh_run_context *run, const struct wh_run_record *record,
                     struct wh_error *err)
{
    run->run = record->id;
    run->is_resumed = true;
    WH_TRY(wh_run_transaction_begin(run, err));
    wh_code rc = wh_ledger_set_run_state(run->ledger, run->run, WH_RUN_RUNNING, WH_STR_NONE, err);
    if (rc == WH_OK)
        rc = wh_ledger_own_chunks(run->ledger, run->run, run->owner, err);
    WH_TRY(wh_run_transaction_end(run, rc, err));
    /* Who begins again and again has said so. */
    uint64_t groups = atomic_load(&run->groups);
    if (run->has_told_resume && run->told_groups == groups)
        return WH_OK;
    run->has_told_resume = true;
    run->told_groups = groups;
    bool is_live = run->item_count > 0 && run->items[0]->source_functions->is_live;
    wh_run_note_text(run, "going on with run %lld%s", (long long)run->run,
                     is_live ? "; what is left of the source is read in a new snapshot" : "");
    return WH_OK;
}

static wh_code abandon(struct wh_run_context *run, const struct wh_run_record *record,
                       const char *why, struct wh_error *err)
{
    WH_TRY(wh_run_transaction_begin(run, err));
    WH_TRY(wh_run_transaction_end(
        run,
        wh_ledger_set_run_state(run->ledger, record->id, WH_RUN_ABANDONED, wh_str_from(why), err),
        err));
    wh_run_note_text(run, "run %lld was interrupted and is abandoned: %s; a new run begins",
                     (long long)record->id, why);
    return WH_OK;
}

wh_code wh_run_begin(struct wh_run_context *run, struct wh_error *err)
{
    struct wh_str who;
    WH_TRY(make_owner(run, &who, err));
    struct wh_run_record *unfinished = NULL;
    if (!run->is_partial && !run->options->rehearse)
        WH_TRY(find_unfinished(run, &unfinished, err));
    if (unfinished == NULL)
        return begin_new(run, who, err);
    const char *why = NULL;
    WH_TRY(why_not(run, unfinished, &why, err));
    if (why == NULL)
        return go_on(run, unfinished, err);
    WH_TRY(abandon(run, unfinished, why, err));
    return begin_new(run, who, err);
}
