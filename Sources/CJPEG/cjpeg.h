// SPDX-License-Identifier: Apache-2.0
#ifndef WEFT_CJPEG_H
#define WEFT_CJPEG_H

// The libjpeg(-turbo) of the system, which CWeftImages calls: its errors leave by longjmp, which must not cross Swift.
#include <stddef.h>
#include <stdio.h>

#include <jpeglib.h>

#endif
