/* SPDX-License-Identifier: Apache-2.0 */
/** ${NAME} and ${NAME:-default} in a text, from the environment. */
#ifndef WH_PLAN_SUBSTITUTE_H
#define WH_PLAN_SUBSTITUTE_H

#include <wherry/error.h>

#include "base/arena.h"
#include "base/str.h"
#include "plan/migration.h"

/** A value replaced may be so long, and all values of a file together so long. */
#define WH_SUBSTITUTE_MAX_VALUE ((size_t)1 << 20)
#define WH_SUBSTITUTE_MAX_ALL ((size_t)64 << 20)

struct wh_substitution {
    wh_environment *environment;
    void *ctx;
};

/**
 * Replaces variables in @p text: *ret is @p text itself where there are none, otherwise a copy in
 * @p arena. ${NAME} must be set; ${NAME:-default} gives the default where NAME is not set or empty,
 * as in a shell; $${ stands for ${. A default ends at the first }. WH_INVALID names the variable,
 * never its value; *ret_at is then the offset in @p text of the variable that is at fault.
 */
WH_MUST_CHECK wh_code wh_substitute(const struct wh_substitution *substitution, struct wh_str text,
                                    struct wh_arena *arena, struct wh_str *ret,
                                    struct wh_error *err);

#endif
