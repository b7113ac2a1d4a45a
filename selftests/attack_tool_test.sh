#!/bin/sh
# SPDX-License-Identifier: MIT
#
# `sealmem attack` as its users see it: what it prints, what it exits with.
. selftests/tap.sh

tool=$O/sealmem

# Exits with CODE, leaving $tmp/out and $tmp/err.
exits() # CODE ARGUMENT...
{
	code=$1
	shift
	status=0
	"$tool" attack "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	cat "$tmp/out" "$tmp/err"
	[ $status -eq "$code" ]
}

says() # TEXT, on stdout or stderr
{
	grep -qe "$1" "$tmp/out" "$tmp/err"
}

# "! says" would not end a case: set -e overlooks what is negated.
never_says()
{
	if says "$1"; then
		return 1
	fi
}

nothing_on() # out or err
{
	[ ! -s "$tmp/$1" ]
}

everything_holds()
{
	exits 0
	says '^route  *control  *unsafe  *live  *frozen$'
	says '^A02 pwrite  *got through  *open by design  *E[A-Z]* held'
	says 'routes tried as user .*: none got through where it must not'
	never_says BROKEN
	never_says '?'
	nothing_on err
}

control_alone()
{
	exits 0 --kind control
	[ "$(grep -c 'got through$' "$tmp/out")" -ge 20 ]
	never_says live
}

live_alone()
{
	exits 0 --kind live --route 'A*'
	says '^A01 write  *E[A-Z]* held$'
	never_says '^B01'
	says 'was left out'
}

two_kinds()
{
	exits 0 --kind live --kind frozen --route A02
	says '^route  *live  *frozen$'
}

lines_fit()
{
	exits 0
	never_says '.\{81\}'
}

brief()
{
	exits 0 --brief
	says '^adding seals  .* held ('
	[ "$(wc -l <"$tmp/out")" -le 24 ]
	never_says '.\{101\}'
	exits 0 --brief --kind control
	says '^Linux AIO  .* got through (ok)\|not here'
	exits 0 --brief --kind live --route 'C0*'
	says '^changing the size  *[0-9]* held (E[A-Z]*[,)]'
}

# A design that is broken is no failure of ours.
designs()
{
	exits 0 --designs
	says '^design  *content  *size  *seals  *held  *harmless  *not here$'
	says '^control  *[1-9][0-9]  '
	says '^live  *0  *0  *0  *[1-9]'
	says '^frozen  *0  *0  *0  *[1-9]'
	says '^temp-file  *[1-9][0-9]  *[1-9]'
	says '^size-seals  *[1-9][0-9]  *0  *0  '
	says '^plain-dup  *[1-9][0-9]  *[1-9]'
	says 'none changed a live or frozen region;$'
	says 'changed temp-file, .* size-seals, .* plain-dup\.$'
	never_says '.\{81\}'
	nothing_on err
}

designs_of_some_routes()
{
	exits 0 --designs --route O06
	says '^live  *0  *0  *0  *1  *0  *0$'
	says '^temp-file  *1  *0  *0  *0  *0  *0$'
	exits 0 --kind size-seals --route O06
	says '^O06 reopen-rw  *got through$'
}

designs_as_other_user()
{
	exits 0 --designs --as 65534
	says '^temp-file  *0  *0  *0  '
	says '^size-seals  *[1-9]'
}

# The user who attacks is the one who made it all.
designs_as_ordinary_user()
{
	cp "$tool" "$tmp/sealmem"
	chmod 755 "$tmp" "$tmp/sealmem"
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$tmp/sealmem" attack --designs >"$tmp/out" 2>"$tmp/err"
	says 'as user 65534: none changed'
	says '^temp-file  *[1-9][0-9]  '
}

designs_json_is_valid()
{
	exits 0 --designs --json
	nothing_on err
	[ -s "$tmp/out" ]
	jq -e '.passed and .routes >= .tried and (.designs | length == 6)' \
		"$tmp/out"
	[ -s "$tmp/out" ]
	jq -e '.designs | map({(.name): .}) | add |
		.live.changed == 0 and .frozen.changed == 0 and
		."temp-file".content > 0 and ."size-seals".content > 0 and
		."size-seals".size == 0 and ."plain-dup".size > 0' "$tmp/out"
}

ktap()
{
	exits 0 --ktap
	says '^KTAP version 1$'
	says '^ok 1 A01_write$'
	[ "$(grep -c '^ok ' "$tmp/out")" = \
		"$(sed -n 's/^1\.\.//p' "$tmp/out")" ]
	never_says '^not ok'
}

lists()
{
	exits 0 --list
	[ "$(grep -c '^  [A-Z][0-9][0-9] ' "$tmp/out")" -ge 180 ]
	exits 0 --list --route 'C0*'
	says 'C01 ftruncate-half'
	never_says 'A02'
}

json_is_valid()
{
	exits 0 --json
	nothing_on err
	[ -s "$tmp/out" ]
	jq -e '.passed and .broken == 0 and .tried >= 150' "$tmp/out"
	[ -s "$tmp/out" ]
	jq -e '.routes[] | select(.id == "A02") | .results |
		.control.outcome == "got through" and
		.unsafe.outcome == "open by design" and
		.live.outcome == "held" and .frozen.outcome == "held" and
		.live.expected' "$tmp/out"
	[ "$(jq '.routes | length' "$tmp/out")" = \
		"$("$tool" attack --list | grep -c '^  ')" ]
}

json_list_is_valid()
{
	exits 0 --list --json
	[ -s "$tmp/out" ]
	jq -e '.routes | length >= 180 and all(.id and .name and .what)' \
		"$tmp/out"
}

json_is_missing()
{
	exits 2 --json
	says 'libjansson-dev'
}

wrong_usage()
{
	exits 2 --kind mossy
	says "no kind 'mossy'"
	exits 2 --route nosuchroute
	says 'no route matches'
	exits 2 --kind
	exits 2 --nonsense
	exits 2 something
	exits 2 --as nobody
	exits 2 --kind live --socket "$tmp/none"
	exits 2 --pid 1
	exits 2 --fd 5 --kind live
	exits 2 --fd x
	exits 2 --brief --ktap
	exits 2 --designs --brief
	exits 2 --designs --ktap
	exits 2 --designs --kind live
	exits 2 --designs --fd 0
	exits 2 --designs --socket "$tmp/none"
}

nobody_serves()
{
	exits 1 --socket "$tmp/none"
	nothing_on out
	says 'nobody serves'
}

full_disk()
{
	status=0
	"$tool" attack --kind control >/dev/full || status=$?
	[ $status -eq 1 ]
}

as_other_user()
{
	exits 0 --as 65534
	says 'as user 65534'
	says '^A02 pwrite  *got through  *open by design  *EBADF held'
}

as_needs_root()
{
	cp "$tool" "$tmp/sealmem"
	chmod 755 "$tmp" "$tmp/sealmem"
	status=0
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$tmp/sealmem" attack --as 1 2>"$tmp/err" || status=$?
	[ $status -eq 2 ]
	grep -q 'takes root' "$tmp/err"
}

as_ordinary_user()
{
	cp "$tool" "$tmp/sealmem"
	chmod 755 "$tmp" "$tmp/sealmem"
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$tmp/sealmem" attack
}

# Live and frozen regions take procfs to make; the rest is still attacked.
without_procfs()
{
	unshare -m sh -c 'umount -l /proc && exec "$@"' sh \
		"$tool" attack --kind control --kind unsafe >"$tmp/out"
	cat "$tmp/out"
	grep -q '^O06 .*not here: no procfs' "$tmp/out"
	status=0
	unshare -m sh -c 'umount -l /proc && exec "$@"' sh \
		"$tool" attack >"$tmp/out" 2>"$tmp/err" || status=$?
	[ $status -eq 1 ]
	says 'procfs is not mounted'
	says 'not all memory could be made'
	status=0
	unshare -m sh -c 'umount -l /proc && exec "$@"' sh \
		"$tool" attack --designs >"$tmp/out" 2>"$tmp/err" || status=$?
	[ $status -eq 1 ]
	says 'cannot make size-seals memory here'
	says '^plain-dup '
}

memfd_of() # PID
{
	for link in "/proc/$1/fd/"*; do
		case $(readlink "$link") in
		/memfd:*) basename "$link"; return ;;
		esac
	done
}

looks_at_what_it_inherits()
{
	exits 1 --fd 77
	says 'cannot look at it: Bad file descriptor'
	exits 1 --fd 0 </dev/null
	says 'guarantees nothing'
}

# An unnamed file, which is what a region of the weakest level is.
looks_at_a_file()
{
	: >/dev/shm/sealmem-test-$$
	exec 8</dev/shm/sealmem-test-$$
	chmod 0400 /dev/shm/sealmem-test-$$
	rm /dev/shm/sealmem-test-$$
	exits 1 --fd 8
	says '^open  *for reading alone$'
	says '^lacks  *fixed content, and a fixed size: .* SIGBUS$'
	says '^  *its user and root can open it again, for writing$'
	says '^Nothing: '
	chmod 0622 /proc/self/fd/8
	exits 1 --fd 8
	says '^  *whoever has it can open it again, for writing$'
	exec 8<>/proc/self/fd/8
	exits 1 --fd 8
	says '^  *whoever has it can write to it$'
}

# Its size is sealed, and nothing else: upstream's level, and regions' own where
# the kernel lacks a seal.
sealed_memory() # SEALS
{
	cat >"$tmp/hold.py" <<-'END'
	import fcntl, os, sys
	fd = os.memfd_create("held", os.MFD_ALLOW_SEALING)
	os.fchmod(fd, 0o400)
	os.write(fd, bytes(65536))
	fcntl.fcntl(fd, fcntl.F_ADD_SEALS, int(sys.argv[1], 16))
	os.dup2(os.open("/proc/self/fd/%d" % fd, os.O_RDONLY), 8)
	os.close(fd)
	os.execv(sys.argv[2], sys.argv[2:])
	END
	python3 "$tmp/hold.py" "$1" "$tool" attack --fd 8 --brief \
		>"$tmp/out" 2>&1
	cat "$tmp/out"
}

looks_at_sealed_sizes()
{
	sealed_memory 07
	says '^lacks  *fixed content$'
	says '^  *its user and root can open it again, for writing$'
	says '^Size only: '
	never_says 'SIGBUS$'
	sealed_memory 17
	never_says '^lacks'
	says '^Live: '
}

# A process that has live memory as descriptor 8, to be looked at from outside.
hold_live()
{
	cat >"$tmp/hold.py" <<-'END'
	import fcntl, os
	fd = os.memfd_create("held", os.MFD_ALLOW_SEALING)
	os.fchmod(fd, 0o400)
	os.write(fd, bytes(65536))
	fcntl.fcntl(fd, fcntl.F_ADD_SEALS, 0x17)
	os.dup2(os.open("/proc/self/fd/%d" % fd, os.O_RDONLY), 8)
	os.close(fd)
	os.execvp("sleep", ["sleep", "60"])
	END
	python3 "$tmp/hold.py" &
	holder=$!
	tries=0
	until [ "$(cat "/proc/$holder/comm")" = sleep ] || [ $tries -ge 400 ]
	do
		sleep 0.05
		tries=$((tries + 1))
	done
}

looks_into_another_process()
{
	hold_live
	looked=0
	"$tool" attack --pid $holder --fd 8 >"$tmp/out" 2>&1 || looked=$?
	kill $holder
	wait $holder || true
	cat "$tmp/out"
	# Where nobody may take a descriptor out of another process.
	[ $looked -eq 0 ] || { says 'cannot take'; return; }
	says '^Live: '
	says '^D25 mmap-rw-only  *ok  *E[A-Z]* held$'
}

# What is received is attacked while the server serves it. A server that keeps
# no descriptor of memory cannot be made to give one away.
served_region()
{
	"$tool" gamepad serve --source synthetic --socket "$tmp/pads" \
		>"$tmp/serve" 2>&1 &
	server=$!
	tries=0
	until grep -q '^sealmem: serving' "$tmp/serve" || [ $tries -ge 400 ]
	do
		sleep 0.05
		tries=$((tries + 1))
	done
	status=0
	exits 0 --socket "$tmp/pads" || status=$?
	# One that stays while its descriptors are counted.
	"$tool" gamepad watch --socket "$tmp/pads" >"$tmp/watch" 2>&1 &
	watch=$!
	tries=0
	until [ -s "$tmp/watch" ] || [ $tries -ge 400 ]; do
		sleep 0.05
		tries=$((tries + 1))
	done
	kept=$(memfd_of $server)
	mapped=$(grep -c '/memfd:' "/proc/$server/maps" 2>/dev/null || true)
	kill $watch $server
	wait $watch || true
	wait $server || true
	cat "$tmp/serve"
	[ $status -eq 0 ]
	# Root alone can look into it: there the memory is, but as no descriptor.
	[ "$(id -u)" -ne 0 ] || [ "${mapped:-0}" -gt 0 ]
	[ -z "$kept" ]
	says '^route  *control  *received$'
	says '^A02 pwrite  *got through  *E[A-Z]* held$'
	says "none got through to the memory from $tmp/pads"
}

cases='everything_holds control_alone live_alone two_kinds lines_fit brief
	designs designs_of_some_routes designs_json_is_valid
	designs_as_other_user designs_as_ordinary_user
	ktap lists looks_at_what_it_inherits looks_at_a_file
	looks_at_sealed_sizes
	json_is_valid json_list_is_valid wrong_usage nobody_serves full_disk
	as_other_user as_needs_root as_ordinary_user without_procfs
	looks_into_another_process served_region'

if [ ! -x "$tool" ]; then
	for case in $cases; do
		skip "$case" "$tool is not built"
	done
	finish
	exit 0
fi

check everything_holds everything_holds
check control_alone control_alone
check live_alone live_alone
check two_kinds two_kinds
check lines_fit lines_fit
check brief brief
check designs designs
check designs_of_some_routes designs_of_some_routes
check ktap ktap
check lists lists
check looks_at_what_it_inherits looks_at_what_it_inherits
if [ -w /dev/shm ]; then
	check looks_at_a_file looks_at_a_file
else
	skip looks_at_a_file 'no /dev/shm'
fi
if have python3; then
	check looks_at_sealed_sizes looks_at_sealed_sizes
	check looks_into_another_process looks_into_another_process
else
	skip looks_at_sealed_sizes 'no python3'
	skip looks_into_another_process 'no python3'
fi
if ! "$tool" features --json >"$tmp/features" 2>&1; then
	check json_is_missing json_is_missing
elif have jq; then
	check json_is_valid json_is_valid
	check json_list_is_valid json_list_is_valid
	check designs_json_is_valid designs_json_is_valid
else
	skip json_is_valid 'no jq'
	skip json_list_is_valid 'no jq'
	skip designs_json_is_valid 'no jq'
fi
check wrong_usage wrong_usage
check nobody_serves nobody_serves
if [ -w /dev/full ]; then
	check full_disk full_disk
else
	skip full_disk 'no /dev/full'
fi
if [ "$(id -u)" -ne 0 ]; then
	skip as_other_user 'only root can become another user'
	skip designs_as_other_user 'only root can become another user'
	skip designs_as_ordinary_user 'only root can become another user'
	skip as_needs_root 'only root can become another user'
	skip as_ordinary_user 'only root can become another user'
else
	check as_other_user as_other_user
	check as_needs_root as_needs_root
	check as_ordinary_user as_ordinary_user
	check designs_as_other_user designs_as_other_user
	check designs_as_ordinary_user designs_as_ordinary_user
fi
if [ -n "$SANITIZE" ]; then
	skip without_procfs 'the sanitizers need procfs themselves'
elif unshare -m sh -c 'umount -l /proc' 2>/dev/null; then
	check without_procfs without_procfs
else
	skip without_procfs 'procfs cannot be unmounted here'
fi
check served_region served_region
finish
