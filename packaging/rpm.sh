#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Build the RPM packages from the release's archive, in build/rpm: `make rpm` calls this.
#
#   packaging/rpm.sh VERSION [ARGUMENTS OF rpmbuild...]
#
# On a system without a database of RPMs, such as Debian, what building needs is not asked for there
# ("make deps" has installed it). What a build writes is in build/rpm/log.

set -euo pipefail

(($#)) || { sed -n '3,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
version=$1
shift
cd "$(dirname "${BASH_SOURCE[0]}")/.."

archive=$(packaging/dist.sh "$version" build/dist)
dir=$PWD/build/rpm
rm -rf "$dir"
mkdir -p "$dir/SOURCES" "$dir/SPECS"
cp "$archive" "$dir/SOURCES/"
sed "s/@version@/$version/g" packaging/rpm/ikevti.spec.in >"$dir/SPECS/ikevti.spec"
rpm -q rpm >/dev/null 2>&1 || set -- --nodeps "$@"

# as old as what is in the archive
SOURCE_DATE_EPOCH=$(TZ=UTC tar --full-time -tvf "$archive" | awk 'NR == 1 { print $4, $5 }' | TZ=UTC date -f - +%s)
export SOURCE_DATE_EPOCH

echo "rpm.sh: building, see build/rpm/log" >&2
(
	unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
	rpmbuild -ba --define "_topdir $dir" --define '_buildhost localhost' \
		--define 'use_source_date_epoch_as_buildtime 1' --define 'source_date_epoch_from_changelog 0' \
		--define 'clamp_mtime_to_source_date_epoch 1' "$@" "$dir/SPECS/ikevti.spec"
) >"$dir/log" 2>&1 || {
	tail -n 30 "$dir/log" >&2
	echo "rpm.sh: failed, see build/rpm/log" >&2
	exit 1
}
find build/rpm -name '*.rpm'
