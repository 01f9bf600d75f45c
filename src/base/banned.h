/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Calls that depend on the locale, hide errors or cannot be bounded do not compile.
 *
 * alloca is held by -Walloca, scanf by clang-tidy: libfyaml.h names both, and a poisoned name may
 * not even stand in a header.
 */
#ifndef WH_BASE_BANNED_H
#define WH_BASE_BANNED_H

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* libpq's defines a macro with strtoul in it: allowed while the name is not poisoned yet. */
#include <postgres_ext.h>
#undef atooid

#undef sprintf /* a macro where clang compiles with _FORTIFY_SOURCE */

#pragma GCC poison strcpy strcat sprintf vsprintf gets strtok strncpy strncat
#pragma GCC poison atoi atol atoll atof sscanf fscanf
#pragma GCC poison strtod strtof strtold strtol strtoul strtoll strtoull
#pragma GCC poison localtime gmtime ctime asctime strerror setlocale

#endif
