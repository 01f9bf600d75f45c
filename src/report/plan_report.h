/* SPDX-License-Identifier: Apache-2.0 */
/** What a run would do, as `wherry plan` tells it. */
#ifndef WH_REPORT_PLAN_REPORT_H
#define WH_REPORT_PLAN_REPORT_H

#include "ledger/ledger.h"
#include "plan/item.h"
#include "report/paper.h"

struct wh_plan_report {
    const struct wh_plan *plan;
    const struct wh_item_plan *only; /* NULL: all item types */
    /* The run that `wherry run` would go on with; NULL: none. */
    const struct wh_run_record *open_run;
    bool has_ledger;
    unsigned workers;
    struct wh_str room; /* what is to be said of room for their connections; ptr NULL: nothing */
};

void wh_report_plan_text(const struct wh_plan_report *report, struct wh_paper *paper);
void wh_report_plan_json(const struct wh_plan_report *report, struct wh_paper *paper);

/* Words of the migration file. */
const char *wh_mode_name(enum wh_mode mode);
const char *wh_drift_name(enum wh_drift drift);
const char *wh_missing_name(enum wh_missing missing);
const char *wh_clean_action_name(enum wh_clean_action action);
const char *wh_survivor_name(enum wh_survivor survivor);
const char *wh_expect_kind_name(enum wh_expect_kind kind);

#endif
