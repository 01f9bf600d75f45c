/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Which keys of another table are there, as far as the server was asked: a set of their
 * hashes. Two keys of one hash are taken for one, and what is remembered may be out of
 * date: it is good for a guess.
 */
#ifndef WH_CONNECT_POSTGRES_WRITER_KNOWN_KEYS_H
#define WH_CONNECT_POSTGRES_WRITER_KNOWN_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/** So many keys are remembered at most: those of the largest insert, and some. */
#define WH_POSTGRES_KNOWN_KEYS ((size_t)1 << 16)

struct wh_postgres_known_keys {
    uint64_t *slots; /* owned; NULL until a key is added */
    size_t count;
};

void wh_postgres_known_release(struct wh_postgres_known_keys *known);

/** Forgets all; with @p room keys more there would be too many, or they are out of date. */
void wh_postgres_known_forget(struct wh_postgres_known_keys *known);

/** Adds the key of that hash, as one that is there; true in *ret_is_new where it was not known.
 *  There must be room. */
WH_MUST_CHECK wh_code wh_postgres_known_add(struct wh_postgres_known_keys *known, uint64_t hash,
                                            bool *ret_is_new, struct wh_error *err);

/** Says of an added key that it is absent. */
void wh_postgres_known_mark_absent(struct wh_postgres_known_keys *known, uint64_t hash);

bool wh_postgres_known_is_absent(const struct wh_postgres_known_keys *known, uint64_t hash);

#endif
