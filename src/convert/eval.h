/* SPDX-License-Identifier: Apache-2.0 */
/** The evaluation of a program, as the forms of nodes see it that choose their inputs' rows. */
#ifndef WH_CONVERT_EVAL_H
#define WH_CONVERT_EVAL_H

#include "base/buf.h"
#include "convert/kernel.h"

/** Room for the message of one fault. */
#define WH_MESSAGE_MAX_BYTES ((size_t)4 << 10)

/** Looks on while one row is evaluated: for messages and traces. */
struct wh_watch {
    size_t row;
    const struct wh_faults *faults; /* those of the row itself, not of a try() in it */
    struct wh_buf *trace;           /* a line for every node; NULL: none */
    struct wh_buf *message;         /* of the first fault; NULL: none */
};

/** One evaluation of one program. */
struct wh_run {
    struct wh_eval *eval;
    const struct wh_eval_request *request;
    struct wh_faults *faults;
    struct wh_operand *shared; /* values of LET */
    struct wh_watch *watch;    /* NULL: nobody looks on */
    struct wh_error *err;
};

/** Evaluates @p node for the rows of @p selection. The value is a view: of an input, of a constant,
 *  or of the node's register, which lasts until the node that asked is through. */
WH_MUST_CHECK wh_code wh_run_node(struct wh_run *run, const struct wh_node *node,
                                  const struct wh_selection *selection, struct wh_operand *ret);

/** Opens the result of a node that computes: its register, or room in the request's arena. The
 *  call's other fields are set for @p node; its inputs and selection are the caller's to set. */
WH_MUST_CHECK wh_code wh_run_open(struct wh_run *run, const struct wh_node *node,
                                  struct wh_operand *ret, struct wh_call *ret_call);

/** Room for a selection of WH_BATCH_ROWS rows, given back in reverse order. */
WH_MUST_CHECK wh_code wh_run_push_selection(struct wh_run *run, struct wh_selection *ret);
void wh_run_pop_selection(struct wh_run *run);

/** The arena of the evaluation itself. */
struct wh_arena *wh_run_scratch(struct wh_run *run);

/* Forms of nodes that choose the rows of their inputs (conditional.c). */
typedef wh_code wh_run_form(struct wh_run *run, const struct wh_node *node,
                            const struct wh_selection *selection, struct wh_operand *ret);
wh_run_form wh_run_and_or;
wh_run_form wh_run_case;
wh_run_form wh_run_coalesce;
wh_run_form wh_run_try;

/** Evaluates a node whose inputs are all constants into @p arena; *ret_fault where that failed. */
WH_MUST_CHECK wh_code wh_eval_fold(struct wh_eval *eval, const struct wh_node *node,
                                   struct wh_arena *arena, struct wh_column *ret,
                                   enum wh_fault *ret_fault, struct wh_error *err);

/** What a watcher does when a node has its result (trace.c). @p inputs is NULL for forms. */
WH_MUST_CHECK wh_code wh_watch_node(struct wh_run *run, const struct wh_node *node,
                                    const struct wh_operand *inputs,
                                    const struct wh_operand *result);

#endif
