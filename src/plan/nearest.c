/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/nearest.h"

/* So many typing mistakes are still that name: one in three characters, and two in short ones only
 * where most of the name is left. */
static size_t tolerance(size_t length)
{
    return length < 3 ? 1 : WH_MAX(length / 3, 1);
}

void wh_nearest_offer(struct wh_nearest *search, struct wh_str name)
{
    size_t distance =
        wh_str_equal_ascii_fold(search->wanted, name) ? 0 : wh_str_distance(search->wanted, name);
    if (distance < search->distance && distance <= tolerance(search->wanted.len)) {
        search->distance = distance;
        search->best = name;
    }
}
