/* SPDX-License-Identifier: Apache-2.0 */
/* Plain rows for people with a SQL client: refused items, and all items where that is asked for. */
#include "ledger/failures.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "ledger/cap.h"
#include "ledger/clock_text.h"
#include "ledger/names.h"
#include "ledger/statements.h"

/* So many failures in a row are removed as a range. */
enum { LEAST_RANGE = 8 };

/* What is kept of the memory that one failure's texts took. */
#define KEPT_SIZE ((size_t)64 << 10)

static struct wh_param status_name(enum wh_item_status status)
{
    return wh_param_text(wh_str_from(wh_item_status_name(status)));
}

/* The four texts of a failure that may be long. */
struct long_texts {
    struct wh_capped key;
    struct wh_capped message;
    struct wh_capped source;
    struct wh_capped raw;
};

static wh_code cap_texts(const struct wh_failure_record *failure, struct wh_arena *arena,
                         struct long_texts *ret, struct wh_error *err)
{
    struct wh_str message = failure->message.ptr != NULL ? failure->message : WH_STR("");
    WH_TRY(wh_cap_text(failure->key, arena, &ret->key, err));
    WH_TRY(wh_cap_text(message, arena, &ret->message, err));
    WH_TRY(wh_cap_object(failure->values, arena, &ret->source, err));
    return wh_cap_bytes(failure->bytes, arena, &ret->raw, err);
}

/* One failure's parameters; long texts are cut in @p arena. */
static wh_code fill_params(const struct wh_ledger *ledger, const struct wh_failure_record *failure,
                           struct wh_arena *arena, struct wh_param *params, struct wh_error *err)
{
    struct long_texts texts;
    char room[WH_CLOCK_TEXT_SIZE];
    struct wh_str at;
    WH_TRY(cap_texts(failure, arena, &texts, err));
    WH_TRY(wh_arena_copy(arena, wh_clock_text(failure->at, room), &at, err));
    const struct wh_param filled[WH_FAILURE_PARAMS] = {
        wh_param_int(failure->run),
        wh_param_text(failure->item),
        ledger->segment != 0 ? wh_param_int(ledger->segment) : (struct wh_param){.number = 0},
        status_name(failure->status),
        texts.key.text,
        wh_param_text(failure->stage),
        wh_param_text(failure->rule),
        wh_param_text(failure->column),
        texts.message.text,
        wh_param_text(failure->sqlstate),
        wh_param_text(failure->place),
        texts.source.text,
        texts.raw.text,
        wh_param_text(at),
        texts.key.length,
        texts.key.hash,
        texts.message.length,
        texts.message.hash,
        texts.source.length,
        texts.source.hash,
        texts.raw.length,
        texts.raw.hash,
    };
    memcpy(params, filled, sizeof(filled));
    return WH_OK;
}

/* Failures on their way into the ledger. */
struct adding {
    struct wh_ledger *ledger;
    const struct wh_failure_record *failures;
    size_t count;
};

/* One by one: into @p append, or by a statement for each where it is NULL. */
static wh_code add_each(void *ctx, struct wh_append *append, struct wh_error *err)
{
    const struct adding *adding = ctx;
    struct wh_ledger *ledger = adding->ledger;
    struct wh_param params[WH_FAILURE_PARAMS];
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    for (size_t i = 0; i < adding->count; i++) {
        WH_TRY(fill_params(ledger, &adding->failures[i], &arena, params, err));
        WH_TRY(
            append != NULL
                ? ledger->connection.functions->append_row(append, params, WH_COUNT_OF(params), err)
                : wh_ledger_execute(ledger, WH_SQL_ADD_FAILURE, params, WH_COUNT_OF(params), err));
        wh_arena_reset(&arena, KEPT_SIZE);
    }
    return WH_OK;
}

wh_code wh_ledger_add_failures(struct wh_ledger *ledger, const struct wh_failure_record *failures,
                               size_t count, struct wh_error *err)
{
    struct adding adding = {.ledger = ledger, .failures = failures, .count = count};
    if (count < WH_LEAST_APPENDED || !wh_ledger_appends(ledger))
        return add_each(&adding, NULL, err);
    return wh_ledger_append(ledger, "wherry.failure (" WH_FAILURE_FIELDS ")", add_each, &adding,
                            err);
}

wh_code wh_failure_read(const struct wh_param row[WH_FAILURE_COLUMNS],
                        struct wh_failure_record *ret, struct wh_error *err)
{
    *ret = (struct wh_failure_record){
        .id = row[0].number,
        .run = row[1].number,
        .item = wh_bytes_of(&row[2]),
        .status = wh_item_status_from(wh_bytes_of(&row[3])),
        .key = wh_bytes_of(&row[4]),
        .stage = wh_bytes_of(&row[5]),
        .rule = wh_bytes_of(&row[6]),
        .column = wh_bytes_of(&row[7]),
        .message = wh_bytes_of(&row[8]),
        .sqlstate = wh_bytes_of(&row[9]),
        .place = wh_bytes_of(&row[10]),
        .values = wh_bytes_of(&row[11]),
        .bytes = wh_bytes_of(&row[12]),
        .key_hash = wh_bytes_of(&row[14]),
    };
    if (ret->status != WH_STATUS_REJECTED && ret->status != WH_STATUS_FAILED)
        return wh_error_set(err, WH_CORRUPT, "failure %lld in the ledger has no known status",
                            (long long)ret->id);
    return wh_clock_text_read(wh_bytes_of(&row[13]), &ret->at, err);
}

/* ---- contested items ------------------------------------------------------------------------- */

static int compare_keys(const void *a, const void *b)
{
    return wh_str_compare(((const struct wh_contested_item *)a)->key,
                          ((const struct wh_contested_item *)b)->key);
}

/* The empty name between the first two line ends is that of failures that name nothing. */
static wh_code list_own_keys(const struct wh_contest_query *query, struct wh_buf *ret,
                             struct wh_error *err)
{
    if (query->own_key_count > 0)
        WH_TRY(wh_buf_append_str(ret, WH_STR("\n\n"), err));
    for (size_t i = 0; i < query->own_key_count; i++) {
        WH_TRY(wh_buf_append_str(ret, query->own_keys[i], err));
        WH_TRY(wh_buf_append_byte(ret, '\n', err));
    }
    return WH_OK;
}

wh_code wh_ledger_contested(struct wh_ledger *ledger, const struct wh_contest_query *query,
                            struct wh_arena *arena, struct wh_contested_item **ret,
                            size_t *ret_count, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf own_keys;
    wh_buf_init(&own_keys, SIZE_MAX);
    WH_TRY(list_own_keys(query, &own_keys, err));
    struct wh_param params[] = {wh_param_int(query->run), wh_param_text(query->item),
                                wh_param_text(wh_buf_str(&own_keys)),
                                wh_param_int(WH_MOST_CONTESTED)};
    struct wh_param row[3];
    struct wh_contested_item *items = NULL;
    size_t count = 0;
    wh_code rc;
    WH_TRY(wh_ledger_execute(ledger, WH_SQL_CONTESTED, params, WH_COUNT_OF(params), err));
    while ((rc = wh_ledger_next(ledger, WH_SQL_CONTESTED, row, WH_COUNT_OF(row), err)) == WH_OK) {
        items = wh_grow_array(arena, items, count, sizeof(*items));
        if (items == NULL)
            return wh_error_no_memory(err, count * sizeof(*items));
        items[count].failure = row[0].number;
        items[count].waits = row[2].number != 0;
        WH_TRY(wh_copy_bytes_of(&row[1], arena, &items[count++].key, err));
    }
    if (count > 1)
        qsort(items, count, sizeof(*items), compare_keys);
    *ret = items;
    *ret_count = count;
    return rc == WH_END ? WH_OK : rc;
}

wh_code wh_ledger_count_contested(struct wh_ledger *ledger, const struct wh_contest_query *query,
                                  uint64_t *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf own_keys;
    wh_buf_init(&own_keys, SIZE_MAX);
    WH_TRY(list_own_keys(query, &own_keys, err));
    struct wh_param params[] = {wh_param_int(query->run), wh_param_text(query->item),
                                wh_param_text(wh_buf_str(&own_keys))};
    int64_t count = 0;
    WH_TRY(wh_ledger_ask(ledger, WH_SQL_COUNT_CONTESTED, params, WH_COUNT_OF(params), &count, err));
    *ret = (uint64_t)count;
    return WH_OK;
}

static wh_code remove_range(struct wh_ledger *ledger, int64_t first, int64_t last,
                            struct wh_error *err)
{
    struct wh_param params[] = {wh_param_int(first), wh_param_int(last)};
    return wh_ledger_execute(ledger, WH_SQL_REMOVE_FAILURES, params, WH_COUNT_OF(params), err);
}

/* At least one of them; the last one may stand in the list many times. */
static wh_code remove_list(struct wh_ledger *ledger, const int64_t *failures, size_t count,
                           struct wh_error *err)
{
    struct wh_param params[WH_FAILURES_OF_LIST];
    for (size_t i = 0; i < WH_COUNT_OF(params); i++)
        params[i] = wh_param_int(failures[WH_MIN(i, count - 1)]);
    return wh_ledger_execute(ledger, WH_SQL_REMOVE_FAILURES_OF_LIST, params, WH_COUNT_OF(params),
                             err);
}

/* Those that are tried again mostly failed one behind the other: a statement removes them. Where
 * others between them stay, it removes some that stand apart. */
wh_code wh_ledger_remove_failures(struct wh_ledger *ledger, const int64_t *failures, size_t count,
                                  struct wh_error *err)
{
    int64_t apart[WH_FAILURES_OF_LIST];
    size_t listed = 0;
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && failures[end] == failures[end - 1] + 1;)
            end++;
        bool is_short = end - first < LEAST_RANGE;
        if (!is_short)
            WH_TRY(remove_range(ledger, failures[first], failures[end - 1], err));
        for (size_t i = first; i < end && is_short; i++)
            apart[listed++] = failures[i];
        if (listed + LEAST_RANGE > WH_COUNT_OF(apart)) {
            WH_TRY(remove_list(ledger, apart, listed, err));
            listed = 0;
        }
    }
    return listed > 0 ? remove_list(ledger, apart, listed, err) : WH_OK;
}

/* ---- all items ------------------------------------------------------------------------------- */

wh_code wh_ledger_add_plain(struct wh_ledger *ledger, const struct wh_plain_record *record,
                            struct wh_error *err)
{
    struct wh_param params[] = {
        wh_param_int(record->run),     wh_param_text(record->item),  wh_param_text(record->key),
        status_name(record->status),   wh_param_text(record->place), wh_param_text(record->source),
        wh_param_text(record->before), wh_param_text(record->after),
    };
    return wh_ledger_execute(ledger, WH_SQL_ADD_ROW, params, WH_COUNT_OF(params), err);
}
