# SPDX-License-Identifier: GPL-2.0-or-later
# what:  a rekey takes the carrier away
# file:  kmod/sa.c
# test:  ecmp.sh
# check: a rekey loses nothing|no flow moved|the same on each
/^void ikevti_sa_install_out/,/^}/s/^\tif (old)$/\tif (old)\n\t\tnetif_carrier_off(sa->idev->dev);\n\tif (old)/
