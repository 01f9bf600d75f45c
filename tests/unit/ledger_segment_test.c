/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/hash.h"
#include "ledger/bits.h"
#include "ledger/filter.h"
#include "ledger/segment_decode.h"
#include "ledger/state.h"
#include "ledger_fixture.h"

/* ---- random numbers -------------------------------------------------------------------------- */

struct dice {
    uint64_t state;
};

static uint64_t roll(struct dice *dice, uint64_t sides)
{
    dice->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t x = dice->state;
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return (x ^ x >> 31) % sides;
}

/* ---- a segment and what went into it --------------------------------------------------------- */

struct sample {
    struct wh_segment_schema schema;
    struct fixture_item *items;
    size_t count;
    struct wh_arena arena;
};

static const char *make_name(struct sample *sample, const char *what, size_t number)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_str name;
    assert_int_equal(wh_arena_format(&sample->arena, &name, &err, "%s %zu", what, number), WH_OK);
    return name.ptr;
}

static struct wh_str *make_names(struct sample *sample, const char *what, size_t count)
{
    struct wh_str *names = wh_arena_array(&sample->arena, count + 1, sizeof(*names));
    assert_non_null(names);
    for (size_t i = 0; i < count; i++)
        names[i] = wh_str_from(make_name(sample, what, i));
    return names;
}

static void open_sample(struct sample *sample, size_t sources, size_t targets, size_t rules)
{
    memset(sample, 0, sizeof(*sample));
    wh_arena_init(&sample->arena);
    size_t *plain = wh_arena_array(&sample->arena, targets + 1, sizeof(*plain));
    size_t *match = wh_arena_array(&sample->arena, 1, sizeof(*match));
    assert_non_null(plain);
    assert_non_null(match);
    for (size_t i = 0; i < targets; i++)
        plain[i] = i % 2 == 0 && i < sources ? i : SIZE_MAX;
    sample->schema = (struct wh_segment_schema){.item = WH_STR("customer"),
                                                .source_names = make_names(sample, "s", sources),
                                                .source_count = sources,
                                                .target_names = make_names(sample, "t", targets),
                                                .target_count = targets,
                                                .plain_sources = plain,
                                                .match = match,
                                                .match_count = targets > 0 ? 1 : 0,
                                                .key_is_match = true,
                                                .fingerprint = 77,
                                                .has_images = true,
                                                .rule_names = make_names(sample, "r", rules),
                                                .rule_count = rules};
}

static void close_sample(struct sample *sample)
{
    wh_arena_release(&sample->arena);
}

static const char *random_text(struct sample *sample, struct dice *dice, size_t longest)
{
    size_t len = (size_t)roll(dice, longest + 1);
    char *text = wh_arena_bytes(&sample->arena, len + 1);
    assert_non_null(text);
    for (size_t i = 0; i < len; i++)
        text[i] = (char)('a' + roll(dice, 26));
    text[len] = '\0';
    return text;
}

/* A value of a column, whose number says what its values are like. */
static const char *random_value(struct sample *sample, struct dice *dice, size_t column,
                                size_t item)
{
    static const char *const words[] = {"red", "green", "blue", "", "a rather long colour's name"};
    char room[32];
    struct wh_error err = WH_ERROR_NONE;
    struct wh_str copy;
    if (roll(dice, 10) == 0)
        return NULL;
    switch (column % 5) {
    case 0:
        (void)snprintf(room, sizeof(room), "%zu", item + 1);
        break;
    case 1:
        return words[roll(dice, WH_COUNT_OF(words))];
    case 2:
        return random_text(sample, dice, 40);
    case 3:
        (void)snprintf(room, sizeof(room), "%lld", (long long)roll(dice, 2000) - 1000);
        break;
    default:
        (void)snprintf(room, sizeof(room), "0%llu", (unsigned long long)roll(dice, 1000000));
        break;
    }
    assert_int_equal(wh_arena_copy(&sample->arena, wh_str_from(room), &copy, &err), WH_OK);
    return copy.ptr;
}

static const char *const *random_image(struct sample *sample, struct dice *dice, size_t count,
                                       size_t item, const char *const *other, size_t other_count)
{
    const char **image = wh_arena_array(&sample->arena, count + 1, sizeof(*image));
    assert_non_null(image);
    for (size_t i = 0; i < count; i++) {
        bool is_copy = other != NULL && i < other_count && roll(dice, 4) != 0;
        image[i] = is_copy ? other[i] : random_value(sample, dice, i, item);
    }
    return image;
}

static void random_items(struct sample *sample, struct dice *dice, size_t count)
{
    const struct wh_segment_schema *schema = &sample->schema;
    sample->items = wh_arena_array(&sample->arena, count + 1, sizeof(*sample->items));
    assert_non_null(sample->items);
    sample->count = count;
    for (size_t i = 0; i < count; i++) {
        struct fixture_item *item = &sample->items[i];
        item->status = (enum wh_item_status)(1 + roll(dice, 7));
        item->is_unreadable = roll(dice, 50) == 0;
        item->position = (struct wh_position){
            .line = roll(dice, 20) == 0 ? 0 : 2 + i, .offset = i * 7, .file = (uint32_t)(i / 100)};
        if (item->is_unreadable)
            continue;
        item->key = roll(dice, 20) == 0 ? NULL : make_name(sample, "key", i);
        item->is_touched = roll(dice, 3) == 0;
        for (size_t n = 0; n < 3; n++)
            item->hashes[n] = roll(dice, UINT64_MAX);
        if (roll(dice, 4) != 0)
            item->source = random_image(sample, dice, schema->source_count, i, NULL, 0);
        if (roll(dice, 4) != 0)
            item->after = random_image(sample, dice, schema->target_count, i, item->source,
                                       schema->source_count);
        if (roll(dice, 4) == 0)
            item->before = random_image(sample, dice, schema->target_count, i, item->after,
                                        schema->target_count);
    }
}

static struct wh_segment *decode(const struct wh_segment_blob *blob)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_segment *segment = NULL;
    wh_code rc = wh_segment_decode(blob, &segment, &err);
    if (rc != WH_OK)
        print_message("%s\n", err.message);
    assert_int_equal(rc, WH_OK);
    return segment;
}

static struct wh_segment *round_trip(struct sample *sample)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_segment_encoder *encoder = NULL;
    struct wh_segment_blob blob;
    assert_int_equal(wh_segment_encoder_new(&sample->schema, &encoder, &err), WH_OK);
    fixture_encode(encoder, &sample->schema, sample->items, sample->count, &sample->arena);
    assert_int_equal(wh_segment_encoder_finish(encoder, &blob, &err), WH_OK);
    assert_int_equal(blob.item_count, sample->count);
    struct wh_segment *segment = decode(&blob);
    wh_segment_encoder_free(encoder);
    return segment;
}

static void check_image(const struct wh_str *found, const char *const *expected, size_t count)
{
    if (expected == NULL) {
        assert_null(found);
        return;
    }
    assert_non_null(found);
    for (size_t i = 0; i < count; i++) {
        if (expected[i] == NULL) {
            assert_null(found[i].ptr);
            continue;
        }
        assert_non_null(found[i].ptr);
        assert_true(wh_str_is(found[i], expected[i]));
    }
}

static void check_item(struct wh_segment *segment, const struct sample *sample, size_t ordinal)
{
    struct wh_error err = WH_ERROR_NONE;
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    const struct fixture_item *expected = &sample->items[ordinal];
    const struct wh_segment_schema *schema = &sample->schema;
    struct wh_segment_item item;
    assert_int_equal(wh_segment_item(segment, ordinal, &arena, &item, &err), WH_OK);
    assert_int_equal(item.status, expected->status);
    assert_int_equal(item.key.ptr == NULL, expected->key == NULL);
    assert_true(wh_str_equal(item.key, wh_str_from(expected->key)));
    struct wh_position position;
    assert_int_equal(wh_segment_position(segment, ordinal, &position, &err), WH_OK);
    assert_int_equal(position.line, expected->position.line);
    assert_int_equal(position.file, expected->position.file);
    if (expected->position.line == 0)
        assert_int_equal(position.offset, expected->position.offset);
    check_image(item.source, expected->source, schema->source_count);
    check_image(item.before, expected->before, schema->target_count);
    check_image(item.after, expected->after, schema->target_count);
    if (schema->rule_count > 0)
        assert_int_equal(wh_segment_touched(segment, 0, ordinal), expected->is_touched);
    assert_false(wh_segment_touched(segment, schema->rule_count, ordinal));
    if (schema->has_hashes && !expected->is_unreadable) {
        assert_int_equal(item.match_hash, expected->hashes[0]);
        assert_int_equal(item.source_hash, expected->hashes[1]);
        assert_int_equal(item.after_hash, expected->hashes[2]);
    }
}

static void check_names(const struct wh_str *found, const struct wh_str *expected, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_true(wh_str_equal(found[i], expected[i]));
}

static void check_segment(struct wh_segment *segment, const struct sample *sample)
{
    const struct wh_segment_schema *found = wh_segment_schema(segment);
    const struct wh_segment_schema *expected = &sample->schema;
    assert_true(wh_str_equal(found->item, expected->item));
    assert_int_equal(found->source_count, expected->source_count);
    assert_int_equal(found->target_count, expected->target_count);
    assert_int_equal(found->rule_count, expected->rule_count);
    assert_int_equal(found->fingerprint, expected->fingerprint);
    assert_int_equal(found->has_hashes, expected->has_hashes);
    assert_int_equal(found->match_count, expected->match_count);
    check_names(found->source_names, expected->source_names, expected->source_count);
    check_names(found->target_names, expected->target_names, expected->target_count);
    check_names(found->rule_names, expected->rule_names, expected->rule_count);
    assert_int_equal(wh_segment_count(segment), sample->count);
    for (size_t i = 0; i < sample->count; i++)
        check_item(segment, sample, i);
}

/* ---- round trips ----------------------------------------------------------------------------- */

static void random_items_come_back_as_they_went_in(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, 2, 7, 8, 9, 63, 300, 4096, 4097, 9000};
    for (size_t i = 0; i < WH_COUNT_OF(counts); i++) {
        struct dice dice = {.state = 1000 + i};
        struct sample sample;
        open_sample(&sample, 3 + i % 5, 2 + i % 7, i % 3);
        sample.schema.has_hashes = i % 2 == 0;
        random_items(&sample, &dice, counts[i]);
        struct wh_segment *segment = round_trip(&sample);
        check_segment(segment, &sample);
        wh_segment_free(segment);
        close_sample(&sample);
    }
}

static void an_encoder_is_used_again_after_a_reset(void **state)
{
    (void)state;
    struct wh_error err = WH_ERROR_NONE;
    struct dice dice = {.state = 5};
    struct sample first;
    struct sample second;
    open_sample(&first, 4, 4, 1);
    random_items(&first, &dice, 500);
    open_sample(&second, 4, 4, 1);
    random_items(&second, &dice, 70);
    struct wh_segment_encoder *encoder = NULL;
    struct wh_segment_blob blob;
    assert_int_equal(wh_segment_encoder_new(&first.schema, &encoder, &err), WH_OK);
    fixture_encode(encoder, &first.schema, first.items, first.count, &first.arena);
    assert_int_equal(wh_segment_encoder_finish(encoder, &blob, &err), WH_OK);
    wh_segment_encoder_reset(encoder);
    fixture_encode(encoder, &first.schema, first.items, 100, &first.arena);
    wh_segment_encoder_reset(encoder);
    fixture_encode(encoder, &second.schema, second.items, second.count, &second.arena);
    assert_int_equal(wh_segment_encoder_finish(encoder, &blob, &err), WH_OK);
    struct wh_segment *segment = decode(&blob);
    check_segment(segment, &second);
    wh_segment_free(segment);
    wh_segment_encoder_free(encoder);
    close_sample(&first);
    close_sample(&second);
}

static void what_became_of_items_is_changed_in_a_finished_segment(void **state)
{
    (void)state;
    struct wh_error err = WH_ERROR_NONE;
    struct dice dice = {.state = 6};
    struct sample sample;
    struct wh_segment_encoder *encoder = NULL;
    struct wh_segment_blob blob;
    open_sample(&sample, 4, 4, 1);
    random_items(&sample, &dice, 300);
    sample.items[7].status = WH_STATUS_INSERTED;
    sample.items[8].status = WH_STATUS_UPDATED;
    assert_int_equal(wh_segment_encoder_new(&sample.schema, &encoder, &err), WH_OK);
    fixture_encode(encoder, &sample.schema, sample.items, sample.count, &sample.arena);
    assert_int_equal(wh_segment_encoder_finish(encoder, &blob, &err), WH_OK);
    struct wh_segment *segment = decode(&blob);
    struct wh_segment_item item;
    assert_int_equal(wh_segment_item(segment, 7, &sample.arena, &item, &err), WH_OK);
    wh_segment_free(segment);
    assert_true(wh_segment_encoder_change(encoder, 7, WH_STATUS_FAILED, item.images));
    sample.items[7].status = WH_STATUS_FAILED;
    assert_int_equal(wh_segment_encoder_finish_changes(encoder, &blob, &err), WH_OK);
    segment = decode(&blob);
    check_segment(segment, &sample);
    wh_segment_free(segment);
    /* Another image, and an updated row, whose after image may be another then. */
    assert_false(wh_segment_encoder_change(encoder, 7, WH_STATUS_REJECTED, WH_IMAGE_SOURCE));
    assert_false(wh_segment_encoder_change(encoder, 8, WH_STATUS_FAILED, item.images));
    wh_segment_encoder_free(encoder);
    close_sample(&sample);
}

static void an_item_type_may_have_no_columns_in_an_image(void **state)
{
    (void)state;
    static const char *const nothing[] = {NULL};
    struct sample sample;
    open_sample(&sample, 0, 0, 0);
    struct fixture_item items[] = {{.status = WH_STATUS_SKIPPED, .key = "1", .source = nothing},
                                   {.status = WH_STATUS_SKIPPED, .key = "", .source = nothing}};
    sample.items = items;
    sample.count = WH_COUNT_OF(items);
    struct wh_segment *segment = round_trip(&sample);
    check_segment(segment, &sample);
    wh_segment_free(segment);
    close_sample(&sample);
}

/* Numbers that look like integers but would not come back the same if they were. */
static void texts_that_only_look_like_integers_stay_texts(void **state)
{
    (void)state;
    static const char *const texts[] = {"0",
                                        "-0",
                                        "00",
                                        "01",
                                        "+1",
                                        "1 ",
                                        "-1",
                                        "1",
                                        "",
                                        "-",
                                        "9223372036854775807",
                                        "-9223372036854775808",
                                        "999999999999999999",
                                        "-999999999999999999",
                                        "1e5",
                                        "12345678901234567890123"};
    for (size_t i = 0; i < WH_COUNT_OF(texts); i++) {
        struct sample sample;
        open_sample(&sample, 1, 0, 0);
        struct fixture_item items[64];
        for (size_t n = 0; n < WH_COUNT_OF(items); n++)
            items[n] = (struct fixture_item){
                .status = WH_STATUS_SKIPPED, .key = "k", .source = n == 63 ? &texts[i] : &texts[0]};
        sample.items = items;
        sample.count = WH_COUNT_OF(items);
        struct wh_segment *segment = round_trip(&sample);
        check_segment(segment, &sample);
        wh_segment_free(segment);
        close_sample(&sample);
    }
}

/* A value that all items have is kept once, for as long as they do: over batches,
 * and between nulls. */
static void columns_of_one_value_come_back(void **state)
{
    (void)state;
    static const char *const rows[][5] = {{"EU", "", NULL, "first", "x"},
                                          {"EU", "", NULL, "first", NULL},
                                          {"EU", "", NULL, "another", "x"}};
    enum { ITEMS = 6000 };
    struct sample sample;
    open_sample(&sample, 5, 0, 0);
    struct fixture_item *items = wh_arena_array(&sample.arena, ITEMS, sizeof(*items));
    assert_non_null(items);
    /* Another value comes among the first, behind the first batch, or not at all. */
    static const size_t others[] = {1, 100, 5000, ITEMS};
    for (size_t i = 0; i < WH_COUNT_OF(others); i++) {
        for (size_t n = 0; n < ITEMS; n++)
            items[n] = (struct fixture_item){.status = WH_STATUS_SKIPPED,
                                             .key = "k",
                                             .source = rows[n == others[i] ? 2 : n % 7 == 3]};
        sample.items = items;
        sample.count = ITEMS;
        struct wh_segment *segment = round_trip(&sample);
        check_segment(segment, &sample);
        wh_segment_free(segment);
    }
    close_sample(&sample);
}

static void long_values_come_back(void **state)
{
    (void)state;
    struct sample sample;
    open_sample(&sample, 2, 2, 0);
    struct dice dice = {.state = 3};
    const char *large[2] = {random_text(&sample, &dice, 0), NULL};
    size_t len = 3000000;
    char *text = wh_arena_bytes(&sample.arena, len + 1);
    assert_non_null(text);
    for (size_t i = 0; i < len; i++)
        text[i] = (char)('a' + roll(&dice, 26));
    text[len] = '\0';
    large[1] = text;
    struct fixture_item items[] = {
        {.status = WH_STATUS_INSERTED, .key = text, .source = large, .after = large}};
    sample.items = items;
    sample.count = 1;
    struct wh_segment *segment = round_trip(&sample);
    check_segment(segment, &sample);
    assert_int_equal(wh_segment_find(segment, wh_str_from(text)), 0);
    wh_segment_free(segment);
    close_sample(&sample);
}

/* ---- finding --------------------------------------------------------------------------------- */

static void every_key_is_found_in_any_order(void **state)
{
    (void)state;
    struct dice dice = {.state = 11};
    struct sample sample;
    open_sample(&sample, 3, 3, 0);
    random_items(&sample, &dice, 2000);
    struct wh_segment *segment = round_trip(&sample);
    for (size_t turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < sample.count; i++) {
            size_t at = turn == 0 ? i : sample.count - 1 - i;
            if (sample.items[at].key != NULL)
                assert_int_equal(wh_segment_find(segment, wh_str_from(sample.items[at].key)), at);
        }
    }
    assert_int_equal(wh_segment_find(segment, WH_STR("no such key")), SIZE_MAX);
    wh_segment_free(segment);
    close_sample(&sample);
}

static void of_a_repeated_key_the_item_with_a_row_is_found(void **state)
{
    (void)state;
    static const char *const values[] = {"7"};
    struct sample sample;
    open_sample(&sample, 1, 1, 0);
    struct fixture_item items[] = {
        {.status = WH_STATUS_REJECTED, .key = "7", .source = values},
        {.status = WH_STATUS_INSERTED, .key = "7", .source = values, .after = values},
        {.status = WH_STATUS_REJECTED, .key = "7", .source = values},
        {.status = WH_STATUS_REJECTED, .key = "8", .source = values},
        {.status = WH_STATUS_REJECTED, .key = "8", .source = values}};
    sample.items = items;
    sample.count = WH_COUNT_OF(items);
    struct wh_segment *segment = round_trip(&sample);
    assert_int_equal(wh_segment_find(segment, WH_STR("7")), 1);
    assert_int_equal(wh_segment_find(segment, WH_STR("7")), 1);
    assert_int_equal(wh_segment_find(segment, WH_STR("8")), 3);
    assert_int_equal(wh_segment_find_next(segment, WH_STR("7"), 0), 0);
    assert_int_equal(wh_segment_find_next(segment, WH_STR("7"), 2), 2);
    assert_int_equal(wh_segment_find_next(segment, WH_STR("7"), 3), SIZE_MAX);
    wh_segment_free(segment);
    close_sample(&sample);
}

static void the_filter_has_every_key_and_few_others(void **state)
{
    (void)state;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_buf filter;
    wh_buf_init(&filter, 1 << 20);
    uint64_t hashes[1000];
    for (uint64_t i = 0; i < WH_COUNT_OF(hashes); i++)
        hashes[i] = wh_hash_bytes(wh_str_make((const char *)&i, sizeof(i)), WH_STATE_KEY_SEED);
    assert_int_equal(wh_filter_append(&filter, hashes, WH_COUNT_OF(hashes), &err), WH_OK);
    assert_int_equal(filter.len, 1250);
    for (size_t i = 0; i < WH_COUNT_OF(hashes); i++)
        assert_true(wh_filter_may_have(wh_buf_str(&filter), hashes[i]));
    size_t mistaken = 0;
    for (uint64_t i = 1000; i < 101000; i++)
        mistaken += wh_filter_may_have(
            wh_buf_str(&filter),
            wh_hash_bytes(wh_str_make((const char *)&i, sizeof(i)), WH_STATE_KEY_SEED));
    assert_in_range(mistaken, 1, 1500);
    assert_false(wh_filter_may_have(WH_STR(""), 1));
    wh_buf_release(&filter);
}

/* ---- hashes ---------------------------------------------------------------------------------- */

static void hashes_are_made_from_images_where_none_are_stored(void **state)
{
    (void)state;
    static const char *const source[] = {"007", NULL};
    static const char *const after[] = {"7", "x"};
    struct sample sample;
    open_sample(&sample, 2, 2, 0);
    struct fixture_item items[] = {
        {.status = WH_STATUS_INSERTED, .key = "7", .source = source, .after = after},
        {.status = WH_STATUS_REJECTED, .key = "7", .source = source},
        {.status = WH_STATUS_DELETED, .key = "7", .before = after},
        {.status = WH_STATUS_DELETED, .key = "7"}};
    sample.items = items;
    sample.count = WH_COUNT_OF(items);
    struct wh_segment *segment = round_trip(&sample);
    struct wh_error err = WH_ERROR_NONE;
    struct wh_str match = WH_STR("7");
    struct wh_str texts[] = {WH_STR("007"), WH_STR_NONE};
    uint64_t row = wh_hash_values(&match, 1, WH_STATE_ROW_SEED);
    struct wh_segment_item item;
    assert_int_equal(wh_segment_item(segment, 0, &sample.arena, &item, &err), WH_OK);
    assert_int_equal(item.match_hash, row);
    assert_int_equal(item.source_hash, wh_hash_values(texts, 2, 77));
    assert_int_not_equal(item.after_hash, 0);
    assert_int_equal(wh_segment_item(segment, 1, &sample.arena, &item, &err), WH_OK);
    assert_int_equal(item.match_hash, 0);
    for (size_t i = 2; i < 4; i++) {
        assert_int_equal(wh_segment_item(segment, i, &sample.arena, &item, &err), WH_OK);
        assert_int_equal(item.match_hash, row);
    }
    wh_segment_free(segment);
    close_sample(&sample);
}

/* ---- hostile input --------------------------------------------------------------------------- */

static void read_everything(struct wh_segment *segment)
{
    struct wh_error err = WH_ERROR_NONE;
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    for (size_t i = 0; i < wh_segment_count(segment); i++) {
        struct wh_segment_item item;
        struct wh_position position;
        wh_code rc = wh_segment_position(segment, i, &position, &err);
        assert_true(rc == WH_OK || rc == WH_CORRUPT);
        rc = wh_segment_item(segment, i, &arena, &item, &err);
        assert_true(rc == WH_OK || rc == WH_CORRUPT);
        if (rc == WH_OK && item.key.ptr != NULL)
            (void)wh_segment_find(segment, item.key);
    }
}

static void check_damaged(const struct wh_segment_blob *blob)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_segment *segment = NULL;
    wh_code rc = wh_segment_decode_within(blob, 1 << 24, &segment, &err);
    assert_true(rc == WH_OK || rc == WH_CORRUPT);
    if (rc != WH_OK)
        return;
    read_everything(segment);
    wh_segment_free(segment);
}

/* Damage that is not noticed is allowed (there is no checksum of texts); reading outside is not. */
static void damaged_segments_are_refused_or_read_safely(void **state)
{
    (void)state;
    struct wh_error err = WH_ERROR_NONE;
    struct dice dice = {.state = 21};
    struct sample sample;
    open_sample(&sample, 5, 5, 2);
    random_items(&sample, &dice, 200);
    struct wh_segment_encoder *encoder = NULL;
    struct wh_segment_blob blob;
    assert_int_equal(wh_segment_encoder_new(&sample.schema, &encoder, &err), WH_OK);
    fixture_encode(encoder, &sample.schema, sample.items, sample.count, &sample.arena);
    assert_int_equal(wh_segment_encoder_finish(encoder, &blob, &err), WH_OK);
    for (size_t turn = 0; turn < 4000; turn++) {
        struct wh_segment_blob damaged = blob;
        bool in_statuses = roll(&dice, 10) == 0;
        struct wh_str *part = in_statuses ? &damaged.statuses : &damaged.body;
        size_t len = roll(&dice, 3) == 0 ? (size_t)roll(&dice, part->len) : part->len;
        char *bytes = malloc(len + 1);
        assert_non_null(bytes);
        memcpy(bytes, part->ptr, len);
        for (uint64_t n = roll(&dice, 4); len > 0 && n > 0; n--) {
            size_t reach = roll(&dice, 2) == 0 ? len : WH_MIN(len, 200);
            bytes[roll(&dice, reach)] = (char)roll(&dice, 256);
        }
        if (roll(&dice, 20) == 0)
            damaged.item_count = (size_t)roll(&dice, 1000);
        *part = wh_str_make(bytes, len);
        check_damaged(&damaged);
        free(bytes);
    }
    wh_segment_encoder_free(encoder);
    close_sample(&sample);
}

static void varints_that_do_not_fit_or_end_are_bad(void **state)
{
    (void)state;
    const struct {
        struct wh_str bytes;
        bool is_good;
        uint64_t value;
    } cases[] = {
        {WH_STR("\x00"), true, 0},
        {WH_STR("\x7f"), true, 127},
        {WH_STR("\x80\x01"), true, 128},
        {WH_STR("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), true, UINT64_MAX},
        {WH_STR("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), false, 0},
        {WH_STR("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), false, 0},
        {WH_STR("\x80"), false, 0},
        {WH_STR(""), false, 0},
    };
    for (size_t i = 0; i < WH_COUNT_OF(cases); i++) {
        struct wh_cursor cursor = wh_cursor_make(cases[i].bytes);
        assert_int_equal(wh_get_varint(&cursor), cases[i].value);
        assert_int_equal(cursor.is_bad, !cases[i].is_good);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_items_come_back_as_they_went_in),
        cmocka_unit_test(an_encoder_is_used_again_after_a_reset),
        cmocka_unit_test(what_became_of_items_is_changed_in_a_finished_segment),
        cmocka_unit_test(an_item_type_may_have_no_columns_in_an_image),
        cmocka_unit_test(texts_that_only_look_like_integers_stay_texts),
        cmocka_unit_test(columns_of_one_value_come_back),
        cmocka_unit_test(long_values_come_back),
        cmocka_unit_test(every_key_is_found_in_any_order),
        cmocka_unit_test(of_a_repeated_key_the_item_with_a_row_is_found),
        cmocka_unit_test(the_filter_has_every_key_and_few_others),
        cmocka_unit_test(hashes_are_made_from_images_where_none_are_stored),
        cmocka_unit_test(damaged_segments_are_refused_or_read_safely),
        cmocka_unit_test(varints_that_do_not_fit_or_end_are_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
