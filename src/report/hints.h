/* SPDX-License-Identifier: Apache-2.0 */
/** What several reports say: names of things in words, and what to type next. */
#ifndef WH_REPORT_HINTS_H
#define WH_REPORT_HINTS_H

#include "ledger/ledger.h"
#include "report/paper.h"

/** A list of commands with what they do, aligned. */
struct wh_hint {
    const char *verb;      /* "log" */
    const char *arguments; /* behind the file: "--rejected"; "" */
    const char *help;
};
/** What the commands are about. */
struct wh_hinted {
    struct wh_str file;     /* the migration file */
    struct wh_str item;     /* the only item type that was asked for; ptr NULL: all of them */
    bool has_several_items; /* the file has several types of them */
};
/** "  wherry log shop.yaml --rejected   what was refused, and why"; ends with a NULL verb. */
void wh_report_hints(const struct wh_hint *hints, const struct wh_hinted *about,
                     struct wh_paper *paper);

/** Where to look after items were refused, and how to go on. */
void wh_report_refusal_hints(const struct wh_counts *counts, const struct wh_hinted *about,
                             struct wh_paper *paper);

/** "rejected: rule 'no e-mail'", "failed: at the write, by 'person_country_fkey' (23503)": why
 *  items of one kind were refused, as data-safe text on the paper. */
struct wh_refusal {
    enum wh_item_status status;
    struct wh_str stage;
    struct wh_str rule;     /* ptr NULL: none */
    struct wh_str column;   /* ptr NULL: none */
    struct wh_str sqlstate; /* ptr NULL: none */
};
void wh_report_refusal(const struct wh_refusal *refusal, struct wh_paper *paper);

/** "3,000,000 read = 2,999,000 inserted + …": the closing sum; parts that are 0 are left out. */
void wh_report_sum(const struct wh_counts *counts, struct wh_paper *paper);

enum wh_ink wh_status_ink(enum wh_item_status status);
enum wh_ink wh_run_state_ink(enum wh_run_state state);

/** @p url with a password in it replaced by ***; a copy in @p arena where there is one. */
WH_MUST_CHECK wh_code wh_report_url(struct wh_str url, struct wh_arena *arena, struct wh_str *ret,
                                    struct wh_error *err);

#endif
