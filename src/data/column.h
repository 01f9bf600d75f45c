/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Columns and batches: rows in columns, at most WH_BATCH_ROWS rows.
 *
 * Fixed-width values are arrays. Text and bytes are slices into the reader's input buffers or the
 * batch's arena, so reading a cell or trimming it copies nothing; they live as long as the batch.
 * A value whose validity bit is 0 is NULL and its storage holds anything.
 */
#ifndef WH_DATA_COLUMN_H
#define WH_DATA_COLUMN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/arena.h"
#include "base/str.h"
#include "data/numeric.h"
#include "data/type.h"

#define WH_BATCH_ROWS 4096
#define WH_BATCH_BYTES (4u << 20)

/** Rows of a batch that are still meant, ascending: indexes into its columns. */
struct wh_selection {
    uint16_t *rows;
    size_t count;
};

/** Puts rows that came in another order into ascending order. */
void wh_selection_sort(struct wh_selection *selection);

struct wh_column {
    struct wh_type type;
    uint64_t *validity; /* bit set: not NULL; NULL pointer: no value is NULL. WH_BATCH_ROWS bits */
    union {
        void *any;
        uint8_t *bools;
        int64_t *ints; /* INT, TIME, TIMESTAMP, TIMESTAMPTZ */
        double *floats;
        int32_t *dates;
        struct wh_numeric *numerics;
        struct wh_interval *intervals;
        struct wh_str *texts; /* TEXT, BYTES */
    } values;
};

static inline bool wh_column_is_null(const struct wh_column *column, size_t row)
{
    return column->validity != NULL && (column->validity[row >> 6] >> (row & 63) & 1) == 0;
}

/** Room for @p rows values of @p type, none NULL, values uninitialised. */
WH_MUST_CHECK wh_code wh_column_init(struct wh_column *column, struct wh_type type, size_t rows,
                                     struct wh_arena *arena, struct wh_error *err);

/** Gives the column a validity bitmap, all set, where it has none. */
WH_MUST_CHECK wh_code wh_column_need_validity(struct wh_column *column, struct wh_arena *arena,
                                              struct wh_error *err);

/** The same for a column that is no batch's: for so many rows. */
WH_MUST_CHECK wh_code wh_column_need_long_validity(struct wh_column *column, size_t rows,
                                                   struct wh_arena *arena, struct wh_error *err);

/** Makes @p row NULL; the column has a bitmap. */
static inline void wh_column_set_null(struct wh_column *column, size_t row)
{
    column->validity[row >> 6] &= ~((uint64_t)1 << (row & 63));
}

static inline void wh_column_set_valid(struct wh_column *column, size_t row)
{
    column->validity[row >> 6] |= (uint64_t)1 << (row & 63);
}

/** Where a record stands in its source. */
struct wh_position {
    uint64_t offset; /* bytes from the file's start, or the ordinal in a source without bytes */
    uint64_t line;   /* from 1; 0 where the source has no lines */
    uint32_t file;   /* index into the source's list of files */
};

/** A counted buffer of input that batches hold on to: one reference a holder. Thread-safe. */
struct wh_input;
struct wh_input *wh_input_new(size_t capacity); /* NULL when memory is out; one reference */
char *wh_input_bytes(struct wh_input *input);
size_t wh_input_capacity(const struct wh_input *input);
struct wh_input *wh_input_hold(struct wh_input *input);
void wh_input_free(struct wh_input *input); /* gives a reference back; NULL allowed */

/** A record that the reader gave no row for: rejected, with its place,
 *  or left out as was asked for. */
struct wh_bad_record {
    struct wh_position position;
    struct wh_str reason; /* message text, in the batch's arena */
    bool is_left_out;     /* counts as skipped */
    bool shows_values;    /* the reason does: not for the log of items with redacted columns */
    struct wh_str raw;    /* its bytes, or the first of them */
    uint64_t size;        /* bytes of the whole record */
    uint32_t before_row;  /* it stood before this row of the batch */
};

/**
 * Rows with their places, the records among them that gave none, and the memory of both.
 * Reset and refilled by its owner; handed between threads only as a whole.
 */
struct wh_batch {
    struct wh_arena arena;
    size_t row_count;
    size_t column_count;
    struct wh_column *columns;
    /* NULL, or for each column what its values print as, where the reader has that already (the
     * column has values then, of kind TEXT, and no validity of its own). */
    struct wh_column *texts;
    struct wh_position *positions; /* one a row */
    struct wh_bad_record *bad;
    size_t bad_count;
    size_t bad_capacity;
    struct wh_input **inputs; /* references held until reset */
    size_t input_count;
    size_t input_capacity;
    uint64_t end_offset; /* the first byte of the source not read into this batch */
    uint64_t size;       /* source bytes that the batch stands for */
    uint64_t ignored;    /* values of its rows that no column is for, left out as was asked for */
    size_t most_rows;    /* its owner's wish, which a reset keeps: a reader stops there, … */
    size_t most_bytes;   /* … or behind the record that passes so many bytes of the source */
};

void wh_batch_init(struct wh_batch *batch);
void wh_batch_release(struct wh_batch *batch);

/** Empties the batch: gives inputs back, keeps some memory for the next rows. */
void wh_batch_reset(struct wh_batch *batch);

/** True where a reader with room for @p capacity rows adds nothing to a batch that has so many
 *  items, rows and bad records, of so many bytes. Bytes alone fill no batch: it must have something
 *  in it, however many blank lines stand before. */
static inline bool wh_batch_is_full(const struct wh_batch *batch, size_t capacity, size_t items,
                                    uint64_t size)
{
    return items >= capacity || items >= batch->most_rows ||
           (items > 0 && size >= batch->most_bytes);
}

/** Makes @p column_count columns of the given types with room for most_rows rows each; the
 *  batch was just initialised or reset. */
WH_MUST_CHECK wh_code wh_batch_open(struct wh_batch *batch, const struct wh_type *types,
                                    size_t column_count, struct wh_error *err);

/** Appends rows of a batch with the same columns, copied: they do not need it any more. There is
 *  room for them, as wh_batch_open() makes it. */
WH_MUST_CHECK wh_code wh_batch_append_rows(struct wh_batch *batch, const struct wh_batch *from,
                                           const struct wh_selection *rows, struct wh_error *err);

/** Holds on to @p input until the batch is reset; the same input twice in a row is held once. */
WH_MUST_CHECK wh_code wh_batch_hold(struct wh_batch *batch, struct wh_input *input,
                                    struct wh_error *err);

WH_MUST_CHECK wh_code wh_batch_add_bad(struct wh_batch *batch, const struct wh_bad_record *bad,
                                       struct wh_error *err);

#endif
