# SPDX-License-Identifier: GPL-2.0-or-later
# what:  the ECN of the outer header is forgotten
# file:  kmod/deliver.c
# test:  ecn.sh
# check: outer ECN 3: drop
s/INET_ECN_decapsulate(skb, ikevti_rx_cb(skb)->tos,/INET_ECN_decapsulate(skb, 0,/
