/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/transcode.h"

#include "base/error.h"

#define INPUT_SIZE ((size_t)64 << 10)

/* Less input than this may be less than a character. */
#define FEW_BYTES 64

#define NEL "\xC2\x85"

struct transcode {
    struct wh_feed feed;
    struct wh_feed *inner; /* owned */
    struct wh_decoder decoder;
    bool nel_ends_lines;
    bool is_inner_end;
    const char *next; /* bytes read and not decoded */
    size_t left;
    const char *spare_next; /* bytes decoded and not given */
    size_t spare_left;
    char spare[4 * WH_DECODE_SLACK]; /* decoded to where the reader's room is too small */
    char input[INPUT_SIZE];
};

static wh_code refill(struct transcode *transcode, struct wh_error *err)
{
    if (transcode->is_inner_end || transcode->left >= FEW_BYTES)
        return WH_OK;
    if (transcode->left > 0)
        memmove(transcode->input, transcode->next, transcode->left);
    transcode->next = transcode->input;
    size_t got;
    struct wh_feed *inner = transcode->inner;
    WH_TRY(inner->functions->read(inner, transcode->input + transcode->left,
                                  INPUT_SIZE - transcode->left, &got, err));
    transcode->left += got;
    transcode->is_inner_end = got == 0;
    return WH_OK;
}

/* Makes line feeds of the NELs in whole characters; returns how many bytes are left. */
static size_t end_lines(char *text, size_t len)
{
    char *nel = memmem(text, len, NEL, strlen(NEL));
    if (nel == NULL)
        return len;
    char *out = nel;
    const char *end = text + len;
    for (const char *at = nel; at < end; at++) {
        bool is_nel = at + 1 < end && memcmp(at, NEL, strlen(NEL)) == 0;
        *out++ = is_nel ? '\n' : *at;
        at += is_nel;
    }
    return (size_t)(out - text);
}

/* Decodes what is in hand to @p room; returns how many bytes came of it. */
static size_t decode(struct transcode *transcode, char *room, size_t len)
{
    struct wh_decoding io = {transcode->next, transcode->left, room, len};
    transcode->decoder.decode(&transcode->decoder, &io, transcode->is_inner_end);
    transcode->next = io.in;
    transcode->left = io.in_len;
    len -= io.out_len;
    return transcode->nel_ends_lines ? end_lines(room, len) : len;
}

static size_t give_spare(struct transcode *transcode, char *room, size_t len)
{
    size_t given = WH_MIN(len, transcode->spare_left);
    memcpy(room, transcode->spare_next, given);
    transcode->spare_next += given;
    transcode->spare_left -= given;
    return given;
}

static wh_code read_bytes(struct wh_feed *feed, char *room, size_t len, size_t *ret_len,
                          struct wh_error *err)
{
    struct transcode *transcode = (struct transcode *)feed;
    *ret_len = 0;
    bool is_over = false;
    while (*ret_len == 0 && !is_over) {
        if (transcode->spare_left > 0) {
            *ret_len = give_spare(transcode, room, len);
            return WH_OK;
        }
        WH_TRY(refill(transcode, err));
        size_t left = transcode->left;
        bool is_roomy = len >= sizeof(transcode->spare);
        size_t got = is_roomy ? decode(transcode, room, len)
                              : decode(transcode, transcode->spare, sizeof(transcode->spare));
        if (is_roomy)
            *ret_len = got;
        transcode->spare_next = transcode->spare;
        transcode->spare_left = is_roomy ? 0 : got;
        is_over = transcode->is_inner_end && transcode->left == 0 && got == 0;
        WH_ASSERT(is_over || got > 0 || transcode->left < left || !transcode->is_inner_end, err);
    }
    return WH_OK;
}

static void free_transcode(struct wh_feed *feed)
{
    struct transcode *transcode = (struct transcode *)feed;
    wh_feed_free(transcode->inner);
    wh_decoder_release(&transcode->decoder);
    free(transcode);
}

static const struct wh_feed_functions functions = {.read = read_bytes, .free = free_transcode};

wh_code wh_transcode_open(struct wh_feed *inner, const struct wh_encoding *encoding,
                          bool nel_ends_lines, struct wh_feed **ret, struct wh_error *err)
{
    struct transcode *transcode = malloc(sizeof(*transcode));
    if (transcode == NULL) {
        wh_feed_free(inner);
        return wh_error_no_memory(err, sizeof(*transcode));
    }
    transcode->feed.functions = &functions;
    transcode->inner = inner;
    transcode->nel_ends_lines = nel_ends_lines;
    transcode->is_inner_end = false;
    transcode->next = transcode->input;
    transcode->left = 0;
    transcode->spare_next = transcode->spare;
    transcode->spare_left = 0;
    if (!wh_decoder_init(&transcode->decoder, encoding)) {
        free_transcode(&transcode->feed);
        return wh_error_set(err, WH_UNSUPPORTED, "this system cannot decode %s", encoding->name);
    }
    *ret = &transcode->feed;
    return WH_OK;
}
