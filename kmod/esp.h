/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ESP on the wire, RFC 4303 section 2:
 *
 *   SPI (4) | sequence number (4) | IV | ciphertext | ICV
 *
 * where the ciphertext covers the inner packet, padding, the number of its
 * octets and the next header. Usually the IV is of 8 octets (RFC 4106, RFC
 * 7634), or is not sent (RFC 8750), and the ICV of 16. AES-CBC has an IV of 16
 * (RFC 3602), and the ICV is HMAC-SHA2's (RFC 4868).
 */
#ifndef _IKEVTI_ESP_H
#define _IKEVTI_ESP_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/random.h>
#include <linux/skbuff.h>
#include <linux/udp.h>

#define IKEVTI_ESP_IV_LEN	8
#define IKEVTI_CBC_IV_LEN	16
#define IKEVTI_ESP_ICV_LEN	16
#define IKEVTI_ESP_HLEN		(sizeof(struct ip_esp_hdr) + IKEVTI_ESP_IV_LEN)
#define IKEVTI_ESP_HLEN_MAX	(sizeof(struct ip_esp_hdr) + IKEVTI_CBC_IV_LEN)
#define IKEVTI_ESP_TRAILER	2	/* pad length, next header */
#define IKEVTI_ESP_ALIGN	4	/* RFC 4303 section 2.4 */

/* No ESP packet is shorter: this much is between header and ICV at least */
#define IKEVTI_ESP_MIN		(sizeof(struct ip_esp_hdr) + \
				 IKEVTI_ESP_ALIGN + IKEVTI_ESP_ICV_LEN)

/* What a packet needs after its end, usually */
#define IKEVTI_ESP_TAILROOM	(IKEVTI_ESP_ALIGN - 1 + IKEVTI_ESP_TRAILER + \
				 IKEVTI_ESP_ICV_LEN)
/* And before its beginning, link layer apart */
#define IKEVTI_OUTER_MAX	(sizeof(struct ipv6hdr) + \
				 sizeof(struct udphdr) + IKEVTI_ESP_HLEN_MAX)

/**
 * struct ikevti_format - what the packets of an SA look like
 * @iv: octets of IV that are sent, 0: it is the sequence number
 * @hlen: octets of ESP header and IV
 * @icv: octets of ICV
 * @align: what the ciphertext's length is a multiple of
 */
struct ikevti_format {
	u8 iv;
	u8 hlen;
	u8 icv;
	u8 align;
};

/**
 * ikevti_esp_len() - octets of an ESP packet
 * @f: its format
 * @len: octets of the inner packet
 * @align: as of ikevti_esp_fill()
 */
static inline unsigned int ikevti_esp_len(const struct ikevti_format *f,
					  unsigned int len, unsigned int align)
{
	return f->hlen + ALIGN(len + IKEVTI_ESP_TRAILER, align) + f->icv;
}

/**
 * ikevti_outer_len() - octets of the headers in front of ESP
 * @family: AF_INET or AF_INET6
 * @udp: UDP encapsulated
 */
static inline unsigned int ikevti_outer_len(u16 family, bool udp)
{
	return (family == AF_INET ? sizeof(struct iphdr) :
				    sizeof(struct ipv6hdr)) +
	       (udp ? sizeof(struct udphdr) : 0);
}

/**
 * ikevti_esp_mtu() - largest inner packet that fits an outer path MTU
 * @f: format of ESP
 * @pmtu: outer path MTU, octets
 * @family: outer address family
 * @udp: UDP encapsulated
 *
 * Return: octets, 0 if nothing fits.
 */
static inline unsigned int ikevti_esp_mtu(const struct ikevti_format *f,
					  unsigned int pmtu, u16 family,
					  bool udp)
{
	unsigned int fixed = ikevti_outer_len(family, udp) + f->hlen + f->icv;

	if (pmtu <= fixed + f->align)
		return 0;
	return ((pmtu - fixed) & ~(f->align - 1)) - IKEVTI_ESP_TRAILER;
}

/**
 * ikevti_esp_fill() - write ESP header, padding and trailer around a packet
 * @f: format of ESP
 * @esp: where ESP begins, the inner packet @f->hlen after it
 * @len: octets of the inner packet
 * @align: what the ciphertext's length is to be a multiple of, a power of two
 *	from @f->align to 256
 * @spi: of the SA
 * @nexthdr: IPPROTO_IPIP or IPPROTO_IPV6
 *
 * The sequence number, and the IV with it, is for ikevti_esp_number().
 * Return: octets to encrypt.
 */
static inline unsigned int ikevti_esp_fill(const struct ikevti_format *f,
					   u8 *esp, unsigned int len,
					   unsigned int align, u32 spi,
					   u8 nexthdr)
{
	unsigned int pad = -(len + IKEVTI_ESP_TRAILER) & (align - 1);
	u8 *tail = esp + f->hlen + len;
	unsigned int i;

	((struct ip_esp_hdr *)esp)->spi = htonl(spi);
	for (i = 0; i < pad; i++)
		tail[i] = i + 1;
	tail[pad] = pad;
	tail[pad + 1] = nexthdr;
	return len + pad + IKEVTI_ESP_TRAILER;
}

/*
 * Write sequence number and IV: the same number, where it has to be unique and
 * is sent; CBC's must not be known before (RFC 3602 section 3).
 */
static inline void ikevti_esp_number(const struct ikevti_format *f, u8 *esp,
				     u64 seq)
{
	((struct ip_esp_hdr *)esp)->seq_no = htonl((u32)seq);
	if (likely(f->iv == IKEVTI_ESP_IV_LEN))
		put_unaligned_be64(seq, esp + sizeof(struct ip_esp_hdr));
	else if (f->iv)
		get_random_bytes(esp + sizeof(struct ip_esp_hdr), f->iv);
}

#endif /* _IKEVTI_ESP_H */
