/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crash.h"

#if defined(WH_CRASH_POINTS)

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads the N of "name:N"; 1 where there is none. */
static unsigned long wanted_count(const char *text)
{
    unsigned long count = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        count = count * 10 + (unsigned long)(*text - '0');
    return count > 0 ? count : 1;
}

void wh_crash_point(const char *name)
{
    static atomic_ulong reached;
    const char *wanted = getenv("WHERRY_CRASH_AT");
    size_t length = strlen(name);
    if (wanted == NULL || strncmp(wanted, name, length) != 0)
        return;
    if (wanted[length] != '\0' && wanted[length] != ':')
        return;
    unsigned long count = wanted[length] == ':' ? wanted_count(wanted + length + 1) : 1;
    if (atomic_fetch_add(&reached, 1) + 1 == count)
        kill(getpid(), SIGKILL);
}

#else

/* An empty translation unit is not ISO C. */
typedef int wh_no_crash_points;

#endif
