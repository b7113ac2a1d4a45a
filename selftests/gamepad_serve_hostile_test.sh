#!/bin/sh
# SPDX-License-Identifier: MIT
# `sealmem gamepad serve` with clients that mean harm: none of them holds up
# another, and when they are gone nothing of them is left. Prints TAP.
#
# O is the build folder; CC, CFLAGS and SANITIZE are what it was built with.
. selftests/tap.sh
. selftests/pad/steps.sh
. selftests/pad/server.sh

# serve_and_watch [OPTION]...: /proc of what cannot be traced is closed.
serve_and_watch()
{
	serve --dumpable "$@"
	keep_watching
	measure >"$tmp/before"
}

# How many descriptors and mappings the server has, and children.
measure()
{
	find "/proc/$server/fd" -mindepth 1 | wc -l
	# A heap that has grown is one mapping all the same.
	wc -l <"/proc/$server/maps"
	pgrep -P "$server" | wc -l
}

is_as_before()
{
	measure >"$tmp/after"
	cmp "$tmp/before" "$tmp/after"
}

# New lines, and of both pads.
watcher_sees()
{
	: >"$tmp/watchlog"
	until_true grep '^pad=0 ' "$tmp/watchlog"
	until_true grep '^pad=1 ' "$tmp/watchlog"
	kill -0 "$watcher"
}

# said PATTERN: in the log, once.
said()
{
	grep -c "$1" "$tmp/servelog"
	[ "$(grep -c "$1" "$tmp/servelog")" -eq 1 ]
}

leaves_nothing()
{
	until_true is_as_before || {
		cat "$tmp/before" "$tmp/after" "/proc/$server/maps"
		ls -l "/proc/$server/fd"
		return 1
	}
	watcher_sees
	kill -TERM "$server"
	ends "$server" 0
}

nonsense()
{
	serve_and_watch
	wants 0 "$tmp/client" garbage "$socket"
	said 'hung up on a client that sent what is no effect'
	leaves_nothing
}

descriptors()
{
	serve_and_watch
	for n in 1 2 3; do
		wants 0 "$tmp/client" descriptors "$socket"
		says out 'refused by the kernel\|hung up on'
	done
	leaves_nothing
}

flood()
{
	serve_and_watch
	for n in 1 2 3; do
		wants 0 "$tmp/client" flood "$socket"
		says out 'hung up on'
	done
	said 'hung up on a client that sent more than 1000 messages'
	said 'more than 100 effects in a second: the rest is dropped'
	leaves_nothing
}

# One that floods again as soon as it is hung up on, and what others see.
flood_without_end()
{
	while "$tmp/client" flood "$socket"; do
		:
	done
}

floods_hold_up_nobody()
{
	serve_and_watch
	for n in 1 2 3 4; do
		run floodlog flood_without_end
	done
	for n in 1 2 3; do
		wants 0 watch --frames 20
		watcher_sees
	done
	said 'hung up on a client that sent more than 1000 messages'
}

come_and_go()
{
	serve_and_watch
	wants 0 "$tmp/client" cycle "$socket" 200
	leaves_nothing
}

many_come_and_go()
{
	serve_and_watch
	for n in 1 2 3 4; do
		run cyclelog "$tmp/client" cycle "$socket" 200
		echo "$pid" >>"$tmp/cycles"
	done
	watcher_sees
	while read -r pid; do
		ends "$pid" 0
	done <"$tmp/cycles"
	rm "$tmp/cycles"
	leaves_nothing
}

stopped_and_killed()
{
	serve_and_watch
	run stoppedlog "$sealmem" gamepad watch --socket "$socket" --seconds 170
	stopped=$pid
	run killedlog "$sealmem" gamepad watch --socket "$socket" --seconds 170
	killed=$pid
	until_true grep '^pad=1' "$tmp/stoppedlog"
	until_true grep '^pad=1' "$tmp/killedlog"
	kill -STOP "$stopped"
	kill -KILL "$killed"
	wants 0 watch --frames 50
	watcher_sees
	kill -KILL "$stopped"
	leaves_nothing
}

# A full house, all of it stopped: who is there sees on, and room comes back.
all_stopped()
{
	serve_and_watch --clients 4
	for n in 1 2 3; do
		run "stopped${n}log" "$sealmem" gamepad watch \
			--socket "$socket" --seconds 170
		until_true grep '^pad=1' "$tmp/stopped${n}log"
		kill -STOP "$pid"
		echo "$pid" >>"$tmp/stopped"
	done
	wants 1 watch --frames 1
	watcher_sees
	while read -r pid; do
		kill -KILL "$pid"
	done <"$tmp/stopped"
	rm "$tmp/stopped"
	until_true watch --frames 1
	leaves_nothing
}
# ---- the run ---------------------------------------------------------------

tap_pattern=''
check "the client builds" build_client
tap_pattern=${1-}
try "what is no effect is hung up on, and said once" nonsense
try "descriptors beside an effect are closed or refused" descriptors
try "a flood is hung up on, and said once" flood
try "floods without end hold up nobody" floods_hold_up_nobody
try "200 that come and go leave nothing" come_and_go
try "four times 200 at once leave nothing" many_come_and_go
try "one that is stopped and one that is killed" stopped_and_killed
try "a full house that is stopped" all_stopped
finish
