/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/large.h"
#include "base/size.h"

enum { BLOCK_MIN = 4 << 10 };

struct wh_arena_block {
    struct wh_arena_block *older;
    size_t size; /* of `bytes` */
    max_align_t bytes[];
};

void wh_arena_init(struct wh_arena *arena)
{
    *arena = (struct wh_arena){.block = NULL};
}

static void free_blocks(struct wh_arena_block *block)
{
    while (block != NULL) {
        struct wh_arena_block *older = block->older;
        free(block);
        block = older;
    }
}

void wh_arena_release(struct wh_arena *arena)
{
    if (arena == NULL)
        return;
    free_blocks(arena->block);
    free_blocks(arena->spare);
    wh_arena_init(arena);
}

/* Moves the blocks of a list to the spare ones while they fit into *keep, and frees the others. */
static struct wh_arena_block *keep_blocks(struct wh_arena_block *from, struct wh_arena_block *spare,
                                          size_t *keep)
{
    while (from != NULL) {
        struct wh_arena_block *older = from->older;
        if (from->size <= *keep) {
            *keep -= from->size;
            from->older = spare;
            spare = from;
        } else {
            free(from);
        }
        from = older;
    }
    return spare;
}

void wh_arena_reset(struct wh_arena *arena, size_t keep)
{
    size_t left = keep;
    struct wh_arena_block *spare = keep_blocks(arena->block, NULL, &left);
    spare = keep_blocks(arena->spare, spare, &left);
    *arena = (struct wh_arena){.spare = spare, .allocated = keep - left};
}

size_t wh_arena_in_use(const struct wh_arena *arena)
{
    size_t size = 0;
    for (const struct wh_arena_block *block = arena->block; block != NULL; block = block->older)
        size += block->size;
    return size;
}

/* A spare block that holds @p size bytes, taken out of the list; NULL where there is none. */
static struct wh_arena_block *take_spare(struct wh_arena *arena, size_t size)
{
    for (struct wh_arena_block **at = &arena->spare; *at != NULL; at = &(*at)->older) {
        struct wh_arena_block *block = *at;
        if (block->size >= size) {
            *at = block->older;
            return block;
        }
    }
    return NULL;
}

static struct wh_arena_block *new_block(struct wh_arena *arena, size_t size)
{
    /* Blocks grow with the arena, so that a large one has few. */
    size_t wanted;
    if (!wh_size_add(size, sizeof(struct wh_arena_block), &wanted))
        return NULL;
    size_t total = WH_MAX(wanted, WH_MIN(WH_MAX(arena->allocated, BLOCK_MIN), WH_LARGE_STEP));
    struct wh_arena_block *block = wh_large_alloc(total);
    if (block == NULL)
        return NULL;
    block->size = total - sizeof(struct wh_arena_block);
    arena->allocated += block->size;
    return block;
}

void *wh_arena_alloc_in_new_block(struct wh_arena *arena, size_t size)
{
    struct wh_arena_block *block = take_spare(arena, size);
    if (block == NULL)
        block = new_block(arena, size);
    if (block == NULL)
        return NULL;
    block->older = arena->block;
    arena->block = block;
    arena->next = (char *)block->bytes + size;
    arena->end = (char *)block->bytes + block->size;
    return block->bytes;
}

bool wh_arena_expect(struct wh_arena *arena, size_t size)
{
    size_t whole;
    if (size < WH_LARGE_STEP / 2)
        return true;
    if (!wh_size_add(size, sizeof(struct wh_arena_block) + WH_LARGE_STEP - 1, &whole))
        return false;
    whole -= whole % WH_LARGE_STEP + sizeof(struct wh_arena_block);
    char *block = wh_arena_alloc_in_new_block(arena, whole);
    if (block != NULL)
        wh_arena_give_back(arena, block);
    return block != NULL;
}

void *wh_arena_array(struct wh_arena *arena, size_t count, size_t size)
{
    size_t total;
    if (!wh_size_mul(count, size, &total))
        return NULL;
    void *array = wh_arena_alloc(arena, total);
    if (array != NULL)
        memset(array, 0, total);
    return array;
}

wh_code wh_arena_copy(struct wh_arena *arena, struct wh_str s, struct wh_str *ret,
                      struct wh_error *err)
{
    size_t size;
    char *copy = wh_size_add(s.len, 1, &size) ? wh_arena_bytes(arena, size) : NULL;
    if (copy == NULL)
        return wh_error_no_memory(err, s.len);
    if (s.len > 0)
        memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    *ret = wh_str_make(copy, s.len);
    return WH_OK;
}

wh_code wh_arena_format(struct wh_arena *arena, struct wh_str *ret, struct wh_error *err,
                        const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        return wh_error_set(err, WH_BUG, "bug in wherry: a message cannot be formatted");
    char *room = wh_arena_bytes(arena, (size_t)length + 1);
    if (room == NULL)
        return wh_error_no_memory(err, (size_t)length + 1);
    va_start(args, format);
    vsnprintf(room, (size_t)length + 1, format, args);
    va_end(args);
    *ret = wh_str_make(room, (size_t)length);
    return WH_OK;
}
