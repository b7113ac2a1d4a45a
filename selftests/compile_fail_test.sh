#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What mixes up kinds of regions does not compile. Each file of compile_fail/
# must be refused with the message that its first comment tells, and for that
# alone: with -DCORRECT the very same file must compile.
. selftests/tap.sh

# The three errors that the Makefile asks for, which are warnings or defaults
# that a user of the library has too.
flags='-std=gnu17 -Iinclude -Wall -Wextra -c -o /dev/null
	-Werror=incompatible-pointer-types -Werror=unused-result
	-Werror=implicit-function-declaration'

# shellcheck disable=SC2086
refused() # COMPILER FILE
{
	message=$(sed -n 's/^ \* Message: //p' "$2")
	if [ -z "$message" ]; then
		echo "$2 does not say which message it expects"
		return 1
	fi
	if ! "$1" $flags -Werror -DCORRECT "$2"; then
		echo "the correct half of $2 does not compile"
		return 1
	fi
	if "$1" $flags "$2" 2>"$tmp/messages"; then
		echo "$2 compiles"
		return 1
	fi
	cat "$tmp/messages"
	if ! grep ' error: ' "$tmp/messages" >"$tmp/errors"; then
		echo "no error among the messages"
		return 1
	fi
	if grep -v -e "$message" "$tmp/errors"; then
		echo "errors other than \"$message\""
		return 1
	fi
}

for compiler in gcc clang; do
	for file in selftests/compile_fail/*.c; do
		name=$compiler.$(basename "$file" .c)
		if have $compiler; then
			check "$name" refused $compiler "$file"
		else
			skip "$name" "no $compiler"
		fi
	done
done
finish
