/* SPDX-License-Identifier: Apache-2.0 */
/** Whether a table is still what a writer took it for: somebody may alter it between two groups. */
#ifndef WH_CONNECT_POSTGRES_WRITER_UNCHANGED_H
#define WH_CONNECT_POSTGRES_WRITER_UNCHANGED_H

#include "connect/postgres/writer/writer.h"

/**
 * WH_INVALID where a column of the writer's is gone or has another type, or length
 * (WH_TABLE_IS_ANOTHER), or where the table has rules now. COPY takes eight bytes for whatever the
 * type makes of them, rounds to a scale that shrank, and passes rules by. In a transaction that
 * wrote to the table what this finds holds until its end: whoever alters the table waits.
 */
WH_MUST_CHECK wh_code wh_postgres_expect_unchanged(const struct wh_writer *writer,
                                                   struct wh_error *err);

#endif
