/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Key schedule of IKE and child SAs (RFC 7296 sections 2.14, 2.17, 2.18) and
 * the AUTH payload's octets (section 2.15).
 */
#ifndef CRYPTO_KEYS_H
#define CRYPTO_KEYS_H

#include "crypto/crypto.h"

/**
 * struct crypto_suite - the chosen transforms of an IKE or child SA
 * @encr: enum ikev2_encr
 * @encr_bits: key length in bits
 * @integ: enum ikev2_integ; NONE with an AEAD
 * @prf: enum ikev2_prf; unused for a child
 * @group: enum ikev2_group; NONE for a child without PFS
 */
struct crypto_suite {
	uint16_t encr;
	uint16_t encr_bits;
	uint16_t integ;
	uint16_t prf;
	uint16_t group;
};

/**
 * crypto_encr_key_len() - key octets of an encryption transform
 * @encr: enum ikev2_encr
 * @bits: key length attribute
 *
 * With AES-GCM this includes the 4 octets of salt (RFC 5282, RFC 4106).
 *
 * Return: 0 when unsupported. Any thread.
 */
size_t crypto_encr_key_len(uint16_t encr, uint16_t bits);

/**
 * crypto_encr_is_aead() - whether a cipher excludes an integrity transform
 * @encr: enum ikev2_encr
 */
bool crypto_encr_is_aead(uint16_t encr);

/**
 * crypto_integ_key_len() - key octets of an integrity transform
 * @integ: enum ikev2_integ
 *
 * Return: 0 for NONE and when unsupported. Any thread.
 */
size_t crypto_integ_key_len(uint16_t integ);

/**
 * crypto_integ_icv_len() - octets of checksum on the wire
 * @integ: enum ikev2_integ
 *
 * Return: 0 for NONE and when unsupported. Any thread.
 */
size_t crypto_integ_icv_len(uint16_t integ);

/**
 * crypto_ike_suite_supported() - whether we can run an IKE SA with it
 * @suite: encr, integ, prf and group
 */
bool crypto_ike_suite_supported(const struct crypto_suite *suite);

/**
 * struct crypto_ike_keys - all keys of an IKE SA
 * @d: SK_d, for the keys of child SAs and of the next IKE SA
 * @ai: integrity, initiator
 * @ar: integrity, responder
 * @ei: encryption, initiator
 * @er: encryption, responder
 * @pi: AUTH, initiator
 * @pr: AUTH, responder
 *
 * The last letter is the direction: i are the original initiator's, used on
 * what it sends. With an AEAD ai and ar are empty.
 */
struct crypto_ike_keys {
	struct crypto_secret d;
	struct crypto_secret ai;
	struct crypto_secret ar;
	struct crypto_secret ei;
	struct crypto_secret er;
	struct crypto_secret pi;
	struct crypto_secret pr;
};

void crypto_ike_keys_clear(struct crypto_ike_keys *keys);

/**
 * struct crypto_nonces - of the exchange keys are derived for
 * @ni: nonce of that exchange's initiator
 * @nr: nonce of its responder
 */
struct crypto_nonces {
	struct wire_chunk ni;
	struct wire_chunk nr;
};

/**
 * crypto_ike_keys_derive() - keys of a new IKE SA, SKEYSEED = prf(Ni | Nr, g^ir)
 * @lib: handle
 * @suite: chosen transforms
 * @shared: result of the key exchange
 * @nonces: of IKE_SA_INIT
 * @spi_i: new SPI of the initiator
 * @spi_r: new SPI of the responder
 * @keys: result, cleared on error
 *
 * Context: the thread that owns @lib.
 * Return: CRYPTO_OK, CRYPTO_UNSUPPORTED or CRYPTO_INTERNAL.
 */
enum crypto_status crypto_ike_keys_derive(struct crypto_lib *lib,
					  const struct crypto_suite *suite,
					  const struct crypto_shared *shared,
					  const struct crypto_nonces *nonces,
					  uint64_t spi_i, uint64_t spi_r,
					  struct crypto_ike_keys *keys);

/**
 * crypto_ike_keys_rekey() - keys after an IKE SA rekey (section 2.18),
 *	SKEYSEED = prf(SK_d (old), g^ir (new) | Ni | Nr)
 * @lib: handle
 * @old_prf: PRF of the old IKE SA, used for SKEYSEED
 * @old_d: SK_d of the old IKE SA
 * @suite: transforms of the new one
 * @shared: new key exchange, mandatory
 * @nonces: of CREATE_CHILD_SA
 * @spi_i: new SPI of the rekey's initiator
 * @spi_r: new SPI of its responder
 * @keys: result, cleared on error
 *
 * Context: the thread that owns @lib.
 * Return: CRYPTO_OK, CRYPTO_UNSUPPORTED or CRYPTO_INTERNAL.
 */
enum crypto_status crypto_ike_keys_rekey(struct crypto_lib *lib, uint16_t old_prf,
					 const struct crypto_secret *old_d,
					 const struct crypto_suite *suite,
					 const struct crypto_shared *shared,
					 const struct crypto_nonces *nonces,
					 uint64_t spi_i, uint64_t spi_r,
					 struct crypto_ike_keys *keys);

/**
 * struct crypto_child_keys - keys of a child SA pair
 * @encr_i: for packets of the exchange's initiator; AES-GCM: key, then salt
 * @integ_i: empty with an AEAD
 * @encr_r: for packets of its responder
 * @integ_r: empty with an AEAD
 */
struct crypto_child_keys {
	struct crypto_secret encr_i;
	struct crypto_secret integ_i;
	struct crypto_secret encr_r;
	struct crypto_secret integ_r;
};

void crypto_child_keys_clear(struct crypto_child_keys *keys);

/**
 * crypto_child_keys_derive() - KEYMAT = prf+(SK_d, [g^ir |] Ni | Nr)
 * @lib: handle
 * @prf: PRF of the IKE SA
 * @sk_d: SK_d of the IKE SA
 * @suite: encr, encr_bits and integ of the child
 * @shared: key exchange for PFS, NULL without
 * @nonces: of IKE_SA_INIT for the first child, else of CREATE_CHILD_SA
 * @keys: result, cleared on error
 *
 * Context: the thread that owns @lib.
 * Return: CRYPTO_OK, CRYPTO_UNSUPPORTED or CRYPTO_INTERNAL.
 */
enum crypto_status crypto_child_keys_derive(struct crypto_lib *lib, uint16_t prf,
					    const struct crypto_secret *sk_d,
					    const struct crypto_suite *suite,
					    const struct crypto_shared *shared,
					    const struct crypto_nonces *nonces,
					    struct crypto_child_keys *keys);

/**
 * struct crypto_auth_octets - what AUTH of one side covers
 * @part: message | peer's nonce | prf(SK_p, ID body), pointing at the caller's
 *	buffers and at @maced_id: do not copy the structure
 * @maced_id: storage of the last part
 */
struct crypto_auth_octets {
	struct wire_chunk part[3];
	uint8_t maced_id[CRYPTO_HASH_MAX];
};

/**
 * crypto_auth_octets() - put together what a side signs or authenticates
 * @lib: handle
 * @prf: PRF of the IKE SA
 * @message: that side's last IKE_SA_INIT message as sent, without the non-ESP
 *	marker
 * @nonce: nonce data of the other side
 * @sk_p: SK_pi for the initiator, SK_pr for the responder
 * @id_body: body of that side's ID payload, as on the wire
 * @out: result
 *
 * Context: the thread that owns @lib.
 * Return: CRYPTO_OK, CRYPTO_UNSUPPORTED or CRYPTO_INTERNAL.
 */
enum crypto_status crypto_auth_octets(struct crypto_lib *lib, uint16_t prf,
				      struct wire_chunk message, struct wire_chunk nonce,
				      const struct crypto_secret *sk_p,
				      struct wire_chunk id_body,
				      struct crypto_auth_octets *out);

/**
 * crypto_auth_psk() - AUTH data of method PSK:
 *	prf(prf(psk, "Key Pad for IKEv2"), octets)
 * @lib: handle
 * @prf: PRF of the IKE SA
 * @psk: shared secret
 * @octets: result of crypto_auth_octets()
 * @auth: crypto_prf_len(@prf) octets; compare with crypto_equal()
 *
 * Context: the thread that owns @lib.
 * Return: CRYPTO_OK, CRYPTO_UNSUPPORTED or CRYPTO_INTERNAL.
 */
enum crypto_status crypto_auth_psk(struct crypto_lib *lib, uint16_t prf, struct wire_chunk psk,
				   const struct crypto_auth_octets *octets, uint8_t *auth);

#endif /* CRYPTO_KEYS_H */
