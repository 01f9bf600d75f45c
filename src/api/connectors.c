/* SPDX-License-Identifier: Apache-2.0 */
#include "api/connectors.h"

#include "connect/file/file.h"
#include "connect/postgres/postgres.h"
#include "connect/sqlite/sqlite.h"

/* Files come last: they take every URL without a scheme. */
const struct wh_connector *const wh_connectors[] = {&wh_sqlite_connector, &wh_postgres_connector,
                                                    &wh_file_connector, NULL};
