/* SPDX-License-Identifier: Apache-2.0 */
/** Time zones by the names that expressions call them. */
#ifndef WH_CONVERT_ZONE_NAME_H
#define WH_CONVERT_ZONE_NAME_H

#include "base/arena.h"
#include "base/error.h"
#include "data/zone.h"

/**
 * Finds a zone as PostgreSQL does: an abbreviation ('CET', which is an hour east all year), a name
 * of the system's time zone files ('Europe/Berlin'), a POSIX name ('UTC+3', three hours west).
 * *ret_found is false where there is none. Files are read while an expression is compiled, from
 * /usr/share/zoneinfo; @p arena keeps what was read.
 */
WH_MUST_CHECK wh_code wh_zone_by_name(struct wh_str name, struct wh_arena *arena,
                                      struct wh_zone *ret, bool *ret_found, struct wh_error *err);

#endif
