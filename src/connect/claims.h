/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Claims on unique values, for connectors that exchange them (struct wh_destination_functions):
 * which rows want a value, and which keep theirs. Values are told apart by hashes, so that what
 * follows from a refusal along a chain of rows is found at once, and not by a try for each link.
 *
 * A row is meant to be written where its result is WH_ROW_WRITTEN; any other keeps what it has.
 */
#ifndef WH_CONNECT_CLAIMS_H
#define WH_CONNECT_CLAIMS_H

#include "connect/rows.h"

/** Hash of what a row of @p columns has of the unique key @p key; 0: nothing that another row could
 *  want, or it is not known. */
typedef uint64_t wh_claim_hash(const void *key, const struct wh_column *columns, uint16_t row);

/** A row of some request, and the hash of the value that it wants. */
struct wh_claim {
    uint64_t wanted;
    size_t request;
    uint16_t row;
};

struct wh_claims {
    struct wh_write_request *requests;
    size_t request_count;
    struct wh_column **columns; /* by request: what its rows have when they are written */
    wh_claim_hash *hash;        /* of the key that is looked at */
    const void *key;
    struct wh_claim *wanting; /* rows that are to be written, by what they want … */
    size_t wanting_count;
    struct wh_claim *keeping; /* … and all others */
    size_t keeping_count;
    struct wh_claim *given; /* of them, those that have just got a second chance */
    size_t given_count;
    uint8_t **had_chances; /* by request and row: it had one */
    unsigned rounds_left;  /* of such chances; 0: nobody needs one */
};

/** Columns that are insert-only keep what the rows have, whatever the requests say. Memory is
 *  @p arena's. */
WH_MUST_CHECK wh_code wh_claims_init(struct wh_claims *claims, struct wh_write_request *requests,
                                     size_t count, const bool *is_insert_only, size_t column_count,
                                     struct wh_arena *arena, struct wh_error *err);

/** Looks at the rows as they stand, for one unique key. */
void wh_claims_look(struct wh_claims *claims, wh_claim_hash *hash, const void *key);

/** Refuses all but the first row that wants a value. That one may be refused yet, for another value
 *  or a CHECK: so this saves tries where rows are to be tried once more, and decides nothing. */
void wh_claims_refuse_later(struct wh_claims *claims);

/** A row that is not written keeps its value: refuses who wants that, and so on along a chain. */
void wh_claims_spread(struct wh_claims *claims);

/** Has @p settle done for each unique key, after wh_claims_look() at it. */
typedef void wh_claims_each_key(void *ctx, void (*settle)(struct wh_claims *claims));

/** Between two passes, the first of which refused rows. Of rows that want one value all but the
 *  first are refused for that one: where it was refused itself, another is to be written after all,
 *  while there are rounds left for that. */
void wh_claims_settle(struct wh_claims *claims, wh_claims_each_key *each_key, void *ctx);

#endif
