/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records are gathered by partition in each filler's small buffers, which are handed over, under
 * the set's lock, into blocks of memory. Where the budget gives no more blocks the partition that
 * has most of them is written to the file, and its blocks are used again.
 */
#include "spill/set.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/size.h"
#include "spill/file.h"
#include "spill/sort.h"

enum {
    PARTITION_BITS = 7,
    PARTITIONS = 1 << PARTITION_BITS,
    BUFFER_BYTES = 2 << 10, /* of a filler, for one partition */
    BLOCK_BYTES = 32 << 10,
    LEAST_RECORD = 8,
    MOST_RECORD = 4096
};

struct block {
    struct block *next;
    size_t used;
    char bytes[];
};

/* A part of a partition that lies in the file. */
struct extent {
    uint64_t offset;
    size_t size;
};

struct partition {
    struct block *blocks; /* the first one is being filled */
    size_t block_count;
    struct extent *extents;
    size_t extent_count;
    size_t size; /* bytes of all its records */
};

struct wh_spill_set {
    size_t record_size;
    size_t buffer_size; /* BUFFER_BYTES and BLOCK_BYTES as whole records */
    size_t block_size;
    struct wh_budget *budget;
    size_t memory; /* of blocks at most; 0: no limit but the budget */
    char *folder;
    pthread_mutex_t lock; /* of everything below but `count` */
    struct partition partitions[PARTITIONS];
    struct block *free_blocks;
    size_t blocks_taken; /* from the budget */
    struct wh_spill_file file;
    atomic_uint_fast64_t count;
    char *loaded; /* of the last load: records and as much room for sorting them */
    size_t loaded_size;
};

struct wh_spill_filler {
    struct wh_spill_set *set;
    size_t used[PARTITIONS];
    char buffers[]; /* PARTITIONS × buffer_size */
};

/* ---- life ------------------------------------------------------------------------------------ */

wh_code wh_spill_set_new(const struct wh_spill_options *options, struct wh_spill_set **ret,
                         struct wh_error *err)
{
    WH_ASSERT(options->record_size >= LEAST_RECORD && options->record_size <= MOST_RECORD, err);
    struct wh_spill_set *set = calloc(1, sizeof(*set));
    char *folder = options->folder != NULL ? strdup(options->folder) : NULL;
    if (set == NULL || (options->folder != NULL && folder == NULL)) {
        free(set);
        free(folder);
        return wh_error_no_memory(err, sizeof(*set));
    }
    set->record_size = options->record_size;
    set->buffer_size = WH_MAX(BUFFER_BYTES / set->record_size, 1) * set->record_size;
    set->block_size = BLOCK_BYTES / set->record_size * set->record_size;
    set->budget = options->budget;
    set->memory = options->memory;
    set->folder = folder;
    set->file = WH_SPILL_FILE_NONE;
    pthread_mutex_init(&set->lock, NULL);
    *ret = set;
    return WH_OK;
}

static void free_blocks(struct block *block)
{
    while (block != NULL) {
        struct block *next = block->next;
        free(block);
        block = next;
    }
}

static void free_loaded(struct wh_spill_set *set)
{
    free(set->loaded);
    wh_budget_give(set->budget, set->loaded_size);
    set->loaded = NULL;
    set->loaded_size = 0;
}

void wh_spill_set_free(struct wh_spill_set *set)
{
    if (set == NULL)
        return;
    for (size_t i = 0; i < PARTITIONS; i++) {
        free_blocks(set->partitions[i].blocks);
        free(set->partitions[i].extents);
    }
    free_blocks(set->free_blocks);
    free_loaded(set);
    wh_budget_give(set->budget, set->blocks_taken * BLOCK_BYTES);
    wh_spill_file_close(&set->file);
    pthread_mutex_destroy(&set->lock);
    free(set->folder);
    free(set);
}

uint64_t wh_spill_set_count(const struct wh_spill_set *set)
{
    return atomic_load(&set->count);
}

size_t wh_spill_partition_count(const struct wh_spill_set *set)
{
    (void)set;
    return PARTITIONS;
}

/* ---- blocks (under the lock) ----------------------------------------------------------------- */

static struct partition *largest_partition(struct wh_spill_set *set)
{
    struct partition *largest = &set->partitions[0];
    for (size_t i = 1; i < PARTITIONS; i++)
        if (set->partitions[i].block_count > largest->block_count)
            largest = &set->partitions[i];
    return largest;
}

static wh_code add_extent(struct partition *partition, struct extent extent, struct wh_error *err)
{
    /* Full at every power of two. */
    size_t count = partition->extent_count;
    if ((count & (count - 1)) == 0) {
        size_t capacity = count == 0 ? 1 : count * 2;
        struct extent *extents = reallocarray(partition->extents, capacity, sizeof(*extents));
        if (extents == NULL)
            return wh_error_no_memory(err, capacity * sizeof(*extents));
        partition->extents = extents;
    }
    WH_ASSERT(partition->extents != NULL, err);
    partition->extents[partition->extent_count++] = extent;
    return WH_OK;
}

/* Writes a partition's blocks to the file and makes them free. */
static wh_code spill(struct wh_spill_set *set, struct partition *partition, struct wh_error *err)
{
    if (set->file.descriptor < 0)
        WH_TRY(wh_spill_file_open(&set->file, set->folder, err));
    set->file.relief = ", or raise limits.memory";
    while (partition->blocks != NULL) {
        struct block *block = partition->blocks;
        struct extent extent = {.offset = set->file.size, .size = block->used};
        WH_TRY(wh_spill_file_append(&set->file, wh_str_make(block->bytes, block->used), err));
        struct extent *last =
            partition->extent_count > 0 ? &partition->extents[partition->extent_count - 1] : NULL;
        if (last != NULL && last->offset + last->size == extent.offset)
            last->size += extent.size;
        else
            WH_TRY(add_extent(partition, extent, err));
        partition->blocks = block->next;
        partition->block_count--;
        block->next = set->free_blocks;
        set->free_blocks = block;
    }
    return WH_OK;
}

/* An empty block: a free one, a new one within the budget, or one that was written to the file. The
 * first one may go beyond the budget: without any the set could not work. */
static wh_code take_block(struct wh_spill_set *set, struct block **ret, struct wh_error *err)
{
    bool is_first = set->blocks_taken == 0;
    bool may_grow = set->memory == 0 || (set->blocks_taken + 1) * BLOCK_BYTES <= set->memory;
    if (set->free_blocks == NULL &&
        (is_first || (may_grow && wh_budget_take(set->budget, BLOCK_BYTES)))) {
        struct block *block = malloc(sizeof(*block) + set->block_size);
        if (is_first && block != NULL)
            wh_budget_force(set->budget, BLOCK_BYTES);
        if (!is_first && block == NULL)
            wh_budget_give(set->budget, BLOCK_BYTES);
        if (block == NULL)
            return wh_error_no_memory(err, BLOCK_BYTES);
        set->blocks_taken++;
        block->next = NULL;
        set->free_blocks = block;
    }
    if (set->free_blocks == NULL)
        WH_TRY(spill(set, largest_partition(set), err));
    *ret = set->free_blocks;
    set->free_blocks = (*ret)->next;
    (*ret)->next = NULL;
    (*ret)->used = 0;
    return WH_OK;
}

static wh_code append(struct wh_spill_set *set, struct partition *partition, const char *bytes,
                      size_t size, struct wh_error *err)
{
    while (size > 0) {
        struct block *block = partition->blocks;
        if (block == NULL || block->used == set->block_size) {
            WH_TRY(take_block(set, &block, err));
            block->next = partition->blocks;
            partition->blocks = block;
            partition->block_count++;
        }
        size_t part = WH_MIN(size, set->block_size - block->used);
        memcpy(block->bytes + block->used, bytes, part);
        block->used += part;
        partition->size += part;
        bytes += part;
        size -= part;
    }
    return WH_OK;
}

/* ---- filling --------------------------------------------------------------------------------- */

static size_t filler_size(const struct wh_spill_set *set)
{
    return sizeof(struct wh_spill_filler) + PARTITIONS * set->buffer_size;
}

wh_code wh_spill_filler_open(struct wh_spill_set *set, struct wh_spill_filler **ret,
                             struct wh_error *err)
{
    size_t size = filler_size(set);
    struct wh_spill_filler *filler = malloc(size);
    if (filler == NULL)
        return wh_error_no_memory(err, size);
    wh_budget_force(set->budget, size);
    filler->set = set;
    memset(filler->used, 0, sizeof(filler->used));
    *ret = filler;
    return WH_OK;
}

static wh_code hand_over(struct wh_spill_filler *filler, size_t partition, struct wh_error *err)
{
    struct wh_spill_set *set = filler->set;
    const char *buffer = filler->buffers + partition * set->buffer_size;
    pthread_mutex_lock(&set->lock);
    wh_code rc = append(set, &set->partitions[partition], buffer, filler->used[partition], err);
    pthread_mutex_unlock(&set->lock);
    atomic_fetch_add(&set->count, filler->used[partition] / set->record_size);
    filler->used[partition] = 0;
    return rc;
}

wh_code wh_spill_filler_add(struct wh_spill_filler *filler, const void *records, size_t count,
                            struct wh_error *err)
{
    const struct wh_spill_set *set = filler->set;
    const char *record = records;
    for (size_t i = 0; i < count; i++, record += set->record_size) {
        uint64_t hash;
        memcpy(&hash, record, sizeof(hash));
        size_t partition = (size_t)(hash >> (64 - PARTITION_BITS));
        size_t *used = &filler->used[partition];
        memcpy(filler->buffers + partition * set->buffer_size + *used, record, set->record_size);
        *used += set->record_size;
        if (*used == set->buffer_size)
            WH_TRY(hand_over(filler, partition, err));
    }
    return WH_OK;
}

wh_code wh_spill_filler_close(struct wh_spill_filler *filler, struct wh_error *err)
{
    if (filler == NULL)
        return WH_OK;
    wh_code rc = WH_OK;
    for (size_t i = 0; i < PARTITIONS && rc == WH_OK; i++)
        if (filler->used[i] > 0)
            rc = hand_over(filler, i, err);
    wh_budget_give(filler->set->budget, filler_size(filler->set));
    free(filler);
    return rc;
}

/* ---- loading --------------------------------------------------------------------------------- */

static wh_code read_partition(const struct wh_spill_set *set, const struct partition *partition,
                              char *room, struct wh_error *err)
{
    for (size_t i = 0; i < partition->extent_count; i++) {
        const struct extent *extent = &partition->extents[i];
        WH_TRY(wh_spill_file_read(&set->file, extent->offset, room, extent->size, err));
        room += extent->size;
    }
    for (const struct block *block = partition->blocks; block != NULL; block = block->next) {
        memcpy(room, block->bytes, block->used);
        room += block->used;
    }
    return WH_OK;
}

/* Room for a partition, twice. */
static wh_code make_room(struct wh_spill_set *set, size_t size, struct wh_error *err)
{
    size_t twice;
    if (!wh_size_mul(size, 2, &twice))
        return wh_error_no_memory(err, SIZE_MAX);
    if (twice <= set->loaded_size)
        return WH_OK;
    free_loaded(set);
    set->loaded = malloc(twice);
    if (set->loaded == NULL)
        return wh_error_no_memory(err, twice);
    wh_budget_force(set->budget, twice);
    set->loaded_size = twice;
    return WH_OK;
}

wh_code wh_spill_partition_load(struct wh_spill_set *set, size_t partition,
                                int (*compare)(const void *, const void *), void **ret_records,
                                size_t *ret_count, struct wh_error *err)
{
    WH_ASSERT(partition < PARTITIONS, err);
    const struct partition *chosen = &set->partitions[partition];
    *ret_records = NULL;
    *ret_count = chosen->size / set->record_size;
    if (*ret_count == 0)
        return WH_OK;
    WH_TRY(make_room(set, chosen->size, err));
    WH_TRY(read_partition(set, chosen, set->loaded, err));
    struct wh_spill_records records = {.bytes = set->loaded,
                                       .count = *ret_count,
                                       .size = set->record_size,
                                       .shared = PARTITION_BITS,
                                       .compare = compare};
    /* Behind whole records, as aligned as those in the first half. */
    *ret_records = wh_spill_sort(&records, set->loaded + chosen->size);
    return *ret_records != NULL ? WH_OK : wh_error_no_memory(err, chosen->size);
}
