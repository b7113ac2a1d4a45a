#!/bin/sh
# SPDX-License-Identifier: MIT
# A gamepad, from the events of its device to what a consumer in another process
# sees. The device is umockdev's, played by selftests/pad/live_pad.c; `sealmem
# gamepad serve` runs in its world and `sealmem gamepad watch` outside of it.
#
# O is the build folder; CC, CFLAGS and SANITIZE are what it was built with.
. selftests/tap.sh
. selftests/pad/steps.sh

sealmem=$O/sealmem
socket=$tmp/pads
# umockdev keeps its world there, also if it is killed.
export TMPDIR="$tmp"

# From <linux/input-event-codes.h>.
key=1
axis=3

# What jq is told before each question.
# shellcheck disable=SC2016
jq_functions='
	def near($there): [.axes, $there] | transpose |
		all(.[0] - .[1] | fabs < 0.001);
	def down: [.buttons | to_entries[] | select(.value.pressed) | .key];
	def presses: [.buttons[].press_count] | add;
'

# ---- playing ---------------------------------------------------------------

# tell COMMAND: to the device; see live_pad.c.
tell()
{
	echo "$*" >&3
}

# frame "TYPE CODE VALUE"...: what a real device does.
frame()
{
	for event; do
		tell both "$event"
	done
	tell event 0 0 0
}

# plug_in [OPTION]...: the device is there, `serve` is about to run, and shows
# what comes from the device as it is.
plug_in()
{
	rm -f "$tmp/commands"
	mkfifo "$tmp/commands"
	: >"$tmp/padlog"
	# The preload comes before the sanitizer's library, which minds that.
	ASAN_OPTIONS="verify_asan_link_order=0:${ASAN_OPTIONS-}" \
		umockdev-wrapper "$tmp/live_pad" "$sealmem" gamepad serve \
		--socket "$socket" --no-gate --no-sanitize "$@" \
		<"$tmp/commands" >"$tmp/padlog" 2>&1 &
	pad=$!
	echo $pad >>"$tmp/pids"
	exec 3>"$tmp/commands"
}

# begin: `serve` runs and `watch` watches.
begin()
{
	tell start
	until_true grep '^sealmem: serving' "$tmp/padlog"
	# It must not hold the device's input open.
	run watchlog "$sealmem" gamepad watch --socket "$socket" --json \
		--rate "${rate:-1000}" --seconds 100 3>&-
	sees '.connected'
}

plug_in_and_begin()
{
	plug_in --source evdev --device /dev/input/event7
	begin
}

prints_nothing()
{
	[ -s "$tmp/out" ] || return 0
	echo 'wanted nothing to be printed:'
	cat "$tmp/out" "$tmp/padlog"
	return 1
}

# At the end of the device's input the server is asked to stop.
stop_in_order()
{
	exec 3>&-
	until_true grep '^exit 0$' "$tmp/padlog"
}

# Some versions of jq are content with no input at all.
is_now()
{
	[ -s "$tmp/watchlog" ] || return 1
	tail -n 1 "$tmp/watchlog" | jq -e "$jq_functions $1"
}

# sees EXPRESSION: the newest state becomes so.
sees()
{
	until_true is_now "$1"
}

# never EXPRESSION: no state that was seen was so.
never()
{
	jq -s -e "$jq_functions any($1) | not" "$tmp/watchlog" >/dev/null
}

# ---- cases -----------------------------------------------------------------

identity()
{
	plug_in_and_begin
	sees '.pad == 0 and .mapping == "standard" and near([0, 0, 0, 0]) and
		(.buttons | length) == 17 and down == [] and presses == 0'
	sees '.id ==
		"Live Pad (STANDARD GAMEPAD Vendor: 045e Product: 028e)"'
}

# Held before anybody looked: down, but not pressed since.
initial_state()
{
	plug_in --source evdev --device /dev/input/event7
	tell state $key 304 1
	tell state $axis 1 32767
	tell state $axis 5 255
	begin
	sees 'down == [0, 7] and near([0, 1, 0, 0]) and presses == 0'
	frame "$key 304 0"
	sees 'down == [7] and presses == 0'
	frame "$key 304 1"
	sees 'down == [0, 7] and presses == 1'
}

# Code and index. An Xbox-like pad has X (0x133) on the left, Y on top.
buttons()
{
	plug_in_and_begin
	presses=0
	while read -r code index; do
		presses=$((presses + 1))
		frame "$key $code 1"
		sees "down == [$index] and presses == $presses and
			.buttons[$index].value == 1"
		frame "$key $code 0"
		sees "down == [] and presses == $presses"
	done <<-END
		304 0
		305 1
		307 2
		308 3
		310 4
		311 5
		314 8
		315 9
		316 16
		317 10
		318 11
	END
	frame "$key 304 1" "$key 318 1" "$key 316 1"
	sees 'down == [0, 11, 16]'
}

sticks()
{
	plug_in_and_begin
	while read -r code axes_low axes_high; do
		frame "$axis $code -32768"
		sees "near($axes_low) and down == []"
		frame "$axis $code 32767"
		sees "near($axes_high)"
		frame "$axis $code 16384"
		frame "$axis $code 0"
		sees 'near([0, 0, 0, 0])'
	done <<-END
		0 [-1,0,0,0] [1,0,0,0]
		1 [0,-1,0,0] [0,1,0,0]
		3 [0,0,-1,0] [0,0,1,0]
		4 [0,0,0,-1] [0,0,0,1]
	END
	frame "$axis 0 -16384" "$axis 1 8192" "$axis 3 32767" "$axis 4 -32768"
	sees 'near([-0.5, 0.25, 1, -1])'
}

triggers()
{
	plug_in_and_begin
	frame "$axis 2 255"
	sees 'down == [6] and .buttons[6].value == 1'
	frame "$axis 2 0" "$axis 5 102"
	sees 'down == [7] and (.buttons[7].value - 0.4 | fabs < 0.001)'
	# Touched, but not pressed yet.
	frame "$axis 5 30"
	sees 'down == [] and .buttons[7].touched and presses == 2'
	frame "$axis 5 31"
	sees 'down == [7] and presses == 3'
	frame "$axis 5 0"
	sees 'down == [] and (.buttons[7].touched | not)'
}

hat()
{
	plug_in_and_begin
	frame "$axis 17 -1"
	sees 'down == [12]'
	frame "$axis 17 1"
	sees 'down == [13]'
	frame "$axis 17 0" "$axis 16 -1"
	sees 'down == [14]'
	frame "$axis 16 1" "$axis 17 -1"
	sees 'down == [12, 15] and presses == 5'
	frame "$axis 16 0" "$axis 17 0"
	sees 'down == [] and near([0, 0, 0, 0])'
}

# Both axes of a stick move in one frame, or readers see it bend.
frames_are_whole()
{
	plug_in_and_begin
	for i in 1 2 3 4 5 6 7 8 9 10; do
		frame "$axis 0 32767" "$axis 1 -32768" "$key 304 1"
		sees 'near([1, -1, 0, 0]) and down == [0]'
		frame "$axis 0 -32768" "$axis 1 32767" "$key 304 0"
		sees "near([-1, 1, 0, 0]) and down == [] and presses == $i"
	done
	never '.axes[0] + .axes[1] | fabs > 0.001'
	never '(down == [0]) != (.axes[0] > 0.5)'
}

short_press()
{
	rate=2
	plug_in_and_begin
	for i in 1 2 3 4 5; do
		frame "$key 305 1"
		frame "$key 305 0"
	done
	sees 'down == [] and .buttons[1].press_count == 5 and presses == 5'
}

auto_repeat()
{
	plug_in_and_begin
	frame "$key 304 1"
	frame "$key 304 2"
	frame "$key 304 2" "$axis 0 32767"
	sees 'down == [0] and presses == 1 and near([1, 0, 0, 0])'
	frame "$key 304 0"
	sees 'down == [] and presses == 1'
}

event_times()
{
	plug_in_and_begin
	frame "$key 304 1"
	sees 'down == [0]'
	before=$(jq -s '.[0].event_time_us' "$tmp/watchlog")
	sees ".event_time_us > $before and
		.publish_time_us >= .event_time_us"
}

# The kernel lost events: what the device says when asked is what counts.
dropped_events()
{
	plug_in_and_begin
	frame "$key 304 1"
	sees 'down == [0] and presses == 1'
	tell state $key 304 0
	tell state $key 305 1
	tell state $axis 0 -7777
	# The start of a frame whose rest was lost.
	tell event $key 307 1
	tell event 0 3 0
	tell event $key 308 1
	tell event 0 0 0
	sees 'down == [1] and near([-0.2373, 0, 0, 0])'
	frame "$key 305 0" "$axis 0 0"
	sees 'down == [] and near([0, 0, 0, 0])'
	never 'down | contains([3])'
}

unplugged()
{
	plug_in_and_begin
	frame "$key 304 1" "$axis 0 32767"
	sees 'down == [0] and near([1, 0, 0, 0])'
	tell unplug
	sees '.connected == false and .axes == [] and .buttons == []'
	says padlog '/dev/input/event7 (Live Pad) is gone'
	# The server stays, and who comes now sees no pad.
	wants 0 timeout 60 "$sealmem" gamepad watch --socket "$socket" --seconds 1
	prints_nothing
	stop_in_order
	until_true grep 'the producer is gone: it closed' "$tmp/watchlog"
}

# Pads keep their places while others come and go.
hot_plug()
{
	plug_in --source evdev
	begin
	tell add 8
	sees '.pad == 1 and .connected and presses == 0'
	frame "$key 304 1"
	sees '.pad == 1 and down == [0]'
	tell use 7
	frame "$key 305 1"
	sees '.pad == 0 and down == [1] and presses == 1'
	tell use 8
	tell remove
	sees '.pad == 1 and .connected == false and .buttons == []'
	tell add 11
	sees '.pad == 1 and .connected and presses == 0'
	frame "$key 307 1"
	sees '.pad == 1 and down == [2] and presses == 1'
	tell use 7
	tell remove
	sees '.pad == 0 and .connected == false'
	tell use 11
	frame "$key 307 0"
	sees '.pad == 1 and down == []'
}

# There is nothing to play with yet.
first_pad_comes()
{
	plug_in --source evdev
	tell remove
	tell start
	until_true grep '^sealmem: serving' "$tmp/padlog"
	run watchlog "$sealmem" gamepad watch --socket "$socket" --json \
		--rate 1000 --seconds 100 3>&-
	tell add 3
	sees '.pad == 0 and .connected'
	frame "$key 304 1"
	sees '.pad == 0 and .connected and down == [0]'
}

# Nothing that a device says is worth more than a shrug.
nonsense()
{
	plug_in --source evdev --device /dev/input/event7
	tell name "$(printf 'Bad\033[2J\377\303\250 Pad')"
	tell range 1 7 7
	tell range 4 100 -100
	begin
	sees '.id | startswith("Bad?[2J?\u00e8 Pad (STANDARD GAMEPAD ")'
	tell event $key 767 1
	tell event $key 65535 1
	tell event $axis 63 5
	tell event $axis 47 99
	tell event $axis 65535 -1
	tell event 21 3 4
	tell event 65535 65535 -1
	tell event 0 65535 1
	frame "$axis 0 2147483647" "$axis 1 7" "$axis 4 3" "$axis 2 -5"
	sees 'near([1, 0, 0, 0]) and down == []'
	frame "$axis 0 -2147483648" "$axis 2 70000"
	sees 'near([-1, 0, 0, 0]) and down == [6]'
	stop_in_order
}

found_by_auto()
{
	plug_in --source auto
	begin
	says padlog 'source: /dev/input/event7 (Live Pad)'
	frame "$key 304 1"
	sees 'down == [0]'
}

positional_vendor()
{
	plug_in --source evdev --device /dev/input/event7
	tell vendor 1356
	begin
	frame "$key 307 1"
	sees 'down == [3]'
	frame "$key 308 1" "$key 307 0"
	sees 'down == [2]'
}

# The motion sensors of a pad are a device of their own.
no_gamepad()
{
	plug_in --source evdev --device /dev/input/event7
	tell property 6
	tell start
	until_true grep '/dev/input/event7 is not a gamepad' "$tmp/padlog"
	exec 3>&-
	until_true grep '^exit 1$' "$tmp/padlog"
}

no_gamepad_for_auto()
{
	plug_in --source auto
	tell property 6
	tell start
	until_true grep 'no gamepad in /dev/input, so the pads are synthetic' \
		"$tmp/padlog"
}

# ---- the run ---------------------------------------------------------------

# build NAME LIBRARY SOURCE...: several words, so unquoted.
build()
{
	program=$tmp/$1
	library=$2
	shift 2
	# shellcheck disable=SC2046,SC2086
	$CC -I. -Iinclude -D_GNU_SOURCE $CFLAGS -o "$program" "$@" \
		$(pkg-config --cflags --libs "$library")
}

# The last reason that is true, or nothing.
why_not()
{
	"$sealmem" features --json >/dev/null 2>&1 ||
		echo "sealmem is built without jansson"
	have jq || echo "there is no jq"
	[ -c /dev/pts/ptmx ] || echo "there are no pseudo terminals"
	have umockdev-wrapper || echo "there is no umockdev-wrapper"
	pkg-config --exists umockdev-1.0 2>/dev/null ||
		echo "there is no libumockdev-dev"
	pkg-config --exists libevdev 2>/dev/null ||
		echo "there is no libevdev-dev"
	"$sealmem" gamepad serve --socket "$tmp/none" --source evdev \
		--device /nonexistent 2>&1 |
		grep -q 'built without libevdev' &&
		echo "sealmem is built without libevdev"
	return 0
}

# pad NAME FUNCTION: a case with a pad, if there can be one.
pad()
{
	if [ -n "$reason" ]; then
		skip "$1" "$reason"
	else
		try "$@"
	fi
}

reason=$(why_not | tail -n 1)
[ -n "$reason" ] || build live_pad umockdev-1.0 selftests/pad/live_*.c
pad "name, numbers and state at rest" identity
pad "what is held at the start is held, but was not pressed" initial_state
pad "every button, one by one" buttons
pad "both sticks, at both ends and in between" sticks
pad "triggers are analog buttons" triggers
pad "the hat is the d-pad" hat
pad "frames are whole" frames_are_whole
pad "a press between two looks is counted" short_press
pad "auto-repeat is no press" auto_repeat
pad "times are the event's and the publication's" event_times
pad "dropped events: the device is asked for its state" dropped_events
pad "unplugged: everything is released, the server stays" unplugged
pad "hot-plug: pads come and go" hot_plug
pad "hot-plug: the first pad comes" first_pad_comes
pad "nonsense from the device does no harm" nonsense
pad "--source auto finds it" found_by_auto
pad "a vendor that places buttons by position" positional_vendor
pad "what is no gamepad is refused" no_gamepad
pad "what is no gamepad is not found by --source auto" no_gamepad_for_auto
finish
