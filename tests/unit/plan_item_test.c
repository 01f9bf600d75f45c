/* SPDX-License-Identifier: Apache-2.0 */
/* Plans of CSV files into SQLite: what is found, what is refused and where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "plan_place.h"

#define ALL_SAME PLACE_PEOPLE "    map: { \"*\": same }\n"

static void assert_text(struct wh_str text, const char *expected)
{
    if (!wh_str_is(text, expected))
        fail_msg("'%.*s' is not '%s'", WH_FMT(text), expected);
}

static const struct wh_target *target_named(const struct wh_item_plan *item, const char *name)
{
    for (size_t i = 0; i < item->target_count; i++)
        if (wh_str_is(item->targets[i].name, name))
            return &item->targets[i];
    fail_msg("'%s' is not mapped", name);
    return NULL;
}

static bool has_note(const struct wh_item_plan *item, const char *part)
{
    for (size_t i = 0; i < item->note_count; i++)
        if (memmem(item->notes[i].text.ptr, item->notes[i].text.len, part, strlen(part)) != NULL)
            return true;
    return false;
}

static void assert_note(const struct wh_item_plan *item, const char *part)
{
    if (has_note(item, part))
        return;
    for (size_t i = 0; i < item->note_count; i++)
        print_error("note: %.*s\n", WH_FMT(item->notes[i].text));
    fail_msg("no note has '%s'", part);
}

/* ---- what is found --------------------------------------------------------------------------- */

static void maps_columns_of_the_same_name(void **state)
{
    const struct wh_item_plan *item = place_item(state, ALL_SAME);
    assert_int_equal(item->target_count, 4); /* id, name (from Name), email, country */
    assert_text(item->targets[1].name, "name");
    assert_int_equal(item->targets[1].plain_source, 1);
    assert_int_equal(item->targets[0].type.kind, WH_KIND_INT);
    assert_true(item->targets[1].is_not_null);
    assert_int_equal(item->match_count, 1);
    assert_int_equal(item->match[0], 0);
    assert_int_equal(item->key_count, 1);
    assert_text(item->key[0].name, "id");
    assert_int_equal(item->key[0].target, 0);
    assert_true(item->key_is_match);
    assert_false(item->will_create);
    assert_non_null(item->source_explained.ptr);
}

static void an_explicit_entry_goes_before_same(void **state)
{
    const struct wh_item_plan *item =
        place_item(state, PLACE_PEOPLE
                   "    map:\n      \"*\": same\n      NAME: upper(name)\n      id: id::bigint\n"
                   "      made: { insert: now() }\n      note: { value: null }\n");
    assert_int_equal(item->target_count, 6);
    const struct wh_target *name = target_named(item, "name");
    assert_int_equal(name->plain_source, SIZE_MAX);
    assert_int_equal(name->line, 12);
    assert_int_equal(name->column, 7);
    assert_ptr_equal(name->assignment, &item->definition->map[0]);
    assert_null(target_named(item, "email")->assignment);
    assert_true(target_named(item, "made")->insert_only);
    assert_false(target_named(item, "id")->insert_only);
    assert_int_equal(target_named(item, "id")->plain_source, 0);
}

static void a_match_that_is_not_the_key_is_said(void **state)
{
    const struct wh_item_plan *item =
        place_item(state, PLACE_PEOPLE "    match: email\n    map: { \"*\": same }\n");
    assert_int_equal(item->match_count, 1);
    assert_text(item->targets[item->match[0]].name, "email");
    assert_false(item->key_is_match);
    assert_int_equal(item->key[0].target, SIZE_MAX);
    assert_note(item, "rows are found by 'email', which is not simply the key");
}

static void keys_of_several_columns_are_matched_in_any_order(void **state)
{
    const struct wh_item_plan *item =
        place_item(state, PLACE_HEAD
                   "  pair: { from: people.csv, key: [country, id], into: pairs, match: [b, a],\n"
                   "          map: { a: id, b: country, v: ssn } }\n");
    assert_int_equal(item->match_count, 2);
    assert_text(item->targets[item->match[0]].name, "b");
    assert_true(item->key_is_match);
    assert_text(item->targets[item->key[0].target].name, "b");
    assert_text(item->targets[item->key[1].target].name, "a");
    assert_true(target_named(item, "v")->may_be_inexact);
}

static void part_of_a_key_is_not_the_match(void **state)
{
    const struct wh_item_plan *item = place_item(
        state, PLACE_HEAD
        "  p: { from: people.csv, key: [id, ssn], into: people, map: { \"*\": same } }\n");
    assert_false(item->key_is_match);
    assert_int_equal(item->key[0].target, 0);
    assert_int_equal(item->key[1].target, SIZE_MAX);
}

static void compiles_where_clean_and_expect(void **state)
{
    const struct wh_item_plan *item =
        place_item(state, ALL_SAME "    where: country <> ''\n"
                                   "    clean:\n"
                                   "      - { when: email = '', set: { Email: null } }\n"
                                   "      - { duplicates: [lower(email)], keep: max(id) }\n"
                                   "    expect:\n"
                                   "      - { not_null: [Email, name] }\n"
                                   "      - { unique: [email, country] }\n"
                                   "      - { check: id > 0 }\n"
                                   "      - { accepted_values: { id: ['007', 8] } }\n");
    assert_non_null(item->where);
    assert_int_equal(item->duplicate_rule_count, 1);
    assert_int_equal(item->clean[0].sets[0].column, 2);
    assert_int_equal(item->unique_expectation_count, 1);
    assert_int_equal(item->definition->expect_count, 5);
    /* In the form in which values of the column are compared. */
    assert_int_equal(item->expectations[4].accepted_count, 2);
    assert_text(item->expectations[4].accepted[0], "7");
}

static void redaction_follows_the_value(void **state)
{
    const struct wh_item_plan *item = place_item(
        state, PLACE_PEOPLE "    redact: [ssn]\n"
                            "    clean: [{ set: { extra: ssn || 'x' } }]\n"
                            "    map: { id: id, name: name, note: extra, email: lower(ssn) }\n");
    assert_true(item->redacted_sources[4]);
    assert_false(item->redacted_sources[5]);
    assert_true(target_named(item, "note")->is_redacted);
    assert_true(target_named(item, "email")->is_redacted);
    assert_false(target_named(item, "name")->is_redacted);
    item = place_item(state, PLACE_PEOPLE
                      "    redact: note\n    map: { id: id, name: name, note: ssn }\n");
    assert_true(target_named(item, "note")->is_redacted);
    assert_true(item->redacted_sources[4]);
}

static void notes_what_is_not_read_and_not_written(void **state)
{
    const struct wh_item_plan *item = place_item(state, ALL_SAME);
    assert_note(item, "nothing reads source columns 'ssn', 'extra'");
    assert_note(item, "nothing writes column 'note': new rows get the default");
    assert_note(item, "nothing writes column 'made': new rows have NULL there");
    assert_note(item, "values that are too long for 'country' are rejected, not cut");
    item = place_item(state, PLACE_HEAD
                      "  w: { from: people.csv, key: id, into: watched, map: { id: id } }\n");
    assert_note(item, "table 'watched' has triggers");
}

static void notes_a_likely_delimiter(void **state)
{
    place_write(*state, "semi.csv", "id;name\n1;Ann\n");
    const struct wh_item_plan *item =
        place_item(state, PLACE_HEAD "  s: { from: semi.csv, format: { delimiter: \",\" }, key: "
                                     "id;name, into: watched, map: { id: \"1\" } }\n");
    assert_note(item, "the source has one column only");
}

static void a_condition_of_the_command_line_is_compiled(void **state)
{
    const struct wh_item_plan *item = place_item(state, ALL_SAME);
    struct wh_arena arena;
    struct wh_program *program;
    struct wh_error err = WH_ERROR_NONE;
    wh_arena_init(&arena);
    assert_int_equal(
        wh_plan_compile_condition(item, WH_STR("country = 'DE'"), &arena, &program, &err), WH_OK);
    assert_int_equal(wh_plan_compile_condition(item, WH_STR("country"), &arena, &program, &err),
                     WH_INVALID);
    assert_int_equal(wh_plan_compile_condition(item, WH_STR("nope = 1"), &arena, &program, &err),
                     WH_INVALID);
    wh_arena_release(&arena);
}

static void finds_item_types_by_name(void **state)
{
    place_item(state, ALL_SAME);
    struct place *place = *state;
    const struct wh_item_plan *item;
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(wh_plan_find_item(place->plan, WH_STR("person"), &item, &err), WH_OK);
    assert_int_equal(wh_plan_find_item(place->plan, WH_STR("persn"), &item, &err), WH_INVALID);
    assert_string_equal(err.message,
                        "the migration has no item type 'persn'; did you mean 'person'?");
}

/* ---- fingerprints ---------------------------------------------------------------------------- */

static void fingerprints_follow_what_matters(void **state)
{
    uint64_t first = place_item(state, ALL_SAME)->fingerprint;
    assert_true(first == place_item(state, ALL_SAME "    # a remark\n")->fingerprint);
    assert_true(first == place_item(state, ALL_SAME "limits: { group: 5 }\n")->fingerprint);
    assert_true(first != place_item(state, ALL_SAME "    mode: insert\n")->fingerprint);
    assert_true(first != place_item(state, ALL_SAME "    where: id <> '1'\n")->fingerprint);
    place_write(*state, "people.csv", "id,Name,email,country,ssn,more\n1,Ann,a@x,DE,9,z\n");
    assert_true(first != place_item(state, ALL_SAME)->fingerprint);
    place_write(*state, "people.csv", place_people);
    place_sql(*state, "ALTER TABLE people ADD COLUMN extra VARCHAR(5)");
    uint64_t wider = place_item(state, ALL_SAME)->fingerprint;
    assert_true(first != wider);
}

/* ---- new tables ------------------------------------------------------------------------------ */

#define NEW_TABLE                                                                                  \
    PLACE_HEAD "  p:\n    from: people.csv\n    key: id\n    into: made\n    create: true\n"       \
               "    map: { \"*\": same, id: id::int, score: \"ssn::numeric(6,2)\", day: "          \
               "\"to_date(extra, 'YYYY')\",\n"                                                     \
               "           none: null }\n"

static void plans_a_table_from_the_map(void **state)
{
    const struct wh_item_plan *item = place_item(state, NEW_TABLE);
    assert_true(item->will_create);
    assert_int_equal(item->table.column_count, 9);
    assert_int_equal(target_named(item, "id")->type.kind, WH_KIND_INT);
    assert_true(target_named(item, "id")->is_not_null);
    assert_int_equal(target_named(item, "score")->type.kind, WH_KIND_NUMERIC);
    assert_int_equal(target_named(item, "day")->type.kind, WH_KIND_DATE);
    assert_int_equal(target_named(item, "none")->type.kind, WH_KIND_TEXT);
    assert_non_null(
        memmem(item->create_statement.ptr, item->create_statement.len, "PRIMARY KEY (\"id\")", 18));
    assert_true(item->key_is_match);
}

static void makes_a_table_and_plans_over_it(void **state)
{
    struct place *place = *state;
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(place_plan(place, NEW_TABLE, false, &err), WH_OK);
    if (wh_plan_create_tables(place->plan, &err) != WH_OK)
        fail_msg("%s", err.message);
    const struct wh_item_plan *item = &place->plan->items[0];
    assert_false(item->will_create);
    assert_non_null(item->create_statement.ptr);
    assert_int_equal(item->target_count, 9);
    /* The next run finds the table and comes to the same plan. */
    uint64_t fingerprint = item->fingerprint;
    item = place_item(state, NEW_TABLE);
    assert_false(item->will_create);
    assert_true(fingerprint == item->fingerprint);
}

static void two_item_types_may_share_a_new_table(void **state)
{
    struct place *place = *state;
    struct wh_error err = WH_ERROR_NONE;
    static const char text[] = PLACE_HEAD
        "  a: { from: people.csv, key: id, into: both, create: true, map: { id: id, name: "
        "name } }\n"
        "  b: { from: people.csv, key: ssn, into: both, create: true, map: { id: ssn } }\n";
    assert_int_equal(place_plan(place, text, false, &err), WH_OK);
    assert_true(place->plan->items[1].will_create);
    assert_int_equal(place->plan->items[1].table.column_count, 2);
    if (wh_plan_create_tables(place->plan, &err) != WH_OK)
        fail_msg("%s", err.message);
    assert_false(place->plan->items[1].will_create);
}

static void plans_without_a_database_what_would_be_made(void **state)
{
    struct place *place = *state;
    char path[256];
    place_path(place, "new.db", path, sizeof(path));
    assert_int_equal(unlink(path), 0);
    const struct wh_item_plan *item = place_item(state, NEW_TABLE);
    assert_null(place->plan->destination);
    assert_true(item->will_create);
    assert_note(item, "does not exist; planned as if it were empty");
    assert_int_equal(access(path, F_OK), -1);
    struct wh_error err = WH_ERROR_NONE;
    assert_int_equal(place_plan(place, ALL_SAME, true, &err), WH_UNREACHABLE);
    assert_int_equal(err.line, 4);
}

/* ---- what is refused ------------------------------------------------------------------------- */

struct refusal {
    const char *text;
    uint32_t line;
    uint32_t column;
    const char *message; /* part of it */
    wh_code code;        /* 0: WH_INVALID */
};

#define PAIR(rest) PLACE_HEAD "  p: { from: people.csv, key: id, " rest " }\n"

static const struct refusal refusals[] = {
    {"wherry: 1\nname: a\nsource: mysql://u:pw@h/d?x=y\ndestination: sqlite:x\nitems: { p: { from: "
     "x, key: k, into: t, map: { a: b } } }\n",
     3, 9, "'mysql://h/d' is no source that this version can use; it can use: file",
     WH_UNSUPPORTED},
    {"wherry: 1\nname: a\nsource: .\ndestination: postgresql://u:p@w@h/d\nitems: { p: { from: x, "
     "key: k, into: t, map: { a: b } } }\n",
     4, 14,
     "'postgresql://h/d' is no destination that this version can use; it can use: file, sqlite",
     WH_UNSUPPORTED},
    {"wherry: 1\nname: a\nsource: .\ndestination: out.csv\nitems: { p: { from: x, key: k, into: t, "
     "map: { a: b } } }\n",
     4, 14, "out.csv' looks like a file; name its folder under 'destination'", 0},
    {PLACE_HEAD "  p: { from: nope.csv, key: id, into: people, map: { a: b } }\n", 6, 14,
     "item 'p': ", WH_UNREACHABLE},
    {PAIR("into: peple, map: { id: id }"), 6, 41,
     "did you mean 'people'; make the table, or write 'create: true'", 0},
    {PAIR("into: seen, map: { id: id }"), 6, 41, "'seen' is a view", WH_UNSUPPORTED},
    {PAIR("into: people, map: { nme: name }"), 6, 56,
     "table 'people' has no column 'nme'; did you mean 'name'?", 0},
    {PAIR("into: people, map: { twice: id }"), 6, 56,
     "column 'twice' is generated by the destination", 0},
    {PAIR("into: people, map: { name: name, NAME: email }"), 6, 68,
     "column 'name' is mapped twice, first in line 6", 0},
    {PAIR("into: people, map: { id: id }"), 6, 3,
     "column 'name' of 'people' may not be null and has no default; map it", 0},
    {PAIR("into: strict_one, map: { id: id }"), 6, 3,
     "columns 'must', 'also' of 'strict_one' may not be null and have no default; map them", 0},
    {PAIR("into: people, map: { id: id, name: { value: null } }"), 6, 79,
     "column 'name' may not be null, so every item would be rejected", 0},
    {PAIR("into: people, map: { id: id, name: nme }"), 6, 70, "column 'name': ", 0},
    {PAIR("into: people, map: { id: id, name: \"upper(\" }"), 6, 0, "column 'name': ", 0},
    {PAIR("into: people, map: { id: id, name: no_such(id) }"), 6, 0, "no_such", WH_UNSUPPORTED},
    {PAIR("into: people, map: { id: id, name: name, made: now() }"), 6, 0, "now", WH_UNSUPPORTED},
    {PAIR("into: people, map: { id: id, name: name, made: true }"), 6, 82, "column 'made': ", 0},
    {PAIR("into: people, where: email, map: { \"*\": same }"), 6, 56, "'where': ", 0},
    {PAIR("into: people, where: nope = 1, map: { \"*\": same }"), 6, 56, "nope", 0},
    {PAIR("into: people, clean: [{ set: { nope: null } }], map: { \"*\": same }"), 6, 66,
     "rule 'clean 1': the source has no column 'nope'", 0},
    {PAIR("into: people, clean: [{ when: id, skip: x }], map: { \"*\": same }"), 6, 0,
     "rule 'clean 1'", 0},
    {PAIR("into: people, match: name, map: { \"*\": same }"), 6, 56,
     "'match' must be the columns of the primary key or of a unique key of 'people', and (name) is "
     "not; its keys: (",
     0},
    {PAIR("into: people, match: [id, email], map: { \"*\": same }"), 6, 57, "(id, email) is not",
     0},
    {PAIR("into: people, match: [id, ID], map: { \"*\": same }"), 6, 61,
     "'match' names column 'ID' twice", 0},
    {PAIR("into: people, match: emial, map: { \"*\": same }"), 6, 56,
     "table 'people' has no column 'emial'; did you mean 'email'?", 0},
    {PAIR("into: people, match: email, map: { id: id, name: name }"), 6, 3,
     "column 'email' identifies the rows of 'people' and is not mapped", 0},
    {PAIR("into: people, map: { name: name }"), 6, 3,
     "column 'id' identifies the rows of 'people' and is not mapped", 0},
    {PAIR("into: people, map: { id: { insert: id }, name: name }"), 6, 56,
     "column 'id' identifies the row and cannot be set on insert only", 0},
    {PAIR("into: keyless, map: { a: id }"), 6, 41,
     "table 'keyless' has neither a primary key nor a unique one", 0},
    {PAIR("into: uniques, map: { a: id }"), 6, 41,
     "table 'uniques' has no primary key; name the columns of a unique key under 'match': (", 0},
    {PLACE_HEAD "  p: { from: people.csv, key: idd, into: people, map: { \"*\": same } }\n", 6, 31,
     "the source has no column 'idd'; did you mean 'id'?", 0},
    {PLACE_HEAD "  p: { from: people.csv, key: [id, ID], into: people, map: { \"*\": same } }\n", 6,
     36, "'key' names column 'ID' twice", 0},
    {PAIR("into: people, map: { \"*\": same }, expect: [{ not_null: nme }]"), 6, 90,
     "checks look at mapped columns, and 'nme' is not mapped; did you mean 'name'?", 0},
    {PAIR("into: people, map: { \"*\": same }, expect: [{ unique: note }]"), 6, 88,
     "check 'note unique': checks look at mapped columns, and 'note' is not mapped", 0},
    {PAIR("into: people, map: { \"*\": same }, expect: [{ check: nope > 1 }]"), 6, 0,
     "check 'nope > 1'", 0},
    {PAIR("into: people, map: { \"*\": same }, expect: [{ accepted_values: { id: [x] } }]"), 6, 99,
     "check 'id accepted values': accepted value 'x': ", 0},
    {PAIR("into: people, map: { \"*\": same }, redact: sns"), 6, 77,
     "'redact' names 'sns', a column of neither source nor destination; did you mean 'ssn'?", 0},
    {PAIR("into: people, map: { \"*\": same }, redact: id"), 6, 77,
     "key column 'id' would be redacted", 0},
    {PAIR("into: pairs, create: true, match: [a], map: { a: id, b: name }"), 6, 0, "(a) is not", 0},
    {PAIR("into: fresh, create: true, map: { other: name }"), 6, 31,
     "no column of the new table 'fresh' holds key 'id'", 0},
    {PAIR("into: fresh, create: true, match: x, map: { id: id }"), 6, 69,
     "the map has no column 'x'", 0},
    {PAIR("into: fresh, create: true, map: { id: id, ID: name }"), 6, 77,
     "column 'ID' is mapped twice, in another letter case", 0},
};

static bool check_refusal(struct place *place, const struct refusal *refusal)
{
    struct wh_error err = WH_ERROR_NONE;
    wh_code expected = refusal->code != WH_OK ? refusal->code : WH_INVALID;
    wh_code rc = place_plan(place, refusal->text, true, &err);
    bool is_right = rc == expected && strstr(err.message, refusal->message) != NULL &&
                    err.line == refusal->line &&
                    (refusal->column == 0 || err.column == refusal->column);
    if (!is_right)
        print_error("\n%s\n  gave  %d at %u:%u: %s\n  not   %d at %u:%u: %s\n", refusal->text,
                    (int)rc, err.line, err.column, err.message, (int)expected, refusal->line,
                    refusal->column, refusal->message);
    return is_right && place->plan == NULL;
}

static void refuses_with_reason_and_place(void **state)
{
    int wrong = 0;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        wrong += !check_refusal(*state, &refusals[i]);
    assert_int_equal(wrong, 0);
}

static void no_message_shows_a_password(void **state)
{
    struct wh_error err = WH_ERROR_NONE;
    static const char text[] = "wherry: 1\nname: a\nsource: .\n"
                               "destination: mysql://me:hunter2@h/d?password=hunter2\n"
                               "items: { p: { from: x, key: k, into: t, map: { a: b } } }\n";
    assert_int_equal(place_plan(*state, text, true, &err), WH_UNSUPPORTED);
    assert_null(strstr(err.message, "hunter2"));
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, place_setup, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(maps_columns_of_the_same_name),
        IN_PLACE(an_explicit_entry_goes_before_same),
        IN_PLACE(a_match_that_is_not_the_key_is_said),
        IN_PLACE(keys_of_several_columns_are_matched_in_any_order),
        IN_PLACE(part_of_a_key_is_not_the_match),
        IN_PLACE(compiles_where_clean_and_expect),
        IN_PLACE(redaction_follows_the_value),
        IN_PLACE(notes_what_is_not_read_and_not_written),
        IN_PLACE(notes_a_likely_delimiter),
        IN_PLACE(a_condition_of_the_command_line_is_compiled),
        IN_PLACE(finds_item_types_by_name),
        IN_PLACE(fingerprints_follow_what_matters),
        IN_PLACE(plans_a_table_from_the_map),
        IN_PLACE(makes_a_table_and_plans_over_it),
        IN_PLACE(two_item_types_may_share_a_new_table),
        IN_PLACE(plans_without_a_database_what_would_be_made),
        IN_PLACE(refuses_with_reason_and_place),
        IN_PLACE(no_message_shows_a_password),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
