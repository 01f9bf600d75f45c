/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Feeds: bytes that come one after another, from the first on. What unpacks a file and what turns
 * its characters into UTF-8 are feeds, one drawing on the other.
 */
#ifndef WH_STREAM_FEED_H
#define WH_STREAM_FEED_H

#include <stddef.h>

#include <wherry/error.h>

struct wh_feed;

struct wh_feed_functions {
    /** Puts the next bytes into @p room, up to @p len: *ret_len is 0 where there are none left, and
     *  never otherwise. After an error the feed is of no use. */
    wh_code (*read)(struct wh_feed *feed, char *room, size_t len, size_t *ret_len,
                    struct wh_error *err);
    void (*free)(struct wh_feed *feed);
};

/** The first member of every feed; one thread at a time. */
struct wh_feed {
    const struct wh_feed_functions *functions;
};

/** NULL is left alone. */
static inline void wh_feed_free(struct wh_feed *feed)
{
    if (feed != NULL)
        feed->functions->free(feed);
}

#endif
