/* SPDX-License-Identifier: MIT */
/*
 * `sealmem broker`: creates and converts regions for processes that may not.
 * One loop, one request at a time, and each client in its turn, so that none of
 * them can hold up another for longer than one of its requests takes.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "tools/signals.h"
#include "tools/socket_file.h"
#include "tools/tool.h"

#define PLACES	64

/* How long not to ask for connections when there is no descriptor for one. */
#define DEAF_US	200000

static const char synopsis[] = "sealmem broker --socket PATH [OPTION]...";

static const char help[] =
"Usage: sealmem broker --socket PATH [OPTION]...\n"
"Creates, seals and converts regions for the processes that connect to PATH:\n"
"for sandboxes without procfs, memfd_create or F_ADD_SEALS. Ends by SIGINT or\n"
"SIGTERM.\n"
"\n"
"      --socket PATH    where to listen (1 to 107 bytes)\n"
"      --limit BYTES    what one connection gets in all (268435456)\n"
"      --regions N      how many regions one connection gets in all (4096)\n"
"      --clients N      how many connections at once, 1 to 64 (64)\n"
"      --seconds N      end after that time\n"
"      --other-users    let all users connect, not just this one\n"
"      --help           this text\n"
"\n"
"Exit status: 0 ended by signal or time, 1 failure, 2 wrong usage.\n";

struct broker_options {
	const char *socket;
	uint64_t limit;
	uint64_t regions;
	uint64_t clients;
	uint64_t seconds;
	bool other_users;
};

/* A client, or an empty place. */
struct place {
	struct sealmem_channel channel;
	struct sealmem_broker_usage usage;
};

/**
 * struct broker - All that is open
 * @listener: Where clients come from
 * @file: Where they connect to
 * @places: Clients; there are gaps
 * @place_count: How many places there are
 * @limits: What each client gets
 * @gone: What clients got that have left
 * @client_count: Clients that there were
 * @deaf_until_us: Accepting failed: until then nobody is accepted; else 0
 * @end_us: When to stop; 0 is never
 * @said_full: Somebody was turned away since there was room for all
 */
struct broker {
	struct sealmem_channel listener;
	struct socket_file file;
	struct place places[PLACES];
	unsigned int place_count;
	struct sealmem_broker_limits limits;
	struct sealmem_broker_usage gone;
	uint64_t client_count;
	uint64_t deaf_until_us;
	uint64_t end_us;
	bool said_full;
};

/* ---- clients ------------------------------------------------------------ */

static bool is_taken(const struct place *place)
{
	return sealmem_channel_fd(&place->channel) >= 0;
}

static void leave(struct broker *broker, struct place *place)
{
	broker->gone.requests += place->usage.requests;
	broker->gone.refused += place->usage.refused;
	broker->gone.regions += place->usage.regions;
	sealmem_channel_close(&place->channel);
	*place = (struct place){ 0 };
	broker->deaf_until_us = 0;
	broker->said_full = false;
}

/* One request; whoever sends something else has to connect again. */
static void serve(struct broker *broker, struct place *place)
{
	int ret = sealmem_broker_serve(&place->channel, &broker->limits,
				       &place->usage, NULL);

	if (ret < 0 && ret != -EAGAIN && ret != -EINTR)
		leave(broker, place);
}

/* A place that is free, or NULL. */
static struct place *find_place(struct broker *broker)
{
	for (unsigned int i = 0; i < broker->place_count; i++)
		if (!is_taken(&broker->places[i]))
			return &broker->places[i];
	return NULL;
}

/* Once, or whoever knocks again and again fills the log. */
static void say_full(struct broker *broker, const char *why)
{
	if (!broker->said_full)
		tool_say("%s", why);
	broker->said_full = true;
}

static void accept_one(struct broker *broker)
{
	struct sealmem_channel surplus = { 0 };
	struct place *place = find_place(broker);
	int ret = sealmem_channel_accept(&broker->listener, 0,
					 place ? &place->channel : &surplus);

	if (ret == 0 && place) {
		broker->client_count++;
	} else if (ret == 0) {
		say_full(broker, "turned a client away: there are as many as "
			 "there may be");
		sealmem_channel_close(&surplus);
	} else if (ret != -EAGAIN && ret != -EINTR) {
		/* The connection stays in the queue: do not spin on it. */
		broker->deaf_until_us = tool_now_us() + DEAF_US;
		say_full(broker, "cannot accept a client: no descriptor left");
	}
}

/* ---- the loop ----------------------------------------------------------- */

/* The listener, then every place: poll leaves out what is negative. */
static void fill_polled(struct broker *broker, struct pollfd *polled)
{
	if (tool_now_us() >= broker->deaf_until_us)
		broker->deaf_until_us = 0;
	polled[0] = (struct pollfd){
		.fd = broker->deaf_until_us ?
			      -1 :
			      sealmem_channel_fd(&broker->listener),
		.events = POLLIN,
	};
	for (unsigned int i = 0; i < broker->place_count; i++)
		polled[1 + i] = (struct pollfd){
			.fd = sealmem_channel_fd(&broker->places[i].channel),
			.events = POLLIN,
		};
}

/* How long poll may sleep. NULL is until something happens. */
static struct timespec *wait_time(const struct broker *broker,
				  struct timespec *ret_wait)
{
	uint64_t now_us = tool_now_us(), until_us = broker->end_us;

	if (broker->deaf_until_us &&
	    (!until_us || broker->deaf_until_us < until_us))
		until_us = broker->deaf_until_us;
	if (!until_us)
		return NULL;
	until_us = until_us > now_us ? until_us - now_us : 0;
	ret_wait->tv_sec = (time_t)(until_us / 1000000);
	ret_wait->tv_nsec = (long)(until_us % 1000000) * 1000;
	return ret_wait;
}

static int run(struct broker *broker, const sigset_t *while_waiting)
{
	struct pollfd polled[1 + PLACES];
	struct timespec wait;

	while (!signals_stopped() &&
	       (!broker->end_us || tool_now_us() < broker->end_us)) {
		fill_polled(broker, polled);
		if (ppoll(polled, 1 + broker->place_count,
			  wait_time(broker, &wait), while_waiting) < 0) {
			if (errno == EINTR)
				continue;
			tool_say("cannot wait: %s", strerror(errno));
			return TOOL_FAILED;
		}
		for (unsigned int i = 0; i < broker->place_count; i++)
			if (polled[1 + i].revents)
				serve(broker, &broker->places[i]);
		if (polled[0].revents)
			accept_one(broker);
	}
	return TOOL_GOOD;
}

/* ---- beginning and end -------------------------------------------------- */

static bool open_broker(struct broker *broker,
			const struct broker_options *options)
{
	if (!socket_file_listen(options->socket, options->other_users,
				&broker->listener, &broker->file))
		return false;
	tool_say("brokering at %s: up to %ju regions and %ju bytes for each "
		 "client", options->socket, (uintmax_t)options->regions,
		 (uintmax_t)options->limit);
	if (options->seconds)
		broker->end_us = tool_now_us() + options->seconds * 1000000;
	return true;
}

static void close_broker(struct broker *broker)
{
	socket_file_remove(&broker->file);
	for (unsigned int i = 0; i < broker->place_count; i++)
		if (is_taken(&broker->places[i]))
			leave(broker, &broker->places[i]);
	sealmem_channel_close(&broker->listener);
	tool_say("clients: %ju; requests: %ju, refused: %ju; regions: %ju",
		 (uintmax_t)broker->client_count,
		 (uintmax_t)broker->gone.requests,
		 (uintmax_t)broker->gone.refused,
		 (uintmax_t)broker->gone.regions);
}

static int broker_run(const struct broker_options *options)
{
	struct broker broker = {
		.place_count = (unsigned int)options->clients,
		.limits = {
			.struct_size = sizeof(broker.limits),
			.regions_max = options->regions,
			.bytes_max = options->limit,
		},
	};
	sigset_t while_waiting;
	int ret;

	/* Who may trace it takes other clients' memory before it is sealed. */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		tool_say("processes of this user may look into this one: %s",
			 strerror(errno));
	signals_prepare(&while_waiting);
	if (!open_broker(&broker, options))
		return TOOL_FAILED;
	ret = run(&broker, &while_waiting);
	close_broker(&broker);
	return ret;
}

/* ---- options ------------------------------------------------------------ */

static bool parse_option(void *data, int option)
{
	struct broker_options *options = data;

	switch (option) {
	case 's':
		options->socket = optarg;
		return true;
	case 'l':
		return tool_number("--limit", optarg, 1, 1ULL << 50,
				   &options->limit);
	case 'r':
		return tool_number("--regions", optarg, 1, 1000000000,
				   &options->regions);
	case 'c':
		return tool_number("--clients", optarg, 1, PLACES,
				   &options->clients);
	case 'n':
		return tool_number("--seconds", optarg, 1, 1000000000,
				   &options->seconds);
	case 'o':
		return options->other_users = true;
	default:
		return false;
	}
}

int broker_main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "limit", required_argument, NULL, 'l' },
		{ "regions", required_argument, NULL, 'r' },
		{ "clients", required_argument, NULL, 'c' },
		{ "seconds", required_argument, NULL, 'n' },
		{ "other-users", no_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	static const struct tool_syntax syntax = {
		synopsis, help, "h", long_options, parse_option,
	};
	struct broker_options options = { .limit = 256 << 20,
					  .regions = 4096,
					  .clients = PLACES };
	int ret = tool_parse(&syntax, argc, argv, &options);

	if (ret != TOOL_GO_ON)
		return ret;
	if (!options.socket)
		return tool_usage(synopsis, "--socket PATH is missing");
	return broker_run(&options);
}
