// SPDX-License-Identifier: GPL-2.0-only
/* The tracepoints' code, of which trace.h is the source */
#define CREATE_TRACE_POINTS
#include "trace.h"
