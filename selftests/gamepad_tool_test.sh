#!/bin/sh
# SPDX-License-Identifier: MIT
# `sealmem gamepad serve` and `watch` as their users meet them, in processes of
# their own, with servers that die. Clients and servers that misbehave are in
# gamepad_peer_test.sh. Prints TAP.
#
# O is the build folder; CC, CFLAGS and SANITIZE are what it was built with.
. selftests/tap.sh
. selftests/pad/steps.sh
. selftests/pad/server.sh

plain_lines()
{
	serve
	wants 0 watch --frames 20
	says out '^pad=0 connected=1 axes=' '^pad=1 connected=1 axes=' \
		' press_counts=[0-9]' ' event_us=[0-9]' ' mapping=standard ' \
		'id="Synthetic pad 0 (STANDARD GAMEPAD Vendor: 0000 '
	[ "$(grep -c '^pad=[01] connected=1 axes=[-+][01]\.' \
		"$tmp/out")" -eq 20 ]
}

exact_frames()
{
	serve
	for n in 1 2 3 7 50; do
		wants 0 watch --frames $n
		[ "$(wc -l <"$tmp/out")" -eq $n ]
	done
}

# The second pad's first three buttons, since this watcher came.
sticks_moved_and_buttons_were_pressed()
{
	grep '^pad=1' "$tmp/watchlog" | grep -v "$first_axes" |
		grep 'press_counts=[1-9][0-9]*,[1-9][0-9]*,[1-9]'
}

# pressed_was_counted FILE: what went down between two lines was counted. A
# press from before the gate opened is not.
pressed_was_counted()
{
	# shellcheck disable=SC2016
	sed 's/^pad=\([01]\) .* pressed=\([^ ]*\) press_counts=\([^ ]*\) .*/\1 ,\2 \3/' \
		"$1" | awk '
		{
			count = split($3, counts, ",")
			gsub(/\([^)]*\)/, "", $2)
			for (n = 1; n <= count; n++) {
				down = index($2 ",", "," n - 1 ",") > 0
				if (seen[$1] && down && !was[$1, n]) {
					presses++
					bad += counts[n] <= last[$1, n]
				}
				was[$1, n] = down
				last[$1, n] = counts[n]
			}
			seen[$1] = 1
		}
		END { print presses + 0, bad + 0; exit bad || !presses }'
}

pads_move()
{
	serve
	keep_watching
	first_axes=$(grep -m 1 -o 'axes=[^ ]*' "$tmp/watchlog")
	until_true sticks_moved_and_buttons_were_pressed
	kill -TERM "$watcher"
	wait "$watcher" || :
	says watchlog ' pressed=[^ ]*[0-9]'
	# Its last line may be half of one.
	sed '$d' "$tmp/watchlog" >"$tmp/lines"
	pressed_was_counted "$tmp/lines"
}

json_lines()
{
	serve
	wants 0 watch --frames 20 --json
	[ "$(wc -l <"$tmp/out")" -eq 20 ]
	[ -s "$tmp/out" ]
	jq -e '.connected and .mapping == "standard" and
		(.axes | length) == 4 and (.buttons | length) == 17 and
		(.buttons[0].press_count >= 0) and .event_time_us > 0 and
		.publish_time_us >= .event_time_us' "$tmp/out"
}

json_without_jansson()
{
	serve
	wants 2 watch --json --frames 1
	says err 'install libjansson-dev'
	wants 2 tool features --json
	says err 'install libjansson-dev'
}

server_says_goodbye()
{
	serve
	keep_watching
	kill -TERM "$server"
	ends "$server" 0
	ends "$watcher" 1
	says watchlog 'the producer is gone: it closed the buffer'
	[ ! -e "$socket" ]
}

server_is_killed()
{
	serve
	keep_watching
	kill -KILL "$server"
	ends "$watcher" 1
	says watchlog 'the producer is gone: its connection ended'
	[ -S "$socket" ]
}

stale_socket_is_replaced()
{
	serve
	kill -KILL "$server"
	ends "$server" 137
	[ -S "$socket" ]
	serve
	says servelog 'removed .*, which a server that is gone left behind'
	wants 0 watch --frames 1
}

second_server_is_refused()
{
	serve
	wants 1 tool gamepad serve --source synthetic --socket "$socket"
	says err 'somebody serves at .* already'
	wants 0 watch --frames 1
}

other_files_stay()
{
	echo precious >"$socket"
	wants 1 tool gamepad serve --source synthetic --socket "$socket"
	says err 'is not a socket'
	[ "$(cat "$socket")" = precious ]
	rm "$socket"
	ln -s /nonexistent "$socket"
	wants 1 tool gamepad serve --source synthetic --socket "$socket"
	[ -L "$socket" ]
}

# follower FRAMES: a watch with --follow; it is $watcher.
follower()
{
	run watchlog "$sealmem" gamepad watch --socket "$socket" --follow \
		--frames "$1"
	watcher=$pid
}

# Before there is a server, after one was killed, after one said goodbye.
watch_follows()
{
	follower 1000000
	serve
	until_true grep '^pad=1' "$tmp/watchlog"
	kill -KILL "$server"
	ends "$server" 137
	until_true grep 'gone: it was killed' "$tmp/watchlog"
	: >"$tmp/watchlog"
	serve
	until_true grep '^pad=1' "$tmp/watchlog"
	kill -TERM "$server"
	ends "$server" 0
	until_true grep 'gone: it closed the buffer' "$tmp/watchlog"
	serve
	kill -0 "$watcher"
	kill -KILL "$watcher"
	ends "$watcher" 137
	follower 3
	ends "$watcher" 0
	wants 0 watch --follow --seconds 1
	kill -KILL "$server"
	ends "$server" 137
	wants 0 watch --follow --seconds 1
	[ ! -s "$tmp/out" ]
}

# A server that ends removes its own socket, not its successor's.
foreign_socket_stays()
{
	serve
	first=$server
	rm "$socket"
	serve
	kill -TERM "$first"
	ends "$first" 0
	[ -S "$socket" ]
	wants 0 watch --frames 1
}

nobody_serves()
{
	wants 1 watch --frames 1
	says err 'nobody serves at .*: start `sealmem gamepad serve --socket '
	: >"$socket"
	wants 1 watch --frames 1
	says err 'nobody serves at '
}

path_too_long()
{
	long=$tmp/$(printf '%0200d' 0)
	wants 1 tool gamepad serve --source synthetic --socket "$long"
	says err '1 to 107 bytes'
	wants 1 tool gamepad watch --socket "$long"
	says err '1 to 107 bytes'
	wants 1 tool gamepad serve --source synthetic \
		--socket "$tmp/no/such/folder"
	says err 'cannot listen at .*: No such file'
}

serve_ends_by_time()
{
	wants 0 tool gamepad serve --source synthetic \
		--socket "$socket" --seconds 1
	says err '^sealmem: serving 2 pads at .*; source: synthetic'
	[ ! -e "$socket" ]
}

auto_says_which()
{
	wants 0 tool gamepad serve --socket "$socket" --seconds 1
	says err '^sealmem: serving [12] pads* at .*; source: '
	if grep -q 'source: synthetic' "$tmp/err"; then
		says err 'so the pads are synthetic'
	fi
}

evdev_refuses()
{
	touch "$tmp/file"
	wants 1 tool gamepad serve --socket "$socket" --source evdev \
		--device "$tmp/file"
	grep -q 'install libevdev-dev' "$tmp/err" ||
		says err 'not an input device'
	wants 1 tool gamepad serve --socket "$socket" --source evdev \
		--device /nonexistent
	[ ! -e "$socket" ]
}

# usage_error ARGUMENT...: exit status 2, and how it is used on stderr.
usage_error()
{
	wants 2 tool "$@"
	says err '^Usage: sealmem'
	[ ! -s "$tmp/out" ]
}

bad_options()
{
	usage_error
	usage_error nonsense
	usage_error gamepad
	usage_error gamepad nonsense
	usage_error features --nonsense
	usage_error features argument
	for command in serve watch; do
		usage_error gamepad $command
		usage_error gamepad $command --nonsense
		usage_error gamepad $command --socket
		usage_error gamepad $command --socket a b
		usage_error gamepad $command --socket a --seconds -1
		usage_error gamepad $command --socket a --seconds 0
		usage_error gamepad $command --socket a --rate 1001
		usage_error gamepad $command --socket a --rate 0x10
		usage_error gamepad $command --socket a --seconds 1e3
		usage_error gamepad $command --socket a --seconds \
			99999999999999999999
	done
	usage_error gamepad watch --socket a --frames many
	usage_error gamepad serve --socket a --source joydev
	usage_error gamepad serve --socket a --source synthetic --device b
}

help_texts()
{
	for words in '' 'gamepad serve' 'gamepad watch' features attack; do
		# shellcheck disable=SC2086
		wants 0 tool $words --help
		says out '^Usage: sealmem' '--help' 'Exit status: 0'
		cp "$tmp/out" "$tmp/help"
		# shellcheck disable=SC2086
		wants 0 tool help $words
		cmp "$tmp/out" "$tmp/help"
	done
	wants 0 tool --version
	says out '^sealmem [0-9]*\.[0-9]*\.[0-9]*$'
}

features_table()
{
	wants 0 tool features
	says out '^write-seal  *yes  *[a-z]' '^reopen  *[a-z]'
}

features_json()
{
	wants 0 tool features --json
	[ -s "$tmp/out" ]
	jq -e '.features | length > 4 and
		all(.name and .purpose and (.available | type == "boolean"))' \
		"$tmp/out"
}

full_disk()
{
	serve
	got=0
	watch --frames 3 >/dev/full 2>"$tmp/err" || got=$?
	[ $got -eq 1 ]
	says err 'cannot write to standard output: No space left'
}

# on_terminal TYPE OPTION...: watch, with a terminal for its output.
on_terminal()
{
	type=$1
	shift
	TERM=$type timeout 60 script -qec \
		"$sealmem gamepad watch --socket $socket $*" /dev/null \
		>"$tmp/out" 2>"$tmp/err" </dev/null
}

drawn()
{
	escape=$(printf '\033')
	serve
	on_terminal xterm --seconds 1
	says out "$escape\\[" 'Synthetic pad 1' 'publish to seen'
	on_terminal dumb --frames 2
	says out '^pad=0 '
	! grep "$escape" "$tmp/out"
}

# As a user who owns nothing here.
as_other()
{
	timeout 60 setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

other_users()
{
	cp "$sealmem" "$tmp/sealmem"
	chmod 755 "$tmp" "$tmp/sealmem"
	serve
	[ "$(stat -c %a "$socket")" = 600 ]
	wants 1 as_other "$tmp/sealmem" gamepad watch --socket "$socket"
	says err 'this user may not'
	kill -TERM "$server"
	ends "$server" 0
	serve --other-users
	[ "$(stat -c %a "$socket")" = 666 ]
	wants 0 as_other "$tmp/sealmem" gamepad watch --socket "$socket" \
		--frames 1
}

# memory_owner [OPTION]: of a server that an ordinary user runs. The files in
# /proc of a process that cannot be traced belong to root.
memory_owner()
{
	ASAN_OPTIONS=detect_leaks=0 run servelog \
		setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$tmp/sealmem" gamepad serve --source synthetic \
		--socket "$tmp/theirs/pads" --seconds 170 "$@"
	until_true grep '^sealmem: serving' "$tmp/servelog"
	stat -c %u "/proc/$pid/mem" >"$tmp/owner"
	wants 0 as_other "$tmp/sealmem" gamepad watch --frames 1 \
		--socket "$tmp/theirs/pads"
	kill -TERM "$pid"
	ends "$pid" 0
}

memory_is_closed()
{
	cp "$sealmem" "$tmp/sealmem"
	mkdir "$tmp/theirs"
	chown 65534 "$tmp/theirs"
	chmod 755 "$tmp" "$tmp/sealmem"
	memory_owner
	[ "$(cat "$tmp/owner")" = 0 ]
	memory_owner --dumpable
	[ "$(cat "$tmp/owner")" = 65534 ]
}

# as_root NAME FUNCTION: a case that needs root, to be somebody else.
as_root()
{
	if ! as_other true 2>/dev/null; then
		skip "$1" "needs root and setpriv, to be another user"
		return
	fi
	try "$@"
}

# ---- the run ---------------------------------------------------------------

try "plain lines, one for each changed pad" plain_lines
try "--frames is exact" exact_frames
try "synthetic pads move and are pressed in turn" pads_move
if "$sealmem" features --json >/dev/null 2>&1; then
	skip "--json without jansson says what to install" \
		"built with jansson"
	with "--json is one valid object a line" json_lines jq
	with "features as JSON" features_json jq
else
	try "--json without jansson says what to install" json_without_jansson
	skip "--json is one valid object a line" "built without jansson"
	skip "features as JSON" "built without jansson"
fi
try "features as a table" features_table
try "SIGTERM: readers see the goodbye, the socket is gone" server_says_goodbye
try "SIGKILL: readers see the connection end" server_is_killed
try "watch --follow goes on with the next server" watch_follows
try "a socket left behind is replaced" stale_socket_is_replaced
try "a second server on the same path is refused" second_server_is_refused
try "what is no socket stays" other_files_stay
try "a socket that somebody else put there stays" foreign_socket_stays
try "watch without a server says how to start one" nobody_serves
try "a socket path that is too long, or leads nowhere" path_too_long
try "serve --seconds ends in good order" serve_ends_by_time
try "--source auto says what it took" auto_says_which
try "--source evdev refuses what is no gamepad" evdev_refuses
try "bad options exit 2 with the usage on stderr" bad_options
try "--help, help and --version" help_texts
try "output that does not arrive is an error" full_disk
if "$sealmem" gamepad watch --help | grep -q 'without ncurses'; then
	skip "drawn in place on a terminal" "built without ncurses"
elif [ -c /dev/pts/ptmx ]; then
	with "drawn in place on a terminal, and only there" drawn script
else
	skip "drawn in place on a terminal" "there are no pseudo terminals"
fi
as_root "other users may connect only with --other-users" other_users
as_root "the server's memory is closed to its own user" memory_is_closed
finish
