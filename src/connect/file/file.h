/* SPDX-License-Identifier: Apache-2.0 */
/** The connector for text files: one file, or a pattern of files, is one item type. */
#ifndef WH_CONNECT_FILE_H
#define WH_CONNECT_FILE_H

#include "connect/connector.h"

extern const struct wh_connector wh_file_connector;

#endif
