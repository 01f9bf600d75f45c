/* SPDX-License-Identifier: Apache-2.0 */
/** What is written together: a transaction, or, as a rehearsal is one as a whole,
 *  a savepoint in it. */
#ifndef WH_WRITE_TRANSACTION_H
#define WH_WRITE_TRANSACTION_H

#include "write/writing.h"

WH_MUST_CHECK wh_code wh_transaction_begin(const struct wh_writing *writing, struct wh_error *err);
WH_MUST_CHECK wh_code wh_transaction_end(const struct wh_writing *writing, struct wh_error *err);

/** Takes everything since the beginning back; the error that led here is the one to tell. */
void wh_transaction_undo(const struct wh_writing *writing);

#endif
