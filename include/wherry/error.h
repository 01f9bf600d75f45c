/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Result codes and the error record of libwherry.
 *
 * Every function that can fail returns a wh_code and takes a caller-owned struct wh_error as its
 * last parameter. A bad value in the data is never an error of a call: it becomes a rejected item.
 */
#ifndef WHERRY_ERROR_H
#define WHERRY_ERROR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define WH_API __attribute__((visibility("default")))
#define WH_MUST_CHECK __attribute__((warn_unused_result))
#else
#define WH_API
#define WH_MUST_CHECK
#endif

/** What a call came to. Values are stable: new ones are added at the end. */
typedef enum wh_code {
    WH_OK = 0,
    WH_END,         /**< nothing more to read; not an error */
    WH_INVALID,     /**< the migration file or an option is wrong */
    WH_UNSUPPORTED, /**< a thing asked for by name that wherry does not do */
    WH_UNREACHABLE, /**< source or destination cannot be reached, opened or used */
    WH_IO,          /**< reading or writing failed */
    WH_NO_MEMORY,   /**< the system has no more memory */
    WH_LIMIT,       /**< a stated limit would be passed */
    WH_BUSY,        /**< locked by somebody else */
    WH_REFUSED,     /**< the destination refused a row; the error says which and why */
    WH_CONFLICT,    /**< the state found is not the state expected; look again */
    WH_CORRUPT,     /**< stored data does not read back as what was written */
    WH_STOPPED,     /**< the failure limit was reached */
    WH_CANCELLED,   /**< the caller cancelled */
    WH_DIFFERENT,   /**< a comparison or a sum did not close */
    WH_BUG          /**< an invariant of wherry's own does not hold */
} wh_code;

/** What a caller may do about an error. */
enum wh_retry {
    WH_RETRY_NEVER = 0, /**< give up */
    WH_RETRY_AGAIN,     /**< the same call may succeed later (locked, throttled) */
    WH_RETRY_RECONNECT, /**< the connection is lost */
    WH_RETRY_ITEM       /**< this item is bad; others are not */
};

/** Room for one message with its terminating NUL; longer ones are cut at a character boundary. */
#define WH_ERROR_MESSAGE_SIZE 1024

/** Room for a name that the destination gave, with its NUL; longer ones are cut likewise. */
#define WH_ERROR_NAME_SIZE 128

/**
 * One error. Owned by the caller, who initialises it with WH_ERROR_NONE; it holds no pointers and
 * needs no release.
 */
struct wh_error {
    wh_code code;
    enum wh_retry retry;
    int vendor_code;  /**< the server's or system's own number, 0 where there is none */
    char sqlstate[6]; /**< five characters or "" */
    uint32_t line;    /**< line in the migration file, from 1; 0: the error has no place there */
    uint32_t column;  /**< column in that line, in characters, from 1 */
    char message[WH_ERROR_MESSAGE_SIZE];     /**< NUL-terminated UTF-8 */
    char constraint[WH_ERROR_NAME_SIZE];     /**< that a row was refused for, or "" */
    char refused_column[WH_ERROR_NAME_SIZE]; /**< whose value a row was refused for, or "" */
};

#ifdef __cplusplus
#define WH_ERROR_NONE                                                                              \
    {                                                                                              \
        WH_OK, WH_RETRY_NEVER, 0, "", 0, 0, "", "", ""                                             \
    }
#else
#define WH_ERROR_NONE                                                                              \
    {                                                                                              \
        .code = WH_OK                                                                              \
    }
#endif

#ifdef __cplusplus
}
#endif

#endif
