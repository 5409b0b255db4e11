#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Make the release's archive, the same octets from the same sources: `make dist` calls this.
#
#   packaging/dist.sh VERSION DIR      writes DIR/ikevti-VERSION.tar.xz
#
# What git knows is in it, as it is in the working tree. An archive that was unpacked makes the
# same archive again, without git. All in it is as old as SOURCE_DATE_EPOCH says, else as the last
# commit, else as the file that has the version.

set -euo pipefail
export LC_ALL=C

(($# == 2)) || { sed -n '3,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
cd "$(dirname "${BASH_SOURCE[0]}")/.."
name=ikevti-$1 to=$2/ikevti-$1.tar.xz

if [[ -e .git ]]; then
	epoch=$(git log -1 --format=%ct)
	files() { git ls-files -z; }
else
	epoch=$(stat -c %Y kmod/version.h)
	# what a build leaves behind is in .gitignore, too
	files()
	{
		find . -path ./build -prune -o -type f ! -name '*.o' ! -name '*.ko' ! -name '*.mod' \
			! -name '*.mod.c' ! -name '*.cmd' ! -name '*.a' ! -name modules.order \
			! -name Module.symvers ! -name '.checkpatch-camelcase.*' -printf '%P\0'
	}
fi
epoch=${SOURCE_DATE_EPOCH:-$epoch}
list=$(mktemp -t ikevti-dist.XXXXXX)
trap 'rm -f "$list" "$to.new"' EXIT
files | sort -z >"$list"
[[ -s $list ]] || { echo "dist.sh: no files here" >&2; exit 1; }

mkdir -p "$2"
tar --null --no-recursion --verbatim-files-from --files-from="$list" --format=ustar \
	--mtime="@$epoch" --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
	--transform="flags=r;s,^,$name/," -c | xz -6 -T1 >"$to.new"
mv "$to.new" "$to"
echo "$to"
