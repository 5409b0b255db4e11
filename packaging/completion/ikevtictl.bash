# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion of ikevtictl(8) for bash. Names of tunnels and paths are those of the daemon that runs;
# without one, or without the right to ask it, there are none.

# the values of a member in the answer to a command, one a line
_ikevtictl_names()	# MEMBER SOCKET COMMAND...
{
	local member=$1 socket=$2
	shift 2

	ikevtictl --json ${socket:+--socket "$socket"} "$@" 2>/dev/null |
		command grep -o "\"$member\":\"[^\"\\\\]*\"" | command cut -d'"' -f4 | command sort -u
}

_ikevtictl()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	local args=() words='' options='--json --socket --help --version' socket='' i

	# init has options of its own
	if [[ ${COMP_WORDS[1]-} == init && $COMP_CWORD -gt 1 ]]; then
		case $prev in
		--peer) words='ikevti strongswan libreswan' ;;
		--dir | --output) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
		--name | --remote | --local | --seen-as | --id | --remote-id) ;;
		*) words='--peer --name --remote --local --seen-as --id --remote-id --dir --output --yes
			--help' ;;
		esac
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
		return
	fi
	case $prev in
	-s | --socket) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
	-t | --timeout) COMPREPLY=(); return ;;
	esac
	# what stands before the cursor, without options
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-s | --socket) i=$((i + 1)); socket=${COMP_WORDS[i]} ;;
		-t | --timeout) i=$((i + 1)) ;;
		-*) ;;
		*) args+=("${COMP_WORDS[i]}") ;;
		esac
	done
	case "${args[*]:0:2}" in
	'up'* | 'down'*) options+=' --wait --timeout' ;;
	'rekey'*) options+=' --ike' ;;
	'show counters') options+=' --all' ;;
	esac
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
		return
	fi
	case "${#args[@]} ${args[*]:0:2}" in
	'0 ') words='status show up down rekey reload check monitor log init version help' ;;
	'1 show') words='sas tunnels counters config' ;;
	'1 log') words='level' ;;
	'2 log level') words='error warn info debug' ;;
	'1 check')
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	'1 status' | '1 monitor' | '1 up' | '1 down' | '1 rekey' | \
	'2 show sas' | '2 show tunnels' | '2 show counters' | '2 show config')
		words=$(_ikevtictl_names tunnel "$socket" show tunnels)
		;;
	'2 up '* | '2 down '* | '2 rekey '*)
		words=$(_ikevtictl_names path "$socket" show tunnels "${args[1]}")
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _ikevtictl ikevtictl
