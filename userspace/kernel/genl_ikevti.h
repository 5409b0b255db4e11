/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The generic netlink family "ikevti" (uapi/linux/ikevti.h) */
#ifndef KERNEL_GENL_IKEVTI_H
#define KERNEL_GENL_IKEVTI_H

#include "kernel/kernel.h"
#include "kernel/nl.h"

/**
 * struct genl_ikevti - the family, with one socket to ask and one to listen
 * @ask: also owns, for the module, every socket attached through it
 * @elsewhere: numbers of devices in other namespaces, borrowed
 * @family: 0 while the module is not loaded
 */
struct genl_ikevti {
	struct nl ask;
	struct nl events;
	struct elsewhere *elsewhere;
	uint16_t family;
	uint32_t group;
	char *why;
};

/** genl_ikevti_open() - find the family, which loads the module, and listen */
int genl_ikevti_open(struct genl_ikevti *g, struct elsewhere *elsewhere,
		     char *why);
void genl_ikevti_close(struct genl_ikevti *g);

/* As the operations of the same name in struct kernel_ops */
int genl_device_get(struct genl_ikevti *g, uint32_t ifindex,
		    struct kernel_device *out);
int genl_device_list(struct genl_ikevti *g, struct kernel_device **list,
		     size_t *n);
int genl_path_set(struct genl_ikevti *g, uint32_t ifindex,
		  const struct ike_kernel_path *p);
int genl_path_del(struct genl_ikevti *g, uint32_t ifindex, uint32_t id);
int genl_path_get(struct genl_ikevti *g, uint32_t ifindex, uint32_t id,
		  struct kernel_path *out);
int genl_path_list(struct genl_ikevti *g, uint32_t ifindex,
		   struct kernel_path **list, size_t *n);
int genl_spi_alloc(struct genl_ikevti *g, uint32_t ifindex,
		   const struct ike_kernel_sa *sa, uint32_t *spi);
int genl_sa_add(struct genl_ikevti *g, uint32_t ifindex,
		const struct ike_kernel_sa *sa);
int genl_sa_del(struct genl_ikevti *g, uint32_t ifindex, bool inbound,
		uint32_t spi, uint32_t path, uint32_t lane);
int genl_sa_get(struct genl_ikevti *g, uint32_t ifindex, bool inbound,
		uint32_t spi, uint32_t path, uint32_t lane,
		struct kernel_sa *out);
int genl_sa_list(struct genl_ikevti *g, uint32_t ifindex,
		 struct kernel_sa **list, size_t *n);
int genl_flush(struct genl_ikevti *g, uint32_t ifindex);
int genl_socket_attach(struct genl_ikevti *g, int fd);
int genl_socket_detach(struct genl_ikevti *g, sa_family_t family,
		       uint16_t port);
int genl_socket_take(struct genl_ikevti *g, sa_family_t family, uint16_t port,
		     int *fd);
void genl_events(struct genl_ikevti *g, kernel_event_cb cb, void *ctx);

#endif
