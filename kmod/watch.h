/* SPDX-License-Identifier: GPL-2.0-only */
/* Changes of the underlay */
#ifndef _IKEVTI_WATCH_H
#define _IKEVTI_WATCH_H

struct ikevti_net;

void ikevti_watch_setup(struct ikevti_net *in);
void ikevti_watch_start(struct ikevti_net *in);
void ikevti_watch_stop(struct ikevti_net *in);
int ikevti_watch_init(void);
void ikevti_watch_exit(void);

#endif /* _IKEVTI_WATCH_H */
