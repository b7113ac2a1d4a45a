#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The scripts that judge, judged: each rule is broken once, in a copy of the
# tree, and must be seen.
#
# Backquotes and dollars are for the script that is run, not for this one.
# shellcheck disable=SC2016
. selftests/tap.sh

# In case somebody has one of these in the environment.
unset TIMEOUT

copy_tree()
{
	rm -rf "$tmp/tree"
	mkdir "$tmp/tree"
	cp -R Makefile include sealing lib scripts "$tmp/tree"
	mkdir "$tmp/tree/tools" "$tmp/tree/selftests"
}

# The check must fail and say this.
says() # MESSAGE COMMAND...
{
	message=$1
	shift
	if "$@" >"$tmp/said" 2>&1; then
		cat "$tmp/said"
		echo "nothing seen of it"
		return 1
	fi
	cat "$tmp/said"
	grep -q -e "$message" "$tmp/said"
}

# One file more or longer by a line.
layers_see() # FILE LINE MESSAGE
{
	copy_tree
	printf '%s\n' "$2" >>"$tmp/tree/$1"
	says "^$1:[0-9]*: .*$3" scripts/check-layers "$tmp/tree"
}

layers_allow() # FILE LINE
{
	copy_tree
	printf '%s\n' "$2" >>"$tmp/tree/$1"
	scripts/check-layers "$tmp/tree"
}

many_lines() # COUNT
{
	awk -v count="$1" 'BEGIN { while (count--) print "\tx();" }'
}

# A file changed by sed.
api_sees() # FILE EXPRESSION MESSAGE
{
	copy_tree
	sed "$2" "$1" >"$tmp/tree/$1"
	if cmp -s "$1" "$tmp/tree/$1"; then
		echo "$2 changes nothing in $1"
		return 1
	fi
	built=$(cd "$O" && pwd)
	says "$3" env O="$built" scripts/check-api "$tmp/tree"
}

docs_tree() # TEXT-OF-SECURITY.MD
{
	rm -rf "$tmp/tree"
	mkdir -p "$tmp/tree/selftests" "$tmp/tree/lib"
	echo 'See [security](SECURITY.md#scope), [x](https://example.org/).' \
		>"$tmp/tree/README.md"
	printf '%s\n' "$1" 'Tested: `selftests/a_test.c: holds`' \
		>"$tmp/tree/SECURITY.md"
	printf 'TEST(holds)\nTEST_F(region, stays)\nTEST_SIGNAL(dies, 11)\n' \
		>"$tmp/tree/selftests/a_test.c"
	printf 'check works true\n\ttry "the --x works" x\n' \
		>"$tmp/tree/selftests/b_test.sh"
	touch "$tmp/tree/lib/a.c"
}

docs_see() # TEXT MESSAGE
{
	docs_tree "$1"
	says "^SECURITY.md: $2" scripts/check-docs "$tmp/tree"
}

docs_allow() # TEXT
{
	docs_tree "$1"
	scripts/check-docs "$tmp/tree"
}

# A test that says this, run alone.
run() # PATTERN SCRIPT
{
	printf '%s\n' "$2" >"$tmp/some_test.sh"
	O=$tmp scripts/run-selftests "$1" "$tmp/some_test.sh"
}

runs_to() # LAST-LINE STATUS SCRIPT PATTERN
{
	status=0
	run "${4-}" "$3" >"$tmp/said" 2>&1 || status=$?
	cat "$tmp/said"
	[ "$(tail -n 1 "$tmp/said")" = "$1" ]
	[ $status -eq "$2" ]
}

times_out()
{
	TIMEOUT=1
	export TIMEOUT
	runs_to '1 passed, 1 failed, 0 skipped' 1 \
		'echo 1..1; echo ok 1 a; sleep 5'
	grep -q 'timed out after 1 s' "$tmp/said"
}

# What kernels and machines say, without any: those named in $missing cannot be
# had, the others say this between a start and an end.
kernels_run_to() # LAST-LINE STATUS SAID NAME...
{
	last_line=$1
	wanted=$2
	mkdir -p "$tmp/fake"
	cp scripts/check-kernels scripts/tap.awk "$tmp/fake"
	printf '%b\n' "$3" >"$tmp/fake/said"
	shift 3
	cat >"$tmp/fake/get-kernel" <<-'FAKE'
		#!/bin/sh
		case " $missing " in
		*" $1 "*)
			echo "$1 is gone" >&2
			exit 1
			;;
		esac
		mkdir -p "$O/kernels/$1"
	FAKE
	cat >"$tmp/fake/run-vm" <<-'FAKE'
		#!/bin/sh
		cat "$(dirname "$0")/said"
		grep -q '^@@ done' "$(dirname "$0")/said"
	FAKE
	chmod +x "$tmp/fake"/*
	status=0
	O="$tmp/fake" TESTS='a_test b_test' "$tmp/fake/check-kernels" "$@" \
		>"$tmp/said" 2>&1 || status=$?
	cat "$tmp/said"
	[ "$(tail -n 1 "$tmp/said")" = "$last_line" ]
	[ "$status" -eq "$wanted" ]
}

kernels_missing() # NAMES LAST-LINE STATUS SAID NAME...
{
	missing=$1
	export missing
	shift
	kernels_run_to "$@"
	grep -q "${missing%% *}: no kernel: ${missing%% *} is gone" "$tmp/said"
}

kernels_page()
{
	kernels_run_to '4 passed, 0 failed, 0 skipped' 0 "$both" 1.0 2.0
	O="$tmp/fake" "$tmp/fake/check-kernels" --markdown >"$tmp/page"
	cat "$tmp/page"
	grep -q '^| 1.0 | 9.9 (x86_64) | 4096 |$' "$tmp/page"
	grep -q '^| b_test | 1/0/0 | 1/0/0 |$' "$tmp/page"
	[ "$(tail -n 1 "$tmp/page")" = '4 passed, 0 failed, 0 skipped' ]
}

# A machine with these commands, on which nothing can be installed.
deps_without_root() # EXPECTED-STATUS SET
{
	mkdir "$tmp/bin.$2"
	for command in sh cat tail mktemp rm gcc; do
		ln -s "$(command -v $command)" "$tmp/bin.$2/$command"
	done
	printf '#!/bin/sh\necho 1000\n' >"$tmp/bin.$2/id"
	chmod +x "$tmp/bin.$2/id"
	status=0
	PATH="$tmp/bin.$2" scripts/install-deps "$2" >"$tmp/said" 2>&1 ||
		status=$?
	cat "$tmp/said"
	grep -q '^Missing' "$tmp/said"
	grep -q '^  jq: ' "$tmp/said"
	[ $status -eq "$1" ]
}

check layers.none layers_allow lib/new.c ''
check layers.include layers_see include/sealmem/new.h '#include <fcntl.h>' \
	'may not include <fcntl.h>'
check layers.include_up layers_see sealing/new.c '#include "lib/handle.h"' \
	'may not include lib/handle.h'
check layers.lib_system layers_see lib/new.c '#include <sys/mman.h>' \
	'may not include <sys/mman.h>'
check layers.lock_alone layers_see lib/new.c '#include <pthread.h>' \
	'may not include <pthread.h>'
check layers.lib_uapi layers_see lib/new.c '#include "sealing/uapi.h"' \
	'may not include sealing/uapi.h'
check layers.tools_lib layers_see tools/new.c '#include "lib/wire.h"' \
	'may not include lib/wire.h'
check layers.tests_lib layers_see selftests/new_test.c \
	'#include "lib/wire.h"' 'may not include lib/wire.h'
check layers.internal_test layers_allow selftests/new_internal_test.c \
	'#include "lib/wire.h"'
check layers.tests_tools layers_see selftests/new_test.c \
	'#include "tools/gamepad/source.h"' \
	'may not include tools/gamepad/source.h'
check layers.evdev_tests layers_allow selftests/evdev_new_test.c \
	'#include "tools/gamepad/source.h"'
check layers.lib_call layers_see lib/new.c '	x = mmap (NULL);' \
	'may not call mmap()'
check layers.tools_call layers_see tools/new.c '	fcntl(fd, 1);' \
	'may not call fcntl()'
check layers.tools_may layers_allow tools/new.c '	close(fd);'
check layers.other_names layers_allow lib/new.c \
	'region_open(sealing_mmap(x->read(1), "mmap(2)")); /* fcntl(2) */'
check layers.own_name layers_allow lib/new.c "$(printf \
	'static int send(int x)\n{\n\treturn x;\n}\nint y = send(1);')"
check layers.manners layers_see sealing/new.c '	getenv("HOME");' \
	'does not call getenv()'
check layers.errno layers_see lib/new.c '	return -errno;' 'errno belongs'
check layers.abort layers_see lib/new.c '	abort();' 'abort() belongs'
check layers.long_function layers_see lib/new.c \
	"$(echo 'int f(void)' && echo '{' && many_lines 57 && echo '}')" \
	'f() has 60 lines'
check layers.longest_function layers_allow lib/new.c \
	"$(echo 'int f(void)' && echo '{' && many_lines 56 && echo '}')"
check layers.long_file layers_see selftests/new_test.c \
	"$(many_lines 500)" 'has 500 lines'

# Each name stands for a change: file, sed expression, what is to be said.
api_cases()
{
	while IFS='|' read -r name file expression message; do
		check "api.$name" api_sees "$file" "$expression" "$message"
	done
}

if [ -n "$SANITIZE" ]; then
	skip api 'a sanitizer build has no shared library'
else
	api_cases
fi <<'CASES'
not_in_map|lib/libsealmem.map|/sealmem_features;/d|sealmem_features is declared in include/ but not in lib
only_in_map|lib/libsealmem.map|s/sealmem_features;/& sealmem_more;/|sealmem_more is in lib.* but not declared
wildcard|lib/libsealmem.map|s/sealmem_features;/sealmem_feature*;/|must list names one by one
map_version|lib/libsealmem.map|s/SEALMEM_0/SEALMEM_9/|newest node .* is SEALMEM_9
header_version|include/sealmem/base.h|/define SEALMEM_VERSION/s/[0-9]/9/|base.h 9
make_version|Makefile|s/^VERSION.*/VERSION := 9.9.9/|Makefile has version 9.9.9
no_comment|include/sealmem/features.h|s,^/\*\*,/*,|sealmem_features has no kernel-doc comment
no_parameter|include/sealmem/token.h|/@a: /d|parameter a has no @a line
wrong_parameter|include/sealmem/token.h|s/@a: /@z: /|@z is no parameter
empty_parameter|include/sealmem/token.h|s/@a: .*/@a:/|@a says nothing
parameter_order|include/sealmem/token.h|s/@a:/@c:/;s/@b:/@a:/;s/@c:/@b:/|not in the place
no_member|include/sealmem/token.h|/@low: /d|member low has no @low line
no_value|include/sealmem/base.h|/@SEALMEM_KIND_UNSAFE/d|SEALMEM_KIND_UNSAFE has no
no_context|include/sealmem/token.h|/Context:/d|has no Context: line
no_return|include/sealmem/token.h|/Return:/d|has no Return: line
void_return|include/sealmem/mapping.h|s/Context: The thread/Return: 0. &/|returns nothing and has
wrong_name|include/sealmem/token.h|s/token_equal() -/token_same() -/|is about sealmem_token_same()
not_marked|include/sealmem/features.h|s/^SEALMEM_API //|declared without SEALMEM_API
not_in_umbrella|include/sealmem/sealmem.h|/token.h/d|does not include token.h
no_page|include/sealmem/token.h|s/sealmem_token_parse/sealmem_token_read/|sealmem_token_read is declared in token.h but not named
CASES

check docs.all_is_well docs_allow \
	'`selftests/a_test.c: region.live.stays` `selftests/a_test.c:
dies` `selftests/b_test.sh: works` `selftests/b_test.sh: the --x works` `lib/a.c` /proc/self/fd'
check docs.no_file docs_see '`selftests/z_test.c: holds`' 'there is no self'
check docs.no_case docs_see '`selftests/a_test.c: hold`' \
	'selftests/a_test.c has no case hold'
check docs.no_shell_case docs_see '`selftests/b_test.sh: work`' \
	'selftests/b_test.sh has no case work'
check docs.no_path docs_see '`lib/b.c`' 'there is no lib/b.c'
check docs.no_link docs_see '[b](lib/b.c#L1)' 'a link leads to lib/b.c'
check docs.machine docs_see 'Go to /home/me/sealmem.' "names a machine's"

check run.passes runs_to '2 passed, 0 failed, 1 skipped' 0 \
	'echo 1..3; echo ok 1 a; echo ok 2 b "# SKIP why"; echo ok 3 c'
check run.not_ok runs_to '1 passed, 1 failed, 0 skipped' 1 \
	'echo 1..2; echo ok 1 a; echo not ok 2 b; exit 1'
check run.too_few runs_to '1 passed, 1 failed, 0 skipped' 1 \
	'echo 1..2; echo ok 1 a'
check run.too_many runs_to '2 passed, 1 failed, 0 skipped' 1 \
	'echo 1..1; echo ok 1 a; echo ok 2 b'
check run.no_plan runs_to '1 passed, 1 failed, 0 skipped' 1 'echo ok 1 a'
check run.nothing runs_to '0 passed, 1 failed, 0 skipped' 1 ':'
check run.dies runs_to '1 passed, 1 failed, 0 skipped' 1 \
	'echo 1..1; echo ok 1 a; kill -9 $$'
check run.exit_status runs_to '1 passed, 1 failed, 0 skipped' 1 \
	'echo 1..1; echo ok 1 a; exit 3'
check run.wrong_count runs_to '1 passed, 1 failed, 0 skipped' 1 \
	'echo 1..1; echo ok 1 a; echo "# passed 2 failed 0 skipped 0"'
check run.all_skipped runs_to '0 passed, 0 failed, 1 skipped' 1 \
	'echo 1..1; echo ok 1 a "# SKIP why"'
check run.time_limit times_out
check run.no_such_case runs_to '0 passed, 0 failed, 0 skipped' 1 \
	'echo no such case; exit 2' pattern
check run.dies_with_pattern runs_to '0 passed, 1 failed, 0 skipped' 1 \
	'exit 2' pattern
check run.no_case_at_all runs_to '0 passed, 1 failed, 0 skipped' 1 \
	'echo no such case; exit 2'

# A herd7 that gives every question this answer, or that there is not.
models_run_to() # LAST-LINE ANSWER
{
	rm -rf "$tmp/models"
	mkdir -p "$tmp/models/scripts" "$tmp/models/selftests"
	cp scripts/check-models scripts/litmus.awk "$tmp/models/scripts"
	cp -R selftests/models "$tmp/models/selftests"
	: >"$tmp/models/selftests/models/compiled"
	cat >"$tmp/models/scripts/get-herd" <<-FAKE
		#!/bin/sh
		[ "$2" != missing ] || { echo 'none here' >&2; exit 1; }
		echo $tmp/models/herd7
	FAKE
	cat >"$tmp/models/herd7" <<-FAKE
		#!/bin/sh
		for file; do
			[ ! -f "\$file" ] ||
				echo "Observation \$(awk 'NR == 1 { print \$2 }' \
					"\$file") $2"
		done
	FAKE
	chmod +x "$tmp/models/scripts/get-herd" "$tmp/models/herd7"
	O=$tmp/models "$tmp/models/scripts/check-models" >"$tmp/said" || :
	tail -n 3 "$tmp/said"
	tail -n 1 "$tmp/said" | grep -qx "$1"
}

# What is taken out of a litmus test must be in it.
litmus_wants() # CHANGE
{
	says "nothing to $1" awk -v model=c11 -v change="$1" \
		-f scripts/litmus.awk selftests/models/latch.litmus
}

up='@@ up 9.9 x86_64 4096'
a='@@ start a_test\n1..1\nok 1 a\n@@ end a_test 0 1'
b='@@ start b_test\n1..1\nok 1 b\n@@ end b_test 0 1'
both="$up\\n$a\\n$b\\n@@ done"
missing=
export missing
check kernels.pass kernels_run_to '2 passed, 0 failed, 0 skipped' 0 "$both" 1.0
check kernels.not_ok kernels_run_to '1 passed, 1 failed, 0 skipped' 1 \
	"$up\\n$a\\n$(echo "$b" | sed 's/ok 1/not &/')\\n@@ done" 1.0
check kernels.dies kernels_run_to '1 passed, 1 failed, 0 skipped' 1 \
	"$up\\n$a\\n@@ start b_test\\n1..1\\n@@ end b_test 139 1\\n@@ done" 1.0
check kernels.not_run kernels_run_to '1 passed, 1 failed, 0 skipped' 1 \
	"$up\\n$a\\n@@ done" 1.0
check kernels.ends_early kernels_run_to '2 passed, 1 failed, 0 skipped' 1 \
	"$up\\n$a\\n$b" 1.0
check kernels.no_boot kernels_run_to '0 passed, 1 failed, 0 skipped' 1 \
	'Kernel panic' 1.0
check kernels.one_missing kernels_missing 1.0 \
	'4 passed, 0 failed, 1 skipped' 0 "$both" 1.0 2.0 3.0
check kernels.ends_missing kernels_missing '1.0 3.0' \
	'2 passed, 1 failed, 2 skipped' 1 "$both" 1.0 2.0 3.0
check kernels.page kernels_page

check models.missing models_run_to '0 passed, 0 failed, 1 skipped' missing
check models.never models_run_to '[1-9][0-9]* passed, [1-9][0-9]* failed, [01] skipped' Never
check models.sometimes \
	models_run_to '[1-9][0-9]* passed, [1-9][0-9]* failed, [01] skipped' Sometimes
check models.no_answer models_run_to '0 passed, [1-9][0-9]* failed, [01] skipped' ''
check models.drop litmus_wants 'drop no_such_thing'
check models.relax litmus_wants 'relax generation, memory_order_seq_cst'
check models.hoist litmus_wants 'hoist r0 = > r5 ='

check deps.check deps_without_root 0 check
check deps.ci deps_without_root 1 ci
finish
