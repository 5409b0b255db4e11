#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion in bash and zsh has every command and option of ikevtictl and ikevtid, and none that is
# not there; names of tunnels and paths are what ikevtictl says.
. "$(dirname "${BASH_SOURCE[0]}")/../lib/ktap.sh"

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
dir=$top/packaging/completion
ktap_start

# an ikevtictl with two tunnels; one that cannot be reached when REFUSED is set
mkdir "$TMP/bin"
cat >"$TMP/bin/ikevtictl" <<'END'
#!/bin/sh
[ -z "$REFUSED" ] || { echo "ikevtictl: ikevtid is not running" >&2; exit 3; }
office='{"tunnel":"office","paths":[{"path":"isp1"},{"path":"isp2"}]}'
case "$*" in
"--json show tunnels office") echo "{\"tunnels\":[$office]}" ;;
"--json show tunnels") echo "{\"tunnels\":[$office,{\"tunnel\":\"dc2\",\"paths\":[{\"path\":\"main\"}]}]}" ;;
"--json --socket /x show tunnels") echo '{"tunnels":[{"tunnel":"elsewhere"}]}' ;;
esac
END
chmod +x "$TMP/bin/ikevtictl"
PATH=$TMP/bin:$PATH

# in_bash LINE - what bash offers where the line ends
in_bash()
{
	bash -c '
		source "$1"
		read -ra COMP_WORDS <<<"$2"
		[[ $2 != *" " ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		"_${COMP_WORDS[0]}" "${COMP_WORDS[0]}"
		printf "%s\n" "${COMPREPLY[@]}"' - "$dir/${1%% *}.bash" "$1" 2>&1
}

in_zsh()
{
	"$top/selftests/packages/lib/zsh-complete" "$dir" "$1"
}

# what the programs' own help has
help_of()
{
	"$top/build/$1" --help
}
commands=$(help_of ikevtictl | sed -n '/^  [a-z]/s/^  \([a-z]*\).*/\1/p' | sort -u; echo help)
show=$(help_of ikevtictl | sed -n 's/^  show \([a-z]*\).*/\1/p')
long()	# PROGRAM [COMMAND]
{
	"$top/build/$1" ${2:+"$2"} --help | grep -oE '(^|[ ,])--[a-z-]+' | grep -oE -- '--.*' | sort -u
}

# offers SHELL LINE WORDS... - these, in whatever order
offers()
{
	local shell=$1 line=$2
	shift 2
	diff <(printf '%s\n' "$@" | sort) <("in_$shell" "$line" | sed '/^$/d' | sort)
}

offers_nothing()	# SHELL LINE
{
	[[ -z $("in_$1" "$2") ]]
}

# options that go with one command only are offered there
options()	# SHELL PROGRAM LINE...
{
	local shell=$1 program=$2 line
	shift 2
	diff <(long "$program") <(for line in "$@"; do "in_$shell" "$line --"; done |
		grep -- -- | sort -u)
}

shells=(bash zsh)
command -v zsh >/dev/null || {
	skip "zsh" "there is no zsh"
	shells=(bash)
}
for shell in "${shells[@]}"; do
	check "$shell: commands" offers "$shell" "ikevtictl " $commands
	check "$shell: objects of show" offers "$shell" "ikevtictl show " $show
	check "$shell: levels of the log" offers "$shell" "ikevtictl log level " error warn info debug
	check "$shell: options of ikevtictl" options "$shell" ikevtictl "ikevtictl" \
		"ikevtictl up office" "ikevtictl rekey office" "ikevtictl show counters"
	check "$shell: kinds of peers" offers "$shell" "ikevtictl init --peer " ikevti strongswan libreswan
	check "$shell: options of init" diff <({ long ikevtictl init; echo --help; } | sort) \
		<("in_$shell" "ikevtictl init --" | grep -- -- | sort -u)
	check "$shell: options of ikevtid" options "$shell" ikevtid ikevtid
	check "$shell: tunnels" offers "$shell" "ikevtictl up " office dc2
	check "$shell: tunnels that begin so" offers "$shell" "ikevtictl show sas o" office
	check "$shell: paths" offers "$shell" "ikevtictl -j down office " isp1 isp2
	check "$shell: tunnels of another daemon" offers "$shell" \
		"ikevtictl --socket /x status " elsewhere
	REFUSED=1 check "$shell: no daemon, no names" offers_nothing "$shell" "ikevtictl up "
done
ktap_end
