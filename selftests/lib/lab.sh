# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the two lab runners (uml/RUN and qemu/RUN) have in common.

lab_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck disable=SC2034 # used by those who source this
lab_cache=${XDG_CACHE_HOME:-$HOME/.cache}/ikevti

# Lines of a kernel log that fail a run. What is meant: WARN, BUG, oops, panic, sanitizers,
# lockdep, RCU, object debugging, reference trackers, stuck tasks and leaks.
lab_splats='WARNING:|WARN_ON|BUG[: ]|KASAN|UBSAN|KCSAN|Oops|Kernel panic|general protection'
lab_splats+='|possible (recursive|circular|irq lock)|inconsistent lock state|lock held when'
lab_splats+='|suspicious RCU|RCU used illegally|rcu: INFO|rcu_preempt detected|ODEBUG'
lab_splats+='|unregister_netdevice: waiting|refcount_t:|leaked reference|ref_tracker:'
lab_splats+='|sleeping function called|scheduling while atomic|blocked for more than'
lab_splats+='|soft lockup|hard LOCKUP|unreferenced object|kmemleak: [1-9][0-9]* new'
lab_splats+='|Call Trace|Segfault with no mm|page allocation failure|stack-protector'
lab_splats+='|refcnt|DEBUG_LOCKS|list_(add|del) corruption|hung task'
# said by healthy kernels while booting
lab_harmless='kmemleak: Kernel memory leak detector initialized|kmemleak: Automatic memory'
lab_harmless+='|KernelAddressSanitizer initialized|printk: legacy bootconsole'
lab_harmless+='|Command line:|Kernel command line:|[Ll]ockdep|KASLR|refcnt tracker'

# lab_check_log FILE - prints every splat with what follows it; fails when there is one
lab_check_log()
{
	local first

	if ! grep -nE "$lab_splats" "$1" | grep -qvE "$lab_harmless"; then
		return 0
	fi
	first=$(grep -nE "$lab_splats" "$1" | grep -vE "$lab_harmless" | head -n 1)
	echo "# the kernel complained:"
	sed -n "${first%%:*},\$p" "$1" | head -n "${LAB_LOG_LINES:-120}" | sed 's/^/# /'
	return 1
}

# lab_quote ARGS... - the words as one line that a shell reads back unchanged
lab_quote()
{
	printf '%q ' "$@"
	echo
}
