/* SPDX-License-Identifier: Apache-2.0 */
/** Assignment to a destination column: what casts do, but nothing is cut, rounded or dropped. */
#ifndef WH_CONVERT_ASSIGN_H
#define WH_CONVERT_ASSIGN_H

#include "convert/types.h"

/** Makes @p node a value of @p type, with a fault for each value that would be another one;
 *  WH_INVALID where there is no assignment between the types. */
WH_MUST_CHECK wh_code wh_assign_node(struct wh_compile *compile, struct wh_node *node,
                                     struct wh_type type, struct wh_node **ret);

#endif
