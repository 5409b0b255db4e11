/* SPDX-License-Identifier: GPL-2.0-only */
/* Notifications to the "events" multicast group of the underlay namespace */
#ifndef _IKEVTI_EVENT_H
#define _IKEVTI_EVENT_H

#include <linux/ikevti.h>
#include <linux/types.h>

struct ikevti_dev;
struct ikevti_path;
struct ikevti_peer;
struct ikevti_sa;
struct ikevti_source;
struct net;
struct sk_buff;

void ikevti_event_sa_limit(struct ikevti_sa *sa, enum ikevti_limit limit,
			   bool hard);
void ikevti_event_acquire(struct ikevti_dev *idev, struct ikevti_peer *peer,
			  const struct sk_buff *skb);
void ikevti_event_address(struct ikevti_sa *sa,
			  const struct ikevti_source *source);
void ikevti_source_of(struct ikevti_source *source, const struct sk_buff *skb,
		      bool udp);
void ikevti_event_unknown_spi(struct net *net, struct sk_buff *skb);
void ikevti_event_path_state(struct ikevti_path *path);
void ikevti_event_pmtu(struct ikevti_path *path);
void ikevti_event_auth_failure(struct ikevti_sa *sa);

#endif /* _IKEVTI_EVENT_H */
