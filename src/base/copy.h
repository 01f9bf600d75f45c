/* SPDX-License-Identifier: Apache-2.0 */
/** Copying bytes of which there are mostly few. */
#ifndef WH_BASE_COPY_H
#define WH_BASE_COPY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/macros.h"

/* Two words of a size that lie over each other in the middle are any length from one to two. */
#define WH_COPY_ENDS(to, from, len, type)                                                          \
    do {                                                                                           \
        type head;                                                                                 \
        type tail;                                                                                 \
        memcpy(&head, (from), sizeof(type));                                                       \
        memcpy(&tail, (from) + (len) - sizeof(type), sizeof(type));                                \
        memcpy((to), &head, sizeof(type));                                                         \
        memcpy((to) + (len) - sizeof(type), &tail, sizeof(type));                                  \
    } while (0)

/** As memcpy(), for values: most are short, and a call costs more than moving them. @p from may be
 *  NULL where @p len is 0. Returns what is behind the copy. */
static inline char *wh_copy_value(char *to, const char *from, size_t len)
{
    if (len > 32)
        memcpy(to, from, len);
    else if (len >= 16)
        WH_COPY_ENDS(to, from, len, wh_uint128);
    else if (len >= 8)
        WH_COPY_ENDS(to, from, len, uint64_t);
    else if (len >= 4)
        WH_COPY_ENDS(to, from, len, uint32_t);
    else
        for (size_t i = 0; i < len; i++)
            to[i] = from[i];
    return to + len;
}

#endif
