/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/eval.h"

#include <stdlib.h>

#include "base/clock.h"

#define SCRATCH_KEPT ((size_t)4 << 20)

/** A register: room for a batch of one kind's values at a time. */
struct slot {
    void *values;
    size_t capacity;
    uint64_t validity[WH_BATCH_ROWS / 64];
};

struct wh_eval {
    struct slot *slots;
    size_t slot_count;
    uint16_t **selections; /* a stack of buffers, made when first needed */
    size_t selection_depth;
    size_t selection_count;
    struct wh_arena scratch;
    const struct wh_cancel *cancel; /* may be NULL */
    int64_t now;
    double seconds; /* of processor time, evaluating */
};

/* ---- life ----------------------------------------------------------------------------------- */

wh_code wh_eval_new(struct wh_eval **ret, struct wh_error *err)
{
    struct wh_eval *eval = calloc(1, sizeof(*eval));
    if (eval == NULL)
        return wh_error_no_memory(err, sizeof(*eval));
    wh_arena_init(&eval->scratch);
    *ret = eval;
    return WH_OK;
}

void wh_eval_free(struct wh_eval *eval)
{
    if (eval == NULL)
        return;
    for (size_t i = 0; i < eval->slot_count; i++)
        free(eval->slots[i].values);
    free(eval->slots);
    for (size_t i = 0; i < eval->selection_count; i++)
        free(eval->selections[i]);
    free(eval->selections);
    wh_arena_release(&eval->scratch);
    free(eval);
}

void wh_eval_set_now(struct wh_eval *eval, int64_t now)
{
    eval->now = now;
}

void wh_eval_set_cancel(struct wh_eval *eval, const struct wh_cancel *cancel)
{
    eval->cancel = cancel;
}

struct wh_arena *wh_run_scratch(struct wh_run *run)
{
    return &run->eval->scratch;
}

/* ---- registers and selections --------------------------------------------------------------- */

static wh_code need_slots(struct wh_eval *eval, size_t count, struct wh_error *err)
{
    if (count <= eval->slot_count)
        return WH_OK;
    struct slot *slots = realloc(eval->slots, count * sizeof(*slots));
    if (slots == NULL)
        return wh_error_no_memory(err, count * sizeof(*slots));
    memset(slots + eval->slot_count, 0, (count - eval->slot_count) * sizeof(*slots));
    eval->slots = slots;
    eval->slot_count = count;
    return WH_OK;
}

static wh_code open_slot(struct slot *slot, size_t size, struct wh_error *err)
{
    if (slot->capacity >= size)
        return WH_OK;
    void *values = malloc(size);
    if (values == NULL)
        return wh_error_no_memory(err, size);
    free(slot->values);
    slot->values = values;
    slot->capacity = size;
    return WH_OK;
}

wh_code wh_run_push_selection(struct wh_run *run, struct wh_selection *ret)
{
    struct wh_eval *eval = run->eval;
    if (eval->selection_depth == eval->selection_count) {
        size_t count = eval->selection_count + 1;
        uint16_t **selections = realloc(eval->selections, count * sizeof(*selections));
        if (selections == NULL)
            return wh_error_no_memory(run->err, count * sizeof(*selections));
        eval->selections = selections;
        selections[count - 1] = malloc(WH_BATCH_ROWS * sizeof(uint16_t));
        if (selections[count - 1] == NULL)
            return wh_error_no_memory(run->err, WH_BATCH_ROWS * sizeof(uint16_t));
        eval->selection_count = count;
    }
    ret->rows = eval->selections[eval->selection_depth++];
    ret->count = 0;
    return WH_OK;
}

void wh_run_pop_selection(struct wh_run *run)
{
    run->eval->selection_depth--;
}

wh_code wh_run_open(struct wh_run *run, const struct wh_node *node, struct wh_operand *ret,
                    struct wh_call *ret_call)
{
    struct wh_arena *kept = run->request->arena;
    size_t size = wh_kind_size(node->type.kind);
    *ret_call = (struct wh_call){
        .node = node,
        .result = &ret->column,
        .arena = node->keeps_bytes ? kept : &run->eval->scratch,
        .scratch = &run->eval->scratch,
        .faults = run->faults,
        .cancel = run->eval->cancel,
        .now = run->eval->now,
        .err = run->err,
    };
    *ret = (struct wh_operand){.column = {.type = node->type}, .mask = SIZE_MAX};
    if (!node->is_kept) {
        struct slot *slot = &run->eval->slots[node->slot];
        WH_TRY(open_slot(slot, WH_BATCH_ROWS * size, run->err));
        ret->column.values.any = slot->values;
        ret_call->bitmap = slot->validity;
        return WH_OK;
    }
    size_t bytes = WH_MAX(run->request->row_count, 1) * size;
    ret->column.values.any = wh_arena_alloc(kept, bytes);
    ret_call->bitmap = wh_arena_alloc(kept, WH_BATCH_ROWS / 8);
    if (ret->column.values.any == NULL || ret_call->bitmap == NULL)
        return wh_error_no_memory(run->err, bytes);
    return WH_OK;
}

/* ---- kernels' helpers ----------------------------------------------------------------------- */

void wh_call_fault(struct wh_call *call, size_t row, enum wh_fault fault)
{
    wh_call_set_null(call, row);
    if (call->faults->codes[row] != WH_FAULT_NONE)
        return;
    call->faults->codes[row] = (uint8_t)fault;
    call->faults->nodes[row] = call->node->number;
    call->faults->count++;
}

wh_code wh_call_bytes(struct wh_call *call, size_t size, char **ret)
{
    *ret = wh_arena_bytes(call->arena, size);
    return *ret != NULL ? WH_OK : wh_error_no_memory(call->err, size);
}

char *wh_call_room(struct wh_call *call, size_t row, size_t size)
{
    if (size > WH_TEXT_MAX_BYTES || call->made + size > WH_TEXT_MAX_BATCH_BYTES) {
        wh_call_fault(call, row, WH_FAULT_LIMIT);
        return NULL;
    }
    call->made += size;
    char *room = wh_arena_bytes(call->arena, size);
    if (room == NULL)
        wh_call_fault(call, row, WH_FAULT_NO_MEMORY);
    return room;
}

/* ---- nodes ---------------------------------------------------------------------------------- */

/* The result's validity from the inputs'; false where no input has a NULL in this batch. */
static bool combine_validity(const struct wh_run *run, struct wh_call *call)
{
    size_t words = (run->request->row_count + 63) / 64;
    bool any = false;
    for (size_t i = 0; i < call->node->input_count; i++) {
        const struct wh_operand *input = &call->inputs[i];
        const uint64_t *validity = input->column.validity;
        if (validity == NULL || (input->mask == 0 && (validity[0] & 1) != 0))
            continue;
        if (!any)
            memset(call->bitmap, 0xff, WH_BATCH_ROWS / 8);
        any = true;
        if (input->mask == 0)
            memset(call->bitmap, 0, WH_BATCH_ROWS / 8);
        for (size_t word = 0; input->mask != 0 && word < words; word++)
            call->bitmap[word] &= validity[word];
    }
    return any;
}

static void select_valid(const uint64_t *validity, const struct wh_selection *from,
                         struct wh_selection *to)
{
    size_t count = 0;
    for (size_t i = 0; i < from->count; i++) {
        size_t row = from->rows[i];
        to->rows[count] = (uint16_t)row;
        count += validity[row >> 6] >> (row & 63) & 1;
    }
    to->count = count;
}

/* What a kernel left undone is never looked at. */
static wh_code run_kernel(struct wh_call *call)
{
    WH_TRY(call->node->operation->kernel(call));
    return wh_cancel_asked(call->cancel, WH_CANCEL_AFTER_GROUP) ? wh_error_cancelled(call->err)
                                                                : WH_OK;
}

static wh_code call_without_nulls(struct wh_run *run, struct wh_call *call,
                                  const struct wh_selection *selection)
{
    call->selection = *selection;
    if (!combine_validity(run, call))
        return run_kernel(call);
    call->result->validity = call->bitmap;
    WH_TRY(wh_run_push_selection(run, &call->selection));
    select_valid(call->bitmap, selection, &call->selection);
    wh_code rc = run_kernel(call);
    wh_run_pop_selection(run);
    return rc;
}

static wh_code run_call(struct wh_run *run, const struct wh_node *node,
                        const struct wh_selection *selection, struct wh_operand *ret)
{
    size_t size = node->input_count * sizeof(struct wh_operand);
    struct wh_operand *inputs = wh_arena_alloc(&run->eval->scratch, size);
    if (inputs == NULL)
        return wh_error_no_memory(run->err, size);
    for (size_t i = 0; i < node->input_count; i++)
        WH_TRY(wh_run_node(run, node->inputs[i], selection, &inputs[i]));
    struct wh_call call;
    WH_TRY(wh_run_open(run, node, ret, &call));
    call.inputs = inputs;
    if (node->operation->sees_null) {
        call.selection = *selection;
        WH_TRY(run_kernel(&call));
    } else {
        WH_TRY(call_without_nulls(run, &call, selection));
    }
    return run->watch != NULL ? wh_watch_node(run, node, inputs, ret) : WH_OK;
}

static wh_code run_column(struct wh_run *run, const struct wh_node *node,
                          const struct wh_selection *selection, struct wh_operand *ret)
{
    (void)selection;
    *ret = (struct wh_operand){.column = run->request->columns[node->index], .mask = SIZE_MAX};
    ret->column.type = node->type;
    return WH_OK;
}

static wh_code run_constant(struct wh_run *run, const struct wh_node *node,
                            const struct wh_selection *selection, struct wh_operand *ret)
{
    (void)run;
    (void)selection;
    *ret = (struct wh_operand){.column = node->value, .mask = 0};
    return WH_OK;
}

static wh_code run_retype(struct wh_run *run, const struct wh_node *node,
                          const struct wh_selection *selection, struct wh_operand *ret)
{
    WH_TRY(wh_run_node(run, node->inputs[0], selection, ret));
    ret->column.type = node->type;
    return WH_OK;
}

static wh_code run_let(struct wh_run *run, const struct wh_node *node,
                       const struct wh_selection *selection, struct wh_operand *ret)
{
    WH_TRY(wh_run_node(run, node->inputs[0], selection, &run->shared[node->index]));
    return wh_run_node(run, node->inputs[1], selection, ret);
}

static wh_code run_shared(struct wh_run *run, const struct wh_node *node,
                          const struct wh_selection *selection, struct wh_operand *ret)
{
    (void)selection;
    *ret = run->shared[node->index];
    return WH_OK;
}

static wh_run_form *const forms[WH_NODE_FORM_COUNT] = {
    [WH_NODE_COLUMN] = run_column, [WH_NODE_CONSTANT] = run_constant,
    [WH_NODE_CALL] = run_call,     [WH_NODE_RETYPE] = run_retype,
    [WH_NODE_AND] = wh_run_and_or, [WH_NODE_OR] = wh_run_and_or,
    [WH_NODE_CASE] = wh_run_case,  [WH_NODE_COALESCE] = wh_run_coalesce,
    [WH_NODE_TRY] = wh_run_try,    [WH_NODE_LET] = run_let,
    [WH_NODE_SHARED] = run_shared,
};

wh_code wh_run_node(struct wh_run *run, const struct wh_node *node,
                    const struct wh_selection *selection, struct wh_operand *ret)
{
    return forms[node->form](run, node, selection, ret);
}

/* ---- programs ------------------------------------------------------------------------------- */

/* One value into every selected row: what asks for a column is given one. */
static wh_code spread(struct wh_run *run, const struct wh_operand *constant,
                      struct wh_column *result)
{
    const struct wh_eval_request *request = run->request;
    size_t size = wh_kind_size(constant->column.type.kind);
    WH_TRY(wh_column_init(result, constant->column.type, WH_MAX(request->row_count, 1),
                          request->arena, run->err));
    if (wh_operand_is_null(constant, 0)) {
        WH_TRY(wh_column_need_validity(result, request->arena, run->err));
        memset(result->validity, 0, WH_BATCH_ROWS / 8);
        return WH_OK;
    }
    for (size_t i = 0; i < request->selection->count; i++)
        memcpy((char *)result->values.any + request->selection->rows[i] * size,
               constant->column.values.any, size);
    return WH_OK;
}

static wh_code run_program(struct wh_run *run, struct wh_column *result)
{
    const struct wh_program *program = run->request->program;
    struct wh_eval *eval = run->eval;
    wh_arena_reset(&eval->scratch, SCRATCH_KEPT);
    eval->selection_depth = 0;
    WH_TRY(need_slots(eval, program->slot_count, run->err));
    run->shared = wh_arena_array(&eval->scratch, program->shared_count, sizeof(*run->shared));
    if (run->shared == NULL)
        return wh_error_no_memory(run->err, program->shared_count * sizeof(*run->shared));
    struct wh_operand value;
    WH_TRY(wh_run_node(run, program->root, run->request->selection, &value));
    if (value.mask == 0)
        return spread(run, &value, result);
    *result = value.column;
    return WH_OK;
}

wh_code wh_eval_run(struct wh_eval *eval, const struct wh_eval_request *request,
                    struct wh_column *result, struct wh_faults *faults, struct wh_error *err)
{
    struct wh_run run = {.eval = eval, .request = request, .faults = faults, .err = err};
    double start = wh_clock_thread_seconds();
    wh_code rc = run_program(&run, result);
    eval->seconds += wh_clock_thread_seconds() - start;
    return rc;
}

double wh_eval_seconds(const struct wh_eval *eval)
{
    return eval->seconds;
}

wh_code wh_eval_fold(struct wh_eval *eval, const struct wh_node *node, struct wh_arena *arena,
                     struct wh_column *ret, enum wh_fault *ret_fault, struct wh_error *err)
{
    uint16_t row = 0;
    uint8_t code = 0;
    uint16_t number = 0;
    struct wh_selection selection = {.rows = &row, .count = 1};
    struct wh_faults faults = {.codes = &code, .nodes = &number};
    struct wh_eval_request request = {.selection = &selection, .row_count = 1, .arena = arena};
    struct wh_run run = {.eval = eval, .request = &request, .faults = &faults, .err = err};
    struct wh_operand value = {.mask = 0};
    wh_arena_reset(&eval->scratch, SCRATCH_KEPT);
    eval->selection_depth = 0;
    WH_TRY(wh_run_node(&run, node, &selection, &value));
    *ret = value.column;
    *ret_fault = (enum wh_fault)code;
    return WH_OK;
}

/* ---- looking on ----------------------------------------------------------------------------- */

/* Evaluates one row again, with somebody looking on. */
static wh_code watch_row(struct wh_eval *eval, const struct wh_eval_request *request, size_t row,
                         struct wh_watch *watch, struct wh_error *err)
{
    uint16_t selected = (uint16_t)row;
    struct wh_selection selection = {.rows = &selected, .count = 1};
    struct wh_eval_request one = *request;
    one.selection = &selection;
    uint8_t codes[WH_BATCH_ROWS] = {0};
    uint16_t nodes[WH_BATCH_ROWS];
    struct wh_faults faults = {.codes = codes, .nodes = nodes};
    struct wh_run run = {
        .eval = eval, .request = &one, .faults = &faults, .watch = watch, .err = err};
    watch->row = row;
    watch->faults = &faults;
    struct wh_column result;
    wh_code rc = run_program(&run, &result);
    watch->faults = NULL;
    return rc;
}

wh_code wh_eval_describe(struct wh_eval *eval, const struct wh_eval_request *request,
                         const struct wh_faults *faults, size_t row, struct wh_str *ret,
                         struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf message;
    wh_buf_init(&message, WH_MESSAGE_MAX_BYTES);
    struct wh_watch watch = {.message = &message};
    WH_TRY(watch_row(eval, request, row, &watch, err));
    /* Nobody asks about a row that is well; if so, the code alone is told. */
    if (message.len == 0)
        WH_TRY(
            wh_buf_printf(&message, err, "%s", wh_fault_text((enum wh_fault)faults->codes[row])));
    return wh_arena_copy(request->arena, wh_buf_str(&message), ret, err);
}

wh_code wh_eval_trace(struct wh_eval *eval, const struct wh_eval_request *request,
                      struct wh_buf *out, struct wh_error *err)
{
    struct wh_watch watch = {.trace = out};
    if (request->selection->count == 0)
        return WH_OK;
    return watch_row(eval, request, request->selection->rows[0], &watch, err);
}
