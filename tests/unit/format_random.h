/* SPDX-License-Identifier: Apache-2.0 */
/** Random CSV, well-formed and not: the same bytes for the same seed. */
#ifndef WH_TEST_FORMAT_RANDOM_H
#define WH_TEST_FORMAT_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include "format/csv_dialect.h"

/** splitmix64; the state is the seed. */
uint64_t format_random(uint64_t *state);

/** A number from 0 to @p bound - 1. */
size_t format_random_below(uint64_t *state, size_t bound);

/**
 * Fills @p bytes with up to @p size bytes: records of three cells with quotes, escapes, line ends
 * inside quotes, blank lines and non-ASCII text, in some of which bytes are then changed, or a soup
 * of the bytes that matter. Returns how many bytes it wrote.
 */
size_t format_random_csv(uint64_t *state, char *bytes, size_t size);

/** States a random dialect. */
void format_random_options(uint64_t *state, struct wh_format_options *options);

/** Fills @p bytes with up to @p size bytes: records of three cells in @p dialect, well-formed and
 *  not. Returns how many bytes it wrote. */
size_t format_random_text(uint64_t *state, const struct wh_csv_dialect *dialect, char *bytes,
                          size_t size);

#endif
