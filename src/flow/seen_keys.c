/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/seen_keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/*
 * A page marks 32,768 neighbouring numbers in 4 KiB. Pages stand in the order of their numbers: a
 * table of some millions of rows has about a hundred, which are found in a few steps and, as keys
 * mostly grow, added at the end.
 */
enum { PAGE_BITS = 15, PAGE_WORDS = 1 << (PAGE_BITS - 6), FIRST_CAPACITY = 64 };

/* Pages that may be nearly empty, and keys for each further one: 8 bytes a key, what a
 * survey keeps twice over. All together take 64 MiB, or a quarter of a smaller budget:
 * others draw on it, too. */
enum { FREE_PAGES = 1024, PAGE_KEYS = 512, MOST_PAGES = 16384, SHARE = 4 };

#define PAGE_SIZE (PAGE_WORDS * sizeof(uint64_t))

struct wh_key_page {
    int64_t number; /* of its first key, shifted by PAGE_BITS */
    uint64_t *words;
};

/* ---- lists ----------------------------------------------------------------------------------- */

void wh_key_list_reset(struct wh_key_list *list)
{
    list->range = (struct wh_key_range){.has_keys = false};
    list->count = 0;
}

void wh_key_list_release(struct wh_key_list *list)
{
    free(list->keys);
    *list = (struct wh_key_list){.keys = NULL};
}

static wh_code need_room(struct wh_key_list *list, size_t more, struct wh_error *err)
{
    size_t needed = list->count + more;
    if (needed <= list->capacity)
        return WH_OK;
    size_t capacity = WH_MAX(needed, list->capacity * 2);
    int64_t *grown = reallocarray(list->keys, capacity, sizeof(*grown));
    if (grown == NULL)
        return wh_error_no_memory(err, capacity * sizeof(*grown));
    list->keys = grown;
    list->capacity = capacity;
    return WH_OK;
}

wh_code wh_key_list_add(struct wh_key_list *list, const struct wh_item_plan *item,
                        const struct wh_item_batch *batch, struct wh_error *err)
{
    const int64_t *values = batch->targets[item->match[0]].values.ints;
    const struct wh_selection *live = &batch->rules.live;
    WH_TRY(need_room(list, live->count, err));
    for (size_t i = 0; i < live->count; i++)
        list->keys[list->count++] = values[live->rows[i]];
    wh_key_range_add(&list->range, item, batch);
    return WH_OK;
}

/* ---- pages ----------------------------------------------------------------------------------- */

static void forget_pages(struct wh_seen_keys *seen)
{
    for (size_t i = 0; i < seen->count; i++)
        free(seen->pages[i].words);
    free(seen->pages);
    wh_budget_give(seen->budget, seen->count * PAGE_SIZE);
    seen->pages = NULL;
    seen->count = 0;
    seen->capacity = 0;
    seen->is_marked = false;
}

void wh_seen_keys_init(struct wh_seen_keys *seen, bool marks, struct wh_budget *budget)
{
    *seen = (struct wh_seen_keys){.is_marked = marks, .budget = budget};
}

void wh_seen_keys_release(struct wh_seen_keys *seen)
{
    forget_pages(seen);
}

/* The first page that is not before @p number. */
static size_t find_place(const struct wh_seen_keys *seen, int64_t number)
{
    size_t first = 0;
    size_t end = seen->count;
    /* Most keys are larger than all before them. */
    if (end > 0 && seen->pages[end - 1].number < number)
        return end;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (seen->pages[middle].number < number)
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

static bool has_room(struct wh_seen_keys *seen)
{
    if (seen->count < seen->capacity)
        return true;
    size_t capacity = WH_MAX(seen->capacity * 2, (size_t)FIRST_CAPACITY);
    struct wh_key_page *grown = reallocarray(seen->pages, capacity, sizeof(*grown));
    if (grown == NULL)
        return false;
    seen->pages = grown;
    seen->capacity = capacity;
    return true;
}

static bool may_grow(const struct wh_seen_keys *seen)
{
    size_t limit = seen->budget->limit;
    return seen->count < MOST_PAGES && seen->count < FREE_PAGES + seen->keys / PAGE_KEYS &&
           (limit == 0 || (seen->count + 1) * PAGE_SIZE <= limit / SHARE);
}

/* False where there is no memory for it, or where keys are so far apart that
 * others need less of it. */
static bool add_page(struct wh_seen_keys *seen, size_t place, int64_t number)
{
    if (!may_grow(seen) || !has_room(seen) || !wh_budget_take(seen->budget, PAGE_SIZE))
        return false;
    uint64_t *words = calloc(PAGE_WORDS, sizeof(*words));
    if (words == NULL) {
        wh_budget_give(seen->budget, PAGE_SIZE);
        return false;
    }
    struct wh_key_page *page = &seen->pages[place];
    memmove(page + 1, page, (seen->count - place) * sizeof(*page));
    *page = (struct wh_key_page){.number = number, .words = words};
    seen->count++;
    return true;
}

enum marked { MARKED_NEW, MARKED_TWICE, MARKED_NOT };

static enum marked mark(struct wh_seen_keys *seen, int64_t key)
{
    int64_t number = key >> PAGE_BITS;
    size_t bit = (size_t)key & ((1 << PAGE_BITS) - 1);
    size_t place = find_place(seen, number);
    bool is_there = place < seen->count && seen->pages[place].number == number;
    if (!is_there && !add_page(seen, place, number))
        return MARKED_NOT;
    uint64_t *word = &seen->pages[place].words[bit / 64];
    uint64_t mask = UINT64_C(1) << (bit % 64);
    if ((*word & mask) != 0)
        return MARKED_TWICE;
    *word |= mask;
    seen->keys++;
    return MARKED_NEW;
}

/* False where a key was there. Keys that cannot be marked end all marking. */
static bool mark_all(struct wh_seen_keys *seen, const struct wh_key_list *next)
{
    for (size_t i = 0; i < next->count && seen->is_marked; i++) {
        enum marked marked = mark(seen, next->keys[i]);
        if (marked == MARKED_TWICE)
            return false;
        if (marked == MARKED_NOT)
            forget_pages(seen);
    }
    return true;
}

bool wh_seen_keys_append(struct wh_seen_keys *seen, const struct wh_key_list *next)
{
    wh_key_range_append(&seen->range, &next->range);
    if (seen->is_marked && !mark_all(seen, next))
        return false;
    return seen->is_marked || !seen->range.has_fallen;
}
