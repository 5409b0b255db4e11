# SPDX-License-Identifier: GPL-2.0-or-later
# what:  a decrypted packet keeps what was noted of the outer one
# file:  kmod/deliver.c
# test:  new_life.sh
# check: single packets: v4, encap none
/^static void begin_new_life/,/^}/{
	s/skb_scrub_packet(skb, true);/skb_scrub_packet(skb, false);/
	/memset(&skb->headers/d
}
