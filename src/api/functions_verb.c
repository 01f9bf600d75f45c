/* SPDX-License-Identifier: Apache-2.0 */
/** functions: what expressions are made of. */
#include "api/job.h"
#include "api/verbs.h"
#include "base/error.h"
#include "plan/nearest.h"
#include "report/catalog_report.h"

/** Offers each name; returns whether any entry is what @p filter asks for. */
static bool look(const struct wh_catalog_filter *filter, struct wh_nearest *nearest)
{
    bool is_found = false;
    for (const struct wh_catalog_subject *subject = wh_catalog(); subject->title != NULL;
         subject++) {
        for (const struct wh_catalog_entry *entry = subject->entries; entry->name != NULL;
             entry++) {
            wh_nearest_offer(nearest, wh_str_from(entry->name));
            is_found |= wh_catalog_matches(filter, subject, entry);
        }
    }
    return is_found;
}

wh_code api_functions(struct wherry_job *job, struct wh_paper *paper, enum wherry_exit *ret_exit,
                      struct wh_error *err)
{
    (void)ret_exit;
    struct wh_str wanted = api_text(job, "name");
    struct wh_catalog_filter filter = {.wanted = wanted, .is_name = wh_catalog_has(wanted)};
    struct wh_nearest nearest = wh_nearest_to(wanted);
    bool is_found = look(&filter, &nearest);
    if (!is_found && wh_catalog_is_word(wanted))
        return wh_error_set(err, WH_INVALID,
                            "no function, operator or cast has to do with '%.*s' ('wherry "
                            "functions' lists them)",
                            (int)wanted.len - 2, wanted.ptr + 1);
    if (!is_found)
        return wh_error_set(err, WH_INVALID,
                            "there is no function, operator or cast '%.*s' ('wherry functions' "
                            "lists them, '/%.*s/' looks for a word)" WH_NEAREST_FORMAT,
                            WH_FMT(wanted), WH_FMT(wanted), WH_NEAREST(nearest));
    if (api_wants_json(job))
        wh_report_catalog_json(&filter, paper);
    else
        wh_report_catalog_text(&filter, paper);
    return WH_OK;
}
