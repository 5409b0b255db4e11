# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# KTAP output and bookkeeping for shell tests. Source it first, then:
#
#   ktap_start                     the version line
#   check NAME COMMAND...          ok when the command succeeds. It runs in this shell, so that
#                                  functions may set variables; its output follows as diagnostics
#                                  when it failed (always with KTAP_VERBOSE=1)
#   check_fails NAME COMMAND...    ok when it fails
#   check_is NAME SEEN EXPECTED    check_range NAME SEEN LEAST MOST
#   pass NAME   fail NAME   skip NAME WHY
#   ktap_diag                      standard input as diagnostics
#   ktap_skip_all WHY              nothing can be tested here: exit 4
#   ktap_end                       plan, totals, exit 0, 1 or 4
#   at_exit COMMAND...             run at the end, however it comes; the last one first
#   wait_for SECONDS COMMAND...    try until it succeeds
#   $TMP                           a directory of this script's own, removed at its end

ktap_count=0
ktap_failed=0
ktap_skipped=0
ktap_ended=
ktap_started=$SECONDS
ktap_exit_commands=()

TMP=$(mktemp -d "${TMPDIR:-/tmp}/ikevti.XXXXXX") || exit 1

ktap_at_exit()
{
	local status=$? i

	trap - EXIT
	if [[ ! $ktap_ended ]]; then
		echo "Bail out! the script ended early with status $status"
		((status)) || status=1
	fi
	for ((i = ${#ktap_exit_commands[@]} - 1; i >= 0; i--)); do
		eval "${ktap_exit_commands[i]}"
	done >/dev/null 2>&1
	rm -rf "$TMP"
	exit "$status"
}
trap ktap_at_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

at_exit()
{
	ktap_exit_commands+=("$(printf '%q ' "$@")")
}

ktap_start()
{
	echo "KTAP version 1"
}

ktap_diag()
{
	sed 's/^/# /'
}

ktap_result()	# ok|"not ok" DESCRIPTION
{
	ktap_count=$((ktap_count + 1))
	echo "$1 $ktap_count $2"
}

pass()
{
	ktap_result ok "$1"
}

fail()
{
	ktap_failed=$((ktap_failed + 1))
	ktap_result "not ok" "$1"
	# the run with a broken module has seen enough
	[[ ${IKEVTI_UNTIL-} && $1 =~ $IKEVTI_UNTIL ]] && exit 1
	return 0
}

skip()	# DESCRIPTION REASON
{
	ktap_skipped=$((ktap_skipped + 1))
	ktap_result ok "$1 # SKIP $2"
}

check()
{
	local description=$1 status
	shift

	"$@" >"$TMP/check" 2>&1
	status=$?
	if ((status == 0)); then
		pass "$description"
	else
		fail "$description"
		echo "# exit status $status of: $*"
	fi
	if ((status)) || [[ ${KTAP_VERBOSE-} ]]; then
		ktap_diag <"$TMP/check" | head -n 200
	fi
	return 0
}

check_fails()
{
	local description=$1
	shift

	if "$@" >"$TMP/check" 2>&1; then
		fail "$description"
		echo "# succeeded: $*"
		ktap_diag <"$TMP/check" | head -n 200
	else
		pass "$description"
	fi
	return 0
}

check_is()
{
	if [[ $2 == "$3" ]]; then
		pass "$1"
	else
		fail "$1"
		echo "# seen '$2', expected '$3'"
	fi
}

check_range()
{
	if [[ $2 =~ ^[0-9]+$ ]] && (($2 >= $3 && $2 <= $4)); then
		pass "$1"
	else
		fail "$1"
		echo "# seen '$2', expected $3 to $4"
	fi
}

ktap_skip_all()
{
	ktap_ended=1
	echo "1..0 # SKIP $1"
	exit 4
}

ktap_end()
{
	ktap_ended=1
	echo "1..$ktap_count"
	echo "# Totals: pass:$((ktap_count - ktap_failed - ktap_skipped)) fail:$ktap_failed" \
		"xfail:0 xpass:0 skip:$ktap_skipped error:0"
	echo "# $((SECONDS - ktap_started)) s"
	((ktap_failed)) && exit 1
	((ktap_count == ktap_skipped)) && exit 4
	exit 0
}

# What the tries say is not shown, but for that of the last one when the time is over. No
# program is started here but for sleep: that is slow in the labs.
wait_for()
{
	local end=$((${EPOCHREALTIME//[!0-9]/} + ${1%.*} * 1000000))
	shift

	until "$@" >/dev/null 2>&1; do
		if ((${EPOCHREALTIME//[!0-9]/} >= end)); then
			"$@"
			return
		fi
		sleep 0.05
	done
}
