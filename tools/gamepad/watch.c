/* SPDX-License-Identifier: MIT */
/*
 * `sealmem gamepad watch`: reads the pads that a server publishes, without any
 * way to write to them, and shows them.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/gamepad/live.h"
#include "tools/gamepad/watch.h"
#include "tools/signals.h"
#include "tools/tool.h"

static const char synopsis[] =
	"sealmem gamepad watch --socket PATH [OPTION]...";

#ifdef HAVE_NCURSES
#define NO_LIVE_VIEW
#else
#define NO_LIVE_VIEW \
"                      (built without ncurses, so they are all there is)\n"
#endif

static const char help[] =
"Usage: sealmem gamepad watch --socket PATH [OPTION]...\n"
"Shows the pads of the server at PATH: drawn in place on a terminal, where q\n"
"ends it and the arrows scroll; one line for each changed pad otherwise. There\n"
"is nothing to see before somebody presses a button.\n"
"\n"
"      --socket PATH   where the server listens\n"
"      --frames N      end after N frames: fresh states of a pad\n"
"      --seconds N     end after that time\n"
"      --rate HZ       looks a second at most, 1 to 1000 (60)\n"
"      --follow        wait for a producer, and for the next one when it goes\n"
"      --json          one JSON object for each changed pad\n"
"      --lines         lines on a terminal, too\n"
NO_LIVE_VIEW
"      --help          this text\n"
"\n"
"Exit status: 0 after --frames or --seconds; 1 if the producer went away\n"
"before that, without --follow, or on failure; 2 wrong usage.\n";

/* The reader is attached, or (@ret) could not be. */
static bool begin(struct watch *watch, int ret)
{
	const char *socket = watch->options->socket;

	if (ret == 0)
		ret = sealmem_snapshot_reader_watch(
			&watch->reader.snapshot,
			watch->options->follow ?
				sealmem_subscriber_fd(&watch->subscriber) :
				sealmem_channel_fd(&watch->channel));
	watch->stale = true;
	if (ret == -EPROTO)
		watch_say(watch, "what %s serves are no gamepads that this "
			  "version knows", socket);
	else if (ret < 0)
		watch_say(watch, "cannot read what %s serves: %s", socket,
			  strerror(-ret));
	return ret == 0;
}

/* From here on signals end the watching in good order, if it is live. */
static void open_view(struct watch *watch)
{
	const struct watch_options *options = watch->options;

	if (options->json || options->lines || !isatty(STDOUT_FILENO))
		return;
	/* Before ncurses, which respects who came first. */
	signals_prepare(&watch->while_waiting);
	watch->live = live_open();
	if (!watch->live)
		sigprocmask(SIG_SETMASK, &watch->while_waiting, NULL);
	else if (isatty(STDIN_FILENO))
		watch->keys_fd = STDIN_FILENO;
}

static enum verdict watch_one(struct watch *watch)
{
	struct sealmem_readonly_region region = { 0 };
	int ret;

	if (!tool_receive(watch->options->socket, &watch->channel, &region))
		return WATCH_BROKEN;
	ret = sealmem_gamepad_reader_attach(&region, &watch->reader);
	sealmem_readonly_region_close(&region);
	open_view(watch);
	return begin(watch, ret) ? watch_pads(watch) : WATCH_BROKEN;
}

static enum verdict await_producer(struct watch *watch)
{
	uint32_t refusal;
	int ret;

	do {
		int left_ms = watch_time_left_ms(watch);

		ret = sealmem_gamepad_follow(&watch->subscriber,
					     &watch->reader, left_ms,
					     &refusal);
		if (ret == -EAGAIN && left_ms == 0)
			return WATCH_DONE;
		if (ret == -EAGAIN && watch_draw(watch, "waiting for a "
						 "producer") != WATCH_ON)
			return WATCH_DONE;
	} while (ret == -EAGAIN || ret == -EINTR);
	if (ret < 0 && refusal != SEALMEM_REFUSAL_NONE) {
		watch_say(watch, "%s", sealmem_refusal_text(refusal));
		return WATCH_BROKEN;
	}
	return begin(watch, ret) ? WATCH_ON : WATCH_BROKEN;
}

static enum verdict watch_each(struct watch *watch)
{
	enum verdict verdict;

	if (sealmem_subscriber_open(watch->options->socket, NULL,
				    &watch->subscriber) < 0) {
		tool_say("a socket's path has 1 to 107 bytes");
		return WATCH_BROKEN;
	}
	open_view(watch);
	do {
		/* What a producer that is gone showed is gone, too. */
		memset(watch->pads, 0, sizeof(watch->pads));
		verdict = await_producer(watch);
		if (verdict == WATCH_ON)
			verdict = watch_pads(watch);
	} while (verdict == WATCH_GOODBYE);
	return verdict;
}

/* What was said on a screen that is gone is said again. */
static void close_view(struct watch *watch, enum verdict verdict)
{
	if (!watch->live)
		return;
	live_close();
	if (verdict != WATCH_DONE)
		tool_say("%s", watch->last_words);
}

static int watch_with(const struct watch_options *options)
{
	struct watch watch = { .options = options, .keys_fd = -1 };
	enum verdict verdict;

	if (options->json && !tool_has_json())
		return TOOL_USAGE;
	if (options->seconds)
		watch.end_us = tool_now_us() + options->seconds * 1000000;
	verdict = options->follow ? watch_each(&watch) : watch_one(&watch);
	close_view(&watch, verdict);
	sealmem_gamepad_reader_close(&watch.reader);
	sealmem_subscriber_close(&watch.subscriber);
	sealmem_channel_close(&watch.channel);
	return verdict == WATCH_DONE ? TOOL_GOOD : TOOL_FAILED;
}

static bool parse_option(void *data, int option)
{
	struct watch_options *options = data;

	switch (option) {
	case 's':
		options->socket = optarg;
		return true;
	case 'f':
		return tool_number("--frames", optarg, 1, 1000000000000000,
				   &options->frames);
	case 'n':
		return tool_number("--seconds", optarg, 1, 1000000000,
				   &options->seconds);
	case 'r':
		return tool_number("--rate", optarg, 1, 1000,
				   &options->rate_hz);
	case 'F':
		return options->follow = true;
	case 'j':
		return options->json = true;
	case 'l':
		return options->lines = true;
	default:
		return false;
	}
}

int watch_main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "frames", required_argument, NULL, 'f' },
		{ "seconds", required_argument, NULL, 'n' },
		{ "rate", required_argument, NULL, 'r' },
		{ "follow", no_argument, NULL, 'F' },
		{ "json", no_argument, NULL, 'j' },
		{ "lines", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	static const struct tool_syntax syntax = {
		synopsis, help, "h", long_options, parse_option,
	};
	struct watch_options options = { .rate_hz = 60 };
	int ret = tool_parse(&syntax, argc, argv, &options);

	if (ret != TOOL_GO_ON)
		return ret;
	if (!options.socket)
		return tool_usage(synopsis, "--socket PATH is missing");
	return watch_with(&options);
}
