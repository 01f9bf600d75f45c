/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One batch of items: the records as read, as cleaned, as mapped, and what became of each so far.
 *
 * Everything after reading works on items. An item here is a row of the source batch or a record
 * that gave no row; `items` lists both in source order. All memory lives in the source
 * batch's arena and goes with its reset.
 */
#ifndef WH_FLOW_ITEM_BATCH_H
#define WH_FLOW_ITEM_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "data/column.h"
#include "plan/item.h"
#include "rules/clean.h"

/** No row: the item is a record that could not be read, or was left out in reading. */
#define WH_NO_ROW UINT16_MAX

struct wh_batch_item {
    uint16_t row; /* of the columns, or WH_NO_ROW */
    uint16_t bad; /* of source.bad, where row is WH_NO_ROW */
};

struct wh_item_batch {
    struct wh_batch source;
    struct wh_rule_batch rules; /* cleaned columns, fates, reasons, live rows */
    struct wh_batch_item *items;
    size_t item_count;
    struct wh_column *source_texts; /* by source column: canonical texts of all rows as they were
                                       read, once printed */
    size_t target_count;
    struct wh_column *targets; /* by target, typed; valid in live rows */
    struct wh_column *texts;   /* by target: canonical texts of the same, once printed */
    struct wh_str *keys;       /* by row; ptr NULL: none could be made */
    uint64_t *match_hashes;    /* by row; 0 where a row has no match values */
    uint64_t *source_hashes;   /* by row; of live and trusted rows */
    uint8_t **touched; /* one a clean rule, then one a check; by row, 1 where it did something */
    uint64_t read;     /* records that this run was asked for */
};

void wh_item_batch_init(struct wh_item_batch *batch);
void wh_item_batch_release(struct wh_item_batch *batch);

/** Bounds what is read into the batch so that it takes half of @p memory at most, with all that its
 *  items need until they are written. A larger record comes alone; 0: nothing bounds it. */
void wh_item_batch_limit(struct wh_item_batch *batch, const struct wh_item_plan *item,
                         size_t memory);

/** About the bytes that the batch takes, with what is made of its texts behind it. */
size_t wh_item_batch_memory(const struct wh_item_batch *batch);

/** Empties the batch; the source may be filled again. */
void wh_item_batch_reset(struct wh_item_batch *batch);

/** Sets up everything beside `source`, which was just read. */
WH_MUST_CHECK wh_code wh_item_batch_prepare(struct wh_item_batch *batch,
                                            const struct wh_item_plan *item, struct wh_error *err);

/** Lists the items, once it is known which rows were asked for. */
WH_MUST_CHECK wh_code wh_item_batch_list(struct wh_item_batch *batch, struct wh_error *err);

/** Prints the canonical texts of a target for @p rows into @p arena, unless that was done before. A
 *  target that is a column as it was read shares that one's texts: they are not to be changed. */
WH_MUST_CHECK wh_code wh_item_batch_print(struct wh_item_batch *batch, size_t target,
                                          const struct wh_selection *rows, struct wh_arena *arena,
                                          struct wh_error *err);

/** Prints the canonical texts of the records as they were read, unless that was done before. */
WH_MUST_CHECK wh_code wh_item_batch_print_sources(struct wh_item_batch *batch,
                                                  struct wh_error *err);

/** Where an item stands in the source. */
const struct wh_position *wh_item_position(const struct wh_item_batch *batch, size_t item);

/** The reason for which @p row left, NULL where it did not. */
const struct wh_row_reason *wh_item_batch_reason(const struct wh_item_batch *batch, size_t row);

/**
 * A record's number in source order, for comparing and finding: its file, then its line, or its
 * ordinal in a source without lines. Up to 65,535 files of 2^48 lines are told apart.
 */
static inline uint64_t wh_record_number(const struct wh_position *position)
{
    uint64_t within = position->line != 0 ? position->line : position->offset;
    return (uint64_t)position->file << 48 | within;
}

/** The place that a number stands for, as far as people are shown it. */
static inline struct wh_position wh_record_position(uint64_t number)
{
    uint64_t within = number & ((UINT64_C(1) << 48) - 1);
    return (struct wh_position){.file = (uint32_t)(number >> 48), .line = within, .offset = within};
}

#endif
