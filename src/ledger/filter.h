/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Bloom filters on the hashes of a segment's keys: a key that is not in the filter is not in the
 * segment. Ten bits and seven probes a key: one other key in about 120 seems to be there.
 */
#ifndef WH_LEDGER_FILTER_H
#define WH_LEDGER_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/** Appends a filter on @p hashes (uniform, of 64 bits); nothing where there are none. */
WH_MUST_CHECK wh_code wh_filter_append(struct wh_buf *out, const uint64_t *hashes, size_t count,
                                       struct wh_error *err);

/** False where none of the filter's keys has @p hash. */
bool wh_filter_may_have(struct wh_str filter, uint64_t hash);

#endif
