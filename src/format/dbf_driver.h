/* SPDX-License-Identifier: Apache-2.0 */
/** Language drivers of DBF files: which encoding their texts have. */
#ifndef WH_FORMAT_DBF_DRIVER_H
#define WH_FORMAT_DBF_DRIVER_H

#include <stdint.h>

#include "base/str.h"

/** The encoding that the language driver (FoxPro: code page mark) @p driver stands for, as
 *  iconv calls it; else what dBASE 7's @p locale ("DB437US0") does; NULL where neither
 *  tells one that iconv has. */
const char *wh_dbf_driver_encoding(uint8_t driver, struct wh_str locale);

#endif
