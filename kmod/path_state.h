/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a path is usable, why it is not, and what it carried */
#ifndef _IKEVTI_PATH_STATE_H
#define _IKEVTI_PATH_STATE_H

#include <linux/types.h>
#include <linux/ikevti.h>

struct ikevti_path;
struct ikevti_sa;

enum ikevti_reason ikevti_path_judge(const struct ikevti_path *path, int lanes,
				     int route);
void ikevti_path_add_sa(struct ikevti_sa *sa);
void ikevti_path_drop_sa(struct ikevti_sa *sa);
void ikevti_path_counters(const struct ikevti_path *path, u64 *count,
			  unsigned long *have);

#endif /* _IKEVTI_PATH_STATE_H */
