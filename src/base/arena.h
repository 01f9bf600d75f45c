/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Memory by lifetime: an arena hands out memory that is freed all at once. One thread at a time.
 * A function that returns memory takes a parameter called `arena`; one that only needs room for
 * the time of the call takes `scratch`.
 */
#ifndef WH_BASE_ARENA_H
#define WH_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

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

/** Bytes of the blocks that something was handed out of, the one being filled with them. */
size_t wh_arena_in_use(const struct wh_arena *arena);

/** As wh_arena_alloc(), for what does not fit the block being filled. */
void *wh_arena_alloc_in_new_block(struct wh_arena *arena, size_t size) WH_MUST_CHECK;

/** @p size bytes aligned for any type, uninitialised; NULL when memory is out.
 *  Size 0 is allowed. */
WH_MUST_CHECK static inline void *wh_arena_alloc(struct wh_arena *arena, size_t size)
{
    size_t padding = (0 - (uintptr_t)arena->next) & (_Alignof(max_align_t) - 1);
    size_t left = (size_t)(arena->end - arena->next);
    if (WH_UNLIKELY(left < padding || left - padding < size || arena->next == NULL))
        return wh_arena_alloc_in_new_block(arena, size);
    char *at = arena->next + padding;
    arena->next = at + size;
    return at;
}

/** Tells that some @p size bytes will be allocated: they come from one block, of huge pages where
 *  they fill most of one. False when memory is out; nothing is allocated then. */
bool wh_arena_expect(struct wh_arena *arena, size_t size) WH_MUST_CHECK;

/** As wh_arena_alloc() without alignment: for text. */
WH_MUST_CHECK static inline char *wh_arena_bytes(struct wh_arena *arena, size_t size)
{
    if (WH_UNLIKELY((size_t)(arena->end - arena->next) < size || arena->next == NULL))
        return (char *)wh_arena_alloc_in_new_block(arena, size);
    char *at = arena->next;
    arena->next = at + size;
    return at;
}

/** Gives the bytes from @p end on back, where @p end lies in the last allocation or at its end. */
static inline void wh_arena_give_back(struct wh_arena *arena, char *end)
{
    arena->next = end;
}

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
