// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ESP packets by OpenSSL; see RFC 4303 section 2, RFC 4106 sections 3 to 5, RFC 7634 section 2,
 * RFC 8750 section 3.
 */
#include "esp.h"
#include "nl-attrs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

/* RFC 4106 section 5: SPI and sequence number, extended when ESN is in use */
static int make_aad(const struct esp_sa *sa, uint64_t seq, uint8_t *aad)
{
	put32(aad, sa->spi);
	if (!sa->esn) {
		put32(aad + 4, (uint32_t)seq);
		return 8;
	}
	put32(aad + 4, (uint32_t)(seq >> 32));
	put32(aad + 8, (uint32_t)seq);
	return 12;
}

static const EVP_CIPHER *cipher(const struct esp_sa *sa)
{
	if (sa->chacha)
		return EVP_chacha20_poly1305();
	switch (sa->key_len) {
	case 16:
		return EVP_aes_128_gcm();
	case 24:
		return EVP_aes_192_gcm();
	default:
		return EVP_aes_256_gcm();
	}
}

/* Salt and what was sent, or the sequence number, whose upper half is zero without ESN */
static void make_nonce(const struct esp_sa *sa, uint64_t seq, const uint8_t *iv, uint8_t *nonce)
{
	memcpy(nonce, sa->salt, ESP_SALT_LEN);
	if (!sa->iiv) {
		memcpy(nonce + ESP_SALT_LEN, iv, ESP_IV_LEN);
		return;
	}
	put32(nonce + ESP_SALT_LEN, sa->esn ? (uint32_t)(seq >> 32) : 0);
	put32(nonce + ESP_SALT_LEN + 4, (uint32_t)seq);
}

int esp_seal(const struct esp_sa *sa, uint64_t seq, const uint8_t *iv, const uint8_t *plain,
	     size_t len, uint8_t *out)
{
	uint8_t nonce[12], aad[12];
	EVP_CIPHER_CTX *ctx;
	int aad_len, n, ret = -1;
	uint8_t *body = out + esp_body(sa);

	put32(out, sa->spi);
	put32(out + 4, (uint32_t)seq);
	if (!sa->iiv)
		memcpy(out + ESP_HDR_LEN, iv, ESP_IV_LEN);
	make_nonce(sa, seq, iv, nonce);
	aad_len = make_aad(sa, seq, aad);

	ctx = EVP_CIPHER_CTX_new();
	if (ctx && EVP_EncryptInit_ex(ctx, cipher(sa), NULL, sa->key, nonce) == 1 &&
	    EVP_EncryptUpdate(ctx, NULL, &n, aad, aad_len) == 1 &&
	    EVP_EncryptUpdate(ctx, body, &n, plain, (int)len) == 1 &&
	    EVP_EncryptFinal_ex(ctx, body + len, &n) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, ESP_ICV_LEN, body + len) == 1)
		ret = (int)(esp_body(sa) + len + ESP_ICV_LEN);
	EVP_CIPHER_CTX_free(ctx);
	return ret;
}

int esp_open(const struct esp_sa *sa, uint32_t seq_hi, const uint8_t *packet, size_t len,
	     uint8_t *plain)
{
	uint8_t nonce[12], aad[12], icv[ESP_ICV_LEN];
	EVP_CIPHER_CTX *ctx;
	int aad_len, n, ret = -1;
	uint64_t seq;
	int body;

	if (len < esp_body(sa) + 4 + ESP_ICV_LEN)
		return -1;
	seq = (uint64_t)seq_hi << 32 | get32(packet + 4);
	body = (int)(len - esp_body(sa) - ESP_ICV_LEN);
	make_nonce(sa, seq, packet + ESP_HDR_LEN, nonce);
	memcpy(icv, packet + len - ESP_ICV_LEN, ESP_ICV_LEN);
	aad_len = make_aad(sa, seq, aad);

	ctx = EVP_CIPHER_CTX_new();
	if (ctx && EVP_DecryptInit_ex(ctx, cipher(sa), NULL, sa->key, nonce) == 1 &&
	    EVP_DecryptUpdate(ctx, NULL, &n, aad, aad_len) == 1 &&
	    EVP_DecryptUpdate(ctx, plain, &n, packet + esp_body(sa), body) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, ESP_ICV_LEN, icv) == 1 &&
	    EVP_DecryptFinal_ex(ctx, plain + body, &n) == 1)
		ret = body;
	EVP_CIPHER_CTX_free(ctx);
	return ret;
}

int esp_parse_sa(const char *text, struct esp_sa *sa)
{
	char *copy = strdup(text);
	char *save, *word;
	uint64_t spi;
	int ret = -1;

	memset(sa, 0, sizeof(*sa));
	if (!copy)
		return -1;
	word = strtok_r(copy, ":", &save);
	if (!word || parse_number(word, &spi))
		goto out;
	sa->spi = (uint32_t)spi;
	word = strtok_r(NULL, ":", &save);
	if (word)
		sa->key_len = parse_hex(word, sa->key, sizeof(sa->key));
	if (!word || (sa->key_len != 16 && sa->key_len != 24 && sa->key_len != 32))
		goto out;
	word = strtok_r(NULL, ":", &save);
	if (!word || parse_hex(word, sa->salt, sizeof(sa->salt)) != ESP_SALT_LEN)
		goto out;
	while ((word = strtok_r(NULL, ":", &save))) {
		if (!strcmp(word, "esn"))
			sa->esn = true;
		else if (!strcmp(word, "chacha"))
			sa->chacha = true;
		else if (!strcmp(word, "iiv"))
			sa->iiv = true;
		else
			goto out;
	}
	ret = 0;
out:
	free(copy);
	return ret;
}
