/* SPDX-License-Identifier: Apache-2.0 */
/** `map_values` from a file: its pairs, read while planning. */
#ifndef WH_PLAN_VALUE_FILE_H
#define WH_PLAN_VALUE_FILE_H

#include "plan/item.h"

/**
 * Reads the pairs of @p mapping from the file that it names, relative to the migration file: CSV as
 * a source has it, detected where that is certain. The pairs live in @p arena. WH_INVALID with the
 * file's place in the migration file for what is not a pair (no value to map, a record that cannot
 * be read) or too many of them.
 */
WH_MUST_CHECK wh_code wh_value_file_read(const struct wh_plan *plan,
                                         const struct wh_mapping_definition *mapping,
                                         struct wh_arena *arena, struct wh_value_pair **ret,
                                         size_t *ret_count, struct wh_error *err);

#endif
