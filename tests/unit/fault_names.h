/* SPDX-License-Identifier: Apache-2.0 */
/** What case files call faults. */
#ifndef WH_TEST_FAULT_NAMES_H
#define WH_TEST_FAULT_NAMES_H

#include "data/fault.h"

extern const char *const fault_names[WH_FAULT_COUNT];

#endif
