/* SPDX-License-Identifier: Apache-2.0 */
/** What the ledger's own files ask of decoded segments, beyond segment.h. */
#ifndef WH_LEDGER_SEGMENT_DECODE_H
#define WH_LEDGER_SEGMENT_DECODE_H

#include "ledger/segment.h"

/** wh_segment_decode() of at most @p limit bytes and items. */
WH_MUST_CHECK wh_code wh_segment_decode_within(const struct wh_segment_blob *blob, size_t limit,
                                               struct wh_segment **ret, struct wh_error *err);

/** The first item from @p from on that has @p key: a repeated key has several. SIZE_MAX: none. */
size_t wh_segment_find_next(struct wh_segment *segment, struct wh_str key, size_t from);

#endif
