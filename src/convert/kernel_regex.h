/* SPDX-License-Identifier: Apache-2.0 */
/** Kernels over regular expressions; the node's state is what the preparation made. */
#ifndef WH_CONVERT_KERNEL_REGEX_H
#define WH_CONVERT_KERNEL_REGEX_H

#include "convert/functions.h"
#include "convert/kernel.h"

wh_kernel wh_regex_matches;     /* ~, regexp_like() */
wh_kernel wh_regex_matches_not; /* !~ */
wh_kernel wh_regex_replace;
wh_kernel wh_regex_part; /* substring(), regexp_substr(), regexp_match() */
wh_kernel wh_regex_count;
wh_kernel wh_regex_position;
wh_kernel wh_regex_split; /* regexp_split_to_array() */

/* Compile the constant pattern, which is the second argument. */
wh_prepare wh_prepare_pattern;             /* ~ */
wh_prepare wh_prepare_pattern_fold;        /* ~* */
wh_prepare wh_prepare_regexp_like;         /* flags: arguments[2] */
wh_prepare wh_prepare_regexp_replace;      /* flags: arguments[3] */
wh_prepare wh_prepare_regexp_replace_from; /* start, occurrence, flags from arguments[3] */
wh_prepare wh_prepare_regexp_count;        /* start, flags from arguments[2] */
wh_prepare wh_prepare_regexp_instr;        /* start, occurrence, end, flags, group */
wh_prepare wh_prepare_regexp_part;         /* substring(): the first group, or all */
wh_prepare wh_prepare_regexp_substr;       /* all; start, occurrence, flags, group */
wh_prepare wh_prepare_regexp_match;        /* the group that arguments[2] names */

#endif
