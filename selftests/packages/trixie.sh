#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian 13: as bookworm.sh, with Linux 6.12 and the newest of trixie-backports.
first_kernel='6\.12\.' later_kernel='([7-9]|[1-9][0-9])\.'
. "$(dirname "${BASH_SOURCE[0]}")/lib/suite.sh" trixie linux-headers-cloud-amd64 \
	"-t trixie-backports linux-headers-cloud-amd64"
