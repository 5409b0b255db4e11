/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints, for perf, bpftrace and tracefs. A packet's cost does not change
 * while nobody looks: what an event holds is known already, or read within it.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ikevti

#if !defined(_IKEVTI_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _IKEVTI_TRACE_H

#include <linux/if.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "dev.h"
#include "path.h"
#include "sa.h"
#include "stats.h"

#ifndef _IKEVTI_TRACE_ENUMS
#define _IKEVTI_TRACE_ENUMS
/* What happened to an SA */
enum ikevti_trace_state {
	IKEVTI_TRACE_ALLOCATED,	/* has an SPI and no key */
	IKEVTI_TRACE_INSTALLED,
	IKEVTI_TRACE_EXPIRED,	/* reached a hard limit */
	IKEVTI_TRACE_REMOVED,
};
#endif

TRACE_DEFINE_ENUM(IKEVTI_TRACE_ALLOCATED);
TRACE_DEFINE_ENUM(IKEVTI_TRACE_INSTALLED);
TRACE_DEFINE_ENUM(IKEVTI_TRACE_EXPIRED);
TRACE_DEFINE_ENUM(IKEVTI_TRACE_REMOVED);

#define ikevti_show_state(state)					\
	__print_symbolic(state,						\
			 { IKEVTI_TRACE_ALLOCATED, "allocated" },	\
			 { IKEVTI_TRACE_INSTALLED, "installed" },	\
			 { IKEVTI_TRACE_EXPIRED, "expired" },		\
			 { IKEVTI_TRACE_REMOVED, "removed" })

DECLARE_EVENT_CLASS(ikevti_packets,
	TP_PROTO(const struct ikevti_dev *idev, const struct ikevti_sa *sa,
		 u64 seq, unsigned int len, unsigned int packets),
	TP_ARGS(idev, sa, seq, len, packets),
	TP_STRUCT__entry(
		__array(char, dev, IFNAMSIZ)
		__field(u32, spi)
		__field(u64, seq)
		__field(u32, len)
		__field(u32, packets)
	),
	TP_fast_assign(
		memcpy(__entry->dev, idev->dev->name, IFNAMSIZ);
		__entry->spi = sa->spi;
		__entry->seq = seq;
		__entry->len = len;
		__entry->packets = packets;
	),
	TP_printk("dev=%s spi=0x%08x seq=%llu len=%u packets=%u",
		  __entry->dev, __entry->spi, __entry->seq, __entry->len,
		  __entry->packets)
);

/* An ESP packet, or a batch of them, on its way to the underlay */
DEFINE_EVENT(ikevti_packets, ikevti_tx,
	TP_PROTO(const struct ikevti_dev *idev, const struct ikevti_sa *sa,
		 u64 seq, unsigned int len, unsigned int packets),
	TP_ARGS(idev, sa, seq, len, packets)
);

/* Inner packets on their way up: one, or a run of a TCP flow */
DEFINE_EVENT(ikevti_packets, ikevti_rx,
	TP_PROTO(const struct ikevti_dev *idev, const struct ikevti_sa *sa,
		 u64 seq, unsigned int len, unsigned int packets),
	TP_ARGS(idev, sa, seq, len, packets)
);

/* Counted as an error or drop; the reason is the counter's name */
TRACE_EVENT(ikevti_drop,
	TP_PROTO(const struct ikevti_dev *idev, const struct ikevti_sa *sa,
		 const char *reason),
	TP_ARGS(idev, sa, reason),
	TP_STRUCT__entry(
		__array(char, dev, IFNAMSIZ)
		__array(char, reason, IKEVTI_REASON_LEN)
		__field(u32, spi)
	),
	TP_fast_assign(
		memcpy(__entry->dev, idev->dev->name, IFNAMSIZ);
		strscpy(__entry->reason, reason, IKEVTI_REASON_LEN);
		__entry->spi = sa ? sa->spi : 0;
	),
	TP_printk("dev=%s spi=0x%08x reason=%s", __entry->dev, __entry->spi,
		  __entry->reason)
);

TRACE_EVENT(ikevti_sa_state,
	TP_PROTO(const struct ikevti_sa *sa, enum ikevti_trace_state state),
	TP_ARGS(sa, state),
	TP_STRUCT__entry(
		__array(char, dev, IFNAMSIZ)
		__field(u32, spi)
		__field(u32, path)
		__field(u32, lane)
		__field(u8, dir)
		__field(u8, state)
	),
	TP_fast_assign(
		memcpy(__entry->dev, sa->idev->dev->name, IFNAMSIZ);
		__entry->spi = sa->spi;
		__entry->path = sa->path ? sa->path->id : 0;
		__entry->lane = sa->lane_id;
		__entry->dir = sa->dir;
		__entry->state = state;
	),
	TP_printk("dev=%s dir=%s spi=0x%08x path=%u lane=%u state=%s",
		  __entry->dev, __entry->dir == IKEVTI_SA_IN ? "in" : "out",
		  __entry->spi, __entry->path, __entry->lane,
		  ikevti_show_state(__entry->state))
);

#endif /* _IKEVTI_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
