/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hashes are uniform, so one pass by as many of their bits as there are records leaves about one
 * record in each bucket; what is left is an insertion. Only where many records share a hash are
 * buckets large, and then qsort() has them.
 */
#include "spill/sort.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_BITS = 20, LARGE_BUCKET = 24 };

static uint64_t hash_of(const char *record)
{
    uint64_t hash;
    memcpy(&hash, record, sizeof(hash));
    return hash;
}

static unsigned bucket_bits(size_t count, unsigned shared)
{
    unsigned bits = 1;
    while (bits < MOST_BITS && ((size_t)1 << bits) < count)
        bits++;
    return shared + bits <= 64 ? bits : 64 - shared;
}

/* Sorts a bucket in place. @p spare holds one record. */
static void sort_bucket(const struct wh_spill_records *records, char *first, size_t count,
                        char *spare)
{
    size_t size = records->size;
    if (count > LARGE_BUCKET) {
        qsort(first, count, size, records->compare);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        size_t place = i;
        while (place > 0 && records->compare(first + (place - 1) * size, first + i * size) > 0)
            place--;
        if (place == i)
            continue;
        memcpy(spare, first + i * size, size);
        memmove(first + (place + 1) * size, first + place * size, (i - place) * size);
        memcpy(first + place * size, spare, size);
    }
}

static void scatter(const struct wh_spill_records *records, unsigned shift, size_t mask,
                    size_t *ends, char *room)
{
    for (size_t i = records->count; i-- > 0;) {
        const char *record = records->bytes + i * records->size;
        size_t place = --ends[(size_t)(hash_of(record) >> shift) & mask];
        memcpy(room + place * records->size, record, records->size);
    }
}

char *wh_spill_sort(const struct wh_spill_records *records, char *room)
{
    unsigned bits = bucket_bits(records->count, records->shared);
    unsigned shift = 64 - records->shared - bits;
    size_t buckets = (size_t)1 << bits;
    size_t *ends = calloc(buckets + 1, sizeof(*ends));
    char *spare = malloc(records->size);
    if (ends == NULL || spare == NULL) {
        free(ends);
        free(spare);
        return NULL;
    }
    for (size_t i = 0; i < records->count; i++)
        ends[(size_t)(hash_of(records->bytes + i * records->size) >> shift) & (buckets - 1)]++;
    for (size_t i = 1; i <= buckets; i++)
        ends[i] += ends[i - 1];
    scatter(records, shift, buckets - 1, ends, room);
    /* Ends have become starts: a bucket reaches to the next one's. */
    for (size_t i = 0; i < buckets; i++)
        sort_bucket(records, room + ends[i] * records->size, ends[i + 1] - ends[i], spare);
    free(ends);
    free(spare);
    return room;
}
