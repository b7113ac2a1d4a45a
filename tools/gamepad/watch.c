/* SPDX-License-Identifier: MIT */
/*
 * `sealmem gamepad watch`: reads the pads that a server publishes, without any
 * way to write to them, and shows them. It looks so often a second at most, as
 * a game does, and sleeps while nothing changes.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "tools/json_output.h"
#include "tools/tool.h"
#include "tools/gamepad/watch_view.h"

static const char synopsis[] =
	"sealmem gamepad watch --socket PATH [OPTION]...";

static const char help[] =
"Usage: sealmem gamepad watch --socket PATH [OPTION]...\n"
"Shows the pads of the server at PATH: drawn in place on a terminal, one\n"
"line for each changed pad otherwise.\n"
"\n"
"      --socket PATH   where the server listens\n"
"      --frames N      end after N frames: fresh states of a pad\n"
"      --seconds N     end after that time\n"
"      --rate HZ       looks a second at most, 1 to 1000 (60)\n"
"      --follow        wait for a producer, and for the next one when it goes\n"
"      --json          one JSON object for each changed pad\n"
"      --help          this text\n"
"\n"
"Exit status: 0 after --frames or --seconds; 1 if the producer went away\n"
"before that, without --follow, or on failure; 2 wrong usage.\n";

struct watch_options {
	const char *socket;
	uint64_t frames;
	uint64_t seconds;
	uint64_t rate_hz;
	bool follow;
	bool json;
};

/**
 * enum verdict - What a look at the pads came to
 * @WATCH_ON: Nothing that ends the watching
 * @WATCH_DONE: As many frames or seconds as were asked for
 * @WATCH_GOODBYE: The producer is gone, or closed the buffer
 * @WATCH_BROKEN: Said already; the program has failed
 */
enum verdict { WATCH_ON, WATCH_DONE, WATCH_GOODBYE, WATCH_BROKEN };

/**
 * struct watch - What is known of the pads
 * @options: From the command line
 * @channel: To the server, which says nothing more but can hang up
 * @subscriber: To whoever serves, instead of @channel with --follow
 * @reader: Of the pads
 * @pads: What was read last
 * @frames: How many pad states were
 * @end_us: When to stop; 0 is never
 * @draw: Draw in place
 * @stale: Look whether or not anything changed: nobody did yet, a pad was
 *	busy, or a producer was killed before it told of its last frame
 */
struct watch {
	const struct watch_options *options;
	struct sealmem_channel channel;
	struct sealmem_subscriber subscriber;
	struct sealmem_gamepad_reader reader;
	struct sealmem_gamepad pads[SEALMEM_GAMEPAD_COUNT];
	uint64_t frames;
	uint64_t end_us;
	bool draw;
	bool stale;
};

static enum verdict broken(const char *problem)
{
	tool_say("%s", problem);
	return WATCH_BROKEN;
}

static enum verdict show_frame(struct watch *watch, uint32_t index)
{
	const struct sealmem_gamepad *pad = &watch->pads[index];

	watch->frames++;
	if (watch->options->json && !json_gamepad_print(index, pad))
		return broken("out of memory");
	if (!watch->options->json && !watch->draw)
		view_line(index, pad);
	return watch->frames == watch->options->frames ? WATCH_DONE : WATCH_ON;
}

static enum verdict look_at(struct watch *watch, uint32_t index)
{
	switch (sealmem_gamepad_read(&watch->reader, index,
				     &watch->pads[index])) {
	case SEALMEM_SNAPSHOT_FRESH:
		return show_frame(watch, index);
	case SEALMEM_SNAPSHOT_UNCHANGED:
		return WATCH_ON;
	case SEALMEM_SNAPSHOT_BUSY:
		watch->stale = true;
		return WATCH_ON;
	case SEALMEM_SNAPSHOT_WRITER_GONE:
		return WATCH_GOODBYE;
	case SEALMEM_SNAPSHOT_CORRUPT:
		return broken("the buffer is corrupt: its producer is broken "
			      "or hostile");
	default:
		return broken("cannot read the buffer");
	}
}

/* A goodbye does not keep the other pads from being looked at. */
static enum verdict look(struct watch *watch)
{
	enum verdict verdict = WATCH_ON;

	if (!sealmem_gamepad_has_changed(&watch->reader) && !watch->stale)
		return WATCH_ON;
	watch->stale = false;
	for (uint32_t i = 0; i < SEALMEM_GAMEPAD_COUNT; i++) {
		enum verdict one = look_at(watch, i);

		if (one == WATCH_DONE || one == WATCH_BROKEN)
			return one;
		if (one == WATCH_GOODBYE)
			verdict = one;
	}
	return verdict;
}

/* One look, and everything that it printed on its way. */
static enum verdict look_and_show(struct watch *watch)
{
	uint64_t frames = watch->frames;
	bool first = watch->stale && !frames;
	enum verdict verdict = look(watch);

	if (watch->draw && (first || frames != watch->frames))
		view_draw(watch->options->socket, watch->frames, watch->pads);
	if (tool_flush() != TOOL_GOOD)
		return WATCH_BROKEN;
	return verdict;
}

static int connection_fd(const struct watch *watch)
{
	return watch->options->follow ?
		       sealmem_subscriber_fd(&watch->subscriber) :
		       sealmem_channel_fd(&watch->channel);
}

/* True if the server hung up, or sent another buffer, before @until_us. */
static bool wait_until(const struct watch *watch, uint64_t until_us)
{
	struct pollfd polled = {
		.fd = connection_fd(watch),
		.events = watch->options->follow ? POLLIN : POLLRDHUP,
	};

	for (;;) {
		uint64_t now_us = tool_now_us();
		uint64_t left_us = until_us > now_us ? until_us - now_us : 0;
		struct timespec wait = {
			.tv_sec = (time_t)(left_us / 1000000),
			.tv_nsec = (long)(left_us % 1000000) * 1000,
		};

		if (ppoll(&polled, 1, &wait, NULL) >= 0 || errno != EINTR)
			return polled.revents != 0;
	}
}

/* Milliseconds until @until_us, rounded up; -1 if that is never. */
static int time_left_ms(uint64_t until_us)
{
	uint64_t now_us = tool_now_us();

	if (!until_us)
		return -1;
	if (until_us <= now_us)
		return 0;
	if (until_us - now_us > 1000000)
		return 1000;
	return (int)((until_us - now_us + 999) / 1000);
}

/* Sleeps until there is something to look at; true if the server is gone. */
static bool wait_for_news(struct watch *watch)
{
	int ret = sealmem_gamepad_wait(&watch->reader,
				       time_left_ms(watch->end_us));

	/* A wait and a look share one memory of what was seen. */
	watch->stale |= ret != SEALMEM_SNAPSHOT_UNCHANGED;
	return ret == SEALMEM_SNAPSHOT_WRITER_GONE;
}

static enum verdict gone(const char *how)
{
	tool_say("the producer is gone: %s", how);
	return WATCH_GOODBYE;
}

static enum verdict watch_pads(struct watch *watch)
{
	uint64_t period_us = 1000000 / watch->options->rate_hz;
	uint64_t next_us = tool_now_us();
	bool hung_up = false;

	for (;;) {
		/* After a hang-up once more: its last words may be there. */
		enum verdict verdict = look_and_show(watch);
		uint64_t now_us = tool_now_us();

		if (verdict == WATCH_GOODBYE)
			return gone("it closed the buffer");
		if (verdict != WATCH_ON)
			return verdict;
		if (hung_up && !watch->options->follow)
			return gone("its connection ended without a goodbye");
		if (hung_up)
			return gone("it was killed, or another one is there");
		if (watch->end_us && now_us >= watch->end_us)
			return WATCH_DONE;
		next_us += period_us;
		if (next_us <= now_us)
			next_us = now_us + period_us;
		if (watch->end_us && next_us > watch->end_us)
			next_us = watch->end_us;
		hung_up = wait_until(watch, next_us);
		watch->stale |= hung_up;
		if (!watch->stale)
			hung_up = wait_for_news(watch);
	}
}

/* The reader is attached, or (@ret) could not be. */
static bool begin(struct watch *watch, int ret)
{
	if (ret == 0)
		ret = sealmem_snapshot_reader_watch(&watch->reader.snapshot,
						    connection_fd(watch));
	watch->stale = true;
	if (ret == -EPROTO)
		tool_say("what %s serves are no gamepads that this version "
			 "knows", watch->options->socket);
	else if (ret < 0)
		tool_say("cannot read what %s serves: %s",
			 watch->options->socket, strerror(-ret));
	return ret == 0;
}

static enum verdict watch_one(struct watch *watch)
{
	struct sealmem_readonly_region region = { 0 };
	int ret;

	if (!tool_receive(watch->options->socket, &watch->channel, &region))
		return WATCH_BROKEN;
	ret = sealmem_gamepad_reader_attach(&region, &watch->reader);
	sealmem_readonly_region_close(&region);
	return begin(watch, ret) ? watch_pads(watch) : WATCH_BROKEN;
}

static enum verdict await_producer(struct watch *watch)
{
	uint32_t refusal;
	int ret;

	do {
		int left_ms = time_left_ms(watch->end_us);

		ret = sealmem_gamepad_follow(&watch->subscriber,
					     &watch->reader, left_ms,
					     &refusal);
		if (ret == -EAGAIN && left_ms == 0)
			return WATCH_DONE;
	} while (ret == -EAGAIN || ret == -EINTR);
	if (ret < 0 && refusal != SEALMEM_REFUSAL_NONE)
		return broken(sealmem_refusal_text(refusal));
	return begin(watch, ret) ? WATCH_ON : WATCH_BROKEN;
}

static enum verdict watch_each(struct watch *watch)
{
	enum verdict verdict;

	if (sealmem_subscriber_open(watch->options->socket, NULL,
				    &watch->subscriber) < 0)
		return broken("a socket's path has 1 to 107 bytes");
	do {
		verdict = await_producer(watch);
		if (verdict == WATCH_ON)
			verdict = watch_pads(watch);
	} while (verdict == WATCH_GOODBYE);
	return verdict;
}

static int watch_with(const struct watch_options *options)
{
	struct watch watch = { .options = options };
	enum verdict verdict;

	if (options->json && !tool_has_json())
		return TOOL_USAGE;
	watch.draw = !options->json && view_can_draw();
	if (options->seconds)
		watch.end_us = tool_now_us() + options->seconds * 1000000;
	verdict = options->follow ? watch_each(&watch) : watch_one(&watch);
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
