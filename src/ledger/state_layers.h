/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Pages that were written in layers, becoming one: each layer's are sorted,
 * and those of several overlap.
 */
#ifndef WH_LEDGER_STATE_LAYERS_H
#define WH_LEDGER_STATE_LAYERS_H

#include "ledger/state_page.h"

/** Columns that are read page by page, in order of the pages' first hashes. */
struct wh_state_layers {
    struct wh_state_columns *columns;
    size_t settled; /* entries that stand where they are to stay */
    size_t enough;  /* of the others, to be worth sorting */
    bool is_mixed;  /* the others are in no order */
    bool overlap;   /* some pages did */
};

void wh_state_layers_init(struct wh_state_layers *layers, struct wh_state_columns *columns);

/** Before the page that begins with @p first_hash is read: all before that may be settled. */
WH_MUST_CHECK wh_code wh_state_layers_reach(struct wh_state_layers *layers, uint64_t first_hash,
                                            struct wh_error *err);

/** Behind the last page. */
WH_MUST_CHECK wh_code wh_state_layers_end(struct wh_state_layers *layers, struct wh_error *err);

#endif
