/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/source/steady.h"

#include <stdlib.h>

#include "base/error.h"

void wh_postgres_steady_init(struct wh_postgres_steady *steady)
{
    *steady = (struct wh_postgres_steady){.marks = NULL};
    pthread_mutex_init(&steady->lock, NULL);
}

void wh_postgres_steady_release(struct wh_postgres_steady *steady)
{
    pthread_mutex_destroy(&steady->lock);
    free(steady->marks);
}

static wh_code add_mark(struct wh_postgres_steady *steady, struct wh_postgres_steady_mark mark,
                        struct wh_error *err)
{
    if (steady->count == steady->capacity) {
        size_t capacity = steady->capacity > 0 ? 2 * steady->capacity : 64;
        struct wh_postgres_steady_mark *grown =
            reallocarray(steady->marks, capacity, sizeof(*grown));
        if (grown == NULL)
            return wh_error_no_memory(err, capacity * sizeof(*grown));
        steady->marks = grown;
        steady->capacity = capacity;
    }
    steady->marks[steady->count++] = mark;
    return WH_OK;
}

/** The first mark that is not before @p rows. */
static size_t find_mark(const struct wh_postgres_steady *steady, uint64_t rows)
{
    size_t low = 0;
    size_t high = steady->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (steady->marks[middle].rows < rows)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_same(struct wh_postgres_steady_mark a, struct wh_postgres_steady_mark b)
{
    return a.rows == b.rows && a.digest == b.digest;
}

static wh_code check(struct wh_postgres_steady *steady, struct wh_postgres_steady_mark mark,
                     bool is_end, struct wh_error *err)
{
    size_t at = find_mark(steady, mark.rows);
    bool is_new = at == steady->count;
    bool is_known = !is_new && steady->marks[at].rows == mark.rows;
    bool differs = is_known && !is_same(steady->marks[at], mark);
    if (steady->has_end)
        differs = differs || (is_end ? !is_same(steady->end, mark) : mark.rows > steady->end.rows);
    else if (is_end && !is_new && !is_known)
        differs = true; /* it ends before rows that another pass has seen */
    if (differs)
        return wh_error_set(err, WH_CONFLICT,
                            "it gave other rows, or its rows in another order, than when it was "
                            "read before; end it with ORDER BY over columns that tell rows apart, "
                            "and call no function that gives another value each time");
    if (is_end && !steady->has_end) {
        steady->end = mark;
        steady->has_end = true;
    }
    return is_new ? add_mark(steady, mark, err) : WH_OK;
}

wh_code wh_postgres_steady_check(struct wh_postgres_steady *steady,
                                 struct wh_postgres_steady_mark mark, bool is_end,
                                 struct wh_error *err)
{
    pthread_mutex_lock(&steady->lock);
    wh_code rc = check(steady, mark, is_end, err);
    pthread_mutex_unlock(&steady->lock);
    return rc;
}
