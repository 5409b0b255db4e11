/* SPDX-License-Identifier: GPL-2.0-only */
/* IP protocol 50 */
#ifndef _IKEVTI_PROTO_H
#define _IKEVTI_PROTO_H

int ikevti_proto_init(void);
void ikevti_proto_exit(void);

#endif /* _IKEVTI_PROTO_H */
