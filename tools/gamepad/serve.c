/* SPDX-License-Identifier: MIT */
/*
 * `sealmem gamepad serve`: reads gamepads and publishes them in memory that
 * only this process can write. One loop and no thread: clients get the region
 * and then read it by themselves, so that none of them can hold up another.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "tools/signals.h"
#include "tools/socket_file.h"
#include "tools/gamepad/source.h"
#include "tools/tool.h"

#define CLIENTS_MAX	64

/* How long not to ask for clients when there is no descriptor for one. */
#define DEAF_US		200000

/* How long the broker has for each request. */
#define BROKER_MS	5000

static const char synopsis[] =
	"sealmem gamepad serve --socket PATH [OPTION]...";

static const char help[] =
"Usage: sealmem gamepad serve --socket PATH [OPTION]...\n"
"Publishes gamepads in memory that only this process can write, and hands\n"
"it, read-only, to whoever connects to PATH. Ends by SIGINT or SIGTERM.\n"
"\n"
"      --socket PATH    where to listen (1 to 107 bytes)\n"
"      --source WHICH   evdev: a gamepad of this machine; synthetic: two\n"
"                       pads that move by themselves; auto (default): evdev\n"
"                       if there is a gamepad to read, or else synthetic\n"
"      --device PATH    the gamepad's node, /dev/input/eventN; without it the\n"
"                       first gamepad there is\n"
"      --rate HZ        steps a second of synthetic pads, 1 to 1000 (250)\n"
"      --seconds N      end after that time\n"
"      --broker PATH    have the memory created by `sealmem broker` there, for\n"
"                       where this process may not do it\n"
"      --other-users    let all users connect, not just this one\n"
"      --dumpable       allow debuggers and core dumps. Without it,\n"
"                       processes of the same user cannot go around the seals\n"
"                       by writing to this process's memory through /proc\n"
"      --help           this text\n"
"\n"
"Exit status: 0 ended by signal or time, 1 failure, 2 wrong usage.\n";

enum source_kind { SOURCE_AUTO, SOURCE_SYNTHETIC, SOURCE_EVDEV };

struct serve_options {
	const char *socket;
	const char *broker;
	enum source_kind kind;
	struct source_options source;
	uint64_t seconds;
	bool other_users;
	bool dumpable;
};

/**
 * struct server - All that is open
 * @source: Where pads come from
 * @pads: What the source made of them
 * @writer: Who publishes them
 * @publisher: Who gives clients the region to read
 * @file: Where they connect to
 * @deaf_until_us: Accepting failed: until then nobody is accepted; else 0
 * @said_full: Somebody was turned away since there was room for all
 * @step_us: When the source wants its next step, if it has a period
 * @end_us: When to stop; 0 is never
 */
struct server {
	struct source source;
	struct sealmem_gamepad pads[SEALMEM_GAMEPAD_COUNT];
	struct sealmem_gamepad_writer writer;
	struct sealmem_publisher publisher;
	struct socket_file file;
	uint64_t deaf_until_us;
	bool said_full;
	uint64_t step_us;
	uint64_t end_us;
};

/* ---- the source --------------------------------------------------------- */

#ifdef HAVE_LIBEVDEV
static bool open_evdev(const struct serve_options *options, bool quiet,
		       struct source *ret_source)
{
	return source_evdev_open(&options->source, quiet, ret_source);
}
#else
static bool open_evdev(const struct serve_options *options, bool quiet,
		       struct source *ret_source)
{
	(void)options;
	snprintf(ret_source->name, sizeof(ret_source->name),
		 "built without libevdev");
	if (!quiet)
		tool_say("built without libevdev, which real gamepads need: "
			 "install libevdev-dev (or your system's package of "
			 "it), then build sealmem again");
	return false;
}
#endif

static bool open_source(const struct serve_options *options,
			struct source *ret_source)
{
	if (options->kind == SOURCE_SYNTHETIC)
		return source_synthetic_open(&options->source, ret_source);
	if (options->kind == SOURCE_EVDEV || options->source.device)
		return open_evdev(options, false, ret_source);
	if (open_evdev(options, true, ret_source))
		return true;
	tool_say("%s, so the pads are synthetic", ret_source->name);
	return source_synthetic_open(&options->source, ret_source);
}

/* False if the library refuses a pad. */
static bool publish(struct server *server, unsigned int changed)
{
	for (unsigned int i = 0; i < server->source.pad_count; i++) {
		struct sealmem_gamepad *pad = &server->pads[i];
		int ret;

		if (!(changed & 1u << i))
			continue;
		pad->publish_time_us = pad->connected ? tool_now_us() : 0;
		ret = sealmem_gamepad_write(&server->writer, i, pad);
		if (ret < 0) {
			tool_say("cannot publish pad %u: %s", i,
				 strerror(-ret));
			return false;
		}
	}
	/* Once for all pads, at most as often as the source steps. */
	sealmem_snapshot_writer_wake(&server->writer.snapshot);
	return true;
}

/* ---- clients ------------------------------------------------------------ */

/* Once, or whoever knocks again and again fills the log. */
static void say_not_accepted(struct server *server, int ret)
{
	if (!server->said_full && ret == -EUSERS)
		tool_say("turned a client away: there are %d already",
			 CLIENTS_MAX);
	else if (!server->said_full)
		tool_say("cannot accept a client: %s", strerror(-ret));
	server->said_full = true;
}

static void step_clients(struct server *server)
{
	int ret = sealmem_publisher_step(&server->publisher);

	if (ret == 0) {
		server->said_full = false;
		return;
	}
	say_not_accepted(server, ret);
	/* The connection stays in the queue: do not spin on it. */
	if (ret != -EUSERS)
		server->deaf_until_us = tool_now_us() + DEAF_US;
}

/* Where clients come and go, or nowhere. */
static int clients_fd(struct server *server)
{
	if (server->deaf_until_us && tool_now_us() < server->deaf_until_us)
		return -1;
	server->deaf_until_us = 0;
	return sealmem_publisher_fd(&server->publisher);
}

/* ---- the loop ----------------------------------------------------------- */

static bool is_due(const struct server *server, uint64_t now_us)
{
	return server->source.period_us && now_us >= server->step_us;
}

static bool step_source(struct server *server, short revents)
{
	struct source *source = &server->source;
	uint64_t now_us = tool_now_us();

	if (!revents && !source->again && !is_due(server, now_us))
		return true;
	/* In step with the clock, but without catching up on lost steps. */
	server->step_us += source->period_us;
	if (server->step_us <= now_us)
		server->step_us = now_us + source->period_us;
	return publish(server, source->step(source, revents, server->pads));
}

static void earlier(uint64_t *until_us, uint64_t time_us)
{
	if (time_us && (!*until_us || time_us < *until_us))
		*until_us = time_us;
}

/* How long poll may sleep. NULL is until something happens. */
static struct timespec *wait_time(const struct server *server,
				  struct timespec *ret_wait)
{
	uint64_t now_us = tool_now_us(), until_us = server->end_us;

	if (server->source.period_us)
		earlier(&until_us, server->step_us);
	earlier(&until_us, server->deaf_until_us);
	if (server->source.again)
		until_us = now_us;
	if (!until_us)
		return NULL;
	until_us = until_us > now_us ? until_us - now_us : 0;
	ret_wait->tv_sec = (time_t)(until_us / 1000000);
	ret_wait->tv_nsec = (long)(until_us % 1000000) * 1000;
	return ret_wait;
}

static int run(struct server *server, const sigset_t *while_waiting)
{
	struct pollfd polled[2];
	struct timespec wait;

	while (!signals_stopped() &&
	       (!server->end_us || tool_now_us() < server->end_us)) {
		polled[0] = (struct pollfd){ .fd = server->source.fd,
					     .events = POLLIN };
		polled[1] = (struct pollfd){ .fd = clients_fd(server),
					     .events = POLLIN };
		if (ppoll(polled, 2, wait_time(server, &wait),
			  while_waiting) < 0) {
			if (errno == EINTR)
				continue;
			tool_say("cannot wait: %s", strerror(errno));
			return TOOL_FAILED;
		}
		if (!step_source(server, polled[0].revents))
			return TOOL_FAILED;
		if (polled[1].revents)
			step_clients(server);
	}
	return TOOL_GOOD;
}

/* ---- beginning and end -------------------------------------------------- */

static int create_here(struct server *server, bool other_users,
		       struct sealmem_readonly_region *ret_region)
{
	const struct sealmem_options options = {
		.struct_size = sizeof(options),
		.flags = other_users ? SEALMEM_CREATE_OTHER_USERS : 0,
		.name = "sealmem-gamepads",
	};

	return sealmem_gamepad_writer_create(&options, ret_region,
					     &server->writer);
}

/* The broker is needed for the creation alone. */
static int create_there(struct server *server,
			const struct serve_options *options,
			struct sealmem_readonly_region *ret_region)
{
	struct sealmem_channel channel = { 0 };
	struct sealmem_broker_client client = { 0 };
	struct sealmem_hooks hooks;
	int ret = sealmem_channel_connect(options->broker, &channel);

	if (ret == 0)
		ret = sealmem_broker_client_init(&channel, BROKER_MS, &client);
	if (ret < 0)
		return ret;
	sealmem_broker_client_hooks(&client, &hooks);
	ret = sealmem_hooks_set(&hooks);
	if (ret == 0)
		ret = create_here(server, options->other_users, ret_region);
	/* None is never refused. */
	(void)!sealmem_hooks_set(NULL);
	sealmem_broker_client_close(&client);
	return ret;
}

static bool create_buffer(struct server *server,
			  const struct serve_options *options,
			  struct sealmem_readonly_region *ret_region)
{
	const char *broker = options->broker;
	int ret = broker ? create_there(server, options, ret_region) :
			   create_here(server, options->other_users,
				       ret_region);

	if (ret < 0 && broker)
		tool_say("cannot create the buffer through the broker at %s: "
			 "%s", broker, strerror(-ret));
	else if (ret == -EOPNOTSUPP)
		tool_say("this kernel cannot seal live memory: "
			 "`sealmem features` says what is missing");
	else if (ret < 0)
		tool_say("cannot create the buffer: %s", strerror(-ret));
	return ret == 0;
}

/* The region is what clients get from the first of them on. */
static bool open_publisher(struct server *server,
			   const struct serve_options *options,
			   const struct sealmem_readonly_region *region)
{
	struct sealmem_channel listener = { 0 };
	int ret;

	if (!socket_file_listen(options->socket, options->other_users,
				&listener, &server->file))
		return false;
	ret = sealmem_publisher_open(&listener, CLIENTS_MAX,
				     &server->publisher);
	if (ret == 0)
		ret = sealmem_publisher_publish(&server->publisher, region,
						"gamepads");
	sealmem_channel_close(&listener);
	if (ret < 0)
		tool_say("cannot serve at %s: %s", options->socket,
			 strerror(-ret));
	return ret == 0;
}

/* The buffer is filled before anybody can see it. */
static bool fill_and_open(struct server *server,
			  const struct serve_options *options)
{
	struct sealmem_readonly_region region = { 0 };
	struct source *source = &server->source;
	bool good = create_buffer(server, options, &region) &&
		    publish(server, source->step(source, 0, server->pads)) &&
		    open_publisher(server, options, &region);

	sealmem_readonly_region_close(&region);
	return good;
}

static bool open_server(struct server *server,
			const struct serve_options *options)
{
	struct source *source = &server->source;

	if (!open_source(options, source) || !fill_and_open(server, options))
		return false;
	tool_say("serving %u pad%s at %s; source: %s", source->pad_count,
		 source->pad_count == 1 ? "" : "s", options->socket,
		 source->name);
	server->step_us = tool_now_us() + source->period_us;
	if (options->seconds)
		server->end_us = tool_now_us() + options->seconds * 1000000;
	return true;
}

/* Readers learn that this was all before they see the connection end. */
static void close_server(struct server *server)
{
	sealmem_gamepad_writer_close(&server->writer);
	socket_file_remove(&server->file);
	sealmem_publisher_close(&server->publisher);
	if (server->source.close)
		server->source.close(&server->source);
}

static int serve(const struct serve_options *options)
{
	struct server server = { 0 };
	sigset_t while_waiting;
	int ret = TOOL_FAILED;

	if (!options->dumpable && prctl(PR_SET_DUMPABLE, 0) < 0)
		tool_say("processes of this user may write to this process's "
			 "memory: %s", strerror(errno));
	signals_prepare(&while_waiting);
	if (open_server(&server, options))
		ret = run(&server, &while_waiting);
	close_server(&server);
	return ret;
}

/* ---- options ------------------------------------------------------------ */

static bool parse_kind(const char *text, enum source_kind *ret_kind)
{
	static const char *const names[] = { "auto", "synthetic", "evdev" };

	for (unsigned int i = 0; i < 3; i++) {
		if (!strcmp(text, names[i])) {
			*ret_kind = (enum source_kind)i;
			return true;
		}
	}
	tool_say("--source is auto, synthetic or evdev, not '%s'", text);
	return false;
}

static bool parse_option(void *data, int option)
{
	struct serve_options *options = data;

	switch (option) {
	case 's':
		options->socket = optarg;
		return true;
	case 'S':
		return parse_kind(optarg, &options->kind);
	case 'd':
		options->source.device = optarg;
		return true;
	case 'r':
		return tool_number("--rate", optarg, 1, 1000,
				   &options->source.rate_hz);
	case 'n':
		return tool_number("--seconds", optarg, 1, 1000000000,
				   &options->seconds);
	case 'b':
		options->broker = optarg;
		return true;
	case 'o':
		return options->other_users = true;
	case 'D':
		return options->dumpable = true;
	default:
		return false;
	}
}

static const char *find_problem(const struct serve_options *options)
{
	if (!options->socket)
		return "--socket PATH is missing";
	if (options->source.device && options->kind == SOURCE_SYNTHETIC)
		return "--device makes no sense with synthetic pads";
	return NULL;
}

int serve_main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "source", required_argument, NULL, 'S' },
		{ "device", required_argument, NULL, 'd' },
		{ "rate", required_argument, NULL, 'r' },
		{ "seconds", required_argument, NULL, 'n' },
		{ "broker", required_argument, NULL, 'b' },
		{ "other-users", no_argument, NULL, 'o' },
		{ "dumpable", no_argument, NULL, 'D' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	static const struct tool_syntax syntax = {
		synopsis, help, "h", long_options, parse_option,
	};
	struct serve_options options = { .source.rate_hz = 250 };
	int ret = tool_parse(&syntax, argc, argv, &options);

	if (ret != TOOL_GO_ON)
		return ret;
	if (find_problem(&options))
		return tool_usage(synopsis, find_problem(&options));
	return serve(&options);
}
