/* SPDX-License-Identifier: Apache-2.0 */
/** Which columns an update sets, and the statement for them. */
#ifndef WH_CONNECT_SQLITE_UPDATE_H
#define WH_CONNECT_SQLITE_UPDATE_H

#include "connect/sqlite/writer.h"

/**
 * Gives the update that sets the columns whose new value at @p row differs from the one before, but
 * insert-only ones; all of them where none differs. Borrowed until the next call.
 */
WH_MUST_CHECK wh_code wh_sqlite_update_for(struct wh_writer *writer,
                                           const struct wh_write_request *request, size_t row,
                                           const struct wh_sqlite_update **ret,
                                           struct wh_error *err);

/** Which columns that is, by writer column. Borrowed until the next call of either. */
const bool *wh_sqlite_update_changes(struct wh_writer *writer,
                                     const struct wh_write_request *request, size_t row);

#endif
