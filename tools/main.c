/* SPDX-License-Identifier: MIT */
/* The command `sealmem`: finds out which command is meant and runs it. */
#include <stdio.h>
#include <string.h>

#include "tools/tool.h"

/* @title becomes argv[0], so that getopt_long names the whole command. */
static struct command {
	const char *group;
	const char *name;
	int (*run)(int argc, char **argv);
	char title[32];
} commands[] = {
	{ "gamepad", "latency", latency_main, "sealmem gamepad latency" },
	{ "gamepad", "list", list_main, "sealmem gamepad list" },
	{ "gamepad", "record", record_main, "sealmem gamepad record" },
	{ "gamepad", "replay", replay_main, "sealmem gamepad replay" },
	{ "gamepad", "rumble", rumble_main, "sealmem gamepad rumble" },
	{ "gamepad", "serve", serve_main, "sealmem gamepad serve" },
	{ "gamepad", "watch", watch_main, "sealmem gamepad watch" },
	{ NULL, "attack", attack_main, "sealmem attack" },
	{ NULL, "broker", broker_main, "sealmem broker" },
	{ NULL, "features", features_main, "sealmem features" },
};

static const char synopsis[] = "sealmem COMMAND [OPTION]...";

static const char help[] =
"Usage: sealmem COMMAND [OPTION]...\n"
"Shared memory that only its writer can write, enforced by the kernel.\n"
"\n"
"  gamepad latency how old states are when they are seen\n"
"  gamepad list    show the devices that could be gamepads\n"
"  gamepad record  write the events of a device to a file\n"
"  gamepad replay  make a device that does what was recorded\n"
"  gamepad rumble  make a pad shake\n"
"  gamepad serve   publish gamepads in memory that others can only read\n"
"  gamepad watch   show the gamepads that a server publishes\n"
"  attack          try every way to write to sealed memory\n"
"  broker          create regions for processes that may not do it\n"
"  features        what this kernel can do\n"
"  help COMMAND    the same as COMMAND --help\n"
"\n"
"      --help      this text\n"
"      --version   the version\n"
"\n"
"To start with, in two terminals:\n"
"  sealmem gamepad serve --socket /tmp/pads\n"
"  sealmem gamepad watch --socket /tmp/pads\n"
"\n"
"Exit status: 0 good, 1 it failed or does not hold, 2 wrong usage.\n";

static const char gamepad_synopsis[] =
	"sealmem gamepad latency|list|record|replay|rumble|serve|watch "
	"[OPTION]...";

/* Words of @argv that name @command: 0 if they name another one. */
static int words_of(const struct command *command, int argc, char **argv)
{
	if (!command->group)
		return argc > 0 && !strcmp(argv[0], command->name);
	return argc > 1 && !strcmp(argv[0], command->group) &&
	       !strcmp(argv[1], command->name) ? 2 : 0;
}

static struct command *find_command(int argc, char **argv, int *ret_words)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		*ret_words = words_of(&commands[i], argc, argv);
		if (*ret_words)
			return &commands[i];
	}
	return NULL;
}

static int wrong_command(int argc, char **argv)
{
	if (argc == 0)
		return tool_usage(synopsis, "which command? See --help");
	if (!strcmp(argv[0], "gamepad"))
		return tool_usage(gamepad_synopsis,
				  "gamepad is followed by what to do");
	tool_say("there is no command '%s'; `sealmem help` lists them",
		 argv[0]);
	return tool_usage(synopsis, NULL);
}

static int run_command(int argc, char **argv)
{
	int words;
	struct command *command = find_command(argc, argv, &words);

	if (!command)
		return wrong_command(argc, argv);
	argv += words - 1;
	argv[0] = command->title;
	return command->run(argc - words + 1, argv);
}

static int show_help(int argc, char **argv)
{
	static char option[] = "--help";
	int words;
	struct command *command = find_command(argc, argv, &words);
	char *args[] = { NULL, option, NULL };

	if (!command && argc > 0 && strcmp(argv[0], "gamepad"))
		return wrong_command(argc, argv);
	if (!command) {
		fputs(help, stdout);
		return tool_flush();
	}
	args[0] = command->title;
	return command->run(2, args);
}

static bool is_one_of(const char *word, const char *a, const char *b,
		      const char *c)
{
	return !strcmp(word, a) || !strcmp(word, b) || !strcmp(word, c);
}

int main(int argc, char **argv)
{
	if (argc > 1 && is_one_of(argv[1], "--help", "-h", "help"))
		return show_help(argc - 2, argv + 2);
	if (argc > 2 && !strcmp(argv[1], "gamepad") &&
	    is_one_of(argv[2], "--help", "-h", "help"))
		return show_help(0, NULL);
	if (argc > 1 && is_one_of(argv[1], "--version", "-V", "version")) {
		printf("sealmem %s\n", sealmem_version());
		return tool_flush();
	}
	return run_command(argc - 1, argv + 1);
}
