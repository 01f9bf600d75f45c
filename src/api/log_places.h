/* SPDX-License-Identifier: Apache-2.0 */
/** Where logged items came from, in words. */
#ifndef WH_API_LOG_PLACES_H
#define WH_API_LOG_PLACES_H

#include "ledger/log.h"
#include "plan/migration.h"

/** What was looked up for the last entry: most often it serves the next one, too. */
struct api_places {
    const struct wh_migration *migration; /* borrowed */
    struct wh_ledger *ledger;             /* borrowed */
    struct wh_arena names;                /* of what follows */
    struct wh_str item;
    int64_t run;
    struct wh_str *files;
    size_t file_count;
    struct wh_arena text; /* the place last given */
};

void api_places_init(struct api_places *places, const struct wh_migration *migration,
                     struct wh_ledger *ledger);
void api_places_release(struct api_places *places);

/** The place of @p entry, until the next call; ptr NULL where it has none. The ledger keeps a
 *  file's number; its name is the one that it had in that run. */
WH_MUST_CHECK wh_code api_place_of(struct api_places *places, const struct wh_log_entry *entry,
                                   struct wh_str *ret, struct wh_error *err);

#endif
