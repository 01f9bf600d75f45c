/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/postgres.h"

#include "connect/postgres/advice.h"
#include "connect/postgres/append.h"
#include "connect/postgres/connection.h"
#include "connect/postgres/gauge.h"
#include "connect/postgres/identity.h"
#include "connect/postgres/key_aside.h"
#include "connect/postgres/location.h"
#include "connect/postgres/lock.h"
#include "connect/postgres/room.h"
#include "connect/postgres/running.h"
#include "connect/postgres/sequences.h"
#include "connect/postgres/source/source.h"
#include "connect/postgres/statement.h"
#include "connect/postgres/table.h"
#include "connect/postgres/transaction.h"
#include "connect/postgres/writer/check_characters.h"
#include "connect/postgres/writer/deferred.h"
#include "connect/postgres/writer/exchange.h"
#include "connect/postgres/writer/marks.h"
#include "connect/postgres/writer/writer.h"

/* All options of a URL are libpq's own. */
static const struct wh_option options[] = {{NULL, WH_OPTION_BOOL, NULL, NULL, 0}};

static const struct wh_destination_functions destination_functions = {
    .commit_kind = WH_COMMIT_WITH_LEDGER,
    .capabilities =
        WH_CAN_CREATE | WH_ROW_RESULTS | WH_WRITES_APART | WH_INSERTS_MANY | WH_ENFORCES_EARLY,
    .dialect = "postgresql",
    .open = wh_postgres_open,
    .close = wh_postgres_close,
    .identity = wh_postgres_identity,
    .describe = wh_postgres_describe,
    .create = wh_postgres_create,
    .set_key_aside = wh_postgres_set_key_aside,
    .put_key_back = wh_postgres_put_key_back,
    .reopen = wh_postgres_reopen,
    .begin = wh_postgres_begin,
    .begin_unsynced = wh_postgres_begin_unsynced,
    .begin_reading = wh_postgres_begin_reading,
    .commit = wh_postgres_commit,
    .rollback = wh_postgres_rollback,
    .savepoint = wh_postgres_savepoint,
    .release = wh_postgres_release,
    .rollback_to = wh_postgres_rollback_to,
    .lock = wh_postgres_lock,
    .unlock = wh_postgres_unlock,
    .holder = wh_postgres_holder,
    .prepare = wh_postgres_prepare,
    .execute = wh_postgres_execute,
    .next = wh_postgres_next,
    .statement_free = wh_postgres_statement_free,
    .append_open = wh_postgres_append_open,
    .append_row = wh_postgres_append_row,
    .append_close = wh_postgres_append_close,
    .script = wh_postgres_script,
    .writer_open = wh_postgres_writer_open,
    .writer_close = wh_postgres_writer_close,
    .is_empty = wh_postgres_is_empty,
    .fetch = wh_postgres_fetch,
    .fetch_ahead = wh_postgres_fetch_ahead,
    .mark = wh_postgres_mark,
    .recall = wh_postgres_recall,
    .write = wh_postgres_write,
    .exchange = wh_postgres_exchange,
    .enforce = wh_postgres_enforce,
    .find_suspects = wh_postgres_find_suspects,
    .find_stuck = wh_postgres_find_stuck,
    .can_take_out = wh_postgres_can_take_out,
    .check = wh_postgres_writer_check,
    .explain = wh_postgres_explain,
    .advise = wh_postgres_advise,
    .find_room = wh_postgres_find_room,
    .delete_reaches = wh_postgres_delete_reaches,
    .refers_to = wh_postgres_refers_to,
    .advance = wh_postgres_advance,
    .count = wh_postgres_count,
    .gauge = wh_postgres_gauge,
    .analyze = wh_postgres_analyze,
    .interrupt = wh_postgres_interrupt,
};

const struct wh_connector wh_postgres_connector = {
    .name = "postgresql",
    .help = "a PostgreSQL database: postgresql://user@host/database",
    .accepts = wh_postgres_accepts,
    .options = options,
    .source = &wh_postgres_source_functions,
    .destination = &destination_functions,
};
