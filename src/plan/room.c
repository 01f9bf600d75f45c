/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the destination has room for the connections of a run. */
#include "base/error.h"
#include "plan/item.h"

/* Beside those of its threads a run has one of its own, and one for the guard. */
static unsigned count_others(const struct wh_plan *plan)
{
    return plan->migration->guard.query.text.ptr != NULL ? 2 : 1;
}

/* What a run takes of the room, as far as it is the destination's. */
struct need {
    unsigned once;     /* whatever its threads */
    unsigned a_thread; /* for each: a reader's connection, too, where that takes of the same room */
};

static struct need find_need(const struct wh_room *room, unsigned others)
{
    bool is_shared = room->of_source > 0;
    return (struct need){.once = others + is_shared, .a_thread = 1 + is_shared};
}

/* For how many threads there is room. */
static unsigned count_threads(unsigned connections, struct need need)
{
    return connections > need.once ? (connections - need.once) / need.a_thread : 0;
}

/* What becomes of the run. A single worker has two threads: it is no remedy where there is room for
 * one. */
static wh_code tell_effect(const struct wh_room *room, struct need need, struct wh_arena *arena,
                           struct wh_str *ret, struct wh_error *err)
{
    unsigned threads = count_threads(room->connections, need);
    if (count_threads(room->most, need) == 0)
        *ret = WH_STR("It cannot work so: ");
    else if (threads == 0)
        *ret = WH_STR("It waits until others end theirs; so that it need not: ");
    else if (threads == 1)
        *ret = WH_STR("It goes on with one worker, in one thread; for more: ");
    else
        return wh_arena_format(arena, ret, err,
                               "It goes on with fewer workers; that none is refused: "
                               "--workers %u, or ",
                               threads);
    return WH_OK;
}

/* ", 7 of them to read the source on the same server"; "" where it takes of another room. */
static wh_code tell_source(const struct wh_room *room, struct wh_arena *arena, struct wh_str *ret,
                           struct wh_error *err)
{
    *ret = WH_STR("");
    if (room->of_source == 0)
        return WH_OK;
    return wh_arena_format(arena, ret, err, ", %u of them to read the source on the same server",
                           room->of_source);
}

wh_code wh_plan_check_room(const struct wh_plan *plan, unsigned threads, struct wh_arena *arena,
                           struct wh_room_note *ret, struct wh_error *err)
{
    const struct wh_destination_functions *functions = plan->destination_connector->destination;
    bool is_one = plan->source_connector == plan->destination_connector;
    unsigned others = count_others(plan);
    struct wh_room_request request = {.wanted = threads + others,
                                      .source = is_one ? plan->first_source : NULL,
                                      .readers = threads};
    struct wh_room room;
    struct wh_str source;
    struct wh_str effect;
    *ret = (struct wh_room_note){.text = WH_STR_NONE};
    if (plan->destination == NULL || functions->find_room == NULL)
        return WH_OK;
    WH_TRY(functions->find_room(plan->destination, &request, arena, &room, err));
    if (room.why.ptr == NULL)
        return WH_OK;
    struct need need = find_need(&room, others);
    ret->is_in_vain = count_threads(room.most, need) == 0;
    WH_TRY(tell_source(&room, arena, &source, err));
    WH_TRY(tell_effect(&room, need, arena, &effect, err));
    return wh_arena_format(arena, &ret->text, err,
                           "the run opens up to %u connections to the destination%.*s, and there "
                           "is room for %u: %.*s. %.*s%.*s",
                           request.wanted + room.of_source, WH_FMT(source), room.connections,
                           WH_FMT(room.why), WH_FMT(effect), WH_FMT(room.remedy));
}
