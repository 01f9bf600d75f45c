/* SPDX-License-Identifier: Apache-2.0 */
/* What the ledger has on record of every output: one row a file,
 * moved with the groups' transactions. */
#include "base/error.h"
#include "base/macros.h"
#include "connect/file/destination.h"

static const char make_table[] =
    "CREATE TABLE IF NOT EXISTS wherry.output (path TEXT PRIMARY KEY, run INTEGER NOT NULL, "
    "size INTEGER NOT NULL, row_count INTEGER NOT NULL, is_complete INTEGER NOT NULL, "
    "final_size INTEGER, final_modified INTEGER)";

static const char read_row[] =
    "SELECT run, size, row_count, is_complete, final_size, final_modified FROM wherry.output "
    "WHERE path = $1";

static const char has_table[] =
    "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'wherry_output'";

static const char write_row[] =
    "INSERT INTO wherry.output (path, run, size, row_count, is_complete, final_size, "
    "final_modified) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (path) DO UPDATE SET "
    "run = excluded.run, size = excluded.size, row_count = excluded.row_count, "
    "is_complete = excluded.is_complete, final_size = excluded.final_size, "
    "final_modified = excluded.final_modified";

/** A statement that is run once. */
struct once {
    const struct wh_connection *ledger;
    struct wh_statement *statement;
};

static void once_release(struct once *once)
{
    if (once->statement != NULL)
        once->ledger->functions->statement_free(once->statement);
}

static wh_code once_run(struct once *once, const char *sql, const struct wh_param *params,
                        size_t count, struct wh_error *err)
{
    const struct wh_connection *ledger = once->ledger;
    WH_TRY(ledger->functions->prepare(ledger->destination, sql, &once->statement, err));
    return ledger->functions->execute(once->statement, params, count, err);
}

wh_code wh_file_record_prepare(struct wh_file_destination *destination, struct wh_error *err)
{
    WH_CLEANUP(once_release) struct once once = {.ledger = &destination->ledger};
    return once_run(&once, make_table, NULL, 0, err);
}

static wh_code table_exists(struct wh_file_destination *destination, bool *ret,
                            struct wh_error *err)
{
    WH_CLEANUP(once_release) struct once once = {.ledger = &destination->ledger};
    struct wh_param count = {.kind = WH_PARAM_NULL};
    WH_TRY(once_run(&once, has_table, NULL, 0, err));
    WH_TRY(once.ledger->functions->next(once.statement, &count, 1, err));
    *ret = count.number > 0;
    return WH_OK;
}

wh_code wh_file_record_read(struct wh_file_destination *destination, struct wh_str table,
                            struct wh_file_record *ret, struct wh_error *err)
{
    WH_CLEANUP(once_release) struct once once = {.ledger = &destination->ledger};
    const struct wh_param path = wh_param_text(table);
    struct wh_param row[6];
    *ret = (struct wh_file_record){.is_there = false};
    bool exists = false;
    WH_TRY(table_exists(destination, &exists, err));
    if (!exists)
        return WH_OK;
    WH_TRY(once_run(&once, read_row, &path, 1, err));
    wh_code rc = once.ledger->functions->next(once.statement, row, WH_COUNT_OF(row), err);
    if (rc != WH_OK)
        return rc == WH_END ? WH_OK : rc;
    *ret = (struct wh_file_record){.is_there = true,
                                   .run = row[0].number,
                                   .size = (uint64_t)row[1].number,
                                   .rows = (uint64_t)row[2].number,
                                   .is_complete = row[3].number != 0,
                                   .has_final = row[4].kind == WH_PARAM_INT,
                                   .final_size = (uint64_t)row[4].number,
                                   .final_modified = row[5].number};
    return WH_OK;
}

wh_code wh_file_record_write(struct wh_file_destination *destination, struct wh_str table,
                             const struct wh_file_record *record, struct wh_error *err)
{
    WH_CLEANUP(once_release) struct once once = {.ledger = &destination->ledger};
    const struct wh_param none = {.kind = WH_PARAM_NULL};
    bool has_final = record->has_final;
    const struct wh_param params[] = {
        wh_param_text(table),
        wh_param_int(record->run),
        wh_param_int((int64_t)record->size),
        wh_param_int((int64_t)record->rows),
        wh_param_int(record->is_complete),
        has_final ? wh_param_int((int64_t)record->final_size) : none,
        has_final ? wh_param_int(record->final_modified) : none,
    };
    return once_run(&once, write_row, params, WH_COUNT_OF(params), err);
}
