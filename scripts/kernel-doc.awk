# SPDX-License-Identifier: MIT
#
# Reads one public header into arrays. The caller puts its own END after it:
#
#   awk "$(cat scripts/kernel-doc.awk)"' END { ... }' HEADER
#
# For every declaration, in order, 1 to ITEMS:
#   KIND[i]   function, struct, enum, define; typedef: of a function type;
#             orphan: a comment that nothing follows; unmarked: a function
#             without SEALMEM_API
#   NAME[i] LINE[i]   as declared
#   DECL[i]   the declaration; functions and defines in one line
#   DOC[i]    the text of its kernel-doc comment, or nothing
#   NOTE[i]   the text of an ordinary comment right before it, or nothing
#   PRIVATE[i]  1 if the comment before it starts with "Private"
# TOP is the text of the file's own comment, ALSO[1..ALSOS] the names of the
# public headers that it includes.
#
# doc_parse(i) fills SUMMARY, SUBJECT, PARAMS, PARAM[1..], PARAM_TEXT[name],
# BODY and SECTION["Context" "Kernel" "Return"]. decl_parse(i) fills TYPE, ARGS,
# ARG[1..], ARG_NAME[1..]; members_parse(i) fills MEMBERS, MEMBER[1..].

# The text of a comment line, without what makes it a comment.
function comment_text(line)
{
	sub(/^[ \t]*\/?\*+\/?/, "", line)
	sub(/[ \t]*\*\/[ \t]*$/, "", line)
	sub(/^ /, "", line)
	return line
}

function comment_done()
{
	in_comment = 0
	sub(/^\n+/, "", comment)
	if (is_doc) {
		orphan()
		doc = comment
		doc_line = comment_line
	} else if (TOP == "" && comment !~ /^SPDX/) {
		TOP = comment
	} else {
		plain = comment
	}
}

function orphan()
{
	if (doc != "")
		add("orphan", doc_line, "")
}

function add(kind, line, decl)
{
	KIND[++ITEMS] = kind
	LINE[ITEMS] = line
	DECL[ITEMS] = decl
	NOTE[ITEMS] = plain
	DOC[ITEMS] = kind == "define" ? "" : doc
	PRIVATE[ITEMS] = (doc "\n" plain) ~ /(^|- |\n)Private\./
	if (kind != "define")
		doc = ""
	plain = ""
}

function decl_done()
{
	in_decl = 0
	gsub(/\/\*[^*]*\*\//, "", decl)
	if (decl_kind ~ /^(function|unmarked|typedef)$/) {
		gsub(/[ \t\n]+/, " ", decl)
		sub(/^(SEALMEM_(API|FALLIBLE)|typedef) /, "", decl)
		sub(/ ?; ?$/, "", decl)
	}
	add(decl_kind, decl_line, decl)
	if (decl_kind ~ /^(function|unmarked|typedef)$/) {
		sub(/ ?\(.*/, "", decl)
		sub(/.*[ *]/, "", decl)
	} else {
		sub(/ *\{.*/, "", decl)
		sub(/^[a-z]+ /, "", decl)
	}
	NAME[ITEMS] = decl
}

function decl_add(line)
{
	decl = decl == "" ? line : decl "\n" line
	depth += gsub(/\{/, "{", line) - gsub(/\}/, "}", line)
	if (depth == 0 && line ~ /;[ \t]*$/)
		decl_done()
}

function decl_start(kind)
{
	decl_kind = kind
	decl_line = FNR
	in_decl = 1
	decl = ""
	depth = 0
	decl_add($0)
}

function define_add(text)
{
	value = value text
	if (sub(/[ \t]*\\$/, " ", value))
		return
	in_define = 0
	sub(/^#[ \t]*define[ \t]+/, "", value)
	gsub(/[ \t]+/, " ", value)
	if (value !~ / / || value ~ /__attribute__|^SEALMEM_FALLIBLE /)
		return
	if (value ~ /^[A-Z_]+\(/)
		sub(/\).*/, ")", value)
	add("define", FNR, value)
	sub(/[ (].*/, "", value)
	NAME[ITEMS] = value
}

in_define { define_add($0); next }
in_comment {
	comment = comment "\n" comment_text($0)
	if (/\*\//)
		comment_done()
	next
}
in_decl { decl_add($0); next }
/^\/\*/ {
	is_doc = /^\/\*\*/
	comment = comment_text($0)
	comment_line = FNR
	in_comment = 1
	if (/\*\//)
		comment_done()
	next
}
/^[ \t]*$/ { plain = ""; next }
/^#[ \t]*define/ { in_define = 1; value = ""; define_add($0); next }
/^#[ \t]*include <sealmem\// {
	sub(/.*<sealmem\//, "")
	sub(/\.h>.*/, "")
	ALSO[++ALSOS] = $0
	next
}
/^#/ { next }
/^(struct|enum) [a-z0-9_]+ \{/ { decl_start($1); next }
/^(SEALMEM_API|SEALMEM_FALLIBLE)/ { decl_start("function"); next }
/^typedef .*\(/ { decl_start("typedef"); next }
/^[a-zA-Z_].*\(/ && !/^static inline/ { decl_start("unmarked"); next }
END { orphan() }

# Appends a line to the part of the comment that is being read.
function doc_add(part, line)
{
	if (part == "body")
		BODY = BODY == "" ? line : BODY "\n" line
	else if (part ~ /^@/)
		PARAM_TEXT[substr(part, 2)] = \
			PARAM_TEXT[substr(part, 2)] " " line
	else
		SECTION[part] = SECTION[part] == "" ? line : \
			SECTION[part] "\n" line
}

function doc_parse(i,    lines, count, n, part, line, cut)
{
	split("", PARAM)
	split("", PARAM_TEXT)
	split("", SECTION)
	PARAMS = 0
	BODY = SUBJECT = SUMMARY = ""
	count = split(DOC[i], lines, "\n")
	cut = index(lines[1], " - ")
	SUBJECT = cut ? substr(lines[1], 1, cut - 1) : lines[1]
	SUMMARY = cut ? substr(lines[1], cut + 3) : ""
	part = "body"
	for (n = 2; n <= count; n++) {
		line = lines[n]
		if (line ~ /^@[a-z0-9_A-Z]+:/) {
			part = substr(line, 1, index(line, ":") - 1)
			PARAM[++PARAMS] = substr(part, 2)
			sub(/^[^:]*:[ \t]*/, "", line)
			PARAM_TEXT[PARAM[PARAMS]] = line
			continue
		}
		if (line ~ /^(Context|Kernel|Return):/) {
			part = substr(line, 1, index(line, ":") - 1)
			sub(/^[^:]*:[ \t]*/, "", line)
		} else if (line == "" && part != "body") {
			part = "body"
		}
		if (part ~ /^@/)
			sub(/^[ \t]+/, "", line)
		doc_add(part, line)
	}
	sub(/^\n+/, "", BODY)
	sub(/\n+$/, "", BODY)
}

# Splits at the commas outside parentheses.
function decl_parse(i,    rest, n, c, level)
{
	split("", ARG)
	split("", ARG_NAME)
	ARGS = 0
	TYPE = substr(DECL[i], 1, index(DECL[i], NAME[i]) - 1)
	sub(/ $/, "", TYPE)
	rest = substr(DECL[i], index(DECL[i], NAME[i]) + length(NAME[i]))
	sub(/^ ?\( ?/, "", rest)
	sub(/\)$/, "", rest)
	if (rest == "void")
		return
	ARG[ARGS = 1] = ""
	for (n = 1; n <= length(rest); n++) {
		c = substr(rest, n, 1)
		level += (c == "(") - (c == ")")
		if (c != "," || level)
			ARG[ARGS] = ARG[ARGS] c
		else
			ARG[++ARGS] = ""
	}
	for (n = 1; n <= ARGS; n++) {
		sub(/^ /, "", ARG[n])
		ARG_NAME[n] = ARG[n]
		if (!sub(/^.*\(\*/, "", ARG_NAME[n]))
			sub(/\[.*/, "", ARG_NAME[n])
		sub(/\).*/, "", ARG_NAME[n])
		sub(/.*[ *]/, "", ARG_NAME[n])
	}
}

# The outermost members of a struct, or the names of an enum.
function members_parse(i,    text, lines, count, n, level, line, member)
{
	split("", MEMBER)
	MEMBERS = 0
	text = DECL[i]
	count = split(text, lines, "\n")
	for (n = 2; n <= count; n++) {
		line = lines[n]
		level += gsub(/\{/, "{", line)
		if (line ~ /\}/) {
			level--
			if (level < 0)
				return
			sub(/.*\}/, "", line)
		}
		if (level)
			continue
		# A function's parameters go on over several lines.
		if (KIND[i] == "struct") {
			member = member line
			if (line !~ /;[ \t]*$/)
				continue
			line = member
			member = ""
			if (sub(/^.*\(\*/, "", line))
				sub(/\).*/, ";", line)
		}
		if (KIND[i] == "enum" ? !sub(/[ \t]*(=.*)?,?[ \t]*$/, "", line) \
				      : !sub(/(\[.*)?;[ \t]*$/, "", line))
			continue
		sub(/.*[ \t*]/, "", line)
		if (line != "")
			MEMBER[++MEMBERS] = line
	}
}
