/* SPDX-License-Identifier: Apache-2.0 */
#include "run/changed.h"

#include <string.h>

#include "base/error.h"
#include "run/opening.h"

/* Statements that were right when the run began: only what they are about can have changed. */
static bool may_be_change(const struct wh_run_context *run, wh_code rc, const struct wh_error *why)
{
    bool is_refused = rc == WH_INVALID || rc == WH_UNSUPPORTED ||
                      (rc == WH_UNREACHABLE && why->retry == WH_RETRY_NEVER);
    return is_refused && run->run != 0 && !run->options->rehearse && !run->options->dry_run &&
           !run->is_input_taken;
}

/* What became of the item type's table since the run began; NULL: it is as it was. A run makes the
 * tables that are missing before all else; of files none is there before its end. */
static const char *find_change(const struct wh_run_context *run, const struct wh_item_plan *item,
                               const struct wh_plan *now)
{
    const struct wh_item_plan *found = NULL;
    struct wh_error unused = WH_ERROR_NONE;
    bool is_kept = run->connection.functions->commit_kind != WH_COMMIT_WHOLE;
    wh_code rc = wh_plan_find_item(now, item->definition->name, &found, &unused);
    if (rc == WH_OK && found->will_create && is_kept)
        return "no table any more";
    return rc != WH_OK || found->fingerprint != item->fingerprint
               ? "other columns now than when it began"
               : NULL;
}

/* WH_OK: all is as it was. An extract is of the only item type that the run is about. */
static wh_code plan_again(struct wh_run_context *run, const struct wh_error *why,
                          struct wh_error *err)
{
    struct wh_plan *now = NULL;
    struct wh_plan_request request = wh_run_plan_request(run);
    const struct wh_item_plan *item = NULL;
    const char *change = NULL;
    request.from = run->options->from;
    request.from_item = run->items[0]->definition->name;
    WH_TRY(wh_plan_make(&request, &now, err));
    for (size_t i = 0; i < run->item_count && change == NULL; i++) {
        item = run->items[i];
        change = find_change(run, item, now);
    }
    wh_plan_free(now);
    if (change == NULL)
        return WH_OK;
    return wh_error_set(err, WH_CONFLICT, "item type '%.*s' has %s (%s)",
                        WH_FMT(item->definition->name), change, why->message);
}

static wh_code tell(struct wh_error *err, wh_code rc)
{
    wh_error_prefix(err, rc, "somebody changed what this run was working on");
    err->code = WH_CONFLICT;
    return WH_CONFLICT;
}

wh_code wh_run_explain_change(struct wh_run_context *run, wh_code rc, struct wh_error *err)
{
    struct wh_error found = WH_ERROR_NONE;
    if (err == NULL || !may_be_change(run, rc, err))
        return rc;
    if (run->item_count == 0)
        return tell(err, rc); /* it began again, and what planning found is in *err */
    wh_code now = plan_again(run, err, &found);
    if (now == WH_OK && strcmp(err->sqlstate, WH_TABLE_IS_ANOTHER) == 0)
        return tell(err, rc);
    /* Who cannot look knows no better than what was said. */
    if (now == WH_OK || now == WH_CANCELLED || found.retry != WH_RETRY_NEVER)
        return rc;
    *err = found;
    return tell(err, now);
}
