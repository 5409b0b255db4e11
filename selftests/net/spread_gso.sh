#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# gso.sh once more, with one SA on all processors.
IKEVTI_SPREAD=1
. "$(dirname "${BASH_SOURCE[0]}")/gso.sh"
