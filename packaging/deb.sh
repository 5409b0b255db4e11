#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Build the Debian packages from the release's archive, in build/deb: `make deb` calls this.
#
#   packaging/deb.sh VERSION [ARGUMENTS OF dpkg-buildpackage...]
#
# The same sources give the same packages on the same release, in whatever directory. What a build
# writes is in build/deb/log.

set -euo pipefail

(($#)) || { sed -n '3,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
version=$1
shift
cd "$(dirname "${BASH_SOURCE[0]}")/.."

revision=$(dpkg-parsechangelog -l packaging/debian/changelog -S Version)
if [[ ${revision%-*} != "$version" ]]; then
	echo "deb.sh: packaging/debian/changelog begins with $revision, the sources are $version:" \
		"write an entry for $version-1" >&2
	exit 1
fi

archive=$(packaging/dist.sh "$version" build/dist)
dir=build/deb
rm -rf "$dir"
mkdir -p "$dir"
ln "$archive" "$dir/ikevti_$version.orig.tar.xz" 2>/dev/null ||
	cp "$archive" "$dir/ikevti_$version.orig.tar.xz"
tar -C "$dir" -xf "$archive"
cp -r "$dir/ikevti-$version/packaging/debian" "$dir/ikevti-$version/debian"

echo "deb.sh: building, see $dir/log" >&2
# a level of one's own would be said to debhelper, too
(
	unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
	cd "$dir/ikevti-$version"
	dpkg-buildpackage --unsigned-source --unsigned-changes "$@"
) >"$dir/log" 2>&1 || {
	tail -n 30 "$dir/log" >&2
	echo "deb.sh: failed, see $dir/log" >&2
	exit 1
}
ls "$dir"/*.deb
