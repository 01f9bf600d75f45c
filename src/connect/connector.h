/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The connector contract: what a source (source.h) and a destination (destination.h) can do.
 *
 * A connector is a static const table of functions. It opens a source or a destination from a URL,
 * classifies errors (struct wh_error.retry) and never retries; retry lives in run/. Handles belong
 * to one thread at a time unless a function says otherwise.
 */
#ifndef WH_CONNECT_CONNECTOR_H
#define WH_CONNECT_CONNECTOR_H

#include "base/option.h"
#include "connect/destination.h"
#include "connect/source.h"

struct wh_connector {
    const char *name;
    const char *help; /* one line */
    /** True where @p url is this connector's (scheme, or for files: anything without one). */
    bool (*accepts)(struct wh_str url);
    const struct wh_option *options;          /* of the URL's query part, or of `format:` */
    const struct wh_source_functions *source; /* NULL: cannot be read */
    const struct wh_destination_functions *destination; /* NULL: cannot be written */
};

#endif
