/* SPDX-License-Identifier: Apache-2.0 */
/* Runs and the item types in them. */
#include "base/clock.h"
#include "base/error.h"
#include "ledger/clock_text.h"
#include "ledger/names.h"
#include "ledger/statements.h"
#include "ledger/tables.h"

static struct wh_param or_empty(struct wh_str text)
{
    return wh_param_text(text.ptr != NULL ? text : WH_STR(""));
}

/* ---- runs ------------------------------------------------------------------------------------ */

wh_code wh_ledger_add_run(struct wh_ledger *ledger, struct wh_run_record *record,
                          struct wh_error *err)
{
    char room[WH_CLOCK_TEXT_SIZE];
    if (record->started_at == 0)
        record->started_at = wh_clock_now();
    record->state = WH_RUN_RUNNING;
    struct wh_param params[] = {
        or_empty(record->migration),
        wh_param_text(wh_str_from(wh_run_state_name(WH_RUN_RUNNING))),
        wh_param_int(record->is_partial),
        or_empty(record->options),
        or_empty(record->text),
        or_empty(record->version),
        or_empty(record->who),
        wh_param_text(record->reason),
        wh_param_text(wh_clock_text(record->started_at, room)),
    };
    return wh_ledger_ask(ledger, WH_SQL_ADD_RUN, params, WH_COUNT_OF(params), &record->id, err);
}

wh_code wh_ledger_set_run_state(struct wh_ledger *ledger, int64_t run, enum wh_run_state state,
                                struct wh_str reason, struct wh_error *err)
{
    char room[WH_CLOCK_TEXT_SIZE];
    struct wh_str now = wh_clock_text(wh_clock_now(), room);
    struct wh_param params[] = {
        wh_param_int(run),
        wh_param_text(wh_str_from(wh_run_state_name(state))),
        wh_param_text(reason),
        wh_param_text(state == WH_RUN_RUNNING ? WH_STR_NONE : now),
    };
    return wh_ledger_execute(ledger, WH_SQL_SET_RUN_STATE, params, WH_COUNT_OF(params), err);
}

wh_code wh_ledger_is_running(struct wh_ledger *ledger, int64_t run, bool *ret, struct wh_error *err)
{
    struct wh_param param = wh_param_int(run);
    int64_t is_running = 0;
    wh_code rc = wh_ledger_ask(ledger, WH_SQL_IS_RUNNING, &param, 1, &is_running, err);
    *ret = rc == WH_OK && is_running != 0;
    return rc == WH_END ? WH_OK : rc;
}

static wh_code read_run(const struct wh_param *row, struct wh_arena *arena,
                        struct wh_run_record *ret, struct wh_error *err)
{
    ret->id = row[0].number;
    ret->state = wh_run_state_from(wh_bytes_of(&row[2]));
    ret->is_partial = row[3].number != 0;
    if (ret->state == 0)
        return wh_error_set(err, WH_CORRUPT, "run %lld in the ledger has no known state",
                            (long long)ret->id);
    WH_TRY(wh_copy_bytes_of(&row[1], arena, &ret->migration, err));
    WH_TRY(wh_copy_bytes_of(&row[4], arena, &ret->options, err));
    WH_TRY(wh_copy_bytes_of(&row[5], arena, &ret->text, err));
    WH_TRY(wh_copy_bytes_of(&row[6], arena, &ret->version, err));
    WH_TRY(wh_copy_bytes_of(&row[7], arena, &ret->who, err));
    WH_TRY(wh_copy_bytes_of(&row[8], arena, &ret->reason, err));
    WH_TRY(wh_clock_text_read(wh_bytes_of(&row[9]), &ret->started_at, err));
    if (row[10].kind == WH_PARAM_TEXT)
        WH_TRY(wh_clock_text_read(row[10].bytes, &ret->finished_at, err));
    return WH_OK;
}

wh_code wh_ledger_runs(struct wh_ledger *ledger, struct wh_str migration, size_t limit,
                       struct wh_arena *arena, struct wh_run_record **ret, size_t *ret_count,
                       struct wh_error *err)
{
    struct wh_param params[] = {
        wh_param_text(migration),
        wh_param_int(limit == 0 || limit > INT32_MAX ? INT32_MAX : (int64_t)limit),
    };
    struct wh_param row[11];
    struct wh_run_record *runs = NULL;
    size_t count = 0;
    WH_TRY(wh_ledger_execute(ledger, WH_SQL_RUNS, params, WH_COUNT_OF(params), err));
    wh_code rc;
    while ((rc = wh_ledger_next(ledger, WH_SQL_RUNS, row, WH_COUNT_OF(row), err)) == WH_OK) {
        runs = wh_grow_array(arena, runs, count, sizeof(*runs));
        if (runs == NULL)
            return wh_error_no_memory(err, count * sizeof(*runs));
        WH_TRY(read_run(row, arena, &runs[count++], err));
    }
    *ret = runs;
    *ret_count = count;
    return rc == WH_END ? WH_OK : rc;
}

wh_code wh_ledger_was_put_back(struct wh_ledger *ledger, int64_t run, bool *ret,
                               struct wh_error *err)
{
    struct wh_param param = wh_param_int(run);
    int64_t segments = 0;
    if (wh_str_is(wh_str_from(ledger->connection.functions->dialect), "postgresql"))
        WH_TRY(wh_ledger_ask(ledger, WH_SQL_PUT_BACK, &param, 1, &segments, err));
    *ret = segments > 0;
    return WH_OK;
}

/* ---- item types ------------------------------------------------------------------------------ */

wh_code wh_ledger_add_item(struct wh_ledger *ledger, const struct wh_item_record *record,
                           struct wh_error *err)
{
    struct wh_param params[] = {
        wh_param_int(record->run),
        wh_param_text(record->name),
        or_empty(record->into),
        wh_param_int((int64_t)record->fingerprint),
        or_empty(record->source_identity),
        wh_param_int(record->has_images),
        wh_param_count(record->records),
    };
    return wh_ledger_execute(ledger, WH_SQL_ADD_ITEM, params, WH_COUNT_OF(params), err);
}

wh_code wh_ledger_finish_item(struct wh_ledger *ledger, int64_t run, struct wh_str name,
                              struct wh_error *err)
{
    struct wh_param params[] = {wh_param_int(run), wh_param_text(name)};
    return wh_ledger_execute(ledger, WH_SQL_FINISH_ITEM, params, WH_COUNT_OF(params), err);
}

static wh_code read_item(const struct wh_param *row, struct wh_arena *arena,
                         struct wh_item_record *ret, struct wh_error *err)
{
    WH_TRY(wh_copy_bytes_of(&row[0], arena, &ret->name, err));
    WH_TRY(wh_copy_bytes_of(&row[1], arena, &ret->into, err));
    ret->fingerprint = (uint64_t)row[2].number;
    WH_TRY(wh_copy_bytes_of(&row[3], arena, &ret->source_identity, err));
    ret->has_images = row[4].number != 0;
    ret->records = wh_count_of(&row[5]);
    ret->is_done = row[6].number != 0;
    ret->counts = wh_counts_of(&row[7]);
    return WH_OK;
}

static enum wh_ledger_sql items_statement(const struct wh_ledger *ledger)
{
    if (!wh_ledger_has(ledger, WH_TABLE_ITEM))
        return WH_SQL_ITEMS_OF_CHUNKS;
    return wh_ledger_has(ledger, WH_TABLE_CHUNK) ? WH_SQL_ITEMS : WH_SQL_ITEMS_ALONE;
}

wh_code wh_ledger_items(struct wh_ledger *ledger, int64_t run, struct wh_arena *arena,
                        struct wh_item_record **ret, size_t *ret_count, struct wh_error *err)
{
    enum wh_ledger_sql sql = items_statement(ledger);
    struct wh_param param = wh_param_int(run);
    struct wh_param row[7 + WH_COUNT_COLUMNS];
    struct wh_item_record *items = NULL;
    size_t count = 0;
    WH_TRY(wh_ledger_execute(ledger, sql, &param, 1, err));
    wh_code rc;
    while ((rc = wh_ledger_next(ledger, sql, row, WH_COUNT_OF(row), err)) == WH_OK) {
        items = wh_grow_array(arena, items, count, sizeof(*items));
        if (items == NULL)
            return wh_error_no_memory(err, count * sizeof(*items));
        items[count].run = run;
        WH_TRY(read_item(row, arena, &items[count++], err));
    }
    *ret = items;
    *ret_count = count;
    return rc == WH_END ? WH_OK : rc;
}
