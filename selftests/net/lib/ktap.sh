# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# KTAP output for shell tests: check, check_fails, skip, ktap_end.

ktap_count=0
ktap_failed=0
ktap_skipped=0
ktap_ended=
ktap_started=$SECONDS

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

# check DESCRIPTION COMMAND... - passes when the command succeeds. The command runs in this
# shell, so that functions may set variables; its output is shown when it fails.
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
		ktap_diag <"$TMP/check" | head -n 20
	fi
	return 0
}

# check_fails DESCRIPTION COMMAND... - passes when the command fails
check_fails()
{
	local description=$1
	shift

	if "$@" >"$TMP/check" 2>&1; then
		fail "$description"
		echo "# succeeded: $*"
		ktap_diag <"$TMP/check" | head -n 20
	else
		pass "$description"
	fi
	return 0
}

# check_is DESCRIPTION SEEN EXPECTED
check_is()
{
	if [[ $2 == "$3" ]]; then
		pass "$1"
	else
		fail "$1"
		echo "# seen '$2', expected '$3'"
	fi
}

# check_range DESCRIPTION SEEN LEAST MOST
check_range()
{
	if [[ $2 =~ ^[0-9]+$ ]] && (($2 >= $3 && $2 <= $4)); then
		pass "$1"
	else
		fail "$1"
		echo "# seen '$2', expected $3 to $4"
	fi
}

# ktap_skip_all REASON - the whole test cannot run here
ktap_skip_all()
{
	echo "1..0 # SKIP $1"
	ktap_ended=1
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
