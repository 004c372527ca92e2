// SPDX-License-Identifier: Apache-2.0
#ifndef WEFT_CPNG_H
#define WEFT_CPNG_H

// The libpng of the system, which CWeftImages calls: its errors leave by longjmp, which must not cross Swift.
#include <png.h>

#endif
