# SPDX-License-Identifier: GPL-2.0-or-later
# what:  ICMP errors about SPIs that nobody has are believed
# file:  kmod/icmp.c
# test:  pmtu.sh
# check: changes nothing
/^static struct ikevti_sa \*sender/,/^}/{
s/u32 id = ntohl(spi);/u32 id = ntohl(spi);\n\tint bkt;/
s/hash_for_each_possible_rcu(in->out, sa, out, id)/hash_for_each_rcu(in->out, bkt, sa, out)/
s/if (sa->spi == id &&/if (id \&\&/
}
