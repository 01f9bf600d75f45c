/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/column_builder.h"

#include "base/copy.h"
#include "base/error.h"
#include "data/hash.h"
#include "ledger/bits.h"

void wh_column_builder_init(struct wh_column_builder *builder)
{
    *builder = (struct wh_column_builder){.plan = {.reference = SIZE_MAX}, .is_folded = true};
    wh_buf_init(&builder->same.bytes, WH_STREAMS_LIMIT);
    wh_buf_init(&builder->nulls.bytes, WH_STREAMS_LIMIT);
    wh_buf_init(&builder->a, WH_STREAMS_LIMIT);
    wh_buf_init(&builder->b, WH_STREAMS_LIMIT);
}

void wh_column_builder_release(struct wh_column_builder *builder)
{
    wh_buf_release(&builder->same.bytes);
    wh_buf_release(&builder->nulls.bytes);
    wh_buf_release(&builder->a);
    wh_buf_release(&builder->b);
}

static void flags_reset(struct wh_flags *flags)
{
    wh_buf_reset_huge(&flags->bytes);
    flags->count = 0;
    flags->set = 0;
}

void wh_column_builder_reset(struct wh_column_builder *builder)
{
    builder->plan = (struct wh_column_plan){.reference = SIZE_MAX};
    flags_reset(&builder->same);
    flags_reset(&builder->nulls);
    wh_buf_reset_huge(&builder->a);
    wh_buf_reset_huge(&builder->b);
    builder->value_count = 0;
    builder->is_folded = true;
}

/* ---- flags ----------------------------------------------------------------------------------- */

wh_code wh_flags_add(struct wh_flags *flags, const uint8_t *values, size_t count,
                     struct wh_error *err)
{
    size_t set = 0;
    for (size_t i = 0; i < count; i++)
        set += values[i] != 0;
    if (set + flags->set > 0) {
        size_t missing = flags->count - flags->bytes.len;
        WH_TRY(wh_buf_reserve(&flags->bytes, missing + count, err));
        memset(flags->bytes.ptr + flags->bytes.len, 0, missing);
        memcpy(flags->bytes.ptr + flags->count, values, count);
        flags->bytes.len = flags->count + count;
    }
    flags->set += set;
    flags->count += count;
    return WH_OK;
}

/* Adds so many places, none of which is set. */
static wh_code pass_places(struct wh_flags *flags, size_t count, struct wh_error *err)
{
    if (flags->set > 0) {
        WH_TRY(wh_buf_reserve(&flags->bytes, count, err));
        memset(flags->bytes.ptr + flags->bytes.len, 0, count);
        flags->bytes.len += count;
    }
    flags->count += count;
    return WH_OK;
}

static void put_bits(const struct wh_flags *flags, char *bits)
{
    for (size_t i = 0; i < flags->bytes.len; i++)
        bits[i / 8] = (char)((unsigned char)bits[i / 8] | (flags->bytes.ptr[i] & 1) << (i % 8));
}

wh_code wh_flags_write(const struct wh_flags *flags, struct wh_buf *scratch,
                       struct wh_stream_writer *writer, struct wh_error *err)
{
    wh_buf_reset(scratch);
    if (flags->set == 0)
        return wh_stream_add(writer, WH_STR(""), WH_STREAM_ANY, err);
    size_t size = wh_bits_size(flags->count);
    /* Where all are set, so are the bits behind the last, which makes the bitmap a constant. */
    bool all = flags->set == flags->count;
    WH_TRY(wh_buf_reserve(scratch, size, err));
    memset(scratch->ptr, all ? 0xff : 0, size);
    if (!all)
        put_bits(flags, scratch->ptr);
    scratch->len = size;
    return wh_stream_add(writer, wh_buf_str(scratch), WH_STREAM_ANY, err);
}

/* ---- values ---------------------------------------------------------------------------------- */

static inline bool is_stored(const struct wh_column_part *part, size_t place)
{
    return (part->same == NULL || part->same[place] == 0) &&
           !wh_column_is_null(part->values, part->rows[place]);
}

/* *ret_left: the places that the reference does not give. */
static wh_code add_same(struct wh_column_builder *builder, const struct wh_column_part *part,
                        size_t *ret_left, struct wh_error *err)
{
    size_t before = builder->same.set;
    if (part->same != NULL)
        WH_TRY(wh_flags_add(&builder->same, part->same, part->count, err));
    else
        WH_TRY(pass_places(&builder->same, part->count, err));
    *ret_left = part->count - (builder->same.set - before);
    return WH_OK;
}

/* Of the @p left places that the reference does not give. */
static wh_code add_nulls(struct wh_column_builder *builder, const struct wh_column_part *part,
                         size_t left, struct wh_error *err)
{
    uint8_t nulls[WH_BATCH_ROWS];
    size_t count = 0;
    if (part->values->validity == NULL)
        return pass_places(&builder->nulls, left, err);
    for (size_t i = 0; i < part->count; i++)
        if (part->same == NULL || part->same[i] == 0)
            nulls[count++] = wh_column_is_null(part->values, part->rows[i]);
    return wh_flags_add(&builder->nulls, nulls, count, err);
}

/* Adds the values of @p part from place @p first on. */
static wh_code store(struct wh_column_builder *builder, const struct wh_column_part *part,
                     size_t first, struct wh_error *err)
{
    const struct wh_str *texts = part->values->values.texts;
    size_t total = 0;
    for (size_t i = first; i < part->count; i++)
        total += is_stored(part, i) ? texts[part->rows[i]].len : 0;
    WH_TRY(wh_buf_reserve(&builder->a, (part->count - first) * WH_VARINT_SIZE, err));
    WH_TRY(wh_buf_reserve(&builder->b, total + 1, err)); /* some room, for there to be a place */
    char *lengths = builder->a.ptr + builder->a.len;
    char *bytes = builder->b.ptr + builder->b.len;
    for (size_t i = first; i < part->count; i++) {
        if (!is_stored(part, i))
            continue;
        struct wh_str text = texts[part->rows[i]];
        lengths = wh_put_varint(lengths, text.len);
        bytes = wh_copy_value(bytes, text.ptr, text.len);
        builder->value_count++;
    }
    builder->a.len = (size_t)(lengths - builder->a.ptr);
    builder->b.len += total;
    return WH_OK;
}

/* Counts values that equal the first one of all; *ret_first is where one that does not stands. */
static wh_code pass_equal(struct wh_column_builder *builder, const struct wh_column_part *part,
                          size_t *ret_first, struct wh_error *err)
{
    size_t i = 0;
    for (; i < part->count; i++) {
        if (!is_stored(part, i))
            continue;
        struct wh_str text = part->values->values.texts[part->rows[i]];
        if (builder->value_count == 0) {
            WH_TRY(wh_buf_append_varint(&builder->a, text.len, err));
            WH_TRY(wh_buf_append_str(&builder->b, text, err));
        } else if (text.len != builder->b.len ||
                   (text.len > 0 && memcmp(text.ptr, builder->b.ptr, text.len) != 0)) {
            break;
        }
        builder->value_count++;
    }
    *ret_first = i;
    return WH_OK;
}

/* Puts the first value as often as it came. */
static wh_code unfold(struct wh_column_builder *builder, struct wh_error *err)
{
    size_t length = builder->a.len;
    size_t size = builder->b.len;
    builder->is_folded = false;
    if (builder->value_count < 2)
        return WH_OK;
    WH_TRY(wh_buf_reserve(&builder->a, (builder->value_count - 1) * length, err));
    WH_TRY(wh_buf_reserve(&builder->b, (builder->value_count - 1) * size, err));
    for (size_t i = 1; i < builder->value_count; i++) {
        memcpy(builder->a.ptr + i * length, builder->a.ptr, length);
        if (size > 0)
            memcpy(builder->b.ptr + i * size, builder->b.ptr, size);
    }
    builder->a.len = builder->value_count * length;
    builder->b.len = builder->value_count * size;
    return WH_OK;
}

wh_code wh_column_builder_add(struct wh_column_builder *builder, const struct wh_column_part *part,
                              struct wh_error *err)
{
    size_t first = 0;
    size_t left = 0;
    WH_TRY(add_same(builder, part, &left, err));
    if (left == 0)
        return WH_OK;
    WH_TRY(add_nulls(builder, part, left, err));
    if (builder->is_folded) {
        WH_TRY(pass_equal(builder, part, &first, err));
        if (first == part->count)
            return WH_OK;
        WH_TRY(unfold(builder, err));
    }
    return store(builder, part, first, err);
}

/* ---- forms ----------------------------------------------------------------------------------- */

/* Goes through a builder's values, which are TEXTS so far. */
struct values {
    struct wh_cursor lengths;
    const char *next;
    size_t left;
};

static struct values values_of(const struct wh_column_builder *builder)
{
    return (struct values){.lengths = wh_cursor_make(wh_buf_str(&builder->a)),
                           .next = builder->b.ptr,
                           .left = builder->value_count};
}

static inline bool next_value(struct values *values, struct wh_str *ret)
{
    if (values->left == 0)
        return false;
    values->left--;
    *ret = wh_str_make(values->next, (size_t)wh_get_varint(&values->lengths));
    values->next = ret->len > 0 ? values->next + ret->len : values->next;
    return true;
}

static void exchange(struct wh_column_builder *builder, struct wh_buf scratch[2],
                     enum wh_column_form form)
{
    struct wh_buf a = builder->a;
    struct wh_buf b = builder->b;
    builder->a = scratch[0];
    builder->b = scratch[1];
    scratch[0] = a;
    scratch[1] = b;
    builder->plan.form = (uint8_t)form;
}

/* Longest texts that are stored by place, and how many are turned at once
 * (to stay in the cache). */
enum { LONGEST_FIXED = 64, FIXED_AT_ONCE = 256 };

/* The number that @p text writes as a program would: no plus sign, no leading zeros, 18 digits. */
static bool canonical_integer(struct wh_str text, int64_t *ret)
{
    bool is_negative = text.len > 0 && text.ptr[0] == '-';
    size_t first = is_negative ? 1 : 0;
    if (text.len == first || text.len > first + 18)
        return false;
    if (text.ptr[first] == '0' && text.len > 1)
        return false;
    int64_t value = 0;
    for (size_t i = first; i < text.len; i++) {
        unsigned digit = (unsigned)(unsigned char)text.ptr[i] - '0';
        if (digit > 9)
            return false;
        value = value * 10 + digit;
    }
    *ret = is_negative ? -value : value;
    return true;
}

/* Pays for numbers that rise or stay near each other; others are as short as texts. */
static wh_code code_integers(struct wh_column_builder *builder, struct wh_buf scratch[2],
                             bool *ret_done, struct wh_error *err)
{
    size_t allowed = (builder->a.len + builder->b.len) / 3;
    struct values values = values_of(builder);
    struct wh_str text;
    int64_t value;
    uint64_t before = 0;
    wh_buf_reset(&scratch[0]);
    wh_buf_reset(&scratch[1]);
    WH_TRY(wh_buf_reserve(&scratch[0], allowed + WH_VARINT_SIZE, err));
    char *start = scratch[0].ptr;
    char *at = start;
    *ret_done = false;
    while (next_value(&values, &text)) {
        if ((size_t)(at - start) > allowed || !canonical_integer(text, &value))
            return WH_OK;
        at = wh_put_varint(at, wh_zigzag((uint64_t)value - before - 1));
        before = (uint64_t)value;
    }
    scratch[0].len = (size_t)(at - start);
    *ret_done = scratch[0].len <= allowed;
    if (*ret_done)
        exchange(builder, scratch, WH_FORM_INTEGERS);
    return WH_OK;
}

enum { WORDS = 255, SLOTS = 1024, PATIENCE = 128 };

/* The distinct values of a column while there are few. */
struct dictionary {
    struct wh_str words[WORDS];
    size_t count;
    uint8_t slots[SLOTS]; /* a word's number + 1, at its hash; 0: free */
};

/* The number of @p text, added where it is new; WORDS where there is no more room. */
static size_t word_number(struct dictionary *dictionary, struct wh_str text)
{
    size_t slot = (size_t)wh_hash_bytes(text, 0) % SLOTS;
    for (; dictionary->slots[slot] != 0; slot = (slot + 1) % SLOTS) {
        size_t number = (size_t)dictionary->slots[slot] - 1;
        if (wh_str_equal(dictionary->words[number], text))
            return number;
    }
    if (dictionary->count == WORDS)
        return WORDS;
    dictionary->words[dictionary->count] = text;
    dictionary->slots[slot] = (uint8_t)++dictionary->count;
    return dictionary->count - 1;
}

static wh_code code_dictionary(struct wh_column_builder *builder, struct wh_buf scratch[2],
                               bool *ret_done, struct wh_error *err)
{
    struct dictionary dictionary = {.count = 0};
    struct values values = values_of(builder);
    struct wh_str text;
    size_t place = 0;
    wh_buf_reset(&scratch[0]);
    wh_buf_reset(&scratch[1]);
    WH_TRY(wh_buf_reserve(&scratch[0], builder->value_count, err));
    *ret_done = false;
    while (next_value(&values, &text)) {
        size_t number = word_number(&dictionary, text);
        /* Values that hardly ever repeat: look no further. */
        if (number == WORDS ||
            (dictionary.count > PATIENCE && place < dictionary.count + dictionary.count / 8))
            return WH_OK;
        scratch[0].ptr[place++] = (char)number;
    }
    scratch[0].len = place;
    for (size_t i = 0; i < dictionary.count; i++) {
        WH_TRY(wh_buf_append_varint(&scratch[1], dictionary.words[i].len, err));
        WH_TRY(wh_buf_append_str(&scratch[1], dictionary.words[i], err));
    }
    *ret_done = place + scratch[1].len < builder->a.len + builder->b.len;
    if (*ret_done)
        exchange(builder, scratch, WH_FORM_DICTIONARY);
    return WH_OK;
}

/* Texts of one length are mostly dates, times, codes: what stands in one place is alike. */
static wh_code code_fixed(struct wh_column_builder *builder, struct wh_buf scratch[2],
                          bool *ret_done, struct wh_error *err)
{
    size_t count = builder->value_count;
    size_t len = builder->b.len / count;
    *ret_done = false;
    /* All lengths are one byte, and the same. */
    if (len < 2 || len > LONGEST_FIXED || builder->a.len != count || count * len != builder->b.len)
        return WH_OK;
    for (size_t i = 0; i < count; i++)
        if ((unsigned char)builder->a.ptr[i] != len)
            return WH_OK;
    wh_buf_reset(&scratch[0]);
    wh_buf_reset(&scratch[1]);
    WH_TRY(wh_buf_append_varint(&scratch[0], len, err));
    WH_TRY(wh_buf_reserve(&scratch[1], builder->b.len, err));
    const char *from = builder->b.ptr;
    char *to = scratch[1].ptr;
    for (size_t first = 0; first < count; first += FIXED_AT_ONCE)
        for (size_t place = 0; place < len; place++)
            for (size_t i = first; i < WH_MIN(count, first + FIXED_AT_ONCE); i++)
                to[place * count + i] = from[i * len + place];
    scratch[1].len = builder->b.len;
    *ret_done = true;
    exchange(builder, scratch, WH_FORM_FIXED);
    return WH_OK;
}

/* One word, as often as there are values. */
static wh_code code_folded(struct wh_column_builder *builder, struct wh_buf scratch[2],
                           struct wh_error *err)
{
    wh_buf_reset(&scratch[0]);
    wh_buf_reset(&scratch[1]);
    WH_TRY(wh_buf_reserve(&scratch[0], builder->value_count, err));
    memset(scratch[0].ptr, 0, builder->value_count);
    scratch[0].len = builder->value_count;
    WH_TRY(wh_buf_append_str(&scratch[1], wh_buf_str(&builder->a), err));
    WH_TRY(wh_buf_append_str(&scratch[1], wh_buf_str(&builder->b), err));
    exchange(builder, scratch, WH_FORM_DICTIONARY);
    return WH_OK;
}

wh_code wh_column_builder_code(struct wh_column_builder *builder, struct wh_buf scratch[2],
                               struct wh_error *err)
{
    bool is_done = false;
    builder->plan.form = WH_FORM_TEXTS;
    if (builder->value_count < 2)
        return WH_OK;
    if (builder->is_folded && builder->b.len > 0)
        return code_folded(builder, scratch, err);
    if (builder->is_folded)
        WH_TRY(unfold(builder, err));
    WH_TRY(code_integers(builder, scratch, &is_done, err));
    if (!is_done)
        WH_TRY(code_dictionary(builder, scratch, &is_done, err));
    return is_done ? WH_OK : code_fixed(builder, scratch, &is_done, err);
}

wh_code wh_column_builder_write(const struct wh_column_builder *builder, struct wh_buf *scratch,
                                struct wh_stream_writer *writer, struct wh_error *err)
{
    WH_TRY(wh_flags_write(&builder->same, scratch, writer, err));
    WH_TRY(wh_flags_write(&builder->nulls, scratch, writer, err));
    WH_TRY(wh_stream_add(writer, wh_buf_str(&builder->a), WH_STREAM_ANY, err));
    return wh_stream_add(writer, wh_buf_str(&builder->b), WH_STREAM_ANY, err);
}
