/* SPDX-License-Identifier: Apache-2.0 */
/** One column of a decoded segment: every place's text at hand. */
#ifndef WH_LEDGER_COLUMN_READER_H
#define WH_LEDGER_COLUMN_READER_H

#include "ledger/segment_format.h"
#include "ledger/streams.h"

struct wh_column_reader {
    struct wh_column_plan plan;
    bool is_read;         /* and checked: set by the owner */
    bool is_damaged;      /* tried and not read: it is not tried again */
    size_t count;         /* of places */
    const char *same;     /* bitmap of places; NULL: none */
    struct wh_str *texts; /* by place; ptr NULL: NULL; those of `same` places are unset */
};

/** Reads the column's streams, of which the first is @p stream; all memory in the reader's arena.
 *  WH_CORRUPT where they do not fit each other or @p count. */
WH_MUST_CHECK wh_code wh_column_read(struct wh_column_reader *column, size_t count,
                                     struct wh_stream_reader *streams, size_t stream,
                                     struct wh_error *err);

static inline bool wh_column_is_same(const struct wh_column_reader *column, size_t place)
{
    return column->same != NULL && ((unsigned char)column->same[place / 8] >> (place % 8) & 1) != 0;
}

#endif
