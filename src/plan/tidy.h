/* SPDX-License-Identifier: Apache-2.0 */
/** `tidy`, `map_values` and `keep: most complete`: rules made into expressions, see tidy.c. */
#ifndef WH_PLAN_TIDY_H
#define WH_PLAN_TIDY_H

#include "base/arena.h"
#include "data/schema.h"
#include "plan/make.h"
#include "rules/definition.h"

/** WH_INVALID, with its place, for a step of `tidy` that there is not, or that is there twice. */
WH_MUST_CHECK wh_code wh_tidy_check(const struct wh_clean_definition *rule, struct wh_error *err);

/** Gives a rule that has none yet its columns (sets without values) or its keep_value. */
WH_MUST_CHECK wh_code wh_tidy_begin(const struct wh_table_info *table, struct wh_arena *arena,
                                    struct wh_clean_definition *rule, struct wh_error *err);

/** Makes the values of the sets, whose columns have the source's own names now. */
WH_MUST_CHECK wh_code wh_tidy_finish(const struct wh_making *making,
                                     const struct wh_clean_definition *rule, struct wh_error *err);

#endif
