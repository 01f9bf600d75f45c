/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Segments and pages of state that a ledger could hold, as far as wherry knows. An input is a byte
 * that says which (even: a segment), two bytes with a number of items, two with the length of the
 * statuses (segments), and the blobs.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "ledger/segment_decode.h"
#include "ledger/state_page.h"

enum { HEAD = 5, LIMIT = 1 << 20, MOST_ITEMS = 5000 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static size_t number(const uint8_t *bytes)
{
    return (size_t)bytes[0] | (size_t)bytes[1] << 8;
}

static void read_items(struct wh_segment *segment)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_arena arena;
    struct wh_segment_item item;
    wh_arena_init(&arena);
    for (size_t i = 0; i < wh_segment_count(segment); i++) {
        wh_arena_reset(&arena, SIZE_MAX);
        struct wh_position position;
        if (wh_segment_position(segment, i, &position, &err) != WH_OK ||
            wh_segment_item(segment, i, &arena, &item, &err) != WH_OK)
            break;
        size_t found = item.key.ptr != NULL ? wh_segment_find(segment, item.key) : SIZE_MAX;
        /* Whatever the bytes are, an item's key is found, and at an item that has it. */
        if (item.key.ptr != NULL &&
            (found == SIZE_MAX || wh_segment_find_next(segment, item.key, found) != found))
            abort();
        for (size_t rule = 0; rule < wh_segment_schema(segment)->rule_count; rule++)
            (void)wh_segment_touched(segment, rule, i);
    }
    wh_arena_release(&arena);
}

static void try_segment(const uint8_t *bytes, size_t len)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_segment *segment = NULL;
    size_t statuses = WH_MIN(number(bytes + 3), len - HEAD);
    const char *blobs = (const char *)bytes + HEAD;
    struct wh_segment_blob blob = {
        .item_count = WH_MIN(number(bytes + 1), (size_t)MOST_ITEMS),
        .statuses = wh_str_make(blobs, statuses),
        .body = wh_str_make(blobs + statuses, len - HEAD - statuses),
    };
    if (wh_segment_decode_within(&blob, LIMIT, &segment, &err) != WH_OK)
        return;
    read_items(segment);
    wh_segment_free(segment);
}

static void try_page(const uint8_t *bytes, size_t len)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_page_decoder decoder = {.scratch = {.block = NULL}};
    struct wh_spill_ground memory = {.budget = NULL};
    struct wh_state_columns columns;
    size_t count = number(bytes + 1);
    if (wh_state_columns_init(&columns, count, true, &memory, &err) != WH_OK)
        return;
    struct wh_str page = wh_str_make((const char *)bytes + HEAD, len - HEAD);
    if (wh_page_decode(&decoder, page, count, &columns, &err) == WH_OK) {
        for (size_t i = 1; i < columns.count; i++)
            if (columns.hashes[i] < columns.hashes[i - 1])
                abort();
    }
    wh_state_columns_release(&columns);
    wh_page_decoder_release(&decoder);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len < HEAD)
        return 0;
    if (bytes[0] % 2 == 0)
        try_segment(bytes, len);
    else
        try_page(bytes, len);
    return 0;
}
