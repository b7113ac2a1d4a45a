/* SPDX-License-Identifier: MIT */
/* `sealmem features`: what this kernel can do, found by doing it. */
#include <getopt.h>
#include <stdio.h>

#include "tools/json_output.h"
#include "tools/tool.h"

static const char synopsis[] = "sealmem features [--json]";

static const char help[] =
"Usage: sealmem features [--json]\n"
"Tries each kernel feature that sealmem uses, once, on memory of its own, and\n"
"says which are there and what they are needed for.\n"
"\n"
"      --json      one JSON object instead of a table\n"
"      --help      this text\n"
"\n"
"Exit status: 0, whatever is there; 2 wrong usage.\n";

static void print_table(uint32_t features)
{
	const char *name, *purpose;

	for (unsigned int i = 0; i < 32; i++) {
		if (sealmem_feature_text(1u << i, &name, &purpose) < 0)
			continue;
		printf("%-18s %-3s  %s\n", name,
		       features >> i & 1 ? "yes" : "no", purpose);
	}
}

static int show_features(bool json)
{
	if (!json) {
		print_table(sealmem_features());
		return tool_flush();
	}
	if (!tool_has_json())
		return TOOL_USAGE;
	if (!json_features_print(sealmem_features())) {
		tool_say("out of memory");
		return TOOL_FAILED;
	}
	return tool_flush();
}

static bool take_option(void *data, int option)
{
	bool *json = data;

	return option == 'j' ? (*json = true) : false;
}

int features_main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	static const struct tool_syntax syntax = {
		synopsis, help, "h", options, take_option,
	};
	bool json = false;
	int ret = tool_parse(&syntax, argc, argv, &json);

	if (ret != TOOL_GO_ON)
		return ret;
	return show_features(json);
}
