/* SPDX-License-Identifier: Apache-2.0 */
/** Which bytes of a text are blanks: what trimming fields of a few bytes is made fast by. */
#ifndef WH_FORMAT_FIXED_BLANKS_H
#define WH_FORMAT_FIXED_BLANKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/** Words of bits for @p size bytes, with one behind them that may be read. */
static inline size_t wh_fixed_words(size_t size)
{
    return size / 64 + 2;
}

/** Sets bit i % 64 of word i / 64 where byte i is no space;
 *  all other bits of the words become 0. */
void wh_fixed_find_text(struct wh_str text, uint64_t *bits);

/** True where all bytes are ASCII and none is NUL. */
bool wh_fixed_is_plain(struct wh_str text);

/** The reference of wh_fixed_find_text(): the same, byte by byte. */
void wh_fixed_find_text_scalar(struct wh_str text, uint64_t *bits);

#endif
