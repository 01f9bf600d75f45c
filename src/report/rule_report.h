/* SPDX-License-Identifier: Apache-2.0 */
/** What the rules of a run touched and, after a dry run, what they would do to single records. */
#ifndef WH_REPORT_RULE_REPORT_H
#define WH_REPORT_RULE_REPORT_H

#include "report/json.h"
#include "report/paper.h"
#include "run/run.h"

void wh_report_rules(const struct wh_run_result *result, struct wh_paper *paper);

/** A list of the item type's rules; NULL where memory is out. */
json_t *wh_report_rules_json(const struct wh_item_result *item);

#endif
