/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tunnels as the configuration brings them */
#ifndef IKE_CONFIG_H
#define IKE_CONFIG_H

#include "ike/engine.h"

/**
 * ike_config_apply() - make the engine's tunnels those of @conf
 *
 * What is no longer there is deleted, what changed is deleted and begun anew,
 * what is the same is left alone.
 */
void ike_config_apply(struct ike_engine *e, struct conf *conf);

/** ike_each_path() - call @fn for every path */
void ike_each_path(struct ike_engine *e, void (*fn)(struct ike_path *path));

/** ike_free_dead() - free what died while an event was worked on */
void ike_free_dead(struct ike_engine *e);

#endif
