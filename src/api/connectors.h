/* SPDX-License-Identifier: Apache-2.0 */
/** The connectors of this build: the only place that lists them. */
#ifndef WH_API_CONNECTORS_H
#define WH_API_CONNECTORS_H

#include "connect/connector.h"

/** Ends with NULL. Asked in this order whether a URL is theirs. */
extern const struct wh_connector *const wh_connectors[];

#endif
