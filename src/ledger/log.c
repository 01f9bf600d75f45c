/* SPDX-License-Identifier: Apache-2.0 */
/* A key is looked for in the filters whose range of keys it is in, which are small, then in the few
 * that may hold it; without a key all segments of a run are read. */
#include "ledger/log.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "data/hash.h"
#include "ledger/cap.h"
#include "ledger/clock_text.h"
#include "ledger/failures.h"
#include "ledger/filter.h"
#include "ledger/segment_decode.h"
#include "ledger/state.h"
#include "ledger/statements.h"
#include "ledger/streams.h"

/* A segment to look into. */
struct found_segment {
    int64_t id;
    int64_t run;
    int64_t at;
    struct wh_str item;
    bool is_again; /* of items that were tried again */
};

/* One question being answered. */
struct search {
    struct wh_ledger *ledger;
    const struct wh_log_query *query;
    wh_log_visit *visit;
    void *ctx;
    uint64_t count;
    struct wh_arena arena; /* lives as long as the search */
    struct found_segment *found;
    size_t found_count;
};

/* The segment that is being looked into. */
struct opened {
    const struct found_segment *found;
    struct wh_segment *segment;
    size_t rule;                        /* of its schema, that is asked for; SIZE_MAX: none */
    struct wh_arena arena;              /* of its failures */
    struct wh_failure_record *failures; /* of its refused items, in their order */
    size_t failure_count;
    size_t next_failure;
    bool has_failures; /* they were read */
    bool has_earlier;  /* failures of earlier segments, which its items may have kept */
    bool asked_earlier;
    struct wh_failure_record earlier; /* of the item in hand */
    struct wh_arena item_arena;
};

static wh_code latest_run(struct wh_ledger *ledger, const struct wh_log_query *query, int64_t *ret,
                          struct wh_error *err)
{
    struct wh_param param = wh_param_text(query->migration);
    *ret = query->run;
    return query->run != 0 ? WH_OK : wh_ledger_ask(ledger, WH_SQL_LATEST_RUN, &param, 1, ret, err);
}

/* A failure's key is cut where it is long, with the hash of all of it beside it. */
static bool is_of_key(const struct wh_failure_record *failure, const struct wh_capped *key)
{
    return wh_str_equal_or_null(failure->key, wh_bytes_of(&key->text)) &&
           wh_str_equal_or_null(failure->key_hash, wh_bytes_of(&key->hash));
}

/* ---- which segments -------------------------------------------------------------------------- */

static wh_code add_found(struct search *search, const struct wh_param row[5], struct wh_error *err)
{
    search->found =
        wh_grow_array(&search->arena, search->found, search->found_count, sizeof(*search->found));
    if (search->found == NULL)
        return wh_error_no_memory(err, search->found_count * sizeof(*search->found));
    struct found_segment *found = &search->found[search->found_count++];
    found->id = row[0].number;
    found->run = row[1].number;
    found->is_again = row[4].number != 0;
    WH_TRY(wh_copy_bytes_of(&row[2], &search->arena, &found->item, err));
    return wh_clock_text_read(wh_bytes_of(&row[3]), &found->at, err);
}

static int newest_first(const void *a, const void *b)
{
    const struct found_segment *x = a;
    const struct found_segment *y = b;
    return (x->id < y->id) - (x->id > y->id);
}

/* Numbers of the filters that may have a key. */
struct filters {
    int64_t *ids;
    size_t count;
};

static wh_code ask_filters(struct search *search, struct filters *ret, struct wh_error *err)
{
    struct wh_str key = search->query->key;
    uint64_t hash = wh_hash_bytes(key, WH_STATE_KEY_SEED);
    struct wh_param prefix = wh_param_blob(wh_str_make(key.ptr, WH_MIN(key.len, WH_KEY_PREFIX)));
    struct wh_param row[2];
    WH_TRY(wh_ledger_execute(search->ledger, WH_SQL_FILTERS, &prefix, 1, err));
    wh_code rc;
    while ((rc = wh_ledger_next(search->ledger, WH_SQL_FILTERS, row, WH_COUNT_OF(row), err)) ==
           WH_OK) {
        if (!wh_filter_may_have(wh_bytes_of(&row[1]), hash))
            continue;
        ret->ids = wh_grow_array(&search->arena, ret->ids, ret->count, sizeof(*ret->ids));
        if (ret->ids == NULL)
            return wh_error_no_memory(err, ret->count * sizeof(*ret->ids));
        ret->ids[ret->count++] = row[0].number;
    }
    return rc == WH_END ? WH_OK : rc;
}

static wh_code find_by_filter(struct search *search, int64_t filter, struct wh_error *err)
{
    const struct wh_log_query *query = search->query;
    struct wh_param params[] = {wh_param_text(query->migration), wh_param_text(query->item),
                                wh_param_int(query->run), wh_param_int(filter)};
    struct wh_param row[5];
    WH_TRY(wh_ledger_execute(search->ledger, WH_SQL_FILTERED_SEGMENTS, params, WH_COUNT_OF(params),
                             err));
    wh_code rc;
    while ((rc = wh_ledger_next(search->ledger, WH_SQL_FILTERED_SEGMENTS, row, WH_COUNT_OF(row),
                                err)) == WH_OK)
        WH_TRY(add_found(search, row, err));
    return rc == WH_END ? WH_OK : rc;
}

static wh_code find_by_key(struct search *search, struct wh_error *err)
{
    struct filters filters = {.count = 0};
    WH_TRY(ask_filters(search, &filters, err));
    for (size_t i = 0; i < filters.count; i++)
        WH_TRY(find_by_filter(search, filters.ids[i], err));
    if (search->found_count > 1)
        qsort(search->found, search->found_count, sizeof(*search->found), newest_first);
    return WH_OK;
}

static wh_code find_by_run(struct search *search, struct wh_error *err)
{
    int64_t run;
    wh_code rc = latest_run(search->ledger, search->query, &run, err);
    if (rc != WH_OK)
        return rc == WH_END ? WH_OK : rc;
    struct wh_param params[] = {wh_param_int(run), wh_param_text(search->query->item)};
    struct wh_param row[5];
    WH_TRY(wh_ledger_execute(search->ledger, WH_SQL_SEGMENTS_OF_RUN, params, WH_COUNT_OF(params),
                             err));
    while ((rc = wh_ledger_next(search->ledger, WH_SQL_SEGMENTS_OF_RUN, row, WH_COUNT_OF(row),
                                err)) == WH_OK)
        WH_TRY(add_found(search, row, err));
    return rc == WH_END ? WH_OK : rc;
}

/* ---- failures of a segment ------------------------------------------------------------------- */

static wh_code copy_failure(struct wh_arena *arena, const struct wh_failure_record *failure,
                            struct wh_failure_record *ret, struct wh_error *err)
{
    *ret = *failure;
    struct wh_str *const texts[] = {&ret->item,  &ret->key,    &ret->key_hash, &ret->stage,
                                    &ret->rule,  &ret->column, &ret->message,  &ret->sqlstate,
                                    &ret->place, &ret->values, &ret->bytes};
    for (size_t i = 0; i < WH_COUNT_OF(texts); i++)
        if (texts[i]->ptr != NULL)
            WH_TRY(wh_arena_copy(arena, *texts[i], texts[i], err));
    return WH_OK;
}

static wh_code add_failure(struct opened *opened, const struct wh_failure_record *failure,
                           struct wh_error *err)
{
    opened->failures =
        wh_grow_array(&opened->arena, opened->failures, opened->failure_count, sizeof(*failure));
    if (opened->failures == NULL)
        return wh_error_no_memory(err, opened->failure_count * sizeof(*failure));
    return copy_failure(&opened->arena, failure, &opened->failures[opened->failure_count++], err);
}

/* Those of the segment, or of the one key that is asked for. */
static wh_code read_failures(struct search *search, struct opened *opened, struct wh_error *err)
{
    bool has_key = search->query->key.ptr != NULL;
    struct wh_capped key;
    WH_TRY(wh_cap_text(search->query->key, &opened->arena, &key, err));
    struct wh_param params[] = {wh_param_int(opened->found->run),
                                wh_param_text(opened->found->item), wh_param_int(opened->found->id),
                                key.text, key.hash};
    enum wh_ledger_sql sql = has_key ? WH_SQL_FAILURES_OF_ITEM : WH_SQL_FAILURES_OF_SEGMENT;
    struct wh_param row[WH_FAILURE_COLUMNS];
    struct wh_failure_record failure;
    opened->has_failures = true;
    if (!search->query->needs_failures && !wh_ledger_has(search->ledger, WH_TABLE_FAILURE))
        return WH_OK;
    WH_TRY(wh_ledger_execute(search->ledger, sql, params, WH_COUNT_OF(params) - (has_key ? 0 : 2),
                             err));
    wh_code rc;
    while ((rc = wh_ledger_next(search->ledger, sql, row, WH_COUNT_OF(row), err)) == WH_OK) {
        WH_TRY(wh_failure_read(row, &failure, err));
        WH_TRY(add_failure(opened, &failure, err));
    }
    return rc == WH_END ? WH_OK : rc;
}

/* The failure of a refused item: the next with its key and status. Items are asked for in their
 * order. That of one that was tried again is gone, and a rejected record with the same key has its
 * own. */
static wh_code find_failure(struct search *search, struct opened *opened,
                            const struct wh_segment_item *logged,
                            const struct wh_failure_record **ret, struct wh_error *err)
{
    struct wh_capped key;
    if (!opened->has_failures)
        WH_TRY(read_failures(search, opened, err));
    WH_TRY(wh_cap_text(logged->key, &opened->item_arena, &key, err));
    *ret = NULL;
    for (size_t i = opened->next_failure; i < opened->failure_count; i++) {
        const struct wh_failure_record *failure = &opened->failures[i];
        if (failure->status != logged->status || !is_of_key(failure, &key))
            continue;
        opened->next_failure = i + 1;
        *ret = failure;
        break;
    }
    return WH_OK;
}

/* Such as rows that wait have. Asked once a segment: in a run that ended well there are none, and no
 * item is asked for. */
static wh_code ask_earlier(struct search *search, struct opened *opened, struct wh_error *err)
{
    const struct found_segment *found = opened->found;
    struct wh_param params[] = {wh_param_int(found->run), wh_param_text(found->item),
                                wh_param_int(found->id)};
    int64_t has = 0;
    if (opened->asked_earlier)
        return WH_OK;
    opened->asked_earlier = true;
    WH_TRY(wh_ledger_ask(search->ledger, WH_SQL_HAS_EARLIER_FAILURES, params, WH_COUNT_OF(params),
                         &has, err));
    opened->has_earlier = has != 0;
    return WH_OK;
}

static wh_code read_earlier(struct search *search, struct opened *opened, struct wh_str key,
                            const struct wh_failure_record **ret, struct wh_error *err)
{
    const struct found_segment *found = opened->found;
    struct wh_capped kept;
    WH_TRY(wh_cap_text(key, &opened->item_arena, &kept, err));
    struct wh_param params[] = {wh_param_int(found->run), wh_param_text(found->item),
                                wh_param_int(found->id), kept.text, kept.hash};
    struct wh_param row[WH_FAILURE_COLUMNS];
    struct wh_failure_record failure;
    WH_TRY(wh_ledger_execute(search->ledger, WH_SQL_EARLIER_FAILURE, params, WH_COUNT_OF(params),
                             err));
    wh_code rc;
    while ((rc = wh_ledger_next(search->ledger, WH_SQL_EARLIER_FAILURE, row, WH_COUNT_OF(row),
                                err)) == WH_OK) {
        WH_TRY(wh_failure_read(row, &failure, err));
        WH_TRY(copy_failure(&opened->item_arena, &failure, &opened->earlier, err));
        *ret = &opened->earlier;
    }
    return rc == WH_END ? WH_OK : rc;
}

/* An item that waits in pass after pass has one failure, of the segment in which it failed first:
 * while that is there, nothing else became of the item. */
static wh_code find_earlier(struct search *search, struct opened *opened,
                            const struct wh_segment_item *logged,
                            const struct wh_failure_record **ret, struct wh_error *err)
{
    if (!opened->found->is_again || logged->status != WH_STATUS_FAILED || logged->key.ptr == NULL ||
        !wh_ledger_has(search->ledger, WH_TABLE_FAILURE))
        return WH_OK;
    WH_TRY(ask_earlier(search, opened, err));
    return opened->has_earlier ? read_earlier(search, opened, logged->key, ret, err) : WH_OK;
}

/* ---- items ----------------------------------------------------------------------------------- */

static bool is_refused(enum wh_item_status status)
{
    return status == WH_STATUS_REJECTED || status == WH_STATUS_FAILED;
}

/* True where the rule that is asked for touched or refused the item. */
static bool is_wanted(const struct search *search, const struct opened *opened,
                      const struct wh_log_entry *entry)
{
    if (search->query->rule.ptr == NULL)
        return true;
    if (opened->rule != SIZE_MAX &&
        wh_segment_touched(opened->segment, opened->rule, entry->ordinal))
        return true;
    return entry->failure != NULL && entry->failure->rule.ptr != NULL &&
           wh_str_equal(entry->failure->rule, search->query->rule);
}

static wh_code visit_item(struct search *search, struct opened *opened, size_t ordinal,
                          struct wh_error *err)
{
    struct wh_log_entry entry = {.run = opened->found->run,
                                 .at = opened->found->at,
                                 .item = opened->found->item,
                                 .schema = wh_segment_schema(opened->segment),
                                 .segment = opened->segment,
                                 .ordinal = ordinal};
    wh_arena_reset(&opened->item_arena, SIZE_MAX);
    WH_TRY(wh_segment_item(opened->segment, ordinal, &opened->item_arena, &entry.logged, err));
    if (search->query->status != 0 && search->query->status != entry.logged.status)
        return WH_OK;
    WH_TRY(wh_segment_position(opened->segment, ordinal, &entry.position, err));
    if (is_refused(entry.logged.status))
        WH_TRY(find_failure(search, opened, &entry.logged, &entry.failure, err));
    if (entry.failure == NULL)
        WH_TRY(find_earlier(search, opened, &entry.logged, &entry.failure, err));
    if (entry.failure != NULL)
        entry.place = entry.failure->place;
    entry.was_tried_again = entry.logged.status == WH_STATUS_FAILED && entry.failure == NULL &&
                            wh_ledger_has(search->ledger, WH_TABLE_FAILURE);
    if (!is_wanted(search, opened, &entry))
        return WH_OK;
    search->count++;
    return search->visit(search->ctx, &entry, err);
}

static wh_code visit_items(struct search *search, struct opened *opened, struct wh_error *err)
{
    struct wh_str key = search->query->key;
    size_t count = wh_segment_count(opened->segment);
    if (key.ptr == NULL) {
        for (size_t i = 0; i < count; i++)
            WH_TRY(visit_item(search, opened, i, err));
        return WH_OK;
    }
    for (size_t i = wh_segment_find_next(opened->segment, key, 0); i != SIZE_MAX;
         i = wh_segment_find_next(opened->segment, key, i + 1))
        WH_TRY(visit_item(search, opened, i, err));
    return WH_OK;
}

static size_t find_rule(const struct wh_segment_schema *schema, struct wh_str rule)
{
    for (size_t i = 0; rule.ptr != NULL && i < schema->rule_count; i++)
        if (wh_str_equal(schema->rule_names[i], rule))
            return i;
    return SIZE_MAX;
}

static wh_code visit_segment(struct search *search, const struct found_segment *found,
                             struct wh_error *err)
{
    struct opened opened = {.found = found};
    WH_TRY(wh_ledger_load_segment(search->ledger, found->id, &opened.segment, err));
    opened.rule = find_rule(wh_segment_schema(opened.segment), search->query->rule);
    wh_code rc = visit_items(search, &opened, err);
    wh_segment_free(opened.segment);
    wh_arena_release(&opened.arena);
    wh_arena_release(&opened.item_arena);
    return rc;
}

static wh_code run_search(struct search *search, struct wh_error *err)
{
    WH_TRY(search->query->key.ptr != NULL ? find_by_key(search, err) : find_by_run(search, err));
    for (size_t i = 0; i < search->found_count; i++)
        WH_TRY(visit_segment(search, &search->found[i], err));
    return WH_OK;
}

/* A run beside this may try the item again and remove its failure: as of one moment either that is
 * there or what became of the item then. All items of a run are told without: it takes as long as
 * somebody leafs through them. */
static wh_code run_search_at_once(struct search *search, struct wh_error *err)
{
    WH_TRY(wh_ledger_begin_reading(search->ledger, err));
    wh_code rc = run_search(search, err);
    wh_ledger_end_reading(search->ledger);
    return rc;
}

wh_code wh_log_items(struct wh_ledger *ledger, const struct wh_log_query *query,
                     wh_log_visit *visit, void *ctx, uint64_t *ret_count, struct wh_error *err)
{
    struct search search = {.ledger = ledger, .query = query, .visit = visit, .ctx = ctx};
    wh_code rc =
        query->key.ptr != NULL ? run_search_at_once(&search, err) : run_search(&search, err);
    wh_arena_release(&search.arena);
    *ret_count = search.count;
    return rc;
}

/* ---- failures -------------------------------------------------------------------------------- */

/* A destination may hold all rows of a result in memory, or a transaction open until the last of
 * them is read: failures are read a page at a time, and told when it is there. */
enum { FAILURES_AT_ONCE = 500 };

/* One list of failures being told. */
struct failure_list {
    struct wh_ledger *ledger;
    /* Of WH_SQL_FAILURES: run, item, status, rule, key, the last number that was told and the last
     * that there is, how many. */
    struct wh_param params[8];
    struct wh_capped key;  /* that is asked for */
    struct wh_arena arena; /* of the page in hand */
    struct wh_failure_record page[FAILURES_AT_ONCE];
    size_t page_count;
    wh_failure_visit *visit;
    void *ctx;
    uint64_t count;
};

static struct wh_param *last_told(struct failure_list *list)
{
    return &list->params[5];
}

static wh_code read_page(struct failure_list *list, enum wh_ledger_sql sql, struct wh_error *err)
{
    struct wh_param row[WH_FAILURE_COLUMNS];
    wh_code rc;
    wh_arena_reset(&list->arena, SIZE_MAX);
    list->page_count = 0;
    while ((rc = wh_ledger_next(list->ledger, sql, row, WH_COUNT_OF(row), err)) == WH_OK) {
        struct wh_failure_record failure;
        WH_ASSERT(list->page_count < FAILURES_AT_ONCE, err);
        WH_TRY(wh_failure_read(row, &failure, err));
        WH_TRY(copy_failure(&list->arena, &failure, &list->page[list->page_count++], err));
    }
    return rc == WH_END ? WH_OK : rc;
}

static wh_code tell_page(struct failure_list *list, enum wh_ledger_sql sql, struct wh_error *err)
{
    bool has_key = list->params[4].kind != WH_PARAM_NULL;
    WH_TRY(read_page(list, sql, err));
    for (size_t i = 0; i < list->page_count; i++) {
        const struct wh_failure_record *failure = &list->page[i];
        last_told(list)->number = failure->id;
        if (has_key && !is_of_key(failure, &list->key))
            continue;
        WH_TRY(list->visit(list->ctx, failure, err));
        list->count++;
    }
    return WH_OK;
}

static bool is_page_full(const struct failure_list *list)
{
    return list->page_count == FAILURES_AT_ONCE;
}

/* Through the index of keys; many items that share one are then told on as those of a run. */
static wh_code tell_first_of_key(struct failure_list *list, struct wh_error *err)
{
    struct wh_param params[6];
    memcpy(params, list->params, sizeof(params));
    params[5] = wh_param_int(FAILURES_AT_ONCE);
    WH_TRY(
        wh_ledger_execute(list->ledger, WH_SQL_FAILURES_OF_KEY, params, WH_COUNT_OF(params), err));
    return tell_page(list, WH_SQL_FAILURES_OF_KEY, err);
}

/* Those of other runs are not gone through. */
static wh_code find_failures_range(struct failure_list *list, struct wh_error *err)
{
    struct wh_param row[2];
    WH_TRY(wh_ledger_execute(list->ledger, WH_SQL_FAILURE_RANGE, list->params, 1, err));
    WH_TRY(wh_ledger_next(list->ledger, WH_SQL_FAILURE_RANGE, row, WH_COUNT_OF(row), err));
    struct wh_param *last = last_told(list);
    *last = wh_param_int(WH_MAX(last->number, row[0].number - 1));
    list->params[6] = wh_param_int(row[1].number);
    wh_code rc = wh_ledger_next(list->ledger, WH_SQL_FAILURE_RANGE, row, WH_COUNT_OF(row), err);
    return rc == WH_END ? WH_OK : rc;
}

static wh_code tell_failures(struct failure_list *list, struct wh_error *err)
{
    bool has_key = list->params[4].kind != WH_PARAM_NULL;
    if (has_key)
        WH_TRY(tell_first_of_key(list, err));
    if (has_key && !is_page_full(list))
        return WH_OK;
    WH_TRY(find_failures_range(list, err));
    do {
        WH_TRY(wh_ledger_execute(list->ledger, WH_SQL_FAILURES, list->params,
                                 WH_COUNT_OF(list->params), err));
        WH_TRY(tell_page(list, WH_SQL_FAILURES, err));
    } while (is_page_full(list));
    return WH_OK;
}

wh_code wh_log_failures(struct wh_ledger *ledger, const struct wh_log_query *query,
                        enum wh_item_status status, wh_failure_visit *visit, void *ctx,
                        uint64_t *ret_count, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    int64_t run;
    struct wh_capped key;
    wh_arena_init(&scratch);
    *ret_count = 0;
    wh_code rc = latest_run(ledger, query, &run, err);
    if (rc != WH_OK)
        return rc == WH_END ? WH_OK : rc;
    WH_TRY(wh_cap_text(query->key, &scratch, &key, err));
    struct failure_list *list = calloc(1, sizeof(*list));
    if (list == NULL)
        return wh_error_no_memory(err, sizeof(*list));
    const struct wh_param params[] = {
        wh_param_int(run),
        wh_param_text(query->item),
        wh_param_text(status != 0 ? wh_str_from(wh_item_status_name(status)) : WH_STR_NONE),
        wh_param_text(query->rule),
        key.text,
        wh_param_int(0),
        wh_param_int(0),
        wh_param_int(FAILURES_AT_ONCE)};
    memcpy(list->params, params, sizeof(params));
    list->key = key;
    list->ledger = ledger;
    list->visit = visit;
    list->ctx = ctx;
    rc = tell_failures(list, err);
    *ret_count = list->count;
    wh_arena_release(&list->arena);
    free(list);
    return rc;
}

/* ---- counting again -------------------------------------------------------------------------- */

/* A segment of no chunk has items that were tried again: they were read, and failed, in others. */
static wh_code count_statuses(const struct wh_param row[3], struct wh_arena *scratch,
                              struct wh_counts *counts, struct wh_error *err)
{
    struct wh_str blob = wh_bytes_of(&row[1]);
    uint64_t items = (uint64_t)row[0].number;
    bool is_again = row[2].number != 0;
    uint64_t by_status[WH_STATUS_BYTES] = {0};
    struct wh_stream_reader reader = {.count = 0};
    struct wh_str statuses;
    wh_arena_reset(scratch, SIZE_MAX);
    WH_TRY(wh_stream_reader_open(&reader, blob, WH_STREAMS_LIMIT, scratch, err));
    wh_code rc = wh_stream_read(&reader, 0, &statuses, err);
    wh_stream_reader_release(&reader);
    WH_TRY(rc);
    if (statuses.len != items)
        return wh_error_set(err, WH_CORRUPT, "a segment has more or fewer statuses than items");
    for (size_t i = 0; i < statuses.len; i++)
        by_status[(unsigned char)statuses.ptr[i]]++;
    wh_counts_count(counts, by_status);
    uint64_t read = items - by_status[WH_STATUS_DELETED] - by_status[WH_STATUS_MISSING];
    if (is_again)
        counts->failed -= read;
    else
        counts->read += read;
    return WH_OK;
}

wh_code wh_log_recount(struct wh_ledger *ledger, int64_t run, struct wh_str item,
                       struct wh_counts *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    wh_arena_init(&scratch);
    struct wh_param params[] = {wh_param_int(run), wh_param_text(item)};
    struct wh_param row[3];
    *ret = (struct wh_counts){.read = 0};
    WH_TRY(wh_ledger_execute(ledger, WH_SQL_STATUSES, params, WH_COUNT_OF(params), err));
    wh_code rc;
    while ((rc = wh_ledger_next(ledger, WH_SQL_STATUSES, row, WH_COUNT_OF(row), err)) == WH_OK)
        WH_TRY(count_statuses(row, &scratch, ret, err));
    return rc == WH_END ? WH_OK : rc;
}
