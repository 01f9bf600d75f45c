/* SPDX-License-Identifier: Apache-2.0 */
/** The forms of log entries: internal to report/. */
#ifndef WH_REPORT_LOG_FORMS_H
#define WH_REPORT_LOG_FORMS_H

#include "ledger/log.h"
#include "report/paper.h"

/** The history of an item: an entry with all it has. */
void wh_log_print_history(const struct wh_log_entry *entry, struct wh_paper *paper);

/** One line of JSON. */
void wh_log_print_json(const struct wh_log_entry *entry, struct wh_paper *paper);
void wh_log_print_failure_json(const struct wh_failure_record *failure, struct wh_paper *paper);

/** One record of CSV, and the head before the first. */
void wh_log_print_csv_head(struct wh_paper *paper);
void wh_log_print_csv(const struct wh_log_entry *entry, struct wh_paper *paper);
void wh_log_print_failure_csv(const struct wh_failure_record *failure, struct wh_paper *paper);

#endif
