# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# KTAP output and bookkeeping for a kselftest in bash. Source it first, then:
#
#   ktap_header [N]           version line, and the plan when N is known beforehand
#   ktap_test NAME COMMAND... run a function or command (in this shell): ok when it returns 0,
#                             skip when it returns 4, not ok otherwise; what it printed follows
#                             as diagnostics when it failed (always with KTAP_VERBOSE=1)
#   ktap_ok NAME / ktap_not_ok NAME [WHY] / ktap_skip NAME WHY
#   ktap_log TEXT...          a diagnostic line
#   ktap_skip_all WHY         nothing can be tested here: exit 4
#   ktap_finish               plan if it is still owed, totals, exit 0, 1 or 4
#   at_exit COMMAND...        run at the end, however it comes; the last one first
#   wait_for SECONDS CMD...   poll until the command succeeds
#   dmesg_clean               0 when the kernel did not complain since the script began
#   $SCRATCH                  a directory of this script's own, removed at its end

KSFT_PASS=0 KSFT_FAIL=1 KSFT_SKIP=4
ktap_number=0 ktap_passed=0 ktap_failed=0 ktap_skipped=0 ktap_planned='' ktap_finished=''
ktap_exit_commands=()

SCRATCH=$(mktemp -d "${TMPDIR:-/run}/ktap.XXXXXX") || exit 1

ktap_at_exit()
{
	local status=$? i

	trap - EXIT
	if [[ ! $ktap_finished ]] && ((status != KSFT_SKIP)); then
		echo "Bail out! the script ended early with status $status"
		((status)) || status=1
	fi
	for ((i = ${#ktap_exit_commands[@]} - 1; i >= 0; i--)); do
		eval "${ktap_exit_commands[i]}"
	done >/dev/null 2>&1
	rm -rf "$SCRATCH"
	exit "$status"
}
trap ktap_at_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

at_exit()
{
	ktap_exit_commands+=("$(printf '%q ' "$@")")
}

ktap_header()
{
	echo "KTAP version 1"
	if [[ ${1-} ]]; then
		echo "1..$1"
		ktap_planned=$1
	fi
}

ktap_log()
{
	printf '%s\n' "$*" | sed 's/^/# /'
}

ktap_ok()
{
	ktap_number=$((ktap_number + 1)) ktap_passed=$((ktap_passed + 1))
	echo "ok $ktap_number $1"
}

ktap_not_ok()
{
	ktap_number=$((ktap_number + 1)) ktap_failed=$((ktap_failed + 1))
	echo "not ok $ktap_number $1"
	[[ ${2-} ]] && ktap_log "$2"
	return 0
}

ktap_skip()
{
	ktap_number=$((ktap_number + 1)) ktap_skipped=$((ktap_skipped + 1))
	echo "ok $ktap_number $1 # SKIP ${2-}"
}

ktap_skip_all()
{
	ktap_finished=1
	echo "1..0 # SKIP $*"
	exit $KSFT_SKIP
}

ktap_test()
{
	local name=$1 status=0 out=$SCRATCH/.ktap.out
	shift

	"$@" >"$out" 2>&1 || status=$?
	case $status in
	0) ktap_ok "$name" ;;
	"$KSFT_SKIP") ktap_skip "$name" "$(tail -n 1 "$out")" ;;
	*) ktap_not_ok "$name" "exit status $status" ;;
	esac
	if ((status != 0 && status != KSFT_SKIP)) || [[ ${KTAP_VERBOSE-} ]]; then
		sed 's/^/# /' "$out"
	fi
	return 0
}

ktap_finish()
{
	ktap_finished=1
	if [[ ! $ktap_planned ]]; then
		echo "1..$ktap_number"
	elif ((ktap_planned != ktap_number)); then
		ktap_log "planned $ktap_planned tests, ran $ktap_number"
		ktap_failed=$((ktap_failed + 1))
	fi
	echo "# Totals: pass:$ktap_passed fail:$ktap_failed xfail:0 xpass:0" \
		"skip:$ktap_skipped error:0"
	((ktap_failed)) && exit $KSFT_FAIL
	((ktap_passed)) && exit $KSFT_PASS
	exit $KSFT_SKIP
}

# wait_for SECONDS COMMAND... - 0 as soon as the command succeeds, 1 when the time is over
wait_for()
{
	local end
	end=$(($(date +%s%N) + ${1%.*} * 1000000000))
	shift

	until "$@" >/dev/null 2>&1; do
		(($(date +%s%N) < end)) || return 1
		sleep 0.05
	done
}

# The kernel's log since the script began, for dmesg_clean and for tests of log lines.
ktap_mark="ktap-$$-$RANDOM"
[[ -w /dev/kmsg ]] && echo "$ktap_mark ${0##*/}" >/dev/kmsg 2>/dev/null
dmesg_since()
{
	dmesg | sed "1,/$ktap_mark/d"
}

dmesg_clean()
{
	dmesg_since >"$SCRATCH/.dmesg"
	lab_check_log "$SCRATCH/.dmesg"
}

. "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
