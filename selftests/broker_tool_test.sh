#!/bin/sh
# SPDX-License-Identifier: MIT
# `sealmem broker` as its users meet it: a server of gamepads that is killed if
# it creates memory or seals it, and clients that leave, or are too many.
#
# O is the build folder.
. selftests/tap.sh
. selftests/pad/steps.sh
. selftests/pad/server.sh
broker_socket=$tmp/broker

# broker [OPTION]...: a broker that listens; $broker is its number.
broker()
{
	run brokerlog "$sealmem" broker --socket "$broker_socket" \
		--seconds 170 "$@"
	broker=$pid
	until_true grep '^sealmem: brokering' "$tmp/brokerlog"
}

sandboxed_serve()
{
	run servelog "$O/selftests/sandbox" "$sealmem" gamepad serve \
		--source synthetic --socket "$socket" --seconds 170 "$@"
	server=$pid
}

# A filter ends what would make memory itself: SIGSYS is 31.
the_sandbox_kills()
{
	sandboxed_serve
	ends "$server" 159
}

pads_from_the_sandbox()
{
	broker
	sandboxed_serve --broker "$broker_socket"
	until_true grep '^sealmem: serving' "$tmp/servelog"
	wants 0 watch --frames 20
	says out '^pad=0 connected=1 axes=' '^pad=1 connected=1 axes='
	# Without it those who are there stay, and nobody else comes.
	keep_watching
	kill -TERM "$broker"
	ends "$broker" 0
	wants 1 watch --frames 1
	says servelog 'cannot serve a client: No such file'
	kill -0 "$watcher"
	kill -TERM "$server"
	ends "$server" 0
}

ends_by_signal()
{
	broker
	[ -S "$broker_socket" ]
	sandboxed_serve --broker "$broker_socket"
	until_true grep '^sealmem: serving' "$tmp/servelog"
	kill -TERM "$broker"
	ends "$broker" 0
	[ ! -e "$broker_socket" ]
	says brokerlog 'clients: 1; requests: 2, refused: 0; regions: 1$'
}

ends_by_time()
{
	wants 0 tool broker --socket "$broker_socket" --seconds 1
	says err 'clients: 0; requests: 0, refused: 0; regions: 0$'
	[ ! -e "$broker_socket" ]
}

clients_that_come_and_go()
{
	broker --clients 1
	for number in first second third; do
		sandboxed_serve --broker "$broker_socket"
		until_true grep '^sealmem: serving' "$tmp/servelog"
		echo "the $number server"
		kill -KILL "$server"
		ends "$server" 137
	done
	kill -TERM "$broker"
	ends "$broker" 0
	says brokerlog 'clients: 3; requests: 6, refused: 0; regions: 3$'
}

limit()
{
	broker --limit 100
	sandboxed_serve --broker "$broker_socket"
	ends "$server" 1
	says servelog 'cannot create the buffer through the broker'
	kill -TERM "$broker"
	ends "$broker" 0
	says brokerlog 'clients: 1; requests: 1, refused: 1; regions: 0$'
}

no_broker()
{
	sandboxed_serve --broker "$broker_socket"
	ends "$server" 1
	says servelog 'cannot create the buffer through the broker'
}

# What sends it something else is not served, and nobody else suffers.
not_a_client()
{
	broker
	wants 1 watch --socket "$broker_socket" --frames 1
	sandboxed_serve --broker "$broker_socket"
	until_true grep '^sealmem: serving' "$tmp/servelog"
}

somebody_is_there_already()
{
	broker
	wants 1 tool broker --socket "$broker_socket"
	says err 'somebody serves at'
}

wrong_usage()
{
	rm -f "$broker_socket"
	wants 2 tool broker
	says err '--socket PATH is missing' '^Usage: sealmem broker'
	wants 2 tool broker --socket "$broker_socket" more
	says err 'there are options only'
	wants 2 tool broker --socket "$broker_socket" --limit 0
	says err '--limit wants a whole number from 1'
	wants 2 tool broker --socket "$broker_socket" --clients 65
	says err '--clients wants a whole number from 1 to 64'
	wants 2 tool broker --socket "$broker_socket" --regions x
	says err '--regions wants a whole number'
	wants 2 tool broker --nonsense
	[ ! -e "$broker_socket" ]
}

shows_help()
{
	wants 0 tool broker --help
	says out '^Usage: sealmem broker' '--limit BYTES'
	wants 0 tool help broker
	says out '^Usage: sealmem broker'
	wants 0 tool --help
	says out '^  broker '
}

try the_sandbox_kills the_sandbox_kills
try pads_from_the_sandbox pads_from_the_sandbox
try ends_by_signal ends_by_signal
try ends_by_time ends_by_time
try clients_that_come_and_go clients_that_come_and_go
try limit limit
try no_broker no_broker
try not_a_client not_a_client
try somebody_is_there_already somebody_is_there_already
try wrong_usage wrong_usage
try shows_help shows_help
finish
