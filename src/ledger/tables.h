/* SPDX-License-Identifier: Apache-2.0 */
/** Which of the ledger's tables are there: somebody may have dropped one. */
#ifndef WH_LEDGER_TABLES_H
#define WH_LEDGER_TABLES_H

#include "connect/destination.h"

/* Every ledger has these, whatever its version. */
enum wh_ledger_table {
    WH_TABLE_LEDGER, /* says which version the ledger has */
    WH_TABLE_RUN,
    WH_TABLE_ITEM,
    WH_TABLE_CHUNK,
    WH_TABLE_FILTER,
    WH_TABLE_SEGMENT,
    WH_TABLE_STATE,
    WH_TABLE_STATE_MARK,
    WH_TABLE_FAILURE,
    WH_TABLE_RULE,
    WH_TABLE_ROW,
    WH_TABLE_COUNT
};

struct wh_ledger_tables {
    bool is_there[WH_TABLE_COUNT];
    size_t count; /* of those that are */
};

/** What stands before the names of the ledger's tables: "wherry." or "wherry_". */
const char *wh_ledger_table_prefix(const struct wh_connection *connection);

/** What makes an end of the ledger and of nothing else, for people. */
const char *wh_ledger_drop(const struct wh_connection *connection);

/** WH_UNSUPPORTED where the destination can hold no ledger. */
WH_MUST_CHECK wh_code wh_ledger_find_tables(const struct wh_connection *connection,
                                            struct wh_ledger_tables *ret, struct wh_error *err);

/** Refuses a ledger that has some of its tables and not all (WH_CORRUPT), and tables that are none
 *  and have its names (WH_UNREACHABLE), with what to do. */
WH_MUST_CHECK wh_code wh_ledger_refuse_lost(const struct wh_connection *connection,
                                            const struct wh_ledger_tables *tables,
                                            struct wh_error *err);

/** Looks at the tables of a ledger that was there: WH_CORRUPT, with what to do, where somebody
 *  dropped one since. @p ret_left is set then. */
WH_MUST_CHECK wh_code wh_ledger_look_again(const struct wh_connection *connection,
                                           struct wh_ledger_tables *ret_left, struct wh_error *err);

struct wh_ledger;

/** True where @p table was there when the ledger was opened. */
bool wh_ledger_has(const struct wh_ledger *ledger, enum wh_ledger_table table);

/** Refuses a ledger that lacked a table when it was opened, as a run does. */
WH_MUST_CHECK wh_code wh_ledger_check_whole(const struct wh_ledger *ledger, struct wh_error *err);

#endif
