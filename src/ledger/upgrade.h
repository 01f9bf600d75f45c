/* SPDX-License-Identifier: Apache-2.0 */
/** What version a ledger has, and how it gets to ours. */
#ifndef WH_LEDGER_UPGRADE_H
#define WH_LEDGER_UPGRADE_H

#include "ledger/tables.h"

/** What is known of the ledger behind a connection. */
struct wh_ledger_form {
    bool exists;
    struct wh_ledger_tables tables;
    int version;
    struct wh_str destination; /* that it belongs to; in the arena it was read into */
};

/** Looks for the ledger, and reads its version and what it is bound to. */
WH_MUST_CHECK wh_code wh_ledger_look(const struct wh_connection *connection, struct wh_arena *arena,
                                     struct wh_ledger_form *ret, struct wh_error *err);

/** Refuses a ledger that a newer wherry wrote (WH_UNSUPPORTED) and one of another destination
 *  (WH_CONFLICT). */
WH_MUST_CHECK wh_code wh_ledger_check(const struct wh_connection *connection,
                                      const struct wh_ledger_form *form, struct wh_arena *arena,
                                      struct wh_error *err);

#endif
