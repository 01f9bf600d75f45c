/* SPDX-License-Identifier: Apache-2.0 */
/** Packed pieces, one behind the other, are what was packed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

#include "base/error.h"
#include "base/macros.h"
#include "stream/pack.h"

static const char *const names[] = {"zstd", "gzip"};

/* What all frames or members of @p packed hold together, by the library itself. */
static size_t unpack(const char *name, struct wh_str packed, char *room, size_t size)
{
    if (strcmp(name, "zstd") == 0)
        return ZSTD_decompress(room, size, packed.ptr, packed.len);
    z_stream z = {.next_in = (const Bytef *)packed.ptr,
                  .avail_in = (uInt)packed.len,
                  .next_out = (Bytef *)room,
                  .avail_out = (uInt)size};
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    while (z.avail_in > 0) {
        assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
        assert_int_equal(inflateReset(&z), Z_OK);
    }
    (void)inflateEnd(&z);
    return size - z.avail_out;
}

static void pieces_can_be_cut_off_and_put_together(void **state)
{
    (void)state;
    for (size_t i = 0; i < WH_COUNT_OF(names); i++) {
        struct wh_packer *packer = NULL;
        struct wh_buf packed;
        struct wh_error err = WH_ERROR_NONE;
        char unpacked[64];
        wh_buf_init(&packed, 1 << 20);
        assert_int_equal(wh_packer_new(names[i], &packer, &err), WH_OK);
        assert_int_equal(wh_pack(packer, WH_STR("first,"), &packed, &err), WH_OK);
        size_t one = packed.len;
        assert_int_equal(wh_pack(packer, WH_STR("lost"), &packed, &err), WH_OK);
        packed.len = one;
        assert_int_equal(wh_pack(packer, WH_STR("second"), &packed, &err), WH_OK);
        size_t len = unpack(names[i], wh_buf_str(&packed), unpacked, sizeof(unpacked));
        assert_int_equal(len, strlen("first,second"));
        assert_memory_equal(unpacked, "first,second", len);
        /* The same again is the same: no time, no name. */
        size_t first = packed.len;
        assert_int_equal(wh_pack(packer, WH_STR("first,"), &packed, &err), WH_OK);
        assert_int_equal(packed.len - first, one);
        assert_memory_equal(packed.ptr + first, packed.ptr, one);
        wh_packer_free(packer);
        wh_buf_release(&packed);
    }
}

static void large_pieces_come_back_whole(void **state)
{
    (void)state;
    const size_t size = (size_t)3 << 20;
    char *bytes = malloc(size);
    char *unpacked = malloc(size);
    assert_true(bytes != NULL && unpacked != NULL);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)((i * i * 2654435761u) >> 17);
    for (size_t i = 0; i < WH_COUNT_OF(names); i++) {
        struct wh_packer *packer = NULL;
        struct wh_buf packed;
        struct wh_error err = WH_ERROR_NONE;
        wh_buf_init(&packed, 8 << 20);
        assert_int_equal(wh_packer_new(names[i], &packer, &err), WH_OK);
        assert_int_equal(wh_pack(packer, wh_str_make(bytes, size), &packed, &err), WH_OK);
        assert_int_equal(unpack(names[i], wh_buf_str(&packed), unpacked, size), size);
        assert_memory_equal(unpacked, bytes, size);
        wh_packer_free(packer);
        wh_buf_release(&packed);
    }
    free(unpacked);
    free(bytes);
}

static void packing_stops_at_the_limit_of_the_buffer(void **state)
{
    (void)state;
    for (size_t i = 0; i < WH_COUNT_OF(names); i++) {
        struct wh_packer *packer = NULL;
        struct wh_buf packed;
        struct wh_error err = WH_ERROR_NONE;
        wh_buf_init(&packed, 8);
        assert_int_equal(wh_packer_new(names[i], &packer, &err), WH_OK);
        assert_int_equal(wh_pack(packer, WH_STR("more than fits"), &packed, &err), WH_LIMIT);
        assert_int_equal(packed.len, 0);
        wh_packer_free(packer);
        wh_buf_release(&packed);
    }
    wh_packer_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_can_be_cut_off_and_put_together),
        cmocka_unit_test(large_pieces_come_back_whole),
        cmocka_unit_test(packing_stops_at_the_limit_of_the_buffer),
    };
    return cmocka_run_group_tests_name("stream/pack", tests, NULL, NULL);
}
