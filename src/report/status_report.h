/* SPDX-License-Identifier: Apache-2.0 */
/** The runs of a migration, as `wherry status` tells of them. */
#ifndef WH_REPORT_STATUS_REPORT_H
#define WH_REPORT_STATUS_REPORT_H

#include "ledger/reasons.h"
#include "report/hints.h"
#include "report/paper.h"

/** One item type of a run. `done` of `total` in whatever unit is known; total 0: not known. */
struct wh_status_item {
    struct wh_item_record record;
    uint64_t done;
    uint64_t total;
    struct wh_reason_count *reasons; /* of the newest run's */
    size_t reason_count;
};

struct wh_status_run {
    struct wh_run_record record;
    bool is_alive;         /* in state RUNNING, and somebody holds the run lock */
    bool has_whole_ledger; /* otherwise no run can go on */
    bool has_counts;       /* false: their table was dropped */
    bool has_items;   /* likewise: what is done is not known; without both there are no items */
    bool has_reasons; /* likewise; of the newest run */
    struct wh_status_item *items;
    size_t item_count;
    struct wh_counts total;
};

struct wh_status_report {
    struct wh_str migration;
    struct wh_hinted about; /* for what to type next; which item types a run was of, it says */
    bool has_ledger;
    struct wh_str holder;       /* who holds the run lock; ptr NULL: nobody */
    struct wh_status_run *runs; /* newest first */
    size_t run_count;
    int64_t now; /* microseconds since 2000-01-01 UTC */
};

void wh_report_status_text(const struct wh_status_report *report, struct wh_paper *paper);
void wh_report_status_json(const struct wh_status_report *report, struct wh_paper *paper);

#endif
