/* SPDX-License-Identifier: Apache-2.0 */
#include "format/options.h"

#include <inttypes.h>

#include "base/error.h"
#include "data/encoding.h"
#include "format/format.h"

#define DEFAULT_CELL ((uint64_t)64 << 20)

/* Offsets inside a record are 32 bits wide, with room for what stands before and behind it. */
#define MAX_RECORD ((uint64_t)1 << 31)

/* No file has a header of more. */
#define MAX_HEADER_RECORDS 64

#define OPTION_OFFSET(field) offsetof(struct wh_format_options, field)

const struct wh_option wh_format_option_table[] = {
    {"type", WH_OPTION_TEXT, "by the file's name, else csv",
     "the format: csv, dbf, fixed, json, ndjson, xlsx", OPTION_OFFSET(type)},
    {"dialect", WH_OPTION_TEXT, "csv",
     "csv, mysql or postgres-text: what the options below default to", OPTION_OFFSET(dialect)},
    {"delimiter", WH_OPTION_TEXT, "detected", "the character or characters between two cells",
     OPTION_OFFSET(delimiter)},
    {"quote", WH_OPTION_TEXT, "detected",
     "the byte around a quoted cell; doubled inside it; or none", OPTION_OFFSET(quote)},
    {"escape", WH_OPTION_TEXT, "detected",
     "the byte that takes the next one's meaning away; or none", OPTION_OFFSET(escape)},
    {"line_end", WH_OPTION_TEXT, "detected",
     "standard: LF or CR LF; lf: LF alone; any: LF, CR LF or CR", OPTION_OFFSET(line_end)},
    {"quote_spaces", WH_OPTION_BOOL, "false", "spaces around a quoted cell are no part of it",
     OPTION_OFFSET(may_space_quotes)},
    {"comment", WH_OPTION_TEXT, "detected", "lines that start with this are comments",
     OPTION_OFFSET(comment)},
    {"skip", WH_OPTION_COUNT, "detected", "lines to pass over before the header",
     OPTION_OFFSET(skip)},
    {"skip_end", WH_OPTION_COUNT, "0", "lines to leave out at the end of the file",
     OPTION_OFFSET(skip_end)},
    {"header", WH_OPTION_TEXT, "detected",
     "the first record of a file names the columns; or how many records do", OPTION_OFFSET(header)},
    {"ragged", WH_OPTION_TEXT, "reject",
     "records with too few or too many cells: reject, or pad short ones with NULL",
     OPTION_OFFSET(ragged)},
    {"columns", WH_OPTION_LIST, "the header's, or the members of the first records",
     "the names of the columns, in place of the header's; JSON: members, or paths like user.name",
     OPTION_OFFSET(columns)},
    {"nulls", WH_OPTION_LIST, "[\"\"]", "unquoted cells that mean NULL", OPTION_OFFSET(nulls)},
    {"unknown", WH_OPTION_TEXT, "reject",
     "what no column is for (JSON: a member; fixed width: text behind the fields): reject, ignore",
     OPTION_OFFSET(unknown)},
    {"rest", WH_OPTION_TEXT, "none",
     "JSON: the name of a column that keeps such members, as an object", OPTION_OFFSET(rest)},
    {"missing", WH_OPTION_TEXT, "none",
     "JSON: the name of a column that lists the columns whose members are missing",
     OPTION_OFFSET(missing)},
    {"fields", WH_OPTION_LIST, "none",
     "fixed width: the fields, each as \"name start length\"; the first place is 1",
     OPTION_OFFSET(fields)},
    {"layout", WH_OPTION_TEXT, "none",
     "fixed width: a CSV file with the fields' column, start and length", OPTION_OFFSET(layout)},
    {"length", WH_OPTION_COUNT, "a line",
     "fixed width: places of a record where there are no line ends", OPTION_OFFSET(length)},
    {"places", WH_OPTION_TEXT, "characters",
     "fixed width: what start and length count: characters, or bytes", OPTION_OFFSET(places)},
    {"trim", WH_OPTION_TEXT, "both; dbf: right",
     "fixed width, dbf: where spaces are left out of fields: both, left, right or none",
     OPTION_OFFSET(trim)},
    {"sheet", WH_OPTION_TEXT, "the only one", "xlsx: the sheet to read, by its name or number",
     OPTION_OFFSET(sheet)},
    {"deleted", WH_OPTION_TEXT, "skip", "dbf: records marked as deleted: skip, read",
     OPTION_OFFSET(deleted)},
    {"deleted_column", WH_OPTION_TEXT, "none",
     "dbf: the name of a column that says whether a record is marked as deleted; all are read",
     OPTION_OFFSET(deleted_column)},
    {"memo", WH_OPTION_TEXT, "read",
     "dbf: fields whose values are in the memo file: read, or ignore to leave them out",
     OPTION_OFFSET(memo)},
    {"records", WH_OPTION_TEXT, "header",
     "dbf: how many records there are: as the header counts, or all that the file has",
     OPTION_OFFSET(records)},
    {"encoding", WH_OPTION_TEXT, "UTF-8, or by the byte order mark", "how characters are written",
     OPTION_OFFSET(encoding)},
    {"file_column", WH_OPTION_TEXT, "none", "the name of a column that holds the file's name",
     OPTION_OFFSET(file_column)},
    {"record", WH_OPTION_SIZE, "twice limits.cell",
     "bytes a record may have; with more, its first line is rejected", OPTION_OFFSET(record)},
    {NULL, WH_OPTION_BOOL, NULL, NULL, 0},
};

void wh_format_options_init(struct wh_format_options *options)
{
    *options = (struct wh_format_options){.skip = WH_FORMAT_NOT_STATED,
                                          .skip_end = WH_FORMAT_NOT_STATED,
                                          .encoding = WH_STR_NONE,
                                          .cell = DEFAULT_CELL};
}

wh_code wh_format_read_header(struct wh_str stated, uint64_t *ret, struct wh_error *err)
{
    if (wh_str_is(stated, "true") || wh_str_is(stated, "false")) {
        *ret = wh_str_is(stated, "true");
        return WH_OK;
    }
    if (wh_count_parse(stated, ret, NULL) != WH_OK || *ret > MAX_HEADER_RECORDS)
        return wh_error_set(err, WH_INVALID,
                            "'header' must be true, false or how many records name the columns (at "
                            "most %d), not '%.*s'",
                            MAX_HEADER_RECORDS, WH_FMT(stated));
    return WH_OK;
}

wh_code wh_format_check_word(const char *option, struct wh_str value, const char *words,
                             struct wh_error *err)
{
    struct wh_str rest = wh_str_from(words);
    bool is_known = value.ptr == NULL;
    while (rest.ptr != NULL && !is_known)
        is_known = wh_str_equal(wh_str_trim(wh_str_split(&rest, ',')), value);
    if (is_known)
        return WH_OK;
    return wh_error_set(err, WH_INVALID, "option '%s' is one of %s, and not '%.*s'", option, words,
                        WH_FMT(value));
}

uint64_t wh_format_record_limit(const struct wh_format_options *options)
{
    if (options->record != 0)
        return options->record;
    return options->cell > MAX_RECORD / 2 ? MAX_RECORD : 2 * options->cell;
}

/* The format that was stated; NULL where none was. */
static wh_code find_stated(const struct wh_format_options *options, const struct wh_format **ret,
                           struct wh_error *err)
{
    *ret = NULL;
    if (options->type.len == 0)
        return WH_OK;
    *ret = wh_format_find(options->type);
    if (*ret == NULL)
        return wh_error_set(err, WH_INVALID, "there is no format '%.*s'; known are: %s",
                            WH_FMT(options->type), wh_format_names());
    return WH_OK;
}

wh_code wh_format_options_check(const struct wh_format_options *options, struct wh_error *err)
{
    struct wh_encoding encoding;
    if (options->encoding.ptr != NULL && !wh_encoding_find(options->encoding, &encoding))
        return wh_error_set(err, WH_UNSUPPORTED,
                            "there is no encoding '%.*s'; known are UTF-8, UTF-16, latin1, cp1252 "
                            "and those of: iconv -l",
                            WH_FMT(options->encoding));
    uint64_t record = wh_format_record_limit(options);
    if (options->cell == 0 || record < options->cell)
        return wh_error_set(err, WH_INVALID,
                            "a record of %" PRIu64 " bytes cannot hold a cell of %" PRIu64
                            "; raise 'record' or lower limits.cell",
                            record, options->cell);
    if (record > MAX_RECORD)
        return wh_error_set(err, WH_INVALID,
                            "a record limit of %" PRIu64 " bytes is above the largest, 2GiB",
                            record);
    const struct wh_format *format;
    WH_TRY(find_stated(options, &format, err));
    /* Without a stated format the files' names decide; CSV is what most are. */
    return format != NULL ? wh_format_check(format, options, err)
                          : wh_csv_format.check(options, err);
}
