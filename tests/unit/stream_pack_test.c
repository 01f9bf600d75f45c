/* SPDX-License-Identifier: Apache-2.0 */
/** Packed pieces, one behind the other, are what was packed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <zstd.h>

#include "base/error.h"
#include "stream/pack.h"

static void frames_can_be_cut_off_and_put_together(void **state)
{
    struct wh_packer *packer = NULL;
    struct wh_buf packed;
    struct wh_error err = WH_ERROR_NONE;
    char unpacked[64];
    (void)state;
    wh_buf_init(&packed, 1 << 20);
    assert_int_equal(wh_packer_new(&packer, &err), WH_OK);
    assert_int_equal(wh_pack(packer, WH_STR("first,"), &packed, &err), WH_OK);
    size_t one = packed.len;
    assert_int_equal(wh_pack(packer, WH_STR("lost"), &packed, &err), WH_OK);
    packed.len = one;
    assert_int_equal(wh_pack(packer, WH_STR("second"), &packed, &err), WH_OK);
    size_t len = ZSTD_decompress(unpacked, sizeof(unpacked), packed.ptr, packed.len);
    assert_int_equal(len, strlen("first,second"));
    assert_memory_equal(unpacked, "first,second", len);
    wh_packer_free(packer);
    wh_buf_release(&packed);
}

static void packing_stops_at_the_limit_of_the_buffer(void **state)
{
    struct wh_packer *packer = NULL;
    struct wh_buf packed;
    struct wh_error err = WH_ERROR_NONE;
    (void)state;
    wh_buf_init(&packed, 8);
    assert_int_equal(wh_packer_new(&packer, &err), WH_OK);
    assert_int_equal(wh_pack(packer, WH_STR("more than fits"), &packed, &err), WH_LIMIT);
    assert_int_equal(packed.len, 0);
    wh_packer_free(packer);
    wh_packer_free(NULL);
    wh_buf_release(&packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_can_be_cut_off_and_put_together),
        cmocka_unit_test(packing_stops_at_the_limit_of_the_buffer),
    };
    return cmocka_run_group_tests_name("stream/pack", tests, NULL, NULL);
}
