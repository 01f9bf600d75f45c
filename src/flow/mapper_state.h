/* SPDX-License-Identifier: Apache-2.0 */
/** What the parts of a mapper share: mapper.c, keys.c and trace.c. */
#ifndef WH_FLOW_MAPPER_STATE_H
#define WH_FLOW_MAPPER_STATE_H

#include "flow/mapper.h"

struct wh_mapper {
    struct wh_mapper_options options;
    struct wh_eval *eval;
    bool *mends_key;  /* one a clean rule: it may set what a key is made of; see mend.h */
    bool *needs_text; /* one a target: its texts are looked at on the way, not only logged */
};

#endif
