/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the control socket asks of the daemon */
#ifndef DAEMON_CONTROL_OPS_H
#define DAEMON_CONTROL_OPS_H

#include "control/control.h"
#include "daemon/daemon.h"

/** control_ops_fill() - the daemon's answers, for control_new() */
void control_ops_fill(struct control_ops *ops, struct daemon *d);

#endif
