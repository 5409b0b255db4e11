/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the engine counts. One list gives the structure, the stable names used
 * by the CLI and metrics, and their one-line help.
 */
#ifndef IKE_COUNTERS_H
#define IKE_COUNTERS_H

#include <stdint.h>

#define IKE_COUNTERS(X)							\
	X(packets_received, "IKE datagrams received")			\
	X(packets_sent, "IKE datagrams sent")				\
	X(malformed, "messages dropped as malformed")			\
	X(unknown_spi, "messages for no known IKE SA")			\
	X(integrity_failed, "messages with a wrong integrity check")	\
	X(out_of_window, "messages with an unexpected message ID")	\
	X(unexpected, "messages of an exchange not allowed in its state")	\
	X(unsupported_version, "messages of another major version")	\
	X(unsupported_critical, "messages with an unknown critical payload")	\
	X(invalid_syntax, "authenticated messages with invalid contents")	\
	X(duplicate_requests, "retransmitted requests received")	\
	X(responses_resent, "responses sent again from the cache")	\
	X(retransmits, "requests sent again")				\
	X(timeouts, "exchanges given up without an answer")		\
	X(init_received, "IKE_SA_INIT requests received")		\
	X(init_sent, "IKE_SA_INIT requests sent, retransmits apart")	\
	X(init_dropped, "IKE_SA_INIT requests dropped by a limit")	\
	X(init_unknown_address, "IKE_SA_INIT requests no tunnel is for")	\
	X(unknown_identities, "IKE_AUTH requests of an identity no tunnel is for")	\
	X(cookies_sent, "COOKIE notifications sent")			\
	X(cookies_wrong, "COOKIE notifications that did not verify")	\
	X(invalid_ke, "INVALID_KE_PAYLOAD notifications sent or followed")	\
	X(no_proposal, "negotiations without a common proposal")	\
	X(ts_unacceptable, "child negotiations without common selectors")	\
	X(auth_failures, "AUTHENTICATION_FAILED sent or received")	\
	X(clear_errors, "unprotected error notifications received")	\
	X(fragments_received, "IKE fragments received")			\
	X(fragments_sent, "IKE fragments sent")				\
	X(fragments_dropped, "IKE fragments dropped")			\
	X(ike_established, "IKE SAs established")			\
	X(ike_failed, "IKE SA negotiations failed")			\
	X(ike_rekeys, "IKE SAs rekeyed")				\
	X(ike_deleted, "IKE SAs deleted, by either side")		\
	X(child_established, "child SAs established, rekeys too")	\
	X(child_failed, "child SA negotiations failed")			\
	X(child_rekeys, "child SAs rekeyed")				\
	X(child_deleted, "child SAs deleted, by either side")		\
	X(rekey_collisions, "simultaneous rekeys resolved")		\
	X(temporary_failures, "TEMPORARY_FAILURE sent or received")	\
	X(liveness_probes, "liveness probes sent")			\
	X(peers_dead, "IKE SAs lost to a silent peer")			\
	X(address_changes, "peer address changes followed")		\
	X(kernel_errors, "operations the kernel refused")

struct ike_counters {
#define IKE_COUNTER_FIELD(name, help) uint64_t name;
	IKE_COUNTERS(IKE_COUNTER_FIELD)
#undef IKE_COUNTER_FIELD
};

#endif
