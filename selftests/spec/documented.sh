#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Documentation/tests.rst has every kselftest and every broken copy, and none that is not there; each
# broken copy is broken. Manual pages render without a complaint.
. "$(dirname "${BASH_SOURCE[0]}")/../lib/ktap.sh"

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
ktap_start
# the first table, whose columns begin where the lines of = do
table=$(awk '/^=+ .*=$/ && ++n == 3 { exit } n' "$top/Documentation/tests.rst")
words()	# FROM TO - of these columns
{
	sed '/^=/d; /^rule /d' <<<"$table" | cut -c"$1"- | cut -c-"$2" | tr ', ' '\n\n' |
		sed '/^$/d' | sort -u
}
there()	# PATTERN - names of files
{
	basename -a -s "${1##*\*}" "$top"/selftests/$1 | sort
}
same()	# NAMES NAMES
{
	diff <(echo "$1") <(echo "$2")
}

# all_change - a copy that is not broken any more shows nothing
all_change()
{
	local script file status=0

	for script in "$top"/selftests/broken/*.sed; do
		file=$top/$(sed -n 's/^# file: *//p' "$script")
		sed -f "$script" "$file" | cmp -s - "$file" || continue
		echo "${script##*/} changes nothing in $file"
		status=1
	done
	return $status
}

# pages_render - every request known, every line and table fits
pages_render()
{
	local page said

	said=$(for page in "$top"/Documentation/man/*.[0-9]; do
		groff -ww -t -man -Tutf8 -Kutf8 "$page" 2>&1 >/dev/null
	done)
	[[ -z $said ]] || { echo "$said"; return 1; }
}

check "kselftests" same "$(words 54 26)" "$(there 'net/*.sh')"
check "broken copies" same "$(words 81 40)" "$(there 'broken/*.sed')"
check "every broken copy changes its file" all_change
check "manual pages render" pages_render
ktap_end
