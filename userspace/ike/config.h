/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tunnels as the configuration brings them */
#ifndef IKE_CONFIG_H
#define IKE_CONFIG_H

#include "ike/engine.h"

/**
 * ike_config_apply() - make the engine's tunnels those of @conf
 *
 * What is no longer there is deleted, what is the same is left alone. What
 * changed is negotiated anew beside what is in use; only with another identity,
 * secret or device a tunnel, and with other endpoints a path, begins anew.
 */
void ike_config_apply(struct ike_engine *e, struct conf *conf);

/** ike_config_anew() - do two configurations of a tunnel share no SA? */
bool ike_config_anew(const struct conf_tunnel *a, const struct conf_tunnel *b);

/** ike_path_reconfigure() - its tunnel has another configuration now */
void ike_path_reconfigure(struct ike_path *path);

/** ike_each_path() - call @fn for every path */
void ike_each_path(struct ike_engine *e, void (*fn)(struct ike_path *path));

/** ike_free_dead() - free what died while an event was worked on */
void ike_free_dead(struct ike_engine *e);

#endif
