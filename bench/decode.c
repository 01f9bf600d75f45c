/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How fast text is decoded to UTF-8 on one thread:
 *
 *     decode FILE ENCODING...
 *
 * prints, for each encoding, how many bytes of FILE a second become UTF-8; the best of 5 rounds.
 * The file is in memory. Bytes that are no character cost what escapes cost.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/error.h"
#include "data/encoding.h"
#include "stream/file.h"

#define OUTPUT_SIZE ((size_t)1 << 20)

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double decode_once(const struct wh_encoding *encoding, struct wh_str bytes, char *output)
{
    struct wh_decoder decoder;
    if (!wh_decoder_init(&decoder, encoding))
        return 0;
    double start = seconds();
    while (bytes.len > 0) {
        struct wh_decoding io = {bytes.ptr, bytes.len, output, OUTPUT_SIZE};
        decoder.decode(&decoder, &io, true);
        bytes = wh_str_make(io.in, io.in_len);
    }
    double took = seconds() - start;
    wh_decoder_release(&decoder);
    return took;
}

static void measure(const char *name, struct wh_str bytes, char *output)
{
    struct wh_encoding encoding;
    if (!wh_encoding_find(wh_str_from(name), &encoding) || encoding.kind == WH_ENCODING_UTF8 ||
        encoding.kind == WH_ENCODING_UTF16) {
        (void)printf("%-12s nothing to decode\n", name);
        return;
    }
    double best = 1e9;
    for (int i = 0; i < 5; i++) {
        double took = decode_once(&encoding, bytes, output);
        best = took < best ? took : best;
    }
    (void)printf("%-12s %.2f GB/s\n", encoding.name, (double)bytes.len / best / 1e9);
}

int main(int argc, char **argv)
{
    struct wh_error err = WH_ERROR_NONE;
    struct wh_file file;
    if (argc < 3) {
        (void)fprintf(stderr, "usage: decode FILE ENCODING...\n");
        return 2;
    }
    if (wh_file_open(&file, argv[1], &err) != WH_OK) {
        (void)fprintf(stderr, "decode: %s\n", err.message);
        return 1;
    }
    size_t len = (size_t)file.stamp.size;
    char *bytes = malloc(len + 1);
    char *output = malloc(OUTPUT_SIZE);
    wh_code rc = WH_NO_MEMORY;
    if (bytes != NULL && output != NULL)
        rc = wh_file_read_at(&file, 0, bytes, len, &len, &err);
    for (int i = 2; rc == WH_OK && i < argc; i++)
        measure(argv[i], wh_str_make(bytes, len), output);
    free(bytes);
    free(output);
    wh_file_close(&file);
    return rc == WH_OK ? 0 : 1;
}
