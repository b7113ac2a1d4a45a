/* SPDX-License-Identifier: MIT */
/* What every command needs: messages, numbers, the clock. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/tool.h"

void tool_say(const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	/* In one piece, since serve and watch often share a terminal. */
	fprintf(stderr, "sealmem: %s\n", line);
}

int tool_usage(const char *synopsis, const char *problem)
{
	if (problem)
		tool_say("%s", problem);
	fprintf(stderr, "Usage: %s\n", synopsis);
	return TOOL_USAGE;
}

int tool_parse(const struct tool_syntax *syntax, int argc, char **argv,
	       void *data)
{
	int option;

	while ((option = getopt_long(argc, argv, syntax->letters,
				     syntax->options, NULL)) != -1) {
		if (option == 'h') {
			fputs(syntax->help, stdout);
			return tool_flush();
		}
		if (!syntax->parse(data, option))
			return tool_usage(syntax->synopsis, NULL);
	}
	if (optind < argc)
		return tool_usage(syntax->synopsis,
				  "there are options only, and what belongs to "
				  "them");
	return TOOL_GO_ON;
}

bool tool_number(const char *option, const char *text, uint64_t min,
		 uint64_t max, uint64_t *ret_number)
{
	size_t length = strlen(text);
	uint64_t number;

	/* strtoull would take signs, spaces and hexadecimal. */
	number = strtoull(text, NULL, 10);
	if (length == 0 || length > 18 ||
	    strspn(text, "0123456789") != length || number < min ||
	    number > max) {
		tool_say("%s wants a whole number from %ju to %ju, not '%s'",
			 option, (uintmax_t)min, (uintmax_t)max, text);
		return false;
	}
	*ret_number = number;
	return true;
}

bool tool_has_json(void)
{
#ifdef HAVE_JANSSON
	return true;
#else
	tool_say("built without jansson, which --json needs: install "
		 "libjansson-dev (or your system's package of it), then build "
		 "sealmem again");
	return false;
#endif
}

int tool_flush(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return TOOL_GOOD;
	tool_say("cannot write to standard output: %s", strerror(errno));
	return TOOL_FAILED;
}

uint64_t tool_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}
