/* SPDX-License-Identifier: Apache-2.0 */
/** What bytes that are no UTF-8 may be, told from a sample. */
#ifndef WH_FORMAT_ENCODING_GUESS_H
#define WH_FORMAT_ENCODING_GUESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct wh_encoding_guess {
    const char *name;  /* "UTF-8", "UTF-16LE", "UTF-16BE", "cp1252"; NULL: none of these */
    size_t lines;      /* of the sample */
    size_t odd_lines;  /* of them: those that are not UTF-8 */
    size_t wide_lines; /* of them: those that are, and have characters beyond ASCII */
    bool is_utf16;     /* for certain: text in UTF-8 has no zeros */
    bool has_printable_controls; /* odd lines have bytes that are letters or signs in cp1252, and
                                    control characters, which no text has, in latin1 */
    struct wh_str odd;           /* the first of these, a slice of the sample */
};

/**
 * UTF-16 shows in zeros at every second byte. Other text is UTF-8 as long as each of its
 * lines is; lines that are not, and have no byte that cp1252 (windows-1252) leaves undefined,
 * may be that (or latin1, of which it is a superset in printable text). A character that the
 * sample's end cuts is no fault.
 */
struct wh_encoding_guess wh_encoding_guess(struct wh_str sample);

#endif
