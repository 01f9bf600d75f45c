/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that claim to be packed. An input is the file; read in order and at places that its last
 * bytes choose, what is unpacked is the same, or the file is refused.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "stream/archive.h"
#include "stream/stream.h"

/* A bomb is read this far only. */
#define MOST ((size_t)4 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* Reads the first MOST bytes in pieces of @p piece; false where the file is refused. */
static bool read_in_order(struct wh_stream *stream, size_t piece, char *room, size_t *ret_len)
{
    struct wh_error err = WH_ERROR_NONE;
    size_t got = 1;
    for (*ret_len = 0; *ret_len < MOST && got > 0; *ret_len += got) {
        size_t wanted = WH_MIN(piece, MOST - *ret_len);
        if (wh_stream_read_at(stream, *ret_len, room + *ret_len, wanted, &got, &err) != WH_OK)
            return false;
    }
    return true;
}

static void compare_place(struct wh_stream *stream, const char *whole, size_t len, size_t at)
{
    struct wh_error err = WH_ERROR_NONE;
    char room[100];
    size_t got;
    require(wh_stream_read_at(stream, at, room, sizeof(room), &got, &err) == WH_OK);
    require(len == MOST || got == WH_MIN(len - at, sizeof(room)));
    require(memcmp(room, whole + at, WH_MIN(got, len - at)) == 0);
}

static void read_stream(const char *path, struct wh_stream_form packing, const uint8_t *bytes,
                        size_t len)
{
    static char whole[MOST];
    static char again[MOST];
    struct wh_error err = WH_ERROR_NONE;
    struct wh_stream stream;
    size_t size;
    size_t size_again;
    require(wh_stream_open(&stream, path, packing, &err) == WH_OK);
    bool is_whole = read_in_order(&stream, MOST, whole, &size);
    if (is_whole) {
        require(read_in_order(&stream, 1 + bytes[len - 1] * (size_t)97, again, &size_again));
        require(size == size_again && memcmp(whole, again, size) == 0);
        for (size_t i = 0; i < 3 && size > 0; i++)
            compare_place(&stream, whole, size, bytes[len - 1 - i] * (size_t)31 % size);
    }
    wh_stream_close(&stream);
}

static void read_archive(const char *path, const uint8_t *bytes, size_t len)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_arena arena;
    struct wh_file file;
    struct wh_str *members;
    size_t count;
    wh_arena_init(&arena);
    require(wh_file_open(&file, path, &err) == WH_OK);
    if (wh_archive_list(&file, &arena, &members, &count, &err) == WH_OK)
        for (size_t i = 0; i < WH_MIN(count, (size_t)3); i++)
            read_stream(path, (struct wh_stream_form){.member = members[i].ptr}, bytes, len);
    wh_file_close(&file);
    wh_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len < 4)
        return 0;
    char path[64];
    int fd = memfd_create("packed", MFD_CLOEXEC);
    require(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    struct wh_str head = wh_str_make((const char *)bytes, len);
    struct wh_stream_form packing = {.codec = wh_codec_of_head(head)};
    if (packing.codec != NULL)
        read_stream(path, packing, bytes, len);
    else if (wh_archive_starts(head))
        read_archive(path, bytes, len);
    (void)close(fd);
    return 0;
}
