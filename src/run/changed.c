/* SPDX-License-Identifier: Apache-2.0 */
#include "run/changed.h"

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

/* Of the item types that the run is about the first whose columns, or what is made of them, are not
 * what they were; NULL: there is none. */
static const struct wh_item_plan *find_changed(const struct wh_run_context *run,
                                               const struct wh_plan *now)
{
    for (size_t i = 0; i < run->item_count; i++) {
        const struct wh_item_plan *item = NULL;
        struct wh_error unused = WH_ERROR_NONE;
        wh_code rc = wh_plan_find_item(now, run->items[i]->definition->name, &item, &unused);
        if (rc != WH_OK || item->fingerprint != run->items[i]->fingerprint)
            return run->items[i];
    }
    return NULL;
}

/* WH_OK: all is as it was. An extract is of the only item type that the run is about. */
static wh_code plan_again(struct wh_run_context *run, const struct wh_error *why,
                          struct wh_error *err)
{
    struct wh_plan *now = NULL;
    struct wh_plan_request request = wh_run_plan_request(run);
    request.from = run->options->from;
    request.from_item = run->items[0]->definition->name;
    WH_TRY(wh_plan_make(&request, &now, err));
    const struct wh_item_plan *changed = find_changed(run, now);
    wh_plan_free(now);
    if (changed == NULL)
        return WH_OK;
    return wh_error_set(err, WH_CONFLICT,
                        "item type '%.*s' has other columns now than when it began (%s)",
                        WH_FMT(changed->definition->name), why->message);
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
    /* Who cannot look knows no better than what was said. */
    if (now == WH_OK || now == WH_CANCELLED || found.retry != WH_RETRY_NEVER)
        return rc;
    *err = found;
    return tell(err, now);
}
