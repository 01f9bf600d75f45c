/* SPDX-License-Identifier: Apache-2.0 */
/** One column of a segment that is being read: any place's value at hand, in its stored form. */
#ifndef WH_LEDGER_COLUMN_READER_H
#define WH_LEDGER_COLUMN_READER_H

#include "ledger/bits.h"
#include "ledger/segment_format.h"
#include "ledger/streams.h"

struct wh_column_reader {
    struct wh_column_plan plan;
    bool is_read;     /* and checked: set by the owner */
    bool is_damaged;  /* tried and not read: it is not tried again */
    size_t count;     /* of places */
    const char *same; /* bitmap of places whose value is derived; NULL: none */
    uint32_t *values; /* the value of each place, UINT32_MAX: NULL; NULL: place n has value n */
    union {
        struct {
            const char *bytes;
            uint32_t *starts; /* of each value, and where the last one ends */
        } texts;
        struct {
            struct wh_str *words;
            const uint8_t *codes; /* a word's number by value */
        } dictionary;
        int64_t *integers;
        struct {
            const char *bytes; /* the first of all values, the second of all … */
            size_t len;        /* of a value */
            size_t count;      /* of values */
        } fixed;
    } stored;
};

/** Reads the column's streams, of which the first is @p stream; all memory in their arena.
 *  WH_CORRUPT where they do not fit each other or @p count. */
WH_MUST_CHECK wh_code wh_column_read(struct wh_column_reader *column, size_t count,
                                     struct wh_stream_reader *streams, size_t stream,
                                     struct wh_error *err);

static inline bool wh_column_is_same(const struct wh_column_reader *column, size_t place)
{
    return column->same != NULL && wh_get_bit(column->same, place);
}

/** The stored text of @p place, which is not a `same` one, in the column or @p arena; ptr NULL is
 *  NULL. WH_NO_MEMORY. */
WH_MUST_CHECK wh_code wh_column_value(const struct wh_column_reader *column, size_t place,
                                      struct wh_arena *arena, struct wh_str *ret,
                                      struct wh_error *err);

/** A text that is looked for, and the integer of which it is the text, if it is one's. */
struct wh_sought {
    struct wh_str text; /* borrowed */
    bool is_integer;
    int64_t integer;
};
struct wh_sought wh_sought_make(struct wh_str text);

/** True where the stored text of @p place, which is not a `same` one, is the one that is sought. */
bool wh_column_has(const struct wh_column_reader *column, size_t place,
                   const struct wh_sought *sought);

#endif
