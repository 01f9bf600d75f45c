/* SPDX-License-Identifier: Apache-2.0 */
/** What the files of this connector share. */
#ifndef WH_CONNECT_FILE_SOURCE_H
#define WH_CONNECT_FILE_SOURCE_H

#include "base/arena.h"
#include "connect/source.h"
#include "format/format.h"
#include "stream/stream.h"
#include "stream/window.h"

/** One file of a source, as it was when the source was opened. */
struct wh_source_file {
    struct wh_str name;  /* for people and chunk texts: below the source's folder */
    struct wh_str place; /* the same in places of records: with the table in it that was read */
    const char *path;
    struct wh_stream_form form; /* of an archive, its member from the start; else found out */
    struct wh_file_stamp stamp;
    uint64_t data_start;          /* offset of the first record */
    uint64_t data_line;           /* and its line */
    uint64_t data_end;            /* the offset behind the last one, or WH_STREAM_SIZE_UNKNOWN */
    const struct wh_format *told; /* an archive: by its members; NULL: they do not tell */
    struct wh_str found;          /* converted files: what they turned out to hold */
    struct wh_file_stamp beside;  /* and the file beside it that they needed; zeros: none */
    struct wh_str preamble; /* what is left out before the header and at the end: the first bytes */
    struct wh_str footer;
};

/** An open source: does not change while it is open, so readers in any thread may use it. */
struct wh_file_source {
    struct wh_arena arena;            /* of all that follows */
    struct wh_spool spool;            /* what standard input gave, where it is the source */
    struct wh_format_options options; /* as the migration file states them, and what was detected */
    struct wh_option_list key;        /* columns that the header should name */
    bool is_detected;                 /* what was left open is decided: */
    /* What told the encoding, or leaves it open; empty: it is stated. */
    struct wh_str encoding_note;
    bool is_encoding_told;  /* by the first bytes, without a mark */
    struct wh_str detected; /* what and why; empty: nothing was open */
    const struct wh_format *format;
    const struct wh_cancel *cancel;
    size_t batch_rows;   /* at most so many records in a batch; 0: as many as batches hold */
    struct wh_str table; /* what the source calls itself: the file or the pattern */
    struct wh_source_file *files;
    size_t file_count;
    struct wh_column_info *columns;
    size_t column_count;
    struct wh_parser *parser; /* the format's */
    size_t block_size;        /* of windows; tests make it small */
    struct wh_budget *budget;
    struct wh_spool converted;     /* the records of files that are no text, end to end */
    struct wh_str converted_notes; /* what is left out of them, and the like */
    const struct wh_format *told;  /* by the first file's bytes; NULL: they do not tell */
};

static inline struct wh_file_source *wh_file_source_from(struct wh_source *source)
{
    return (struct wh_file_source *)source;
}

/** Finds the files that a request means: their names and paths, not opened. WH_INVALID,
 *  WH_UNREACHABLE, WH_UNSUPPORTED. */
WH_MUST_CHECK wh_code wh_file_source_find(struct wh_file_source *source,
                                          const struct wh_source_request *request,
                                          struct wh_error *err);

/** True where a request means standard input: `from: "-"`. */
bool wh_file_is_input(const struct wh_source_request *request);

/** Reads standard input to its end: the source's only file. WH_INVALID where it is a terminal,
 *  gives nothing or was read for another source already; WH_UNREACHABLE, WH_IO, WH_CANCELLED. */
WH_MUST_CHECK wh_code wh_file_take_input(struct wh_file_source *source,
                                         const struct wh_source_request *request,
                                         struct wh_error *err);

/** The format of a file that has no name to tell it, by its first bytes, in source->detected too.
 *  WH_INVALID where they leave it open. */
WH_MUST_CHECK wh_code wh_file_detect_format(struct wh_file_source *source, struct wh_error *err);

/** The format that is no text by the first bytes of the first file, or the members of it, where
 *  these tell: source->told. */
WH_MUST_CHECK wh_code wh_file_tell_by_head(struct wh_file_source *source, struct wh_error *err);

/** True where @p url is a path, or one behind `file:`. */
bool wh_file_accepts(struct wh_str url);

/** Reads the layout file that the options name, if they do. WH_UNREACHABLE, WH_LIMIT. */
WH_MUST_CHECK wh_code wh_file_source_read_layout(struct wh_file_source *source,
                                                 struct wh_str base_folder, struct wh_error *err);

/** Finds the members of the archive @p path that @p wanted, a name or a pattern, means; the archive
 *  is called @p shown. WH_INVALID, WH_UNREACHABLE. */
WH_MUST_CHECK wh_code wh_file_find_members(struct wh_file_source *source, struct wh_str path,
                                           struct wh_str shown, struct wh_str wanted,
                                           struct wh_error *err);

/** Looks at how a file is packed: fills its stamp and packing. WH_UNSUPPORTED where it is packed in
 *  a way that wherry does not know, WH_INVALID for an archive of several files. */
WH_MUST_CHECK wh_code wh_file_recognize(const struct wh_format_options *options,
                                        struct wh_source_file *known, struct wh_arena *arena,
                                        struct wh_error *err);

/** Chooses the files' encodings: the stated one, that of their byte order mark, or what their first
 *  bytes tell for certain; what they leave open is in source->encoding_note. WH_INVALID where what
 *  is stated and a mark contradict each other. */
WH_MUST_CHECK wh_code wh_file_choose_encodings(struct wh_file_source *source, struct wh_error *err);

/** Refuses what stands behind a packing, by its first bytes: archives and packed members.
 *  WH_UNSUPPORTED. */
WH_MUST_CHECK wh_code wh_file_refuse_inner(const struct wh_source_file *known, struct wh_str head,
                                           struct wh_error *err);

/** Opens every file: stamps, format, columns. */
WH_MUST_CHECK wh_code wh_file_source_inspect(struct wh_file_source *source, struct wh_error *err);

/** Makes records of file number @p index, behind those of the files before it; what is known of it
 *  then is all but its columns, which are in @p arena. */
WH_MUST_CHECK wh_code wh_file_convert(struct wh_file_source *source, size_t index,
                                      struct wh_arena *arena, struct wh_converted *ret,
                                      struct wh_error *err);

/** Opens file number @p index, or what it was converted to,
 *  and makes sure that it has not changed. */
WH_MUST_CHECK wh_code wh_file_source_reopen(const struct wh_file_source *source, size_t index,
                                            struct wh_stream *stream, struct wh_error *err);

/** WH_CONFLICT where the file that @p stream was opened for is no longer what it was. What it was
 *  converted to is ours. */
WH_MUST_CHECK wh_code wh_file_source_expect(const struct wh_file_source *source, size_t index,
                                            const struct wh_stream *stream, struct wh_error *err);

/** WH_CANCELLED where the caller asked for @p level or more. */
WH_MUST_CHECK wh_code wh_file_check_cancel(const struct wh_file_source *source,
                                           enum wh_cancel_level level, struct wh_error *err);

/* ---- the file's name as a column ------------------------------------------------------------- */

/** Adds the column that `file_column` asks for to those the source describes; its format does not
 *  know it. WH_INVALID where the files have one of that name. */
WH_MUST_CHECK wh_code wh_file_describe_name(struct wh_file_source *source, struct wh_error *err);

/** Adds that column to a batch that was read from file number @p file. */
WH_MUST_CHECK wh_code wh_file_add_name(const struct wh_file_source *source, size_t file,
                                       struct wh_batch *batch, struct wh_error *err);

/* ---- chunks ---------------------------------------------------------------------------------- */

/** Bytes of one file, from a record's start to a record's start or the file's end. */
struct wh_file_chunk {
    size_t file;
    uint64_t start;
    uint64_t end;
    uint64_t line; /* of its first record */
};

/** "84 16777300 2 people.csv": start, end, line, name. */
WH_MUST_CHECK wh_code wh_file_chunk_print(const struct wh_file_source *source,
                                          const struct wh_file_chunk *chunk, struct wh_arena *arena,
                                          struct wh_str *ret, struct wh_error *err);

/** WH_CORRUPT where @p text is no chunk of this source. */
WH_MUST_CHECK wh_code wh_file_chunk_parse(const struct wh_file_source *source, struct wh_str text,
                                          struct wh_file_chunk *ret, struct wh_error *err);

WH_MUST_CHECK wh_code wh_file_split(struct wh_source *source, uint64_t target,
                                    struct wh_arena *arena, struct wh_chunk_spec **ret,
                                    size_t *ret_count, struct wh_error *err);

/* ---- records larger than a window ------------------------------------------------------------ */

/** What became of a record that a window has no room for. */
struct wh_large_record {
    bool ends_file;            /* in: nothing follows the window's part in the file */
    struct wh_verdict verdict; /* not UNDECIDED */
    struct wh_str raw;         /* a BAD one's first bytes, without its line end; in the arena */
    struct wh_str reason;      /* why it is BAD; in the arena */
};

/**
 * Deals with the record that the bytes in hand start with and do not hold whole, in bounded memory:
 * a READABLE one is in the window afterwards, a BAD one is passed over.
 */
WH_MUST_CHECK wh_code wh_file_take_large(const struct wh_file_source *source,
                                         struct wh_window *window, struct wh_arena *arena,
                                         struct wh_large_record *ret, struct wh_error *err);

/* ---- reading --------------------------------------------------------------------------------- */

WH_MUST_CHECK wh_code wh_file_reader_open(struct wh_source *opened, struct wh_reader **ret,
                                          struct wh_error *err);
void wh_file_reader_close(struct wh_reader *opened);
WH_MUST_CHECK wh_code wh_file_reader_seek(struct wh_reader *opened, struct wh_str chunk,
                                          uint64_t position, struct wh_error *err);
WH_MUST_CHECK wh_code wh_file_reader_read(struct wh_reader *opened, struct wh_batch *batch,
                                          struct wh_error *err);
WH_MUST_CHECK wh_code wh_file_reader_digest(struct wh_reader *opened, uint64_t *ret,
                                            struct wh_error *err);
WH_MUST_CHECK wh_code wh_file_reader_digest_until(struct wh_reader *opened, struct wh_str chunk,
                                                  uint64_t position, uint64_t *ret,
                                                  struct wh_error *err);

/** The path of file:folder, file:///folder or a plain path; a slice. WH_UNSUPPORTED for hosts. */
WH_MUST_CHECK wh_code wh_file_url_path(struct wh_str url, struct wh_str *ret, struct wh_error *err);

#endif
