/* SPDX-License-Identifier: Apache-2.0 */
/** Why items were refused: a part of the reports of a run and of runs. */
#ifndef WH_REPORT_REASON_REPORT_H
#define WH_REPORT_REASON_REPORT_H

#include "ledger/reasons.h"
#include "report/json.h"
#include "report/paper.h"

/** The reasons of an item type of which @p counts were refused; nothing where there are none. */
struct wh_refused_items {
    struct wh_str item;
    const struct wh_counts *counts;
    const struct wh_reason_count *reasons; /* sorted */
    size_t reason_count;
};
void wh_report_reasons(const struct wh_refused_items *refused, struct wh_paper *paper);

/** A list of all of them; NULL where memory is out. */
json_t *wh_report_reasons_json(const struct wh_reason_count *reasons, size_t count);

#endif
