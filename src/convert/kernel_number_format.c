/* SPDX-License-Identifier: Apache-2.0 */
/* to_char() and to_number() of numbers; the node's state is a struct wh_number_format. */
#include "convert/kernel_number.h"
#include "data/number_format.h"

typedef enum wh_fault print(const struct wh_call *call, size_t row, struct wh_number_text *out);

static enum wh_fault print_int(const struct wh_call *call, size_t row, struct wh_number_text *out)
{
    const struct wh_operand *input = &call->inputs[0];
    return wh_number_format_print_int(call->node->state, wh_int_at(input, row),
                                      input->column.type.bits, out);
}

static enum wh_fault print_float(const struct wh_call *call, size_t row, struct wh_number_text *out)
{
    const struct wh_operand *input = &call->inputs[0];
    int digits = input->column.type.bits == 32 ? 6 : 15;
    return wh_number_format_print_double(call->node->state, wh_float_at(input, row), digits, out);
}

static enum wh_fault print_numeric(const struct wh_call *call, size_t row,
                                   struct wh_number_text *out)
{
    return wh_number_format_print_numeric(call->node->state, wh_numeric_at(&call->inputs[0], row),
                                          out);
}

static wh_code print_rows(struct wh_call *call, print *function)
{
    size_t size = wh_number_format_room(call->node->state);
    WH_EACH_ROW(call, row)
    {
        struct wh_number_text out = {.room = wh_call_room(call, row, size),
                                     .scratch = call->scratch};
        if (out.room == NULL)
            continue;
        wh_call_check(call, row, function(call, row, &out));
        call->result->values.texts[row] = wh_str_make(out.room, out.len);
        wh_arena_give_back(call->arena, out.room + out.len);
    }
    return WH_OK;
}

wh_code wh_int_to_char(struct wh_call *call)
{
    return print_rows(call, print_int);
}

wh_code wh_float_to_char(struct wh_call *call)
{
    return print_rows(call, print_float);
}

wh_code wh_numeric_kernel_to_char(struct wh_call *call)
{
    return print_rows(call, print_numeric);
}

wh_code wh_text_to_number(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    wh_call_check(call, row,
                  wh_number_format_read(call->node->state, wh_text_at(&call->inputs[0], row),
                                        call->arena, &call->result->values.numerics[row]));
    return WH_OK;
}
