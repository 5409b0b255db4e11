/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs of one TCP flow become one GSO packet */
#ifndef _IKEVTI_STREAM_H
#define _IKEVTI_STREAM_H

#include <linux/sizes.h>
#include <linux/types.h>

struct ikevti_unit;
struct napi_struct;
struct net_device;
struct sk_buff;

#define IKEVTI_AREA_SIZE	SZ_64K
/* Fixed IP header and TCP header with all options */
#define IKEVTI_STREAM_HLEN_MAX	(40 + 60)
/* Ciphertext below this is not worth it */
#define IKEVTI_STREAM_MIN	256

/**
 * struct ikevti_in_run - where a packet is in a run
 * @data: of the run's first packet the IP header, of others the payload
 * @payload: octets of payload
 * @index: place in the run, 0 the first
 * @hlen: of the first packet: octets of IP and TCP header
 * @iplen: of the first packet: octets of IP header
 * @fixed_id: of the first packet: all have its IPv4 identification
 * @flags: TCP flags that end a run
 */
struct ikevti_in_run {
	u8 *data;
	unsigned int payload;
	u8 index;
	u8 hlen;
	u8 iplen;
	bool fixed_id;
	u8 flags;
};

/**
 * struct ikevti_stream - builds runs
 * @base: memory that plaintext of this burst goes to, a compound page, or NULL
 * @end: what is used of it
 * @first: first packet of the run being built, NULL for none
 * @n: packets of it
 * @seq: TCP sequence number it goes on with
 * @len: octets of the IP packet it would be
 * @trusted: its TCP checksums need not be looked at
 * @saved: octets that the next packet's headers overwrite
 * @likely: the last packet was one for a run
 *
 * Payloads are to lie one behind the other. A packet is decrypted to where its
 * payload is wanted then; the headers in front of it overwrite the end of the
 * payload before, which is put back when they have been compared.
 */
struct ikevti_stream {
	u8 *base;
	u8 *end;
	struct ikevti_unit *first;
	unsigned int n;
	u32 seq;
	unsigned int len;
	bool trusted;
	u8 saved[IKEVTI_STREAM_HLEN_MAX];
	bool likely;
};

/* How a decrypted packet may be treated */
struct ikevti_stream_terms {
	u8 tos;		/* DS field of the outer header */
	bool trust4;	/* TCP checksums over IPv4 need not be looked at */
	bool trust6;
	/* Nor those of what ends here, in this device; NULL: all others */
	const struct net_device *own;
};

bool ikevti_stream_begin(struct ikevti_stream *s, unsigned int bytes);
u8 *ikevti_stream_place(struct ikevti_stream *s);
void ikevti_stream_undo(struct ikevti_stream *s, u8 *at);
u8 *ikevti_stream_take(struct ikevti_stream *s, struct ikevti_unit *unit,
		       u8 *at, unsigned int len,
		       const struct ikevti_stream_terms *terms);
bool ikevti_stream_fits(const u8 *data, unsigned int len);
struct sk_buff *ikevti_stream_build(struct napi_struct *napi,
				    const struct ikevti_unit *unit,
				    unsigned int n);
void ikevti_stream_end(struct ikevti_stream *s);
void ikevti_stream_exit(void);

#endif /* _IKEVTI_STREAM_H */
