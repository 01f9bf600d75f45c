/* SPDX-License-Identifier: Apache-2.0 */
/* Segments as rows of the ledger. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "data/hash.h"
#include "ledger/clock_text.h"
#include "ledger/segment.h"
#include "ledger/statements.h"
#include "ledger/tables.h"

/* A rerun's groups have the keys that those of the run before it had: all their filters are
 * there, and a first run's are not. So what was right for the last one is tried first, and takes
 * one statement. Where another worker adds the same filter in between, what was tried first is
 * right the second time. */
static wh_code keep_filter(struct wh_ledger *ledger, const struct wh_segment_blob *blob,
                           int64_t *ret_id, struct wh_error *err)
{
    enum { TRIES = 3 };
    struct wh_param params[] = {wh_param_int((int64_t)wh_hash_bytes(blob->filter, 0)),
                                wh_param_blob(blob->least_key), wh_param_blob(blob->last_key),
                                wh_param_blob(blob->filter)};
    for (int i = 0; i < TRIES; i++) {
        enum wh_ledger_sql sql = ledger->has_filters ? WH_SQL_SAME_FILTER : WH_SQL_ADD_FILTER;
        wh_code rc = wh_ledger_ask(ledger, sql, params, WH_COUNT_OF(params), ret_id, err);
        if (rc != WH_END)
            return rc;
        ledger->has_filters = !ledger->has_filters;
    }
    return wh_error_set(err, WH_CORRUPT,
                        "a filter can neither be found in the ledger's table %sfilter nor added to "
                        "it; drop the trigger or the rule that keeps rows out of it, or rebuild "
                        "its index if that is damaged",
                        wh_ledger_table_prefix(&ledger->connection));
}

wh_code wh_ledger_add_segment(struct wh_ledger *ledger, int64_t run, int64_t chunk,
                              struct wh_str item, const struct wh_segment_blob *blob,
                              int64_t *ret_id, struct wh_error *err)
{
    char room[WH_CLOCK_TEXT_SIZE];
    int64_t filter;
    WH_TRY(keep_filter(ledger, blob, &filter, err));
    struct wh_param params[] = {
        wh_param_int(run),
        chunk > 0 ? wh_param_int(chunk) : (struct wh_param){.kind = WH_PARAM_NULL},
        wh_param_text(item),
        wh_param_text(wh_clock_text(wh_clock_now(), room)),
        wh_param_int((int64_t)blob->item_count),
        wh_param_int(filter),
        wh_param_blob(blob->statuses),
        wh_param_blob(blob->body),
        blob->mark.ptr != NULL ? wh_param_text(blob->mark)
                               : (struct wh_param){.kind = WH_PARAM_NULL},
    };
    WH_TRY(wh_ledger_ask(ledger, WH_SQL_ADD_SEGMENT, params, WH_COUNT_OF(params), ret_id, err));
    ledger->segment = *ret_id;
    /* State keeps segments' numbers in 32 bits. */
    if (*ret_id > UINT32_MAX)
        return wh_error_set(err, WH_LIMIT, "the ledger holds 2^32 groups and takes no more");
    return WH_OK;
}

wh_code wh_ledger_load_segment(struct wh_ledger *ledger, int64_t id, struct wh_segment **ret,
                               struct wh_error *err)
{
    struct wh_param param = wh_param_int(id);
    struct wh_param row[3];
    WH_TRY(wh_ledger_execute(ledger, WH_SQL_SEGMENT, &param, 1, err));
    wh_code rc = wh_ledger_next(ledger, WH_SQL_SEGMENT, row, WH_COUNT_OF(row), err);
    if (rc == WH_END)
        return wh_error_set(err, WH_CORRUPT, "the ledger has no segment %lld", (long long)id);
    WH_TRY(rc);
    struct wh_segment_blob blob = {.item_count = (size_t)row[0].number,
                                   .statuses = wh_bytes_of(&row[1]),
                                   .body = wh_bytes_of(&row[2])};
    rc = wh_segment_decode(&blob, ret, err);
    if (rc != WH_OK)
        return wh_error_prefix(err, rc, "segment %lld", (long long)id);
    rc = wh_ledger_next(ledger, WH_SQL_SEGMENT, row, WH_COUNT_OF(row), err);
    if (rc == WH_END)
        return WH_OK;
    wh_segment_free(*ret);
    return rc == WH_OK ? wh_error_set(err, WH_CORRUPT, "segment %lld is there twice", (long long)id)
                       : rc;
}

wh_code wh_ledger_has_segment(struct wh_ledger *ledger, int64_t id, bool *ret, struct wh_error *err)
{
    struct wh_param param = wh_param_int(id);
    int64_t count = 0;
    WH_TRY(wh_ledger_ask(ledger, WH_SQL_HAS_SEGMENT, &param, 1, &count, err));
    *ret = count > 0;
    return WH_OK;
}

/* ---- marks ----------------------------------------------------------------------------------- */

static wh_code make_room(struct wh_arena *arena, struct wh_str **marks, size_t count,
                         size_t *capacity, struct wh_error *err)
{
    if (count < *capacity)
        return WH_OK;
    *capacity = *capacity > 0 ? 2 * *capacity : 64;
    struct wh_str *grown = wh_arena_array(arena, *capacity, sizeof(*grown));
    if (grown == NULL)
        return wh_error_no_memory(err, *capacity * sizeof(*grown));
    if (count > 0)
        memcpy(grown, *marks, count * sizeof(*grown));
    *marks = grown;
    return WH_OK;
}

wh_code wh_ledger_marks(struct wh_ledger *ledger, struct wh_str migration, struct wh_str item,
                        struct wh_arena *arena, struct wh_str **ret, size_t *ret_count,
                        struct wh_error *err)
{
    struct wh_param params[] = {wh_param_text(migration), wh_param_text(item),
                                wh_param_int(WH_MOST_MARKS)};
    struct wh_param row;
    wh_code rc;
    size_t capacity = 0;
    *ret = NULL;
    *ret_count = 0;
    WH_TRY(wh_ledger_execute(ledger, WH_SQL_MARKS, params, WH_COUNT_OF(params), err));
    while ((rc = wh_ledger_next(ledger, WH_SQL_MARKS, &row, 1, err)) == WH_OK) {
        WH_TRY(make_room(arena, ret, *ret_count, &capacity, err));
        WH_TRY(wh_arena_copy(arena, wh_bytes_of(&row), &(*ret)[*ret_count], err));
        (*ret_count)++;
    }
    return rc == WH_END ? WH_OK : rc;
}
