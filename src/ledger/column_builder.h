/* SPDX-License-Identifier: Apache-2.0 */
/** One column of a segment that is being encoded: its values as they come, coded at the end. */
#ifndef WH_LEDGER_COLUMN_BUILDER_H
#define WH_LEDGER_COLUMN_BUILDER_H

#include "base/buf.h"
#include "data/column.h"
#include "ledger/segment_format.h"
#include "ledger/streams.h"

/** A flag a place; takes memory from the first set one on. */
struct wh_flags {
    struct wh_buf bytes; /* one a place, 0 or 1; empty while none is set */
    size_t count;
    size_t set;
};

struct wh_column_builder {
    struct wh_column_plan plan;
    struct wh_flags same;
    struct wh_flags nulls;
    struct wh_buf a; /* varint lengths of values; at the end what the form makes of them */
    struct wh_buf b; /* bytes of values; likewise */
    size_t value_count;
    bool is_folded; /* all values are equal, and `a` and `b` hold the first one only */
};

void wh_column_builder_init(struct wh_column_builder *builder);
void wh_column_builder_release(struct wh_column_builder *builder);
void wh_column_builder_reset(struct wh_column_builder *builder);

/** Texts of one batch: place n is row rows[n] of @p values. */
struct wh_column_part {
    const struct wh_column *values;
    const uint16_t *rows;
    size_t count;
    const uint8_t *same; /* 1 where the reference gives the value; NULL: nowhere */
};
WH_MUST_CHECK wh_code wh_column_builder_add(struct wh_column_builder *builder,
                                            const struct wh_column_part *part,
                                            struct wh_error *err);

/** Chooses the form that is smallest and codes the values in it; @p scratch is room, exchanged with
 *  the builder's own. */
WH_MUST_CHECK wh_code wh_column_builder_code(struct wh_column_builder *builder,
                                             struct wh_buf scratch[2], struct wh_error *err);

/** Adds the column's streams. */
WH_MUST_CHECK wh_code wh_column_builder_write(const struct wh_column_builder *builder,
                                              struct wh_buf *scratch,
                                              struct wh_stream_writer *writer,
                                              struct wh_error *err);

/** Adds @p flags as a bitmap; an empty stream where none is set. */
WH_MUST_CHECK wh_code wh_flags_write(const struct wh_flags *flags, struct wh_buf *scratch,
                                     struct wh_stream_writer *writer, struct wh_error *err);
WH_MUST_CHECK wh_code wh_flags_add(struct wh_flags *flags, const uint8_t *values, size_t count,
                                   struct wh_error *err);

#endif
