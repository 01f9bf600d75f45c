/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the tests of SQLite share: a folder of the test's own with a database in it. Functions fail
 * the test where they say nothing else.
 */
#ifndef WH_TESTS_CONNECT_SQLITE_PLACE_H
#define WH_TESTS_CONNECT_SQLITE_PLACE_H

#include "connect/sqlite/sqlite.h"

/** The connector's functions: sqlite.open(…). */
#define sqlite (*wh_sqlite_connector.destination)

struct place {
    char folder[64];
    char url[300];
    char path[256];
    struct wh_destination *destination;
    struct wh_arena arena;
    struct wh_error err;
};

#define assert_code(place, expected, call)                                                         \
    do {                                                                                           \
        wh_code assert_rc_ = (call);                                                               \
        if (assert_rc_ != (expected))                                                              \
            fail_msg("%s gave %d, not %d: %s", #call, (int)assert_rc_, (int)(expected),            \
                     (place)->err.message);                                                        \
    } while (0)
#define assert_ok(place, call) assert_code(place, WH_OK, call)

extern const struct wh_type sqlite_int_type;     /* 64 bits */
extern const struct wh_selection sqlite_one_row; /* row 0 */

/** Set-up: a folder, and a URL in it that nothing stands at yet. */
int sqlite_make_place(void **state);

/** Tear-down of both. */
int sqlite_remove_place(void **state);

/** Opens @p url, relative to the folder, in the place of what is open. */
wh_code sqlite_try_open(struct place *place, const char *url, bool read_only);

/** Set-up: the same, opened. */
int sqlite_make_open_place(void **state);

/** Runs SQL. */
void sqlite_run(struct place *place, const char *sql);

void sqlite_write_file(const char *path, const char *bytes, size_t size);

/** The one number that a query gives. */
int64_t sqlite_ask(struct place *place, const char *sql);

struct wh_table_info sqlite_describe(struct place *place, const char *name);

/** A writer of the first two columns of table t, matched by the first. */
struct wh_writer *sqlite_open_writer(struct place *place);

/** A column of one row from canonical text; NULL is NULL. */
struct wh_column sqlite_make_column(struct place *place, struct wh_type type, const char *text);

/** Writes the row in a transaction, which a failure rolls back. */
wh_code sqlite_write_one(struct place *place, struct wh_writer *writer, enum wh_write_kind kind,
                         struct wh_write_request *request, uint8_t *result);

/** What stands at the key of the row. */
struct wh_found sqlite_fetch_one(struct place *place, struct wh_writer *writer,
                                 const struct wh_column *columns);

#endif
