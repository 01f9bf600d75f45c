/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The format contract: what a text format can do, as a static const table of functions. No I/O.
 *
 * Text comes in as UTF-8 (what is not valid in it stands for bytes that the file's
 * encoding cannot hold), without a byte order mark. A format keeps these promises, on
 * which chunks and resuming stand:
 *
 * - What a record is follows from its own bytes alone. A text cut where a record starts, its first
 *   part read as if nothing followed, gives the same rows and bad records as the whole.
 * - What cannot be a row is never an error of a call: it is a bad record with place and reason.
 * - `count`, `read` and `judge` agree on where records end and on how many there are.
 * - Memory is bounded by the text in hand and the batch.
 *
 * A file that is no text is converted first: then the text is what `convert` made of it.
 */
#ifndef WH_FORMAT_FORMAT_H
#define WH_FORMAT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "data/column.h"
#include "data/schema.h"
#include "format/convert.h"
#include "format/options.h"

/** Bytes of a bad record that are kept. */
#define WH_FORMAT_RAW_SIZE ((size_t)64 << 10)

/** A format's own: how the files of one source are read. Not changed once opened; any thread. */
struct wh_parser;
/** A format's own: reads texts into batches, one after another; one thread at a time. */
struct wh_format_reader;
/** A format's own: judges one record that comes in pieces. */
struct wh_judge;

/** A text and where it stands. */
struct wh_format_text {
    struct wh_str bytes;         /* from a record's start on, at most 4 GiB - 1 */
    bool is_last;                /* nothing follows in this part of the file */
    bool is_file_end;            /* nothing follows in the file, either */
    struct wh_position position; /* of its first byte; moved behind what was read */
};

/* ---- the head of a file -------------------------------------------------------------------- */

enum wh_format_found {
    WH_FORMAT_WHOLE,   /* all that is needed was there */
    WH_FORMAT_PARTIAL, /* more of the file is needed */
    WH_FORMAT_EMPTY    /* the file ends before its head does */
};

/** What stands before the records, and what it says. */
struct wh_format_head {
    enum wh_format_found found;
    const struct wh_column_info *columns; /* in the arena; names not yet checked */
    size_t column_count;                  /* 0: the file names none */
    size_t size;                          /* bytes up to the first record */
    uint64_t lines;                       /* line ends in them */
    struct wh_str left_out;               /* of them: lines that were told to be left out */
};

struct wh_format_head_request {
    const struct wh_format_options *options;
    struct wh_str text;             /* the first bytes of the file */
    bool is_last;                   /* all of them */
    struct wh_option_list expected; /* columns that the file should name: the key's; to detect */
    struct wh_arena *arena;
};

/* ---- counting and judging ------------------------------------------------------------------ */

/** Records passed over. */
struct wh_format_count {
    uint64_t records; /* rows and bad records */
    uint64_t lines;   /* line ends */
};

enum wh_verdict_kind {
    WH_VERDICT_UNDECIDED, /* give more bytes */
    WH_VERDICT_READABLE,  /* a row, perhaps: read it */
    WH_VERDICT_BAD        /* rejected; see `reason` */
};

/** What is known of a record that is larger than the room for it. */
struct wh_verdict {
    enum wh_verdict_kind kind;
    uint64_t size;  /* its bytes, with what ends it: those to read at once, or to pass over */
    uint64_t lines; /* BAD: line ends in them */
};

/* ---- the contract -------------------------------------------------------------------------- */

struct wh_format {
    const char *name;            /* as in `format: { type: … }` */
    const char *help;            /* one line */
    const char *const *suffixes; /* of file names, in lower case: ".csv"; NULL behind the last */
    const char *const *options; /* of wh_format_option_table: those it uses; NULL behind the last */
    bool chooses_columns;       /* `columns` says which parts of a record are columns, and files of
                                   one item type need not have the same; otherwise it names cells */
    const char *empty;          /* the reason to refuse a file whose head is EMPTY */
    const char *no_columns;     /* the reason to refuse files that name no columns, where the
                                     migration file names none, either */

    bool is_archive; /* its files are zip archives themselves: not looked into for a member */
    const char *const *members; /* such files: what each of them has; NULL behind the last */

    /** Refuses options that this format cannot read with. WH_INVALID, WH_UNSUPPORTED. */
    wh_code (*check)(const struct wh_format_options *options, struct wh_error *err);

    /** Whether a file that begins so (at least 512 bytes, or all it has) is of this format for
     *  certain, whatever it is called. NULL: nobody can tell. */
    bool (*starts)(struct wh_str head);

    /** Formats that are no text: makes records of a file, finds its columns and their types. Then
     *  `detect` and `head` are NULL, and the other functions read the records. NULL: the format is
     *  text. WH_INVALID, WH_UNSUPPORTED, WH_LIMIT where the file cannot be read. */
    wh_code (*convert)(const struct wh_convert_request *request, struct wh_converted *ret,
                       struct wh_error *err);

    /** States in @p options what they leave open and the file's first bytes tell, always the same
     *  for the same bytes. *ret_why says what and why, and how to pin it; in the arena, empty where
     *  nothing was open. WH_INVALID where something cannot be told: the message names the option to
     *  state. NULL: the format leaves nothing open. */
    wh_code (*detect)(struct wh_format_options *options,
                      const struct wh_format_head_request *request, struct wh_str *ret_why,
                      struct wh_error *err);

    /** Reads the head of a file. WH_INVALID, WH_UNSUPPORTED, WH_LIMIT where it cannot be read. */
    wh_code (*head)(const struct wh_format_head_request *request, struct wh_format_head *ret,
                    struct wh_error *err);

    /** Where the lines start that the options leave out at a file's end, in its last bytes or
     *  (@p is_all) all that is behind the head; false where these do not hold them all. NULL: no
     *  option of the format leaves out any. */
    bool (*footer)(const struct wh_format_options *options, struct wh_str text, bool is_all,
                   size_t *ret);

    /** A parser in @p arena for files with @p table's columns; @p options were checked,
     *  both live as long as it. */
    wh_code (*open)(const struct wh_format_options *options, const struct wh_table_info *table,
                    struct wh_arena *arena, struct wh_parser **ret, struct wh_error *err);

    /** For people: what was stated and found: "CSV, delimiter ',', …". */
    wh_code (*explain)(const struct wh_parser *parser, struct wh_buf *text, struct wh_error *err);

    /** Line ends in @p text, which may be any part of a file; @p before is the byte before it. */
    uint64_t (*count_lines)(const struct wh_parser *parser, char before, struct wh_str text);

    /** @p bytes without the line end at their end; NULL: LF or CR LF end lines. */
    struct wh_str (*strip_line_end)(const struct wh_parser *parser, struct wh_str bytes);

    /** A reader for batches of at most @p batch_rows rows and bad records; 0: WH_BATCH_ROWS. */
    wh_code (*reader_new)(const struct wh_parser *parser, size_t batch_rows,
                          struct wh_format_reader **ret, struct wh_error *err);
    void (*reader_free)(struct wh_format_reader *reader);

    /** Empties @p batch and gives it the columns. */
    wh_code (*begin)(const struct wh_format_reader *reader, struct wh_batch *batch,
                     struct wh_error *err);

    /** True where nothing more should go into @p batch. */
    bool (*is_full)(const struct wh_format_reader *reader, const struct wh_batch *batch);

    /**
     * Appends the next whole records of @p text to @p batch until it is full or the text ends.
     * Values may be slices of the text, which lives as long as the batch. *ret_used bytes were read
     * (position moved, batch->size grown by them); 0 where the first record is not whole: give more
     * bytes, or where there is no room for them judge it. Where text->is_last all of it is read,
     * unless the batch is full.
     */
    wh_code (*read)(struct wh_format_reader *reader, struct wh_format_text *text,
                    struct wh_batch *batch, size_t *ret_used, struct wh_error *err);

    /** Passes over whole records until one starts at or behind @p stop or the text holds no whole
     *  one; adds them to @p count. Returns the bytes passed over. */
    size_t (*count)(const struct wh_parser *parser, const struct wh_format_text *text, size_t stop,
                    struct wh_format_count *count);

    /** A judge, in @p arena, for the record that starts with the next piece. */
    wh_code (*judge_new)(const struct wh_parser *parser, struct wh_arena *arena,
                         struct wh_judge **ret, struct wh_error *err);

    /** Takes the record's next bytes, in bounded memory; not UNDECIDED where piece->is_last. What
     *  it took above the record limit without a verdict is all part of a BAD record. The piece's
     *  position is not looked at. */
    struct wh_verdict (*judge)(struct wh_judge *judge, const struct wh_format_text *piece);

    /** Why the verdict was BAD, in @p arena. */
    wh_code (*reason)(const struct wh_judge *judge, struct wh_arena *arena, struct wh_str *ret,
                      struct wh_error *err);
};

extern const struct wh_format wh_csv_format;
extern const struct wh_format wh_dbf_format;
extern const struct wh_format wh_fixed_format;
extern const struct wh_format wh_json_format;
extern const struct wh_format wh_ndjson_format;
extern const struct wh_format wh_xlsx_format;

/** The format with that name; NULL where there is none. */
const struct wh_format *wh_format_find(struct wh_str name);

/** Their names: "csv, ndjson". */
const char *wh_format_names(void);

/** The format of files named like @p file, by its suffix; NULL where that tells nothing. */
const struct wh_format *wh_format_named(struct wh_str file);

/** The format that is no text of a file that begins with @p head, where that is certain; otherwise
 *  NULL. */
const struct wh_format *wh_format_of_head(struct wh_str head);

/** The format of files named like @p file, by its suffix; CSV where that tells nothing. */
const struct wh_format *wh_format_of_file(struct wh_str file);

/** The format whose files are archives with these members, sorted; NULL where there is none. */
const struct wh_format *wh_format_of_members(const struct wh_str *members, size_t count);

/** The format of a text without a name, by its first bytes: JSON where it begins as that does and
 *  goes on so, CSV where it begins otherwise; NULL where neither can be told. @p ret_why says by
 *  what JSON was told, otherwise NULL. */
const struct wh_format *wh_format_of_text(struct wh_str text, struct wh_arena *scratch,
                                          const char **ret_why);

/** Refuses options that were stated and mean nothing to @p format, then what it cannot read with.
 *  WH_INVALID, WH_UNSUPPORTED. */
WH_MUST_CHECK wh_code wh_format_check(const struct wh_format *format,
                                      const struct wh_format_options *options,
                                      struct wh_error *err);

/** Why @p cell, called @p name ("column 'x'"; NULL: by no name), is no text, in @p arena: "column
 *  'x': a NUL at byte 4". @p encoding is the file's; where it is not UTF-8 the cell has the
 *  escapes of wh_decoder. */
WH_MUST_CHECK wh_code wh_format_text_reason(const char *name, struct wh_str cell,
                                            struct wh_str encoding, struct wh_arena *arena,
                                            struct wh_str *ret, struct wh_error *err);

/** The description of a column whose values are the text as the file has it. */
struct wh_column_info wh_format_text_column(struct wh_str name);

/** Empties @p batch and gives it @p column_count columns of text with room for @p rows rows. */
WH_MUST_CHECK wh_code wh_format_begin(struct wh_batch *batch, size_t column_count, size_t rows,
                                      struct wh_error *err);

/** @p bytes without the LF or CR LF at their end. */
struct wh_str wh_format_strip_line_end(struct wh_str bytes);

#endif
