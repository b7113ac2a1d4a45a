# SPDX-License-Identifier: MIT
#
# Reads the TAP that one test printed. Prints "PASSED FAILED SKIPPED", or nothing
# if nothing was chosen, and adds the details to the files that "failures" and
# "skips" name. Further variables: name, of the test; status, its exit status as
# a shell has it; limit, in seconds; pattern, of the cases that were wanted.
#
BEGIN { shell = name ~ /\.sh$/ }

function fail(what)
{
	failed++
	print "  " name ": " what >> failures
}

# What a C test has to say about a case comes before the result, what a shell
# test has to say comes after it.
function show_comments(    n)
{
	for (n = 1; n <= comments; n++)
		print "    " comment[n] >> failures
}

function result(line,    text, reason)
{
	results++
	explain = 0
	text = line
	sub(/^(not )?ok *[0-9]* *(- )?/, "", text)
	if (line ~ /^not ok/) {
		fail(text)
		if (shell)
			explain = 1
		else
			show_comments()
	} else if (match(text, /# *[Ss][Kk][Ii][Pp][^ ]* */)) {
		reason = substr(text, RSTART + RLENGTH)
		skip(substr(text, 1, RSTART - 1), reason)
	} else {
		passed++
	}
	comments = 0
}

function skip(what, reason)
{
	skipped++
	sub(/ *$/, "", what)
	print "  " name ": " (what == "" ? "" : what ": ") \
		(reason == "" ? "(no reason given)" : reason) >> skips
}

{ lines[++count] = $0 }
/no such case/ { none_chosen = 1 }
/^1\.\.[0-9]+/ {
	plans++
	planned = substr($1, 4) + 0
	if (planned == 0 && match($0, /# *[Ss][Kk][Ii][Pp][^ ]* */))
		skip("", substr($0, RSTART + RLENGTH))
	next
}
/^(not )?ok( |$)/ { result($0); next }
/^Bail out!/ { fail($0); next }
/^# passed [0-9]+ failed [0-9]+ skipped [0-9]+/ {
	claimed = $3 " " $5 " " $7
	next
}
/^#/ {
	comment[++comments] = $0
	if (explain)
		print "    " $0 >> failures
}

END {
	if (status == 2 && !plans && none_chosen && pattern != "")
		exit
	cases = failed
	if (status == 124)
		fail("timed out after " limit " s")
	else if (status == 137)
		fail("killed; it took longer than " limit " s or was killed from outside")
	else if (status > 128)
		fail("died of signal " (status - 128))
	else if (status == 126 || status == 127)
		fail("cannot be run")
	else if (plans != 1)
		fail(plans ? "printed more than one plan" : "printed no plan")
	else if (results != planned)
		fail("printed " results + 0 " results, not " planned)
	else if (claimed != "" && \
		 claimed != passed + 0 " " failed + 0 " " skipped + 0)
		fail("counts its results as " claimed)
	else if (status && !failed && !(status == 4 && skipped && !passed))
		fail("exit status " status " without a failed case")
	# It did not end as it should: its last words say more than a case.
	if (failed > cases)
		for (n = count > 12 ? count - 11 : 1; n <= count; n++)
			print "    | " lines[n] >> failures
	print passed + 0, failed + 0, skipped + 0
}
