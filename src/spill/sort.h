/* SPDX-License-Identifier: Apache-2.0 */
/** Sorting records whose first 8 bytes are a uniform hash. */
#ifndef WH_SPILL_SORT_H
#define WH_SPILL_SORT_H

#include <stddef.h>
#include <stdint.h>

/** Records of which only the bits of the hash behind the first @p shared differ. */
struct wh_spill_records {
    char *bytes;
    size_t count;
    size_t size; /* of one */
    unsigned shared;
    int (*compare)(const void *, const void *);
};

/** Sorts from @p records into @p room, which holds as many; returns @p room. NULL:
 *  memory is out. */
char *wh_spill_sort(const struct wh_spill_records *records, char *room);

#endif
