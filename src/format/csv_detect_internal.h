/* SPDX-License-Identifier: Apache-2.0 */
/** What the files of detection share. */
#ifndef WH_FORMAT_CSV_DETECT_INTERNAL_H
#define WH_FORMAT_CSV_DETECT_INTERNAL_H

#include "format/csv_detect.h"
#include "format/csv_trial.h"

/** A way to read the sample. */
struct wh_candidate {
    struct wh_format_options options; /* the stated ones and its own */
    struct wh_csv_trial trial;
};

struct wh_detection {
    const struct wh_format_options *options; /* as stated */
    const struct wh_csv_detect_request *request;
    struct wh_str text; /* the sample, without lines that were told to be left out */
    bool is_last;
    struct wh_arena *arena;
    const char *line_end;
    struct wh_candidate best;
    struct wh_candidate second; /* of another delimiter */
    struct wh_candidate weak;   /* with a delimiter that is never taken unasked */
    const char *header_reason;
};

/** Whether the first record of the table names its columns.
 *  WH_INVALID where that cannot be told. */
WH_MUST_CHECK wh_code wh_detect_header(struct wh_detection *detection, struct wh_error *err);

/** What was found, why, and how to pin it. */
WH_MUST_CHECK wh_code wh_detect_explain(const struct wh_detection *detection, struct wh_str *ret,
                                        struct wh_error *err);

#endif
