/* SPDX-License-Identifier: Apache-2.0 */
/** The forms of log entries: internal to report/. */
#ifndef WH_REPORT_LOG_FORMS_H
#define WH_REPORT_LOG_FORMS_H

#include "ledger/log.h"
#include "report/paper.h"

/** The history of an item: an entry with all it has. */
void wh_log_print_history(const struct wh_log_entry *entry, struct wh_paper *paper);

/** Of an item that was not written: what would have been, and not what is there. */
static inline bool wh_log_is_wanted(const struct wh_log_entry *entry)
{
    return entry->logged.status == WH_STATUS_FAILED || entry->logged.status == WH_STATUS_SKIPPED;
}

/** Why a row that is there was left as it is, for then or for good; ptr NULL where nothing is to be
 *  said. */
static inline struct wh_str wh_log_remark(const struct wh_log_entry *entry)
{
    bool is_kept = entry->logged.status == WH_STATUS_SKIPPED && entry->logged.before != NULL;
    if (entry->was_tried_again)
        return WH_STR("another row had what it wants, or the row that it refers to was not there "
                      "yet; it was tried again later in the run");
    return is_kept ? WH_STR("kept as somebody edited it since wherry wrote it (drift: keep)")
                   : WH_STR_NONE;
}

/** One line of JSON. */
void wh_log_print_json(const struct wh_log_entry *entry, struct wh_paper *paper);
void wh_log_print_failure_json(const struct wh_failure_record *failure, struct wh_paper *paper);

/** A rejected record with the source's columns, then where it stood and why it was refused;
 *  the head. */
void wh_log_print_extract_json(const struct wh_log_entry *entry, struct wh_paper *paper);
void wh_log_print_extract_csv_head(const struct wh_log_entry *entry, struct wh_paper *paper);
void wh_log_print_extract_csv(const struct wh_log_entry *entry, struct wh_paper *paper);

/** One record of CSV, and the head before the first. */
void wh_log_print_csv_head(struct wh_paper *paper);
void wh_log_print_csv(const struct wh_log_entry *entry, struct wh_paper *paper);
void wh_log_print_failure_csv(const struct wh_failure_record *failure, struct wh_paper *paper);

#endif
