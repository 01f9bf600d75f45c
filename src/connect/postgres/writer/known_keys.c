/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/writer/known_keys.h"

#include <stdlib.h>
#include <string.h>

/* Never more than half full. */
#define SLOTS (2 * WH_POSTGRES_KNOWN_KEYS)

/* Of a slot, which is a hash otherwise; a slot of 0 is empty. */
#define ABSENT ((uint64_t)1)
#define TAKEN ((uint64_t)2)

void wh_postgres_known_release(struct wh_postgres_known_keys *known)
{
    free(known->slots);
    *known = (struct wh_postgres_known_keys){.count = 0};
}

void wh_postgres_known_forget(struct wh_postgres_known_keys *known)
{
    if (known->count > 0)
        memset(known->slots, 0, SLOTS * sizeof(*known->slots));
    known->count = 0;
}

/** The slot that the hash is in, or would be. */
static uint64_t *find(const struct wh_postgres_known_keys *known, uint64_t hash)
{
    uint64_t wanted = (hash | TAKEN) & ~ABSENT;
    size_t at = (size_t)(hash >> 32) % SLOTS;
    while (known->slots[at] != 0 && (known->slots[at] & ~ABSENT) != wanted)
        at = (at + 1) % SLOTS;
    return &known->slots[at];
}

wh_code wh_postgres_known_add(struct wh_postgres_known_keys *known, uint64_t hash, bool *ret_is_new,
                              struct wh_error *err)
{
    if (known->slots == NULL)
        known->slots = calloc(SLOTS, sizeof(*known->slots));
    if (known->slots == NULL)
        return wh_error_no_memory(err, SLOTS * sizeof(*known->slots));
    WH_ASSERT(known->count < WH_POSTGRES_KNOWN_KEYS, err);
    uint64_t *slot = find(known, hash);
    *ret_is_new = *slot == 0;
    if (*ret_is_new) {
        *slot = (hash | TAKEN) & ~ABSENT;
        known->count++;
    }
    return WH_OK;
}

void wh_postgres_known_mark_absent(struct wh_postgres_known_keys *known, uint64_t hash)
{
    *find(known, hash) |= ABSENT;
}

bool wh_postgres_known_is_absent(const struct wh_postgres_known_keys *known, uint64_t hash)
{
    return known->count > 0 && (*find(known, hash) & ABSENT) != 0;
}
