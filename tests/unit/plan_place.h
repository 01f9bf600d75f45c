/* SPDX-License-Identifier: Apache-2.0 */
/** A folder with a CSV file, an SQLite database and a migration file: what tests of plans share. */
#ifndef WH_TESTS_PLAN_PLACE_H
#define WH_TESTS_PLAN_PLACE_H

#include "base/error.h"
#include "plan/item.h"

struct place {
    char folder[64];
    struct wh_migration *migration;
    struct wh_plan *plan;
};

/** people.csv in a place that was just set up. */
extern const char place_people[];

/** For cmocka_unit_test_setup_teardown(): *state is a struct place. */
int place_setup(void **state);
int place_teardown(void **state);

/** "folder/name" into @p room. */
void place_path(const struct place *place, const char *name, char *room, size_t size);
void place_write(const struct place *place, const char *name, const char *text);
/** Runs SQL on new.db. */
void place_sql(const struct place *place, const char *sql);

/** Plans a migration file; an earlier plan is freed. The test fails where the file is not read. */
wh_code place_plan(struct place *place, const char *text, bool read_only,
                   struct wh_error *err) WH_MUST_CHECK;

/** The first item type of a plan that must succeed. */
const struct wh_item_plan *place_item(void **state, const char *text);

/** A file's first lines: items follow. */
#define PLACE_HEAD "wherry: 1\nname: shop\nsource: .\ndestination: sqlite:new.db\nitems:\n"
#define PLACE_PEOPLE PLACE_HEAD "  person:\n    from: people.csv\n    key: id\n    into: people\n"

#endif
