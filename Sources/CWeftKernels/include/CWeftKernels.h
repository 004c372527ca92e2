// SPDX-License-Identifier: Apache-2.0
#ifndef CWEFTKERNELS_H
#define CWEFTKERNELS_H

#include "weft_types.h"
#include "weft_scratch.h"
#include "weft_stop.h"
#include "weft_team.h"
#include "weft_tile.h"
#include "weft_rows.h"
#include "weft_structure.h"

#endif
