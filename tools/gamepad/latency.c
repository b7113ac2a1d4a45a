/* SPDX-License-Identifier: MIT */
/*
 * `sealmem gamepad latency`: how long it takes until a state is in the hands of
 * a reader in another process, from the event and from its publication.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tools/json_output.h"
#include "tools/signals.h"
#include "tools/tool.h"
#include "tools/gamepad/latency.h"

static const char synopsis[] =
	"sealmem gamepad latency --socket PATH [OPTION]...";

static const char help[] =
"Usage: sealmem gamepad latency --socket PATH [OPTION]...\n"
"Reads the pads of the server at PATH and measures how old each state is when\n"
"it is seen: since it was published, and since its event.\n"
"\n"
"      --socket PATH   where the server listens\n"
"      --seconds N     how long (10); Ctrl-C ends it before\n"
"      --wait HOW      futex: sleeps until it is woken (the default);\n"
"                      spin: never sleeps; poll: looks so often\n"
"      --rate HZ       looks a second with --wait poll, 1 to 10000 (60)\n"
"      --svg FILE      a plot too, by gnuplot\n"
"      --json          one JSON object\n"
"      --help          this text\n"
"\n"
"Exit status: 0 good; 1 if nothing was seen, or on failure; 2 wrong usage.\n";

/* How often to look whether the server and the user are still there. */
#define LOOK_AROUND_US	100000

enum wait_kind { WAIT_FUTEX, WAIT_SPIN, WAIT_POLL };

static const char *const wait_names[] = { "futex", "spin", "poll" };

struct latency_options {
	const char *socket;
	const char *svg;
	uint64_t seconds;
	uint64_t rate_hz;
	enum wait_kind wait;
	bool json;
};

/**
 * struct meter - A measurement that is being made
 * @options: From the command line
 * @channel: To the server
 * @reader: Of its pads
 * @pads: What was read last
 * @latency: What came of it so far
 * @start_us: When it began
 * @end_us: When to stop
 * @around_us: When to look around next
 * @look_us: When to look at the pads next, of WAIT_POLL
 * @while_waiting: Lets signals in
 * @first: The states that were there before are read, but do not count
 */
struct meter {
	const struct latency_options *options;
	struct sealmem_channel channel;
	struct sealmem_gamepad_reader reader;
	struct sealmem_gamepad pads[SEALMEM_GAMEPAD_COUNT_MAX];
	struct latency latency;
	uint64_t start_us;
	uint64_t end_us;
	uint64_t around_us;
	uint64_t look_us;
	sigset_t while_waiting;
	bool first;
};

/* ---- looking ------------------------------------------------------------ */

static uint64_t since(uint64_t then_us, uint64_t now_us)
{
	return now_us > then_us ? now_us - then_us : 0;
}

static void note(struct meter *meter, const struct sealmem_gamepad *before,
		 const struct sealmem_gamepad *pad, uint64_t now_us)
{
	struct latency *latency = &meter->latency;

	if (meter->first || !pad->connected)
		return;
	histogram_add(&latency->from_publish,
		      since(pad->publish_time_us, now_us));
	histogram_add(&latency->from_event, since(pad->event_time_us, now_us));
	if (before->connection == pad->connection &&
	    pad->sequence > before->sequence)
		latency->missed += pad->sequence - before->sequence - 1;
}

/* False if there is nothing more to come. */
static bool look_at(struct meter *meter, uint32_t index)
{
	struct sealmem_gamepad *pad = &meter->pads[index];
	struct sealmem_gamepad now;

	switch (sealmem_gamepad_read(&meter->reader, index, &now)) {
	case SEALMEM_SNAPSHOT_FRESH:
		note(meter, pad, &now, tool_now_us());
		*pad = now;
		return true;
	case SEALMEM_SNAPSHOT_UNCHANGED:
	case SEALMEM_SNAPSHOT_BUSY:
		return true;
	case SEALMEM_SNAPSHOT_WRITER_GONE:
		tool_say("the producer is gone");
		return false;
	default:
		tool_say("the buffer is corrupt: its producer is broken or "
			 "hostile");
		return false;
	}
}

static bool look(struct meter *meter)
{
	uint32_t count = sealmem_gamepad_reader_count(&meter->reader);

	for (uint32_t i = 0; i < count; i++)
		if (!look_at(meter, i))
			return false;
	meter->first = false;
	return true;
}

/* ---- waiting ------------------------------------------------------------ */

static struct timespec as_timespec(uint64_t time_us)
{
	return (struct timespec){
		.tv_sec = (time_t)(time_us / 1000000),
		.tv_nsec = (long)(time_us % 1000000) * 1000,
	};
}

/* The connection, and signals, which come here and nowhere else. */
static bool look_around(struct meter *meter, uint64_t now_us)
{
	struct timespec at_once = { 0 };
	struct pollfd polled = {
		.fd = sealmem_channel_fd(&meter->channel),
		.events = POLLRDHUP,
	};

	meter->around_us = now_us + LOOK_AROUND_US;
	if (ppoll(&polled, 1, &at_once, &meter->while_waiting) <= 0)
		return !signals_stopped();
	tool_say("the producer is gone: its connection ended");
	return false;
}

static void wait_in_futex(struct meter *meter, uint64_t now_us)
{
	uint64_t left_us = meter->around_us - now_us;
	int ret = sealmem_gamepad_wait(&meter->reader,
				       (int)(left_us / 1000) + 1);

	/* The next read says what this one has said. */
	(void)ret;
}

static void wait_in_poll(struct meter *meter, uint64_t now_us)
{
	struct timespec until;

	meter->look_us += 1000000 / meter->options->rate_hz;
	if (meter->look_us <= now_us)
		meter->look_us = now_us;
	until = as_timespec(meter->look_us);
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static void spin(struct meter *meter)
{
	while (!sealmem_gamepad_has_changed(&meter->reader) &&
	       tool_now_us() < meter->around_us)
		;
}

/* True as long as there is something to measure. */
static bool wait_for_news(struct meter *meter)
{
	uint64_t now_us = tool_now_us();

	if (now_us >= meter->around_us && !look_around(meter, now_us))
		return false;
	if (now_us >= meter->end_us)
		return false;
	switch (meter->options->wait) {
	case WAIT_FUTEX:
		wait_in_futex(meter, now_us);
		break;
	case WAIT_SPIN:
		spin(meter);
		break;
	case WAIT_POLL:
		wait_in_poll(meter, now_us);
		break;
	}
	return true;
}

static void measure(struct meter *meter)
{
	const struct latency_options *options = meter->options;

	signals_prepare(&meter->while_waiting);
	meter->latency.wait = wait_names[options->wait];
	if (options->wait == WAIT_POLL)
		meter->latency.rate_hz = options->rate_hz;
	meter->first = true;
	meter->start_us = tool_now_us();
	meter->look_us = meter->start_us;
	meter->end_us = meter->start_us + options->seconds * 1000000;
	while (look(meter) && wait_for_news(meter))
		;
	meter->latency.seconds =
		(double)(tool_now_us() - meter->start_us) / 1000000;
}

/* ---- the command -------------------------------------------------------- */

static int report(const struct meter *meter)
{
	const struct latency *latency = &meter->latency;
	bool shown = true;

	if (!latency->from_publish.count) {
		tool_say("no pad changed; a server may show none before a "
			 "button was pressed");
		return TOOL_FAILED;
	}
	if (meter->options->json)
		shown = json_latency_print(latency);
	else
		latency_print(latency);
	if (!shown)
		tool_say("out of memory");
	if (meter->options->svg)
		shown &= latency_plot(latency, meter->options->svg);
	return tool_flush() == TOOL_GOOD && shown ? TOOL_GOOD : TOOL_FAILED;
}

static int attach(struct meter *meter)
{
	struct sealmem_readonly_region region = { 0 };
	const char *socket = meter->options->socket;
	int ret;

	if (!tool_receive(socket, &meter->channel, &region))
		return TOOL_FAILED;
	ret = sealmem_gamepad_reader_attach(&region, &meter->reader);
	sealmem_readonly_region_close(&region);
	if (ret == 0)
		return TOOL_GOOD;
	tool_say("cannot read what %s serves: %s", socket,
		 ret == -EPROTO ? "no gamepads that this version knows" :
				  strerror(-ret));
	return TOOL_FAILED;
}

static int latency_with(const struct latency_options *options)
{
	struct meter meter = { .options = options };
	int ret;

	if (options->json && !tool_has_json())
		return TOOL_USAGE;
	ret = attach(&meter);
	if (ret == TOOL_GOOD) {
		measure(&meter);
		ret = report(&meter);
	}
	sealmem_gamepad_reader_close(&meter.reader);
	sealmem_channel_close(&meter.channel);
	return ret;
}

static bool parse_wait(const char *text, enum wait_kind *ret_wait)
{
	for (int i = WAIT_FUTEX; i <= WAIT_POLL; i++) {
		if (strcmp(text, wait_names[i]))
			continue;
		*ret_wait = (enum wait_kind)i;
		return true;
	}
	tool_say("--wait wants futex, spin or poll, not '%s'", text);
	return false;
}

static bool parse_option(void *data, int option)
{
	struct latency_options *options = data;

	switch (option) {
	case 's':
		options->socket = optarg;
		return true;
	case 'n':
		return tool_number("--seconds", optarg, 1, 1000000,
				   &options->seconds);
	case 'w':
		return parse_wait(optarg, &options->wait);
	case 'r':
		return tool_number("--rate", optarg, 1, 10000,
				   &options->rate_hz);
	case 'S':
		options->svg = optarg;
		return true;
	case 'j':
		return options->json = true;
	default:
		return false;
	}
}

int latency_main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "seconds", required_argument, NULL, 'n' },
		{ "wait", required_argument, NULL, 'w' },
		{ "rate", required_argument, NULL, 'r' },
		{ "svg", required_argument, NULL, 'S' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	static const struct tool_syntax syntax = {
		synopsis, help, "h", long_options, parse_option,
	};
	struct latency_options options = { .seconds = 10, .rate_hz = 60 };
	int ret = tool_parse(&syntax, argc, argv, &options);

	if (ret != TOOL_GO_ON)
		return ret;
	if (!options.socket)
		return tool_usage(synopsis, "--socket PATH is missing");
	return latency_with(&options);
}
