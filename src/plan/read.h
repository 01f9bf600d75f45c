/* SPDX-License-Identifier: Apache-2.0 */
/** The parts of an item type: the forms of its keys, one file a part. */
#ifndef WH_PLAN_READ_H
#define WH_PLAN_READ_H

#include "plan/keys.h"
#include "plan/migration.h"

extern const struct wh_form wh_form_items;      /* struct wh_item_definition *, size_t */
extern const struct wh_form wh_form_map;        /* of a wh_item_definition: map, maps_same */
extern const struct wh_form wh_form_set;        /* of a wh_clean_definition: sets */
extern const struct wh_form wh_form_map_values; /* struct wh_assignment_definition *, size_t */
extern const struct wh_form wh_form_clean;      /* of a wh_item_definition: clean */
extern const struct wh_form wh_form_expect;     /* of a wh_item_definition: expect */

#endif
