/* SPDX-License-Identifier: Apache-2.0 */
/** Compiler attributes and the few macros that all of wherry uses. */
#ifndef WH_BASE_MACROS_H
#define WH_BASE_MACROS_H

#define WH_PRINTF(format_index, first) __attribute__((format(printf, format_index, first)))

#define WH_LIKELY(x) __builtin_expect(!!(x), 1)
#define WH_UNLIKELY(x) __builtin_expect(!!(x), 0)

#define WH_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define WH_MIN(a, b) ((a) < (b) ? (a) : (b))
#define WH_MAX(a, b) ((a) > (b) ? (a) : (b))

/** Releases a handle when it leaves its scope: `WH_CLEANUP(wh_buf_release) struct wh_buf buf;`.
 *  The function takes a pointer to the variable. Never together with goto in one function. */
#define WH_CLEANUP(function) __attribute__((cleanup(function)))

/** Ignores a must-check result; @p reason says why that is right and is not evaluated. */
#define WH_IGNORE(call, reason)                                                                    \
    do {                                                                                           \
        __typeof__(call) wh_ignored_ = (call);                                                     \
        (void)wh_ignored_;                                                                         \
        (void)sizeof(reason);                                                                      \
    } while (0)

/** Returns from the enclosing function when @p call does not return WH_OK. */
#define WH_TRY(call)                                                                               \
    do {                                                                                           \
        wh_code wh_try_rc_ = (call);                                                               \
        if (WH_UNLIKELY(wh_try_rc_ != WH_OK))                                                      \
            return wh_try_rc_;                                                                     \
    } while (0)

/** 128-bit integers, behind one name because ISO C has none. */
__extension__ typedef __int128 wh_int128;
__extension__ typedef unsigned __int128 wh_uint128;

#endif
