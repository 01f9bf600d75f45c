/* SPDX-License-Identifier: Apache-2.0 */
#include "trials.h"

#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SHARE = 4 };
#else
enum { SHARE = 1 };
#endif

static uint64_t number(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL && *text != '\0' ? strtoull(text, NULL, 10) : otherwise;
}

struct trials trials_make(uint64_t full)
{
    uint64_t first = number("WHERRY_SEED", 1);
    uint64_t count = full * number("WHERRY_TRIALS", 1) / SHARE;
    return (struct trials){.first = first, .end = first + count};
}
