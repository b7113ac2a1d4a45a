/* SPDX-License-Identifier: MIT */
/*
 * `sealmem gamepad serve`: reads gamepads and publishes them in memory that
 * only this process can write. One loop and no thread: clients get the region
 * and then read it by themselves, so that none of them can hold up another.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stddef.h>
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

/* Whose pad is published where. */
struct slot {
	bool used;
	uint64_t device;
};

/**
 * struct server - All that is open
 * @source: Where pads come from
 * @loop: Where all is waited for
 * @slots: The pads that there are, by index
 * @writer: Who publishes them
 * @publisher: Who gives clients the region to read
 * @clients: Where they come and go
 * @file: Where they connect to
 * @deaf_until_us: Accepting failed: until then nobody is accepted; else 0
 * @said_full: Somebody was turned away since there was room for all
 * @step_us: When the source wants its next step, if it has a period
 * @end_us: When to stop; 0 is never
 * @failed: The library refused a pad
 */
struct server {
	struct source source;
	struct loop *loop;
	struct slot slots[SEALMEM_GAMEPAD_COUNT];
	struct sealmem_gamepad_writer writer;
	struct sealmem_publisher publisher;
	struct loop_watch clients;
	struct socket_file file;
	uint64_t deaf_until_us;
	bool said_full;
	uint64_t step_us;
	uint64_t end_us;
	bool failed;
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

/* ---- the sink ----------------------------------------------------------- */

static void publish(struct server *server, unsigned int i,
		    const struct sealmem_gamepad *pad)
{
	struct sealmem_gamepad timed = *pad;
	int ret;

	timed.publish_time_us = pad->connected ? tool_now_us() : 0;
	ret = sealmem_gamepad_write(&server->writer, i, &timed);
	if (ret < 0) {
		tool_say("cannot publish pad %u: %s", i, strerror(-ret));
		server->failed = true;
		return;
	}
	sealmem_snapshot_writer_wake(&server->writer.snapshot);
}

/* The index of the device's pad; the number of slots if it has none. */
static unsigned int find_slot(const struct server *server, uint64_t device)
{
	unsigned int i = 0;

	while (i < SEALMEM_GAMEPAD_COUNT &&
	       (!server->slots[i].used || server->slots[i].device != device))
		i++;
	return i;
}

static void update_pad(void *data, uint64_t device,
		       const struct sealmem_gamepad *pad)
{
	unsigned int i = find_slot(data, device);

	if (i < SEALMEM_GAMEPAD_COUNT)
		publish(data, i, pad);
}

static void connect_pad(void *data, uint64_t device, bool recognised,
			const struct sealmem_gamepad *pad)
{
	struct server *server = data;

	(void)recognised;
	for (unsigned int i = 0; i < SEALMEM_GAMEPAD_COUNT; i++) {
		if (server->slots[i].used)
			continue;
		server->slots[i] = (struct slot){ true, device };
		publish(server, i, pad);
		return;
	}
}

static void disconnect_pad(void *data, uint64_t device)
{
	static const struct sealmem_gamepad none;
	struct server *server = data;
	unsigned int i = find_slot(server, device);

	if (i == SEALMEM_GAMEPAD_COUNT)
		return;
	server->slots[i].used = false;
	publish(server, i, &none);
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

/* The connection stays in the queue: do not spin on it. */
static void go_deaf(struct server *server)
{
	loop_remove(server->loop, &server->clients);
	server->deaf_until_us = tool_now_us() + DEAF_US;
}

static void step_clients(struct loop_watch *watch, uint32_t revents)
{
	struct server *server = (struct server *)((char *)watch -
					offsetof(struct server, clients));
	int ret = sealmem_publisher_step(&server->publisher);

	(void)revents;
	if (ret == 0) {
		server->said_full = false;
		return;
	}
	say_not_accepted(server, ret);
	if (ret != -EUSERS)
		go_deaf(server);
}

static int watch_clients(struct server *server)
{
	server->deaf_until_us = 0;
	server->clients = (struct loop_watch){
		.fd = sealmem_publisher_fd(&server->publisher),
		.events = POLLIN,
		.ready = step_clients,
	};
	return loop_add(server->loop, &server->clients);
}

/* ---- the loop ----------------------------------------------------------- */

static void step_source(struct server *server)
{
	struct source *source = &server->source;
	uint64_t now_us = tool_now_us();

	if (!source->period_us || now_us < server->step_us)
		return;
	/* In step with the clock, but without catching up on lost steps. */
	server->step_us += source->period_us;
	if (server->step_us <= now_us)
		server->step_us = now_us + source->period_us;
	source->tick(source);
}

static void earlier(uint64_t *until_us, uint64_t time_us)
{
	if (time_us && time_us < *until_us)
		*until_us = time_us;
}

static uint64_t wait_until(const struct server *server)
{
	uint64_t until_us = UINT64_MAX;

	if (server->source.period_us)
		earlier(&until_us, server->step_us);
	earlier(&until_us, server->deaf_until_us);
	earlier(&until_us, server->end_us);
	return until_us;
}

static int run_once(struct server *server, const sigset_t *while_waiting)
{
	int ret = loop_run_once(server->loop, wait_until(server),
				while_waiting);

	if (ret < 0 && ret != -EINTR)
		return ret;
	step_source(server);
	if (server->deaf_until_us && tool_now_us() >= server->deaf_until_us)
		return watch_clients(server);
	return 0;
}

static int run(struct server *server, const sigset_t *while_waiting)
{
	while (!server->failed && !signals_stopped() &&
	       (!server->end_us || tool_now_us() < server->end_us)) {
		int ret = run_once(server, while_waiting);

		if (ret < 0) {
			tool_say("cannot wait: %s", strerror(-ret));
			return TOOL_FAILED;
		}
	}
	return server->failed ? TOOL_FAILED : TOOL_GOOD;
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

	return sealmem_gamepad_writer_create(0, &options, ret_region,
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
	if (ret == 0)
		ret = watch_clients(server);
	sealmem_channel_close(&listener);
	if (ret < 0)
		tool_say("cannot serve at %s: %s", options->socket,
			 strerror(-ret));
	return ret == 0;
}

static bool start_source(struct server *server)
{
	const struct source_sink sink = {
		server, connect_pad, update_pad, disconnect_pad,
	};
	struct source *source = &server->source;
	int ret = loop_open(LOOP_EPOLL, &server->loop);

	if (ret == 0)
		ret = source->start(source, server->loop, &sink);
	if (ret < 0)
		tool_say("cannot wait: %s", strerror(-ret));
	return ret == 0 && !server->failed;
}

/* The buffer is filled before anybody can see it. */
static bool fill_and_open(struct server *server,
			  const struct serve_options *options)
{
	struct sealmem_readonly_region region = { 0 };
	bool good = create_buffer(server, options, &region) &&
		    start_source(server) &&
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
	if (server->loop)
		loop_remove(server->loop, &server->clients);
	sealmem_publisher_close(&server->publisher);
	if (server->source.close)
		server->source.close(&server->source);
	loop_close(server->loop);
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
