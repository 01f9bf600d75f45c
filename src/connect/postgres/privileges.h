/* SPDX-License-Identifier: Apache-2.0 */
/** What a destination's role needs beside its tables. */
#ifndef WH_CONNECT_POSTGRES_PRIVILEGES_H
#define WH_CONNECT_POSTGRES_PRIVILEGES_H

#include "connect/destination.h"

/** WH_UNREACHABLE, with the GRANT that is missing,
 *  where the role may neither make nor use the ledger's schema. */
WH_MUST_CHECK wh_code wh_postgres_check_ledger(struct wh_destination *destination,
                                               struct wh_error *err);

#endif
