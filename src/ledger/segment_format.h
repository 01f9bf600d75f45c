/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The layout of a segment's body, shared by encoder and decoder;
 * docs/ledger.md is its specification.
 *
 * A body is a blob of streams (see streams.h): first the fixed ones below, then a bitmap of items
 * for each rule, then WH_COLUMN_STREAMS streams for each column. Columns are the source image's,
 * the after image's, the before image's and, last, the items' keys. A column has one place for
 * every item that has its image (the key's: for every item), in the items' order.
 */
#ifndef WH_LEDGER_SEGMENT_FORMAT_H
#define WH_LEDGER_SEGMENT_FORMAT_H

#include <stdint.h>

#include "ledger/derive.h"
#include "ledger/segment.h"

/** The fixed streams of a body. */
enum wh_segment_stream {
    WH_STREAM_SCHEMA = 0, /* see segment_schema.c */
    WH_STREAM_PLANS,    /* of columns: byte form, byte transform, varint reference + 1 (0: none) */
    WH_STREAM_IMAGES,   /* a byte an item: enum wh_image, or-ed */
    WH_STREAM_FILES,    /* an item's file: varint of the zigzag difference to the item before */
    WH_STREAM_NUMBERS,  /* its line, or offset where it has none: likewise, less 1 */
    WH_STREAM_LINELESS, /* bitmap of items without line; empty: all have one */
    WH_STREAM_MATCH_HASHES, /* 8 bytes an item; empty where they are not stored */
    WH_STREAM_SOURCE_HASHES,
    WH_STREAM_AFTER_HASHES,
    WH_STREAM_FIXED
};

/** Streams of one column. */
enum wh_column_stream {
    WH_STREAM_SAME = 0, /* bitmap of places: the value is derived from the reference; empty: none */
    WH_STREAM_NULLS,    /* bitmap of the other places: NULL; empty: none is */
    WH_STREAM_A,        /* of the remaining places' values; depends on the form */
    WH_STREAM_B,
    WH_COLUMN_STREAMS
};

enum wh_column_form {
    WH_FORM_TEXTS = 0,  /* A: a varint length each; B: the bytes */
    WH_FORM_DICTIONARY, /* A: a byte each; B: the texts it counts: a varint length and bytes each */
    WH_FORM_INTEGERS,   /* A: varint of the zigzag difference to the number before, less 1 */
    WH_FORM_FIXED,      /* texts of one length; A: that, a varint; B: the first bytes of all texts,
                           then their second bytes … */
    WH_FORM_COUNT
};

/** How a column's values are stored. */
struct wh_column_plan {
    uint8_t form;                    /* enum wh_column_form */
    size_t reference;                /* a column before this one; SIZE_MAX: none */
    struct wh_derivation derivation; /* of its values: what `same` means */
};

/** Index of a column among the columns of a segment. */
static inline size_t wh_column_of_source(size_t index)
{
    return index;
}
static inline size_t wh_column_of_after(const struct wh_segment_schema *schema, size_t index)
{
    return schema->source_count + index;
}
static inline size_t wh_column_of_before(const struct wh_segment_schema *schema, size_t index)
{
    return schema->source_count + schema->target_count + index;
}
static inline size_t wh_column_of_key(const struct wh_segment_schema *schema)
{
    return schema->source_count + 2 * schema->target_count;
}

#endif
