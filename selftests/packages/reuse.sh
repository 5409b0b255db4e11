#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The release says of every file whose it is and under which licence, as https://reuse.software has
# it; and debian/copyright agrees with that.
. "$(dirname "${BASH_SOURCE[0]}")/../lib/ktap.sh"

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
lib=$top/selftests/packages/lib
work=$top/build/packages/reuse

ktap_start
((EUID == 0)) || ktap_skip_all "needs root"
lower=$("$lib/bare" trixie reuse reuse) || exit 1
rm -rf "$work"
mkdir -p "$work/src"

unpacked()
{
	make -C "$top" --no-print-directory dist &&
		tar -C "$work/src" --strip-components=1 -xf "$top"/build/dist/ikevti-*.tar.xz
}

reuse_lint()
{
	"$lib/room" "$lower" "$work" env -C /src reuse --root . lint >"$TMP/lint" 2>&1 &&
		! grep ERROR "$TMP/lint" || { cat "$TMP/lint"; return 1; }
}

# paragraphs - FILES<tab>LICENCE for each pattern in debian/copyright
paragraphs()
{
	awk '/^Files:/ { on = 1; n = 0; sub(/^Files:/, "") }
		/^Copyright:/ { on = 0 }
		on { for (i = 1; i <= NF; i++) files[n++] = $i }
		/^License:/ && n { sub(/^License: /, ""); for (i = 0; i < n; i++) print files[i] "\t" $0; n = 0 }
	' "$work/src/packaging/debian/copyright"
}

# its names for what SPDX calls otherwise
declare -A spdx=([GPL-2]=GPL-2.0-only [GPL-2+]=GPL-2.0-or-later
	["GPL-2-with-Linux-syscall-note or Expat"]="GPL-2.0-only WITH Linux-syscall-note OR MIT")

# the last pattern that fits counts
debian_agrees()
{
	local f id said i status=0 patterns=() licences=()

	while IFS=$'\t' read -r f id; do
		patterns+=("$f") licences+=("${spdx[$id]-}")
	done < <(paragraphs)
	((${#patterns[@]})) || return
	while IFS= read -r f; do
		id=$(head -n 3 "$work/src/$f" | grep -aom1 'SPDX-License''-Identifier: [^*]*' |
			sed 's/^[^ ]* //; s/ *$//')
		for ((i = 0; i < ${#patterns[@]}; i++)); do
			# shellcheck disable=SC2053 # a pattern
			[[ $f == ${patterns[i]} ]] && said=${licences[i]}
		done
		[[ ${id:-GPL-2.0-or-later} == "$said" ]] && continue
		echo "$f: ${id:-GPL-2.0-or-later}; in debian/copyright $said"
		status=1
	done < <(cd "$work/src" && find . -type f ! -path './LICENSES/*' -printf '%P\n')
	return $status
}

check "the release is unpacked" unpacked
check "reuse lint" reuse_lint
check "debian/copyright agrees" debian_agrees
ktap_end
