#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# libreswan: both roles, every group it has in common with us, outer IPv4 and IPv6, forced UDP, a
# NAT, rekeys of every kind by either side and by both at once, death and return, refusals.
. "$(dirname "${BASH_SOURCE[0]}")/lib/interop.sh"
# shellcheck disable=SC2034 # used by what is sourced
PEER=libre FOREIGN_ESP=aes256gcm16 FOREIGN_GROUPS="x25519 ecp256 ecp384 ecp521 modp2048"
FOREIGN_DEFAULTS=1 FOREIGN_ENCAP=udp FOREIGN_LOSES=0
FOREIGN_WRONG_PSK='AUTHENTICATION_FAILED' FOREIGN_WRONG_IKE='NO_PROPOSAL_CHOSEN'
. "$interop_dir/foreign.sh"

# one selector for each side: IPv4 inside
foreign_inner() { echo 4; }
foreign_more() { :; }

foreign
