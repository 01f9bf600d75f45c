/* SPDX-License-Identifier: Apache-2.0 */
/** A segment's schema as bytes. */
#ifndef WH_LEDGER_SEGMENT_SCHEMA_H
#define WH_LEDGER_SEGMENT_SCHEMA_H

#include "ledger/segment.h"

/** Columns of one image and rules that a segment may have. */
#define WH_SEGMENT_COLUMNS 65535

WH_MUST_CHECK wh_code wh_segment_schema_append(struct wh_buf *out,
                                               const struct wh_segment_schema *schema,
                                               struct wh_error *err);

/** Reads what wh_segment_schema_append() wrote; names are slices of @p bytes. WH_CORRUPT. */
WH_MUST_CHECK wh_code wh_segment_schema_read(struct wh_str bytes, struct wh_arena *arena,
                                             struct wh_segment_schema *ret, struct wh_error *err);

#endif
