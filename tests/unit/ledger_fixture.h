/* SPDX-License-Identifier: Apache-2.0 */
/** A ledger in an SQLite database of a test's own, and segments to put into it. */
#ifndef WH_TEST_LEDGER_FIXTURE_H
#define WH_TEST_LEDGER_FIXTURE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "ledger/ledger.h"
#include "ledger/segment.h"

struct ledger_fixture {
    char folder[128];
    char url[192];
    struct wh_budget budget;
    size_t drawn; /* from the budget, by the connection */
    struct wh_connection connection;
    struct wh_ledger *ledger; /* NULL until opened */
    struct wh_arena arena;
};

/** A database that has no ledger yet. */
void ledger_fixture_make(struct ledger_fixture *fixture);
void ledger_fixture_remove(struct ledger_fixture *fixture);

/** Makes the ledger and opens it. */
void ledger_fixture_open(struct ledger_fixture *fixture);

/** What cmocka calls before and after a test: *state is a fixture without a ledger, or with one. */
int ledger_fixture_set_up(void **state);
int ledger_fixture_set_up_open(void **state);
int ledger_fixture_tear_down(void **state);

/** Closes ledger and connection; only a reopening follows. */
void ledger_fixture_close(struct ledger_fixture *fixture);

/** Closes ledger and connection, where they are open, and opens them: what another process sees. */
void ledger_fixture_reopen(struct ledger_fixture *fixture);

void ledger_fixture_begin(struct ledger_fixture *fixture);
void ledger_fixture_commit(struct ledger_fixture *fixture);
void ledger_fixture_rollback(struct ledger_fixture *fixture);

/** Runs SQL of the test's own. */
void ledger_fixture_run(struct ledger_fixture *fixture, const char *sql);

/** The one number that a statement of the test's own gives. */
int64_t ledger_fixture_number(struct ledger_fixture *fixture, const char *sql);

/** The one text that a statement gives; valid until the fixture is removed. */
const char *ledger_fixture_text(struct ledger_fixture *fixture, const char *sql);

/** Adds a run of migration @p migration with one item type; its number. */
int64_t ledger_fixture_add_run(struct ledger_fixture *fixture, const char *migration,
                               const char *item);

/* ---- items ----------------------------------------------------------------------------------- */

/** One item of a segment; values are by column, NULL is NULL, an array NULL: no such image. */
struct fixture_item {
    enum wh_item_status status;
    const char *key;
    const char *const *source;
    const char *const *before;
    const char *const *after;
    struct wh_position position;
    uint64_t hashes[3]; /* match, source, after */
    bool is_touched;    /* by the first rule */
    bool is_unreadable;
};

/** Adds items, in batches, to @p encoder. */
void fixture_encode(struct wh_segment_encoder *encoder, const struct wh_segment_schema *schema,
                    const struct fixture_item *items, size_t count, struct wh_arena *arena);

#endif
