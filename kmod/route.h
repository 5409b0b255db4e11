/* SPDX-License-Identifier: GPL-2.0-only */
/* Routes of outer packets */
#ifndef _IKEVTI_ROUTE_H
#define _IKEVTI_ROUTE_H

#include <net/dst.h>

struct ikevti_dev;
struct ikevti_endpoint;
struct ikevti_lane;
struct ikevti_path;
struct sk_buff;

struct dst_entry *ikevti_route(struct ikevti_dev *idev, struct net *net,
			       struct ikevti_path *path,
			       const struct ikevti_endpoint *ep,
			       struct ikevti_lane *lane);
struct dst_entry *ikevti_route_once(struct ikevti_dev *idev, struct net *net,
				    const struct ikevti_endpoint *ep,
				    u32 path_id);
void ikevti_route_learn(struct ikevti_dev *idev, struct net *net,
			const struct ikevti_endpoint *ep, u32 path_id,
			u32 lane_id, struct sk_buff *skb, u32 mtu);
int ikevti_route_probe(struct ikevti_dev *idev, struct net *net,
		       const struct ikevti_endpoint *ep, u32 path_id, int *oif);

#endif /* _IKEVTI_ROUTE_H */
