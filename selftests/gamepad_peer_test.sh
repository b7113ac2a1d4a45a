#!/bin/sh
# SPDX-License-Identifier: MIT
# `sealmem gamepad serve` with clients that misbehave, and `watch` with servers
# that do (selftests/pad/peer.c plays both). Prints TAP.
#
# O is the build folder; CC, CFLAGS and SANITIZE are what it was built with.
# shellcheck disable=SC2119
. selftests/tap.sh
. selftests/pad/steps.sh
. selftests/pad/server.sh

# peer PATTERN ARGUMENT...: a peer that has come so far as to say PATTERN.
peer()
{
	pattern=$1
	shift
	run peerlog "$tmp/peer" "$@"
	until_true grep "$pattern" "$tmp/peerlog"
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
	until_true grep 'a client: Too many open' "$tmp/servelog"
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

# Several words, so unquoted.
build_peer()
{
	# shellcheck disable=SC2086
	$CC -Iinclude -D_GNU_SOURCE $CFLAGS ${SANITIZE:+-fsanitize=$SANITIZE} \
		-o "$tmp/peer" selftests/pad/peer.c "$O/libsealmem.a"
}

# ---- the run ---------------------------------------------------------------

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
