/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hashes are uniform, so the differences between sorted ones are all they tell. They are coded as
 * Elias and Fano did: of each hash, less the page's first, the low bits as they are, and the high
 * bits as a bitmap in which bit (high part + index) is set: some 2.5 bits a hash above the least.
 */
#include "ledger/state_page.h"

#include "base/error.h"
#include "ledger/bits.h"

enum page_stream {
    HEAD = 0, /* the first hash, 8 bytes; how many low bits, 1 byte */
    LOW,      /* low bits of all hashes, and PADDING */
    HIGH,     /* the bitmap, and PADDING */
    SOURCES,  /* 8 bytes for each ROW entry */
    OWNERS,   /* likewise; empty where all are 0 */
    FLAGS,    /* a byte an entry */
    SEGMENTS, /* four streams: lowest bytes of all segments, next ones … */
    PAGE_STREAMS = SEGMENTS + 4
};

enum { HEAD_SIZE = 9, PADDING = 9, MOST_ENTRIES = 1 << 20 };

/* ---- columns --------------------------------------------------------------------------------- */

static size_t columns_size(size_t count, bool owners)
{
    return count * (sizeof(uint64_t) * (owners ? 3 : 2) + sizeof(uint32_t) + sizeof(uint8_t));
}

wh_code wh_state_columns_init(struct wh_state_columns *columns, size_t count, bool owners,
                              const struct wh_spill_ground *ground, struct wh_error *err)
{
    *columns = (struct wh_state_columns){.count = 0};
    WH_TRY(wh_spill_room_take(&columns->room, ground, WH_MAX(columns_size(count, owners), 1), err));
    /* The widest stand first, for all to be on boundaries of their own. */
    columns->hashes = (uint64_t *)(void *)columns->room.bytes;
    columns->source_hashes = columns->hashes + count;
    columns->owners = owners ? columns->source_hashes + count : NULL;
    columns->segments = (uint32_t *)(columns->source_hashes + (owners ? 2 : 1) * count);
    columns->flags = (uint8_t *)(columns->segments + count);
    return WH_OK;
}

void wh_state_columns_release(struct wh_state_columns *columns)
{
    wh_spill_room_release(&columns->room);
    *columns = (struct wh_state_columns){.count = 0};
}

void wh_state_entry_put(struct wh_state_columns *columns, size_t index,
                        const struct wh_state_entry *entry)
{
    columns->hashes[index] = entry->hash;
    columns->source_hashes[index] = entry->source_hash;
    columns->segments[index] = entry->segment;
    columns->flags[index] = entry->flags;
    if (columns->owners != NULL)
        columns->owners[index] = entry->owner;
}

/* ---- bits ------------------------------------------------------------------------------------ */

/* Puts the @p width (1 to 63) low bits of the hashes' differences from @p first one behind the
 * other; PADDING bytes are there behind them. Nothing is read back: a word that was just written in
 * parts keeps the processor waiting. */
static void put_low_bits(char *at, const uint64_t *hashes, size_t count, uint64_t first,
                         unsigned width)
{
    uint64_t mask = UINT64_MAX >> (64 - width);
    uint64_t word = 0;
    unsigned used = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t value = (hashes[i] - first) & mask;
        word |= value << used;
        used += width;
        if (used < 64)
            continue;
        wh_put_u64(at, word);
        at += sizeof(word);
        used -= 64;
        word = value >> (width - used);
    }
    wh_put_u64(at, word);
}

static void set_bit(char *bits, size_t place)
{
    bits[place / 8] = (char)(bits[place / 8] | 1 << place % 8);
}

static uint64_t get_bits(const char *bits, size_t place, unsigned width)
{
    unsigned shift = (unsigned)(place % 8);
    const char *at = bits + place / 8;
    uint64_t value = wh_get_u64(at) >> shift;
    if (shift + width > 64)
        value |= (uint64_t)(unsigned char)at[8] << (64 - shift);
    return width == 0 ? 0 : value & (UINT64_MAX >> (64 - width));
}

/* ---- encoding -------------------------------------------------------------------------------- */

wh_code wh_page_encoder_init(struct wh_page_encoder *encoder, struct wh_error *err)
{
    wh_buf_init(&encoder->scratch, WH_STREAMS_LIMIT);
    wh_buf_init(&encoder->page, WH_STREAMS_LIMIT);
    return wh_stream_writer_init(&encoder->writer, err);
}

void wh_page_encoder_release(struct wh_page_encoder *encoder)
{
    wh_stream_writer_release(&encoder->writer);
    wh_buf_release(&encoder->scratch);
    wh_buf_release(&encoder->page);
}

/* An emptied scratch buffer with @p size zeros in it. */
static wh_code zeros(struct wh_page_encoder *encoder, size_t size, struct wh_error *err)
{
    wh_buf_reset(&encoder->scratch);
    WH_TRY(wh_buf_reserve(&encoder->scratch, size, err));
    memset(encoder->scratch.ptr, 0, size);
    encoder->scratch.len = size;
    return WH_OK;
}

static wh_code add_scratch(struct wh_page_encoder *encoder, enum wh_stream_kind kind,
                           struct wh_error *err)
{
    return wh_stream_add(&encoder->writer, wh_buf_str(&encoder->scratch), kind, err);
}

/* Low bits that leave the high parts as many values as there are hashes. */
static unsigned low_width(uint64_t range, size_t count)
{
    uint64_t each = range / count;
    return each == 0 ? 0 : 63 - (unsigned)__builtin_clzll(each);
}

static wh_code encode_hashes(struct wh_page_encoder *encoder, const uint64_t *hashes, size_t count,
                             struct wh_error *err)
{
    uint64_t first = hashes[0];
    uint64_t range = hashes[count - 1] - first;
    unsigned width = low_width(range, count);
    WH_TRY(zeros(encoder, HEAD_SIZE, err));
    wh_put_u64(encoder->scratch.ptr, first);
    encoder->scratch.ptr[8] = (char)width;
    WH_TRY(add_scratch(encoder, WH_STREAM_RANDOM, err));
    WH_TRY(zeros(encoder, wh_bits_size(count * width) + PADDING, err));
    if (width > 0)
        put_low_bits(encoder->scratch.ptr, hashes, count, first, width);
    WH_TRY(add_scratch(encoder, WH_STREAM_RANDOM, err));
    WH_TRY(zeros(encoder, wh_bits_size((size_t)(range >> width) + count) + PADDING, err));
    for (size_t i = 0; i < count; i++)
        set_bit(encoder->scratch.ptr, (size_t)((hashes[i] - first) >> width) + i);
    return add_scratch(encoder, WH_STREAM_RANDOM, err);
}

/* 8 bytes of each ROW entry, or nothing where all are 0. */
static wh_code encode_words(struct wh_page_encoder *encoder, const uint64_t *words,
                            const uint8_t *flags, size_t count, struct wh_error *err)
{
    uint64_t any = 0;
    for (size_t i = 0; words != NULL && i < count; i++)
        any |= (flags[i] & WH_STATE_OPEN) == 0 ? words[i] : 0;
    WH_TRY(zeros(encoder, any != 0 ? count * sizeof(uint64_t) : 0, err));
    char *at = encoder->scratch.ptr;
    for (size_t i = 0; any != 0 && i < count; i++) {
        if ((flags[i] & WH_STATE_OPEN) != 0)
            continue;
        wh_put_u64(at, words[i]);
        at += sizeof(uint64_t);
    }
    encoder->scratch.len = any != 0 ? (size_t)(at - encoder->scratch.ptr) : 0;
    return add_scratch(encoder, WH_STREAM_RANDOM, err);
}

static wh_code encode_segments(struct wh_page_encoder *encoder, const uint32_t *segments,
                               size_t count, struct wh_error *err)
{
    for (unsigned shift = 0; shift < 32; shift += 8) {
        WH_TRY(zeros(encoder, count, err));
        for (size_t i = 0; i < count; i++)
            encoder->scratch.ptr[i] = (char)(segments[i] >> shift);
        WH_TRY(add_scratch(encoder, WH_STREAM_ANY, err));
    }
    return WH_OK;
}

wh_code wh_page_encode(struct wh_page_encoder *encoder, const struct wh_state_columns *columns,
                       size_t first, size_t end, struct wh_str *ret, struct wh_error *err)
{
    size_t count = end - first;
    const uint8_t *flags = columns->flags + first;
    const uint64_t *owners = columns->owners != NULL ? columns->owners + first : NULL;
    wh_stream_writer_reset(&encoder->writer);
    wh_buf_reset(&encoder->page);
    WH_TRY(encode_hashes(encoder, columns->hashes + first, count, err));
    WH_TRY(encode_words(encoder, columns->source_hashes + first, flags, count, err));
    WH_TRY(encode_words(encoder, owners, flags, count, err));
    struct wh_str bytes = wh_str_make((const char *)flags, count);
    WH_TRY(wh_stream_add(&encoder->writer, bytes, WH_STREAM_ANY, err));
    WH_TRY(encode_segments(encoder, columns->segments + first, count, err));
    WH_TRY(wh_stream_finish(&encoder->writer, &encoder->page, err));
    *ret = wh_buf_str(&encoder->page);
    return WH_OK;
}

/* ---- decoding -------------------------------------------------------------------------------- */

static wh_code corrupt(struct wh_error *err)
{
    return wh_error_set(err, WH_CORRUPT, "a page of the ledger's state does not read back");
}

static wh_code decode_hashes(struct wh_stream_reader *reader, uint64_t *hashes, size_t count,
                             struct wh_error *err)
{
    struct wh_str head;
    struct wh_str low;
    struct wh_str high;
    WH_TRY(wh_stream_read(reader, HEAD, &head, err));
    WH_TRY(wh_stream_read(reader, LOW, &low, err));
    WH_TRY(wh_stream_read(reader, HIGH, &high, err));
    unsigned width = head.len == HEAD_SIZE ? (unsigned char)head.ptr[8] : 64;
    if (width > 63 || low.len != wh_bits_size(count * width) + PADDING || high.len < PADDING)
        return corrupt(err);
    uint64_t first = wh_get_u64(head.ptr);
    size_t found = 0;
    for (size_t byte = 0; byte + PADDING < high.len && found < count; byte++) {
        unsigned bits = (unsigned char)high.ptr[byte];
        for (; bits != 0 && found < count; bits &= bits - 1, found++) {
            uint64_t part = byte * 8 + (unsigned)__builtin_ctz(bits) - found;
            hashes[found] = first + (part << width | get_bits(low.ptr, found * width, width));
        }
    }
    return found == count ? WH_OK : corrupt(err);
}

static wh_code decode_words(struct wh_stream_reader *reader, enum page_stream stream,
                            const uint8_t *flags, uint64_t *words, size_t count,
                            struct wh_error *err)
{
    struct wh_str bytes;
    WH_TRY(wh_stream_read(reader, stream, &bytes, err));
    size_t rows = 0;
    for (size_t i = 0; i < count; i++)
        rows += (flags[i] & WH_STATE_OPEN) == 0;
    if (bytes.len != 0 && bytes.len != rows * sizeof(uint64_t))
        return corrupt(err);
    const char *at = bytes.ptr;
    for (size_t i = 0; words != NULL && i < count; i++) {
        words[i] = 0;
        if ((flags[i] & WH_STATE_OPEN) != 0 || bytes.len == 0)
            continue;
        words[i] = wh_get_u64(at);
        at += sizeof(uint64_t);
    }
    return WH_OK;
}

static wh_code decode_segments(struct wh_stream_reader *reader, uint32_t *segments, size_t count,
                               struct wh_error *err)
{
    struct wh_str planes[4];
    for (size_t i = 0; i < WH_COUNT_OF(planes); i++) {
        WH_TRY(wh_stream_read(reader, SEGMENTS + i, &planes[i], err));
        if (planes[i].len != count)
            return corrupt(err);
    }
    for (size_t i = 0; i < count; i++)
        segments[i] = (uint32_t)(unsigned char)planes[0].ptr[i] |
                      (uint32_t)(unsigned char)planes[1].ptr[i] << 8 |
                      (uint32_t)(unsigned char)planes[2].ptr[i] << 16 |
                      (uint32_t)(unsigned char)planes[3].ptr[i] << 24;
    return WH_OK;
}

static wh_code decode_flags(struct wh_stream_reader *reader, uint8_t *flags, size_t count,
                            struct wh_error *err)
{
    struct wh_str bytes;
    WH_TRY(wh_stream_read(reader, FLAGS, &bytes, err));
    if (bytes.len != count)
        return corrupt(err);
    memcpy(flags, bytes.ptr, count);
    for (size_t i = 0; i < count; i++)
        if (flags[i] != 0 && flags[i] != WH_STATE_OPEN &&
            flags[i] != (WH_STATE_OPEN | WH_STATE_REJECTED))
            return corrupt(err);
    return WH_OK;
}

/* True where every entry behind @p first stands behind the one before it. */
static bool are_sorted(const struct wh_state_columns *columns, size_t first, size_t end)
{
    for (size_t i = first + 1; i < end; i++) {
        uint64_t before = columns->hashes[i - 1];
        bool is_pair = before == columns->hashes[i] &&
                       (columns->flags[i - 1] & WH_STATE_OPEN) == 0 &&
                       (columns->flags[i] & WH_STATE_OPEN) != 0;
        if (before >= columns->hashes[i] && !is_pair)
            return false;
    }
    return true;
}

static wh_code decode_page(struct wh_stream_reader *reader, size_t count,
                           struct wh_state_columns *columns, struct wh_error *err)
{
    size_t first = columns->count;
    uint64_t *owners = columns->owners != NULL ? columns->owners + first : NULL;
    const uint8_t *flags = columns->flags + first;
    if (reader->count != PAGE_STREAMS)
        return corrupt(err);
    WH_TRY(decode_flags(reader, columns->flags + first, count, err));
    WH_TRY(decode_hashes(reader, columns->hashes + first, count, err));
    WH_TRY(decode_words(reader, SOURCES, flags, columns->source_hashes + first, count, err));
    WH_TRY(decode_words(reader, OWNERS, flags, owners, count, err));
    WH_TRY(decode_segments(reader, columns->segments + first, count, err));
    return are_sorted(columns, first, first + count) ? WH_OK : corrupt(err);
}

void wh_page_decoder_release(struct wh_page_decoder *decoder)
{
    wh_stream_reader_release(&decoder->reader);
    wh_arena_release(&decoder->scratch);
}

wh_code wh_page_decode(struct wh_page_decoder *decoder, struct wh_str page, size_t count,
                       struct wh_state_columns *columns, struct wh_error *err)
{
    if (count == 0 || count > MOST_ENTRIES)
        return corrupt(err);
    wh_arena_reset(&decoder->scratch, SIZE_MAX);
    WH_TRY(
        wh_stream_reader_open(&decoder->reader, page, MOST_ENTRIES * 64, &decoder->scratch, err));
    WH_TRY(decode_page(&decoder->reader, count, columns, err));
    columns->count += count;
    return WH_OK;
}
