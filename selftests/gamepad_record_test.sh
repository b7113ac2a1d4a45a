#!/bin/sh
# SPDX-License-Identifier: MIT
# `sealmem gamepad record`: what the device of selftests/pad/live_pad.c says,
# in the world of umockdev, as text. Prints TAP.
#
# O is the build folder; CC, CFLAGS and SANITIZE are what it was built with.
. selftests/tap.sh
. selftests/pad/steps.sh
. selftests/pad/plug.sh

recording=$tmp/recording.evemu

# ---- playing ---------------------------------------------------------------

# plug_in ARGUMENT...: the device is there, `record ARGUMENT...` about to run.
plug_in()
{
	rm -f "$recording"
	plug_in_for "$sealmem" gamepad record "$@"
}

# begin: `record` runs and has written the state.
begin()
{
	tell start
	until_true grep 'SYN_REPORT' "$recording"
}

# stop STATUS: at the end of its input live_pad sends SIGTERM.
stop()
{
	exec 3>&-
	until_true grep "^exit $1\$" "$tmp/padlog"
}

# The events, without their times and remarks.
events()
{
	sed -n 's/^E: [0-9.]* \([^\t]*\).*/\1/p' "$recording"
}

# events_are EVENT...: after the first frame, which is the state.
events_are()
{
	events | sed '1,/^0000 0000/d' >"$tmp/events"
	printf '%s\n' "$@" | cmp - "$tmp/events"
}

# ---- cases -----------------------------------------------------------------

as_evemu_writes_it()
{
	plug_in $node --output "$recording"
	tell state 1 304 1
	tell state 3 1 -7777
	begin
	says recording.evemu '^# EVEMU 1\.' '^N: Live Pad$' \
		'^I: 0003 045e 028e 0110$' '^P: 00 00 00 00 00 00 00 00$' \
		'^B: 00 0b 00 00 00 00 00 00 00$' \
		'^B: 01 00 00 00 00 00 00 db 7c$' \
		'^B: 03 3f 00 03 00 00 00 00 00$' \
		'^A: 00 -32768 32767 16 128 0$' '^A: 05 0 255 0 0 0$' \
		'^A: 11 -1 1 0 0 0$' \
		'^E: 0\.000001 0001 0130 0001.# EV_KEY / BTN_SOUTH$' \
		'^E: 0\.000001 0003 0001 -7777.# EV_ABS / ABS_Y$'
	stop 0
}

every_event()
{
	plug_in --device $node --output "$recording"
	begin
	tell both 1 304 1
	tell both 3 0 -5
	tell event 0 0 0
	# What no pad has, lost events, and numbers that no pad should send.
	tell event 1 767 2
	tell event 0 3 0
	tell event 65535 65535 -2147483648
	tell event 0 0 0
	until_true events_are '0001 0130 0001' '0003 0000 -005' \
		'0000 0000 0000' '0001 02ff 0002' '0000 0003 0000' \
		'ffff ffff -2147483648' '0000 0000 0000'
	stop 0
	says padlog 'recorded 16 events'
}

times_go_on()
{
	plug_in $node --output "$recording"
	begin
	for value in 1 2 3 4 5; do
		tell both 3 0 $value
		tell event 0 0 0
	done
	until_true grep ' 0003 0000 0005' "$recording"
	stop 0
	sed -n 's/^E: \([0-9.]*\) .*/\1/p' "$recording" >"$tmp/times"
	sort -n -c "$tmp/times"
	[ "$(head -n 1 "$tmp/times")" = 0.000001 ]
	[ "$(tail -n 1 "$tmp/times")" != 0.000001 ]
}

name_is_one_line()
{
	plug_in $node --output "$recording"
	tell name "$(printf 'Bad\033[2J\377 # Pad')"
	begin
	says recording.evemu '^N: Bad?\[2J? # Pad$'
	stop 0
}

# described FILE: what is not about events.
described()
{
	grep '^[NIPBALS]: ' "$1"
}

# The very lines that evemu-record prints of the same device.
evemu_agrees()
{
	plug_in $node --output "$recording"
	begin
	stop 0
	described "$recording" >"$tmp/ours"
	plug_in_for timeout 60 evemu-record $node "$tmp/theirs"
	tell start
	until_true grep '^A: 11 ' "$tmp/theirs"
	exec 3>&-
	described "$tmp/theirs" | diff - "$tmp/ours"
}

pulled_out()
{
	plug_in $node --output "$recording"
	begin
	tell both 1 304 1
	tell event 0 0 0
	# What is still in the kernel goes with the device.
	until_true events_are '0001 0130 0001' '0000 0000 0000'
	tell unplug
	until_true grep 'recorded 11 events' "$tmp/padlog"
	says padlog "$node is gone: "
	events_are '0001 0130 0001' '0000 0000 0000'
}

ends_by_time()
{
	plug_in_to_end "$sealmem" gamepad record $node --seconds 1
	ends_with 0
	says padlog '^N: Live Pad$' '^E: 0\.000001 0000 0000 0000' \
		'recorded 9 events'
}

nowhere_to_write()
{
	plug_in_to_end "$sealmem" gamepad record $node \
		--output "$tmp/no/such/folder"
	ends_with 1
	says padlog 'cannot write .*: No such file'
	plug_in_to_end "$sealmem" gamepad record $node --output /dev/full
	ends_with 1
	says padlog 'cannot write the recording: No space'
}

refused_devices()
{
	wants 1 timeout 60 "$sealmem" gamepad record /nonexistent
	says err 'cannot use /nonexistent: No such file'
	echo >"$tmp/file"
	wants 1 timeout 60 "$sealmem" gamepad record "$tmp/file"
	says err 'not an input device'
}

usage_error()
{
	wants 2 timeout 60 "$sealmem" gamepad record "$@"
	says err '^Usage: sealmem gamepad record'
	[ ! -s "$tmp/out" ]
}

bad_options()
{
	usage_error
	usage_error a b
	usage_error a --device b
	usage_error a --seconds 0
	usage_error a --output
	usage_error --nonsense
}

# ---- the run ---------------------------------------------------------------

build_pad
pad "as evemu-record writes it, and the state at the start" as_evemu_writes_it
pad "every event, whatever it is" every_event
pad "times do not go back" times_go_on
pad "a name cannot bring lines" name_is_one_line
pad "evemu-record describes it with the same lines" evemu_agrees evemu-record
pad "who is pulled out leaves a whole recording" pulled_out
pad "--seconds, and standard output" ends_by_time
pad "no place to write to" nowhere_to_write
try "what is no device" refused_devices
try "bad options exit 2 with the usage on stderr" bad_options
finish
