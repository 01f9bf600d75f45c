/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/codec.h"

#include "base/macros.h"

static const struct wh_codec *const codecs[] = {&wh_gzip_codec, &wh_zstd_codec, &wh_bzip2_codec,
                                                &wh_xz_codec};

const struct wh_codec *wh_codec_of_head(struct wh_str head)
{
    for (size_t i = 0; i < WH_COUNT_OF(codecs); i++)
        if (head.len >= codecs[i]->head_size && codecs[i]->starts(head.ptr))
            return codecs[i];
    return NULL;
}

struct wh_str wh_codec_strip_suffix(struct wh_str name)
{
    for (size_t i = 0; i < WH_COUNT_OF(codecs); i++) {
        size_t len = strlen(codecs[i]->suffix);
        if (name.len > len && wh_str_equal_ascii_fold(wh_str_make(name.ptr + name.len - len, len),
                                                      wh_str_from(codecs[i]->suffix)))
            return wh_str_make(name.ptr, name.len - len);
    }
    return name;
}
