#!/bin/sh
# SPDX-License-Identifier: MIT
# The live view of `sealmem gamepad watch`, on the terminals of tmux, and what a
# terminal is like afterwards. Prints TAP.
#
# O is the build folder; CC, CFLAGS and SANITIZE are what it was built with.
# shellcheck disable=SC2119
. selftests/tap.sh
. selftests/pad/steps.sh
. selftests/pad/server.sh
. selftests/pad/stage.sh

export TMUX_TMPDIR="$tmp"
unset TMUX

# ---- a terminal ------------------------------------------------------------

mux()
{
	tmux -L view -f /dev/null "$@"
}

# terminal COLUMNS ROWS: a shell on it, in a locale and of a type that the
# variables locale and type say.
terminal()
{
	mux new-session -d -x "$1" -y "$2" \
		"exec env TERM=${type:-screen} LC_ALL=${locale:-C.UTF-8} \
		PS1='ready ' sh" >"$tmp/muxlog" 2>&1
	mux display-message -p '#{pid}' >>"$tmp/pids"
	until_true shows '^ready'
}

# The lines on the screen, as text.
screen()
{
	mux capture-pane -p
}

# shows PATTERN, or waits_for PATTERN: there it is.
shows()
{
	screen >"$tmp/screenlog"
	grep -q -- "$1" "$tmp/screenlog"
}

waits_for()
{
	until_true shows "$1"
}

keys()
{
	mux send-keys "$@"
}

# live [OPTION]...: the live view runs there. What it leaves behind is in after,
# and how it ended on the terminal.
live()
{
	keys "stty -g >$tmp/before; $sealmem gamepad watch --socket $socket $*;\
 echo ended \$?; stty -g >$tmp/after" Enter
	waits_for 'states seen'
	mux list-panes -F '#{pane_tty}' >"$tmp/tty"
}

# ended STATUS: it did, and the terminal is as it was.
ended()
{
	waits_for "^ended $1"
	until_true cmp "$tmp/before" "$tmp/after"
	# Not every terminal can bring back what was there.
	if [ "${type-}" != vt100 ]; then
		! shows 'states seen' || return 1
	fi
	# What is typed is shown again; before the prompt it would be anyway.
	waits_for '^ready *$'
	keys 'echo typed' Enter
	waits_for '^ready echo typed'
	[ "$(mux display-message -p '#{cursor_flag}')" -eq 1 ]
}

# The process of the live view.
viewer()
{
	ps -t "$(sed 's|^/dev/||' "$tmp/tty")" -o pid=,args= |
		sed -n 's|^ *\([0-9]*\) [^ ]*sealmem gamepad watch.*|\1|p'
}

# ---- cases -----------------------------------------------------------------

sticks_and_buttons()
{
	stage 4
	order connect 0 Small Pad
	order axis 0 0 -100
	order axis 0 1 100
	terminal 80 24
	live
	waits_for '^.*: 1 of 4 pads; q ends'
	waits_for '^0  Small Pad'
	waits_for '^-1.00 +1.00 +0.00 +0.00  *standard layout, connection 1,'
	waits_for 'dual-rumble'
	# At the lower left of its frame, and in the middle of the other.
	waits_for '│O        │ │         │'
	waits_for '│    .    │ │    O    │'
	order axis 0 0 0
	order axis 0 1 -50
	waits_for '^+0.00 -0.50 '
	for button in 3 3 3 3 3; do
		order press 0 $button
	done
	order hold 0 10
	waits_for '^.* 0    0    0    5    0    0    0    0    0'
	waits_for '^.* 0    1    0    0'
	waits_for 'publish to seen  min .* p50 .* p99 '
	waits_for 'event to seen  *min .* p50 .* p99 '
	waits_for 'states seen  *[1-9][0-9]*, .* a second at 60 looks a second'
	keys q
	ended 0
}

# A button that is down is in reverse.
what_is_down_stands_out()
{
	stage 1
	order connect 0 Pad
	terminal 80 24
	live
	waits_for '^0  Pad'
	mux capture-pane -p -e >"$tmp/before.colours"
	order hold 0 0
	until_true reversed
	keys q
	ended 0
}

reversed()
{
	mux capture-pane -p -e >"$tmp/colours"
	grep -q "$(printf '\033\\[[0-9;]*7[0-9;]*m')" "$tmp/colours" &&
		! grep -q "$(printf '\033\\[[0-9;]*7[0-9;]*m')" \
			"$tmp/before.colours"
}

it_moves()
{
	serve
	terminal 80 24
	live
	waits_for '^1  Synthetic pad 1'
	screen >"$tmp/first"
	until_true has_moved
	keys q
	ended 0
}

has_moved()
{
	screen >"$tmp/second"
	! cmp -s "$tmp/first" "$tmp/second"
}

coming_and_going()
{
	stage 4
	terminal 80 40
	live
	waits_for 'no pad, or none that this reader may see'
	order connect 2 First
	waits_for '^[0-9:]*  pad 2 connected: First'
	waits_for '^2  First'
	order connect 2 Second
	waits_for '^[0-9:]*  pad 2 connected: Second'
	waits_for 'connection 2'
	order disconnect 2
	waits_for '^[0-9:]*  pad 2 disconnected: Second'
	waits_for '0 of 4 pads'
	keys q
	ended 0
}

all_that_a_pad_can_have()
{
	stage 4
	order full 1
	terminal 100 30
	live
	waits_for '31.49'
	waits_for ' 4242'
	waits_for '15:+0.75'
	waits_for 'trigger-rumble, hand: left'
	keys q
	ended 0
	wants 0 watch --frames 1
	says out '^pad=1 .* touches=0:+0.000:+0.000,7:-0.500:+0.250 ' \
		' connection=1 sequence=1 hand=left actuator=trigger-rumble '
}

as_json()
{
	stage 4
	order full 1
	wants 0 watch --frames 1 --json
	jq -e '.pad == 1 and .connection == 1 and .sequence == 1 and .hand == "left" and
		.actuator == "trigger-rumble" and .supports_touch and
		(.axes_used | length) == 16 and .buttons_used[31] == 31 and
		.touches[1] == {touch_id: 7, surface_id: 0, x: -0.5, y: 0.25} and
		.buttons[31].press_count == 4242' "$tmp/out"
}

hostile_names()
{
	stage 4
	order connect 0 "$(printf 'a\\e[2Jb\\e]0;x c\303\250d\377')"
	order connect 1 "$(printf '\343\201\202%.0s' 1 2 3 4 5 6 7 8 9 10 \
		11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30)"
	terminal 40 24
	live
	waits_for '^0  a\\x1b\[2Jb\\x1b\]0;x cèd\\xff$'
	# Two columns each, and cut where the screen ends.
	waits_for '^1  あああああああああああああああああ'
	keys q
	ended 0
}

# C is no UTF-8, and a vt100 has no colours.
plain_terminals()
{
	stage 4
	order connect 0 "$(printf 'c\303\250d')"
	locale=C
	type=vt100
	terminal 80 24
	live
	waits_for '^0  c\\xc3\\xa8d$'
	waits_for '^+0.00 +0.00 +0.00 +0.00  *standard'
	keys q
	ended 0
}

no_drawing_on_this_one()
{
	serve
	type=dumb
	terminal 200 24
	keys "$sealmem gamepad watch --socket $socket --frames 3; echo ended \$?" \
		Enter
	waits_for '^ended 0'
	shows '^pad=0 connected=1 axes='
	keys "TERM=no-such-terminal $sealmem gamepad watch --socket $socket \
--frames 2 --lines | cat; echo done" Enter
	waits_for '^done'
}

# Whatever the size, and from one to the other.
resizing()
{
	stage 32
	order full 0
	order connect 31 Last
	terminal 80 24
	live
	for size in '120 50' '200 10' '20 5' '3 2' '1 1' '40 12' '80 24'; do
		mux resize-window -x "${size% *}" -y "${size#* }"
		order press 0 0
		until_true has_moved
	done
	waits_for '^0  Full Pad'
	waits_for '2 of 32 pads'
	keys q
	ended 0
}

many_pads()
{
	stage 32
	n=0
	while [ $n -lt 32 ]; do
		order connect $n "Pad number $n"
		n=$((n + 1))
	done
	terminal 80 24
	live
	waits_for '32 of 32 pads'
	waits_for '^0  Pad number 0'
	shows '^31 ' && return 1
	keys Down
	until_true gone_is 0
	keys NPage NPage NPage NPage NPage NPage NPage NPage NPage
	waits_for '^31  Pad number 31'
	keys Up Up
	until_true gone_is 31
	keys Home
	waits_for '^0  Pad number 0'
	mux resize-window -x 80 -y 120
	waits_for '^31  Pad number 31'
	shows '^0  Pad number 0'
	keys q
	ended 0
}

gone_is()
{
	! shows "^$1  Pad"
}

# signalled SIGNAL STATUS
signalled()
{
	serve
	terminal 80 24
	live
	kill "-$1" "$(viewer)"
	ended "$2"
}

interrupted()
{
	serve
	terminal 80 24
	live
	keys C-c
	ended 0
}

# The shell gets its terminal back while it is stopped, too.
suspended()
{
	serve
	terminal 80 24
	live
	keys C-z
	waits_for 'Stopped'
	waits_for '^ready *$'
	keys 'echo meanwhile' Enter
	waits_for '^ready echo meanwhile'
	cmp "$tmp/before" "$tmp/after"
	keys fg Enter
	waits_for 'states seen'
	keys q
	waits_for 'echo meanwhile'
	keys "stty -g >$tmp/final" Enter
	until_true cmp "$tmp/before" "$tmp/final"
}

server_says_goodbye()
{
	serve
	terminal 80 24
	live
	kill -TERM "$server"
	ended 1
	shows 'the producer is gone: it closed the buffer'
}

server_is_killed()
{
	serve
	terminal 80 24
	live
	kill -KILL "$server"
	ended 1
	shows 'the producer is gone: its connection ended'
}

following()
{
	serve
	terminal 100 40
	live --follow
	waits_for '^0  Synthetic'
	kill -KILL "$server"
	waits_for 'waiting for a producer'
	waits_for 'the producer is gone: it was killed'
	serve
	waits_for '^0  Synthetic'
	keys q
	ended 0
}

# ---- the run ---------------------------------------------------------------

# on_screen NAME FUNCTION [ARGUMENT]...: a case with a terminal.
on_screen()
{
	if ! has "$1"; then
		return
	elif [ -n "$reason" ]; then
		skip "$1" "$reason"
	else
		try "$@"
		mux kill-server 2>/dev/null || :
	fi
}

# The last reason that is true, or nothing.
why_not()
{
	have tmux || echo "there is no tmux"
	"$sealmem" gamepad watch --help | grep -q 'without ncurses' &&
		echo "sealmem is built without ncurses"
	[ -c /dev/pts/ptmx ] || echo "there are no pseudo terminals"
	locale -a 2>/dev/null | grep -qi '^C.utf-*8$' ||
		echo "there is no locale C.UTF-8"
	return 0
}

reason=$(why_not | tail -n 1)
on_screen "sticks, buttons, presses and figures" sticks_and_buttons
on_screen "what is down stands out" what_is_down_stands_out
on_screen "it moves" it_moves
on_screen "pads that come and go are announced" coming_and_going
on_screen "all that a pad can have" all_that_a_pad_can_have
if "$sealmem" features --json >/dev/null 2>&1; then
	with "all of it as JSON" as_json jq
else
	skip "all of it as JSON" "built without jansson"
fi
on_screen "names that drive terminals, and wide ones" hostile_names
on_screen "without colours and without UTF-8" plain_terminals
on_screen "a terminal that cannot be drawn on gets lines" no_drawing_on_this_one
on_screen "any size, and from one to the other" resizing
on_screen "32 pads can be scrolled" many_pads
on_screen "SIGTERM: the terminal is as it was" signalled TERM 0
on_screen "SIGINT: the terminal is as it was" signalled INT 0
on_screen "SIGHUP: the terminal is as it was" signalled HUP 0
on_screen "Ctrl-C: the terminal is as it was" interrupted
on_screen "Ctrl-Z and back" suspended
on_screen "a server that says goodbye: its last words are read" \
	server_says_goodbye
on_screen "a server that is killed" server_is_killed
on_screen "--follow waits on the screen" following
finish
