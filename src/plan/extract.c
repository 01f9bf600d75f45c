/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/extract.h"

#include <stdlib.h>

#include "convert/ast.h"
#include "sql/quote.h"

/** In the place of a source: its table, and a file that is read instead. */
struct extract {
    struct wh_arena arena;
    struct wh_source *original;
    const struct wh_source_functions *original_functions;
    struct wh_source *file;
    const struct wh_source_functions *functions; /* of the file */
    struct wh_table_info table;
    struct wh_program **columns; /* the source's, made of the file's texts */
};

struct extract_reader {
    struct extract *extract;
    struct wh_reader *file;
    struct wh_eval *eval;
};

/* The connector's handles are its own; these are ours. */
static struct extract *of_source(struct wh_source *source)
{
    return (struct extract *)(void *)source;
}

static struct extract_reader *of_reader(struct wh_reader *reader)
{
    return (struct extract_reader *)(void *)reader;
}

/* ---- reading --------------------------------------------------------------------------------- */

static wh_code all_rows(struct wh_batch *batch, struct wh_selection *ret, struct wh_error *err)
{
    ret->count = batch->row_count;
    ret->rows = wh_arena_array(&batch->arena, WH_MAX(batch->row_count, 1), sizeof(*ret->rows));
    if (ret->rows == NULL)
        return wh_error_no_memory(err, batch->row_count * sizeof(*ret->rows));
    for (size_t row = 0; row < batch->row_count; row++)
        ret->rows[row] = (uint16_t)row;
    return WH_OK;
}

/* Rows of a batch that became no rows of the source, with the reasons. */
struct refusals {
    struct wh_str *reasons; /* by row; ptr NULL: it is one */
    uint8_t codes[WH_BATCH_ROWS];
    uint16_t nodes[WH_BATCH_ROWS];
    size_t count;
};

/* Notes the rows that faulted just now, each once. */
static wh_code note_faults(struct wh_eval *eval, const struct wh_eval_request *request,
                           struct wh_faults *faults, struct refusals *refusals,
                           struct wh_error *err)
{
    for (size_t i = 0; i < request->selection->count && faults->count > 0; i++) {
        uint16_t row = request->selection->rows[i];
        if (refusals->codes[row] == WH_FAULT_NONE)
            continue;
        struct wh_str *reason = &refusals->reasons[row];
        refusals->count += reason->ptr == NULL;
        if (reason->ptr == NULL)
            WH_TRY(wh_eval_describe(eval, request, faults, row, reason, err));
        refusals->codes[row] = WH_FAULT_NONE;
    }
    return WH_OK;
}

static wh_code convert_columns(struct extract_reader *reader, struct wh_batch *batch,
                               struct refusals *refusals, struct wh_column **ret,
                               struct wh_error *err)
{
    const struct extract *extract = reader->extract;
    size_t count = extract->table.column_count;
    struct wh_selection rows;
    WH_TRY(all_rows(batch, &rows, err));
    *ret = wh_arena_array(&batch->arena, WH_MAX(count, 1), sizeof(**ret));
    refusals->reasons =
        wh_arena_array(&batch->arena, WH_MAX(batch->row_count, 1), sizeof(*refusals->reasons));
    if (*ret == NULL || refusals->reasons == NULL)
        return wh_error_no_memory(err, batch->row_count * sizeof(*refusals->reasons));
    for (size_t i = 0; i < count; i++) {
        struct wh_faults faults = {.codes = refusals->codes, .nodes = refusals->nodes};
        struct wh_eval_request request = {.program = extract->columns[i],
                                          .columns = batch->columns,
                                          .selection = &rows,
                                          .row_count = batch->row_count,
                                          .arena = &batch->arena};
        WH_TRY(wh_eval_run(reader->eval, &request, &(*ret)[i], &faults, err));
        WH_TRY(note_faults(reader->eval, &request, &faults, refusals, err));
    }
    return WH_OK;
}

/* A copy of @p from without the refused rows. */
static wh_code close_gaps(const struct wh_column *from, const struct refusals *refusals,
                          struct wh_batch *batch, struct wh_column *ret, struct wh_error *err)
{
    size_t size = wh_kind_size(from->type.kind);
    size_t to = 0;
    WH_TRY(wh_column_init(ret, from->type, WH_BATCH_ROWS, &batch->arena, err));
    WH_TRY(wh_column_need_validity(ret, &batch->arena, err));
    for (size_t row = 0; row < batch->row_count; row++) {
        if (refusals->reasons[row].ptr != NULL)
            continue;
        if (wh_column_is_null(from, row))
            wh_column_set_null(ret, to);
        else
            memcpy((char *)ret->values.any + to * size, (const char *)from->values.any + row * size,
                   size);
        to++;
    }
    return WH_OK;
}

/* The refused rows become bad records, in their places among those that there are. */
static wh_code list_refused(struct wh_batch *batch, const struct refusals *refusals,
                            struct wh_error *err)
{
    size_t count = batch->bad_count;
    struct wh_bad_record *before = wh_arena_array(&batch->arena, WH_MAX(count, 1), sizeof(*before));
    if (before == NULL)
        return wh_error_no_memory(err, count * sizeof(*before));
    for (size_t i = 0; i < count; i++)
        before[i] = batch->bad[i];
    size_t next = 0;
    size_t kept = 0;
    batch->bad_count = 0;
    for (size_t row = 0; row <= batch->row_count; row++) {
        for (; next < count && before[next].before_row <= row; next++) {
            before[next].before_row = (uint32_t)kept;
            WH_TRY(wh_batch_add_bad(batch, &before[next], err));
        }
        if (row == batch->row_count)
            break;
        struct wh_bad_record refused = {.position = batch->positions[row],
                                        .reason = refusals->reasons[row],
                                        .shows_values = true,
                                        .before_row = (uint32_t)kept};
        if (refused.reason.ptr != NULL)
            WH_TRY(wh_batch_add_bad(batch, &refused, err));
        else
            batch->positions[kept++] = batch->positions[row];
    }
    batch->row_count = kept;
    return WH_OK;
}

static wh_code leave_out_refused(struct extract_reader *reader, struct wh_batch *batch,
                                 const struct refusals *refusals, struct wh_column *columns,
                                 struct wh_error *err)
{
    struct wh_column closed;
    for (size_t i = 0; i < reader->extract->table.column_count; i++) {
        WH_TRY(close_gaps(&columns[i], refusals, batch, &closed, err));
        columns[i] = closed;
    }
    return list_refused(batch, refusals, err);
}

static wh_code extract_read(struct wh_reader *handle, struct wh_batch *batch, struct wh_error *err)
{
    struct extract_reader *reader = of_reader(handle);
    wh_code rc = reader->extract->functions->read(reader->file, batch, err);
    if (rc != WH_OK)
        return rc;
    struct refusals refusals = {.reasons = NULL};
    struct wh_column *columns;
    WH_TRY(convert_columns(reader, batch, &refusals, &columns, err));
    if (refusals.count > 0)
        WH_TRY(leave_out_refused(reader, batch, &refusals, columns, err));
    batch->columns = columns;
    batch->column_count = reader->extract->table.column_count;
    return WH_OK;
}

static void extract_reader_close(struct wh_reader *handle)
{
    struct extract_reader *reader = of_reader(handle);
    if (reader->file != NULL)
        reader->extract->functions->reader_close(reader->file);
    wh_eval_free(reader->eval);
    free(reader);
}

static wh_code extract_reader_open(struct wh_source *source, struct wh_reader **ret,
                                   struct wh_error *err)
{
    struct extract *extract = of_source(source);
    struct extract_reader *reader = calloc(1, sizeof(*reader));
    if (reader == NULL)
        return wh_error_no_memory(err, sizeof(*reader));
    reader->extract = extract;
    wh_code rc = wh_eval_new(&reader->eval, err);
    if (rc == WH_OK)
        rc = extract->functions->reader_open(extract->file, &reader->file, err);
    if (rc == WH_OK)
        *ret = (struct wh_reader *)(void *)reader;
    else
        extract_reader_close((struct wh_reader *)(void *)reader);
    return rc;
}

/* ---- what the file does for the source ------------------------------------------------------- */

static wh_code extract_describe(struct wh_source *source, struct wh_table_info *ret,
                                struct wh_error *err)
{
    (void)err;
    *ret = of_source(source)->table;
    return WH_OK;
}

static wh_code extract_explain(struct wh_source *source, struct wh_arena *arena, struct wh_str *ret,
                               struct wh_error *err)
{
    return of_source(source)->functions->explain(of_source(source)->file, arena, ret, err);
}

static wh_code extract_identity(struct wh_source *source, struct wh_arena *arena,
                                struct wh_source_identity *ret, struct wh_error *err)
{
    return of_source(source)->functions->identity(of_source(source)->file, arena, ret, err);
}

static wh_code extract_split(struct wh_source *source, uint64_t target, struct wh_arena *arena,
                             struct wh_chunk_spec **ret, size_t *ret_count, struct wh_error *err)
{
    return of_source(source)->functions->split(of_source(source)->file, target, arena, ret,
                                               ret_count, err);
}

static wh_code extract_seek(struct wh_reader *reader, struct wh_str chunk, uint64_t position,
                            struct wh_error *err)
{
    const struct extract_reader *own = of_reader(reader);
    return own->extract->functions->seek(own->file, chunk, position, err);
}

static wh_code extract_digest(struct wh_reader *reader, uint64_t *ret, struct wh_error *err)
{
    const struct extract_reader *own = of_reader(reader);
    return own->extract->functions->digest(own->file, ret, err);
}

static wh_code extract_digest_until(struct wh_reader *reader, struct wh_str chunk,
                                    uint64_t position, uint64_t *ret, struct wh_error *err)
{
    const struct extract_reader *own = of_reader(reader);
    return own->extract->functions->digest_until(own->file, chunk, position, ret, err);
}

static wh_code extract_place(struct wh_source *source, const struct wh_position *position,
                             struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    return of_source(source)->functions->place(of_source(source)->file, position, arena, ret, err);
}

static void extract_close(struct wh_source *source)
{
    struct extract *extract = of_source(source);
    if (extract->file != NULL)
        extract->functions->close(extract->file);
    extract->original_functions->close(extract->original);
    wh_arena_release(&extract->arena);
    free(extract);
}

static const struct wh_source_functions extract_functions = {
    .close = extract_close,
    .describe = extract_describe,
    .explain = extract_explain,
    .identity = extract_identity,
    .split = extract_split,
    .reader_open = extract_reader_open,
    .reader_close = extract_reader_close,
    .seek = extract_seek,
    .read = extract_read,
    .digest = extract_digest,
    .digest_until = extract_digest_until,
    .place = extract_place,
};

/* ---- opening --------------------------------------------------------------------------------- */

wh_code wh_plan_file_functions(const struct wh_plan *plan, const struct wh_source_functions **ret,
                               struct wh_error *err)
{
    for (const struct wh_connector *const *next = plan->connectors; *next != NULL; next++)
        if ((*next)->source != NULL && (*next)->source->takes_format &&
            (*next)->accepts(WH_STR("."))) {
            *ret = (*next)->source;
            return WH_OK;
        }
    return wh_error_set(err, WH_UNSUPPORTED, "this version reads no files");
}

/* An extract is written as CSV or NDJSON, and its name says which. */
static bool is_json(struct wh_str path)
{
    return wh_str_ends_with(path, WH_STR(".ndjson")) || wh_str_ends_with(path, WH_STR(".jsonl"));
}

/* The columns that an extract is written with; only JSON needs to be told. */
static wh_code state_columns(struct extract *extract, struct wh_option_list *ret,
                             struct wh_error *err)
{
    size_t count = extract->table.column_count;
    ret->items = wh_arena_array(&extract->arena, count + 2, sizeof(*ret->items));
    if (ret->items == NULL)
        return wh_error_no_memory(err, count * sizeof(*ret->items));
    for (size_t i = 0; i < count; i++)
        ret->items[ret->count++] = extract->table.columns[i].name;
    ret->items[ret->count++] = WH_STR(WH_EXTRACT_PLACE);
    ret->items[ret->count++] = WH_STR(WH_EXTRACT_REASON);
    return WH_OK;
}

static wh_code open_file(const struct wh_plan *plan, struct extract *extract, struct wh_str path,
                         struct wh_table_info *ret, struct wh_error *err)
{
    struct wh_format_options format;
    wh_format_options_init(&format);
    if (is_json(path))
        WH_TRY(state_columns(extract, &format.columns, err));
    else
        format.dialect = WH_STR("csv");
    struct wh_source_request open = {.url = WH_STR("."),
                                     .from = path,
                                     .base_folder = WH_STR("."),
                                     .format = &format,
                                     .budget = plan->budget,
                                     .cancel = plan->cancel};
    if (wh_str_is(path, "-"))
        return wh_error_set(err, WH_INVALID, "the extract must be a file, not standard input");
    WH_TRY(wh_plan_file_functions(plan, &extract->functions, err));
    WH_TRY(extract->functions->open(&open, &extract->file, err));
    return extract->functions->describe(extract->file, ret, err);
}

static wh_code refuse_strangers(const struct extract *extract, const struct wh_table_info *file,
                                struct wh_error *err)
{
    for (size_t i = 0; i < file->column_count; i++) {
        struct wh_str name = file->columns[i].name;
        bool is_known = wh_str_is(name, WH_EXTRACT_PLACE) || wh_str_is(name, WH_EXTRACT_REASON) ||
                        wh_table_find_column(&extract->table, name) != SIZE_MAX;
        if (!is_known)
            return wh_error_set(err, WH_INVALID,
                                "column '%.*s' is none of the source's; an extract has the columns "
                                "with which 'log --rejected --export' wrote it",
                                WH_FMT(name));
    }
    return WH_OK;
}

/* The program that makes a value of the source's type of the file's text. */
static wh_code make_column(struct extract *extract, const struct wh_scope *scope, size_t column,
                           struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf text;
    const struct wh_column_info *info = &extract->table.columns[column];
    struct wh_program *program;
    struct wh_expr_text name = {.line = 0};
    wh_buf_init(&text, WH_EXPR_MAX_BYTES);
    WH_TRY(wh_sql_append_name(&text, info->name, err));
    WH_TRY(wh_arena_copy(&extract->arena, wh_buf_str(&text), &name.text, err));
    WH_TRY(wh_expr_compile(name, scope, &extract->arena, &program, err));
    return wh_expr_assign(program, info->type, &extract->arena, &extract->columns[column], err);
}

static wh_code make_columns(struct extract *extract, const struct wh_table_info *file,
                            struct wh_error *err)
{
    struct wh_input_column *inputs =
        wh_arena_array(&extract->arena, WH_MAX(file->column_count, 1), sizeof(*inputs));
    extract->columns = wh_arena_array(&extract->arena, WH_MAX(extract->table.column_count, 1),
                                      sizeof(*extract->columns));
    if (inputs == NULL || extract->columns == NULL)
        return wh_error_no_memory(err, file->column_count * sizeof(*inputs));
    for (size_t i = 0; i < file->column_count; i++)
        inputs[i] =
            (struct wh_input_column){.name = file->columns[i].name, .type = file->columns[i].type};
    struct wh_scope scope = {.columns = inputs, .column_count = file->column_count};
    for (size_t i = 0; i < extract->table.column_count; i++) {
        struct wh_str name = extract->table.columns[i].name;
        if (wh_table_find_column(file, name) == SIZE_MAX)
            return wh_error_set(err, WH_INVALID,
                                "the source's column '%.*s' is missing; an extract has all of them",
                                WH_FMT(name));
        WH_TRY(make_column(extract, &scope, i, err));
    }
    return WH_OK;
}

wh_code wh_extract_open(const struct wh_plan *plan, struct wh_item_plan *item, struct wh_str path,
                        struct wh_error *err)
{
    struct extract *extract = calloc(1, sizeof(*extract));
    if (extract == NULL)
        return wh_error_no_memory(err, sizeof(*extract));
    wh_arena_init(&extract->arena);
    extract->original = item->source;
    extract->original_functions = item->source_functions;
    extract->table = item->source_table;
    /* A file guarantees no keys, and its records come in the order in which they stand. */
    extract->table.key_count = 0;
    extract->table.order_count = 0;
    item->source = (struct wh_source *)(void *)extract;
    item->source_functions = &extract_functions;
    item->source_table = extract->table;
    struct wh_table_info file;
    wh_code rc = open_file(plan, extract, path, &file, err);
    if (rc == WH_OK)
        rc = refuse_strangers(extract, &file, err);
    if (rc == WH_OK)
        rc = make_columns(extract, &file, err);
    if (rc == WH_OK)
        rc = extract_explain(item->source, &extract->arena, &item->source_explained, err);
    return rc == WH_OK ? WH_OK : wh_error_prefix(err, rc, "'%.*s'", WH_FMT(path));
}
