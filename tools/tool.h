/* SPDX-License-Identifier: MIT */
/*
 * What the files of the command share. The command uses the public API alone:
 * whatever it can do, any program can.
 */
#ifndef SEALMEM_TOOLS_TOOL_H
#define SEALMEM_TOOLS_TOOL_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include <sealmem/sealmem.h>

/* What every command exits with. */
enum tool_exit {
	TOOL_GOOD = 0,
	TOOL_FAILED = 1, /* or: what it was asked to check does not hold */
	TOOL_USAGE = 2,
};

/* The commands. argv[0] is the command in full, "sealmem gamepad serve". */
int attack_main(int argc, char **argv);
int broker_main(int argc, char **argv);
int features_main(int argc, char **argv);
int latency_main(int argc, char **argv);
int list_main(int argc, char **argv);
int record_main(int argc, char **argv);
int replay_main(int argc, char **argv);
int rumble_main(int argc, char **argv);
int serve_main(int argc, char **argv);
int watch_main(int argc, char **argv);

/* One line on stderr, with the program's name in front. */
__attribute__((format(printf, 1, 2))) void tool_say(const char *format, ...);

/* Says @problem (NULL: getopt did) and how the command is used: TOOL_USAGE. */
int tool_usage(const char *synopsis, const char *problem);

/**
 * struct tool_syntax - The options of a command
 * @synopsis: How it is used, in a line
 * @help: What --help prints
 * @letters: Short options, as getopt wants them
 * @options: Long ones, and --help as 'h'
 * @parse: Takes one into the command's own struct; false if it is none, or
 *	after a line that says what is wrong with it
 */
struct tool_syntax {
	const char *synopsis;
	const char *help;
	const char *letters;
	const struct option *options;
	bool (*parse)(void *data, int option);
};

#define TOOL_GO_ON	(-1)

/* TOOL_GO_ON, or what to exit with: --help was there, or something wrong. */
int tool_parse(const struct tool_syntax *syntax, int argc, char **argv,
	       void *data);

/* A whole number from @min to @max, or a line that says what @option wants. */
bool tool_number(const char *option, const char *text, uint64_t min,
		 uint64_t max, uint64_t *ret_number);

/* False, and a line that says what is missing, if built without jansson. */
bool tool_has_json(void);

/* TOOL_GOOD if everything printed on stdout arrived where stdout goes. */
int tool_flush(void);

/* Microseconds of CLOCK_MONOTONIC. */
uint64_t tool_now_us(void);

/*
 * Connects to whoever serves at @path and receives a read-only region. False,
 * and both stay empty, after a line that says what went wrong and what to do.
 */
bool tool_receive(const char *path, struct sealmem_channel *ret_channel,
		  struct sealmem_readonly_region *ret_region);

#endif
