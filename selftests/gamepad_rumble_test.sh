#!/bin/sh
# SPDX-License-Identifier: MIT
# `sealmem gamepad rumble`: what reaches the producer. Prints TAP.
#
# O is the build folder; CC, CFLAGS and SANITIZE are what it was built with.
. selftests/tap.sh
. selftests/pad/steps.sh
. selftests/pad/server.sh
. selftests/pad/stage.sh

rumble()
{
	tool gamepad rumble --socket "$socket" "$@"
}

arrives()
{
	stage 4
	order connect 0 Pad
	order full 2
	wants 0 rumble --ms 1
	until_true grep '^effect pad=0 type=1 ms=1 delay=0 strong=1.00 weak=0.00' \
		"$tmp/stagelog"
	wants 0 rumble --pad 2 --strong 0.25 --weak 1 --ms 20 --delay 3
	until_true grep 'pad=2 type=1 ms=20 delay=3 strong=0.25 weak=1.00' \
		"$tmp/stagelog"
	wants 0 rumble --pad 2 --left 0.5 --right 0.75 --ms 20
	until_true grep 'type=2 .* strong=0.00 .* left=0.50 right=0.75' \
		"$tmp/stagelog"
	wants 0 rumble --pad 2 --stop --strong 1
	until_true grep 'pad=2 type=3 ms=0 delay=0 strong=0.00' "$tmp/stagelog"
	[ "$(grep -c ^effect "$tmp/stagelog")" -eq 4 ]
	[ "$(grep -c refused "$tmp/stagelog")" -eq 0 ]
}

nothing_to_shake()
{
	stage 4
	order connect 0 Pad
	wants 1 rumble --pad 1
	says err 'there is no pad 1'
	wants 1 rumble --pad 31
	wants 1 rumble --left 1
	says err 'pad 0 has no motors in its triggers'
	[ "$(grep -c ^effect "$tmp/stagelog")" -eq 0 ]
}

server_hangs_up()
{
	stage 4
	order connect 0 Pad
	run rumblelog "$sealmem" gamepad rumble --socket "$socket" --ms 5000 \
		--delay 5000
	rumble=$pid
	until_true grep ^effect "$tmp/stagelog"
	kill -KILL "$stage"
	ends "$rumble" 1
	says rumblelog 'the server hung up'
}

usage_error()
{
	wants 2 tool gamepad rumble "$@"
	says err '^Usage: sealmem gamepad rumble'
}

bad_options()
{
	usage_error
	usage_error --socket a --pad 32
	usage_error --socket a --ms 0
	usage_error --socket a --ms 5001
	usage_error --socket a --delay 5001
	for strength in nan inf -0.1 1.1 '' x 1x; do
		usage_error --socket a --strong "$strength"
	done
	wants 0 tool gamepad rumble --help
	wants 1 rumble
	says err 'nobody serves at '
}

try "what was asked for arrives" arrives
try "no such pad, or none that can" nothing_to_shake
try "a server that goes in the middle" server_hangs_up
try "bad options exit 2 with the usage on stderr" bad_options
finish
