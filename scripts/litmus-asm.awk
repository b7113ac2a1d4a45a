# SPDX-License-Identifier: MIT
#
# Reads what llvm-objdump -d --no-show-raw-insn prints for ARMv8 and prints a
# litmus test of two functions in it, instruction by instruction. Variables:
#
#   name            of the test that is printed
#   writer, reader  the functions; straight code with branches in it
#   init            state: locations, and registers as 0:X0 of the writer and
#                   1:X0 of the reader
#   condition       what to look for

function quit(what)
{
	print FILENAME ": " what >"/dev/stderr"
	failed = 1
	exit 1
}

/^[0-9a-f]+ <.*>:$/ {
	current = $2
	gsub(/[<>:]/, "", current)
	next
}

# "  6c:  tbnz  w8, #0, 0x78 <latch_reader+0x24>"
current != "" && /^ *[0-9a-f]+:/ {
	at = $1
	sub(/:/, "", at)
	text = $0
	sub(/^ *[0-9a-f]+:[ \t]*/, "", text)
	sub(/[ \t]*\/\/.*/, "", text)
	gsub(/[ \t]+/, " ", text)
	# herd7 has no BFI: zero the upper half, then put the other one there.
	if (match(text, /^bfi x[0-9]+, x[0-9]+, #32, #32$/)) {
		split(text, part, /[ ,]+/)
		n = ++count[current]
		address[current, n] = at
		instruction[current, n] = "mov w" substr(part[2], 2) ", w" \
			substr(part[2], 2)
		text = "orr " part[2] ", " part[2] ", " part[3] ", lsl #32"
		at = ""
	}
	n = ++count[current]
	if (match(text, /(0x)?[0-9a-f]+ <[^>]*>/)) {
		target = substr(text, RSTART, RLENGTH)
		sub(/^0x/, "", target)
		sub(/ .*/, "", target)
		text = substr(text, 1, RSTART - 1) "@" target
		wanted[current, target] = 1
	}
	address[current, n] = at
	instruction[current, n] = text
}

function decimal(hex,    n, value)
{
	for (n = 1; n <= length(hex); n++)
		value = 16 * value + \
			index("0123456789abcdef", substr(hex, n, 1)) - 1
	return value
}

function convert(function_name, text,    hex)
{
	if (text ~ /^ret/)
		return "B " function_name "_end"
	while (match(text, /#0x[0-9a-f]+/)) {
		hex = substr(text, RSTART + 3, RLENGTH - 3)
		text = substr(text, 1, RSTART) decimal(hex) \
			substr(text, RSTART + RLENGTH)
	}
	if (match(text, /@.*/))
		return toupper(substr(text, 1, RSTART - 1)) function_name "_" \
			substr(text, RSTART + 1)
	# The same with another range of offsets.
	sub(/^stur /, "str ", text)
	sub(/^ldur /, "ldr ", text)
	text = toupper(text)
	gsub(/, /, ",", text)
	return text
}

function cell(function_name, n,    label)
{
	if (n == count[function_name] + 1)
		return function_name "_end: NOP"
	if (n > count[function_name])
		return ""
	if ((function_name, address[function_name, n]) in wanted)
		label = function_name "_" address[function_name, n] ": "
	return label convert(function_name, instruction[function_name, n])
}

END {
	if (failed)
		exit 1
	if (!count[writer] || !count[reader])
		quit("no " writer " or no " reader)
	print "AArch64 " name
	print "{ " init " }"
	print " P0 | P1 ;"
	longest = count[writer] > count[reader] ? count[writer] : count[reader]
	for (n = 1; n <= longest + 1; n++)
		print " " sprintf("%-32s", cell(writer, n)) " | " \
			sprintf("%-32s", cell(reader, n)) " ;"
	print "exists " condition
}
