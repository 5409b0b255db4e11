#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian 12: packages are built there, twice the same; installed, upgraded, removed and purged; DKMS
# builds the module for Linux 6.1 and, when its headers come, for 6.12.
first_kernel='6\.1\.' later_kernel='6\.12\.'
. "$(dirname "${BASH_SOURCE[0]}")/lib/suite.sh" bookworm linux-headers-cloud-amd64 \
	linux-headers-6.12-cloud-amd64
