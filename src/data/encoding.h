/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Encodings of characters: from bytes to UTF-8.
 *
 * Every byte sequence decodes. A byte that is part of no character becomes an *escape*: the three
 * bytes that U+DC00 + byte would have in UTF-8. UTF-8 has no such characters, so a text with an
 * escape in it is no valid UTF-8, is rejected like any other that is not, and the byte is not lost.
 */
#ifndef WH_DATA_ENCODING_H
#define WH_DATA_ENCODING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <iconv.h>

#include "base/arena.h"
#include "base/str.h"

enum wh_encoding_kind {
    WH_ENCODING_UTF8 = 0, /* nothing to decode */
    WH_ENCODING_LATIN1,
    WH_ENCODING_CP1252,
    WH_ENCODING_UTF16LE,
    WH_ENCODING_UTF16BE,
    WH_ENCODING_UTF16, /* one of the two: the byte order mark tells */
    WH_ENCODING_OTHER  /* whatever iconv knows */
};

#define WH_ENCODING_NAME_SIZE 32

struct wh_encoding {
    enum wh_encoding_kind kind;
    char name[WH_ENCODING_NAME_SIZE]; /* for people and iconv; NUL-terminated */
};

/** The encoding called @p name, in any case; false where there is none. */
bool wh_encoding_find(struct wh_str name, struct wh_encoding *ret);

/** The encoding that a file with this head has by its byte order mark; false where it has none. */
bool wh_encoding_of_mark(struct wh_str head, struct wh_encoding *ret);

/** True where it is an EBCDIC code page: there NEL (0x15) is what ends lines. */
bool wh_encoding_is_ebcdic(const struct wh_encoding *encoding);

/** Bytes to take from and room to give to; decoding moves both on. */
struct wh_decoding {
    const char *in;
    size_t in_len;
    char *out;
    size_t out_len;
};

/** Room that decoding leaves unused at most: with less it may stand still. */
#define WH_DECODE_SLACK 64

struct wh_decoder;

/** Decodes as much of io->in as io->out has room for. What may be the start of a character is left,
 *  unless @p is_last: then it is escaped, and what the decoder held back comes out. */
typedef void wh_decode_function(struct wh_decoder *decoder, struct wh_decoding *io, bool is_last);

/** One thread at a time. */
struct wh_decoder {
    wh_decode_function *decode;
    iconv_t iconv; /* OTHER: owned */
    size_t unit;   /* OTHER: bytes that characters are multiples of */
};

/** A decoder at the start of a text; false where the system has none for it.
 *  Not for UTF8 and UTF16. */
bool wh_decoder_init(struct wh_decoder *decoder, const struct wh_encoding *encoding);
void wh_decoder_release(struct wh_decoder *decoder);

/** Whether @p text starts with an escape, and of which byte. */
bool wh_decode_is_escape(struct wh_str text, uint8_t *ret);

/** The bytes that @p text was decoded from, where it has an escape; else, or where this system
 *  cannot encode, @p text itself. In @p arena; ptr NULL where memory is out. */
struct wh_str wh_decode_undo(const struct wh_encoding *encoding, struct wh_str text,
                             struct wh_arena *arena);

#endif
