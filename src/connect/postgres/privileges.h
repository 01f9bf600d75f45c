/* SPDX-License-Identifier: Apache-2.0 */
/** What a destination's role needs beside its tables. */
#ifndef WH_CONNECT_POSTGRES_PRIVILEGES_H
#define WH_CONNECT_POSTGRES_PRIVILEGES_H

#include "connect/destination.h"

/** WH_UNREACHABLE, with the GRANT that is missing, where the role may neither make nor use the
 *  ledger's schema, make tables there nor write to those that are there. */
WH_MUST_CHECK wh_code wh_postgres_check_ledger(struct wh_destination *destination,
                                               struct wh_error *err);

/** After @p rc in *err from a statement of the ledger: where a session that only reads lacks a
 *  privilege, names it with its GRANT. The code that is right then, and in *err. */
wh_code wh_postgres_explain_reading(struct wh_destination *destination, wh_code rc,
                                    struct wh_error *err);

/** WH_UNREACHABLE, with the GRANT, where the role may not make a table @p name; WH_INVALID where there is no schema that
 *  it could be made in. */
WH_MUST_CHECK wh_code wh_postgres_check_new_table(struct wh_destination *destination,
                                                  struct wh_str name, struct wh_error *err);

#endif
