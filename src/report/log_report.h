/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the log says of items: as a table, as the history of one item, as NDJSON or CSV. Entries are
 * handed over one by one and printed as they come, so the length of a log does not matter.
 */
#ifndef WH_REPORT_LOG_REPORT_H
#define WH_REPORT_LOG_REPORT_H

#include "ledger/log.h"
#include "report/paper.h"
#include "report/table.h"

enum wh_log_form {
    WH_LOG_TABLE = 0, /* a line for each item */
    WH_LOG_HISTORY,   /* every image and rule of each entry */
    WH_LOG_NDJSON,
    WH_LOG_CSV,
    WH_LOG_EXTRACT_NDJSON, /* rejected records as the source had them, to be corrected */
    WH_LOG_EXTRACT_CSV
};

struct wh_log_printer {
    enum wh_log_form form;
    struct wh_paper *paper; /* borrowed */
    struct wh_table table;  /* TABLE: rows that wait for the widths to be known */
    uint64_t count;         /* entries so far */
    uint64_t unreadable;    /* left out of an extract: records that have no columns, … */
    uint64_t keyless;       /* and those that were refused for their key */
};

/** @p is_failures: for TABLE, that wh_log_printer_failure() will be called and not ..._entry(). */
void wh_log_printer_init(struct wh_log_printer *printer, enum wh_log_form form, bool is_failures,
                         struct wh_paper *paper);
void wh_log_printer_release(struct wh_log_printer *printer);

/** Fails where the paper has failed, so that a visit of millions of items ends. */
WH_MUST_CHECK wh_code wh_log_printer_entry(struct wh_log_printer *printer,
                                           const struct wh_log_entry *entry, struct wh_error *err);
WH_MUST_CHECK wh_code wh_log_printer_failure(struct wh_log_printer *printer,
                                             const struct wh_failure_record *failure,
                                             struct wh_error *err);

/** Prints what waited. */
void wh_log_printer_finish(struct wh_log_printer *printer);

#endif
