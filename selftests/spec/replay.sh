#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The module's anti-replay window, which is free of kernel interfaces, under ASan and UBSan.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
"${CC:-cc}" -std=gnu11 -Wall -Wextra -Werror -O1 -g -fsanitize=address,undefined \
	-fno-sanitize-recover=all -o "$tmp/replay" "$top/selftests/spec/lib/replay.c"
"$tmp/replay"
