/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/pack.h"

#include <stdlib.h>
#include <zstd.h>

#include "base/error.h"

/* zstd's own default. */
#define LEVEL 3

struct wh_packer {
    ZSTD_CCtx *context;
};

wh_code wh_packer_new(struct wh_packer **ret, struct wh_error *err)
{
    struct wh_packer *packer = calloc(1, sizeof(*packer));
    *ret = packer;
    if (packer != NULL)
        packer->context = ZSTD_createCCtx();
    if (packer == NULL || packer->context == NULL) {
        wh_packer_free(packer);
        *ret = NULL;
        return wh_error_no_memory(err, sizeof(*packer));
    }
    ZSTD_CCtx_setParameter(packer->context, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(packer->context, ZSTD_c_checksumFlag, 1);
    return WH_OK;
}

void wh_packer_free(struct wh_packer *packer)
{
    if (packer == NULL)
        return;
    ZSTD_freeCCtx(packer->context);
    free(packer);
}

wh_code wh_pack(struct wh_packer *packer, struct wh_str bytes, struct wh_buf *out,
                struct wh_error *err)
{
    size_t bound = ZSTD_compressBound(bytes.len);
    WH_TRY(wh_buf_reserve(out, bound, err));
    size_t size = ZSTD_compress2(packer->context, out->ptr + out->len, bound, bytes.ptr, bytes.len);
    if (ZSTD_isError(size))
        return wh_error_set(err, WH_NO_MEMORY, "zstd cannot pack %zu bytes: %s", bytes.len,
                            ZSTD_getErrorName(size));
    out->len += size;
    return WH_OK;
}
