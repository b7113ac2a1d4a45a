#!/bin/sh
# SPDX-License-Identifier: MIT
# `sealmem gamepad serve` and `watch` as their users meet them: in processes of
# their own, with servers that die and clients that misbehave. Prints TAP.
#
# O is the build folder; CC, CFLAGS and SANITIZE are what it was built with.
. selftests/tap.sh
. selftests/pad/steps.sh

sealmem=$O/sealmem
socket=$tmp/pads

# serve [OPTION]...: a server that listens; $server is its number.
serve()
{
	run servelog "$sealmem" gamepad serve --source synthetic \
		--socket "$socket" --seconds 170 "$@"
	server=$pid
	until_true grep '^sealmem: serving' "$tmp/servelog"
}

# The command in the foreground, which ends in any case.
tool()
{
	timeout 60 "$sealmem" "$@"
}

watch()
{
	tool gamepad watch --socket "$socket" "$@"
}

# A watch in the background that has seen something; $watcher is its number.
keep_watching()
{
	run watchlog "$sealmem" gamepad watch --socket "$socket" --seconds 100
	watcher=$pid
	until_true grep '^pad=1' "$tmp/watchlog"
}

# peer PATTERN ARGUMENT...: a peer that has come so far as to say PATTERN.
peer()
{
	pattern=$1
	shift
	run peerlog "$tmp/peer" "$@"
	until_true grep "$pattern" "$tmp/peerlog"
}

# ---- cases -----------------------------------------------------------------

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

# The first pad's first three buttons have been pressed after 700 ms.
sticks_moved_and_buttons_were_pressed()
{
	watch --frames 1 >"$tmp/later"
	! grep -q "$first_axes" "$tmp/later" &&
		grep -q 'press_counts=[1-9][0-9]*,[1-9][0-9]*,[1-9]' \
			"$tmp/later"
}

# pressed_was_counted FILE: what is down has been pressed once at least.
pressed_was_counted()
{
	# shellcheck disable=SC2016
	sed 's/.* pressed=\([^ ]*\) press_counts=\([^ ]*\) .*/\1 \2/' "$1" |
		awk 'NF == 2 {
			seen++
			split($2, counts, ",")
			for (n = split($1, down, ","); n; n--)
				bad += counts[down[n] + 1] == 0
		}
		END { exit bad || !seen }'
}

pads_move()
{
	serve
	wants 0 watch --seconds 1 --rate 250
	pressed_was_counted "$tmp/out"
	wants 0 watch --frames 1
	first_axes=$(grep -o 'axes=[^ ]*' "$tmp/out")
	until_true sticks_moved_and_buttons_were_pressed
	wants 0 watch --seconds 1 --rate 250
	says out ' pressed=[^ ]*[0-9]'
	pressed_was_counted "$tmp/out"
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

idle_clients()
{
	serve
	peer 'served 20 turned away 0' clients "$socket" 20
	wants 0 watch --frames 10
}

many_clients()
{
	serve
	peer 'served 64 turned away 6' clients "$socket" 70
	wants 1 watch --frames 1
	says err 'it may have all the clients that it takes'
	says servelog 'turned a client away: there are 64 already'
	kill -KILL "$pid"
	until_true watch --frames 1
	kill -TERM "$server"
	ends "$server" 0
}

log_without_reader()
{
	mkfifo "$tmp/fifo"
	"$sealmem" gamepad serve --source synthetic --socket "$socket" \
		--seconds 170 2>"$tmp/fifo" &
	server=$!
	echo $server >>"$tmp/pids"
	grep -m 1 '^sealmem: serving' <"$tmp/fifo"
	# It has something to say about the 65th.
	peer 'served 64 turned away 1' clients "$socket" 65
	kill -KILL "$pid"
	until_true watch --frames 1
	kill -TERM "$server"
	ends "$server" 0
}

talking_client()
{
	serve
	keep_watching
	peer dropped talker "$socket"
	wants 0 watch --frames 1
	kill -0 "$watcher"
	kill -TERM "$server"
	ends "$server" 0
}

serve_with_few()
{
	# shellcheck disable=SC3045
	ulimit -n 20
	exec "$sealmem" gamepad serve --source synthetic --socket "$socket" \
		--seconds 170
}

# Clock ticks of processor time; the command's name has no spaces.
ticks()
{
	# shellcheck disable=SC2046
	set -- $(cut -d ' ' -f 14,15 "/proc/$1/stat")
	echo $(($1 + $2))
}

# Connections wait for a free descriptor, and the server for them, asleep.
few_descriptors()
{
	run servelog serve_with_few
	server=$pid
	until_true grep '^sealmem: serving' "$tmp/servelog"
	keep_watching
	# Says nothing before the last one is served, and that one never is.
	run peerlog "$tmp/peer" clients "$socket" 20
	until_true grep 'cannot accept a client: Too many open' "$tmp/servelog"
	before=$(ticks "$server")
	sleep 1
	[ $(($(ticks "$server") - before)) -lt 60 ]
	kill -0 "$watcher"
	kill -KILL "$pid"
	until_true watch --frames 1
	kill -TERM "$server"
	ends "$server" 0
}

# Nothing but printable ASCII, and one line.
is_clean()
{
	[ "$(tr -d ' -~' <"$tmp/out" | wc -c)" -eq 1 ]
}

hostile_id()
{
	peer serving producer "$socket" id
	wants 0 watch --frames 1
	says out 'id="a\\x1b\[2Jb\\x9bc\\xc2\\x9bd\\x22e\\x5cf\\x0ag\\xff'
	is_clean
}

hostile_id_json()
{
	peer serving producer "$socket" id
	wants 0 watch --frames 1 --json
	is_clean
	[ -s "$tmp/out" ]
	jq -e '.id | startswith("a\u001b[2Jb\ufffdc")' "$tmp/out"
}

corrupt_pad()
{
	peer serving producer "$socket" corrupt
	wants 1 watch --seconds 20
	says err 'the buffer is corrupt'
}

strange_region()
{
	peer serving producer "$socket" stranger
	wants 1 watch --seconds 20
	says err 'are no gamepads that this version knows'
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
	says out "$escape\\[H" 'button    0   1   2' 'Synthetic pad 1'
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

# ---- the run ---------------------------------------------------------------

# Several words, so unquoted.
build_peer()
{
	# shellcheck disable=SC2086
	$CC -Iinclude -D_GNU_SOURCE $CFLAGS ${SANITIZE:+-fsanitize=$SANITIZE} \
		-o "$tmp/peer" selftests/pad/peer.c "$O/libsealmem.a"
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
if [ -c /dev/pts/ptmx ]; then
	with "drawn in place on a terminal, and only there" drawn script
else
	skip "drawn in place on a terminal" "there are no pseudo terminals"
fi
as_root "other users may connect only with --other-users" other_users
as_root "the server's memory is closed to its own user" memory_is_closed

check "the peer builds" build_peer
try "clients that never read stop nobody" idle_clients
try "70 clients: 64 are served, 6 turned away" many_clients
try "a log that nobody reads does not end the server" log_without_reader
try "a client that talks is dropped, others stay" talking_client
try "too few descriptors: the server neither dies nor spins" few_descriptors
try "a hostile id does not reach the terminal raw" hostile_id
if "$sealmem" features --json >/dev/null 2>&1; then
	with "a hostile id leaves JSON valid" hostile_id_json jq
else
	skip "a hostile id leaves JSON valid" "built without jansson"
fi
try "a corrupt pad ends the watching" corrupt_pad
try "a region without pads is refused" strange_region
finish
