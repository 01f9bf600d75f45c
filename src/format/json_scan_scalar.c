/* SPDX-License-Identifier: Apache-2.0 */
/** The reference scanner: strings byte by byte. */
#define WH_JSON_NAME "scalar"
#define WH_JSON_FUNCTIONS wh_json_scalar_functions

static inline const char *find_special(const char *at, const char *end)
{
    while (at < end && *at != '"' && *at != '\\' && (unsigned char)*at >= 0x20)
        at++;
    return at;
}

#include "format/json_scan_value.h"
