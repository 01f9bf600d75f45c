/* SPDX-License-Identifier: Apache-2.0 */
/** Type names as people declare them: "NUMERIC(12, 2)", "character varying(40)", "TIMESTAMPTZ". */
#ifndef WH_SQL_TYPE_NAME_H
#define WH_SQL_TYPE_NAME_H

#include <stdbool.h>

#include "base/str.h"
#include "sql/dialect.h"

/**
 * What @p declared means in @p dialect. False, and @p ret untouched, for a name that is not in the
 * dialect's table, for brackets that are not one or two whole numbers, and for bounds that no type
 * has (a length of 0, 2000 digits). Letter case and the kind of white space do not matter; what
 * stands behind the brackets belongs to the name: TIMESTAMP(3) WITH TIME ZONE.
 */
bool wh_sql_type_parse(const struct wh_sql_dialect *dialect, struct wh_str declared,
                       struct wh_type *ret);

/** The name of @p type in CREATE TABLE: NUL-terminated in @p room of WH_TYPE_NAME_SIZE bytes. */
const char *wh_sql_type_declare(const struct wh_sql_dialect *dialect, struct wh_type type,
                                char *room);

#endif
