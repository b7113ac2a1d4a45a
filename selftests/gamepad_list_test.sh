#!/bin/sh
# SPDX-License-Identifier: MIT
# `sealmem gamepad list`: what is shown of nodes that are pads, of those that are
# none, and of those that say nothing. Prints TAP.
#
# O is the build folder; CC, CFLAGS and SANITIZE are what it was built with.
. selftests/tap.sh
. selftests/pad/steps.sh
. selftests/pad/plug.sh

# plug_in [OPTION]...: the device is there, `list OPTION...` about to run.
plug_in()
{
	plug_in_to_end "$sealmem" gamepad list "$@"
}

# The folder of the nodes in umockdev's world.
input_folder()
{
	ls -d "$tmp"/umockdev.*/dev/input
}

one_pad()
{
	plug_in
	ends_with 0
	says padlog '^NODE  *DEV  *BUS:VENDOR:PRODUCT:V  *WHAT IT IS' \
		'^/dev/input/event7  *A  *0003:045e:028e:0110  gamepad  *[^-]' \
		'"Live Pad"$'
	! grep 'sealmem: ' "$tmp/padlog"
}

as_json()
{
	plug_in --json
	ends_with 0
	grep '^{' "$tmp/padlog" >"$tmp/out"
	jq -e '.node == "/dev/input/event7" and .name == "Live Pad" and
		[.bus, .vendor, .product, .version] == [3, 1118, 654, 272] and
		.gamepad and .standard and .class == "gamepad" and
		(.layout | length > 0) and .group == ""' "$tmp/out"
}

# As serve reads it: from a file, and from the environment, which counts more.
described()
{
	guid=030000005e0400008e02000010010000
	echo "$guid,Pad of a file,platform:Linux,a:b0,b:b1," >"$tmp/mappings"
	plug_in --mappings "$tmp/mappings"
	ends_with 0
	says padlog ' gamepad  *Pad of a file  *"Live Pad"$'
	export SDL_GAMECONTROLLERCONFIG="$guid,Pad of mine,a:b0,"
	plug_in --mappings "$tmp/mappings"
	ends_with 0
	says padlog ' gamepad  *Pad of mine  *"Live Pad"$'
	wants 1 env SDL_GAMECONTROLLERCONFIG=x "$sealmem" gamepad list
	says err 'SDL_GAMECONTROLLERCONFIG: line 1: '
}

# The motion sensors of a pad are a node of their own.
why_it_is_none()
{
	plug_in
	tell property 6
	ends_with 1
	says padlog ' no pad: motion sensors  *-  *"Live Pad"$' \
		'^sealmem: no gamepad$'
}

hostile_name()
{
	plug_in
	tell name "$(printf 'Bad\033[2J\377"\\ \303\250')"
	ends_with 0
	says padlog '"Bad\\x1b\[2J\\xff\\x22\\x5c è"$'
}

# In the order of the numbers; those that say nothing are shown, too.
other_nodes()
{
	plug_in
	until_true input_folder
	: >"$(input_folder)/event10"
	: >"$(input_folder)/mouse1"
	mkdir "$(input_folder)/event2"
	ends_with 0
	says padlog '^/dev/input/event10  *-  *-  *[a-zA-Z]'
	sed -n 's/^\(.dev[^ ]*\).*/\1/p' "$tmp/padlog" >"$tmp/order"
	printf '/dev/input/event%s\n' 2 7 10 | cmp - "$tmp/order"
}

# other_world COMMAND...: one without devices, for it alone.
other_world()
{
	timeout 60 unshare -m sh -ec 'mount -t tmpfs none /dev
		mkdir -m 755 /dev/input
		echo >/dev/input/event3
		echo >/dev/input/event4
		chmod 600 /dev/input/event3
		chmod 644 /dev/input/event4
		exec "$@" 2>&1' sh "$@" >"$tmp/out"
}

not_for_this_user()
{
	cp "$sealmem" "$tmp/sealmem"
	chmod 755 "$tmp" "$tmp/sealmem"
	got=0
	other_world setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$tmp/sealmem" gamepad list || got=$?
	[ $got -eq 1 ]
	says out '^/dev/input/event3  *-  *-  *this user may not read it$' \
		'^/dev/input/event4  *-  *-  *not an input device$' \
		'^sealmem: no gamepad that this user may read$' \
		'1 of 2 nodes may not be read: join the group input '
}

nothing_there()
{
	wants 1 timeout 60 "$sealmem" gamepad list
	says err 'no event node in /dev/input'
	[ ! -s "$tmp/out" ]
}

bad_options()
{
	wants 2 timeout 60 "$sealmem" gamepad list argument
	says err '^Usage: sealmem gamepad list'
	wants 2 timeout 60 "$sealmem" gamepad list --nonsense
	wants 0 timeout 60 "$sealmem" gamepad list --help
	says out '^Usage: sealmem gamepad list' 'Exit status: 0'
}

build_pad
pad "a pad, its numbers and its layout" one_pad
if "$sealmem" features --json >/dev/null 2>&1; then
	pad "the same as JSON" as_json jq
else
	skip "the same as JSON" "built without jansson"
fi
pad "descriptions of pads, from a file and the environment" described
pad "why a node is no pad" why_it_is_none
pad "a name that drives terminals" hostile_name
pad "what is no node, and the order of nodes" other_nodes
if other_world setpriv --reuid 65534 --clear-groups true 2>/dev/null; then
	try "nodes that this user may not read, or that are none" \
		not_for_this_user
else
	skip "nodes that this user may not read, or that are none" \
		"needs root, unshare and setpriv, to be another user"
fi
if [ -d /dev/input ]; then
	skip "no node at all" "there are input devices here"
else
	try "no node at all" nothing_there
fi
try "bad options exit 2 with the usage on stderr" bad_options
finish
