/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the destination has room for the connections of a run. */
#include "base/error.h"
#include "plan/item.h"

/* Beside those of its threads a run has one of its own, and one for the guard. */
static unsigned count_others(const struct wh_plan *plan)
{
    return plan->migration->guard.query.text.ptr != NULL ? 2 : 1;
}

/* What becomes of the run. A single worker has two threads: it is no remedy where there is room for
 * one. */
static wh_code tell_effect(const struct wh_room *room, unsigned others, struct wh_arena *arena,
                           struct wh_str *ret, struct wh_error *err)
{
    if (room->most <= others)
        *ret = WH_STR("It cannot work so: ");
    else if (room->connections <= others)
        *ret = WH_STR("It waits until others end theirs; so that it need not: ");
    else if (room->connections == others + 1)
        *ret = WH_STR("It goes on with one worker, in one thread; for more: ");
    else
        return wh_arena_format(arena, ret, err,
                               "It goes on with fewer workers; that none is refused: "
                               "--workers %u, or ",
                               room->connections - others);
    return WH_OK;
}

wh_code wh_plan_check_room(const struct wh_plan *plan, unsigned threads, struct wh_arena *arena,
                           struct wh_room_note *ret, struct wh_error *err)
{
    const struct wh_destination_functions *functions = plan->destination_connector->destination;
    unsigned others = count_others(plan);
    struct wh_room room;
    struct wh_str effect;
    *ret = (struct wh_room_note){.text = WH_STR_NONE};
    if (plan->destination == NULL || functions->find_room == NULL)
        return WH_OK;
    WH_TRY(functions->find_room(plan->destination, threads + others, arena, &room, err));
    if (room.why.ptr == NULL)
        return WH_OK;
    ret->is_in_vain = room.most <= others;
    WH_TRY(tell_effect(&room, others, arena, &effect, err));
    return wh_arena_format(
        arena, &ret->text, err,
        "the run opens up to %u connections to the destination, and there is room "
        "for %u: %.*s. %.*s%.*s",
        threads + others, room.connections, WH_FMT(room.why), WH_FMT(effect), WH_FMT(room.remedy));
}
