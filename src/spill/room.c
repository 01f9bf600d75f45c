/* SPDX-License-Identifier: Apache-2.0 */
#include "spill/room.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/error.h"
#include "base/large.h"
#include "spill/file.h"

/* Below it a file is not worth its while. */
enum { LEAST_MAPPED = 64 << 10 };

static bool draw(struct wh_budget *budget, size_t size)
{
    if (budget == NULL)
        return true;
    if (size < LEAST_MAPPED) {
        wh_budget_force(budget, size);
        return true;
    }
    bool is_half = budget->limit == 0 || size <= budget->limit / 2;
    return is_half && wh_budget_take(budget, size);
}

static wh_code take_memory(struct wh_spill_room *room, struct wh_budget *budget, size_t size,
                           struct wh_error *err)
{
    char *bytes = wh_large_alloc(size);
    if (bytes == NULL) {
        wh_budget_give(budget, size);
        return wh_error_no_memory(err, size);
    }
    *room = (struct wh_spill_room){.bytes = bytes, .size = size, .budget = budget};
    return WH_OK;
}

/* The mapping keeps the file when its descriptor is closed. */
static wh_code map(struct wh_spill_room *room, const struct wh_spill_file *file, size_t size,
                   struct wh_error *err)
{
    void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file->descriptor, 0);
    if (bytes == MAP_FAILED)
        return wh_error_no_memory(err, size);
    /* What lies beside a place that is looked up is not wanted next. */
    WH_IGNORE(madvise(bytes, size, MADV_RANDOM), "it is advice");
    *room = (struct wh_spill_room){.bytes = bytes, .size = size, .is_mapped = true};
    return WH_OK;
}

static wh_code take_file(struct wh_spill_room *room, const char *folder, size_t size,
                         struct wh_error *err)
{
    struct wh_spill_file file;
    WH_TRY(wh_spill_file_open(&file, folder, err));
    file.relief = ", or raise limits.memory";
    wh_code rc = wh_spill_file_reserve(&file, size, err);
    if (rc == WH_OK)
        rc = map(room, &file, size, err);
    wh_spill_file_close(&file);
    return rc;
}

wh_code wh_spill_room_take(struct wh_spill_room *room, const struct wh_spill_ground *ground,
                           size_t size, struct wh_error *err)
{
    *room = (struct wh_spill_room){.bytes = NULL};
    return draw(ground->budget, size) ? take_memory(room, ground->budget, size, err)
                                      : take_file(room, ground->folder, size, err);
}

void wh_spill_room_release(struct wh_spill_room *room)
{
    if (room->is_mapped) {
        munmap(room->bytes, room->size);
    } else {
        free(room->bytes);
        wh_budget_give(room->budget, room->size);
    }
    *room = (struct wh_spill_room){.bytes = NULL};
}
