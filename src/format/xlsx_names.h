/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The different names that a part has: of elements, attributes and prefixes. Expat keeps each of
 * them for as long as it reads the part, with more than ten times its bytes, so they are counted.
 */
#ifndef WH_FORMAT_XLSX_NAMES_H
#define WH_FORMAT_XLSX_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/str.h"

#define WH_XLSX_MAX_NAMES 2048
#define WH_XLSX_MAX_NAME_BYTES ((size_t)1 << 20) /* of all of them */

/** Zeros: none was met yet. */
struct wh_xlsx_names {
    size_t count;
    size_t bytes;
    uint64_t hashes[2 * WH_XLSX_MAX_NAMES]; /* by open addressing; 0: free */
};

/** Counts @p name, if it is a new one. WH_LIMIT. */
WH_MUST_CHECK wh_code wh_xlsx_names_note(struct wh_xlsx_names *names, struct wh_str name,
                                         struct wh_error *err);

#endif
