/* SPDX-License-Identifier: Apache-2.0 */
/** The summary that a run ends with, and its JSON document. */
#ifndef WH_REPORT_RUN_REPORT_H
#define WH_REPORT_RUN_REPORT_H

#include "report/hints.h"
#include "report/paper.h"
#include "run/run.h"

struct wh_run_report {
    const struct wh_run_result *result;
    struct wh_str migration;
    struct wh_hinted about;       /* for what to type next */
    bool is_partial;              /* --id, --limit, --where, --only */
    bool is_by_key_alone;         /* of these, --id and nothing else */
    const struct wh_error *error; /* why it did not finish; code WH_OK: it did */
    int exit_code;
};

/** True where every item type's sum closes, and the total's. */
bool wh_report_sums_close(const struct wh_run_result *result);

void wh_report_run_text(const struct wh_run_report *report, struct wh_paper *paper);
void wh_report_run_json(const struct wh_run_report *report, struct wh_paper *paper);

#endif
