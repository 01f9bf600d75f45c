/* SPDX-License-Identifier: Apache-2.0 */
/** Values in the quotes that a program would read them in. */
#ifndef WH_CONVERT_KERNEL_QUOTE_H
#define WH_CONVERT_KERNEL_QUOTE_H

#include <stddef.h>

#include "base/str.h"

/** Where text goes; without room it is only counted. */
struct wh_sink {
    char *at;
    size_t size;
};

void wh_sink_put(struct wh_sink *sink, const char *bytes, size_t len);
void wh_sink_spaces(struct wh_sink *sink, size_t count);

/** As quote_literal() and quote_ident() write it. */
void wh_sink_literal(struct wh_sink *sink, struct wh_str text);
void wh_sink_identifier(struct wh_sink *sink, struct wh_str text);

#endif
