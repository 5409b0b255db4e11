// SPDX-License-Identifier: GPL-2.0-only
/*
 * A way out that is used later than in the call that found it under RCU. What
 * sending takes is held by itself: the SA with its cipher, the device, the
 * route, the socket, and the namespace, for which there is nothing else without
 * a socket.
 */
#include <net/net_namespace.h>
#include <net/sock.h>

#include "dev.h"
#include "path.h"
#include "sa.h"
#include "tx.h"

/**
 * ikevti_tx_keep() - keep a way out
 * @kept: what to fill in
 * @tx: the way
 *
 * Context: RCU read side.
 * Return: false if that cannot be, there is nothing to release then.
 */
bool ikevti_tx_keep(struct ikevti_tx_kept *kept, const struct ikevti_tx *tx)
{
	if (!ikevti_sa_job_begin(tx->choice.sa))
		return false;
	if (!maybe_get_net(tx->net)) {
		ikevti_sa_job_end(tx->choice.sa);
		return false;
	}
	kept->tx = *tx;
	kept->ep = *tx->ep;
	kept->tx.ep = &kept->ep;
	kept->tx.choice.path = NULL;
	kept->tx.choice.lane = NULL;
	dst_hold(tx->dst);
	if (tx->sk)
		sock_hold(tx->sk);
	dev_hold(tx->idev->dev);
	return true;
}

/**
 * ikevti_tx_release() - counterpart of ikevti_tx_keep()
 * @kept: of no use afterwards
 *
 * Context: any. The device may be gone afterwards.
 */
void ikevti_tx_release(struct ikevti_tx_kept *kept)
{
	struct ikevti_tx *tx = &kept->tx;

	dst_release(tx->dst);
	if (tx->sk)
		sock_put(tx->sk);
	put_net(tx->net);
	ikevti_sa_job_end(tx->choice.sa);
	dev_put(tx->idev->dev);
}
