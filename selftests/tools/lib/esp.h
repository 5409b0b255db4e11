/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ESP (RFC 4303) with AES-GCM-16 (RFC 4106) and ChaCha20-Poly1305 (RFC 7634), written from the
 * RFCs and sharing nothing with the module: what both agree on is the standard.
 */
#ifndef IKEVTI_TEST_ESP_H
#define IKEVTI_TEST_ESP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ESP_HDR_LEN	8
#define ESP_IV_LEN	8
#define ESP_ICV_LEN	16
#define ESP_SALT_LEN	4
#define ESP_MIN_LEN	(ESP_HDR_LEN + 4 + ESP_ICV_LEN)

struct esp_sa {
	uint32_t spi;
	uint8_t key[32];
	int key_len;
	uint8_t salt[ESP_SALT_LEN];
	bool esn;
	bool chacha;
	bool iiv;	/* the IV is not sent, RFC 8750 */
};

/**
 * esp_seal() - build one ESP packet
 * @sa: keys; with ESN the upper half of @seq is authenticated, not sent
 * @seq: sequence number
 * @iv: 8 octets, not looked at if it is implicit
 * @plain: payload, padding, pad length and next header as they are to be encrypted
 * @len: of @plain
 * @out: receives SPI, sequence number, IV, ciphertext and ICV: @len + 32 octets at most
 *
 * Return: octets written, -1 when OpenSSL fails.
 */
int esp_seal(const struct esp_sa *sa, uint64_t seq, const uint8_t *iv, const uint8_t *plain,
	     size_t len, uint8_t *out);

/**
 * esp_open() - check and decrypt one ESP packet
 * @sa: keys
 * @seq_hi: upper half of the sequence number, used with ESN
 * @packet: from the SPI on
 * @len: of @packet
 * @plain: receives @len - 24 octets at most, trailer included
 *
 * Return: octets of @plain, -1 when too short or the ICV is wrong.
 */
int esp_open(const struct esp_sa *sa, uint32_t seq_hi, const uint8_t *packet, size_t len,
	     uint8_t *plain);

/** esp_body() - octets of an SA's packets before the ciphertext */
static inline size_t esp_body(const struct esp_sa *sa)
{
	return ESP_HDR_LEN + (sa->iiv ? 0 : ESP_IV_LEN);
}

/** esp_parse_sa() - SPI:KEY:SALT[:esn][:chacha][:iiv]; Return: 0 or -1 */
int esp_parse_sa(const char *text, struct esp_sa *sa);

/** put32() - big endian */
static inline void put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

/** put16() - big endian */
static inline void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/** get32() - big endian */
static inline uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/** get16() - big endian */
static inline uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

#endif
