/* SPDX-License-Identifier: Apache-2.0 */
/** Why items of a run were refused, counted by kind: the same status, stage, rule and column, and
 *  of a write the same SQLSTATE. What a rule or a conversion refuses is one thing, whatever
 *  standard code it goes by. */
#ifndef WH_LEDGER_REASONS_H
#define WH_LEDGER_REASONS_H

#include "ledger/ledger.h"

struct wh_reason_count {
    enum wh_item_status status;
    struct wh_str stage;
    struct wh_str rule;     /* as in struct wh_failure_record; ptr NULL: none */
    struct wh_str column;   /* likewise */
    struct wh_str sqlstate; /* of a write; ptr NULL: none */
    uint64_t items;
    struct wh_str example_message; /* of the one that was logged first */
    struct wh_str example_place;
    struct wh_str example_key; /* ptr NULL: none */
};

/** By what SQLSTATE a failure is told from others, ptr NULL: by none. */
struct wh_str wh_reason_sqlstate(const struct wh_failure_record *failure);

/** Most items first; of as many by stage, column, rule and SQLSTATE. */
void wh_reasons_sort(struct wh_reason_count *reasons, size_t count);

/** The reasons in a run's failure rows of an item type, sorted, in @p arena. */
WH_MUST_CHECK wh_code wh_ledger_reasons(struct wh_ledger *ledger, int64_t run, struct wh_str item,
                                        struct wh_arena *arena, struct wh_reason_count **ret,
                                        size_t *ret_count, struct wh_error *err);

#endif
