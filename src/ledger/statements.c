/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/statements.h"

#include <string.h>

#include "base/buf.h"
#include "base/error.h"

/* Columns of counts, in the order of struct wh_counts. */
#define COUNTS "read, inserted, updated, unchanged, skipped, rejected, failed, deleted"

#define RUN_COLUMNS                                                                                \
    "id, migration, state, is_partial, options, file, wherry, who, reason, started_at, "           \
    "finished_at"

#define FAILURE_COLUMNS                                                                            \
    "id, run, item, status, key, stage, rule, column_name, message, sqlstate, place, source, "     \
    "raw, at, key_hash"

#define FAILURE_CONDITIONS                                                                         \
    "+run = $1 AND (item = $2 OR $2 IS NULL) AND (status = $3 OR $3 IS NULL) "                     \
    "AND (rule = $4 OR $4 IS NULL)"

/* Of keys that are cut alike, and of one that is as long as they are then. */
#define SAME_KEY_HASH "coalesce(key_hash, '') = coalesce($5, '')"

/* Another row has what the item's row wants: a unique value, or what an exclusion constraint
 * guards; or a row of the same table that it refers to is not there: what that failure names is in
 * $3, if anything, each name between line ends. What wherry itself refuses with the same SQLSTATE
 * has one of its own causes. */
#define CONTESTED                                                                                  \
    "run = $1 AND item = $2 AND status = 'failed' AND stage = 'write' AND key IS NOT NULL "        \
    "AND coalesce(rule, '') NOT IN ('mode', 'match') AND (sqlstate IN ('23505', '23P01') "         \
    "OR sqlstate = '23503' AND replace($3, '\n' || coalesce(rule, '') || '\n', '') <> $3)"

/* Of a contested item's failure: its row was not tried. What SQLite says itself of a row that refers
 * to nothing names nothing either; there is none there that waits. */
#define WAITS "sqlstate = '23503' AND rule IS NULL"

#define SAME_FILTER                                                                                \
    "SELECT id FROM wherry.filter WHERE hash = $1 AND least_key = $2 AND last_key = $3 "           \
    "AND bits = $4"

/* PostgreSQL's only. Each group's segment is of a transaction of its own; those of a dump are of
 * one. */
#define WAS_PUT_BACK                                                                               \
    "EXISTS (SELECT 1 FROM wherry.segment o WHERE o.xmin = s.xmin AND o.id <> s.id)"

static const char *const texts[WH_SQL_COUNT] = {
    [WH_SQL_ADD_RUN] =
        "INSERT INTO wherry.run (migration, state, is_partial, options, file, wherry, who, "
        "reason, started_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
    [WH_SQL_SET_RUN_STATE] = "UPDATE wherry.run SET state = $2, reason = $3, finished_at = $4 "
                             "WHERE id = $1",
    [WH_SQL_IS_RUNNING] = "SELECT CASE WHEN state = 'running' THEN 1 ELSE 0 END FROM wherry.run "
                          "WHERE id = $1",
    [WH_SQL_RUNS] =
        "SELECT " RUN_COLUMNS " FROM wherry.run WHERE migration = $1 ORDER BY id DESC LIMIT $2",
    [WH_SQL_LATEST_RUN] = "SELECT id FROM wherry.run WHERE migration = $1 ORDER BY id DESC LIMIT 1",

    [WH_SQL_ADD_ITEM] =
        "INSERT INTO wherry.item (run, item, ordinal, destination, fingerprint, source_identity, "
        "has_images, records) VALUES ($1, $2, "
        "(SELECT count(*) FROM wherry.item WHERE run = $1), $3, $4, $5, $6, $7)",
    [WH_SQL_FINISH_ITEM] = "UPDATE wherry.item SET is_done = 1 WHERE run = $1 AND item = $2",
    [WH_SQL_ITEMS] =
        "SELECT i.item, i.destination, i.fingerprint, i.source_identity, i.has_images, i.records, "
        "i.is_done, coalesce(c.read, 0), coalesce(c.inserted, 0), coalesce(c.updated, 0), "
        "coalesce(c.unchanged, 0), coalesce(c.skipped, 0), coalesce(c.rejected, 0), "
        "coalesce(c.failed, 0), coalesce(c.deleted, 0) "
        "FROM wherry.item i LEFT JOIN (SELECT item, sum(read) AS read, sum(inserted) AS inserted, "
        "sum(updated) AS updated, sum(unchanged) AS unchanged, sum(skipped) AS skipped, "
        "sum(rejected) AS rejected, sum(failed) AS failed, sum(deleted) AS deleted "
        "FROM wherry.chunk WHERE run = $1 GROUP BY item) c ON c.item = i.item "
        "WHERE i.run = $1 ORDER BY i.ordinal",
    [WH_SQL_ITEMS_ALONE] =
        "SELECT item, destination, fingerprint, source_identity, has_images, records, is_done, "
        "0, 0, 0, 0, 0, 0, 0, 0 FROM wherry.item WHERE run = $1 ORDER BY ordinal",
    [WH_SQL_ITEMS_OF_CHUNKS] =
        "SELECT item, NULL, 0, NULL, 0, NULL, 0, sum(read), sum(inserted), sum(updated), "
        "sum(unchanged), sum(skipped), sum(rejected), sum(failed), sum(deleted) "
        "FROM wherry.chunk WHERE run = $1 GROUP BY item ORDER BY min(id)",

    [WH_SQL_ADD_CHUNK] =
        "INSERT INTO wherry.chunk (" WH_CHUNK_FIELDS ") VALUES ($1, $2, $3, $4, $5)",
    [WH_SQL_CHUNKS] =
        "SELECT id, spec, records, size, is_started, position, digest, is_done, " COUNTS
        " FROM wherry.chunk WHERE run = $1 AND item = $2 ORDER BY id",
    [WH_SQL_OWN_CHUNKS] = "UPDATE wherry.chunk SET owner = $2 WHERE run = $1",
    [WH_SQL_CLAIM] = "SELECT CASE WHEN owner = $2 THEN 1 ELSE 0 END, is_started, position, digest, "
                     "is_done FROM wherry.chunk WHERE id = $1",
    [WH_SQL_MOVE_CHUNK] =
        "UPDATE wherry.chunk SET is_started = 1, position = $5, digest = $6, is_done = $7, "
        "read = read + $8, inserted = inserted + $9, updated = updated + $10, "
        "unchanged = unchanged + $11, skipped = skipped + $12, rejected = rejected + $13, "
        "failed = failed + $14, deleted = deleted + $15 "
        "WHERE id = $1 AND owner = $2 AND is_done = 0 AND is_started = $3 "
        "AND ($3 = 0 OR position = $4) RETURNING id",
    [WH_SQL_HOLD_CHUNK] = "UPDATE wherry.chunk SET owner = $2 WHERE id = $1 AND owner = $2 "
                          "RETURNING id",
    [WH_SQL_CHANGE_COUNTS] =
        "UPDATE wherry.chunk SET read = read + $2, inserted = inserted + $3, "
        "updated = updated + $4, unchanged = unchanged + $5, skipped = skipped + $6, "
        "rejected = rejected + $7, failed = failed + $8, deleted = deleted + $9 WHERE id = $1",

    [WH_SQL_ADD_SEGMENT] =
        "INSERT INTO wherry.segment (run, chunk, item, at, items, filter, statuses, body, mark) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
    [WH_SQL_SEGMENT] = "SELECT items, statuses, body FROM wherry.segment WHERE id = $1",
    [WH_SQL_HAS_SEGMENT] = "SELECT count(*) FROM wherry.segment WHERE id = $1",
    [WH_SQL_STATUSES] = "SELECT items, statuses, CASE WHEN chunk IS NULL THEN 1 ELSE 0 END "
                        "FROM wherry.segment WHERE run = $1 AND item = $2",
    [WH_SQL_ADD_FILTER] = "INSERT INTO wherry.filter (hash, least_key, last_key, bits) "
                          "SELECT $1, $2, $3, $4 WHERE NOT EXISTS (" SAME_FILTER ") RETURNING id",
    [WH_SQL_SAME_FILTER] = SAME_FILTER " ORDER BY id LIMIT 1",
    [WH_SQL_SEGMENTS_OF_RUN] =
        "SELECT id, run, item, at, CASE WHEN chunk IS NULL THEN 1 ELSE 0 END "
        "FROM wherry.segment WHERE run = $1 AND (item = $2 OR $2 IS NULL) ORDER BY id",
    [WH_SQL_FILTERS] = "SELECT id, bits FROM wherry.filter "
                       "WHERE least_key <= $1 AND last_key >= $1 ORDER BY id",
    [WH_SQL_FILTERED_SEGMENTS] =
        "SELECT s.id, s.run, s.item, s.at, CASE WHEN s.chunk IS NULL THEN 1 ELSE 0 END "
        "FROM wherry.segment s "
        "JOIN wherry.run r ON r.id = s.run WHERE s.filter = $4 AND r.migration = $1 "
        "AND (s.item = $2 OR $2 IS NULL) AND ($3 = 0 OR s.run = $3)",
    [WH_SQL_FIRST_SEGMENT] = "SELECT coalesce(min(id), 0) FROM wherry.segment "
                             "WHERE run = $1 AND item = $2",
    [WH_SQL_LAST_SEGMENT] = "SELECT coalesce(max(s.id), 0) FROM wherry.segment s "
                            "JOIN wherry.run r ON r.id = s.run "
                            "WHERE r.migration = $1 AND s.item = $2 AND s.id > $3",
    [WH_SQL_SEGMENTS_SINCE] = "SELECT s.id, s.run FROM wherry.segment s "
                              "JOIN wherry.run r ON r.id = s.run "
                              "WHERE r.migration = $1 AND s.item = $2 AND s.id > $3 ORDER BY s.id",
    [WH_SQL_MARKS] = "SELECT s.mark FROM wherry.segment s JOIN wherry.run r ON r.id = s.run "
                     "WHERE r.migration = $1 AND s.item = $2 AND s.mark IS NOT NULL "
                     "AND NOT " WAS_PUT_BACK " ORDER BY s.id DESC LIMIT $3",
    [WH_SQL_PUT_BACK] = "SELECT count(*) FROM wherry.segment s WHERE s.run = $1 AND " WAS_PUT_BACK,

    [WH_SQL_ADD_FAILURE] =
        "INSERT INTO wherry.failure (" WH_FAILURE_FIELDS ") VALUES ($1, $2, $3, $4, $5, $6, $7, "
        "$8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)",
    /* A plus keeps both databases from an index that is not the one meant: the run's, by which
     * each page would read all of the run, or that of the numbers. */
    [WH_SQL_FAILURE_RANGE] = "SELECT coalesce(min(+id), 0), coalesce(max(+id), 0) "
                             "FROM wherry.failure WHERE run = $1",
    [WH_SQL_FAILURES] =
        "SELECT " FAILURE_COLUMNS " FROM wherry.failure WHERE id > $6 "
        "AND id <= $7 AND " FAILURE_CONDITIONS " AND (key = $5 OR $5 IS NULL) ORDER BY id LIMIT $8",
    [WH_SQL_FAILURES_OF_KEY] = "SELECT " FAILURE_COLUMNS " FROM wherry.failure WHERE key = $5 "
                               "AND " FAILURE_CONDITIONS " ORDER BY +id LIMIT $6",
    [WH_SQL_FAILURES_OF_SEGMENT] = "SELECT " FAILURE_COLUMNS " FROM wherry.failure "
                                   "WHERE run = $1 AND item = $2 AND segment = $3 ORDER BY id",
    [WH_SQL_FAILURES_OF_ITEM] = "SELECT " FAILURE_COLUMNS " FROM wherry.failure WHERE key = $4 "
                                "AND +run = $1 AND item = $2 AND +segment = $3 "
                                "AND " SAME_KEY_HASH " ORDER BY id",
    [WH_SQL_HAS_EARLIER_FAILURES] =
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM wherry.failure WHERE run = $1 AND item = $2 "
        "AND segment < $3 AND status = 'failed' AND stage = 'write' "
        "AND sqlstate IN ('23503', '23505', '23P01')) THEN 1 ELSE 0 END",
    [WH_SQL_EARLIER_FAILURE] =
        "SELECT " FAILURE_COLUMNS " FROM wherry.failure WHERE key = $4 AND +run = $1 "
        "AND item = $2 AND +segment < $3 AND status = 'failed' "
        "AND " SAME_KEY_HASH " ORDER BY +id DESC LIMIT 1",

    [WH_SQL_CONTESTED] =
        "SELECT id, key, CASE WHEN " WAITS " THEN 1 ELSE 0 END FROM wherry.failure "
        "WHERE " CONTESTED " ORDER BY id DESC LIMIT $4",
    [WH_SQL_COUNT_CONTESTED] = "SELECT count(*) FROM wherry.failure WHERE " CONTESTED,
    [WH_SQL_REMOVE_FAILURES] = "DELETE FROM wherry.failure WHERE id BETWEEN $1 AND $2",
    [WH_SQL_REMOVE_FAILURES_OF_LIST] =
        "DELETE FROM wherry.failure WHERE id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
        "$12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, "
        "$29, $30, $31, $32)",

    [WH_SQL_REASONS] =
        "SELECT f.status, k.items, f.stage, f.rule, f.column_name, k.code, f.message, f.place, "
        "f.key FROM (SELECT min(id) AS first, count(*) AS items, "
        "CASE WHEN stage = 'write' THEN sqlstate END AS code FROM wherry.failure "
        "WHERE run = $1 AND item = $2 GROUP BY status, stage, rule, column_name, "
        "CASE WHEN stage = 'write' THEN sqlstate END) k "
        "JOIN wherry.failure f ON f.id = k.first",

    [WH_SQL_ADD_ROW] = "INSERT INTO wherry.row (run, item, key, status, place, source, "
                       "before_image, after_image) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",

    [WH_SQL_ADD_HITS] = "INSERT INTO wherry.rule (run, item, ordinal, kind, name, hits) "
                        "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (run, item, ordinal) "
                        "DO UPDATE SET hits = wherry.rule.hits + excluded.hits",
    [WH_SQL_RULES] = "SELECT r.item, r.kind, r.name, r.ordinal, r.hits FROM wherry.rule r "
                     "JOIN wherry.item i ON i.run = r.run AND i.item = r.item "
                     "WHERE r.run = $1 ORDER BY i.ordinal, r.ordinal",

    [WH_SQL_STATE_SIZE] = "SELECT count(*), coalesce(sum(entries), 0) FROM wherry.state "
                          "WHERE migration = $1 AND item = $2",
    [WH_SQL_STATE_PAGES] = "SELECT first_hash, entries, page FROM wherry.state "
                           "WHERE migration = $1 AND item = $2 AND first_hash >= $3 "
                           "ORDER BY first_hash LIMIT $4",
    [WH_SQL_ADD_STATE_PAGE] =
        "INSERT INTO wherry.state (migration, item, first_hash, entries, page) "
        "VALUES ($1, $2, $3, $4, $5)",
    [WH_SQL_REMOVE_STATE_PAGE] = "DELETE FROM wherry.state WHERE migration = $1 AND item = $2 "
                                 "AND first_hash = $3",
    [WH_SQL_REMOVE_STATE] = "DELETE FROM wherry.state WHERE migration = $1 AND item = $2",
    [WH_SQL_STATE_MARK] =
        "SELECT segment FROM wherry.state_mark WHERE migration = $1 AND item = $2",
    [WH_SQL_SET_STATE_MARK] =
        "INSERT INTO wherry.state_mark (migration, item, segment, at) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (migration, item) DO UPDATE SET segment = excluded.segment, at = excluded.at",
};

/* The SQL is the ledger's own: what is wrong with it is a table that somebody dropped,
 * never what was asked. */
static wh_code prepare(struct wh_ledger *ledger, enum wh_ledger_sql sql, struct wh_error *err)
{
    wh_code rc = ledger->connection.functions->prepare(ledger->connection.destination, texts[sql],
                                                       &ledger->statements[sql], err);
    if (rc == WH_OK)
        return WH_OK;
    return wh_error_prefix(err, rc == WH_INVALID ? WH_CORRUPT : rc, "the ledger");
}

wh_code wh_ledger_execute(struct wh_ledger *ledger, enum wh_ledger_sql sql,
                          const struct wh_param *params, size_t count, struct wh_error *err)
{
    const struct wh_destination_functions *functions = ledger->connection.functions;
    if (ledger->statements[sql] == NULL)
        WH_TRY(prepare(ledger, sql, err));
    return functions->execute(ledger->statements[sql], params, count, err);
}

wh_code wh_ledger_next(struct wh_ledger *ledger, enum wh_ledger_sql sql, struct wh_param *row,
                       size_t count, struct wh_error *err)
{
    return ledger->connection.functions->next(ledger->statements[sql], row, count, err);
}

wh_code wh_ledger_ask(struct wh_ledger *ledger, enum wh_ledger_sql sql,
                      const struct wh_param *params, size_t count, int64_t *ret,
                      struct wh_error *err)
{
    WH_TRY(wh_ledger_execute(ledger, sql, params, count, err));
    struct wh_param row;
    WH_TRY(wh_ledger_next(ledger, sql, &row, 1, err));
    if (row.kind != WH_PARAM_INT)
        return wh_error_set(err, WH_CORRUPT, "the ledger holds no number where one belongs");
    *ret = row.number;
    /* To its end, or the statement would hold its locks until it is used again. */
    wh_code rc = wh_ledger_next(ledger, sql, &row, 1, err);
    return rc == WH_END ? WH_OK : rc;
}

bool wh_ledger_appends(const struct wh_ledger *ledger)
{
    return ledger->connection.functions->append_open != NULL;
}

wh_code wh_ledger_append(struct wh_ledger *ledger, const char *table, wh_ledger_append_rows *rows,
                         void *ctx, struct wh_error *err)
{
    const struct wh_destination_functions *functions = ledger->connection.functions;
    struct wh_append *append = NULL;
    WH_TRY(functions->append_open(ledger->connection.destination, table, &append, err));
    wh_code rc = rows(ctx, append, err);
    /* The first error counts. */
    wh_code closed = functions->append_close(append, rc == WH_OK, rc == WH_OK ? err : NULL);
    return rc == WH_OK ? closed : rc;
}

wh_code wh_copy_bytes_of(const struct wh_param *param, struct wh_arena *arena, struct wh_str *ret,
                         struct wh_error *err)
{
    *ret = wh_bytes_of(param);
    return ret->ptr != NULL ? wh_arena_copy(arena, *ret, ret, err) : WH_OK;
}

struct wh_counts wh_counts_of(const struct wh_param row[WH_COUNT_COLUMNS])
{
    return (struct wh_counts){
        .read = (uint64_t)row[0].number,
        .inserted = (uint64_t)row[1].number,
        .updated = (uint64_t)row[2].number,
        .unchanged = (uint64_t)row[3].number,
        .skipped = (uint64_t)row[4].number,
        .rejected = (uint64_t)row[5].number,
        .failed = (uint64_t)row[6].number,
        .deleted = (uint64_t)row[7].number,
    };
}

void *wh_grow_array(struct wh_arena *arena, void *array, size_t count, size_t size)
{
    /* Full at every power of two, and at nothing else. */
    if (count != 0 && (count & (count - 1)) != 0)
        return array;
    char *larger = wh_arena_array(arena, count == 0 ? 1 : count * 2, size);
    if (larger != NULL && count > 0)
        memcpy(larger, array, count * size);
    return larger;
}
