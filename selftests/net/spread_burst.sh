#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# burst.sh once more, with one SA on all processors.
IKEVTI_SPREAD=1
. "$(dirname "${BASH_SOURCE[0]}")/burst.sh"
