#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# OpenIKED: both roles, every group it has in common with us, outer IPv4 and IPv6, a peer that uses
# port 4500 and ESP in UDP without a NAT (RFC 7296 section 2.23), a NAT, rekeys by either side and
# by both at once, death and return, refusals.
. "$(dirname "${BASH_SOURCE[0]}")/lib/interop.sh"
# shellcheck disable=SC2034 # used by what is sourced
PEER=iked FOREIGN_ESP=aes256-sha512 FOREIGN_GROUPS="x25519 ecp256 ecp384 ecp521 modp2048"
# it has no AEAD for ESP
FOREIGN_DEFAULTS='' FOREIGN_ENCAP=auto FOREIGN_LOSES=2
FOREIGN_WRONG_PSK='AUTHENTICATION_FAILED' FOREIGN_WRONG_IKE='NO_PROPOSAL_CHOSEN'
. "$interop_dir/foreign.sh"

# its SAs admit the family of the outer addresses only
foreign_inner() { echo "$FAMILY"; }

# started so, it takes port 4500 alone, and ESP in UDP, without a NAT
foreign_more()
{
	ENCAP=udp
	peer_conf b
	check "it starts for port 4500 alone" peer_start b
	check "it begins on port 4500, without a NAT" theirs_begin
	check "each side rekeys each SA there" rekeys
	check "its end leaves no SA" theirs_end
	peer_stop b
	ENCAP=auto
}

foreign
