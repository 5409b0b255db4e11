# SPDX-License-Identifier: GPL-2.0-or-later
# what:  checksums of what is for this host are not looked at although rules send it on
# file:  kmod/deliver.c
# test:  gro.sh
# check: the wrong one is still wrong, diverted by filter
/^static bool may_be_diverted/,/^}/{s/return .*/return false;/;/ikevti_dev_has_ingress/d}
