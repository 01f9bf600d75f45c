/* SPDX-License-Identifier: Apache-2.0 */
/** Which of the ledger's tables are there: somebody may have dropped one. */
#ifndef WH_LEDGER_TABLES_H
#define WH_LEDGER_TABLES_H

#include "connect/connector.h"

struct wh_ledger_tables {
    bool has_any;
    bool has_ledger; /* the one that says which version the ledger has */
    size_t lost_count;
    struct wh_str lost; /* "wherry.item, wherry.state"; in the arena */
};

/** What stands before the names of the ledger's tables: "wherry." or "wherry_". */
const char *wh_ledger_table_prefix(const struct wh_connection *connection);

/** WH_UNSUPPORTED where the destination can hold no ledger. */
WH_MUST_CHECK wh_code wh_ledger_find_tables(const struct wh_connection *connection,
                                            struct wh_arena *arena, struct wh_ledger_tables *ret,
                                            struct wh_error *err);

/** Refuses a ledger that has some of its tables and not all (WH_CORRUPT), with what to do. */
WH_MUST_CHECK wh_code wh_ledger_refuse_lost(const struct wh_connection *connection,
                                            const struct wh_ledger_tables *tables,
                                            struct wh_error *err);

#endif
