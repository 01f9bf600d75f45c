/* SPDX-License-Identifier: Apache-2.0 */
/** Decoders: ASCII is passed on eight bytes at a time, other characters one by one. */
#include <errno.h>

#include "base/macros.h"
#include "data/encoding.h"

#define EVERY_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))
#define EVERY_UNIT(unit) (UINT64_C(0x0001000100010001) * (unit))

/* Bytes that one byte of input becomes at most: an escape. */
#define MAX_CHARACTER 4

/* Bytes of the widest units. */
#define MAX_UNIT 4

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words are looked at from their low end");

static uint64_t load_word(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    return word;
}

/* The character in UTF-8; surrogates, too: so escapes are made. Returns its bytes. */
static size_t put_character(uint32_t character, char *room)
{
    if (character < 0x80) {
        room[0] = (char)character;
        return 1;
    }
    if (character < 0x800) {
        room[0] = (char)(0xC0 | character >> 6);
        room[1] = (char)(0x80 | (character & 0x3F));
        return 2;
    }
    if (character < 0x10000) {
        room[0] = (char)(0xE0 | character >> 12);
        room[1] = (char)(0x80 | (character >> 6 & 0x3F));
        room[2] = (char)(0x80 | (character & 0x3F));
        return 3;
    }
    room[0] = (char)(0xF0 | character >> 18);
    room[1] = (char)(0x80 | (character >> 12 & 0x3F));
    room[2] = (char)(0x80 | (character >> 6 & 0x3F));
    room[3] = (char)(0x80 | (character & 0x3F));
    return 4;
}

static size_t put_escape(char byte, char *room)
{
    return put_character(0xDC00 + (uint32_t)(unsigned char)byte, room);
}

bool wh_decode_is_escape(struct wh_str text, uint8_t *ret)
{
    if (text.len < 3 || text.ptr[0] != '\xED' || (text.ptr[1] & 0xFC) != 0xB0 ||
        (text.ptr[2] & 0xC0) != 0x80)
        return false;
    *ret = (uint8_t)((text.ptr[1] & 3) << 6 | (text.ptr[2] & 0x3F));
    return true;
}

/* ---- one byte a character -------------------------------------------------------------------- */

/* What a byte becomes: its bytes, in the order of memory, and how many they are. */
struct decoded_byte {
    uint32_t bytes;
    uint32_t len;
};

#define ONE_OF_EIGHT(c)                                                                            \
    {(c), 1}, {(c) + 1, 1}, {(c) + 2, 1}, {(c) + 3, 1}, {(c) + 4, 1}, {(c) + 5, 1}, {(c) + 6, 1},  \
    {                                                                                              \
        (c) + 7, 1                                                                                 \
    }
#define ASCII                                                                                      \
    ONE_OF_EIGHT(0x00u), ONE_OF_EIGHT(0x08u), ONE_OF_EIGHT(0x10u), ONE_OF_EIGHT(0x18u),            \
        ONE_OF_EIGHT(0x20u), ONE_OF_EIGHT(0x28u), ONE_OF_EIGHT(0x30u), ONE_OF_EIGHT(0x38u),        \
        ONE_OF_EIGHT(0x40u), ONE_OF_EIGHT(0x48u), ONE_OF_EIGHT(0x50u), ONE_OF_EIGHT(0x58u),        \
        ONE_OF_EIGHT(0x60u), ONE_OF_EIGHT(0x68u), ONE_OF_EIGHT(0x70u), ONE_OF_EIGHT(0x78u)
#define TWO(c)                                                                                     \
    {                                                                                              \
        (0xC0u | (c) >> 6) | (0x80u | ((c)&0x3Fu)) << 8, 2                                         \
    }
#define THREE(c)                                                                                   \
    {                                                                                              \
        (0xE0u | (c) >> 12) | (0x80u | ((c) >> 6 & 0x3Fu)) << 8 | (0x80u | ((c)&0x3Fu)) << 16, 3   \
    }
#define ESCAPE(byte) THREE(0xDC00u + (byte))
#define TWO_OF_EIGHT(c)                                                                            \
    TWO(c), TWO((c) + 1), TWO((c) + 2), TWO((c) + 3), TWO((c) + 4), TWO((c) + 5), TWO((c) + 6),    \
        TWO((c) + 7)
#define A0_TO_FF                                                                                   \
    TWO_OF_EIGHT(0xA0u), TWO_OF_EIGHT(0xA8u), TWO_OF_EIGHT(0xB0u), TWO_OF_EIGHT(0xB8u),            \
        TWO_OF_EIGHT(0xC0u), TWO_OF_EIGHT(0xC8u), TWO_OF_EIGHT(0xD0u), TWO_OF_EIGHT(0xD8u),        \
        TWO_OF_EIGHT(0xE0u), TWO_OF_EIGHT(0xE8u), TWO_OF_EIGHT(0xF0u), TWO_OF_EIGHT(0xF8u)

static const struct decoded_byte latin1_table[256] = {
    ASCII,   TWO_OF_EIGHT(0x80u), TWO_OF_EIGHT(0x88u), TWO_OF_EIGHT(0x90u), TWO_OF_EIGHT(0x98u),
    A0_TO_FF};

/* https://www.unicode.org/Public/MAPPINGS/VENDORS/MICSFT/WINDOWS/CP1252.TXT: five bytes are no
 * character. */
static const struct decoded_byte cp1252_table[256] = {
    ASCII,          THREE(0x20ACu), ESCAPE(0x81u),  THREE(0x201Au), TWO(0x0192u),   THREE(0x201Eu),
    THREE(0x2026u), THREE(0x2020u), THREE(0x2021u), TWO(0x02C6u),   THREE(0x2030u), TWO(0x0160u),
    THREE(0x2039u), TWO(0x0152u),   ESCAPE(0x8Du),  TWO(0x017Du),   ESCAPE(0x8Fu),  ESCAPE(0x90u),
    THREE(0x2018u), THREE(0x2019u), THREE(0x201Cu), THREE(0x201Du), THREE(0x2022u), THREE(0x2013u),
    THREE(0x2014u), TWO(0x02DCu),   THREE(0x2122u), TWO(0x0161u),   THREE(0x203Au), TWO(0x0153u),
    ESCAPE(0x9Du),  TWO(0x017Eu),   TWO(0x0178u),   A0_TO_FF};

/* Bytes that are decoded one by one where one of the next eight is not ASCII: so many that text
 * with a few such characters in every line is not slowed down by going to and fro. */
#define STRETCH 16

/* One byte: all of a character's possible bytes are written, and those it has are kept. */
static inline char *put_byte(const struct decoded_byte *table, char byte, char *out)
{
    const struct decoded_byte *character = &table[(unsigned char)byte];
    memcpy(out, &character->bytes, sizeof(character->bytes));
    return out + character->len;
}

static inline __attribute__((always_inline)) void decode_bytes(const struct decoded_byte *table,
                                                               struct wh_decoding *io)
{
    const char *in = io->in;
    const char *in_end = in + io->in_len;
    char *out = io->out;
    const char *out_end = out + io->out_len;
    while (in_end - in >= STRETCH && out_end - out >= STRETCH * MAX_CHARACTER) {
        uint64_t word = load_word(in);
        if (WH_LIKELY((word & EVERY_BYTE(0x80)) == 0)) {
            memcpy(out, &word, sizeof(word));
            in += sizeof(word);
            out += sizeof(word);
            continue;
        }
        for (size_t i = 0; i < STRETCH; i++)
            out = put_byte(table, in[i], out);
        in += STRETCH;
    }
    while (in < in_end && out_end - out >= MAX_CHARACTER)
        out = put_byte(table, *in++, out);
    *io = (struct wh_decoding){in, (size_t)(in_end - in), out, (size_t)(out_end - out)};
}

static void decode_latin1(struct wh_decoder *decoder, struct wh_decoding *io, bool is_last)
{
    (void)decoder;
    (void)is_last;
    decode_bytes(latin1_table, io);
}

static void decode_cp1252(struct wh_decoder *decoder, struct wh_decoding *io, bool is_last)
{
    (void)decoder;
    (void)is_last;
    decode_bytes(cp1252_table, io);
}

/* ---- UTF-16 ---------------------------------------------------------------------------------- */

static inline uint32_t load_unit(const char *at, bool is_big)
{
    uint32_t low = (unsigned char)at[is_big];
    uint32_t high = (unsigned char)at[!is_big];
    return high << 8 | low;
}

/* Four units that are ASCII become four bytes; false where one is not. */
static inline bool put_four(const char *in, bool is_big, char *out)
{
    uint64_t word = load_word(in);
    if ((word & EVERY_UNIT(is_big ? 0x80FFu : 0xFF80u)) != 0)
        return false;
    word = is_big ? word >> 8 : word;
    word = (word | word >> 8) & UINT64_C(0x0000FFFF0000FFFF);
    uint32_t four = (uint32_t)(word | word >> 16);
    memcpy(out, &four, sizeof(four));
    return true;
}

/* The character at @p in: how many bytes it takes, 0 where it may go on behind the input. */
static inline size_t put_unit(const char *in, size_t len, bool is_big, char *out, size_t *ret_len)
{
    *ret_len = 0;
    if (len < 2)
        return 0;
    uint32_t unit = load_unit(in, is_big);
    if (unit < 0xD800 || unit > 0xDFFF) {
        *ret_len = put_character(unit, out);
        return 2;
    }
    if (unit < 0xDC00 && len < 4)
        return 0;
    uint32_t second = unit < 0xDC00 ? load_unit(in + 2, is_big) : 0;
    if (second < 0xDC00 || second > 0xDFFF) {
        *ret_len = put_escape(in[0], out);
        *ret_len += put_escape(in[1], out + *ret_len);
        return 2;
    }
    *ret_len = put_character(0x10000 + ((unit - 0xD800) << 10) + (second - 0xDC00), out);
    return 4;
}

/* Escapes the next @p count bytes, or all there are. */
static void escape_bytes(struct wh_decoding *io, size_t count)
{
    for (; count > 0 && io->in_len > 0 && io->out_len >= MAX_CHARACTER; count--) {
        size_t len = put_escape(*io->in, io->out);
        io->in++;
        io->in_len--;
        io->out += len;
        io->out_len -= len;
    }
}

static inline __attribute__((always_inline)) void decode_units(struct wh_decoding *io, bool is_big,
                                                               bool is_last)
{
    size_t taken = 1;
    while (taken > 0 && io->out_len >= (size_t)2 * MAX_CHARACTER) {
        size_t len = 4;
        if (io->in_len >= 8 && put_four(io->in, is_big, io->out))
            taken = 8;
        else
            taken = put_unit(io->in, io->in_len, is_big, io->out, &len);
        io->in += taken;
        io->in_len -= taken;
        io->out += len;
        io->out_len -= len;
    }
    if (is_last && taken == 0)
        escape_bytes(io, io->in_len);
}

static void decode_utf16le(struct wh_decoder *decoder, struct wh_decoding *io, bool is_last)
{
    (void)decoder;
    decode_units(io, false, is_last);
}

static void decode_utf16be(struct wh_decoder *decoder, struct wh_decoding *io, bool is_last)
{
    (void)decoder;
    decode_units(io, true, is_last);
}

/* ---- by iconv -------------------------------------------------------------------------------- */

static void decode_by_iconv(struct wh_decoder *decoder, struct wh_decoding *io, bool is_last)
{
    while (io->in_len > 0 && io->out_len >= (size_t)MAX_UNIT * MAX_CHARACTER) {
        /* Not const in iconv's header, and never written to. */
        char *in = (char *)(uintptr_t)io->in;
        size_t rc = iconv(decoder->iconv, &in, &io->in_len, &io->out, &io->out_len);
        int reason = rc == (size_t)-1 ? errno : 0;
        io->in = in;
        if (reason == E2BIG || (reason == EINVAL && !is_last))
            return;
        if (reason != 0)
            escape_bytes(io, decoder->unit);
    }
    /* Some decoders hold a character back, for one that may follow and change it. */
    if (is_last && io->in_len == 0)
        (void)iconv(decoder->iconv, NULL, NULL, &io->out, &io->out_len);
}

/* Bytes of a character more: 4 in UTF-32. A fault must not shift what stands behind it. */
static size_t find_unit(const struct wh_encoding *encoding)
{
    iconv_t back = iconv_open(encoding->name, "UTF-8");
    if (back == (iconv_t)-1)
        return 1;
    char text[] = "aa";
    char room[64];
    size_t left[2];
    for (size_t i = 0; i < 2; i++) {
        char *in = text;
        char *out = room;
        size_t in_len = i + 1;
        left[i] = sizeof(room);
        (void)iconv(back, NULL, NULL, NULL, NULL);
        if (iconv(back, &in, &in_len, &out, &left[i]) == (size_t)-1)
            left[i] = 0;
    }
    (void)iconv_close(back);
    size_t unit = left[0] > left[1] ? left[0] - left[1] : 1;
    return unit == 2 || unit == MAX_UNIT ? unit : 1;
}

/* ---- decoders -------------------------------------------------------------------------------- */

bool wh_decoder_init(struct wh_decoder *decoder, const struct wh_encoding *encoding)
{
    static wh_decode_function *const functions[] = {
        [WH_ENCODING_LATIN1] = decode_latin1,   [WH_ENCODING_CP1252] = decode_cp1252,
        [WH_ENCODING_UTF16LE] = decode_utf16le, [WH_ENCODING_UTF16BE] = decode_utf16be,
        [WH_ENCODING_OTHER] = decode_by_iconv,
    };
    *decoder = (struct wh_decoder){.decode = functions[encoding->kind], .iconv = (iconv_t)-1};
    if (encoding->kind != WH_ENCODING_OTHER)
        return decoder->decode != NULL;
    decoder->iconv = iconv_open("UTF-8", encoding->name);
    decoder->unit = find_unit(encoding);
    return decoder->iconv != (iconv_t)-1;
}

void wh_decoder_release(struct wh_decoder *decoder)
{
    if (decoder != NULL && decoder->iconv != (iconv_t)-1)
        (void)iconv_close(decoder->iconv);
}

/* ---- back ------------------------------------------------------------------------------------ */

/* Where the next escape of @p text is, text.len where there is none. */
static size_t find_escape(struct wh_str text, size_t from)
{
    uint8_t unused;
    while (from < text.len &&
           !wh_decode_is_escape(wh_str_make(text.ptr + from, text.len - from), &unused))
        from++;
    return from;
}

/* Text without escapes, in the encoding of @p back; what that cannot hold stays UTF-8. */
static size_t encode_run(iconv_t back, struct wh_str run, char *room, size_t size)
{
    char *in = (char *)(uintptr_t)run.ptr;
    char *out = room;
    size_t left = size;
    while (run.len > 0) {
        size_t rc = iconv(back, &in, &run.len, &out, &left);
        /* Behind a cut there may be less than a character. */
        if (rc != (size_t)-1 || errno == EINVAL || left == 0)
            break;
        *out++ = *in++;
        left--;
        run.len--;
    }
    return size - left;
}

struct wh_str wh_decode_undo(const struct wh_encoding *encoding, struct wh_str text,
                             struct wh_arena *arena)
{
    if (find_escape(text, 0) == text.len)
        return text;
    size_t size = MAX_UNIT * text.len;
    char *room = wh_arena_bytes(arena, size);
    iconv_t back = iconv_open(encoding->name, "UTF-8");
    if (room == NULL || back == (iconv_t)-1)
        return room == NULL ? WH_STR_NONE : text;
    size_t len = 0;
    for (size_t at = 0; at < text.len;) {
        size_t end = find_escape(text, at);
        len += encode_run(back, wh_str_make(text.ptr + at, end - at), room + len, size - len);
        uint8_t byte;
        if (end < text.len && wh_decode_is_escape(wh_str_make(text.ptr + end, 3), &byte))
            room[len++] = (char)byte;
        at = end + 3;
    }
    (void)iconv_close(back);
    return wh_str_make(room, len);
}
