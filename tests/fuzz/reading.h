/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the fuzz targets of formats share: all of a text read by the format contract, whole or in
 * parts, as one number. Two ways to read a text agree where their numbers are equal.
 */
#ifndef WH_TEST_READING_H
#define WH_TEST_READING_H

#include <stddef.h>
#include <stdint.h>

#include "format/format.h"

struct wh_hash_stream;

/** Aborts, which is a finding, unless @p holds. */
void require(bool holds);

/** A text and how it is read; all borrowed. */
struct reading {
    const struct wh_format *format;
    const struct wh_parser *parser;
    struct wh_str text; /* from the first record on, to the file's end */
};

/** Where the record behind the one at @p start starts; more than @p start. */
size_t reading_next(const struct reading *reading, size_t start);

/**
 * Reads the text in parts of @p records records (SIZE_MAX: whole), in batches of
 * @p batch_rows (0: as the format likes), and counts it. Returns a hash of all rows and bad
 * records with their places. Requires that what is read is valid text, that each reading gets
 * on, and that counting agrees.
 */
uint64_t reading_hash(const struct reading *reading, size_t records, size_t batch_rows);

/** Adds the rows and bad records of a batch that a connector read, with their places, to @p hash;
 *  requires that they are valid text. */
void reading_add_batch(struct wh_hash_stream *hash, struct wh_batch *batch);

/** Judges the first records, each in small pieces, and requires that what a verdict says is needed
 *  of a record is enough, and that what is passed over is just that record. */
void reading_judge_some(const struct reading *reading);

/** Converts the file that @p parts hold to records, and requires that these read back the same in
 *  every way; a file that is refused is none the worse. */
void reading_converted(const struct wh_format *format, const struct wh_format_options *options,
                       const struct wh_parts *parts);

#endif
