/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/claims.h"

#include <stdlib.h>

#include "base/error.h"

/* Passes behind which rows are given a second chance. Most values that several rows want are
 * somebody else's. */
enum { CHANCES = 4 };

static wh_code make_columns(struct wh_claims *claims, const bool *is_insert_only,
                            size_t column_count, struct wh_arena *arena, struct wh_error *err)
{
    for (size_t i = 0; i < claims->request_count; i++) {
        const struct wh_write_request *request = &claims->requests[i];
        struct wh_column *columns = wh_arena_array(arena, column_count, sizeof(*columns));
        if (columns == NULL)
            return wh_error_no_memory(err, column_count * sizeof(*columns));
        for (size_t at = 0; at < column_count; at++)
            columns[at] = is_insert_only[at] ? request->before[at] : request->columns[at];
        claims->columns[i] = columns;
    }
    return WH_OK;
}

wh_code wh_claims_init(struct wh_claims *claims, struct wh_write_request *requests, size_t count,
                       const bool *is_insert_only, size_t column_count, struct wh_arena *arena,
                       struct wh_error *err)
{
    size_t rows = 0;
    for (size_t i = 0; i < count; i++)
        rows += requests[i].selection->count;
    *claims = (struct wh_claims){
        .requests = requests,
        .request_count = count,
        .rounds_left = CHANCES,
        .columns = wh_arena_array(arena, WH_MAX(count, 1), sizeof(*claims->columns)),
        .wanting = wh_arena_array(arena, WH_MAX(rows, 1), sizeof(*claims->wanting)),
        .keeping = wh_arena_array(arena, WH_MAX(rows, 1), sizeof(*claims->keeping)),
        .given = wh_arena_array(arena, WH_MAX(rows, 1), sizeof(*claims->given)),
        .had_chances = wh_arena_array(arena, WH_MAX(count, 1), sizeof(*claims->had_chances))};
    if (claims->wanting == NULL || claims->keeping == NULL || claims->given == NULL ||
        claims->had_chances == NULL || claims->columns == NULL)
        return wh_error_no_memory(err, rows * sizeof(*claims->wanting));
    for (size_t i = 0; i < count; i++) {
        claims->had_chances[i] = wh_arena_array(arena, WH_BATCH_ROWS, 1);
        if (claims->had_chances[i] == NULL)
            return wh_error_no_memory(err, WH_BATCH_ROWS);
    }
    return make_columns(claims, is_insert_only, column_count, arena, err);
}

static int compare_claims(const void *a, const void *b)
{
    const struct wh_claim *left = a;
    const struct wh_claim *right = b;
    if (left->wanted != right->wanted)
        return left->wanted < right->wanted ? -1 : 1;
    if (left->request != right->request)
        return left->request < right->request ? -1 : 1;
    return (int)left->row - (int)right->row;
}

static uint8_t *result_of(const struct wh_claims *claims, const struct wh_claim *claim)
{
    return &claims->requests[claim->request].results[claim->row];
}

static uint64_t kept_by(const struct wh_claims *claims, const struct wh_claim *claim)
{
    return claims->hash(claims->key, claims->requests[claim->request].before, claim->row);
}

/* Who is content with what it has wants nothing of others. */
static void look_at_row(struct wh_claims *claims, size_t request, uint16_t row)
{
    struct wh_claim claim = {.request = request, .row = row};
    claim.wanted = claims->hash(claims->key, claims->columns[request], row);
    if (*result_of(claims, &claim) != WH_ROW_WRITTEN)
        claims->keeping[claims->keeping_count++] = claim;
    else if (claim.wanted != 0 && claim.wanted != kept_by(claims, &claim))
        claims->wanting[claims->wanting_count++] = claim;
}

void wh_claims_look(struct wh_claims *claims, wh_claim_hash *hash, const void *key)
{
    claims->hash = hash;
    claims->key = key;
    claims->wanting_count = 0;
    claims->keeping_count = 0;
    for (size_t i = 0; i < claims->request_count; i++) {
        const struct wh_selection *selection = claims->requests[i].selection;
        for (size_t at = 0; at < selection->count; at++)
            look_at_row(claims, i, selection->rows[at]);
    }
    if (claims->wanting_count > 1)
        qsort(claims->wanting, claims->wanting_count, sizeof(*claims->wanting), compare_claims);
}

void wh_claims_refuse_later(struct wh_claims *claims)
{
    for (size_t i = 1; i < claims->wanting_count; i++)
        if (claims->wanting[i].wanted == claims->wanting[i - 1].wanted)
            *result_of(claims, &claims->wanting[i]) = WH_ROW_REFUSED;
}

/* The first of the claims, sorted by what they want, that is on @p value or on a larger one. */
static size_t find_claim(const struct wh_claim *sorted, size_t count, uint64_t value)
{
    size_t first = 0;
    size_t end = count;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (sorted[middle].wanted < value)
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

static size_t find_wanting(const struct wh_claims *claims, uint64_t value)
{
    return find_claim(claims->wanting, claims->wanting_count, value);
}

static void refuse_wanting(struct wh_claims *claims, uint64_t kept)
{
    for (size_t i = find_wanting(claims, kept);
         i < claims->wanting_count && claims->wanting[i].wanted == kept; i++) {
        uint8_t *result = result_of(claims, &claims->wanting[i]);
        if (*result != WH_ROW_WRITTEN)
            continue;
        *result = WH_ROW_REFUSED;
        claims->keeping[claims->keeping_count++] = claims->wanting[i];
    }
}

static bool is_wanted(const struct wh_claims *claims, uint64_t value)
{
    for (size_t i = find_wanting(claims, value);
         i < claims->wanting_count && claims->wanting[i].wanted == value; i++)
        if (*result_of(claims, &claims->wanting[i]) == WH_ROW_WRITTEN)
            return true;
    return false;
}

/* A row that may have been refused for nothing but another one that is to be written, and wants the
 * same. */
static bool is_later(const struct wh_claims *claims, const struct wh_claim *claim)
{
    return claim->wanted != 0 && claim->wanted != kept_by(claims, claim) &&
           is_wanted(claims, claim->wanted);
}

static void spread(struct wh_claims *claims, bool spares_later)
{
    for (size_t i = 0; i < claims->keeping_count; i++) {
        uint64_t kept = kept_by(claims, &claims->keeping[i]);
        if (kept != 0 && !(spares_later && is_later(claims, &claims->keeping[i])))
            refuse_wanting(claims, kept);
    }
}

void wh_claims_spread(struct wh_claims *claims)
{
    spread(claims, false);
}

/* ---- second chances -------------------------------------------------------------------------- */

/* Spares rows that were perhaps refused for a first one of theirs. */
static void spread_first(struct wh_claims *claims)
{
    spread(claims, true);
}

static bool give_chance(struct wh_claims *claims, const struct wh_claim *claim)
{
    uint8_t *had_chance = &claims->had_chances[claim->request][claim->row];
    if (*had_chance != 0 || *result_of(claims, claim) != WH_ROW_REFUSED)
        return false;
    *had_chance = 1;
    *result_of(claims, claim) = WH_ROW_WRITTEN;
    claims->given[claims->given_count++] = *claim;
    return true;
}

/* Of rows with one wish, the first of which was refused: the next that has not had its chance. None
 * where one of them has what they wish for. */
static void give_next(struct wh_claims *claims, const struct wh_claim *claim, size_t count)
{
    bool is_settled = claim->wanted == 0 || is_wanted(claims, claim->wanted);
    for (size_t i = 0; i < count; i++)
        is_settled = is_settled || kept_by(claims, &claim[i]) == claim->wanted;
    for (size_t i = 1; i < count && !is_settled; i++)
        is_settled = give_chance(claims, &claim[i]);
}

/* A row that was refused for what one of those keeps has its chance with it. */
static void give_along(struct wh_claims *claims)
{
    for (size_t i = 0; i < claims->given_count; i++) {
        uint64_t freed = kept_by(claims, &claims->given[i]);
        size_t at = find_claim(claims->keeping, claims->keeping_count, freed);
        bool is_given = freed == 0;
        for (; at < claims->keeping_count && claims->keeping[at].wanted == freed && !is_given; at++)
            is_given = give_chance(claims, &claims->keeping[at]);
    }
}

/* Gives each row one chance, and with it those that wait for it. */
static void give_chances(struct wh_claims *claims)
{
    struct wh_claim *keeping = claims->keeping;
    size_t count = claims->keeping_count;
    if (count > 1)
        qsort(keeping, count, sizeof(*keeping), compare_claims);
    claims->given_count = 0;
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && keeping[end].wanted == keeping[first].wanted;)
            end++;
        give_next(claims, &keeping[first], end - first);
    }
    give_along(claims);
}

void wh_claims_settle(struct wh_claims *claims, wh_claims_each_key *each_key, void *ctx)
{
    if (claims->rounds_left == 0) {
        each_key(ctx, wh_claims_spread);
        return;
    }
    claims->rounds_left--;
    each_key(ctx, spread_first);
    each_key(ctx, give_chances);
    /* Which may refuse first ones yet. */
    each_key(ctx, wh_claims_spread);
    each_key(ctx, give_chances);
}
