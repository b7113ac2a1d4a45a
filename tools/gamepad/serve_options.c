/* SPDX-License-Identifier: MIT */
/* The command line of `sealmem gamepad serve`. */
#include <string.h>

#include <sealmem/gamepad_provider.h>

#include "tools/gamepad/serve_options.h"
#include "tools/gamepad/service.h"
#include "tools/tool.h"

#define CLIENTS		64
#define CLIENTS_MAX	1024

static const char synopsis[] =
	"sealmem gamepad serve --socket PATH [OPTION]...";

static const char help[] =
"Usage: sealmem gamepad serve --socket PATH [OPTION]...\n"
"Publishes gamepads in memory that only this process can write. Whoever\n"
"connects to PATH gets memory of its own to read, which stays empty until\n"
"somebody presses a button. Ends by SIGINT or SIGTERM.\n"
"\n"
"      --socket PATH    where to listen (1 to 107 bytes); not needed if systemd\n"
"                       passed a socket\n"
"      --source WHICH   evdev: the gamepads of this machine; synthetic: two\n"
"                       pads that move by themselves; auto (default): evdev\n"
"                       if there is a gamepad to read, or else synthetic\n"
"      --device PATH    one gamepad's node, /dev/input/eventN, and no other\n"
"      --replay FILE    play a recording, once, instead of a device\n"
"      --rate HZ        steps a second of synthetic pads, 1 to 1000 (250)\n"
"      --mappings FILE  descriptions of pads in SDL's words, of which those in\n"
"                       SDL_GAMECONTROLLERCONFIG are added; SIGHUP reads them\n"
"                       again, and looks for gamepads\n"
"      --poll MS        read devices that often, 1 to 1000, and not when they\n"
"                       have something to say\n"
"      --loop HOW       wait by epoll (default), io_uring, or auto: io_uring\n"
"                       where it works\n"
"      --pads N         how many pads there may be, 1 to 32 (4)\n"
"      --clients N      how many clients there may be, 1 to 1024 (64)\n"
"      --no-gate        show pads to clients at once, not from a press on\n"
"      --no-sanitize    show what was held when its device came\n"
"      --seconds N      end after that time\n"
"      --broker PATH    have memory created by `sealmem broker` there, for\n"
"                       where this process may not do it\n"
"      --other-users    let all users connect, not just this one; each may have\n"
"                       as many clients as there are places left for others\n"
"      --user NAME      become that user for good, once the socket is there;\n"
"                       with its groups and the group input. For root\n"
"      --dumpable       allow debuggers and core dumps. Without it,\n"
"                       processes of the same user cannot go around the seals\n"
"                       by writing to this process's memory through /proc\n"
"      --help           this text\n"
"\n"
"Exit status: 0 ended by signal or time, 1 failure, 2 wrong usage.\n";

/* ---- options ------------------------------------------------------------ */

/* Which of @names: -1 if none, after a line. */
static int parse_name(const char *option, const char *const *names)
{
	for (int i = 0; i < 3; i++)
		if (!strcmp(optarg, names[i]))
			return i;
	tool_say("%s is %s, %s or %s, not '%s'", option, names[0], names[1],
		 names[2], optarg);
	return -1;
}

static bool parse_source(struct serve_options *options)
{
	static const char *const names[] = { "auto", "synthetic", "evdev" };
	int which = parse_name("--source", names);

	options->kind = (enum serve_kind)which;
	return which >= 0;
}

static bool parse_loop(struct serve_options *options)
{
	static const char *const names[] = { "epoll", "io_uring", "auto" };
	int which = parse_name("--loop", names);

	options->loop = (enum serve_loop)which;
	return which >= 0;
}

static bool parse_poll(struct serve_options *options)
{
	uint64_t poll_ms;

	if (!tool_number("--poll", optarg, 1, 1000, &poll_ms))
		return false;
	options->source.poll_us = poll_ms * 1000;
	return true;
}

static bool parse_number(struct serve_options *options, int option)
{
	switch (option) {
	case 'r':
		return tool_number("--rate", optarg, 1, 1000,
				   &options->source.rate_hz);
	case 'n':
		return tool_number("--seconds", optarg, 1, 1000000000,
				   &options->seconds);
	case 'P':
		return parse_poll(options);
	case 'p':
		return tool_number("--pads", optarg, 1, 32, &options->pads);
	case 'c':
		return tool_number("--clients", optarg, 1, CLIENTS_MAX,
				   &options->clients);
	default:
		return false;
	}
}

static bool parse_option(void *data, int option)
{
	struct serve_options *options = data;

	switch (option) {
	case 's':
		options->socket = optarg;
		return true;
	case 'S':
		return parse_source(options);
	case 'd':
		options->source.device = optarg;
		return true;
	case 'R':
		options->source.replay = optarg;
		return true;
	case 'l':
		return parse_loop(options);
	case 'm':
		options->mappings = optarg;
		return true;
	case 'b':
		options->broker = optarg;
		return true;
	case 'u':
		options->user = optarg;
		return true;
	case 'g':
		options->provider_flags |= SEALMEM_GAMEPAD_PROVIDER_NO_GATE;
		return true;
	case 'z':
		options->provider_flags |= SEALMEM_GAMEPAD_PROVIDER_NO_SANITIZE;
		return true;
	case 'o':
		return options->other_users = true;
	case 'D':
		return options->dumpable = true;
	default:
		return parse_number(options, option);
	}
}

static const char *find_problem(const struct serve_options *options)
{
	if (!options->socket && !service_has_listener())
		return "--socket PATH is missing";
	if (options->source.device && options->kind == SERVE_SYNTHETIC)
		return "--device makes no sense with synthetic pads";
	if (options->source.replay &&
	    (options->source.device || options->kind != SERVE_AUTO))
		return "--replay is a source of its own";
	return NULL;
}

int serve_options_parse(int argc, char **argv,
			struct serve_options *ret_options)
{
	static const struct option long_options[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "source", required_argument, NULL, 'S' },
		{ "device", required_argument, NULL, 'd' },
		{ "replay", required_argument, NULL, 'R' },
		{ "rate", required_argument, NULL, 'r' },
		{ "poll", required_argument, NULL, 'P' },
		{ "loop", required_argument, NULL, 'l' },
		{ "mappings", required_argument, NULL, 'm' },
		{ "pads", required_argument, NULL, 'p' },
		{ "clients", required_argument, NULL, 'c' },
		{ "no-gate", no_argument, NULL, 'g' },
		{ "no-sanitize", no_argument, NULL, 'z' },
		{ "seconds", required_argument, NULL, 'n' },
		{ "broker", required_argument, NULL, 'b' },
		{ "other-users", no_argument, NULL, 'o' },
		{ "user", required_argument, NULL, 'u' },
		{ "dumpable", no_argument, NULL, 'D' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	static const struct tool_syntax syntax = {
		synopsis, help, "h", long_options, parse_option,
	};
	const char *problem;
	int ret;

	*ret_options = (struct serve_options){
		.source.rate_hz = 250,
		.pads = SEALMEM_GAMEPAD_COUNT,
		.clients = CLIENTS,
	};
	ret = tool_parse(&syntax, argc, argv, ret_options);
	if (ret != TOOL_GO_ON)
		return ret;
	problem = find_problem(ret_options);
	return problem ? tool_usage(synopsis, problem) : TOOL_GO_ON;
}
