// SPDX-License-Identifier: Apache-2.0
#ifndef WEFT_CZLIB_H
#define WEFT_CZLIB_H

// The zlib of the system: inflate and deflate for archives, and CRC-32.
#include <zlib.h>

#endif
