/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Memory by lifetime: an arena hands out memory that is freed all at once. One thread at a time.
 * A function that returns memory takes a parameter called `arena`; one that only needs room for
 * the time of the call takes `scratch`.
 */
#ifndef WH_BASE_ARENA_H
#define WH_BASE_ARENA_H

#include <stddef.h>

#include <wherry/error.h>

#include "base/str.h"

struct wh_arena_block;

struct wh_arena {
    struct wh_arena_block *block; /* the one being filled, linked to the older ones */
    struct wh_arena_block *spare; /* emptied by reset, used again before the heap is asked */
    char *next;
    char *end;
    size_t allocated; /* bytes held in all blocks */
};

/** An empty arena; takes no memory until it is used. All-zero bytes are an empty arena, too. */
void wh_arena_init(struct wh_arena *arena);

void wh_arena_release(struct wh_arena *arena);

/** Frees what was handed out and keeps up to @p keep bytes of blocks for the next use. */
void wh_arena_reset(struct wh_arena *arena, size_t keep);

/** @p size bytes aligned for any type, uninitialised; NULL when memory is out. Size 0 is allowed. */
void *wh_arena_alloc(struct wh_arena *arena, size_t size) WH_MUST_CHECK;

/** As wh_arena_alloc() without alignment: for text. */
char *wh_arena_bytes(struct wh_arena *arena, size_t size) WH_MUST_CHECK;

/** @p count elements of @p size bytes, zeroed; NULL when memory is out or the product overflows. */
void *wh_arena_array(struct wh_arena *arena, size_t count, size_t size) WH_MUST_CHECK;

/** Allocates one zeroed object of a type; gives a pointer of that type. */
#define WH_ARENA_NEW(arena, type) ((type *)wh_arena_array((arena), 1, sizeof(type)))

/** A NUL-terminated copy of @p s in the arena (the NUL is not counted in *ret). */
wh_code wh_arena_copy(struct wh_arena *arena, struct wh_str s, struct wh_str *ret,
                      struct wh_error *err) WH_MUST_CHECK;

/** Formats into the arena; NUL-terminated. */
wh_code wh_arena_format(struct wh_arena *arena, struct wh_str *ret, struct wh_error *err,
                        const char *format, ...) WH_PRINTF(4, 5) WH_MUST_CHECK;

#endif
