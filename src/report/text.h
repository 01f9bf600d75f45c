/* SPDX-License-Identifier: Apache-2.0 */
/** Text for people: what data looks like on a terminal, numbers, times and durations. */
#ifndef WH_REPORT_TEXT_H
#define WH_REPORT_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/arena.h"
#include "base/str.h"

/** Columns that @p text takes on a terminal: 2 for wide characters, 0 for combining ones. */
size_t wh_text_width(struct wh_str text);

/**
 * @p text as it may be shown: nothing in it can move a terminal's cursor, colour it or turn its
 * direction. Control characters become \n, \t, \r or \x1b, those beyond ASCII \u202e, bytes that
 * are not UTF-8 \xff. What is wider than @p width is cut between characters and ends with '…'.
 * @p text itself where nothing is to be done, otherwise a copy in @p arena.
 */
WH_MUST_CHECK wh_code wh_text_show(struct wh_str text, size_t width, struct wh_arena *arena,
                                   struct wh_str *ret, struct wh_error *err);

/** Room for any of the texts below, with its NUL. */
#define WH_TEXT_SIZE 48

/* Each writes into @p room of WH_TEXT_SIZE bytes and returns it. */

/** "3,000,000" */
const char *wh_text_count(uint64_t count, char *room);
/** "0.4 s", "12 s", "3 min 05 s", "2 h 07 min" */
const char *wh_text_seconds(double seconds, char *room);
/** "250,000/s"; "–" where too little time has passed for a rate to mean anything */
const char *wh_text_rate(uint64_t count, double seconds, char *room);
/** "2026-11-25 02:46:24", UTC, of microseconds since 2000-01-01; "" for 0 */
const char *wh_text_time(int64_t microseconds, char *room);
/** The same as "2026-11-25T02:46:24.000001Z" */
const char *wh_text_iso_time(int64_t microseconds, char *room);

/** "" for 1, "s" otherwise: item%s. */
const char *wh_text_plural(uint64_t count);

/** @p text as one word of a shell: as it is, or in single quotes. Into @p arena. */
WH_MUST_CHECK wh_code wh_text_shell_word(struct wh_str text, struct wh_arena *arena,
                                         struct wh_str *ret, struct wh_error *err);

#endif
