/* SPDX-License-Identifier: Apache-2.0 */
/** The connector for PostgreSQL. */
#ifndef WH_CONNECT_POSTGRES_POSTGRES_H
#define WH_CONNECT_POSTGRES_POSTGRES_H

#include "connect/connector.h"

extern const struct wh_connector wh_postgres_connector;

#endif
