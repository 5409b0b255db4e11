# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# ikevtid as the peer; sourced by peer.sh, whose head says what each function does.

self_conf()
{
	(
		our_id=$OUR_ID OUR_ID=$SWAN_ID SWAN_ID=$our_id
		OUR_IKE=${SWAN_IKE:-$IKE} OUR_ESP=${SWAN_ESP:-$ESP}
		OUR_PSK=${SWAN_PSK:-$OUR_PSK} OUR_MORE=$PEER_MORE
		OUR_LOCAL=${SWAN_LOCAL:-$(outer R)} OUR_REMOTE=${SWAN_REMOTE:-$(outer L)}
		OUR_LOCAL=${OUR_LOCAL/%%any/any} OUR_REMOTE=${OUR_REMOTE/%%any/any}
		START=$([[ $START == listen ]] && echo always || echo listen)
		our_conf "$1"
	) &&
	sed -i "s/$inner4\.$((INNER + 1))\//$inner4.$((INNER + 2))\//; s/::1\/64/::2\/64/" "$TMP/$1/ikevti.conf"
}

self_load()
{
	ctl "$1" reload >/dev/null
}

self_start()
{
	our_start "$1"
}

self_up()
{
	ctl "$1" up "$TUNNEL" --wait 15 >/dev/null
}

self_down()
{
	ctl "$1" down "$TUNNEL" >/dev/null
}

self_rekey()
{
	case $2 in
	child) ctl "$1" rekey "$TUNNEL" >/dev/null ;;
	ike) ctl "$1" rekey "$TUNNEL" --ike >/dev/null ;;
	esac
}

self_ikes()
{
	ctl "$1" show sas -j 2>/dev/null | grep -oE '"spi_i": *"[0-9a-fx]*"'
}
