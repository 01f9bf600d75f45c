/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of workbooks. An input is names and contents of parts in turn, a NUL behind each; its first
 * byte is how many bytes of a part come at a time. What is made of it are records that read back,
 * in pieces as well as whole; or it is refused.
 */
#include <stddef.h>
#include <stdint.h>

#include "reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

struct book {
    struct wh_str input;
    size_t piece;
};

static wh_code read_part(void *ctx, struct wh_str name, wh_take_bytes *take, void *take_ctx,
                         struct wh_error *err)
{
    const struct book *book = ctx;
    struct wh_str rest = book->input;
    while (rest.ptr != NULL) {
        struct wh_str own = wh_str_split(&rest, '\0');
        struct wh_str content = wh_str_split(&rest, '\0');
        if (!wh_str_equal(own, name))
            continue;
        for (size_t at = 0; at < content.len; at += book->piece) {
            size_t len = WH_MIN(book->piece, content.len - at);
            wh_code rc = take(take_ctx, wh_str_make(content.ptr + at, len), err);
            if (rc != WH_OK)
                return rc == WH_END ? WH_OK : rc;
        }
        return WH_OK;
    }
    return WH_END;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len < 2)
        return 0;
    struct wh_format_options options;
    struct book book = {.input = wh_str_make((const char *)bytes + 1, len - 1),
                        .piece = (size_t)bytes[0] + 1};
    struct wh_parts parts = {.ctx = &book, .read = read_part};
    wh_format_options_init(&options);
    options.header = bytes[0] % 2 == 0 ? WH_STR("true") : WH_STR("false");
    reading_converted(&wh_xlsx_format, &options, &parts);
    return 0;
}
