/* SPDX-License-Identifier: Apache-2.0 */
/** Values bound to statements of the ledger's, and read from them. */
#ifndef WH_CONNECT_PARAM_H
#define WH_CONNECT_PARAM_H

#include <stdint.h>

#include "base/str.h"

/** A value bound to or read from a statement of the ledger's. */
enum wh_param_kind { WH_PARAM_NULL = 0, WH_PARAM_INT, WH_PARAM_TEXT, WH_PARAM_BLOB };

struct wh_param {
    enum wh_param_kind kind;
    int64_t number;
    struct wh_str bytes; /* read: borrowed until the statement steps or resets */
};

static inline struct wh_param wh_param_int(int64_t number)
{
    return (struct wh_param){.kind = WH_PARAM_INT, .number = number};
}
static inline struct wh_param wh_param_text(struct wh_str text)
{
    return (struct wh_param){.kind = text.ptr == NULL ? WH_PARAM_NULL : WH_PARAM_TEXT,
                             .bytes = text};
}
static inline struct wh_param wh_param_blob(struct wh_str blob)
{
    return (struct wh_param){.kind = blob.ptr == NULL ? WH_PARAM_NULL : WH_PARAM_BLOB,
                             .bytes = blob};
}

#endif
