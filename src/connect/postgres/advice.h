/* SPDX-License-Identifier: Apache-2.0 */
/** What of a destination's table will cost or surprise a run, in sentences for `wherry plan`. */
#ifndef WH_CONNECT_POSTGRES_ADVICE_H
#define WH_CONNECT_POSTGRES_ADVICE_H

#include "connect/destination.h"

wh_code wh_postgres_advise(struct wh_destination *destination,
                           const struct wh_advice_request *request, struct wh_advice *ret,
                           struct wh_error *err);

#endif
