/* SPDX-License-Identifier: Apache-2.0 */
/** All SQL of the ledger in one table, and the handle that prepares it on first use. */
#ifndef WH_LEDGER_STATEMENTS_H
#define WH_LEDGER_STATEMENTS_H

#include "connect/destination.h"
#include "ledger/ledger.h"
#include "ledger/tables.h"

enum wh_ledger_sql {
    WH_SQL_ADD_RUN,
    WH_SQL_SET_RUN_STATE,
    WH_SQL_IS_RUNNING,
    WH_SQL_RUNS,
    WH_SQL_LATEST_RUN,
    WH_SQL_ADD_ITEM,
    WH_SQL_FINISH_ITEM,
    WH_SQL_ITEMS,
    WH_SQL_ITEMS_ALONE,     /* where their chunks were dropped … */
    WH_SQL_ITEMS_OF_CHUNKS, /* … and where only these are left */
    WH_SQL_ADD_CHUNK,
    WH_SQL_CHUNKS,
    WH_SQL_OWN_CHUNKS,
    WH_SQL_CLAIM,
    WH_SQL_MOVE_CHUNK,
    WH_SQL_HOLD_CHUNK,
    WH_SQL_CHANGE_COUNTS,
    WH_SQL_ADD_SEGMENT,
    WH_SQL_SEGMENT,
    WH_SQL_HAS_SEGMENT,
    WH_SQL_STATUSES,
    WH_SQL_SEGMENTS_OF_RUN,
    WH_SQL_ADD_FILTER,
    WH_SQL_SAME_FILTER,
    WH_SQL_FILTERS,
    WH_SQL_FILTERED_SEGMENTS,
    WH_SQL_FIRST_SEGMENT,
    WH_SQL_LAST_SEGMENT,
    WH_SQL_SEGMENTS_SINCE,
    WH_SQL_MARKS,
    WH_SQL_PUT_BACK,
    WH_SQL_ADD_FAILURE,
    WH_SQL_FAILURE_RANGE,
    WH_SQL_FAILURES,
    WH_SQL_FAILURES_OF_KEY,
    WH_SQL_FAILURES_OF_SEGMENT,
    WH_SQL_FAILURES_OF_ITEM,
    WH_SQL_HAS_EARLIER_FAILURES,
    WH_SQL_EARLIER_FAILURE,
    WH_SQL_CONTESTED,
    WH_SQL_COUNT_CONTESTED,
    WH_SQL_REMOVE_FAILURES,
    WH_SQL_REMOVE_FAILURES_OF_LIST,
    WH_SQL_REASONS,
    WH_SQL_ADD_ROW,
    WH_SQL_ADD_HITS,
    WH_SQL_RULES,
    WH_SQL_STATE_SIZE,
    WH_SQL_STATE_PAGES,
    WH_SQL_ADD_STATE_PAGE,
    WH_SQL_REMOVE_STATE_PAGE,
    WH_SQL_REMOVE_STATE,
    WH_SQL_STATE_MARK,
    WH_SQL_SET_STATE_MARK,
    WH_SQL_COUNT
};

/** Numbers that WH_SQL_REMOVE_FAILURES_OF_LIST takes. */
enum { WH_FAILURES_OF_LIST = 32 };

/** What is set of a failure, and how many columns that are. */
#define WH_FAILURE_FIELDS                                                                          \
    "run, item, segment, status, key, stage, rule, column_name, message, sqlstate, place, "        \
    "source, raw, at, key_length, key_hash, message_length, message_hash, source_length, "         \
    "source_hash, raw_length, raw_hash"
enum { WH_FAILURE_PARAMS = 22 };

/** What is set of a chunk when it is added. */
#define WH_CHUNK_FIELDS "run, item, spec, records, size"

/** Fewer rows go in by a statement each: an append takes two ways to the system and back,
 *  a statement one. */
enum { WH_LEAST_APPENDED = 3 };

struct wh_ledger {
    struct wh_connection connection;
    struct wh_ledger_tables tables;                /* when it was opened */
    struct wh_statement *statements[WH_SQL_COUNT]; /* NULL until first used */
    int64_t segment;  /* the one added last: what failures are of; 0: none */
    bool has_filters; /* it had that segment's filter already, and may have the next one's */
};

/** Binds and starts a statement; one without rows is run.
 *  WH_CORRUPT where a table that it names is gone. */
WH_MUST_CHECK wh_code wh_ledger_execute(struct wh_ledger *ledger, enum wh_ledger_sql sql,
                                        const struct wh_param *params, size_t count,
                                        struct wh_error *err);

/** The next row of a started statement; WH_END behind the last. */
WH_MUST_CHECK wh_code wh_ledger_next(struct wh_ledger *ledger, enum wh_ledger_sql sql,
                                     struct wh_param *row, size_t count, struct wh_error *err);

/** Runs a statement that gives exactly one number. WH_END where it gives none. */
WH_MUST_CHECK wh_code wh_ledger_ask(struct wh_ledger *ledger, enum wh_ledger_sql sql,
                                    const struct wh_param *params, size_t count, int64_t *ret,
                                    struct wh_error *err);

/** Gives rows to an append; see struct wh_destination_functions. */
typedef wh_code wh_ledger_append_rows(void *ctx, struct wh_append *append, struct wh_error *err);

/** True where many rows go to the ledger faster by wh_ledger_append() than by statements. */
bool wh_ledger_appends(const struct wh_ledger *ledger);

/** All the rows that @p rows gives go into @p table ("wherry.note (id, t)"),
 *  or none where it fails. */
WH_MUST_CHECK wh_code wh_ledger_append(struct wh_ledger *ledger, const char *table,
                                       wh_ledger_append_rows *rows, void *ctx,
                                       struct wh_error *err);

/* What SQL has no type for. Unsigned numbers are stored with the same bits; UINT64_MAX as NULL is
 * "not known". */

static inline struct wh_param wh_param_count(uint64_t count)
{
    return count == UINT64_MAX ? (struct wh_param){.kind = WH_PARAM_NULL}
                               : wh_param_int((int64_t)count);
}
static inline uint64_t wh_count_of(const struct wh_param *param)
{
    return param->kind == WH_PARAM_INT ? (uint64_t)param->number : UINT64_MAX;
}

/** A text or blob of a row, ptr NULL for NULL; borrowed until the statement steps. */
static inline struct wh_str wh_bytes_of(const struct wh_param *param)
{
    return param->kind == WH_PARAM_TEXT || param->kind == WH_PARAM_BLOB ? param->bytes
                                                                        : WH_STR_NONE;
}

/** Columns that stand for a struct wh_counts, in its order. */
#define WH_COUNT_COLUMNS 8
struct wh_counts wh_counts_of(const struct wh_param row[WH_COUNT_COLUMNS]);

/** Room for one more element of @p size bytes behind @p count of them, in @p arena: the array
 *  itself, or a larger copy. Zeroed; NULL when memory is out. */
void *wh_grow_array(struct wh_arena *arena, void *array, size_t count, size_t size) WH_MUST_CHECK;

/** A copy of wh_bytes_of() in @p arena. */
WH_MUST_CHECK wh_code wh_copy_bytes_of(const struct wh_param *param, struct wh_arena *arena,
                                       struct wh_str *ret, struct wh_error *err);

#endif
