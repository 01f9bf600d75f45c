/* SPDX-License-Identifier: Apache-2.0 */
#include "data/zone.h"

#include <string.h>

#include "base/macros.h"
#include "data/calendar.h"
#include "data/digits.h"

enum {
    HEADER = 44,
    TYPE_SIZE = 6,
    MAX_CHANGES = 4000,
    MAX_TYPES = 256,
    YEARS = 400,
    SECONDS_PER_DAY = 86400,
    WEEK = 7
};

#define EPOCH_1970 INT64_C(946684800)
#define REPEAT (INT64_C(146097) * SECONDS_PER_DAY) /* 400 years */

struct wh_zone wh_zone_fixed(int32_t offset)
{
    return (struct wh_zone){.first_offset = offset};
}

/* ---- offsets --------------------------------------------------------------------------------- */

/* How many changes are at or before the moment. */
static size_t changes_before(const struct wh_zone *zone, int64_t seconds)
{
    size_t low = 0;
    size_t high = zone->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone->changes[middle] <= seconds)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int32_t offset_from(const struct wh_zone *zone, size_t changes)
{
    return changes == 0 ? zone->first_offset : zone->offsets[changes - 1];
}

/* The same moment of the 400 years that the changes cover. */
static int64_t within_changes(const struct wh_zone *zone, int64_t seconds)
{
    if (!zone->repeats || seconds < zone->changes[zone->count - 1])
        return seconds;
    int64_t beyond = seconds - zone->changes[zone->count - 1];
    return seconds - (beyond / REPEAT + 1) * REPEAT;
}

int32_t wh_zone_offset(const struct wh_zone *zone, int64_t seconds)
{
    return offset_from(zone, changes_before(zone, within_changes(zone, seconds)));
}

int32_t wh_zone_offset_of_local(const struct wh_zone *zone, int64_t local)
{
    /* Offsets are below a day, and changes lie further apart than two. */
    int64_t day_before = within_changes(zone, local - SECONDS_PER_DAY);
    int64_t shown = day_before + SECONDS_PER_DAY;
    size_t passed = changes_before(zone, day_before);
    int32_t before = offset_from(zone, passed);
    if (passed == zone->count)
        return before;
    int64_t change = zone->changes[passed];
    int32_t after = zone->offsets[passed];
    if (shown - before < change && shown - after < change)
        return before;
    if (shown - before > change && shown - after >= change)
        return after;
    return before < after ? before : after;
}

/* ---- POSIX names ----------------------------------------------------------------------------- */

/* "<+03>-3" or "CET-1CEST,M3.5.0,M10.5.0/3", being read. */
struct cursor {
    const char *at;
    const char *end;
};

static bool take(struct cursor *cursor, char byte)
{
    if (cursor->at == cursor->end || *cursor->at != byte)
        return false;
    cursor->at++;
    return true;
}

static bool take_number(struct cursor *cursor, int32_t most, int32_t *ret)
{
    int32_t value = 0;
    const char *start = cursor->at;
    for (; cursor->at < cursor->end && wh_is_digit(*cursor->at); cursor->at++) {
        value = value * 10 + (*cursor->at - '0');
        if (value > most)
            return false;
    }
    *ret = value;
    return cursor->at > start;
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool take_name(struct cursor *cursor)
{
    const char *start = cursor->at;
    if (take(cursor, '<')) {
        while (cursor->at < cursor->end && *cursor->at != '>')
            cursor->at++;
        return take(cursor, '>');
    }
    while (cursor->at < cursor->end && is_letter(*cursor->at))
        cursor->at++;
    return cursor->at > start;
}

/* [+-]hh[:mm[:ss]] */
static bool take_clock(struct cursor *cursor, int32_t *ret)
{
    int32_t hours = 0;
    int32_t parts[2] = {0, 0};
    bool is_negative = take(cursor, '-');
    if (!is_negative)
        (void)take(cursor, '+');
    if (!take_number(cursor, 167, &hours))
        return false;
    for (size_t i = 0; i < WH_COUNT_OF(parts) && take(cursor, ':'); i++) {
        if (!take_number(cursor, 59, &parts[i]))
            return false;
    }
    int32_t seconds = (hours * 60 + parts[0]) * 60 + parts[1];
    *ret = is_negative ? -seconds : seconds;
    return true;
}

/* Mm.w.d[/time]: the w-th (5: the last) weekday d of month m. */
struct rule {
    int32_t month;
    int32_t week;
    int32_t weekday;
    int32_t time; /* of the local day */
};

static bool take_rule(struct cursor *cursor, struct rule *ret)
{
    *ret = (struct rule){.time = 2 * 3600};
    return take(cursor, ',') && take(cursor, 'M') && take_number(cursor, 12, &ret->month) &&
           take(cursor, '.') && take_number(cursor, 5, &ret->week) && take(cursor, '.') &&
           take_number(cursor, 6, &ret->weekday) && ret->month > 0 && ret->week > 0 &&
           (!take(cursor, '/') || take_clock(cursor, &ret->time));
}

struct posix {
    int32_t standard; /* seconds east */
    int32_t daylight;
    bool has_daylight;
    struct rule to_daylight;
    struct rule to_standard;
};

static bool parse_posix(struct wh_str text, struct posix *ret)
{
    struct cursor cursor = {text.ptr, text.ptr + text.len};
    *ret = (struct posix){.standard = 0};
    if (!take_name(&cursor) || !take_clock(&cursor, &ret->standard))
        return false;
    ret->standard = -ret->standard;
    if (cursor.at == cursor.end)
        return true;
    ret->has_daylight = true;
    ret->daylight = ret->standard + 3600;
    if (!take_name(&cursor))
        return false;
    if (cursor.at < cursor.end && *cursor.at != ',') {
        if (!take_clock(&cursor, &ret->daylight))
            return false;
        ret->daylight = -ret->daylight;
    }
    return take_rule(&cursor, &ret->to_daylight) && take_rule(&cursor, &ret->to_standard) &&
           cursor.at == cursor.end;
}

enum wh_fault wh_zone_parse_posix(struct wh_str name, struct wh_zone *ret)
{
    struct posix posix;
    if (!parse_posix(name, &posix) || posix.has_daylight)
        return WH_FAULT_SYNTAX;
    *ret = wh_zone_fixed(posix.standard);
    return WH_FAULT_NONE;
}

/* ---- years that a rule goes on for ----------------------------------------------------------- */

/* The moment of a rule in a year, where the clocks are @p offset east before it. */
static int64_t moment_of(const struct rule *rule, int32_t year, int32_t offset)
{
    int32_t first = wh_days_from_civil((struct wh_civil){year, rule->month, 1});
    int32_t day = first + (rule->weekday - wh_weekday(first) + WEEK) % WEEK;
    day += (rule->week - 1) * WEEK;
    if (day >= first + wh_days_in_month(year, rule->month))
        day -= WEEK;
    return (int64_t)day * SECONDS_PER_DAY + rule->time - offset;
}

/* Room for 400 years more. */
struct changes {
    int64_t *moments;
    int32_t *offsets;
    size_t count;
};

static void add_change(struct changes *changes, int64_t moment, int32_t offset)
{
    if (changes->count > 0 && moment <= changes->moments[changes->count - 1])
        return;
    changes->moments[changes->count] = moment;
    changes->offsets[changes->count++] = offset;
}

static void extend(struct changes *changes, const struct posix *posix, int32_t from_year)
{
    for (int32_t year = from_year; year <= from_year + YEARS; year++) {
        int64_t to_daylight = moment_of(&posix->to_daylight, year, posix->standard);
        int64_t to_standard = moment_of(&posix->to_standard, year, posix->daylight);
        if (to_daylight < to_standard)
            add_change(changes, to_daylight, posix->daylight);
        add_change(changes, to_standard, posix->standard);
        if (to_daylight >= to_standard)
            add_change(changes, to_daylight, posix->daylight);
    }
}

/* ---- files ----------------------------------------------------------------------------------- */

static int64_t read_big_endian(const char *bytes, size_t size)
{
    uint64_t value = (bytes[0] & 0x80) != 0 ? UINT64_MAX : 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | (unsigned char)bytes[i];
    return (int64_t)value;
}

/* The counts of a block, and where it ends. */
struct block {
    size_t types;
    size_t changes;
    size_t type_count;
    size_t size; /* with its header */
};

static bool read_block(struct wh_str file, size_t time_size, struct block *ret)
{
    if (file.len < HEADER || memcmp(file.ptr, "TZif", 4) != 0 || file.ptr[4] < '2')
        return false;
    size_t counts[6];
    for (size_t i = 0; i < WH_COUNT_OF(counts); i++) {
        int64_t count = read_big_endian(file.ptr + 20 + i * 4, 4);
        if (count < 0 || count > MAX_CHANGES)
            return false;
        counts[i] = (size_t)count;
    }
    size_t leaps = counts[2];
    ret->changes = counts[3];
    ret->type_count = counts[4];
    ret->types = HEADER + ret->changes * (time_size + 1);
    ret->size = ret->types + ret->type_count * TYPE_SIZE + counts[5] + leaps * (time_size + 4) +
                counts[1] + counts[0];
    return leaps == 0 && ret->type_count > 0 && ret->type_count <= MAX_TYPES &&
           ret->size <= file.len;
}

static int32_t type_offset(struct wh_str file, const struct block *block, size_t type)
{
    return (int32_t)read_big_endian(file.ptr + block->types + type * TYPE_SIZE, 4);
}

static bool read_changes(struct wh_str file, const struct block *block, struct changes *changes)
{
    const char *indexes = file.ptr + HEADER + block->changes * 8;
    for (size_t i = 0; i < block->changes; i++) {
        size_t type = (unsigned char)indexes[i];
        if (type >= block->type_count)
            return false;
        add_change(changes, read_big_endian(file.ptr + HEADER + i * 8, 8) - EPOCH_1970,
                   type_offset(file, block, type));
    }
    return true;
}

/* The rule behind the block, between line ends; empty where there is none. */
static bool read_footer(struct wh_str file, struct posix *ret, bool *ret_found)
{
    *ret_found = false;
    if (file.len < 2 || file.ptr[0] != '\n' || file.ptr[file.len - 1] != '\n')
        return false;
    struct wh_str rule = wh_str_make(file.ptr + 1, file.len - 2);
    *ret_found = rule.len > 0;
    return rule.len == 0 || parse_posix(rule, ret);
}

enum wh_fault wh_zone_read(struct wh_str file, struct wh_arena *arena, struct wh_zone *ret)
{
    struct block block;
    struct posix posix;
    bool has_rule = false;
    if (!read_block(file, 4, &block))
        return WH_FAULT_SYNTAX;
    file = wh_str_make(file.ptr + block.size, file.len - block.size);
    if (!read_block(file, 8, &block) ||
        !read_footer(wh_str_make(file.ptr + block.size, file.len - block.size), &posix, &has_rule))
        return WH_FAULT_SYNTAX;
    size_t room = block.changes + 2 * (YEARS + 1);
    struct changes changes = {.moments = wh_arena_array(arena, room, sizeof(int64_t)),
                              .offsets = wh_arena_array(arena, room, sizeof(int32_t))};
    if (changes.moments == NULL || changes.offsets == NULL)
        return WH_FAULT_NO_MEMORY;
    if (!read_changes(file, &block, &changes))
        return WH_FAULT_SYNTAX;
    bool repeats = has_rule && posix.has_daylight && changes.count > 0;
    if (repeats) {
        int64_t days = changes.moments[changes.count - 1] / SECONDS_PER_DAY;
        extend(&changes, &posix, wh_civil_from_days((int32_t)days).year);
    }
    *ret = (struct wh_zone){.changes = changes.moments,
                            .offsets = changes.offsets,
                            .count = changes.count,
                            .first_offset = type_offset(file, &block, 0),
                            .repeats = repeats};
    return WH_FAULT_NONE;
}
