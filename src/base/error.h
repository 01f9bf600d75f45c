/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How errors are made inside the library: the detector writes the message, callers add context.
 *
 * NULL stands for an error that nobody wants to know, as of what only reads a number, rolls back or
 * gives back. The functions below take it, and so does what does no more with an error than to hand
 * it on to them; who looks into *err, or writes it, asks first where NULL can arrive. It cannot in
 * the rooms from `plan` to `run`, nor where connectors read and write rows for them: their callers
 * look into every error themselves, or give one that they forget.
 */
#ifndef WH_BASE_ERROR_H
#define WH_BASE_ERROR_H

#include <stdarg.h>

#include <wherry/error.h>

#include "base/macros.h"
#include "base/str.h"

/**
 * Fills @p err with @p code and a message and returns @p code, so that a caller can write
 * `return wh_error_set(err, WH_INVALID, "…")`. @p err may be NULL; earlier contents are replaced.
 * Message style: lower case, what failed first, the subject in single quotes, the remedy last.
 */
wh_code wh_error_set(struct wh_error *err, wh_code code, const char *format, ...) WH_PRINTF(3, 4);

/** WH_CANCELLED: what everybody says who was told to stop, wherever that was heard. */
wh_code wh_error_cancelled(struct wh_error *err);

/** As wh_error_set(), followed by ": " and the system's text for @p system_errno. */
wh_code wh_error_system(struct wh_error *err, wh_code code, int system_errno, const char *format,
                        ...) WH_PRINTF(4, 5);

/** Out of memory for @p size bytes; returns WH_NO_MEMORY. */
wh_code wh_error_no_memory(struct wh_error *err, size_t size);

/** Puts "context: " before the message of an error that is being passed up; returns @p code. */
wh_code wh_error_prefix(struct wh_error *err, wh_code code, const char *format, ...)
    WH_PRINTF(3, 4);

/** Adds a place in the migration file to an error that has none yet; returns @p code. */
wh_code wh_error_at(struct wh_error *err, wh_code code, uint32_t line, uint32_t column);

/** Adds what a row was refused for, as the destination names it;
 *  of an empty text nothing is said. */
void wh_error_blame(struct wh_error *err, struct wh_str constraint, struct wh_str column);

/** Forgets what @p err holds. */
void wh_error_reset(struct wh_error *err);

/**
 * WH_ASSERT(condition, err): for what only a bug in wherry can break. Aborts in debug and sanitizer
 * builds; in release it makes the enclosing function return WH_BUG with the place in @p err.
 */
#if defined(WH_DEBUG)
#define WH_ASSERT(condition, err)                                                                  \
    do {                                                                                           \
        (void)(err);                                                                               \
        if (!(condition))                                                                          \
            wh_assert_failed(__FILE__, __LINE__, #condition);                                      \
    } while (0)
#else
#define WH_ASSERT(condition, err)                                                                  \
    do {                                                                                           \
        if (!(condition))                                                                          \
            return wh_error_set((err), WH_BUG, "bug in wherry at %s:%d: '%s' does not hold",       \
                                __FILE__, __LINE__, #condition);                                   \
    } while (0)
#endif

_Noreturn void wh_assert_failed(const char *file, int line, const char *condition);

#endif
