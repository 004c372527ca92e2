// SPDX-License-Identifier: Apache-2.0
#ifndef CWEFTRUNTIME_H
#define CWEFTRUNTIME_H

#include "weft_memory.h"
#include "weft_runtime.h"

#endif
