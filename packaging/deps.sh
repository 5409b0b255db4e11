#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Install the packages that a command needs (Debian and Ubuntu, as root), or say which.
#
#   packaging/deps.sh build|check|lint|demo|bench|deb|rpm...   quick and silent when nothing is missing
#   packaging/deps.sh --list GROUP...               only print the names
#
# build  make, make install: compiler and libraries     demo   make demo: the QEMU lab
# check  make check: both labs, peers, test libraries   lint   make lint: static checkers
# deb    make deb: Debian packages                      rpm    make rpm: RPM packages
# The labs run Debian 12's kernels and are made for Debian 12; building works on Ubuntu, too.

set -euo pipefail

build=(gcc make libc6-dev pkg-config libmnl-dev libevent-dev libssl-dev libcap-ng-dev
	libseccomp-dev libjansson-dev kmod)
# modules for Debian's kernels, and QEMU with what its initramfs is filled from
qemu=(linux-headers-6.12-cloud-amd64 qemu-system-x86 cpio xz-utils kmod iproute2 iputils-ping
	nftables tcpdump iperf3 ethtool jq procps charon-systemd strongswan-swanctl
	libcharon-extra-plugins libstrongswan-standard-plugins libstrongswan-extra-plugins)
# kernels built from source
kernel=(linux-source-6.12 patch flex bison bc libelf-dev gcc xz-utils)
# the last line: for libreswan, which selftests/lib/peers unpacks
check=(linux-headers-cloud-amd64 debootstrap libcmocka-dev python3 python3-yaml clang
	libclang-rt-14-dev tshark netcat-openbsd frr wireguard-tools xxd groff-base
	libnss3-tools libldns3 libunbound8 libcurl3-nss libldap-2.5-0 openssl)
# generators, and what the SIMD code's assembly is made with
bench=(python3 perl iproute2 iputils-ping ethtool iperf3 procps kmod util-linux)
lint=(sparse debootstrap clang clang-tidy cppcheck shellcheck perl python3 python3-yaml
	linux-headers-cloud-amd64 linux-headers-6.12-cloud-amd64 linux-source-6.12 xz-utils
	libcmocka-dev git)
deb=(build-essential debhelper dh-dkms dpkg-dev xz-utils)
rpm=(rpm xz-utils)

list=
if [[ ${1-} == --list ]]; then
	list=1
	shift
fi
wanted=()
for group in "$@"; do
	case $group in
	build) wanted+=("${build[@]}") ;;
	demo) wanted+=("${build[@]}" "${qemu[@]}") ;;
	check) wanted+=("${build[@]}" "${qemu[@]}" "${kernel[@]}" "${check[@]}") ;;
	bench) wanted+=("${build[@]}" "${kernel[@]}" "${bench[@]}") ;;
	lint) wanted+=("${build[@]}" "${lint[@]}") ;;
	deb) wanted+=("${build[@]}" "${deb[@]}") ;;
	rpm) wanted+=("${build[@]}" "${rpm[@]}") ;;
	*) echo "deps.sh: groups are build, check, lint, demo, bench, deb, rpm" >&2; exit 2 ;;
	esac
done
if ((!${#wanted[@]})); then
	sed -n '3,10s/^# \{0,1\}//p' "$0"
	exit 2
fi
mapfile -t wanted < <(printf '%s\n' "${wanted[@]}" | sort -u)
if [[ $list ]]; then
	printf '%s\n' "${wanted[@]}"
	exit
fi

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	echo "deps.sh: this is no Debian or Ubuntu; install what corresponds to:" >&2
	echo "  ${wanted[*]}" >&2
	exit 1
fi

mapfile -t missing < <(comm -23 <(printf '%s\n' "${wanted[@]}") \
	<(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null |
		sed -n 's/^installed //p' | sort -u))
((${#missing[@]})) || exit 0

if ((EUID)); then
	echo "deps.sh: packages are missing; as root:" >&2
	echo "  apt-get install -y --no-install-recommends ${missing[*]}" >&2
	exit 1
fi

export DEBIAN_FRONTEND=noninteractive
log=$(mktemp -t ikevti-apt.XXXXXX)
policy=
cleanup()
{
	[[ $policy ]] && rm -f "$policy"
	rm -f "$log"
}
trap cleanup EXIT
failed()
{
	tail -n 25 "$log" >&2
	echo "deps.sh: apt-get failed; missing: ${missing[*]}" >&2
	exit 1
}

# The peers are wanted as programs for tests: none of them shall start as a service.
if [[ ! -e /usr/sbin/policy-rc.d ]]; then
	policy=/usr/sbin/policy-rc.d
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod +x "$policy"
fi

echo "deps.sh: installing ${#missing[@]} packages and what they need: ${missing[*]}" >&2
start=$SECONDS

# apt ARGS... - as often as it takes until no other one holds its locks
apt()
{
	local said=

	while ! apt-get -q -y -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 \
		-o DPkg::Lock::Timeout=60 "$@" >"$log" 2>&1; do
		grep -qE 'Could not get lock|Unable to (acquire|lock)' "$log" || return 1
		((SECONDS - start < 1800)) || return 1
		[[ $said ]] || echo "deps.sh: waiting for another apt to end" >&2
		said=1
		sleep 2
	done
}
apt update || failed
apt --no-install-recommends install "${missing[@]}" &
pid=$!
while kill -0 $pid 2>/dev/null; do
	for ((i = 0; i < 20; i++)); do
		sleep 0.5
		kill -0 $pid 2>/dev/null || break 2
	done
	echo "deps.sh: $((SECONDS - start)) s: $(grep -c '^Get:' "$log" || :) fetched," \
		"$(grep -c '^Unpacking' "$log" || :) unpacked," \
		"$(grep -c '^Setting up' "$log" || :) set up" >&2
done
wait $pid || failed
if [[ " ${missing[*]} " == *" charon-systemd "* && -d /run/systemd/system ]]; then
	echo "deps.sh: strongSwan is here for tests only; its service is disabled" >&2
	systemctl -q disable --now strongswan.service >/dev/null 2>&1 || :
fi
echo "deps.sh: done in $((SECONDS - start)) s" >&2
