/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Time zones: how far their clocks are from UTC, by the moment or by what the clocks show.
 *
 * A zone is read from the bytes of a TZif file (RFC 8536), from a POSIX name with one offset
 * ('UTC+3', three hours west), or is a fixed offset. Seconds are counted from 2000-01-01.
 */
#ifndef WH_DATA_ZONE_H
#define WH_DATA_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "data/fault.h"

struct wh_zone {
    const int64_t *changes; /* moments, ascending, at which the offset changes */
    const int32_t *offsets; /* seconds east of UTC from each change on */
    size_t count;
    int32_t first_offset; /* before the first change */
    bool repeats;         /* behind the last change all is as 400 years before */
};

struct wh_zone wh_zone_fixed(int32_t offset);

/** Reads a TZif file of version 2 or later; changes go to @p arena. SYNTAX for anything else, also
 *  for a zone that counts leap seconds; NO_MEMORY. */
enum wh_fault wh_zone_read(struct wh_str file, struct wh_arena *arena, struct wh_zone *ret);

/** Reads a POSIX name with an offset and without rules; SYNTAX for anything else. */
enum wh_fault wh_zone_parse_posix(struct wh_str name, struct wh_zone *ret);

/** Seconds east of UTC at a moment. */
int32_t wh_zone_offset(const struct wh_zone *zone, int64_t seconds);

/** Seconds east of UTC where the zone's clocks show @p local. Of a time that they leave out it is
 *  the offset before the gap; of one that they show twice the later one's: PostgreSQL's choice. */
int32_t wh_zone_offset_of_local(const struct wh_zone *zone, int64_t local);

#endif
