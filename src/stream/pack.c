/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/pack.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

#include "base/error.h"
#include "base/macros.h"

/* zstd's own default. */
#define ZSTD_LEVEL 3

/* A window of 32 KiB, and a gzip head in front. */
#define GZIP_WINDOW_BITS (15 + 16)
#define GZIP_MEMORY_LEVEL 8

struct packing {
    const char *name;
    void *(*open)(void); /* NULL: no memory */
    void (*close)(void *state);

    /** Appends one whole frame or member. */
    wh_code (*pack)(void *state, struct wh_str bytes, struct wh_buf *out, struct wh_error *err);
};

struct wh_packer {
    const struct packing *packing;
    void *state;
};

/* ---- zstd ------------------------------------------------------------------------------------ */

static void *open_zstd(void)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    if (context != NULL) {
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, ZSTD_LEVEL);
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    }
    return context;
}

static void close_zstd(void *state)
{
    ZSTD_freeCCtx(state);
}

static wh_code pack_zstd(void *state, struct wh_str bytes, struct wh_buf *out, struct wh_error *err)
{
    size_t bound = ZSTD_compressBound(bytes.len);
    WH_TRY(wh_buf_reserve(out, bound, err));
    size_t size = ZSTD_compress2(state, out->ptr + out->len, bound, bytes.ptr, bytes.len);
    if (ZSTD_isError(size))
        return wh_error_set(err, WH_NO_MEMORY, "zstd cannot pack %zu bytes: %s", bytes.len,
                            ZSTD_getErrorName(size));
    out->len += size;
    return WH_OK;
}

/* ---- gzip ------------------------------------------------------------------------------------ */

static void *open_gzip(void)
{
    z_stream *z = calloc(1, sizeof(*z));
    if (z == NULL || deflateInit2(z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW_BITS,
                                  GZIP_MEMORY_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK)
        return z;
    free(z);
    return NULL;
}

static void close_gzip(void *state)
{
    (void)deflateEnd(state);
    free(state);
}

static wh_code pack_gzip(void *state, struct wh_str bytes, struct wh_buf *out, struct wh_error *err)
{
    z_stream *z = state;
    if (bytes.len > UINT_MAX / 2)
        return wh_error_set(err, WH_LIMIT, "%zu bytes are too many to be packed at once",
                            bytes.len);
    WH_ASSERT(deflateReset(z) == Z_OK, err);
    size_t bound = deflateBound(z, bytes.len);
    WH_TRY(wh_buf_reserve(out, bound, err));
    z->next_in = (const Bytef *)bytes.ptr;
    z->avail_in = (uInt)bytes.len;
    z->next_out = (Bytef *)(out->ptr + out->len);
    z->avail_out = (uInt)bound;
    WH_ASSERT(deflate(z, Z_FINISH) == Z_STREAM_END, err);
    out->len += bound - z->avail_out;
    return WH_OK;
}

/* ---- packers --------------------------------------------------------------------------------- */

static const struct packing packings[] = {
    {.name = "zstd", .open = open_zstd, .close = close_zstd, .pack = pack_zstd},
    {.name = "gzip", .open = open_gzip, .close = close_gzip, .pack = pack_gzip},
};

wh_code wh_packer_new(const char *name, struct wh_packer **ret, struct wh_error *err)
{
    *ret = NULL;
    const struct packing *packing = NULL;
    for (size_t i = 0; i < WH_COUNT_OF(packings); i++)
        if (strcmp(packings[i].name, name) == 0)
            packing = &packings[i];
    WH_ASSERT(packing != NULL, err);
    struct wh_packer *packer = calloc(1, sizeof(*packer));
    if (packer == NULL)
        return wh_error_no_memory(err, sizeof(*packer));
    packer->packing = packing;
    packer->state = packing->open();
    if (packer->state == NULL) {
        free(packer);
        return wh_error_no_memory(err, 0);
    }
    *ret = packer;
    return WH_OK;
}

void wh_packer_free(struct wh_packer *packer)
{
    if (packer == NULL)
        return;
    packer->packing->close(packer->state);
    free(packer);
}

wh_code wh_pack(struct wh_packer *packer, struct wh_str bytes, struct wh_buf *out,
                struct wh_error *err)
{
    return packer->packing->pack(packer->state, bytes, out, err);
}
