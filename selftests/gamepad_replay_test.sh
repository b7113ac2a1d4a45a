#!/bin/sh
# SPDX-License-Identifier: MIT
# Recordings that are played: by `sealmem gamepad serve --replay`, and by `replay`
# as far as that goes where there is no uinput. Prints TAP.
#
# O is the build folder; CC, CFLAGS and SANITIZE are what it was built with.
. selftests/tap.sh
. selftests/pad/steps.sh
. selftests/pad/server.sh

recording=$tmp/pad.evemu

# A pad of two sticks, two triggers and a hat, at rest; events go after it.
write_pad()
{
	cat >"$recording" <<-END
		# EVEMU 1.3
		N: Recorded Pad
		I: 0003 045e 028e 0110
		P: 00 00 00 00 00 00 00 00
		B: 00 0b 00 00 00 00 00 00 00
		B: 01 00 00 00 00 00 00 00 00
		B: 01 00 00 00 00 00 00 00 00
		B: 01 00 00 00 00 00 00 00 00
		B: 01 00 00 00 00 00 00 00 00
		B: 01 00 00 00 00 00 00 db 7c
		B: 03 3f 00 03 00 00 00 00 00
		A: 00 -32768 32767 16 128 0
		A: 01 -32768 32767 16 128 0
		A: 02 0 255 0 0 0
		A: 03 -32768 32767 16 128 0
		A: 04 -32768 32767 16 128 0
		A: 05 0 255 0 0 0
		A: 10 -1 1 0 0 0
		A: 11 -1 1 0 0 0
	END
	printf 'E: %s\n' "$@" >>"$recording"
}

# A server of the recording.
replay()
{
	run servelog "$sealmem" gamepad serve --replay "$recording" \
		--no-gate --no-sanitize --socket "$socket" --seconds 170
	server=$pid
	until_true grep '^sealmem: serving' "$tmp/servelog"
}

is_now()
{
	watch --frames 1 >"$tmp/now"
	grep -q -- "$1" "$tmp/now"
}

# The first frame is what the pad comes with; the rest follows.
to_the_end()
{
	write_pad '0.000001 0003 0000 32767' '0.000001 0001 0131 1' \
		'0.000001 0000 0000 0' '0.100000 0001 0130 1' \
		'0.100000 0000 0000 0' '0.150000 0001 0130 0' \
		'0.150000 0000 0000 0' '0.200000 0001 0130 1' \
		'0.200000 0003 0000 -32768' '0.200000 0000 0000 0'
	replay
	says servelog "source: $recording (Recorded Pad)"
	until_true is_now 'axes=-1.000,'
	is_now ' pressed=0,1 '
	is_now 'id="Recorded Pad (STANDARD GAMEPAD Vendor: 045e Product: 028e)"'
	kill -TERM "$server"
	ends "$server" 0
}

# Not all at once. Who watches is there before the pad is.
at_its_own_pace()
{
	write_pad '0.000001 0001 0130 1' '0.000001 0000 0000 0' \
		'3.000000 0001 0130 0' '3.000000 0000 0000 0' \
		'3.500000 0001 0131 1' '3.500000 0000 0000 0'
	run frames "$sealmem" gamepad watch --socket "$socket" --follow \
		--frames 3
	watcher=$pid
	replay
	ends "$watcher" 0
	sed 's/.* event_us=\([0-9]*\) .*/\1/' "$tmp/frames" >"$tmp/times"
	{
		read -r first
		read -r second
		read -r third
	} <"$tmp/times"
	[ $((second - first)) -eq 2999999 ]
	[ $((third - second)) -eq 500000 ]
	tail -n 1 "$tmp/frames" | grep ' pressed=1 press_counts=0,1,0'
}

# Whatever devices send, and more than any should.
any_event()
{
	write_pad '0.000001 ffff ffff -2147483648' '0.000001 0003 0000 2147483647' \
		'0.000001 0000 0000 0' '0.050000 0001 02ff 7' \
		'0.050000 0003 0001 -2147483648' '0.050000 0000 ffff 1' \
		'0.050000 0000 0000 0' '0.060000 0000 0003 0' \
		'0.060000 0003 0003 32767' '0.060000 0000 0000 0' \
		'0.070000 0001 0130 1' '0.070000 0000 0000 0'
	replay
	until_true is_now ' pressed=0 '
	is_now 'axes=+1.000,-1.000,+0.000,+0.000 '
	kill -TERM "$server"
	ends "$server" 0
}

no_event_at_all()
{
	write_pad
	sed -i '/^E:/d' "$recording"
	replay
	wants 0 watch --frames 1
	says out '^pad=0 connected=1 '
}

serve_refuses()
{
	wants 1 tool gamepad serve --replay "$recording" --socket "$socket"
	grep -q -- "$1" "$tmp/err" && return
	cat "$tmp/err"
	return 1
}

what_is_no_recording()
{
	write_pad '0.000002 0003 0000 1' '0.000001 0000 0000 0'
	serve_refuses "$recording: line 21: time goes back"
	rm "$recording"
	serve_refuses "cannot read $recording: No such file"
	mkdir "$recording"
	serve_refuses "cannot read $recording: Is a directory"
	rmdir "$recording"
	printf 'N: Keys\nI: 0003 0001 0001 0001\n' >"$recording"
	serve_refuses 'is the recording of no gamepad: '
	[ ! -e "$socket" ]
}

no_uinput()
{
	write_pad '0.000001 0000 0000 0'
	wants 1 tool gamepad replay "$recording"
	says err 'cannot make a device with /dev/uinput: ' \
		"gamepad serve --socket PATH --replay $recording"
}

# Who plays a stranger's recording shall not have it type.
nothing_that_types()
{
	write_pad '0.000001 0000 0000 0'
	sed -i '0,/^B: 01 00 00 00/s//B: 01 00 00 01/' "$recording"
	wants 1 tool gamepad replay "$recording"
	says err 'has keys to type with, so it is not played'
}

usage_error()
{
	wants 2 tool gamepad "$@"
	says err '^Usage: sealmem gamepad'
}

bad_options()
{
	usage_error replay
	usage_error replay a b
	usage_error replay a --speed 0
	usage_error replay a --speed nan
	usage_error replay a --speed 1x
	usage_error replay a --loop -1
	usage_error serve --socket a --replay b --device c
	usage_error serve --socket a --replay b --source synthetic
	wants 0 tool gamepad replay --help
}

if "$sealmem" gamepad replay /nonexistent 2>&1 | grep -q 'without libevdev'
then
	skip_all "sealmem is built without libevdev"
fi
try "a pad that does what it did, and stays so" to_the_end
try "at the pace of the recording" at_its_own_pace
try "any event whatsoever" any_event
try "a recording without events" no_event_at_all
try "what is no recording of a gamepad" what_is_no_recording
if [ -e /dev/uinput ]; then
	skip "without uinput it says what to do" "there is a uinput here"
else
	try "without uinput it says what to do" no_uinput
fi
try "a recording that types is not played" nothing_that_types
try "bad options exit 2 with the usage on stderr" bad_options
finish
