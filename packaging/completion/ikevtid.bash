# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion of ikevtid(8) for bash

_ikevtid()
{
	local cur=${COMP_WORDS[COMP_CWORD]} words=''

	case ${COMP_WORDS[COMP_CWORD-1]} in
	-c | --config | --check)
		if [[ $cur != -* ]]; then
			compopt -o filenames 2>/dev/null
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			return
		fi
		;;
	--runtime-dir)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return
		;;
	--log-format) words='text json' ;;
	--log-level) words='error warn info debug' ;;
	esac
	[[ $words ]] || words='--config --runtime-dir --foreground --log-format --log-level --check
		--no-sandbox --version --help'
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _ikevtid ikevtid
