/* SPDX-License-Identifier: Apache-2.0 */
/** What is known of a call with a regular expression before the first row (prepare_regex.c). */
#ifndef WH_CONVERT_PREPARE_REGEX_H
#define WH_CONVERT_PREPARE_REGEX_H

#include "convert/regex.h"

/** The arguments that say which match is meant, and which part of it; 0: none does. */
struct wh_regex_places {
    uint8_t start;      /* the character that the search begins with, from 1 */
    uint8_t occurrence; /* which match, from 1; for regexp_replace() 0 is all */
    uint8_t end;        /* 0: where it begins, 1: where it ends */
    uint8_t group;
};

/** What the kernels find in the node's state. */
struct wh_regex_prepared {
    const struct wh_regex *regex; /* NULL: an argument is NULL, and so is all that is given */
    struct wh_regex_places places;
    bool is_global;
    bool never_matches;
    size_t group; /* what is given: 0 is the whole match */
};

#endif
