#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The inputs that are kept run through their fuzz targets, and the runner does
# not take an empty run for a good one.
. selftests/tap.sh

replay() # TARGET
{
	"$O/fuzz/$1_fuzzer" "fuzz/corpus/$1"
}

# Prints WHY and exits 1.
refuses() # WHY ARGUMENT...
{
	why=$1
	shift
	status=0
	"$O/fuzz/wire_fuzzer" "$@" 2>"$tmp/said" || status=$?
	cat "$tmp/said"
	[ $status -eq 1 ] && grep -q "$why" "$tmp/said"
}

no_argument()
{
	refuses 'no input'
}

empty_folder()
{
	mkdir "$tmp/empty"
	refuses 'no input' "$tmp/empty"
	refuses 'no input' -v "$tmp/empty"
}

missing_file()
{
	refuses 'No such file' fuzz/corpus/wire "$tmp/missing"
}

not_a_file()
{
	mkdir -p "$tmp/deep/folder"
	refuses 'not a file' "$tmp/deep"
	refuses 'not a file' fuzz/corpus/wire /dev/null
}

unreadable_file()
{
	# Opens, and then says that it is no such thing.
	refuses 'cannot be read' /proc/self/mem
}

empty_input()
{
	: >"$tmp/nothing"
	"$O/fuzz/wire_fuzzer" "$tmp/nothing" 2>&1 | grep -q ' 1 inputs'
}

# A format that changes takes its seeds along.
corpus_is_made()
{
	mkdir "$tmp/made"
	cp fuzz/make-corpus "$tmp/made"
	"$tmp/made/make-corpus"
	(cd "$tmp/made/corpus" && find . -type f) >"$tmp/list"
	[ -s "$tmp/list" ]
	while read -r file; do
		cmp "$tmp/made/corpus/$file" "fuzz/corpus/$file"
	done <"$tmp/list"
}

for target in wire sizes rules inherit request effect mapping slot; do
	check "replay_$target" replay $target
done
# It takes libevdev to read a device.
if [ -x "$O/fuzz/evdev_fuzzer" ]; then
	check replay_evdev replay evdev
	check replay_evdev_evemu replay evdev_evemu
else
	skip replay_evdev "sealmem is built without libevdev"
	skip replay_evdev_evemu "sealmem is built without libevdev"
fi
check no_argument no_argument
check empty_folder empty_folder
check missing_file missing_file
check not_a_file not_a_file
check unreadable_file unreadable_file
check empty_input empty_input
check corpus_is_made corpus_is_made
finish
