/* SPDX-License-Identifier: Apache-2.0 */
#include "format/xlsx_names.h"

#include "base/error.h"
#include "data/hash.h"

wh_code wh_xlsx_names_note(struct wh_xlsx_names *names, struct wh_str name, struct wh_error *err)
{
    uint64_t hash = wh_hash_bytes(name, 0) | 1;
    size_t at = (size_t)(hash >> 1) % WH_COUNT_OF(names->hashes);
    while (names->hashes[at] != 0 && names->hashes[at] != hash)
        at = (at + 1) % WH_COUNT_OF(names->hashes);
    if (names->hashes[at] == hash)
        return WH_OK;
    names->hashes[at] = hash;
    names->count++;
    names->bytes += name.len;
    if (names->count <= WH_XLSX_MAX_NAMES && names->bytes <= WH_XLSX_MAX_NAME_BYTES)
        return WH_OK;
    return wh_error_set(err, WH_LIMIT,
                        "there are more than %d different names of elements and attributes, or "
                        "more than %zu bytes of them, which no workbook has",
                        WH_XLSX_MAX_NAMES, WH_XLSX_MAX_NAME_BYTES);
}
