# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Common end of both labs' first process: run the command, clear the machine, look for leaks.

# Stop whatever the command left behind. Kernel threads do not mind.
lab_stop_processes()
{
	local i pid

	for i in TERM KILL; do
		for pid in /proc/[0-9]*; do
			pid=${pid#/proc/}
			((pid == 1)) && continue
			[[ -s /proc/$pid/cmdline || -e /proc/$pid/exe ]] || continue
			kill -$i "$pid" 2>/dev/null
		done
		sleep 0.3
	done
}

lab_kmemleak()
{
	[[ -w /sys/kernel/debug/kmemleak ]] || return 0
	echo scan >/sys/kernel/debug/kmemleak 2>/dev/null
	cat /sys/kernel/debug/kmemleak
	echo clear >/sys/kernel/debug/kmemleak
}

# lab_main DIRECTORY COMMANDFILE - sets lab_status
lab_main()
{
	local leaks module

	cd "$1" || cd /
	# the kernel's own objects from before are not ours to judge
	[[ -w /sys/kernel/debug/kmemleak ]] && echo clear >/sys/kernel/debug/kmemleak
	(
		eval "set -- $(cat "$2")"
		exec "$@"
	)
	lab_status=$?
	cd /

	lab_stop_processes
	ip -all netns delete 2>/dev/null
	leaks=$(lab_kmemleak)
	for module in $(lsmod | awk '/^ikevti/ && !/^ikevti_uml/ { print $1 }'); do
		if ! timeout 30 modprobe -r "$module"; then
			echo "# lab: module $module cannot be unloaded after the test"
			lsmod
			((lab_status)) || lab_status=1
		fi
	done
	if [[ -w /sys/kernel/debug/kmemleak ]]; then
		# kmemleak leaves objects younger than five seconds alone
		sleep 5.5
		leaks+=$(lab_kmemleak)
		leaks+=$(lab_kmemleak)
		if [[ $leaks ]]; then
			echo "# lab: kmemleak:"
			echo "$leaks" | head -n 60 | sed 's/^/# /'
			((lab_status)) || lab_status=1
		fi
	fi
}
