# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The packages in a bare root of a Debian release. Source it with the name of the release and of the
# packages that bring the headers of its first kernel and of a later one:
#
#   . lib/suite.sh SUITE HEADERS LATER
#
# Nothing boots and no module is loaded here: what is asked is what apt, dpkg, DKMS and lintian make
# of the packages.
. "$(dirname "${BASH_SOURCE[0]}")/../../lib/ktap.sh"

suite=$1 headers=$2 later=$3
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
lib=$top/selftests/packages/lib
work=$top/build/packages/$suite

ktap_start
((EUID == 0)) || ktap_skip_all "needs root"
version=$(sed -n 's/^.define IKEVTI_MODULE_VERSION[^"]*"\(.*\)"/\1/p' "$top/kmod/version.h")
mapfile -t needs < <("$top/packaging/deps.sh" --list deb)
build_lower=$("$lib/bare" "$suite" build "${needs[@]}" lintian) || exit 1
use_lower=$("$lib/bare" "$suite" use dkms systemd kmod "$headers") || exit 1
rm -rf "$work"
mkdir -p "$work"

# ---- building -----------------------------------------------------------------------------

# build_in NAME DIR COMMAND... - from the archive, in a directory of a room of its own, as COMMAND
# would have it
build_in()
{
	local upper=$work/$1 dir=$2
	shift 2

	mkdir -p "$upper$dir"
	tar -C "$upper$dir" --strip-components=1 -xf "$work/ikevti-$version.tar.xz" &&
		"$lib/room" "$build_lower" "$upper" env -C "$dir" "$@" make --no-print-directory \
			SHELL=/bin/bash deb
}

hashes()	# DIR
{
	(cd "$1/build/deb" && sha256sum ./*.deb ./*.dsc ./*.tar.xz)
}

# what the policy of Debian 12 is, is "out of date" for later ones
lintian_says()
{
	local said

	said=$("$lib/room" "$build_lower" "$work/one" env -C /build/build/deb \
		lintian -i -I --pedantic --allow-root --fail-on none \
		--suppress-tags out-of-date-standards-version "ikevti_$version-1_amd64.changes" 2>&1)
	said=$(sed '/^N: *$/d' <<<"$said")
	[[ -z $said ]] || { echo "$said"; return 1; }
}

same_hashes()
{
	hashes "$work/one/build" >"$work/hashes"
	hashes "$work/two/srv/some/where-else" | diff "$work/hashes" -
}

archive()
{
	make -C "$top" --no-print-directory dist &&
		cp "$top/build/dist/ikevti-$version.tar.xz" "$work/"
}

# what is in the archive that the archive makes; every tar and xz writes in its own way
listed()
{
	tar --full-time -tvf "$1" && tar -xOf "$1" | sha256sum
}
same_archive()
{
	diff <(listed "$work/ikevti-$version.tar.xz") \
		<(listed "$work/one/build/build/dist/ikevti-$version.tar.xz")
}

check "the release's archive" archive
check "packages are built" build_in one /build env
check "the archive makes itself again" same_archive
check "lintian is content" lintian_says
check "packages are built elsewhere" build_in two "/srv/some/where-else" \
	env TZ=Pacific/Kiritimati LANG=C HOME=/nowhere
check "they are the same" same_hashes
[[ -s $work/hashes ]] && ktap_diag <"$work/hashes"

# ---- installing ---------------------------------------------------------------------------

# the room where the packages are installed; in another one all is done but that
upper=$work/use
room()
{
	"$lib/room" "$use_lower" "$upper" "$@"
}

apt_do()
{
	room apt-get -q -y -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-unsafe-io "$@" 9>&-
}

# what there is, without caches and logs; DKMS makes its key when it builds the first module, and
# has depmod look at a kernel that has headers only
snapshot()
{
	room sh -c 'find / -xdev \( -path /var/cache -o -path /var/log -o -path /tmp -o -path /debs \
			-o -path /var/lib/apt -o -path "/var/lib/dpkg/*-old" -o -path "/etc/*-" \
			-o -path /etc/ld.so.cache -o -path "/var/lib/dpkg/lock*" -o -path "/var/lib/dkms/mok.*" \
			-o -path "*/lib/modules/*/modules.*" \) -prune -o \
			-printf "%p %y %m %u %g %l\n" | sort; cat /etc/group /etc/passwd'
}

dkms_has()	# KERNEL-PATTERN
{
	local kernel ko

	kernel=$(room ls /lib/modules | grep -E "^$1" | sort -V | tail -n 1)
	room dkms status -m ikevti -k "$kernel" | tee /dev/stderr | grep -q ': installed' || return
	ko=$(room find "/lib/modules/$kernel/" -name 'ikevti.ko*')
	room modinfo "$ko" | tee /dev/stderr >"$TMP/modinfo"
	grep -qxE "version: +$version" "$TMP/modinfo" && grep -qE '^srcversion: +[0-9A-F]{20}' "$TMP/modinfo" &&
		grep -qE '^alias: +rtnl-link-ikevti' "$TMP/modinfo" &&
		grep -qE '^description: ' "$TMP/modinfo" && grep -qE '^author: ' "$TMP/modinfo" &&
		grep -qF " $kernel " "$TMP/modinfo"
}

# every file of the packages is there, and nothing changed but by us
verified()
{
	local said

	said=$(room dpkg --verify ikevti ikevti-dkms ikevti-doc)
	[[ -z $said ]] || { echo "$said"; return 1; }
}

runs()
{
	room ikevtid --version && room ikevtictl --version && room ikevtictl version -j
	room ikevtid --check /usr/share/doc/ikevti/examples/two-hosts/ikevti.conf
}

# unit, group, module at boot
set_up()
{
	room test -L /etc/systemd/system/multi-user.target.wants/ikevtid.service &&
		room systemd-analyze verify --man=no ikevtid.service &&
		room getent group ikevti &&
		room test -d /etc/ikevti -a -z "$(room ls /etc/ikevti)"
}

# repack REVISION - the same packages, of a later revision
repack()
{
	local dir=$work/repack

	rm -rf "$dir"
	dpkg-deb -R "$work/one/build/build/deb/ikevti_$version-1_amd64.deb" "$dir" &&
		sed -i "s/^Version: .*/Version: $1/" "$dir/DEBIAN/control" &&
		dpkg-deb --root-owner-group -b "$dir" "$work/use/debs/ikevti_$1_amd64.deb"
}

upgraded()
{
	apt_do install "/debs/ikevti_$version-2_amd64.deb" &&
		[[ $(room dpkg-query -W -f '${Version}' ikevti) == "$version-2" ]]
}

kept()
{
	[[ $(room cat /etc/ikevti/ikevti.conf /etc/ikevti/secrets.conf) == "mine"$'\n'"secret" ]]
}

disabled()
{
	room test ! -e /etc/systemd/system/multi-user.target.wants/ikevtid.service
}

# the daemon runs, as far as postinst can see
upgrade_says()
{
	room sh -c 'mkdir /run/ikevti; perl -MSocket -e "socket(S, PF_UNIX, SOCK_STREAM, 0);
			bind(S, sockaddr_un(q(/run/ikevti/control.sock)))"
		dpkg -i "/debs/ikevti_$1-3_amd64.deb"' - "$version" | tee /dev/stderr |
		grep -q 'systemctl restart ikevtid'
}

removed()
{
	[[ -z $(room dkms status -m ikevti) ]] &&
		room test ! -e /usr/sbin/ikevtid -a ! -e "/usr/src/ikevti-$version" &&
		[[ -z $(room find /lib/modules/ -name 'ikevti*') ]]
}

nothing_left()
{
	snapshot >"$work/after"
	upper=$work/without
	new_room "$upper"
	prepare >/dev/null && apt_do install $later >/dev/null || return
	snapshot >"$work/before"
	diff "$work/before" "$work/after"
}

# a room for using: making an initramfs takes minutes and shows nothing here
new_room()
{
	mkdir -p "$1/debs" "$1/usr/sbin"
	printf '#!/bin/sh\n' >"$1/usr/sbin/update-initramfs"
	chmod 0755 "$1/usr/sbin/update-initramfs"
}

new_room "$work/use"
cp "$work"/one/build/build/deb/ikevti*.deb "$work/use/debs/"
rm -f "$work"/use/debs/*dbgsym*
control()	# PACKAGE FIELD
{
	dpkg-deb -f "$work/use/debs/$1_$version-1_"*.deb "$2"
}
# what they need is there before, so that what others leave is not taken for theirs
prepare()
{
	apt_do satisfy "$(control ikevti Depends)" "$(control ikevti-dkms Depends)"
}
check "what they need" prepare
# a kernel that is too old is among those that have headers
installed()
{
	room mkdir -p /lib/modules/5.10.0-old/build
	apt_do install "/debs/ikevti_$version-1_amd64.deb" "/debs/ikevti-dkms_$version-1_all.deb" \
		"/debs/ikevti-doc_$version-1_all.deb" >"$TMP/installed" || { cat "$TMP/installed"; return 1; }
	room rm -r /lib/modules/5.10.0-old
	cat "$TMP/installed"
}
check "apt installs them" installed
check "which says which kernel is too old" grep -q 'Linux 5\.10\.0-old is too old' "$TMP/installed"
check "all files are there" verified
check "programs run" runs
check "unit, group and directory are set up" set_up
check "DKMS built it for the kernel that was there" dkms_has "$first_kernel"
# shellcheck disable=SC2086 # two words
check "headers of a later kernel are installed" apt_do install $later
check "DKMS built it for that by itself" dkms_has "$later_kernel"

room sh -c 'umask 077; echo mine >/etc/ikevti/ikevti.conf; echo secret >/etc/ikevti/secrets.conf
	systemctl disable ikevtid.service >/dev/null 2>&1'
check "a later revision is made" repack "$version-2"
check "it is installed over the first" upgraded
check "configuration was kept" kept
check "the service stays disabled" disabled
repack "$version-3" >/dev/null
check "an upgrade says how the new daemon is started" upgrade_says

check "apt removes them" apt_do remove ikevti ikevti-dkms ikevti-doc
check "programs and modules are gone" removed
check "configuration was kept by that" kept
check "apt purges them" apt_do purge ikevti ikevti-dkms ikevti-doc
check "nothing is left" nothing_left
ktap_end
