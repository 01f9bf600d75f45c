/* SPDX-License-Identifier: Apache-2.0 */
/** Times as the ledger keeps them: '2026-01-31 12:34:56.123456Z', UTC, so that texts sort. */
#ifndef WH_LEDGER_CLOCK_TEXT_H
#define WH_LEDGER_CLOCK_TEXT_H

#include <stdint.h>

#include <wherry/error.h>

#include "base/str.h"

/** Room for one time, with its NUL. */
#define WH_CLOCK_TEXT_SIZE 40

/** @p usecs since 2000-01-01 UTC in @p room, years 0 to 9999; later and earlier ones become those
 *  years' ends. */
struct wh_str wh_clock_text(int64_t usecs, char room[WH_CLOCK_TEXT_SIZE]);

/** Reads what wh_clock_text() writes; WH_CORRUPT for anything else. */
WH_MUST_CHECK wh_code wh_clock_text_read(struct wh_str text, int64_t *ret, struct wh_error *err);

#endif
