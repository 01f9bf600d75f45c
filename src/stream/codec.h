/* SPDX-License-Identifier: Apache-2.0 */
/** Codecs: compressed members into bytes, in pieces; each is a library behind four functions. */
#ifndef WH_STREAM_CODEC_H
#define WH_STREAM_CODEC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/** The most memory a codec may take for what a file's header asks of it. */
#define WH_CODEC_MEMORY ((size_t)256 << 20)

/** What a step came to. */
enum wh_codec_step {
    WH_CODEC_GOES_ON,   /* it took what it could and gave what it could */
    WH_CODEC_ENDED,     /* the member is whole; what follows it was not taken */
    WH_CODEC_CORRUPT,   /* not what its format allows, or a checksum differs */
    WH_CODEC_TOO_LARGE, /* it needs more than WH_CODEC_MEMORY */
    WH_CODEC_NO_MEMORY
};

/** Bytes to take from and room to give to; a step moves both on. */
struct wh_codec_io {
    const char *in;
    size_t in_len;
    char *out;
    size_t out_len;
};

struct wh_codec {
    const char *name;   /* "gzip" */
    const char *suffix; /* of packed files: ".gz" */
    size_t head_size;   /* bytes that tell whether a member starts here */
    size_t padding; /* zero bytes between and behind members come in multiples of this; 0: none */
    bool (*starts)(const char *head); /* of head_size bytes */
    void *(*open)(void);              /* NULL: no memory */
    bool (*begin)(void *state);       /* before each member; false: no memory */
    enum wh_codec_step (*step)(void *state, struct wh_codec_io *io);
    void (*close)(void *state);
};

extern const struct wh_codec wh_gzip_codec;
extern const struct wh_codec wh_zstd_codec;
extern const struct wh_codec wh_bzip2_codec;
extern const struct wh_codec wh_xz_codec;

/** The codec that a file with this head was packed with; NULL: none. */
const struct wh_codec *wh_codec_of_head(struct wh_str head);

/** @p name without the suffix of packed files, if it has one: "a.csv.gz" is "a.csv". */
struct wh_str wh_codec_strip_suffix(struct wh_str name);

#endif
