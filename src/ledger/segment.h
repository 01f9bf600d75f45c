/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A segment is the log of one group: for every item its key, place, status, rule hits, hashes and
 * images, in columns, compressed with zstd, one row of the ledger.
 *
 * Images are the canonical texts of values. A value that is, or is simply made of, another one of
 * the same item takes no room: after of source, before of after, the key of either (see derive.h).
 * What state needs (see state.h) can be made again from images; where there are none (log: keys,
 * redacted columns) the hashes are stored. Of a position that has a line the offset is not stored.
 */
#ifndef WH_LEDGER_SEGMENT_H
#define WH_LEDGER_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "data/column.h"
#include "ledger/ledger.h"

/** What is the same for all segments of an item type in one run; borrowed by the encoder. */
struct wh_segment_schema {
    struct wh_str item;
    struct wh_str *source_names;
    size_t source_count;
    struct wh_str *target_names; /* of before and after images, in the writer's order */
    size_t target_count;
    /* One a target: the source column that it may equal, or SIZE_MAX. */
    const size_t *plain_sources;
    const size_t *match; /* targets that identify the destination row */
    size_t match_count;
    bool key_is_match;
    uint64_t fingerprint; /* seed of source hashes */
    bool has_hashes;      /* store hashes (no images, or redacted ones) */
    bool has_images;
    struct wh_str *rule_names; /* of `touched` below */
    size_t rule_count;
};

/** The target of this name; SIZE_MAX where there is none. */
size_t wh_segment_schema_find(const struct wh_segment_schema *schema, struct wh_str name);

/** Which images an item has in its segment. */
enum wh_image { WH_IMAGE_SOURCE = 1, WH_IMAGE_BEFORE = 2, WH_IMAGE_AFTER = 4 };

/** The items of one batch, in source order: what was read from @p source rows, the
 *  records that could not be read and those that were left out in reading. All borrowed
 *  for the time of the call. */
struct wh_segment_rows {
    size_t count;
    const uint8_t *statuses;             /* enum wh_item_status */
    const uint8_t *images;               /* enum wh_image, or-ed */
    const uint16_t *rows;                /* each item's row in the columns; UINT16_MAX: none */
    const struct wh_str *keys;           /* by item; ptr NULL: none */
    const struct wh_position *positions; /* by item */
    const uint64_t *match_hashes;        /* by row; as in state.h; read where schema->has_hashes */
    const uint64_t *source_hashes;       /* by row; likewise */
    const uint64_t *after_hashes;        /* by row; likewise */
    const struct wh_column *source;      /* texts as read; redacted ones already replaced */
    const struct wh_column *before;      /* texts, may be NULL where no item has that image */
    const struct wh_column *after;       /* texts */
    uint8_t *const
        *touched; /* one array a rule, by row: 1 where the rule touched it; may be NULL */
};

/** Encodes one segment after another; belongs to one worker. */
struct wh_segment_encoder;
WH_MUST_CHECK wh_code wh_segment_encoder_new(const struct wh_segment_schema *schema,
                                             struct wh_segment_encoder **ret, struct wh_error *err);
void wh_segment_encoder_free(struct wh_segment_encoder *encoder);

/** Forgets what was added. */
void wh_segment_encoder_reset(struct wh_segment_encoder *encoder);
WH_MUST_CHECK wh_code wh_segment_encoder_add(struct wh_segment_encoder *encoder,
                                             const struct wh_segment_rows *rows,
                                             struct wh_error *err);

/** A segment states its least and its last key by at most so many bytes of them. */
enum { WH_KEY_PREFIX = 64 };

/** One encoded segment: columns of its row in the ledger. Borrowed until the encoder is reset,
 *  which comes before anything more is added. */
struct wh_segment_blob {
    size_t item_count;
    struct wh_str least_key; /* of the keys' first WH_KEY_PREFIX bytes; "" where there is none */
    struct wh_str last_key;
    struct wh_str filter;   /* Bloom filter on the hashes of keys */
    struct wh_str statuses; /* compressed; enough to count items again */
    struct wh_str body;     /* compressed */
    /* of the versions that the group wrote, as the destination tells them; not the encoder's:
     * ptr NULL until somebody sets it */
    struct wh_str mark;
};
WH_MUST_CHECK wh_code wh_segment_encoder_finish(struct wh_segment_encoder *encoder,
                                                struct wh_segment_blob *ret, struct wh_error *err);

/** Adds a segment; *ret_id is its number, larger than all before it. */
WH_MUST_CHECK wh_code wh_ledger_add_segment(struct wh_ledger *ledger, int64_t run, int64_t chunk,
                                            struct wh_str item, const struct wh_segment_blob *blob,
                                            int64_t *ret_id, struct wh_error *err);
WH_MUST_CHECK wh_code wh_ledger_has_segment(struct wh_ledger *ledger, int64_t id, bool *ret,
                                            struct wh_error *err);

/** The marks of all segments of an item type that have one, or of the latest
 *  WH_MOST_MARKS, in @p arena. None of what a dump put back: its numbers may be those of
 *  another copy of the system. */
enum { WH_MOST_MARKS = 1 << 16 };
WH_MUST_CHECK wh_code wh_ledger_marks(struct wh_ledger *ledger, struct wh_str migration,
                                      struct wh_str item, struct wh_arena *arena,
                                      struct wh_str **ret, size_t *ret_count, struct wh_error *err);

/** Says anew what became of item @p ordinal of a finished segment. False where its images may be
 *  others then, as those of an updated row are: all is to be encoded again. */
bool wh_segment_encoder_change(struct wh_segment_encoder *encoder, size_t ordinal, uint8_t status,
                               uint8_t images);

/** The finished segment with the statuses as they are now. */
WH_MUST_CHECK wh_code wh_segment_encoder_finish_changes(struct wh_segment_encoder *encoder,
                                                        struct wh_segment_blob *segment,
                                                        struct wh_error *err);

/** A decoded segment; all of it in its arena. Bounds of untrusted lengths are checked:
 *  WH_CORRUPT. */
struct wh_segment;
WH_MUST_CHECK wh_code wh_segment_decode(const struct wh_segment_blob *blob, struct wh_segment **ret,
                                        struct wh_error *err);
WH_MUST_CHECK wh_code wh_ledger_load_segment(struct wh_ledger *ledger, int64_t id,
                                             struct wh_segment **ret, struct wh_error *err);
void wh_segment_free(struct wh_segment *segment);

size_t wh_segment_count(const struct wh_segment *segment);

/** Bytes that the segment takes as far as it was looked at. */
size_t wh_segment_memory(const struct wh_segment *segment);
const struct wh_segment_schema *wh_segment_schema(const struct wh_segment *segment);

/** The item's ordinal by key, SIZE_MAX where it is not there; of a repeated key the one that has a
 *  row in the destination, or the first. An index is made by the first call; items asked for in
 *  their order are found without it. */
size_t wh_segment_find(struct wh_segment *segment, struct wh_str key);

struct wh_segment_item {
    enum wh_item_status status;
    uint8_t images; /* enum wh_image, or-ed */
    struct wh_str key;
    uint64_t match_hash; /* 0 where it is not known: a rejected item, or a deleted one that has
                            neither image nor hash nor a key that is its row's */
    uint64_t source_hash;
    uint64_t after_hash;
    const struct wh_str *source; /* schema->source_count values, ptr NULL is NULL; NULL: no image */
    const struct wh_str *before;
    const struct wh_str *after;
};
/** Item @p ordinal, hashes computed where they are not stored. Value arrays live in @p arena. */
WH_MUST_CHECK wh_code wh_segment_item(struct wh_segment *segment, size_t ordinal,
                                      struct wh_arena *arena, struct wh_segment_item *ret,
                                      struct wh_error *err);
/** Where item @p ordinal stood in the source. Made for items that are asked for in their order: to
 *  step back means to read from the first one on. */
WH_MUST_CHECK wh_code wh_segment_position(struct wh_segment *segment, size_t ordinal,
                                          struct wh_position *ret, struct wh_error *err);
/** True where rule @p rule touched item @p ordinal. */
bool wh_segment_touched(const struct wh_segment *segment, size_t rule, size_t ordinal);

#endif
