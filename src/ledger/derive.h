/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Derivations: most after columns are something simple made of one source column, and then their
 * values need no room. What a transform gives is part of the stored format and never changes; in
 * particular it does not follow Unicode's tables. Values that a transform does not give are stored.
 */
#ifndef WH_LEDGER_DERIVE_H
#define WH_LEDGER_DERIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/column.h"
#include "ledger/bits.h"

/** What becomes of the reference's value. */
enum wh_transform {
    WH_TRANSFORM_NONE = 0,  /* it is the value */
    WH_TRANSFORM_TRIM = 1,  /* spaces at both ends go; */
    WH_TRANSFORM_LOWER = 2, /* letters become small: A to Z, and those of two bytes in UTF-8 whose
                               small letter is one of the rows below; may be or-ed with TRIM */
    WH_TRANSFORM_UPPER = 4, /* a to z become capital; may be or-ed with TRIM */
    WH_TRANSFORM_TEMPLATE = 8
};

#define WH_TEMPLATE_SIZE 64

/** Values of one length whose bytes stand in other places, with constant ones between:
 *  DD/MM/YYYY to YYYY-MM-DD. */
struct wh_template {
    uint8_t source_len;
    uint8_t target_len;
    uint8_t steps[WH_TEMPLATE_SIZE]; /* of each target byte: a place in the source, or 128 + byte */
};

struct wh_derivation {
    uint8_t transform;
    struct wh_template template; /* TEMPLATE */
};

/** True for what a derivation read from a ledger may say. */
bool wh_derivation_is_valid(const struct wh_derivation *derivation);

/** Room that wh_derive() needs. */
size_t wh_derived_size(const struct wh_derivation *derivation, struct wh_str from);

/** Writes what becomes of @p from to @p room; its length.
 *  SIZE_MAX where the derivation has no answer for it. */
size_t wh_derive(const struct wh_derivation *derivation, struct wh_str from, char *room);

/** True where @p from becomes @p to. */
bool wh_derives(const struct wh_derivation *derivation, struct wh_str from, struct wh_str to);

/** Rows of a batch, of which some are looked at. */
struct wh_derive_sample {
    const uint16_t *rows;
    size_t count;
};

/** Looks for a derivation of @p to from @p from that holds for at least half of the sample. */
bool wh_find_derivation(const struct wh_column *from, const struct wh_column *to,
                        const struct wh_derive_sample *sample, struct wh_derivation *ret);

#endif
