/* SPDX-License-Identifier: Apache-2.0 */
/** Pages of state: a run of entries, sorted, as bytes. docs/ledger.md is the specification. */
#ifndef WH_LEDGER_STATE_PAGE_H
#define WH_LEDGER_STATE_PAGE_H

#include "ledger/state.h"
#include "ledger/streams.h"
#include "spill/room.h"

/** Entries of a page that is written, one with owners or without: from half of this to twice as
 *  many. As many as stand in one block of PostgreSQL's, which is 8 KB: what does not is cut in four
 *  and indexed, at thrice the cost. */
#define WH_PAGE_ENTRIES 480
#define WH_OWNED_PAGE_ENTRIES 320

/** Entries of the largest page that earlier versions wrote. */
#define WH_LARGEST_PAGE 8192

/** Entries in columns, sorted by hash; a ROW entry stands before an OPEN one of the same hash. */
struct wh_state_columns {
    uint64_t *hashes;
    uint64_t *source_hashes;
    uint32_t *segments;
    uint8_t *flags;
    uint64_t *owners; /* NULL: not kept */
    size_t count;
    struct wh_spill_room room; /* where all of them lie */
};

static inline struct wh_state_entry wh_state_entry_at(const struct wh_state_columns *columns,
                                                      size_t index)
{
    return (struct wh_state_entry){.hash = columns->hashes[index],
                                   .source_hash = columns->source_hashes[index],
                                   .segment = columns->segments[index],
                                   .flags = columns->flags[index],
                                   .owner = columns->owners != NULL ? columns->owners[index] : 0};
}

/** A page's first hash as SQL has it: signed numbers in the order of unsigned ones. */
static inline int64_t wh_state_first_hash(uint64_t hash)
{
    return (int64_t)(hash ^ UINT64_C(1) << 63);
}

/** The hash that SQL has as @p first. */
static inline uint64_t wh_state_hash_of(int64_t first)
{
    return (uint64_t)first ^ UINT64_C(1) << 63;
}

void wh_state_entry_put(struct wh_state_columns *columns, size_t index,
                        const struct wh_state_entry *entry);

/** Room for @p count entries, none of them set. WH_NO_MEMORY, WH_IO: nothing is left. */
WH_MUST_CHECK wh_code wh_state_columns_init(struct wh_state_columns *columns, size_t count,
                                            bool owners, const struct wh_spill_ground *ground,
                                            struct wh_error *err);
void wh_state_columns_release(struct wh_state_columns *columns);

/** Encodes pages, one after another. */
struct wh_page_encoder {
    struct wh_stream_writer writer;
    struct wh_buf scratch;
    struct wh_buf page;
};
WH_MUST_CHECK wh_code wh_page_encoder_init(struct wh_page_encoder *encoder, struct wh_error *err);
void wh_page_encoder_release(struct wh_page_encoder *encoder);

/** Encodes entries @p first to @p end - 1, at least one; *ret is valid until the next. */
WH_MUST_CHECK wh_code wh_page_encode(struct wh_page_encoder *encoder,
                                     const struct wh_state_columns *columns, size_t first,
                                     size_t end, struct wh_str *ret, struct wh_error *err);

/** Decodes pages, one after another. Zero bytes are a decoder without memory. */
struct wh_page_decoder {
    struct wh_arena scratch;
    struct wh_stream_reader reader;
};
void wh_page_decoder_release(struct wh_page_decoder *decoder);

/** Decodes a page of @p count entries behind those that @p columns has, which has room. WH_CORRUPT
 *  where it holds something else, or entries in another order. */
WH_MUST_CHECK wh_code wh_page_decode(struct wh_page_decoder *decoder, struct wh_str page,
                                     size_t count, struct wh_state_columns *columns,
                                     struct wh_error *err);

#endif
