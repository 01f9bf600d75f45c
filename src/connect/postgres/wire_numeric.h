/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Numerics in PostgreSQL's binary format: four 16-bit numbers (count of groups, weight of the
 * first, sign, display scale), then the groups: digits in base 10000, the most significant first.
 */
#ifndef WH_CONNECT_POSTGRES_WIRE_NUMERIC_H
#define WH_CONNECT_POSTGRES_WIRE_NUMERIC_H

#include <wherry/error.h>

#include "data/numeric.h"

/** Bytes that wh_wire_put_numeric() may use, those it only works in included. */
size_t wh_wire_numeric_size(const struct wh_numeric *value);

char *wh_wire_put_numeric(const struct wh_numeric *value, char *at);

/** WH_CORRUPT for bytes that are no numeric. */
WH_MUST_CHECK wh_code wh_wire_read_numeric(struct wh_str bytes, struct wh_arena *arena,
                                           struct wh_numeric *ret, struct wh_error *err);

#endif
