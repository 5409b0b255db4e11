# SPDX-License-Identifier: GPL-2.0-or-later
# what:  the TTL of outer packets is shown as the system's, whatever it is
# file:  kmod/link.c
# test:  plugin.sh
# check: are shown
s/IFLA_IKEVTI_TTL, READ_ONCE(idev->ttl))/IFLA_IKEVTI_TTL, IKEVTI_TTL_DEFAULT)/
