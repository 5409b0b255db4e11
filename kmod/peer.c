// SPDX-License-Identifier: GPL-2.0-only
#include "dev.h"
#include "peer.h"

/**
 * ikevti_peer_setup() - make what a peer consists of
 * @peer: zeroed
 * @idev: its device
 */
void ikevti_peer_setup(struct ikevti_peer *peer, struct ikevti_dev *idev)
{
	peer->idev = idev;
	peer->acquire_at = jiffies - HZ;
	INIT_LIST_HEAD(&peer->paths);
	INIT_LIST_HEAD(&peer->sas);
}
