/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/sqlite/sqlite.h"

#include "connect/sqlite/connection.h"
#include "connect/sqlite/exchange.h"
#include "connect/sqlite/identity.h"
#include "connect/sqlite/location.h"
#include "connect/sqlite/lock.h"
#include "connect/sqlite/reach.h"
#include "connect/sqlite/source.h"
#include "connect/sqlite/statement.h"
#include "connect/sqlite/table.h"
#include "connect/sqlite/unmet.h"
#include "connect/sqlite/writer.h"

static const struct wh_destination_functions destination_functions = {
    .commit_kind = WH_COMMIT_WITH_LEDGER,
    .capabilities = WH_CAN_CREATE | WH_ONE_WRITER | WH_ROW_RESULTS | WH_TELLS_UNMET,
    .dialect = "sqlite",
    .open = wh_sqlite_open,
    .close = wh_sqlite_close,
    .identity = wh_sqlite_identity,
    .describe = wh_sqlite_describe,
    .create = wh_sqlite_create,
    .begin = wh_sqlite_begin,
    .begin_reading = wh_sqlite_begin_reading,
    .commit = wh_sqlite_commit,
    .rollback = wh_sqlite_rollback,
    .savepoint = wh_sqlite_savepoint,
    .release = wh_sqlite_release,
    .rollback_to = wh_sqlite_rollback_to,
    .lock = wh_sqlite_lock,
    .unlock = wh_sqlite_unlock,
    .holder = wh_sqlite_holder,
    .prepare = wh_sqlite_prepare,
    .execute = wh_sqlite_execute,
    .next = wh_sqlite_next,
    .statement_free = wh_sqlite_statement_free,
    .script = wh_sqlite_script,
    .writer_open = wh_sqlite_writer_open,
    .writer_close = wh_sqlite_writer_close,
    .is_empty = wh_sqlite_is_empty,
    .fetch = wh_sqlite_fetch,
    .write = wh_sqlite_write,
    .exchange = wh_sqlite_exchange,
    .is_unmet = wh_sqlite_is_unmet,
    .find_unmet = wh_sqlite_find_unmet,
    .check = wh_sqlite_writer_check,
    .delete_reaches = wh_sqlite_delete_reaches,
    .refers_to = wh_sqlite_refers_to,
    .count = wh_sqlite_count,
    .analyze = wh_sqlite_analyze,
    .interrupt = wh_sqlite_interrupt,
};

const struct wh_connector wh_sqlite_connector = {
    .name = "sqlite",
    .help = "an SQLite database: sqlite:file.db",
    .accepts = wh_sqlite_accepts,
    .options = wh_sqlite_option_table,
    .source = &wh_sqlite_source_functions,
    .destination = &destination_functions,
};
