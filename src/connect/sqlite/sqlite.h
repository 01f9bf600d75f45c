/* SPDX-License-Identifier: Apache-2.0 */
/** SQLite databases as sources and destinations: `sqlite:path?option=value`.
 *  docs/sqlite.md says what is kept how. */
#ifndef WH_CONNECT_SQLITE_SQLITE_H
#define WH_CONNECT_SQLITE_SQLITE_H

#include "connect/connector.h"

extern const struct wh_connector wh_sqlite_connector;

#endif
