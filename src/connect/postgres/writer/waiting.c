/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/writer/waiting.h"

#include "base/error.h"

/* Of the table of keys: never more than half full. */
#define SLOTS ((size_t)1 << 17)
_Static_assert(SLOTS >= 2 * WH_INSERT_ROWS, "a place for every key, and as many that are empty");

/** What becomes of a row. */
enum fate {
    UNKNOWN = 0,
    LOOKED_AT, /* on the way from the row that is asked about; behind that: in a circle, or COMES */
    COMES,
    WAITS
};

/** The rows of one insert. */
struct look {
    const struct wh_writer *writer;
    const struct wh_postgres_waiting *waiting;
    const struct wh_postgres_referring *referring;
};

static wh_code need_room(struct wh_writer *writer, struct wh_postgres_waiting *waiting,
                         struct wh_error *err)
{
    if (waiting->fates != NULL)
        return WH_OK;
    waiting->keys = wh_arena_array(&writer->arena, WH_INSERT_ROWS, sizeof(*waiting->keys));
    waiting->slots = wh_arena_array(&writer->arena, SLOTS, sizeof(*waiting->slots));
    waiting->fates = wh_arena_array(&writer->arena, WH_INSERT_ROWS, sizeof(*waiting->fates));
    return waiting->keys != NULL && waiting->slots != NULL && waiting->fates != NULL
               ? WH_OK
               : wh_error_no_memory(err, SLOTS * sizeof(*waiting->slots));
}

/* ---- keys ------------------------------------------------------------------------------------ */

/** The slot of the row with that key, or the one in which it would be. */
static uint16_t *find_slot(const struct wh_postgres_waiting *waiting, uint64_t key)
{
    size_t at = (size_t)(key >> 32) % SLOTS;
    while (waiting->slots[at] != 0 && waiting->keys[waiting->slots[at] - 1] != key)
        at = (at + 1) % SLOTS;
    return &waiting->slots[at];
}

static void list_keys(const struct look *look)
{
    const struct wh_postgres_constraint *constraint = look->referring->constraint;
    const struct wh_writer *writer = look->writer;
    memset(look->waiting->slots, 0, SLOTS * sizeof(*look->waiting->slots));
    for (size_t place = look->referring->first; place < look->referring->end; place++) {
        if (writer->places[place] != WH_POSTGRES_SENT)
            continue;
        uint64_t key = wh_postgres_constraint_hash(writer, constraint->keys, constraint->key_count,
                                                   writer->values, writer->inserts->rows[place]);
        look->waiting->keys[place] = key;
        if (key != 0)
            *find_slot(look->waiting, key) = (uint16_t)(place + 1);
    }
}

/* ---- following ------------------------------------------------------------------------------- */

/** The place of the row that the one at @p place refers to; SIZE_MAX: it is not sent with it. */
static size_t referred_by(const struct look *look, size_t place)
{
    uint16_t slot = *find_slot(look->waiting, look->referring->references[place]);
    return slot != 0 ? (size_t)slot - 1 : SIZE_MAX;
}

/** UNKNOWN: that of the row that it refers to. Rows that refer to each other in a circle come
 * together. */
static enum fate fate_of(const struct look *look, size_t place)
{
    enum fate fate = (enum fate)look->waiting->fates[place];
    uint64_t reference = look->referring->references[place];
    if (fate != UNKNOWN)
        return fate == WAITS ? WAITS : COMES;
    if (reference == 0 || !wh_postgres_known_is_absent(look->referring->known, reference))
        return COMES;
    return referred_by(look, place) == SIZE_MAX ? WAITS : UNKNOWN;
}

/** From row to row until one is known; all on the way share its fate. So no row is passed by more
 * than twice, however long the chains are. */
static void follow(const struct look *look, size_t place)
{
    uint8_t *fates = look->waiting->fates;
    size_t at = place;
    enum fate fate;
    while ((fate = fate_of(look, at)) == UNKNOWN) {
        fates[at] = LOOKED_AT;
        at = referred_by(look, at);
    }
    fates[at] = (uint8_t)fate;
    for (at = place; fates[at] == LOOKED_AT; at = referred_by(look, at))
        fates[at] = (uint8_t)fate;
}

wh_code wh_postgres_mark_waiting(struct wh_writer *writer, struct wh_postgres_waiting *waiting,
                                 const struct wh_postgres_referring *referring,
                                 enum wh_postgres_place mark, size_t *ret_count,
                                 struct wh_error *err)
{
    struct look look = {.writer = writer, .waiting = waiting, .referring = referring};
    *ret_count = 0;
    WH_TRY(need_room(writer, waiting, err));
    list_keys(&look);
    memset(waiting->fates, UNKNOWN, WH_INSERT_ROWS);
    for (size_t place = referring->first; place < referring->end; place++)
        if (writer->places[place] == WH_POSTGRES_SENT)
            follow(&look, place);
    for (size_t place = referring->first; place < referring->end; place++) {
        if (writer->places[place] != WH_POSTGRES_SENT || waiting->fates[place] != WAITS)
            continue;
        writer->places[place] = (uint8_t)mark;
        ++*ret_count;
    }
    return WH_OK;
}
