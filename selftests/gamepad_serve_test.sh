#!/bin/sh
# SPDX-License-Identifier: MIT
# `sealmem gamepad serve` as a service: who may see what and when, rumble,
# mappings. With synthetic pads, and with a device of umockdev's where there is
# one. Prints TAP.
#
# O is the build folder; CC, CFLAGS and SANITIZE are what it was built with.
. selftests/tap.sh
. selftests/pad/steps.sh
. selftests/pad/server.sh
. selftests/pad/plug.sh

key=1
south=304

# frame "TYPE CODE VALUE"...: what a real device does.
frame()
{
	for event; do
		tell both "$event"
	done
	tell event 0 0 0
}

press()
{
	frame "$key $south 1"
	frame "$key $south 0"
}

# serve_pad [OPTION]...: a server of the live pad, told to make a line of it.
serve_pad()
{
	plug_in_for "$sealmem" gamepad serve --source evdev --device "$node" \
		--socket "$socket" --seconds 170 "$@"
	for order in $before; do
		tell "$order"
	done
	tell start
	until_true grep '^sealmem: serving' "$tmp/padlog"
}

# client FILE ARGUMENT...: it must not hold the device's input open.
client()
{
	file=$1
	shift
	run "$file" "$tmp/client" "$@" 3>&-
}

# watcher FILE: a watch in the background.
watcher()
{
	run "$1" "$sealmem" gamepad watch --socket "$socket" --seconds 170 \
		--rate 1000 3>&-
}

# ---- gate ------------------------------------------------------------------

# The second client comes after two presses, and sees but the third.
each_client_has_a_gate()
{
	before=''
	serve_pad
	watcher alog
	until_true grep '^sealmem: pad 0' "$tmp/padlog"
	sleep 0.3
	[ ! -s "$tmp/alog" ]
	press
	until_true grep 'press_counts=1,' "$tmp/alog"
	press
	until_true grep 'press_counts=2,' "$tmp/alog"
	mkfifo "$tmp/peek"
	"$tmp/client" peek "$socket" 'Live Pad' <"$tmp/peek" >"$tmp/peeklog" \
		3>&- &
	echo $! >>"$tmp/pids"
	exec 4>"$tmp/peek"
	until_true grep connected "$tmp/peeklog"
	watcher blog
	# Whatever b is sent comes after what this one was.
	wants 0 watch --seconds 1
	[ ! -s "$tmp/out" ]
	[ ! -s "$tmp/blog" ]
	echo >&4
	until_true grep '^not there$' "$tmp/peeklog"
	press
	until_true grep 'press_counts=3,' "$tmp/alog"
	until_true grep 'press_counts=1,' "$tmp/blog"
	[ "$(grep -c 'press_counts=[23],' "$tmp/blog")" -eq 0 ]
	echo >&4
	until_true grep '^there$' "$tmp/peeklog"
	exec 4>&-
}

without_a_gate()
{
	before=''
	serve_pad --no-gate
	wants 0 watch --frames 1
	says out '^pad=0 connected=1 .*press_counts=0,'
}

# Held when it came, so neither shown nor a gesture; --no-sanitize shows it.
at_rest_once()
{
	before=''
	plug_in_for "$sealmem" gamepad serve --source evdev --device "$node" \
		--socket "$socket" --seconds 170 --no-gate "$@"
	tell state $key $south 1
	tell start
	until_true grep '^sealmem: serving' "$tmp/padlog"
	wants 0 watch --frames 1
}

held_buttons()
{
	at_rest_once
	says out ' pressed= '
	stop_all
	at_rest_once --no-sanitize
	says out ' pressed=0 '
}

more_pads_than_slots()
{
	serve --pads 1
	says servelog 'pad 0: Synthetic pad 0 ' \
		'no pad for Synthetic pad 1 .*: it waits until one is free'
	wants 0 watch --frames 5
	says out '^pad=0 '
	! grep '^pad=1' "$tmp/out"
}

# The second pad gets the slot of the first once that has gone.
slot_that_becomes_free()
{
	plug_in_for "$sealmem" gamepad serve --source evdev --pads 1 \
		--socket "$socket" --seconds 170
	tell start
	until_true grep '^sealmem: serving' "$tmp/padlog"
	tell add 8
	until_true grep 'no pad for Live Pad .*: it waits' "$tmp/padlog"
	press
	came 1
	tell use 7
	tell remove
	until_true grep 'event7 (Live Pad) is gone' "$tmp/padlog"
	tell use 8
	watcher alog
	until_true pressed_and_seen
	came 2
}

few_clients()
{
	serve --clients 2
	keep_watching
	run secondlog "$sealmem" gamepad watch --socket "$socket" --seconds 100
	until_true grep '^pad=1' "$tmp/secondlog"
	wants 1 watch --frames 1
	says servelog 'turned a client away: there are 2 already'
	wants 1 watch --frames 1
	[ "$(grep -c 'turned a client away' "$tmp/servelog")" -eq 1 ]
	kill -KILL "$watcher"
	until_true watch --frames 1
}

loops()
{
	for loop in epoll auto; do
		serve --loop $loop
		wants 0 watch --frames 5
		kill -TERM "$server"
		ends "$server" 0
	done
	run servelog "$sealmem" gamepad serve --source synthetic --socket \
		"$socket" --seconds 170 --loop io_uring
	until_true grep 'serving\|io_uring does not work here' "$tmp/servelog"
	grep -q serving "$tmp/servelog" || return 0
	wants 0 watch --frames 5
}

polled()
{
	before=''
	serve_pad --poll 4
	watcher alog
	until_true grep '^sealmem: pad 0' "$tmp/padlog"
	until_true pressed_and_seen
}

pressed_and_seen()
{
	press
	grep 'press_counts=[1-9]' "$tmp/alog"
}

# ---- rumble ----------------------------------------------------------------

# The orders that the device got: 21 is EV_FF.
orders()
{
	grep -c 'written 21 [0-9]* 1$' "$tmp/padlog" || :
}

stops()
{
	grep -c 'written 21 [0-9]* 0$' "$tmp/padlog" || :
}

ordered()
{
	[ "$(orders)" -eq "$1" ]
}

stopped()
{
	[ "$(stops)" -eq "$1" ]
}

rumble_is_played_and_ends()
{
	before=rumble
	serve_pad
	client earlylog early "$socket"
	until_true grep asked "$tmp/earlylog"
	client alog play "$socket" 1
	a=$pid
	until_true pressed_until alog
	until_true ordered 1
	says padlog 'strong 65535 weak 327[0-9]* for 5000 ms'
	client blog play "$socket" 1
	b=$pid
	until_true pressed_until blog
	until_true ordered 2
	# What the first began is over: its end ends nothing.
	kill -KILL "$a"
	client clog play "$socket" 1
	until_true pressed_until clog
	until_true ordered 3
	[ "$(stops)" -eq 0 ]
	kill -KILL "$pid"
	until_true stopped 1
	kill -0 "$b"
}

some_ordered()
{
	[ "$(orders)" -gt 0 ]
}

# pressed_until LOG: somebody plays with the pad until the client has seen it.
pressed_until()
{
	press
	grep asked "$tmp/$1"
}

# Of those that are not dropped the newest counts, so fewer may arrive.
surplus_is_dropped()
{
	before=rumble
	serve_pad
	client alog play "$socket" 300
	until_true pressed_until alog
	until_true grep 'more than 100 effects in a second: the rest' \
		"$tmp/padlog"
	[ "$(orders)" -le 100 ]
	until_true some_ordered
	kill -0 "$pid"
}

# ---- mappings --------------------------------------------------------------

guid=030000005e0400008e02000010010000

# mapping NUMBER...: of A and B.
mapping()
{
	echo "$guid,Test pad,platform:Linux,a:b$1,b:b$2,"
}

# Presses of A arrived as those of the button that the mapping names.
pressed_as_b()
{
	press
	grep ' press_counts=0,[1-9]' "$tmp/alog"
}

pressed_as_a()
{
	press
	grep ' press_counts=[1-9][0-9]*,0,' "$tmp/alog"
}

# came TIMES: the pad is new to the server as often as that.
came()
{
	[ "$(grep -c '^sealmem: pad 0: ' "$tmp/padlog")" -eq "$1" ]
}

mappings_are_read_again()
{
	before=''
	mapping 1 0 >"$tmp/mappings"
	serve_pad --no-gate --mappings "$tmp/mappings"
	watcher alog
	until_true grep '^pad=0' "$tmp/alog"
	until_true pressed_as_b
	server=$(pgrep -f "gamepad serve .*$socket " | tail -n 1)
	# The same again changes nothing.
	kill -HUP "$server"
	until_true pressed_as_b
	came 1
	mapping 0 1 >"$tmp/mappings"
	kill -HUP "$server"
	until_true came 2
	until_true pressed_as_a
	echo 'nonsense' >"$tmp/mappings"
	kill -HUP "$server"
	until_true grep 'mappings:1: .*' "$tmp/padlog"
	until_true grep 'mappings stay as they were' "$tmp/padlog"
	came 2
	rm "$tmp/mappings"
	kill -HUP "$server"
	until_true grep 'cannot read .*mappings: No such file' "$tmp/padlog"
	watcher blog
	until_true grep '^pad=0 connected=1' "$tmp/blog"
	tail -n 1 "$tmp/alog" | grep ' press_counts=[1-9][0-9]*,0,'
}

mappings_from_the_environment()
{
	before=''
	SDL_GAMECONTROLLERCONFIG=$(mapping 1 0)
	export SDL_GAMECONTROLLERCONFIG
	serve_pad --no-gate
	watcher alog
	until_true grep '^pad=0' "$tmp/alog"
	until_true pressed_as_b
}

broken_mappings()
{
	echo 'nonsense' >"$tmp/mappings"
	wants 1 tool gamepad serve --source synthetic --socket "$socket" \
		--mappings "$tmp/mappings"
	says err 'mappings:1: '
	[ ! -e "$socket" ]
	SDL_GAMECONTROLLERCONFIG=nonsense wants 1 tool gamepad serve \
		--source synthetic --socket "$socket"
	says err 'SDL_GAMECONTROLLERCONFIG: line 1: '
}

hangup_is_no_end()
{
	serve
	keep_watching
	kill -HUP "$server"
	kill -HUP "$server"
	wants 0 watch --frames 5
	kill -0 "$watcher"
	kill -TERM "$server"
	ends "$server" 0
}

# device NAME FUNCTION: a case with a live pad.
device()
{
	if [ -n "$reason" ]; then
		skip "$1" "$reason"
	else
		try "$@"
		exec 3>&-
	fi
}

# ---- the run ---------------------------------------------------------------

tap_pattern=''
check "the client builds" build_client
tap_pattern=${1-}
reason="built without libevdev"
if ! "$sealmem" gamepad record /nonexistent 2>&1 | grep -q 'without libevdev'
then
	tap_pattern=''
	build_pad
	tap_pattern=${1-}
fi
device "a client sees nothing until a press, and nothing from before it" \
	each_client_has_a_gate
device "--no-gate shows pads at once" without_a_gate
device "what is held when its device comes is not shown" held_buttons
device "a pad that waited gets the first slot that is free" \
	slot_that_becomes_free
device "--poll reads devices at a fixed rate" polled
device "rumble: not before the gate, and it ends with who began it" \
	rumble_is_played_and_ends
device "rumble: more than a hundred a second is dropped" surplus_is_dropped
device "SIGHUP: new mappings count, broken ones do not" mappings_are_read_again
device "mappings from SDL_GAMECONTROLLERCONFIG" mappings_from_the_environment
try "mappings that make no sense end it before it begins" broken_mappings
try "SIGHUP is no end, and clients stay" hangup_is_no_end
try "more pads than slots: those that wait are named" more_pads_than_slots
try "--clients is exact, and said once" few_clients
try "--loop: epoll, io_uring where it works" loops
finish
