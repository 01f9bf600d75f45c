/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/filter.h"

#include "base/error.h"
#include "base/size.h"
#include "ledger/bits.h"

enum { BITS_PER_KEY = 10, PROBES = 7 };

/* Probe number n of a hash is at hash + n × step, scaled to the filter's bits by its high bits
 * (Kirsch and Mitzenmacher: two hashes do for any number of probes). */
static uint64_t step_of(uint64_t hash)
{
    return (hash << 32 | hash >> 32) | 1;
}

static size_t bit_of(uint64_t probe, size_t bits)
{
    return (size_t)((wh_uint128)probe * bits >> 64);
}

wh_code wh_filter_append(struct wh_buf *out, const uint64_t *hashes, size_t count,
                         struct wh_error *err)
{
    size_t bits;
    if (!wh_size_mul(count, BITS_PER_KEY, &bits))
        return wh_error_no_memory(err, SIZE_MAX);
    size_t size = wh_bits_size(bits);
    WH_TRY(wh_buf_reserve(out, size, err));
    char *filter = out->ptr + out->len;
    memset(filter, 0, size);
    for (size_t i = 0; i < count; i++) {
        uint64_t probe = hashes[i];
        for (int n = 0; n < PROBES; n++, probe += step_of(hashes[i])) {
            size_t bit = bit_of(probe, size * 8);
            filter[bit / 8] = (char)((unsigned char)filter[bit / 8] | 1u << (bit % 8));
        }
    }
    out->len += size;
    return WH_OK;
}

bool wh_filter_may_have(struct wh_str filter, uint64_t hash)
{
    uint64_t probe = hash;
    for (int n = 0; n < PROBES && filter.len > 0; n++, probe += step_of(hash))
        if (!wh_get_bit(filter.ptr, bit_of(probe, filter.len * 8)))
            return false;
    return filter.len > 0;
}
