#!/bin/sh
# SPDX-License-Identifier: MIT
# `sealmem gamepad serve` as a service: sockets of systemd's and its unit,
# another user to run as, and users who share its places. Prints TAP.
#
# O is the build folder; CC, CFLAGS and SANITIZE are what it was built with.
. selftests/tap.sh
. selftests/pad/steps.sh
. selftests/pad/server.sh

# ---- systemd ---------------------------------------------------------------

socket_that_was_passed()
{
	run notifylog "$tmp/client" notified "$tmp/notify"
	until_true grep listening "$tmp/notifylog"
	NOTIFY_SOCKET=$tmp/notify run servelog "$tmp/client" listen "$socket" \
		"$sealmem" gamepad serve --source synthetic --seconds 170
	server=$pid
	until_true grep '^READY=1' "$tmp/notifylog"
	says servelog 'at the socket that was passed'
	wants 0 watch --frames 5
	kill -HUP "$server"
	until_true grep '^RELOADING=1' "$tmp/notifylog"
	until_true grep '^MONOTONIC_USEC=[1-9]' "$tmp/notifylog"
	kill -TERM "$server"
	ends "$server" 0
	until_true grep '^STOPPING=1' "$tmp/notifylog"
	# It is systemd's.
	[ -S "$socket" ]
}

# Not for this process, none, too many, and what is no such socket.
sockets_that_are_of_no_use()
{
	wants 2 env LISTEN_PID=1 LISTEN_FDS=1 "$sealmem" gamepad serve
	says err '--socket PATH is missing'
	wants 1 sh -c 'LISTEN_PID=$$ LISTEN_FDS=2 exec "$@"' sh \
		"$sealmem" gamepad serve --source synthetic
	says err '2 sockets were passed: one is wanted'
	wants 1 sh -c 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@" 3</dev/null' sh \
		"$sealmem" gamepad serve --source synthetic
	says err 'cannot use the socket that was passed'
	wants 1 sh -c 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@" 3<&-' sh \
		"$sealmem" gamepad serve --source synthetic
	says err 'cannot use the socket that was passed: Bad file'
}

activated()
{
	run servelog systemd-socket-activate --seqpacket --listen "$socket" \
		"$sealmem" gamepad serve --source synthetic --seconds 170
	until_true [ -S "$socket" ]
	wants 0 watch --frames 5
}

# What systemd's filter lets through, as @NAME.
in_filter()
{
	for name; do
		systemd-analyze syscall-filter "$name" | sed 's/#.*//' |
			while read -r call; do
				case $call in
				"$name" | '') ;;
				@*) in_filter "$call" ;;
				*) echo "$call" ;;
				esac
			done
	done
}

filter_lets_it_work()
{
	run servelog strace -f -qq -o "$tmp/trace" "$sealmem" gamepad serve \
		--source synthetic --socket "$socket" --seconds 170
	until_true grep '^sealmem: serving' "$tmp/servelog"
	wants 0 watch --frames 5
	pkill -TERM -P "$pid"
	wait "$pid" || :
	sed -n 's/^[0-9]* *\([a-z_0-9]*\)(.*/\1/p' "$tmp/trace" |
		sort -u >"$tmp/called"
	grep -q memfd_create "$tmp/called"
	in_filter @default @system-service | sort -u >"$tmp/allowed"
	in_filter @privileged @resources | sort -u >"$tmp/denied"
	comm -23 "$tmp/allowed" "$tmp/denied" | comm -23 "$tmp/called" - |
		tee "$tmp/missing"
	[ ! -s "$tmp/missing" ]
}

# The filter and the procfs of the unit, as far as they can be had here.
small_procfs()
{
	# shellcheck disable=SC2016
	run servelog unshare -m --pid --fork --kill-child sh -c '
		mount -t proc -o subset=pid,hidepid=invisible proc /proc
		exec "$@"' sh "$sealmem" gamepad serve --source synthetic \
		--socket "$socket" --seconds 170 --user nobody --other-users
	until_true grep '^sealmem: serving' "$tmp/servelog"
	wants 0 watch --frames 5
}

# ---- another user ----------------------------------------------------------

# of NAME: a line of the server's status.
of()
{
	sed -n "s/^$1:[[:space:]]*//p" "/proc/$server/status"
}

user_for_good()
{
	uid=$(id -u nobody)
	serve --user nobody
	[ "$(of Uid)" = "$uid	$uid	$uid	$uid" ]
	[ "$(of Gid | tr '\t' '\n' | sort -u)" = "$(id -g nobody)" ]
	for set in CapInh CapPrm CapEff CapAmb; do
		[ "$(of $set)" = 0000000000000000 ]
	done
	[ "$(of NoNewPrivs)" -eq 1 ]
	case " $(of Groups) " in
	*" 0 "*) return 1 ;;
	esac
	group=$(getent group input | cut -d : -f 3)
	case " $(of Groups) " in
	*" ${group:-$(id -g nobody)} "*) ;;
	*) return 1 ;;
	esac
	# Its own user may connect, and root.
	[ "$(stat -c '%u %a' "$socket")" = "$uid 600" ]
	wants 0 watch --frames 5
	# In /proc it belongs to root: its own user cannot write to its memory.
	[ "$(stat -c %u "/proc/$server/mem")" = 0 ]
}

# They outlive a change of user where nobody takes them away.
inherited_capabilities()
{
	run servelog setpriv --inh-caps=+net_raw "$sealmem" gamepad serve \
		--source synthetic --socket "$socket" --seconds 170 \
		--user nobody
	server=$pid
	until_true grep '^sealmem: serving' "$tmp/servelog"
	[ "$(of CapInh)" = 0000000000000000 ]
}

users_that_are_none()
{
	wants 1 tool gamepad serve --source synthetic --socket "$socket" \
		--user no-such-user
	says err "there is no user 'no-such-user'"
	wants 1 tool gamepad serve --source synthetic --socket "$socket" \
		--user root
	says err 'drops nothing: name an ordinary user'
	[ ! -e "$socket" ]
}

user_without_root()
{
	cp "$sealmem" "$tmp/sealmem"
	mkdir "$tmp/theirs"
	chown 65534 "$tmp/theirs"
	chmod 755 "$tmp" "$tmp/sealmem"
	wants 1 env ASAN_OPTIONS=detect_leaks=0 timeout 60 setpriv \
		--reuid 65534 --regid 65534 --clear-groups "$tmp/sealmem" \
		gamepad serve --source synthetic --socket "$tmp/theirs/pads" \
		--user nobody
	says err 'cannot drop privileges .*; --user is for root'
	[ ! -e "$tmp/theirs/pads" ]
}

# as_user UID ARGUMENT...: the command, which anybody may start.
as_user()
{
	uid=$1
	shift
	ASAN_OPTIONS=detect_leaks=0 timeout 60 setpriv --reuid "$uid" \
		--regid "$uid" --clear-groups "$tmp/sealmem" "$@"
}

# Of four places one user gets two, and another one of the rest.
one_user_of_many()
{
	cp "$sealmem" "$tmp/sealmem"
	chmod 755 "$tmp" "$tmp/sealmem"
	serve --other-users --clients 4
	for n in 1 2; do
		run user${n}log as_user 65534 gamepad watch --socket "$socket"
		until_true grep '^pad=1' "$tmp/user${n}log"
	done
	wants 1 as_user 65534 gamepad watch --socket "$socket" --frames 1
	says servelog 'turned a client away: its user has as many as are left'
	wants 0 as_user 65533 gamepad watch --socket "$socket" --frames 1
	keep_watching
	wants 0 watch --frames 1
}

# ---- the run ---------------------------------------------------------------

as_root()
{
	if [ "$(id -u)" != 0 ]; then
		skip "$1" "needs root, to become another user"
	elif ! id nobody >/dev/null 2>&1; then
		skip "$1" "there is no user nobody"
	else
		with "$@"
	fi
}

tap_pattern=''
check "the client builds" build_client
tap_pattern=${1-}
try "a socket that was passed, and what systemd is told" \
	socket_that_was_passed
try "sockets that are of no use are refused" sockets_that_are_of_no_use
with "started by systemd-socket-activate" activated systemd-socket-activate
if [ -n "$SANITIZE" ]; then
	skip "the unit's filter lets it work" "a sanitizer calls more"
else
	with "the unit's filter lets it work" filter_lets_it_work strace \
		systemd-analyze
fi
# Not everywhere may root have mounts of its own: / may be no mount.
if unshare -m true 2>/dev/null; then
	as_root "the unit's small procfs is enough" small_procfs unshare
else
	skip "the unit's small procfs is enough" "no mounts of its own here"
fi
as_root "--user: the rights of nobody, for good" user_for_good getent
as_root "--user: no capability is left to inherit" inherited_capabilities \
	setpriv
try "--user wants an ordinary user that there is" users_that_are_none
as_root "--user is for root" user_without_root setpriv
as_root "many clients of one user keep out none of another" one_user_of_many \
	setpriv
finish
