# SPDX-License-Identifier: MIT
#
# Reads a litmus test in C, whose threads are one after the other relaxed,
# acquire and release loads and stores of constants, and fences. Prints it for
# the memory model that "model" names: c11 as it is; aarch64, riscv and x86 with
# the instructions that a compiler makes of each. Further variables:
#
#   name       of the test that is printed
#   change     "" or what is taken out first:
#              "drop REGEX"            lines that match
#              "relax REGEX"           their memory order
#              "hoist REGEX > REGEX"   the line that matches the first goes in
#                                      front of the one that matches the second,
#                                      as a compiler may do where nothing
#                                      forbids it
#   condition  what to look for instead of what the test looks for
#
# A change that changes nothing is an error.

function quit(what)
{
	print FILENAME ": " what >"/dev/stderr"
	failed = 1
	exit 1
}

# The statements of each thread, from the lines between braces.
/^\(\*/ { in_comment = 1 }
in_comment {
	if (/\*\)/)
		in_comment = 0
	next
}
NR == 1 { next }
/^\{.*\}$/ { init = substr($0, 2, length($0) - 2); next }
/^P[0-9]/ { head[threads + 0] = $0; next }
/^\{$/ { in_thread = 1; next }
/^\}$/ { in_thread = 0; threads++; next }
in_thread { statement[threads + 0, ++count[threads + 0]] = $0; next }
/^exists$/ { next }
{ wanted = wanted " " $0 }

function drop(what,    t, n, kept, changed)
{
	for (t = 0; t < threads; t++) {
		kept = 0
		for (n = 1; n <= count[t]; n++)
			if (statement[t, n] ~ what)
				changed++
			else
				statement[t, ++kept] = statement[t, n]
		count[t] = kept
	}
	return changed
}

function relax(what,    t, n, changed)
{
	for (t = 0; t < threads; t++)
		for (n = 1; n <= count[t]; n++)
			if (statement[t, n] ~ what)
				changed += gsub(/memory_order_(acquire|release)/,
					"memory_order_relaxed", statement[t, n])
	return changed
}

function hoist(what, before,    t, n, from, to, line)
{
	for (t = 0; t < threads; t++) {
		from = to = 0
		for (n = 1; n <= count[t]; n++) {
			if (!from && statement[t, n] ~ what)
				from = n
			if (!to && statement[t, n] ~ before)
				to = n
		}
		if (!from || from <= to || !to)
			continue
		line = statement[t, from]
		for (n = from; n > to; n--)
			statement[t, n] = statement[t, n - 1]
		statement[t, to] = line
		return 1
	}
	return 0
}

function apply(    verb, what, done)
{
	if (change == "")
		return
	verb = what = change
	sub(/ .*/, "", verb)
	sub(/[a-z]+ /, "", what)
	if (verb == "drop")
		done = drop(what)
	else if (verb == "relax")
		done = relax(what)
	else if (verb == "hoist" && split(what, sides, / > /) == 2)
		done = hoist(sides[1], sides[2])
	if (!done)
		quit("nothing to " change)
}

# Sets kind (fence, load, store), order, place, value and register.
function parse(line,    words)
{
	kind = line ~ /fence/ ? "fence" : line ~ /load/ ? "load" : "store"
	order = line
	sub(/.*memory_order_/, "", order)
	sub(/\).*/, "", order)
	if (kind == "fence")
		return
	words = line
	sub(/[^(]*\(/, "", words)
	sub(/\).*/, "", words)
	split(words, argument, /, */)
	place = argument[1]
	value = kind == "store" ? argument[2] : ""
	register = line
	sub(/.*int r/, "", register)
	sub(/ .*/, "", register)
}

# The register that has the address of a place.
function address(thread, where)
{
	if (!((thread, where) in address_of)) {
		address_of[thread, where] = 5 + addresses[thread]++
		places = places thread ":" \
			(model == "riscv" ? "x" : "X") \
			address_of[thread, where] "=" where "; "
	}
	return address_of[thread, where]
}

function result_register(n)
{
	if (model == "aarch64")
		return "X" 15 + n
	if (model == "riscv")
		return "x" 15 + n
	return substr("EAXEBXECXEDXESIEDI", 3 * n + 1, 3)
}

function emit(thread, text)
{
	cell[thread, ++rows[thread]] = text
}

function aarch64(thread)
{
	if (kind == "fence")
		emit(thread, order == "acquire" ? "DMB ISHLD" : "DMB ISH")
	else if (kind == "load")
		emit(thread, (order == "acquire" ? "LDAR" : "LDR") " W" \
			15 + register ",[X" address(thread, place) "]")
	else {
		emit(thread, "MOV W4,#" value)
		emit(thread, (order == "release" ? "STLR" : "STR") " W4,[X" \
			address(thread, place) "]")
	}
}

function riscv(thread)
{
	if (kind == "store") {
		if (order == "release")
			emit(thread, "fence rw,w")
		emit(thread, "ori x4,x0," value)
		emit(thread, "sw x4,0(x" address(thread, place) ")")
	} else if (kind == "load") {
		emit(thread, "lw x" 15 + register ",0(x" \
			address(thread, place) ")")
		if (order == "acquire")
			emit(thread, "fence r,rw")
	} else {
		emit(thread, order == "acquire" ? "fence r,rw" : "fence rw,w")
	}
}

# Keeps all orders that the protocol asks for by itself.
function x86(thread)
{
	if (kind == "store")
		emit(thread, "MOV [" place "],$" value)
	else if (kind == "load")
		emit(thread, "MOV " result_register(register) ",[" place "]")
}

function print_c(    t, n)
{
	print "C " name
	print "{" init "}"
	for (t = 0; t < threads; t++) {
		print head[t] "\n{"
		for (n = 1; n <= count[t]; n++)
			print statement[t, n]
		print "}"
	}
}

function print_machine(    t, n, longest, line, register)
{
	for (t = 0; t < threads; t++)
		for (n = 1; n <= count[t]; n++) {
			parse(statement[t, n])
			if (model == "aarch64")
				aarch64(t)
			else if (model == "riscv")
				riscv(t)
			else
				x86(t)
			if (rows[t] > longest)
				longest = rows[t]
		}
	print (model == "aarch64" ? "AArch64" : toupper(model)) " " name
	print "{" init places "}"
	for (n = 0; n <= longest; n++) {
		line = ""
		for (t = 0; t < threads; t++)
			line = line (t ? " | " : " ") sprintf("%-18s", \
				n ? cell[t, n] : "P" t)
		print line " ;"
	}
	for (n = 0; n < 10; n++)
		gsub(":r" n "=", ":" result_register(n) "=", wanted)
}

END {
	if (failed)
		exit 1
	apply()
	if (condition != "")
		wanted = condition
	if (model == "c11")
		print_c()
	else
		print_machine()
	print "exists" wanted
}
