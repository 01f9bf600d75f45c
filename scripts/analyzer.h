/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What clang's analyzer cannot see from one file: the functions that make an error return its code,
 * which is never WH_OK. scripts/lint includes this into every file but the one that defines them.
 */
#ifndef WH_SCRIPTS_ANALYZER_H
#define WH_SCRIPTS_ANALYZER_H

#include "base/error.h"

#define wh_error_set(err, code, ...) ((void)wh_error_set(err, code, __VA_ARGS__), (code))
#define wh_error_system(err, code, ...) ((void)wh_error_system(err, code, __VA_ARGS__), (code))
#define wh_error_prefix(err, code, ...) ((void)wh_error_prefix(err, code, __VA_ARGS__), (code))
#define wh_error_at(err, code, line, column) ((void)wh_error_at(err, code, line, column), (code))
#define wh_error_no_memory(err, size) ((void)wh_error_no_memory(err, size), WH_NO_MEMORY)

#endif
