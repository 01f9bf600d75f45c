/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/unpack.h"

#include <inttypes.h>

#include "base/error.h"

#define INPUT_SIZE ((size_t)256 << 10)

struct unpack {
    struct wh_feed feed;
    const struct wh_file *file;
    const struct wh_codec *codec;
    void *state;      /* the codec's */
    bool is_inside;   /* a member was begun and has not ended */
    bool is_over;     /* the last member has ended */
    uint64_t read_to; /* offset in the file of what was not read yet */
    const char *next; /* bytes read and not taken */
    size_t left;
    char input[INPUT_SIZE];
};

static uint64_t offset_of(const struct unpack *unpack)
{
    return unpack->read_to - unpack->left;
}

static wh_code corrupt(const struct unpack *unpack, const char *what, struct wh_error *err)
{
    return wh_error_set(err, WH_IO,
                        "'%s': %s at byte %" PRIu64 " of the %s file; pack or copy it "
                        "again",
                        unpack->file->path, what, offset_of(unpack), unpack->codec->name);
}

/* Reads on, so that at least @p wanted bytes are in hand, or all there are. */
static wh_code need(struct unpack *unpack, size_t wanted, struct wh_error *err)
{
    if (unpack->left >= wanted)
        return WH_OK;
    if (unpack->left > 0)
        memmove(unpack->input, unpack->next, unpack->left);
    unpack->next = unpack->input;
    size_t got;
    WH_TRY(wh_file_read_at(unpack->file, unpack->read_to, unpack->input + unpack->left,
                           INPUT_SIZE - unpack->left, &got, err));
    unpack->read_to += got;
    unpack->left += got;
    wh_file_read_ahead(unpack->file, unpack->read_to, 4 * INPUT_SIZE);
    return WH_OK;
}

/* Passes over zeros that the format allows behind a member. */
static wh_code pass_padding(struct unpack *unpack, struct wh_error *err)
{
    static const char zeros[16];
    size_t padding = unpack->codec->padding;
    for (;;) {
        WH_TRY(need(unpack, WH_MAX(padding, (size_t)1), err));
        if (padding == 0 || unpack->left < padding || memcmp(unpack->next, zeros, padding) != 0)
            return WH_OK;
        unpack->next += padding;
        unpack->left -= padding;
    }
}

/* Begins the member in hand, or finds that there is none. */
static wh_code begin_member(struct unpack *unpack, struct wh_error *err)
{
    const struct wh_codec *codec = unpack->codec;
    if (offset_of(unpack) > 0)
        WH_TRY(pass_padding(unpack, err));
    WH_TRY(need(unpack, codec->head_size, err));
    if (unpack->left == 0) {
        unpack->is_over = true;
        return WH_OK;
    }
    if (unpack->left < codec->head_size || !codec->starts(unpack->next))
        return corrupt(unpack, "something else follows", err);
    if (!codec->begin(unpack->state))
        return wh_error_no_memory(err, 0);
    unpack->is_inside = true;
    return WH_OK;
}

static wh_code take_step(struct unpack *unpack, struct wh_codec_io *io, struct wh_error *err)
{
    io->in = unpack->next;
    io->in_len = unpack->left;
    size_t room = io->out_len;
    enum wh_codec_step step = unpack->codec->step(unpack->state, io);
    bool is_stuck = io->in_len == unpack->left && io->out_len == room;
    unpack->next = io->in;
    unpack->left = io->in_len;
    switch (step) {
    case WH_CODEC_ENDED:
        unpack->is_inside = false;
        return WH_OK;
    case WH_CODEC_CORRUPT:
        return corrupt(unpack, "corrupt", err);
    case WH_CODEC_TOO_LARGE:
        return wh_error_set(err, WH_LIMIT,
                            "'%s' needs more memory to be unpacked than it may have (%zu MiB); "
                            "unpack it first",
                            unpack->file->path, WH_CODEC_MEMORY >> 20);
    case WH_CODEC_NO_MEMORY:
        return wh_error_no_memory(err, 0);
    case WH_CODEC_GOES_ON:
        break;
    }
    /* With all of the file read and room for more,
     * only a member that was cut short stands still. */
    return is_stuck ? corrupt(unpack, "cut short", err) : WH_OK;
}

static wh_code read_bytes(struct wh_feed *feed, char *room, size_t len, size_t *ret_len,
                          struct wh_error *err)
{
    struct unpack *unpack = (struct unpack *)feed;
    struct wh_codec_io io = {.out = room, .out_len = len};
    while (io.out_len > 0 && !unpack->is_over) {
        if (!unpack->is_inside) {
            WH_TRY(begin_member(unpack, err));
            continue;
        }
        WH_TRY(need(unpack, 1, err));
        WH_TRY(take_step(unpack, &io, err));
    }
    *ret_len = len - io.out_len;
    return WH_OK;
}

static void free_unpack(struct wh_feed *feed)
{
    struct unpack *unpack = (struct unpack *)feed;
    if (unpack->state != NULL)
        unpack->codec->close(unpack->state);
    free(unpack);
}

static const struct wh_feed_functions functions = {.read = read_bytes, .free = free_unpack};

wh_code wh_unpack_open(const struct wh_file *file, const struct wh_codec *codec,
                       struct wh_feed **ret, struct wh_error *err)
{
    struct unpack *unpack = malloc(sizeof(*unpack));
    if (unpack == NULL)
        return wh_error_no_memory(err, sizeof(*unpack));
    unpack->feed.functions = &functions;
    unpack->file = file;
    unpack->codec = codec;
    unpack->state = codec->open();
    unpack->is_inside = false;
    unpack->is_over = false;
    unpack->read_to = 0;
    unpack->next = unpack->input;
    unpack->left = 0;
    if (unpack->state == NULL) {
        free(unpack);
        return wh_error_no_memory(err, 0);
    }
    *ret = &unpack->feed;
    return WH_OK;
}
