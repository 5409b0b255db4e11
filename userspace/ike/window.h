/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Message IDs, exact retransmission and the response cache (RFC 7296 sections
 * 2.1 to 2.3). The window is one request each way.
 */
#ifndef IKE_WINDOW_H
#define IKE_WINDOW_H

#include "ike/engine.h"

void ike_window_init(struct ike_sa *sa);
void ike_window_free(struct ike_sa *sa);

/** ike_build() - begin an inner chain in the engine's scratch memory */
void ike_build(struct ike_engine *e, struct wire_builder *b);

/**
 * ike_send_request() - encrypt, send and keep sending a request of ours
 * Return: false when it could not be made: the IKE SA is of no more use
 */
bool ike_send_request(struct ike_sa *sa, uint8_t exchange, struct wire_builder *b);

/** ike_send_clear_request() - the same for IKE_SA_INIT; @data is copied */
bool ike_send_clear_request(struct ike_sa *sa, const uint8_t *data, size_t len);

/** ike_send_response() - answer the request being worked on, and remember it */
bool ike_send_response(struct ike_sa *sa, uint8_t exchange, struct wire_builder *b);
bool ike_send_clear_response(struct ike_sa *sa, const uint8_t *data, size_t len);

/** ike_send_notify_response() - an answer of one error notify */
void ike_send_notify_response(struct ike_sa *sa, uint8_t exchange, uint16_t notify,
			      struct wire_chunk data);

/** ike_resend_response() - a request came again: the same answer again */
void ike_resend_response(struct ike_sa *sa, const struct ike_message *m);

/** ike_request_answered() - stop repeating, advance our message ID */
void ike_request_answered(struct ike_sa *sa);

/** ike_request_hurry() - the way may be free again: repeat it now, and soon after */
void ike_request_hurry(struct ike_sa *sa);

/** ike_resend_request_now() - without waiting for the timer */
void ike_resend_request_now(struct ike_sa *sa);

void ike_packets_clear(struct ike_packets *p);

/** ike_packet_keep() - copy a datagram; false without memory */
bool ike_packet_keep(struct ike_packet *p, const uint8_t *data, size_t len);

#endif
